// What aws-jwt-verify has against each token: an array of texts, "" where it accepts.
import { readFileSync } from "node:fs";
import { CognitoJwtVerifier, JwtVerifier } from "aws-jwt-verify";

const { asked, jwks, tokens } = JSON.parse(readFileSync(0, "utf8"));
const verifier = asked.userPoolId
  ? CognitoJwtVerifier.create(asked)
  : JwtVerifier.create({ ...asked, jwksUri: "https://issuer.invalid/keys" });
verifier.cacheJwks(jwks);

const verdicts = tokens.map((token) => {
  try {
    verifier.verifySync(token);
    return "";
  } catch (error) {
    return String(error.message || error.name);
  }
});
process.stdout.write(JSON.stringify(verdicts));
