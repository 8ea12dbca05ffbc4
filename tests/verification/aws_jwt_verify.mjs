// What aws-jwt-verify has against each token: an array of texts, "" where it accepts.
import { readFileSync } from "node:fs";
import { JwtVerifier } from "aws-jwt-verify";

const { issuer, audience, jwks, tokens } = JSON.parse(readFileSync(0, "utf8"));
const verifier = JwtVerifier.create({ issuer, audience, jwksUri: "https://issuer.invalid/keys" });
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
