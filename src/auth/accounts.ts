import { type Account, ADMIN, type Capability } from "../core/accounts/account.ts";
import { type ForeignPassword, passwordInForce } from "../core/accounts/foreign-passwords.ts";
import type { AskingAs, CredentialOwner } from "../core/model/credential-owner.ts";
import { hashSha256 } from "../lib/hash.ts";
import { timestamp } from "../lib/timestamp.ts";
import type { AuthPorts } from "./auth-ports.ts";

/**
 * How long password, tokens and belongings of an account are kept that is no longer declared, in milliseconds: an edit of a Friday
 * evening is found on Monday.
 */
export const KEEP_ABSENT_MS = 3 * 24 * 60 * 60_000;
const GONE = "it is no longer declared";

/** What accounts there are now. Asked at each request, so that whoever is disabled is so at once. */
export class Accounts {
  #declared = new Map<string, Account>([[ADMIN, { name: ADMIN, may: ["login"], enabled: "yes" }]]);
  #foreign = new Map<string, ForeignPassword>();
  #others: "gone" | "not known" = "gone";

  constructor(
    private readonly ports: AuthPorts,
    /** Whether a project has the role, whose tokens are refused otherwise. */
    private readonly hasRole: (project: string, role: string) => boolean,
  ) {}

  /**
   * Takes what was read as a whole; a reading that failed is none, and changes nothing. Who is no longer declared is let in
   * by nothing, loses the sessions at once, and password, tokens and all else after `KEEP_ABSENT_MS`: an edit that left somebody out
   * is mended by writing them back, and whoever gets the name later gets none of it. Who is disabled, or may not sign in any
   * more, loses the sessions and finds the tokens again when that changes back.
   * @param others who is not among `accounts`: `not known` are let in by nothing meanwhile, and keep what they have
   */
  declare(
    accounts: readonly Account[],
    foreign: readonly ForeignPassword[],
    others: "gone" | "not known" = "gone",
  ): void {
    this.#declared = new Map(accounts.map((account) => [account.name, account]));
    this.#others = others;
    this.#foreign = new Map(foreign.map((password) => [password.account, password]));
    const { store } = this.ports;
    store.atomically(() => {
      // Before anybody is there again: who comes back too late finds nothing, also where nobody looked meanwhile.
      this.dropOverdue();
      for (const { account } of store.absences()) if (this.#declared.has(account)) this.#giveBack(account);
      for (const owner of this.#owners()) {
        if (!this.#declared.has(owner)) {
          if (others === "gone") this.#keep(owner);
        } else if (!this.isGood(owner, "login")) this.#endSessions(owner, "it may not sign in any more");
      }
      for (const { account, changedAt } of foreign) {
        this.#endOverruled(account);
        this.#endSessionsBefore(account, changedAt);
      }
    });
  }

  /** Forgets what belonged to accounts that are gone for too long. @returns of how many */
  dropOverdue(): number {
    const { store, clock } = this.ports;
    const now = clock.now();
    const overdue = store.absences().filter(({ since }) => now - since >= KEEP_ABSENT_MS);
    if (overdue.length > 0)
      store.atomically(() => {
        for (const { account } of overdue) this.#drop(account);
      });
    return overdue.length;
  }

  find(name: string): Account | undefined {
    return this.#declared.get(name);
  }

  list(): Account[] {
    return [...this.#declared.values()];
  }

  isGood(name: string, to: Capability): boolean {
    const account = this.#declared.get(name);
    return account !== undefined && account.enabled === "yes" && account.may.includes(to);
  }

  /** Whether somebody who has a session or a token may use it now. What a provider vouches for is the provider's word. */
  stands(owner: AskingAs | CredentialOwner, by: "session" | "token"): boolean {
    if (owner.kind === "account") return this.isGood(owner.name, by === "session" ? "login" : "apiKey");
    return owner.kind === "sso" ? by === "session" : this.hasRole(owner.project, owner.role);
  }

  /** The hash that an account's password is checked against now. */
  hashInForce(account: string): { hash: string; is: "ours" | "foreign" } | undefined {
    return passwordInForce(this.ports.store.password(account), this.#foreign.get(account), hashSha256);
  }

  /** Whether it is not known whether there is such an account: it is let in by nothing, and loses nothing. */
  isOpen(owner: AskingAs): boolean {
    return owner.kind === "account" && this.#others === "not known" && !this.#declared.has(owner.name);
  }

  #owners(): Set<string> {
    const { store } = this.ports;
    const owners = [...store.sessions(), ...store.tokens()].map(({ owner }) => owner);
    const named = owners.flatMap((owner) => (owner.kind === "account" ? [owner.name] : []));
    return new Set([...store.passwords().map(({ account }) => account), ...named, ...this.#belonging()]);
  }

  #belonging(): readonly string[] {
    return this.ports.belongings?.accounts() ?? [];
  }

  #keep(account: string): void {
    const { store, clock, tell } = this.ports;
    this.#endSessions(account, GONE);
    const tokens = store.tokens({ kind: "account", name: account }).length;
    const hasOther = store.password(account) !== undefined || this.#belonging().includes(account);
    if (tokens === 0 && !hasOther) return;
    const now = clock.now();
    const known = store.absences().find((one) => one.account === account);
    // Of the future: the clock was set back. It counts from now, so that nothing is kept for longer than is said.
    if (known !== undefined && known.since <= now) return;
    store.putAbsence({ account, since: now });
    tell({ did: "credentials-kept", account, tokens, until: timestamp(now + KEEP_ABSENT_MS) });
  }

  #giveBack(account: string): void {
    const { store, tell } = this.ports;
    store.deleteAbsence(account);
    tell({
      did: "credentials-back",
      account,
      tokens: store.tokens({ kind: "account", name: account }).length,
    });
  }

  #drop(account: string): void {
    const { store, tell } = this.ports;
    const owner = { kind: "account", name: account } as const;
    store.deleteAbsence(account);
    store.deletePassword(account);
    store.deleteDevicesOf(account);
    this.ports.belongings?.drop(account);
    const [sessions, tokens] = [store.deleteSessionsOf(owner), store.deleteTokensOf(owner)];
    tell({ did: "credentials-dropped", account, sessions, tokens, why: GONE });
  }

  #endSessions(account: string, why: string): void {
    const sessions = this.ports.store.deleteSessionsOf({ kind: "account", name: account });
    if (sessions > 0) this.ports.tell({ did: "credentials-dropped", account, sessions, tokens: 0, why });
  }

  /** Whose password others changed signs in by that one, everywhere anew: also where they say no time, or one to come. */
  #endOverruled(account: string): void {
    const { store } = this.ports;
    if (store.password(account) === undefined || this.hashInForce(account)?.is !== "foreign") return;
    store.deletePassword(account);
    store.deleteDevicesOf(account);
    this.#endSessions(account, "its password was changed where it is kept");
  }

  /** As Argo CD has it: a password that was changed ends what was opened by the one before. */
  #endSessionsBefore(account: string, changedAt: number): void {
    if (changedAt > this.ports.clock.now()) return;
    const owner = { kind: "account", name: account } as const;
    const old = this.ports.store.sessions(owner).filter(({ createdAt }) => createdAt < changedAt);
    for (const { id } of old) {
      this.ports.store.deleteSession(id);
      this.ports.tell({ did: "session-ended", owner, session: id, why: "account", by: "daemon" });
    }
  }
}
