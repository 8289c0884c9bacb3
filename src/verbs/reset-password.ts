import { statSync } from "node:fs";
import { systemChance } from "../auth/credential.ts";
import { makePassword } from "../auth/initial-admin.ts";
import { systemHasher } from "../auth/password-hasher.ts";
import { leaveReset } from "../auth/password-reset.ts";
import { ADMIN, isAccountName } from "../core/accounts/account.ts";
import { whyNoNewPassword } from "../core/accounts/password-hash.ts";
import { asFailure, Failure } from "../core/model/failure.ts";
import type { Secret } from "../core/model/secret.ts";
import { defined } from "../lib/defined.ts";
import { dataFolder } from "./data-folder.ts";
import type { Surroundings } from "./surroundings.ts";

export interface ResetAsk {
  /** Default: admin. */
  account?: string;
  /** From standard input, never an argument: other users of the machine see those. Default: one is made. */
  password?: Secret;
  /** The daemon's data folder; default: the config's. */
  data?: string;
  config?: string;
}

export interface ResetLeft {
  account: string;
  /** The data folder in which it was left. */
  folder: string;
  /** Where it was made here: to be printed once. */
  made?: Secret;
}

/**
 * Leaves a password for an account where the daemon of this host takes it, running or at its next start.
 * @throws {Failure} invalid-spec where the account or the password cannot be one; config where the data folder is not known
 * or cannot be written
 */
export async function resetPassword(
  around: Surroundings,
  { account = ADMIN, password, data, config }: ResetAsk,
): Promise<ResetLeft> {
  if (!isAccountName(account))
    throw refused(account, "no account can have this name", "Name one of the accounts");
  const given = password ?? makePassword(systemChance);
  const why = whyNoNewPassword(given.reveal(), account);
  if (why !== undefined) throw refused(account, `this password is not taken: ${why}`, "Choose a longer one");
  const folder = dataFolder(around, defined({ data, config }));
  const hash = await systemHasher.hash(given.reveal());
  try {
    // A folder that is made here would be read by nobody.
    if (!statSync(folder).isDirectory()) throw new Error("it is no folder");
    leaveReset(folder, { account, hash });
  } catch (cause) {
    throw new Failure("config", folder, "after-edit", {
      cannot: "reset a password",
      why: asFailure(cause, folder, "reset a password").why,
      fix: "Run it where the daemon runs, as its user or as root, and name its data folder with --data",
      cause,
    });
  }
  return { account, folder, ...(password === undefined ? { made: given } : {}) };
}

function refused(account: string, why: string, fix: string): Failure {
  return new Failure("invalid-spec", JSON.stringify(account), "after-edit", {
    cannot: "reset its password",
    why,
    fix,
  });
}
