/** What the API needs of those who vouch for people: who they are, and what becomes of one login. */
import type { Identity } from "../model/identity.ts";
import type { Secret } from "../model/secret.ts";

export interface ProviderOffered {
  name: string;
  /** `browser`: at `/auth/login`. `password`: by a name and a password that are typed here. */
  how: "browser" | "password";
}

/** Every call throws a Failure: `sign-on` says that somebody is not let in, each other one says nothing of them. */
export interface SignOnDesk {
  /** In the order in which the config names them. */
  offered(): readonly ProviderOffered[];
  /**
   * @param asked.provider absent: the only one there is
   * @param asked.returnTo whatever the address said
   * @param asked.former the session that the browser has, by its id: its cookie does not come back from another site
   * @returns where the browser is sent, and what it carries meanwhile: a text for a cookie
   */
  begin(
    asked: { provider: string | undefined; returnTo: string | undefined; former?: string },
    signal: AbortSignal,
  ): Promise<{ location: string; carried: string }>;
  /**
   * @param carried as the cookie holds it
   * @param answer the query with which the browser came back
   * @returns who it is, the path of ours to which it goes on, and the session that the browser had when it began
   * @throws {LoginUnfinished} where it is known which login it was
   */
  finish(
    carried: string | undefined,
    answer: URLSearchParams,
    signal: AbortSignal,
  ): Promise<{ visit: SignOnVisit; returnTo: string; former?: string }>;
  /** By the first directory that knows name and password. */
  logIn(login: string, password: Secret, signal: AbortSignal): Promise<SignOnVisit>;
  /** What is needed to log out there too; forgotten when the daemon ends. */
  remember(session: string, visit: SignOnVisit): void;
  /** Where the browser of a session that ends is sent to log out at the provider; undefined: nowhere. */
  leave(session: string, signal: AbortSignal): Promise<string | undefined>;
}

/** Sessions that a provider's word opened, for who asks whether it still holds. */
export interface VouchedSessions {
  /** Those that are open. */
  list(): readonly { id: string; identity: Identity; createdAt: number }[];
  /** `revoked`: the provider does not let them in any more. `unvouched`: it did, and cannot be asked again. */
  end(id: string, why: "revoked" | "unvouched"): void;
  /** Of the same issuer and subject: names and groups that the provider says now. */
  become(id: string, identity: Identity): void;
}

/** Somebody who was let in. What the provider gave for later stays behind the port. */
export interface SignOnVisit {
  identity: Identity;
}

/** Sessions of those who were let in by a provider's word. */
export interface SignOnSessions {
  /**
   * @param from.former the session that the browser had before, which ends
   * @returns its id, and the line of `Set-Cookie` by which the browser keeps it
   */
  begin(
    identity: Identity,
    from: { address: string; agent: string; former?: string },
  ): { id: string; cookie: string };
  /** The id of the session whose cookie these headers show; undefined where they show none. */
  shown(headers: Headers): string | undefined;
  /** Ends the session that these headers show. @returns undefined where they show none */
  end(headers: Headers): { id: string; cookie: string } | undefined;
}

/** What the pages of logins work with. */
export interface SignOnDoor {
  desk: SignOnDesk;
  sessions: SignOnSessions;
  /** The origin at which browsers reach us; undefined: none is known. */
  url(): string | undefined;
}
