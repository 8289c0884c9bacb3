import { ADMIN } from "../core/accounts/account.ts";
import { Secret } from "../core/model/secret.ts";
import type { Accounts } from "./accounts.ts";
import type { AuthPorts } from "./auth-ports.ts";
import type { Chance } from "./credential.ts";

/** Where Argo CD's users look for it: `password` of this Secret in the home namespace. */
const INITIAL_ADMIN_SECRET = "argocd-initial-admin-secret";

/** That Secret, where the home is a cluster. */
export interface InitialSecret {
  /**
   * @returns false where there is one, which stays
   * @throws where it cannot be told
   */
  create(password: Secret): Promise<boolean>;
  /** @throws where it cannot be told */
  read(): Promise<Secret | undefined>;
}

export type InitialAdmin =
  | { is: "not-needed" }
  /** `print`: nobody else knows it, and it is never shown again. */
  | { is: "made"; password: Secret; told: "print" }
  | { is: "made"; told: "secret" };

/**
 * The administrator's first password, where there is an administrator and no password. Made once: it is in the cluster
 * before it counts, so that one which counts is never lost there; printed, it is kept before it is printed, so that one which
 * was printed always counts, and `admin reset-password` mends the moment between.
 */
export async function makeInitialAdmin(
  ports: AuthPorts,
  accounts: Accounts,
  secret: InitialSecret | undefined,
): Promise<InitialAdmin> {
  if (!accounts.isGood(ADMIN, "login") || accounts.hashInForce(ADMIN) !== undefined)
    return { is: "not-needed" };
  const password = secret === undefined ? makePassword(ports.chance) : await inCluster(secret, ports);
  const hash = await ports.hasher.hash(password.reveal());
  // Who set one meanwhile is obeyed.
  if (accounts.hashInForce(ADMIN) !== undefined) return { is: "not-needed" };
  if (!ports.store.putFirstPassword({ account: ADMIN, hash, changedAt: ports.clock.now() }))
    return { is: "not-needed" };
  ports.tell({ did: "password-set", account: ADMIN, by: "daemon" });
  return secret === undefined ? { is: "made", password, told: "print" } : { is: "made", told: "secret" };
}

async function inCluster(secret: InitialSecret, ports: AuthPorts): Promise<Secret> {
  const made = makePassword(ports.chance);
  if (await secret.create(made)) return made;
  const others = await secret.read();
  if (others === undefined)
    throw new Error(`${INITIAL_ADMIN_SECRET} was there and is gone; it is tried again`);
  return others;
}

/** 120 bits without signs that look alike, in groups that a person can copy. */
export function makePassword(chance: Chance): Secret {
  const signs = "abcdefghjkmnpqrstuvwxyz23456789X";
  const text = [...chance(24)].map((byte) => signs[byte & 31]).join("");
  return new Secret(text.replace(/(.{6})(?=.)/g, "$1-"));
}
