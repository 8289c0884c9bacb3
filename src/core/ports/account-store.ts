import type { AskingAs, CredentialOwner } from "../model/credential-owner.ts";

/** All times are milliseconds since 1970. Of secrets only SHA-256 of the whole text is kept, 64 hex digits. */

/** What an account's password is checked against. */
export interface StoredPassword {
  account: string;
  /** As `Bun.password` prints it. */
  hash: string;
  changedAt: number;
  /** SHA-256 of the foreign hash that this one was made from when somebody signed in by it. Absent: a person set it. */
  madeFrom?: string;
}

/** Where somebody is signed in. */
export interface StoredSession {
  /** Shown in lists and named to revoke it; opens nothing. */
  id: string;
  owner: AskingAs;
  /** A browser takes a new secret when it is handed one, a program that holds a bearer token does not. */
  carried: "cookie" | "bearer";
  secret: string;
  /** The secret that was handed out and not yet shown; its salt makes the same one for whoever shows the old one again. */
  next?: { secret: string; salt: string };
  /** The secret before this one; it is taken for a moment, and is a replay after that. */
  previous?: { secret: string; until: number };
  createdAt: number;
  /** When its owner showed a password, or came from their provider. Absent: when it was created. */
  provenAt?: number;
  /** When `secret` became the current one. */
  rotatedAt: number;
  /** Written at most once a minute. */
  usedAt: number;
  /** What a person recognises it by: the address and the program at login. */
  source: string;
  agent: string;
}

/** A token for programs. */
export interface StoredToken {
  id: string;
  owner: CredentialOwner;
  /** What a person calls it. One of an owner has a name once. */
  name: string;
  secret: string;
  /** The first signs of the secret, for whoever finds one somewhere and looks for its row. */
  hint: string;
  scopes: TokenScopes;
  createdAt: number;
  createdBy: string;
  expiresAt: number;
  /** Written at most once a minute. */
  usedAt?: number;
}

/** What of its owner's permissions a token has. Globs over the names of policy.csv. */
export type TokenScopes = "all" | readonly [TokenScope, ...TokenScope[]];

export interface TokenScope {
  resource: string;
  action: string;
  object: string;
}

/** A browser or a program from which an account signed in once: its tries to sign in are counted by themselves. */
export interface StoredDevice {
  secret: string;
  account: string;
  seenAt: number;
}

/** Since when an account is not declared that has a password or tokens here. */
export interface AccountAbsence {
  account: string;
  since: number;
}

/** Tries to sign in that failed, or have not ended, in one window. */
export interface TryCount {
  /** What is counted: a digest, so that no name that somebody typed, a password perhaps, is kept. */
  key: string;
  count: number;
  since: number;
}

/**
 * Durable memory of who may sign in. Every call is atomic. What takes a right away, or gives one, is on the disk when the
 * call returns, a power cut included; what is only noted (`noteUse`, the counts) survives a kill and may fall to a power cut.
 */
export interface AccountStore {
  password(account: string): StoredPassword | undefined;
  passwords(): StoredPassword[];
  putPassword(password: StoredPassword): void;
  /** @returns false where there is one already, which stays */
  putFirstPassword(password: StoredPassword): boolean;
  deletePassword(account: string): void;

  absences(): AccountAbsence[];
  putAbsence(absence: AccountAbsence): void;
  deleteAbsence(account: string): void;

  /** By its current, next or previous secret. */
  sessionOfSecret(secret: string): StoredSession | undefined;
  session(id: string): StoredSession | undefined;
  /** The newest first; of one owner, or of all. */
  sessions(owner?: AskingAs): StoredSession[];
  putSession(session: StoredSession): void;
  /** @returns whether it was there */
  deleteSession(id: string): boolean;
  /** @returns how many went */
  deleteSessionsOf(owner: AskingAs, except?: string): number;
  deleteSessionsBefore(limits: { provenAt: number; usedAt: number }): number;

  tokenOfSecret(secret: string): StoredToken | undefined;
  token(id: string): StoredToken | undefined;
  tokens(owner?: CredentialOwner): StoredToken[];
  /** @returns false where the owner has one of this name, which stays */
  addToken(token: StoredToken): boolean;
  deleteToken(id: string): boolean;
  deleteTokensOf(owner: CredentialOwner): number;
  deleteTokensExpiredBefore(time: number): number;

  noteUse(of: "session" | "token", id: string, usedAt: number): void;

  device(secret: string): StoredDevice | undefined;
  /** Keeps the newest `most` of the account. */
  putDevice(device: StoredDevice, most: number): void;
  deleteDevice(secret: string): void;
  deleteDevicesOf(account: string): number;

  tryCounts(keys: readonly string[]): TryCount[];
  putTryCounts(counts: readonly TryCount[]): void;
  deleteTryCounts(keys: readonly string[]): void;
  /** @returns how many went */
  deleteTryCountsBefore(since: number): number;

  /** Runs `work`, calls of this port, as one transaction; throws through, rolled back. */
  atomically<T>(work: () => T): T;
}
