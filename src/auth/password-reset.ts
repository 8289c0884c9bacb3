import { chownSync, lstatSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isAccountName } from "../core/accounts/account.ts";
import { hashShape } from "../core/accounts/password-hash.ts";
import { Failure } from "../core/model/failure.ts";
import { defined } from "../lib/defined.ts";
import { isMapping } from "../lib/is-mapping.ts";

/**
 * The way back in for whoever has the host: a file in the data folder, which only the daemon's user may write. It says an
 * account and a hash; the daemon takes it up when it starts and while it runs, so that nothing has to be stopped for it.
 */
const FILE = "password-reset.json";
const MOST_BYTES = 4_096;

export interface PasswordReset {
  account: string;
  hash: string;
}

/**
 * Leaves it for the daemon. The last one that was left counts.
 * @throws what the system says where the folder cannot be written
 */
export function leaveReset(folder: string, { account, hash }: PasswordReset): void {
  const file = join(folder, FILE);
  const beside = `${file}.${process.pid}`;
  rmSync(beside, { force: true });
  writeFileSync(beside, JSON.stringify({ account, hash }), { mode: 0o600, flag: "wx" });
  // Who runs this as root leaves what the daemon's user can read.
  const { uid, gid } = statSync(folder);
  if (process.geteuid?.() === 0) chownSync(beside, uid, gid);
  renameSync(beside, file);
}

/**
 * What was left, once: `apply` is called before the file goes, so that a kill between the two does it again and never
 * loses it.
 * @throws {Failure} config where the file is not one that `leaveReset` wrote; it stays
 */
export function takeReset(folder: string, apply: (reset: PasswordReset) => void): "taken" | "none" {
  const file = join(folder, FILE);
  const there = lstatSync(file, { throwIfNoEntry: false });
  if (there === undefined) return "none";
  if (!there.isFile() || there.size > MOST_BYTES)
    throw refusal(file, "it is no file, or larger than one of these");
  if (there.uid !== process.geteuid?.() && there.uid !== 0) throw refusal(file, "another user wrote it");
  if ((there.mode & 0o022) !== 0) throw refusal(file, "others may write it");
  apply(parse(file, readFileSync(file, "utf8")));
  rmSync(file, { force: true });
  return "taken";
}

function parse(file: string, text: string): PasswordReset {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw refusal(file, "it is not whole", cause);
  }
  const { account, hash }: Record<string, unknown> = isMapping(value) ? value : {};
  if (typeof account !== "string" || !isAccountName(account)) throw refusal(file, "it names no account");
  if (typeof hash !== "string" || hashShape(hash).is === "unusable")
    throw refusal(file, "it holds no hash of a password");
  return { account, hash };
}

function refusal(file: string, why: string, cause?: unknown): Failure {
  return new Failure("config", file, "after-edit", {
    cannot: "reset a password",
    why,
    fix: "Remove it, and run holdfast admin reset-password again",
    ...defined({ cause }),
  });
}
