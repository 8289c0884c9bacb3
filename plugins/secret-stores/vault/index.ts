import { Failure } from "../../../src/core/model/failure.ts";
import type { SecretStoreSettings } from "../../../src/core/model/secret-store.ts";
import { compileGlob } from "../../../src/lib/glob.ts";
import { isMapping } from "../../../src/lib/is-mapping.ts";
import { SharedWork } from "../../../src/lib/shared-work.ts";
import type { AskStore, KeptSecret, SecretPlace, SecretStore } from "../../../src/plugin/contract.ts";

/** What answers under these paths are the server's own affairs, and the token itself; namespaces may stand before them. */
const OWN = /^(?:sys|auth|identity|cubbyhole)$/i;
/** Of a login's life; after that the next read logs in again. */
const USED_UP = 0.75;

/** Vault's and OpenBao's key-value engine, versions 1 and 2, by its HTTP API. */
export function vaultStore(
  { name, login, namespace, kvVersion, paths }: SecretStoreSettings,
  ask: AskStore,
  now: () => number,
): SecretStore {
  const permitted = paths.map((glob) => compileGlob(glob, { slash: "stops", braces: "alternatives" }));
  let session: { token: string; untilMs: number } | undefined;
  const loggingIn = new SharedWork<"log in", string>();

  return {
    async read(place, signal) {
      check(place);
      const first = await get(place, await token(signal), signal);
      // A login may have been taken back before its time.
      if (first.status === 403 && login.by !== "token") {
        session = undefined;
        return kept(place, await get(place, await token(signal), signal));
      }
      return kept(place, first);
    },
    async check(signal) {
      const headers = headersWith(await token(signal));
      const answer = await ask({ method: "GET", path: "/v1/auth/token/lookup-self", headers }, signal);
      if (answer.status !== 200)
        throw new Failure("render", name, "backoff", {
          cannot: "log in to the secret store",
          why: whyOf(answer),
          fix: "Check the token of the store in the config",
        });
    },
  };

  function check({ path, version }: SecretPlace): void {
    const steps = path.split("/");
    if (steps.some((step) => step === "" || step === "." || step === ".."))
      throw cannotRead(path, "it is no path of a secret", "Write it like secret/data/team/app");
    if (version !== "" && !/^\d+$/.test(version))
      throw cannotRead(path, `${JSON.stringify(version)} is no version`, "Write a number");
    if (mountPart(steps).some((step) => OWN.test(step)))
      throw cannotRead(path, "it is the server's own, and no secret of an engine", "Name another path");
    if (permitted.length > 0 && !permitted.some((glob) => glob.ok && glob.matches(path)))
      throw cannotRead(
        path,
        `the store ${name} may be read at ${paths.join(" and ")} only`,
        "Name another path, or permit it in paths of the store in the config",
      );
  }

  function get({ path, version }: SecretPlace, key: string, signal: AbortSignal) {
    const encoded = path.split("/").map(encodeURIComponent).join("/");
    return ask(
      {
        method: "GET",
        path: `/v1/${encoded}${version === "" ? "" : `?version=${version}`}`,
        headers: headersWith(key),
      },
      signal,
    );
  }

  function headersWith(key: string | undefined): Record<string, string> {
    return {
      "X-Vault-Request": "true",
      ...(key === undefined ? {} : { "X-Vault-Token": key }),
      ...(namespace === "" ? {} : { "X-Vault-Namespace": namespace }),
    };
  }

  async function token(signal: AbortSignal): Promise<string> {
    if (login.by === "token") return login.token.reveal();
    if (session !== undefined && now() < session.untilMs) return session.token;
    // Whoever asked first may leave: the others wait for the same login.
    return loggingIn.run("log in", signal, logIn);
  }

  async function logIn(signal: AbortSignal): Promise<string> {
    if (login.by === "token") return login.token.reveal();
    const body = JSON.stringify({ role_id: login.roleId, secret_id: login.secretId.reveal() });
    const answer = await ask(
      { method: "POST", path: `/v1/${login.mount}/login`, headers: headersWith(undefined), body },
      signal,
    );
    const auth = answer.status === 200 ? mappingIn(answer.text)["auth"] : undefined;
    const given = isMapping(auth) ? auth["client_token"] : undefined;
    if (!isMapping(auth) || typeof given !== "string")
      throw new Failure("render", name, "backoff", {
        cannot: "log in to the secret store",
        why: whyOf(answer),
        fix: "Check roleId and secretId of the store in the config",
      });
    const seconds = typeof auth["lease_duration"] === "number" ? auth["lease_duration"] : 0;
    session = { token: given, untilMs: now() + seconds * 1_000 * USED_UP };
    return given;
  }

  function kept(place: SecretPlace, answer: { status: number; text: string }): KeptSecret {
    const { path } = place;
    if (answer.status === 404)
      throw cannotRead(
        path,
        `there is no ${place.version === "" ? "secret" : `version ${place.version}`} there, or it was deleted`,
        "Correct the path (an engine of version 2 has data/ behind its name), or put it there",
      );
    if (answer.status !== 200)
      throw cannotRead(path, whyOf(answer), "Check the store's login in the config, and its policies");
    const { data } = mappingIn(answer.text);
    const isSecond = (place.kvVersion || kvVersion) === "2";
    const values = isSecond && isMapping(data) ? data["data"] : data;
    if (!isMapping(values))
      throw cannotRead(
        path,
        `what it holds is no secret of version ${isSecond ? "2" : "1"} of the key-value engine`,
        isSecond
          ? "Write data/ behind the engine's name, or set kvVersion of the store to 1"
          : "Correct the path, or set kvVersion of the store to 2",
      );
    const metadata = isSecond && isMapping(data) ? data["metadata"] : undefined;
    if (!isMapping(metadata)) return { values };
    // Whoever deletes a secret and makes it anew begins at version 1 again, at another time.
    return { values, state: `${path} ${String(metadata["version"])} ${String(metadata["created_time"])}` };
  }

  function cannotRead(path: string, why: string, fix: string): Failure {
    return new Failure("render", path, "backoff", {
      cannot: `read it in the secret store ${name}`,
      why,
      fix,
    });
  }
}

/**
 * Steps among which the engine's name and namespaces may be: those before `data`, which stands behind the name of an
 * engine of version 2; of version 1 all but the last, because its name may have several.
 */
function mountPart(steps: readonly string[]): readonly string[] {
  const data = steps.indexOf("data", 1);
  return data > 0 ? steps.slice(0, data) : steps.slice(0, Math.max(1, steps.length - 1));
}

/** What the server says, which repeats no secret: its words are about paths and policies. */
function whyOf({ status, text }: { status: number; text: string }): string {
  const { errors } = mappingIn(text);
  const said = Array.isArray(errors) ? errors.filter((error) => typeof error === "string").join("; ") : "";
  const words = said.replace(/\s+/g, " ").trim().slice(0, 300);
  if (status === 503) return `it is sealed or not ready${words === "" ? "" : ` (${words})`}`;
  if (status === 403 && words === "") return "it refuses the login";
  return words === "" ? `it answers ${status}` : `it answers ${status}: ${words}`;
}

function mappingIn(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return isMapping(value) ? value : {};
  } catch {
    return {};
  }
}
