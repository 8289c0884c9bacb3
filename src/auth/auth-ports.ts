import type { AskingAs, CredentialOwner } from "../core/model/credential-owner.ts";
import type { AccountStore } from "../core/ports/account-store.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Chance } from "./credential.ts";

/** How passwords are hashed and checked: `Bun.password`, or something cheap in tests. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** @returns false for a hash that it cannot read */
  verify(password: string, hash: string): Promise<boolean>;
}

/** What is worth a line in the audit. No event holds a secret, nor a name that is no account's: people type passwords there. */
export type AuthEvent =
  | { did: "signed-in"; owner: AskingAs; session: string; address: string }
  /** `account` is undefined where no account has the name. The first of a window, and the one that fills a count. */
  | { did: "sign-in-refused" | "sign-in-limited"; account: string | undefined; address: string }
  | { did: "session-ended"; owner: AskingAs; session: string; why: SessionEnd; by: string }
  | { did: "token-made" | "token-revoked"; owner: CredentialOwner; token: string; name: string; by: string }
  | { did: "password-set" | "password-upgraded"; account: string; by: string }
  /** Its account is no longer declared. `until`: RFC 3339. */
  | { did: "credentials-kept"; account: string; tokens: number; until: string }
  | { did: "credentials-back"; account: string; tokens: number }
  | { did: "credentials-dropped"; account: string; sessions: number; tokens: number; why: string };

export type SessionEnd =
  | "idle"
  | "too-old"
  | "clock"
  | "replayed"
  | "signed-out"
  | "revoked"
  | "unvouched"
  | "too-many"
  | "account";

/** What accounts have here beside what signs them in, such as favourites. */
export interface Belongings {
  /** The accounts that have something. */
  accounts(): readonly string[];
  drop(account: string): void;
}

export interface AuthPorts {
  store: AccountStore;
  clock: Clock;
  chance: Chance;
  hasher: PasswordHasher;
  /** In the same store: it goes with what signs them in, or not at all. Absent: they have nothing more. */
  belongings?: Belongings;
  tell(event: AuthEvent): void;
}
