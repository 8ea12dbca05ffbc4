// AWS Amplify: SRP, renewal, attributes, a first sign-in, signing up by code, a second factor.

import { run, ask } from "./browser.mjs";
import { Amplify } from "aws-amplify";
import * as auth from "aws-amplify/auth";
import { cognitoUserPoolsTokenProvider } from "aws-amplify/auth/cognito";

const kept = new Map();
cognitoUserPoolsTokenProvider.setKeyValueStorage({
  setItem: async (key, value) => void kept.set(key, value),
  getItem: async (key) => kept.get(key) ?? null,
  removeItem: async (key) => void kept.delete(key),
  clear: async () => kept.clear(),
});

const expect = (found, wanted) => {
  if (found !== wanted) throw new Error(`expected ${wanted}, found ${found}`);
};

await run(async (settings) => {
  Amplify.configure({
    Auth: {
      Cognito: {
        userPoolId: settings.userPoolId,
        userPoolClientId: settings.clientId,
        userPoolEndpoint: settings.endpoint,
      },
    },
  });
  const { username, password } = settings;

  const signedIn = await auth.signIn({ username, password });
  expect(signedIn.nextStep.signInStep, "DONE");
  const first = (await auth.fetchAuthSession()).tokens.accessToken.toString();
  const renewed = (await auth.fetchAuthSession({ forceRefresh: true })).tokens.accessToken;
  expect(renewed.toString() === first, false);
  await auth.updateUserAttributes({ userAttributes: { locale: "nb-NO" } });
  expect((await auth.fetchUserAttributes()).locale, "nb-NO");
  await auth.updatePassword({ oldPassword: password, newPassword: settings.newPassword });
  const totp = await auth.setUpTOTP();
  await auth.verifyTOTPSetup({ code: await ask("totp", totp.sharedSecret) });
  await auth.updateMFAPreference({ totp: "PREFERRED" });
  expect((await auth.fetchMFAPreference()).preferred, "TOTP");
  await auth.signOut({ global: true });

  const again = await auth.signIn({ username, password: settings.newPassword });
  expect(again.nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_TOTP_CODE");
  const second = await auth.confirmSignIn({
    challengeResponse: await ask("totp", totp.sharedSecret, 1),
  });
  expect(second.isSignedIn, true);
  await auth.signOut();

  const forced = await auth.signIn({
    username: settings.newUsername,
    password: settings.temporaryPassword,
    options: { authFlowType: "USER_PASSWORD_AUTH" },
  });
  expect(forced.nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED");
  const complete = await auth.confirmSignIn({
    challengeResponse: settings.newPassword,
    options: { userAttributes: { given_name: "Ada", family_name: "Amplify" } },
  });
  expect(complete.isSignedIn, true);
  await auth.signOut();

  const visitor = settings.visitor;
  const up = await auth.signUp({
    username: visitor,
    password: settings.newPassword,
    options: {
      userAttributes: { email: visitor, given_name: "Grace", family_name: "Visitor" },
      autoSignIn: { authFlowType: "USER_AUTH" },
    },
  });
  expect(up.nextStep.signUpStep, "CONFIRM_SIGN_UP");
  const confirmed = await auth.confirmSignUp({
    username: visitor,
    confirmationCode: await ask("code", visitor),
  });
  expect(confirmed.nextStep.signUpStep, "COMPLETE_AUTO_SIGN_IN");
  expect((await auth.autoSignIn()).isSignedIn, true);
  await auth.signOut();

  const reset = await auth.resetPassword({ username: visitor });
  expect(reset.nextStep.resetPasswordStep, "CONFIRM_RESET_PASSWORD_WITH_CODE");
  await auth.confirmResetPassword({
    username: visitor,
    newPassword: password,
    confirmationCode: await ask("code", visitor),
  });

  const chosen = await auth.signIn({
    username: visitor,
    options: { authFlowType: "USER_AUTH", preferredChallenge: "EMAIL_OTP" },
  });
  expect(chosen.nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_EMAIL_CODE");
  const byCode = await auth.confirmSignIn({ challengeResponse: await ask("code", visitor) });
  expect(byCode.isSignedIn, true);
  await auth.deleteUser();

  try {
    await auth.signIn({ username: visitor, password });
    throw new Error("a user who was deleted signed in");
  } catch (error) {
    expect(error.name, "NotAuthorizedException");
  }
  return "amplify";
});
