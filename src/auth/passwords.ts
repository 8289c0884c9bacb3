import {
  couldBePassword,
  dummyHash,
  hashShape,
  isWorthUpgrading,
  OUR_SHAPE,
  whyNoNewPassword,
} from "../core/accounts/password-hash.ts";
import type { Secret } from "../core/model/secret.ts";
import { defined } from "../lib/defined.ts";
import { compileGoRegexp } from "../lib/go-regexp.ts";
import { hashSha256 } from "../lib/hash.ts";
import type { Accounts } from "./accounts.ts";
import type { AuthPorts } from "./auth-ports.ts";

/** Passwords of accounts of ours. Hashes here are asked for in their turn by the caller. */
export class Passwords {
  constructor(
    private readonly ports: AuthPorts,
    private readonly accounts: Accounts,
    /** An expression of Go that new ones match too; undefined: there is none. */
    private readonly pattern: () => string | undefined = () => undefined,
  ) {}

  /**
   * Whether somebody may sign in by this name and password. The work is the same for every name: one hash of each kind that
   * any account has now, whether the name is an account's, has a password, or is disabled.
   *
   * @returns the hash that it was, so that whoever waited can tell whether it still is
   */
  async check(name: string, password: string): Promise<{ is: "right"; hash: string } | { is: "wrong" }> {
    if (!couldBePassword(password)) return { is: "wrong" };
    const inForce = this.accounts.isGood(name, "login") ? this.accounts.hashInForce(name)?.hash : undefined;
    const own = inForce === undefined ? undefined : hashShape(inForce);
    let isRight = false;
    for (const shape of this.#shapes()) {
      const isOwn = own !== undefined && own.is !== "unusable" && own.shape === shape;
      const answer = await this.ports.hasher.verify(
        password,
        isOwn && inForce !== undefined ? inForce : dummyHash(shape),
      );
      if (isOwn && answer) isRight = true;
    }
    return isRight && inForce !== undefined ? { is: "right", hash: inForce } : { is: "wrong" };
  }

  /** Whether a hash that was right is so still, after whatever happened meanwhile. */
  isInForce(name: string, hash: string): boolean {
    return this.accounts.isGood(name, "login") && this.accounts.hashInForce(name)?.hash === hash;
  }

  /**
   * Makes a hash of a password that was right anew, where it is not what we would make.
   * @returns the hash that stands for this password now
   */
  async upgrade(account: string, password: string, hash: string): Promise<string> {
    if (!isWorthUpgrading(hash)) return hash;
    const better = await this.ports.hasher.hash(password);
    const { store, clock, tell } = this.ports;
    const now = this.accounts.hashInForce(account);
    // A person who set another meanwhile is obeyed, and one who is gone gets none.
    if (now?.hash !== hash || this.accounts.find(account) === undefined) return hash;
    const ours = now.is === "ours" ? store.password(account) : undefined;
    const madeFrom = now.is === "foreign" ? hashSha256(hash) : ours?.madeFrom;
    const changedAt = ours?.changedAt ?? clock.now();
    store.putPassword({ account, hash: better, changedAt, ...defined({ madeFrom }) });
    tell({ did: "password-upgraded", account, by: account });
    return better;
  }

  /**
   * Sets an account's password. All its sessions end but the one that asks, and no device of it is known any more.
   * @param keep the session that asks
   */
  async set(
    account: string,
    password: Secret,
    { by, keep }: { by: string; keep?: string },
  ): Promise<{ is: "set" } | { is: "refused"; why: string }> {
    if (this.accounts.find(account) === undefined)
      return { is: "refused", why: `there is no account ${account}` };
    const why = whyNoNewPassword(password.reveal(), account) ?? this.#whyNotByPattern(password.reveal());
    if (why !== undefined) return { is: "refused", why: `this password is not taken: ${why}` };
    this.setHash(account, await this.ports.hasher.hash(password.reveal()), { by, ...defined({ keep }) });
    return { is: "set" };
  }

  setHash(account: string, hash: string, { by, keep }: { by: string; keep?: string }): void {
    const { store, clock, tell } = this.ports;
    store.atomically(() => {
      store.putPassword({ account, hash, changedAt: clock.now() });
      store.deleteSessionsOf({ kind: "account", name: account }, keep);
      store.deleteDevicesOf(account);
    });
    tell({ did: "password-set", account, by });
  }

  #whyNotByPattern(text: string): string | undefined {
    const pattern = this.pattern();
    const expression = pattern === undefined ? undefined : compileGoRegexp(pattern);
    // One that cannot be read was said where it was read.
    if (expression?.ok !== true || expression.finds(text)) return undefined;
    return `passwordPattern of argocd-cm is ${pattern}`;
  }

  #shapes(): string[] {
    const shapes = this.accounts.list().flatMap(({ name }) => {
      const hash = this.accounts.hashInForce(name)?.hash;
      const shape = hash === undefined ? undefined : hashShape(hash);
      return shape === undefined || shape.is === "unusable" ? [] : [shape.shape];
    });
    return [...new Set([OUR_SHAPE, ...shapes])].sort();
  }
}
