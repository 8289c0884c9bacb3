/** Source: GitHub's documentation, "Authenticating as a GitHub App installation"; which Secret says what: Argo CD. */
import { messageOf } from "../lib/caught.ts";
import { hashSha256 } from "../lib/hash.ts";
import { signedToken } from "../remote/lent/json-web-token.ts";
import { type Api, type ApiTerms, NotThere } from "./api.ts";
import type { Asking } from "./provider.ts";

/** A token is used for as long as it has some time left. */
const MARGIN_MS = 5 * 60_000;

export interface AppTerms extends Pick<ApiTerms, "provider" | "about" | "cannot" | "headers"> {
  right: string;
  /** Where its installation is found that the Secret does not name: `orgs/acme`. */
  place: readonly string[];
}

/**
 * An API that is asked as an installation of an App.
 * @param secret its name, in the home namespace, as Argo CD keeps credentials of repositories
 */
export async function githubAppToken(
  asking: Asking,
  secret: string,
  { right, place, ...terms }: AppTerms,
  baseOf: (address: string) => string | undefined,
): Promise<Api> {
  const said = async (key: string): Promise<string> => {
    const value = await asking.homeSecret(secret, key);
    if (value === undefined || value.trim() === "")
      throw asking.lacks(`Secret ${secret} (appSecretName) has no ${key}`);
    return value;
  };
  const [app, key] = [(await said("githubAppID")).trim(), await said("githubAppPrivateKey")];
  const installation = (await asking.homeSecret(secret, "githubAppInstallationID"))?.trim() ?? "";
  const home = (await asking.homeSecret(secret, "githubAppEnterpriseBaseUrl"))?.trim() ?? "";
  const { named } = asking;
  // The key speaks for the App at its own server, and nobody else gets to hear what it signs.
  if (home !== "" && named !== "" && URL.parse(home)?.host !== URL.parse(named)?.host)
    throw asking.fields.wrong(
      `api is another server than the App's in Secret ${secret} (githubAppEnterpriseBaseUrl)`,
    );
  const base = baseOf(named === "" ? home : named) ?? asking.usual;
  const needs = `the GitHub App of Secret ${secret} read access to ${right}, and install it there`;
  const asker = `app ${app} installation ${installation === "" ? place.join("/") : installation}`;
  const tokenKey = `${base} ${asker} ${hashSha256(key)}`;
  const token = await asking.hourly.get(tokenKey, async () => {
    const api = asking.open({
      ...terms,
      about: `App ${app}`,
      cannot: "get a token",
      needs: `Secret ${secret} the App's id, its installation's id and its private key`,
      base,
      authorization: `Bearer ${appToken(asking, app, key, secret)}`,
    });
    const { body } = await api.post(
      api.url([
        "app",
        "installations",
        installation === "" ? await installed(api, place) : installation,
        "access_tokens",
      ]),
      {},
    );
    const answer = api.fields(body, "");
    const untilMs = Date.parse(answer.text("expires_at"));
    if (!Number.isFinite(untilMs)) throw api.otherShape("expires_at must be a time");
    return { token: answer.text("token"), untilMs: untilMs - MARGIN_MS };
  });
  return asking.open({
    ...terms,
    needs,
    base,
    asker,
    authorization: `Bearer ${token}`,
    turnedAway: () => asking.hourly.forget(tokenKey),
  });
}

async function installed(api: Api, place: readonly string[]): Promise<string> {
  try {
    const { body } = await api.get(api.url([...place, "installation"]));
    return String(api.fields(body, "").integer("id"));
  } catch (cause) {
    if (!(cause instanceof NotThere)) throw cause;
    // Where the App is not installed, nothing is known of what is there.
    throw api.failure(
      "provider-auth",
      `it is not installed for ${place.join("/")} (HTTP 404)`,
      `Install it there, or give ${api.terms.needs}`,
    );
  }
}

/** Of nine minutes, made a minute ago, since clocks differ. Source: GitHub asks for both. */
function appToken(asking: Asking, app: string, pem: string, secret: string): string {
  const seconds = Math.floor(asking.now() / 1000);
  try {
    return signedToken({ iat: seconds - 60, exp: seconds + 540, iss: app }, pem);
  } catch (cause) {
    throw asking.lacks(
      `githubAppPrivateKey of Secret ${secret} is no private key in PEM (${messageOf(cause)})`,
    );
  }
}
