/** Passwords that others keep for us: Argo CD's Secret `argocd-secret`, or the config. */

import type { Problem } from "../model/problem.ts";
import type { StoredPassword } from "../ports/account-store.ts";
import { ADMIN, isAccountName } from "./account.ts";
import { hashShape } from "./password-hash.ts";

export interface ForeignPassword {
  account: string;
  hash: string;
  /** Of `passwordMtime`; 0 where that is not said. */
  changedAt: number;
}

/**
 * `admin.password`, `accounts.NAME.password` and their `…Mtime`. A hash that cannot be one is left out and said, by its
 * key and never by its value.
 * @param data texts, decoded
 */
export function readForeignPasswords(
  data: Readonly<Record<string, string>>,
  shown: string,
): { passwords: ForeignPassword[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const passwords: ForeignPassword[] = [];
  for (const [key, value] of Object.entries(data)) {
    const account = accountOfKey(key);
    if (account === undefined) continue;
    const hash = value.trim();
    // With Argo CD an account without a password has an empty one, and cannot sign in.
    if (hash === "") continue;
    const say = (path: string, text: string, fix: string): void => {
      problems.push({ severity: "error", object: shown, path, text, fix });
    };
    const shape = hashShape(hash);
    if (shape.is === "unusable") {
      say(key, shape.why, "Set the password anew");
      continue;
    }
    const written = data[`${key}Mtime`]?.trim() ?? "";
    const changedAt = timeOf(written);
    if (written !== "" && Number.isNaN(changedAt))
      say(`${key}Mtime`, "is no time", "Write it like 2026-11-29T10:00:00Z");
    passwords.push({ account, hash, changedAt: Number.isNaN(changedAt) ? 0 : changedAt });
  }
  return { passwords, problems };
}

/** Hours east of UTC, of what `date +%Z` prints; a word that several zones have is none. */
const ZONES: Readonly<Record<string, number>> = {
  ...{ UTC: 0, GMT: 0, WET: 0, WEST: 1, BST: 1, CET: 1, CEST: 2, EET: 2, EEST: 3, MSK: 3 },
  ...{ EST: -5, EDT: -4, CDT: -5, MST: -7, MDT: -6, PST: -8, PDT: -7, JST: 9, KST: 9, AEST: 10, AEDT: 11 },
};

/** As RFC 3339 has it, or as the documented `date +%FT%T%Z` prints it. NaN: it is none. */
export function timeOf(written: string): number {
  const [, time, zone = ""] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?) ?([A-Z]{1,4}|[+-]\d\d(?::?\d\d)?)$/.exec(written) ?? [];
  if (time === undefined) return Number.NaN;
  const [, sign, hours, minutes = "00"] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  const east =
    hours === undefined
      ? zone === "Z"
        ? 0
        : ((Object.hasOwn(ZONES, zone) ? ZONES[zone] : Number.NaN) ?? Number.NaN)
      : (sign === "-" ? -1 : 1) * (Number(hours) + Number(minutes) / 60);
  return Date.parse(`${time}Z`) - east * 3_600_000;
}

function accountOfKey(key: string): string | undefined {
  if (key === "admin.password") return ADMIN;
  const name = /^accounts\.([^.]+)\.password$/.exec(key)?.[1];
  return name !== undefined && name !== ADMIN && isAccountName(name) ? name : undefined;
}

/**
 * Which of two counts: ours, or the one that others keep. Ours does where it was made from that very one, or where a person
 * set it no earlier; whoever changes theirs afterwards is obeyed, as with Argo CD. One without a time is older than
 * any that a person set here.
 *
 * @param digest SHA-256 of the foreign hash
 */
export function passwordInForce(
  ours: StoredPassword | undefined,
  foreign: ForeignPassword | undefined,
  digest: (hash: string) => string,
): { hash: string; is: "ours" | "foreign" } | undefined {
  if (foreign === undefined) {
    // What was only a better hash of theirs goes when theirs does.
    return ours === undefined || ours.madeFrom !== undefined ? undefined : { hash: ours.hash, is: "ours" };
  }
  if (ours === undefined) return { hash: foreign.hash, is: "foreign" };
  const counts =
    ours.madeFrom === undefined
      ? ours.changedAt >= foreign.changedAt
      : ours.madeFrom === digest(foreign.hash);
  return counts ? { hash: ours.hash, is: "ours" } : { hash: foreign.hash, is: "foreign" };
}
