import type { Account, Capability } from "../core/accounts/account.ts";
import { hashShape } from "../core/accounts/password-hash.ts";
import type { Secret } from "../core/model/secret.ts";
import { defined } from "../lib/defined.ts";
import type { FieldPath } from "../lib/field-path.ts";
import type { Values } from "./read-settings.ts";
import type { SettingTable } from "./setting.ts";

const ACCOUNT = {
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

export const ACCOUNTS = {
  is: "sections",
  doc: "Who signs in with a password, and which programs have tokens. With an entry or more there are accounts, and admin is one of them. With one, or a provider of signOn, everybody is asked who they are; server.token stays an administrator.",
  required: ["name"],
  example: ["- { name: ann, may: [login, apiKey] }", "- { name: pipeline, may: [apiKey] }"],
  keys: ACCOUNT,
} as const;

/** An entry of the config. */
export interface AccountSettings extends Account {
  passwordHash?: Secret;
  /** Milliseconds since 1970, where the hash is one of `argocd-secret`. */
  passwordChangedAt?: number;
}

/** @param entries read by the table */
export function readAccountSettings(
  entries: readonly Values[],
  report: (path: FieldPath, text: string, fix?: string) => void,
): AccountSettings[] {
  const seen = new Set<string>();
  return entries.map((entry, index) => {
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
    const passwordHash = entry["passwordHash"] as Secret | undefined;
    const shape = passwordHash === undefined ? undefined : hashShape(passwordHash.reveal().trim());
    if (shape?.is === "unusable") report(at("passwordHash"), shape.why, "Write the hash of another password");
    return {
      name,
      may: may as Capability[],
      enabled: entry["enabled"] === true ? "yes" : "no",
      ...defined({ passwordHash }),
    };
  });
}
