/**
 * `dex.config` of `argocd-cm`, by which Argo CD runs a Dex beside itself: each connector that can be one is a provider of
 * ours. https://argo-cd.readthedocs.io/en/stable/operator-manual/user-management/#dex
 */
import { isMapping } from "../../lib/is-mapping.ts";
import { printable } from "../../lib/printable.ts";
import { parseYaml } from "../../lib/yaml.ts";
import type { Problem } from "../model/problem.ts";
import type { SignOnSettings } from "../model/sign-on.ts";
import { DEX_CALLBACK, DEX_CONNECTORS, NO_CONNECTORS } from "./dex-connectors.ts";
import { DexFields } from "./dex-fields.ts";
import type { SecretLookUp } from "./kept-text.ts";

const KEY = 'data["dex.config"]';
/** Argo CD writes them itself, or they are of a server that is not there. */
const NOT_NEEDED = new Set([
  ...["issuer", "storage", "web", "grpc", "telemetry", "logger", "oauth2", "expiry", "frontend", "signer"],
]);
const OTHERS: Readonly<Record<string, string>> = {
  staticclients: "other programs that sign people in by Argo CD's Dex need a Dex of their own",
  enablepassworddb: "people of its own are written as accounts in argocd-cm",
  staticpasswords: "people of its own are written as accounts in argocd-cm",
};

/**
 * @param data of `argocd-cm`
 * @param claims `scopes` of `argocd-rbac-cm`
 * @returns those connectors of which nothing is wrong, in their order
 */
export function readDexConfig(
  data: Readonly<Record<string, string>>,
  secretNamed: SecretLookUp,
  claims: readonly string[] = ["groups"],
): { settings: SignOnSettings[]; problems: Problem[] } {
  const text = data["dex.config"] ?? "";
  if (text.trim() === "") return { settings: [], problems: [] };
  const problems: Problem[] = [];
  const say = (severity: Problem["severity"], path: string, said: string, fix: string): void => {
    problems.push({
      severity,
      object: "argocd-cm",
      path: path === "" ? KEY : `${KEY}.${path}`,
      text: said,
      fix,
    });
  };
  if ((data["oidc.config"] ?? "").trim() !== "") {
    say("warning", "", "changes nothing: oidc.config counts, as with Argo CD", "Remove one of them");
    return { settings: [], problems };
  }
  const parsed = parseYaml(text, {});
  const value = parsed.documents[0]?.value;
  const [wrong] = parsed.problems;
  if (wrong !== undefined || parsed.documents.length !== 1 || !isMapping(value)) {
    say("error", "", `${wrong?.text ?? "must be one mapping"}; nobody signs in by it`, "Correct it");
    return { settings: [], problems };
  }
  for (const key of Object.keys(value)) {
    const lower = key.toLowerCase();
    if (lower === "connectors" || NOT_NEEDED.has(lower)) continue;
    const why = Object.hasOwn(OTHERS, lower) ? OTHERS[lower] : "nobody knows here what it says";
    say("warning", key, `is not honoured: ${why}`, "Remove it once Argo CD is gone");
  }
  const connectors = value["connectors"];
  if (!Array.isArray(connectors)) {
    say(
      "error",
      "connectors",
      "must be a list; nobody signs in by it",
      "Write one with a type, id, name and config",
    );
    return { settings: [], problems };
  }
  const settings = connectors.flatMap((one, index) =>
    connectorOf(one, { path: `${KEY}.connectors[${index}]`, secretNamed, claims, problems }),
  );
  return { settings, problems };
}

interface Around {
  path: string;
  secretNamed: SecretLookUp;
  claims: readonly string[];
  problems: Problem[];
}

function connectorOf(written: unknown, { path, secretNamed, claims, problems }: Around): SignOnSettings[] {
  const said: Problem[] = [];
  const keys = { type: "read", id: "read", name: "read", config: "read" } as const;
  const shown = isMapping(written) ? printable(String(written["name"] ?? written["id"] ?? "it")) : "it";
  const ending = `nobody signs in by ${shown}`;
  const fields = new DexFields({ path, secretNamed, problems: said, ending }, written, keys);
  const type = fields.needed("type");
  const known = Object.hasOwn(DEX_CONNECTORS, type) ? DEX_CONNECTORS[type] : undefined;
  const name = fields.text("name") ?? fields.needed("id");
  if (type !== "" && known === undefined)
    fields.report(
      "type",
      `is ${printable(type)}, and connectors of ${Object.keys(DEX_CONNECTORS).sort().join(", ")} are what can be read`,
      (Object.hasOwn(NO_CONNECTORS, type) ? NO_CONNECTORS[type] : undefined) ??
        "Run a Dex of your own, and write oidc.config for it: docs/sign-on-dex.md",
    );
  if (name !== "" && !/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u.test(name))
    fields.report("name", "has 1 to 64 letters, digits, spaces, dots, _ and -", "Rename it");
  const other = known === undefined ? undefined : claims.find((claim) => !known.claims.includes(claim));
  if (other !== undefined)
    fields.report(
      "type",
      `gives no ${printable(other)}, which scopes of argocd-rbac-cm has a policy name people by`,
      "Write [groups] or [groups, email] there",
    );
  const read = known?.read(fields.below("config", known.keys), name, claims);
  problems.push(...said);
  if (read === undefined || said.some(({ severity }) => severity === "error")) return [];
  return [read.by === "ldap" ? read : { ...read, returnsTo: DEX_CALLBACK }];
}
