import type { Secret } from "../core/model/secret.ts";
import type { FieldPath } from "../lib/field-path.ts";
import type { Values } from "./read-settings.ts";
import type { SettingTable } from "./setting.ts";

/** `accounts` of the config: each entry. */
export const ACCOUNT = {
  name: {
    is: "text",
    doc: "As policies name it. admin is there without an entry, and may be disabled by one.",
    default: "",
    pattern: /^[A-Za-z0-9][-_A-Za-z0-9]{0,63}$/,
    wrong: "has 1 to 64 letters, digits, _ and -",
  },
  may: {
    is: "texts",
    doc: "login: with a password. apiKey: may have tokens.",
    default: ["login"],
    example: "[login, apiKey]",
  },
  enabled: { is: "flag", doc: "Whether it may do anything at all.", default: true },
  passwordHash: {
    is: "secret",
    doc: "argon2id or bcrypt. Empty: the password is set in Holdfast. One that is set in Holdfast counts instead of it.",
    example: "${ANN_PASSWORD_HASH}",
  },
} as const satisfies SettingTable;

/**
 * Entries of the config in the words of `argocd-cm` and `argocd-secret`, so that one reader judges both.
 * @param entries read by the table
 */
export function accountTexts(
  entries: readonly Values[],
  report: (path: FieldPath, text: string, fix?: string) => void,
): { settings: Record<string, string>; secret: Record<string, string> } {
  const settings: Record<string, string> = {};
  const secret: Record<string, string> = {};
  const seen = new Set<string>();
  for (const [index, entry] of entries.entries()) {
    const name = entry["name"] as string;
    const at = (key: string): FieldPath => ["accounts", index, key];
    if (seen.has(name)) report(at("name"), `two accounts are named ${name}`, "Remove one of them");
    seen.add(name);
    const may = entry["may"] as string[];
    for (const [place, word] of may.entries())
      if (word !== "login" && word !== "apiKey")
        report(
          [...at("may"), place],
          `${JSON.stringify(word)} is nothing that an account can`,
          "Write login or apiKey",
        );
    settings[`accounts.${name}`] = may.join(",");
    settings[name === "admin" ? "admin.enabled" : `accounts.${name}.enabled`] = String(entry["enabled"]);
    const hash = entry["passwordHash"] as Secret | undefined;
    if (hash !== undefined)
      secret[name === "admin" ? "admin.password" : `accounts.${name}.password`] = hash.reveal();
  }
  return { settings, secret };
}
