// amazon-cognito-identity-js: SRP, renewal, a first sign-in, a device, a forgotten password.

import { run, ask } from "./browser.mjs";
import cognito from "amazon-cognito-identity-js";

const expect = (found, wanted) => {
  if (found !== wanted) throw new Error(`expected ${wanted}, found ${found}`);
};

const kept = new Map();
const storage = {
  setItem: (key, value) => kept.set(key, value),
  getItem: (key) => kept.get(key) ?? null,
  removeItem: (key) => kept.delete(key),
  clear: () => kept.clear(),
};

await run(async (settings) => {
  const pool = new cognito.CognitoUserPool({
    UserPoolId: settings.userPoolId,
    ClientId: settings.clientId,
    endpoint: settings.endpoint,
    Storage: storage,
  });
  const called = (Username) =>
    new cognito.CognitoUser({ Username, Pool: pool, Storage: storage });
  const signIn = (user, Password) =>
    new Promise((resolve, reject) =>
      user.authenticateUser(
        new cognito.AuthenticationDetails({ Username: user.getUsername(), Password }),
        {
          onSuccess: resolve,
          onFailure: reject,
          newPasswordRequired: () =>
            user.completeNewPasswordChallenge(
              settings.newPassword,
              { given_name: "Ada", family_name: "Identity" },
              { onSuccess: resolve, onFailure: reject },
            ),
        },
      ),
    );
  const done = (start) =>
    new Promise((resolve, reject) =>
      start((error, result) => (error ? reject(error) : resolve(result))),
    );

  const user = called(settings.username);
  const session = await signIn(user, settings.password);
  const renewed = await done((back) => user.refreshSession(session.getRefreshToken(), back));
  expect(renewed.isValid(), true);
  const devices = await new Promise((resolve, reject) =>
    user.listDevices(10, null, { onSuccess: resolve, onFailure: reject }),
  );
  expect(devices.Devices.length, 1);
  const locale = new cognito.CognitoUserAttribute({ Name: "locale", Value: "nb-NO" });
  await done((back) => user.updateAttributes([locale], back));
  const attributes = await done((back) => user.getUserAttributes(back));
  expect(attributes.find((each) => each.Name === "locale").Value, "nb-NO");
  await done((back) => user.changePassword(settings.password, settings.newPassword, back));
  // The device that was confirmed proves itself here.
  await signIn(called(settings.username), settings.newPassword);

  const forced = called(settings.newUsername);
  await signIn(forced, settings.temporaryPassword);
  await new Promise((resolve, reject) =>
    forced.globalSignOut({ onSuccess: resolve, onFailure: reject }),
  );

  const visitor = settings.visitor;
  const given = { given_name: "Grace", family_name: "Visitor", email: visitor };
  const listed = Object.entries(given).map(
    ([Name, Value]) => new cognito.CognitoUserAttribute({ Name, Value }),
  );
  await done((back) => pool.signUp(visitor, settings.password, listed, null, back));
  const newcomer = called(visitor);
  const code = await ask("code", visitor);
  await done((back) => newcomer.confirmRegistration(code, false, back));
  await new Promise((resolve, reject) =>
    newcomer.forgotPassword({
      onFailure: reject,
      inputVerificationCode: async () =>
        newcomer.confirmPassword(await ask("code", visitor), settings.newPassword, {
          onSuccess: resolve,
          onFailure: reject,
        }),
    }),
  );
  await signIn(newcomer, settings.newPassword);
  await done((back) => newcomer.deleteUser(back));
  return "identity";
});
