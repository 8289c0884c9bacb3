// A real provider of OpenID Connect, run by test/lib/oidc-peer.ts: its settings come as JSON in argv, its port goes to stdout.
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const { port, kid, redirectUri, logoutUri } = JSON.parse(process.argv[2]);
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const people = {
  ada: { email: "ada@example.org", email_verified: true, preferred_username: "ada", groups: ["dev", "ops"] },
  eve: { email: "eve@example.org", email_verified: false, preferred_username: "eve", groups: "dev" },
};
const client = {
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
  redirect_uris: [redirectUri],
  post_logout_redirect_uris: [logoutUri],
  id_token_signed_response_alg: "ES256",
};
const server = createServer();
server.listen(port, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      { ...client, client_id: "holdfast", client_secret: "secret-canary" },
      { ...client, client_id: "public", token_endpoint_auth_method: "none" },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid, alg: "ES256", use: "sig" }] },
    cookies: { keys: ["a key of this test"] },
    scopes: ["openid", "offline_access", "groups"],
    claims: {
      openid: ["sub"],
      email: ["email", "email_verified"],
      profile: ["preferred_username"],
      groups: ["groups"],
    },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
    issueRefreshToken: () => true,
  });
  server.on("request", provider.callback());
  process.stdout.write(`${JSON.stringify({ issuer })}\n`);
});
