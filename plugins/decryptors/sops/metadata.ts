import { isMapping } from "../../../src/lib/is-mapping.ts";

/** What SOPS writes beside what it encrypted. */
export interface Metadata {
  /** The data key for each recipient, armored. */
  age: { recipient: string; enc: string }[];
  pgp: { fingerprint: string; enc: string }[];
  lastModified: string;
  mac: string;
  rule: Rule;
  macCovers: "everything" | "what is encrypted";
}

/** Which values are encrypted, by the names of the keys on the way to them. */
export type Rule =
  | { encrypts: "all but" | "only"; suffix: string }
  | { encrypts: "all but" | "only"; pattern: RegExp };

export type ReadMetadata = { ok: true; metadata: Metadata } | { ok: false; why: string; fix: string };

const CLOUD_KEYS = {
  kms: "AWS KMS",
  gcp_kms: "Google Cloud KMS",
  azure_kv: "Azure Key Vault",
  hc_vault: "Vault",
};
const ADD_KEY = "Encrypt it for an age or PGP key too, with sops rotate --add-age or --add-pgp";
const DAMAGED = {
  ok: false,
  why: "what SOPS wrote beside the values is damaged",
  fix: "Encrypt it again",
} as const;

/** @param sops the mapping of that name in the file */
export function readMetadata(sops: unknown): ReadMetadata {
  if (!isMapping(sops)) return DAMAGED;
  const groups = Array.isArray(sops["key_groups"]) ? sops["key_groups"].filter(isMapping) : [];
  if (groups.length > 1)
    return {
      ok: false,
      why: `its key is split over ${groups.length} groups of keys (Shamir), which is not put together here`,
      fix: "Encrypt it with one group of keys",
    };
  const keys = groups[0] ?? sops;
  const age = listOf(keys["age"]).flatMap(({ recipient, enc }) =>
    typeof enc === "string" ? [{ recipient: String(recipient ?? ""), enc }] : [],
  );
  const pgp = listOf(keys["pgp"]).flatMap(({ fp, enc }) =>
    typeof enc === "string" ? [{ fingerprint: String(fp ?? ""), enc }] : [],
  );
  const { lastmodified: lastModified, mac } = sops;
  if (age.length === 0 && pgp.length === 0) {
    const cloud = Object.entries(CLOUD_KEYS).find(([name]) => listOf(keys[name]).length > 0)?.[1];
    return cloud === undefined
      ? DAMAGED
      : { ok: false, why: `only ${cloud} can open it, which is not asked`, fix: ADD_KEY };
  }
  if (typeof lastModified !== "string" || typeof mac !== "string" || mac === "") return DAMAGED;
  for (const field of ["encrypted_comment_regex", "unencrypted_comment_regex"])
    if (typeof sops[field] === "string" && sops[field] !== "")
      return {
        ok: false,
        why: `comments decide what is encrypted in it (${field}), and comments are not read`,
        fix: "Use encrypted_regex or encrypted_suffix",
      };
  const rule = ruleOf(sops);
  if (rule === undefined) return DAMAGED;
  const macCovers = String(sops["mac_only_encrypted"]) === "true" ? "what is encrypted" : "everything";
  return { ok: true, metadata: { age, pgp, lastModified, mac, rule, macCovers } };
}

export function isEncryptedBy(rule: Rule, path: readonly string[]): "encrypted" | "plain" {
  const named = path.some((key) => ("suffix" in rule ? key.endsWith(rule.suffix) : rule.pattern.test(key)));
  return named === (rule.encrypts === "only") ? "encrypted" : "plain";
}

/** Go's patterns, for what names of keys are matched with. undefined where it is none. */
function ruleOf(sops: Record<string, unknown>): Rule | undefined {
  const text = (field: string): string => {
    const value = sops[field];
    return typeof value === "string" ? value : "";
  };
  if (text("encrypted_suffix") !== "") return { encrypts: "only", suffix: text("encrypted_suffix") };
  for (const [field, encrypts] of [
    ["encrypted_regex", "only"],
    ["unencrypted_regex", "all but"],
  ] as const) {
    if (text(field) === "") continue;
    try {
      const [, flags = "", pattern = ""] = /^(?:\(\?([is]+)\))?(.*)$/s.exec(text(field)) ?? [];
      return { encrypts, pattern: new RegExp(pattern, flags) };
    } catch {
      return undefined;
    }
  }
  return { encrypts: "all but", suffix: text("unencrypted_suffix") || "_unencrypted" };
}

function listOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isMapping) : [];
}
