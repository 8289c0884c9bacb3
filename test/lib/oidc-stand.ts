/** A provider of OpenID Connect that answers as a test wants it to: honest, broken, or after somebody else's account. */
import { createHmac, generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";

export interface StandKey {
  kid: string;
  alg: "RS256" | "ES256";
  publicKey: KeyObject;
  privateKey: KeyObject;
}

export function makeKey(kid: string, alg: StandKey["alg"] = "RS256"): StandKey {
  const pair =
    alg === "RS256"
      ? generateKeyPairSync("rsa", { modulusLength: 2048 })
      : generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { kid, alg, ...pair };
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

export function signToken(key: StandKey, claims: object, header: object = {}): string {
  const signed = `${part({ alg: key.alg, kid: key.kid, typ: "JWT", ...header })}.${part(claims)}`;
  const bytes = Buffer.from(signed);
  const signature =
    key.alg === "RS256"
      ? sign("sha256", bytes, key.privateKey)
      : sign("sha256", bytes, { key: key.privateKey, dsaEncoding: "ieee-p1363" });
  return `${signed}.${signature.toString("base64url")}`;
}

/** The header says HS256, and the key is the public one that everybody knows. */
export function signByPublicKey(key: StandKey, claims: object): string {
  const signed = `${part({ alg: "HS256", kid: key.kid })}.${part(claims)}`;
  const pem = key.publicKey.export({ type: "spki", format: "pem" });
  return `${signed}.${createHmac("sha256", pem).update(signed).digest("base64url")}`;
}

export function unsigned(claims: object): string {
  return `${part({ alg: "none" })}.${part(claims)}.`;
}

export interface StandCall {
  path: string;
  query: URLSearchParams;
  form: URLSearchParams;
  headers: Headers;
}

type Answer = Response | Promise<Response> | undefined;

export interface OidcStand {
  issuer: string;
  keys: StandKey[];
  calls: StandCall[];
  /** Over what discovery says. */
  metadata: Record<string, unknown>;
  /** Over the claims of the next tokens. */
  claims: Record<string, unknown>;
  /** In place of a token that is signed as it should be. */
  makeToken: (claims: Record<string, unknown>, key: StandKey) => string;
  /** Over the answer of the token endpoint. */
  tokenAnswer: Record<string, unknown>;
  /** Asked first. */
  instead: (call: StandCall) => Answer;
  /** What happens at the provider's page: who logs in, and where the browser is sent. */
  agree(location: string): URLSearchParams;
  stop(): Promise<void>;
}

export function startOidcStand(
  tls?: { cert: string; key: string },
  nowS = () => Math.floor(Date.now() / 1_000),
): OidcStand {
  const codes = new Map<string, { nonce: string; challenge: string; client: string }>();
  const stand: OidcStand = {
    issuer: "",
    keys: [makeKey("first")],
    calls: [],
    metadata: {},
    claims: {},
    makeToken: (claims, key) => signToken(key, claims),
    tokenAnswer: {},
    instead: () => undefined,
    agree(location) {
      const query = new URL(location).searchParams;
      const code = randomUUID();
      codes.set(code, {
        nonce: query.get("nonce") ?? "",
        challenge: query.get("code_challenge") ?? "",
        client: query.get("client_id") ?? "",
      });
      return new URLSearchParams({ code, state: query.get("state") ?? "" });
    },
    stop: () => server.stop(true),
  };
  const idToken = (client: string, nonce: string | undefined): string => {
    const claims = {
      iss: stand.issuer,
      sub: "user-1",
      aud: client,
      iat: nowS(),
      exp: nowS() + 300,
      ...(nonce === undefined ? {} : { nonce }),
      email: "ada@example.org",
      email_verified: true,
      preferred_username: "ada",
      groups: ["dev"],
      ...stand.claims,
    };
    return stand.makeToken(claims, stand.keys[0] as StandKey);
  };
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    ...(tls === undefined ? {} : { tls }),
    async fetch(request) {
      const url = new URL(request.url);
      const form = new URLSearchParams(request.method === "POST" ? await request.text() : "");
      const call = { path: url.pathname, query: url.searchParams, form, headers: request.headers };
      stand.calls.push(call);
      const instead = await stand.instead(call);
      if (instead !== undefined) return instead;
      const { issuer } = stand;
      switch (url.pathname) {
        case "/.well-known/openid-configuration":
          return Response.json({
            issuer,
            authorization_endpoint: `${issuer}/authorize`,
            token_endpoint: `${issuer}/token`,
            jwks_uri: `${issuer}/keys`,
            end_session_endpoint: `${issuer}/logout`,
            response_types_supported: ["code"],
            subject_types_supported: ["public"],
            id_token_signing_alg_values_supported: ["RS256", "ES256"],
            ...stand.metadata,
          });
        case "/keys":
          return Response.json({
            keys: stand.keys.map(({ kid, alg, publicKey }) => ({
              ...publicKey.export({ format: "jwk" }),
              kid,
              alg,
              use: "sig",
            })),
          });
        case "/token": {
          const basic = Buffer.from(
            (request.headers.get("authorization") ?? "").slice(6),
            "base64",
          ).toString();
          const client = form.get("client_id") ?? decodeURIComponent(basic.split(":")[0] ?? "");
          const refused = (error: string): Response => Response.json({ error }, { status: 400 });
          const answer = (nonce: string | undefined): Response =>
            Response.json({
              access_token: "access-canary",
              token_type: "Bearer",
              expires_in: 300,
              id_token: idToken(client, nonce),
              refresh_token: "refresh-canary",
              ...stand.tokenAnswer,
            });
          if (form.get("grant_type") === "refresh_token")
            return form.get("refresh_token") === "refresh-canary"
              ? answer(undefined)
              : refused("invalid_grant");
          const code = form.get("code") ?? "";
          const asked = codes.get(code);
          codes.delete(code);
          const hash = new Bun.CryptoHasher("sha256")
            .update(form.get("code_verifier") ?? "")
            .digest("base64url");
          return asked === undefined || asked.challenge !== hash
            ? refused("invalid_grant")
            : answer(asked.nonce);
        }
        default:
          return new Response("nothing here", { status: 404 });
      }
    },
  });
  stand.issuer = `http${tls === undefined ? "" : "s"}://${tls === undefined ? "127.0.0.1" : "localhost"}:${server.port}`;
  return stand;
}
