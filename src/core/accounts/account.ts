/**
 * Accounts of ours, as the config or Argo CD's `argocd-cm` declares them.
 * Source: https://argo-cd.readthedocs.io/en/stable/operator-manual/user-management/
 */
import { defined } from "../../lib/defined.ts";
import type { Problem } from "../model/problem.ts";

/** `login`: with a password. `apiKey`: may have tokens. */
export type Capability = "login" | "apiKey";

export interface Account {
  name: string;
  may: readonly Capability[];
  enabled: "yes" | "no";
}

/** There is always one, by this name, and it may be disabled. */
export const ADMIN = "admin";

/**
 * A name goes into policies beside roles (`role:admin`), groups and tokens of projects (`proj:shop:ci`), and is half of a
 * key in ConfigMaps: one that reads like any of those would be somebody else.
 */
const NAME = /^[A-Za-z0-9][-_A-Za-z0-9]{0,63}$/;

export function isAccountName(name: string): boolean {
  return NAME.test(name);
}

type Say = (key: string, text: string, fix?: string) => void;

/**
 * The keys `accounts.NAME`, `accounts.NAME.enabled` and `admin.enabled` of `argocd-cm`, or of anything that is written
 * alike. An account of which anything cannot be read is
 * said, and disabled or left out, rather than able to do too much.
 */
export function readAccounts(
  data: Readonly<Record<string, string>>,
  shown: string,
): { accounts: Account[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const say: Say = (path, text, fix) => {
    problems.push({ severity: "error", object: shown, path, text, ...defined({ fix }) });
  };
  const may = new Map<string, readonly Capability[]>();
  const enabled = new Map<string, "yes" | "no">();
  const wrong = new Set<string>();
  for (const [key, value] of Object.entries(data)) {
    if (key === "admin.enabled") {
      enabled.set(ADMIN, flagOf(key, value, say) ?? "no");
      continue;
    }
    const rest = key.startsWith("accounts.") ? key.slice("accounts.".length) : undefined;
    if (rest === undefined) continue;
    const [name = "", field, ...more] = rest.split(".");
    if (!isAccountName(name) || more.length > 0 || (field !== undefined && field !== "enabled")) {
      if (isAccountName(name)) wrong.add(name);
      say(key, "is no key of an account", "Write accounts.NAME or accounts.NAME.enabled; a name has no dots");
    } else if (field === undefined) {
      const read = capabilitiesOf(key, value, say);
      if (read === undefined) wrong.add(name);
      else may.set(name, read);
    } else {
      const read = flagOf(key, value, say);
      if (read === undefined) wrong.add(name);
      else enabled.set(name, read);
    }
  }
  // As with Argo CD the administrator signs in, whatever else its key says.
  may.set(ADMIN, [...new Set<Capability>(["login", ...(may.get(ADMIN) ?? [])])]);
  for (const name of enabled.keys())
    if (!may.has(name))
      say(
        `accounts.${name}.enabled`,
        "is of an account that is not declared",
        `Write accounts.${name}: login`,
      );
  const accounts = [...may]
    .map(
      ([name, its]): Account => ({
        name,
        may: its,
        enabled: wrong.has(name) ? "no" : (enabled.get(name) ?? "yes"),
      }),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return { accounts, problems };
}

function capabilitiesOf(key: string, value: string, say: Say): Capability[] | undefined {
  const words = value
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
  const known = words.filter((word): word is Capability => word === "login" || word === "apiKey");
  if (known.length === words.length) return [...new Set(known)];
  const other = words.find((word) => word !== "login" && word !== "apiKey");
  say(
    key,
    `says ${JSON.stringify(other)}, which no account can`,
    "Write login, apiKey, or both with a comma",
  );
  return undefined;
}

function flagOf(key: string, value: string, say: Say): "yes" | "no" | undefined {
  const text = value.trim();
  if (/^(?:1|t|true)$/i.test(text)) return "yes";
  if (/^(?:0|f|false)$/i.test(text)) return "no";
  say(key, "must be true or false");
  return undefined;
}
