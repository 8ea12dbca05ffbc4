// An OpenID issuer that others wrote (npm: oidc-provider), on a loopback port, for tests.
// One JSON line on standard output says that it listens. Arguments: `pushed`, to have all parameters
// of a sign-in pushed to it (RFC 9126); or a JSON object with `jwks`, the public keys by which an app client
// signs assertions.
import { Provider } from 'oidc-provider';

const wishes = new Set(process.argv.slice(2));
const keys = process.argv.slice(2).find((word) => word.startsWith('{'));
const callbacks = ['http://localhost/callback'];
const common = {
  redirect_uris: callbacks,
  response_types: ['code'],
  grant_types: ['authorization_code', 'refresh_token'],
  application_type: 'native',
};

// App clients of services, which get tokens for themselves.
const ofService = { redirect_uris: [], response_types: [], grant_types: ['client_credentials'] };
const services = ['basic', 'post'].map((way) => ({
  ...ofService,
  client_id: `service-${way}`,
  client_secret: 'a-secret-of-thirty-two-letters-or-more',
  token_endpoint_auth_method: `client_secret_${way}`,
  scope: 'osdu',
}));
services.push({
  ...services[0],
  client_id: 'service+awkward/1',
  client_secret: 'z/tZ9VwFZqApmIQ+ZH1I5pLk/uB4ud:X2/8bL+wfFTt1rFw=',
});
if (keys) {
  services.push({
    ...ofService,
    client_id: 'service-key',
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: JSON.parse(keys).jwks,
    scope: 'osdu',
  });
}

function configuration(issuer) {
  return {
    clients: [
      { ...common, client_id: 'public', token_endpoint_auth_method: 'none' },
      {
        ...common,
        client_id: 'confidential',
        client_secret: 'a-secret-of-thirty-two-letters-or-more',
        token_endpoint_auth_method: 'client_secret_basic',
      },
      {
        ...common,
        client_id: 'posting',
        client_secret: 'a-secret-of-thirty-two-letters-or-more',
        token_endpoint_auth_method: 'client_secret_post',
      },
      {
        ...common,
        client_id: 'awkward+client/1',
        client_secret: 'z/tZ9VwFZqApmIQ+ZH1I5pLk/uB4ud:X2/8bL+wfFTt1rFw=',
        token_endpoint_auth_method: 'client_secret_basic',
      },
      ...services,
    ],
    scopes: ['openid', 'offline_access', 'osdu', 'other'],
    claims: { openid: ['sub', 'email'], osdu: ['email'] },
    conformIdTokenClaims: false,
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@example.com` }),
    }),
    features: {
      devInteractions: { enabled: true },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      pushedAuthorizationRequests: {
        enabled: true,
        requirePushedAuthorizationRequests: wishes.has('pushed'),
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'https://osdu.example.com',
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'osdu',
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    issueRefreshToken: (_, client, code) =>
      client.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access'),
    rotateRefreshToken: true,
    ttl: { AccessToken: 3600, IdToken: 3600, RefreshToken: 86400, Session: 600, Grant: 86400,
           Interaction: 600, AuthorizationCode: 60 },
    cookies: { keys: ['a key for cookies of tests'] },
  };
}

const { createServer } = await import('node:http');
const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, configuration(issuer));
  server.on('request', provider.callback());
  process.stdout.write(`${JSON.stringify({ issuer })}\n`);
});
process.stdin.resume();
process.stdin.on('end', () => process.exit(0)); // the test has ended
