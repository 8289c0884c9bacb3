import { NOTE_EVERY } from "../core/accounts/session-rules.ts";
import type { CredentialOwner } from "../core/model/credential-owner.ts";
import type { Secret } from "../core/model/secret.ts";
import type { StoredToken, TokenScopes } from "../core/ports/account-store.ts";
import { timestamp } from "../lib/timestamp.ts";
import type { Accounts } from "./accounts.ts";
import type { AuthPorts } from "./auth-ports.ts";
import { digestOf, hintOf, makeCredential, readCredential } from "./credential.ts";
import { written } from "./written.ts";

/** A token as lists show it. */
export type TokenView = Omit<StoredToken, "secret">;

export type TokenMade = { is: "made"; token: TokenView; secret: Secret } | { is: "refused"; why: string };

const DAY = 24 * 60 * 60_000;
/** Milliseconds. */
export const TOKEN_LIFETIME = { usual: 90 * DAY, most: 366 * DAY };
const MOST_OF_ONE = 100;
const MOST_SCOPES = 50;
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._@/:-]{0,99}$/u;

/**
 * Tokens of programs: opaque, and looked up at each request. Argo CD's are signed by `server.secretkey`, which whoever reads
 * Secrets in its namespace can read: that key signs a token for any account, and cannot be taken back but for all. So
 * none of that kind is made here, and those that it issued are looked at by `ArgoTokenCheck`.
 */
export class Tokens {
  constructor(
    private readonly ports: AuthPorts,
    private readonly accounts: Accounts,
  ) {}

  /**
   * The secret is shown here, once.
   * @param name absent: the day and six signs, which people can tell apart and say
   * @param lifetimeMs 1 to `TOKEN_LIFETIME.most`
   * @param by who asks, for the list and the audit
   */
  make(of: {
    owner: CredentialOwner;
    name?: string;
    scopes: TokenScopes;
    lifetimeMs?: number;
    by: string;
  }): TokenMade {
    const { store, clock, chance } = this.ports;
    const { owner, scopes, lifetimeMs = TOKEN_LIFETIME.usual, by } = of;
    const now = clock.now();
    const name = of.name ?? `${timestamp(now).slice(0, 10)}-${chance(3).toHex()}`;
    // One that is over makes room for its successor of the same name.
    store.deleteTokensExpiredBefore(now);
    const why = this.#whyNot(owner, name, scopes, lifetimeMs);
    if (why !== undefined) return { is: "refused", why };
    const secret = makeCredential("token", chance);
    const token: StoredToken = {
      id: crypto.randomUUID(),
      owner,
      name,
      secret: digestOf(secret),
      hint: hintOf(secret),
      scopes,
      createdAt: now,
      createdBy: by,
      expiresAt: now + lifetimeMs,
    };
    if (!store.addToken(token))
      return { is: "refused", why: `there is a token named ${JSON.stringify(name)}` };
    this.ports.tell({ did: "token-made", owner, token: token.id, name, by });
    return { is: "made", token: viewOf(token), secret };
  }

  check(text: string): { is: "good"; token: TokenView } | { is: "refused" } {
    const credential = readCredential(text);
    if (credential?.kind !== "token") return { is: "refused" };
    const token = this.ports.store.tokenOfSecret(credential.digest);
    const now = this.ports.clock.now();
    if (token === undefined || now >= token.expiresAt || !this.accounts.stands(token.owner, "token"))
      return { is: "refused" };
    // Also after a clock that was set back: a time of the future would stand there for as long.
    if (token.usedAt === undefined || Math.abs(now - token.usedAt) >= NOTE_EVERY)
      written(() => this.ports.store.noteUse("token", token.id, now));
    return { is: "good", token: viewOf(token) };
  }

  /** Whether what a token opened, a stream, may stay open. */
  holds(id: string): boolean {
    const token = this.ports.store.token(id);
    if (token === undefined) return false;
    return this.ports.clock.now() < token.expiresAt && this.accounts.stands(token.owner, "token");
  }

  list(owner?: CredentialOwner): TokenView[] {
    return this.ports.store.tokens(owner).map(viewOf);
  }

  /** @returns whether there was one */
  revoke(id: string, by: string): boolean {
    const token = this.ports.store.token(id);
    if (token === undefined) return false;
    this.ports.store.deleteToken(id);
    this.ports.tell({ did: "token-revoked", owner: token.owner, token: id, name: token.name, by });
    return true;
  }

  #whyNot(owner: CredentialOwner, name: string, scopes: TokenScopes, lifetimeMs: number): string | undefined {
    if (!NAME.test(name)) return "a token's name has 1 to 100 letters, digits, spaces and . _ @ / : -";
    if (!(lifetimeMs >= 1 && lifetimeMs <= TOKEN_LIFETIME.most))
      return `a token lives for a year at most, and for ${TOKEN_LIFETIME.usual / DAY} days where nothing is said`;
    if (scopes !== "all" && (scopes.length === 0 || scopes.length > MOST_SCOPES))
      return `a token has 1 to ${MOST_SCOPES} scopes, or all that its owner may`;
    if (!this.accounts.stands(owner, "token"))
      return owner.kind === "account"
        ? `the account ${owner.name} is disabled or may not have tokens; it needs apiKey`
        : `the project ${owner.project} has no role ${owner.role}`;
    return this.ports.store.tokens(owner).length >= MOST_OF_ONE
      ? `there are ${MOST_OF_ONE} tokens already; revoke one first`
      : undefined;
  }
}

function viewOf({ secret: _, ...shown }: StoredToken): TokenView {
  return shown;
}
