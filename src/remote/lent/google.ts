/** A login as a service account of Google Cloud. Source: RFC 7523; developers.google.com, "Using OAuth 2.0 for Server to Server Applications". */
import { readGoogleKey } from "../../core/model/google-key.ts";
import type { RepositoryType } from "../../core/model/repository-access.ts";
import { Secret } from "../../core/model/secret.ts";
import { signedToken } from "./json-web-token.ts";
import type { AskLender, Lent } from "./lent-login.ts";

const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const SCOPE = "https://www.googleapis.com/auth/cloud-platform";
const USUAL_LIFE_S = 3_600;

/** @param key the JSON text @throws {Failure}, {Error} for a key that is none */
export async function googleLogin(
  key: string,
  type: RepositoryType,
  nowMs: number,
  ask: AskLender,
): Promise<Lent> {
  const read = readGoogleKey(key);
  if (!read.ok) throw new Error(read.why);
  const { email, privateKey, keyId, tokenUri } = read.key;
  const nowS = Math.floor(nowMs / 1_000);
  const claims = { iss: email, scope: SCOPE, aud: tokenUri, iat: nowS - 60, exp: nowS + 3_000 };
  const assertion = signedToken(claims, privateKey, keyId === undefined ? {} : { kid: keyId });
  const { access_token: token, expires_in: livesS } = await ask({
    what: "a token",
    url: tokenUri,
    post: { form: { grant_type: GRANT, assertion } },
  });
  return {
    // Artifact Registry knows tokens by this name, Source Repositories by the account's.
    login: {
      username: type === "git" ? email : "oauth2accesstoken",
      password: new Secret(String(token ?? "")),
    },
    livesS: typeof livesS === "number" ? Math.min(livesS, USUAL_LIFE_S) : USUAL_LIFE_S,
  };
}
