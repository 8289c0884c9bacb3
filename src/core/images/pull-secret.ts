/** Where a pull secret is, and what a Secret of it says for one registry. Source: Argo CD Image Updater; Kubernetes. */
import { isMapping } from "../../lib/is-mapping.ts";
import { Secret } from "../model/secret.ts";
import { parseImageName } from "./image-name.ts";

export type PullSecret =
  /** Of the type kubernetes.io/dockerconfigjson, or dockercfg. */
  | { is: "pull-secret"; namespace: string; name: string }
  /** A field that holds `user:password`. */
  | { is: "field"; namespace: string; name: string; field: string }
  | { is: "environment"; name: string }
  /** A sentence without a full stop. */
  | { is: "refused"; why: string };

const NAME = "[a-z0-9][a-z0-9.-]{0,252}";
const PULL = new RegExp(`^pullsecret:(${NAME})/(${NAME})$`);
const FIELD = new RegExp(`^secret:(${NAME})/(${NAME})#([\\w.-]{1,253})$`);

export function parsePullSecret(text: string): PullSecret {
  const pull = PULL.exec(text);
  if (pull !== null) return { is: "pull-secret", namespace: pull[1] ?? "", name: pull[2] ?? "" };
  const field = FIELD.exec(text);
  if (field !== null)
    return { is: "field", namespace: field[1] ?? "", name: field[2] ?? "", field: field[3] ?? "" };
  const [, variable] = /^env:(\w{1,200})$/.exec(text) ?? [];
  if (variable !== undefined) return { is: "environment", name: variable };
  if (text.startsWith("ext:"))
    return {
      is: "refused",
      why: "a script that an annotation names is not run: whoever writes Applications would run programs with the daemon's rights",
    };
  return { is: "refused", why: `${JSON.stringify(text.slice(0, 100))} names no secret` };
}

export interface Login {
  username: string;
  password: Secret;
}

/** @returns undefined where the text holds no colon */
export function loginIn(text: string): Login | undefined {
  const at = text.indexOf(":");
  return at <= 0
    ? undefined
    : { username: text.slice(0, at), password: new Secret(text.slice(at + 1).trimEnd()) };
}

/** What a Docker config, or the older form without `auths`, says for a registry. */
export function loginOf(json: string, registry: string): Login | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (!isMapping(value)) return undefined;
  const auths = isMapping(value["auths"]) ? value["auths"] : value;
  for (const [key, entry] of Object.entries(auths)) {
    if (!isMapping(entry) || registryOf(key) !== registry) continue;
    const { auth, username, password } = entry;
    if (typeof username === "string" && typeof password === "string" && username !== "")
      return { username, password: new Secret(password) };
    if (typeof auth === "string") return loginIn(Buffer.from(auth, "base64").toString("utf8"));
  }
  return undefined;
}

/** `https://index.docker.io/v1/` is docker.io. */
function registryOf(key: string): string {
  const host = key.replace(/^https?:\/\//i, "").split("/")[0] ?? "";
  return parseImageName(`${host.toLowerCase()}/a/b`)?.registry ?? host.toLowerCase();
}
