/** Source: Argo CD's documentation of the plugin generator. */
import type { PluginGenerator } from "../core/model/application-set.ts";
import { Failure } from "../core/model/failure.ts";
import { Api, type Road } from "./api.ts";
import type { Lookups } from "./provider.ts";

/** Where a token is that names no Secret. */
const OWN_SECRET = "argocd-secret";
const USUAL_TIMEOUT_S = 30;

/**
 * @returns the answer's `output.parameters`
 * @throws {Failure} for everything else, also where it has none: that is no empty list
 */
export async function askPlugin(
  { configMapRef, input }: PluginGenerator,
  { set, home, road }: { set: string; home: Lookups; road: Road },
): Promise<readonly Record<string, unknown>[]> {
  const { name } = configMapRef;
  const said = await home.configMap(name);
  const wrong = (why: string): Failure =>
    new Failure("provider-auth", `plugin ${name}`, "backoff", {
      cannot: "ask it",
      why: `ConfigMap ${name} ${why}`,
      fix: "Give it baseUrl, and token as $key of Secret argocd-secret or $secret:key",
    });
  const base = (said["baseUrl"] ?? "").trim().replace(/\/+$/, "");
  const url = URL.parse(base);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.search !== "")
    throw wrong("has no baseUrl, or one that is no address of HTTP");
  const timeoutS = Number(said["requestTimeout"]?.trim() || USUAL_TIMEOUT_S);
  if (!Number.isInteger(timeoutS) || timeoutS < 1 || timeoutS > 600)
    throw wrong("has a requestTimeout that is no number of seconds between 1 and 600");
  const api = new Api(
    {
      provider: "plugin",
      about: name,
      cannot: "get parameters from it",
      needs: `ConfigMap ${name} the plugin's baseUrl and the token that it expects`,
      base,
      authorization: `Bearer ${await tokenOf(said["token"] ?? "", home, wrong)}`,
      idleMs: timeoutS * 1000,
      contentType: "whatever",
    },
    // Who writes the ConfigMap says where it is, and beside this program is a usual place.
    { ...road, reach: "anywhere" },
  );
  const question = { applicationSetName: set, input: { parameters: input?.parameters ?? {} } };
  const { body } = await api.post(api.url(["api", "v1", "getparams.execute"]), question);
  return api
    .fields(body, "")
    .in("output")
    .each("parameters")
    .map(({ value }) => value);
}

async function tokenOf(reference: string, home: Lookups, wrong: (why: string) => Failure): Promise<string> {
  const named = /^\$(?:([^:$]+):)?([^:$]+)$/.exec(reference.trim());
  if (named === null) throw wrong("has a token that is neither $key nor $secret:key");
  const [, secret = OWN_SECRET, key = ""] = named;
  const token = (await home.secret(secret, key))?.trim() ?? "";
  if (token === "" || /[^\x21-\x7e]/.test(token))
    throw wrong(`has a token of Secret ${secret}, whose ${key} is missing or no token`);
  return token;
}
