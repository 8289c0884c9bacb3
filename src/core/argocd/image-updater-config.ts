/**
 * What the ConfigMap of Argo CD Image Updater says: how commits read, and how registries are asked.
 * https://argocd-image-updater.readthedocs.io/en/stable/configuration/registries/ and …/basics/update-methods/ Pure.
 */
import { defined } from "../../lib/defined.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { parseYaml } from "../../lib/yaml.ts";
import { parseImageName } from "../images/image-name.ts";
import { parsePullSecret } from "../images/pull-secret.ts";
import type { Problem } from "../model/problem.ts";

export const IMAGE_UPDATER_MAP = "argocd-image-updater-config";

/** How one registry is asked where no entry of repositories speaks for it. */
export interface ArgoRegistry {
  /** As image names have it: `docker.io`, `registry.example.com:5000`. */
  registry: string;
  plainHttp?: true;
  tlsCheck?: "nothing";
  /** PEM. */
  ca?: string;
  /** As a pull secret is named. */
  credentials?: string;
  /** Most requests within a second. */
  requestsPerSecond?: number;
}

export interface ArgoImageSettings {
  authorName?: string;
  authorEmail?: string;
  messageTemplate?: string;
  signOff?: boolean;
  registries: readonly ArgoRegistry[];
  problems: readonly Problem[];
}

type Data = Readonly<Record<string, string>>;
type Say = (path: string, text: string, fix?: string) => void;

const PROCESS = "it is of Image Updater's own process";
const KEYS: readonly { key: string; is: "read" | "not read" | "not read, and said"; note: string }[] = [
  {
    key: "registries.conf",
    is: "read",
    note: "`prefix`, `credentials`, `insecure`, `ca_data`, `limit`, and whether `api_url` is plain HTTP, where no entry of `repositories` speaks for the registry. `credentials` name a Secret of the home namespace, or a variable that `images.environment` lists. `ca_file`, scripts (`ext:`), an `api_url` of another host, and `default` and `defaultns` other than Docker Hub's are not read, and said; `credsexpire` changes nothing: Secrets are read for each look",
  },
  { key: "git.user", is: "read", note: "as `images.authorName` of the config, where that is at its default" },
  {
    key: "git.email",
    is: "read",
    note: "as `images.authorEmail` of the config, where that is at its default",
  },
  {
    key: "git.commit-message-template",
    is: "read",
    note: "as `images.messageTemplate` of the config, where that and `images.message` are empty",
  },
  {
    key: "git.commit-sign-off",
    is: "read",
    note: "as `images.signOff` of the config; either one turns it on",
  },
  {
    key: "git.commit-signing-key",
    is: "not read, and said",
    note: "it is a file of Image Updater's Pod, or a key in its ring of GPG: write the file of either as `images.signingKey` in the config",
  },
  { key: "git.commit-signing-method", is: "not read", note: "see `git.commit-signing-key`" },
  { key: "interval", is: "not read, and said", note: "write `images.interval` in the config" },
  { key: "log.level", is: "not read", note: PROCESS },
  { key: "log.format", is: "not read", note: PROCESS },
  { key: "kube.events", is: "not read", note: "no Events are written; updates are in the activity" },
  { key: "applications_api", is: "not read", note: "Applications are read where they live" },
  { key: "argocd.*", is: "not read", note: "see `applications_api`" },
  {
    key: "webhook.*",
    is: "not read, and said",
    note: "registries tell of pushes as docs/webhooks.md has it",
  },
];

/** Each key of the ConfigMap, and what becomes of it: for the documentation. */
export function imageUpdaterKeys(): typeof KEYS {
  return KEYS;
}

export function readImageUpdaterConfig(data: Data): ArgoImageSettings {
  const problems: Problem[] = [];
  const say: Say = (path, text, fix) =>
    problems.push({
      ...{ severity: "warning", object: `ConfigMap ${IMAGE_UPDATER_MAP}`, path, text },
      ...defined({ fix }),
    });
  for (const [key, value] of Object.entries(data)) {
    const known = KEYS.find(
      (one) => one.key === key || (one.key.endsWith("*") && key.startsWith(one.key.slice(0, -1))),
    );
    if (known === undefined) say(key, "is no key that is known, and changes nothing");
    else if (known.is === "not read, and said" && value.trim() !== "") say(key, `is not read: ${known.note}`);
  }
  const template = data["git.commit-message-template"];
  const signOff = booleanOf(data["git.commit-sign-off"]?.trim() || undefined);
  if (signOff === "neither") say("git.commit-sign-off", "is neither true nor false, and changes nothing");
  return {
    ...defined({
      authorName: authorPart("git.user", data, say),
      authorEmail: authorPart("git.email", data, say),
      messageTemplate: template === undefined || template.trim() === "" ? undefined : template,
      signOff: signOff === "neither" ? undefined : signOff,
    }),
    registries: registriesIn(data["registries.conf"] ?? "", say),
    problems,
  };
}

/** What ends a name in a commit would begin something else there. */
function authorPart(key: string, data: Data, say: Say): string | undefined {
  const text = data[key]?.trim() ?? "";
  if (!/[\p{Cc}<>]/u.test(text)) return text || undefined;
  say(key, "holds a sign that no author of a commit has, and is not used");
  return undefined;
}

/** As Go's YAML reads a flag. */
function booleanOf(value: unknown): boolean | undefined | "neither" {
  if (value === undefined || value === null || typeof value === "boolean") return value ?? undefined;
  if (/^(?:true|yes|on|y|1|t)$/i.test(String(value))) return true;
  return /^(?:false|no|off|n|0|f)$/i.test(String(value)) ? false : "neither";
}

function registriesIn(text: string, tell: Say): ArgoRegistry[] {
  const say: Say = (path, ...told) =>
    tell(path === "" ? "registries.conf" : `registries.conf: ${path}`, ...told);
  const { documents, problems } = parseYaml(text, { file: "registries.conf" });
  const wrong = problems.find(({ severity }) => severity === "error");
  if (wrong !== undefined) {
    say("", `is no YAML, and nothing of it is used: ${wrong.text}`);
    return [];
  }
  const value = documents[0]?.value ?? {};
  const list = isMapping(value) ? (value["registries"] ?? []) : undefined;
  if (!Array.isArray(list)) {
    say("", "must have a list of registries, and nothing of it is used");
    return [];
  }
  const found = new Map<string, ArgoRegistry>();
  for (const [at, entry] of list.entries()) {
    const place = `registries[${at}]`;
    const one = registryIn(entry, (key, ...told) => say(`${place}${key === "" ? "" : `.${key}`}`, ...told));
    if (one === undefined) continue;
    if (found.has(one.registry)) say(place, `${one.registry} stands there twice, and the first counts`);
    else found.set(one.registry, one);
  }
  return [...found.values()];
}

const KNOWN = [
  ...["name", "prefix", "api_url", "defaultns", "default", "credentials", "credsexpire", "insecure"],
  ...["ca_file", "ca_data", "limit", "ping", "tagsortmode"],
];

function registryIn(entry: unknown, say: Say): ArgoRegistry | undefined {
  const prefix = isMapping(entry) ? entry["prefix"] : undefined;
  const registry = typeof prefix === "string" ? parseImageName(`${prefix.trim()}/a/b`)?.registry : undefined;
  if (!isMapping(entry) || registry === undefined || !String(prefix).match(/[.:]|^localhost$/)) {
    say(
      "prefix",
      "is no name of a registry, and nothing of the entry is used",
      "Write it like registry.example.com",
    );
    return undefined;
  }
  for (const key of Object.keys(entry))
    if (!KNOWN.includes(key)) say(key, "is no key that is known, and changes nothing");
  const text = (key: string): string => (typeof entry[key] === "string" ? entry[key].trim() : "");
  const address = apiOf(text("api_url"), registry, say);
  const insecure = booleanOf(entry["insecure"]);
  if (insecure === "neither") say("insecure", "is neither true nor false: certificates are looked at");
  if (booleanOf(entry["default"]) === true && registry !== "docker.io")
    say("default", "is not read: an image without a registry is of Docker Hub here, as it is for Kubernetes");
  if (text("defaultns") !== "" && !(registry === "docker.io" && text("defaultns") === "library"))
    say("defaultns", "is not read", "Write the image's whole name");
  if (text("ca_file") !== "")
    say(
      "ca_file",
      "is not read: it is a file of Image Updater's Pod",
      "Write ca_data, or an entry of repositories with ca",
    );
  return {
    registry,
    ...(address === "plain HTTP" ? { plainHttp: true as const } : {}),
    ...(insecure === true ? { tlsCheck: "nothing" as const } : {}),
    ...defined({
      ca: insecure === true ? undefined : text("ca_data") || undefined,
      credentials: credentialsOf(text("credentials"), say),
      requestsPerSecond: limitOf(entry["limit"], say),
    }),
  };
}

function apiOf(text: string, registry: string, say: Say): "plain HTTP" | "as usual" {
  if (text === "") return "as usual";
  const url = URL.parse(text);
  const isOwn = url !== null && parseImageName(`${url.host}/a/b`)?.registry === registry;
  if (!isOwn) {
    say(
      "api_url",
      `is not read: ${registry} is asked itself`,
      "Name the images by the registry that has them",
    );
    return "as usual";
  }
  return url.protocol === "http:" ? "plain HTTP" : "as usual";
}

function credentialsOf(text: string, say: Say): string | undefined {
  if (text === "") return undefined;
  const secret = parsePullSecret(text);
  if (secret.is !== "refused") return text;
  say(
    "credentials",
    text.startsWith("ext:") ? "is a script, and no script is run" : `is not used: ${secret.why}`,
    "Write pullsecret:namespace/name, or give the registry an entry of repositories with type: oci",
  );
  return undefined;
}

const MOST_WITHIN_A_SECOND = 1_000;

function limitOf(value: unknown, say: Say): number | undefined {
  if (value === undefined || value === null || value === 0) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value > 0)
    return Math.min(value, MOST_WITHIN_A_SECOND);
  say("limit", "is no whole number of requests within a second, and changes nothing");
  return undefined;
}
