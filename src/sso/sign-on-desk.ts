/** All providers behind one desk: which there are now, and what becomes of a login from its beginning to its end. */
import { randomBytes } from "node:crypto";
import { Failure } from "../core/model/failure.ts";
import type { Identity } from "../core/model/identity.ts";
import { LoginUnfinished } from "../core/model/login-unfinished.ts";
import type { Secret } from "../core/model/secret.ts";
import type { SignOnSettings } from "../core/model/sign-on.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Log } from "../core/ports/log.ts";
import type {
  ProviderOffered,
  SignOnDesk,
  SignOnVisit,
  VouchedSessions,
} from "../core/ports/sign-on-desk.ts";
import { messageOf } from "../lib/caught.ts";
import { defined } from "../lib/defined.ts";
import { Lru } from "../lib/lru.ts";
import { returnPath } from "../lib/return-path.ts";
import type { LookUp } from "../remote/reach.ts";
import { openSignOn } from "./open-sign-on.ts";
import { SealedPending } from "./sealed-pending.ts";
import {
  type BrowserSignOn,
  type KeptSignOn,
  type PasswordSignOn,
  type PendingSignOn,
  type ProviderShown,
  type SignedOn,
  turnedAway,
} from "./sign-on.ts";

/** Sessions whose provider is told when they end. Whoever is forgotten stays logged in there. */
const MOST_REMEMBERED = 10_000;
/** How old a provider's word grows before it is asked again. */
const AGAIN_MS = 15 * 60_000;
const US: ProviderShown = { object: "single sign-on" };

export interface DeskTerms {
  /** Asked at each login. The very same object is the very same provider. */
  settings(): readonly SignOnSettings[];
  /** An origin; undefined: nobody can come back. */
  url(): string | undefined;
  /** Whether an account, a role or a project's token is called so here. */
  isOurs(name: string): boolean;
  clock: Clock;
  lookUp?: LookUp;
}

type Provider = BrowserSignOn | PasswordSignOn;

export class ProviderDesk implements SignOnDesk {
  /** Of this process: a login that was begun before a restart is begun anew. */
  readonly #sealed = new SealedPending(randomBytes(32));
  readonly #open = new Map<SignOnSettings, Provider>();
  readonly #visits = new WeakMap<SignOnVisit, { provider: string; kept: KeptSignOn }>();
  /** By session. Two of one login hold one and the same: a refresh token that was used by one is worth nothing to the other. */
  readonly #remembered = new Lru<string, { provider: string; kept: KeptSignOn }>(MOST_REMEMBERED);
  /** When the provider of a session was asked last, in milliseconds since 1970. */
  readonly #askedAt = new Lru<string, number>(MOST_REMEMBERED);
  #isLooking = false;

  constructor(readonly terms: DeskTerms) {}

  offered(): readonly ProviderOffered[] {
    return this.#providers().map(({ name, is }) => ({ name, how: is }));
  }

  async begin(
    asked: { provider: string | undefined; returnTo: string | undefined; former?: string },
    signal: AbortSignal,
  ): Promise<{ location: string; carried: string }> {
    const provider = this.#asked(asked.provider);
    const url = this.#url();
    // Argo CD's page says it with the origin.
    const asksFor = asked.returnTo?.startsWith(`${url}/`) ? asked.returnTo.slice(url.length) : asked.returnTo;
    const { location, pending: begun } = await provider.begin(
      { redirectUri: `${url}${this.#returnsTo(provider)}`, returnTo: returnPath(asksFor) },
      signal,
    );
    const pending = { ...begun, ...defined({ former: asked.former }) };
    const carried =
      this.#sealed.seal(pending) ?? this.#sealed.seal({ ...pending, returnTo: returnPath(undefined) });
    if (carried === undefined)
      throw turnedAway(US, "begin a login", "no cookie can hold it", "Make server.url shorter");
    return { location, carried };
  }

  async finish(
    carried: string | undefined,
    answer: URLSearchParams,
    signal: AbortSignal,
  ): Promise<{ visit: SignOnVisit; returnTo: string; former?: string }> {
    const step = "take the answer of a login";
    const pending = carried === undefined ? undefined : this.#sealed.openOnce(carried);
    if (pending === undefined)
      throw turnedAway(
        US,
        step,
        "this browser began no login here, or began it before a restart, or this answer came twice",
        "Log in again, and allow cookies",
      );
    const provider = this.#browsers().find(({ name }) => name === pending.provider);
    if (provider === undefined)
      throw turnedAway(US, step, "its provider is not there any more", "Log in again");
    // Sealed by us, and judged again: what is a path of ours may have changed.
    const returnTo = returnPath(pending.returnTo);
    try {
      const visit = this.#visit(provider, await provider.finish(pending, answer, signal));
      return { visit, returnTo, ...defined({ former: pending.former }) };
    } catch (cause) {
      if (!(cause instanceof Failure)) throw cause;
      throw new LoginUnfinished(cause, returnTo, isDenied(answer, pending) ? "denied" : "failed");
    }
  }

  async logIn(login: string, password: Secret, signal: AbortSignal): Promise<SignOnVisit> {
    let refused: unknown;
    for (const provider of this.#providers().filter((one): one is PasswordSignOn => one.is === "password"))
      try {
        return this.#visit(provider, await provider.logIn(login, password, signal));
      } catch (cause) {
        if (refused === undefined || !isWrongPassword(cause)) refused = cause;
      }
    throw refused ?? turnedAway(US, "check a password", "there is no directory", "Configure signOn.ldap");
  }

  remember(session: string, visit: SignOnVisit): void {
    const known = this.#visits.get(visit);
    if (known !== undefined) this.#remembered.set(session, known);
  }

  /** From now on what is kept of one session is kept for another one too. */
  share(from: string, to: string): void {
    const known = this.#remembered.get(from);
    if (known !== undefined) this.#remembered.set(to, known);
  }

  async leave(session: string, signal: AbortSignal): Promise<string | undefined> {
    const known = this.#remembered.get(session);
    this.#remembered.delete(session);
    const provider = this.#browsers().find(({ name }) => name === known?.provider);
    if (known === undefined || provider === undefined) return undefined;
    return await provider.logoutLocation(known.kept, `${this.#url()}/`, signal);
  }

  /**
   * Asks providers whether whoever they let in is still there, each session every quarter of an hour, one after the other.
   * A provider that cannot say ends nothing; where nobody can be asked any more who was asked so far, as after a restart or
   * once the provider is taken out of the config, the session ends, because nobody would notice that it is over there. Never throws; a call while one is under way does nothing.
   */
  async lookAgain(sessions: VouchedSessions, log: Pick<Log, "warn">, signal: AbortSignal): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      for (const session of sessions.list()) {
        if (signal.aborted) return;
        const now = this.terms.clock.now();
        if (now - (this.#askedAt.get(session.id) ?? session.createdAt) < AGAIN_MS) continue;
        this.#askedAt.set(session.id, now);
        await this.#askAgain(session, sessions, signal).catch((cause) =>
          log.warn("nobody knows whether somebody is still there", { why: messageOf(cause) }),
        );
      }
    } finally {
      this.#isLooking = false;
    }
  }

  async #askAgain(
    { id, identity }: { id: string; identity: Identity },
    sessions: VouchedSessions,
    signal: AbortSignal,
  ): Promise<void> {
    const known = this.#remembered.get(id);
    const before = { identity, kept: known?.kept ?? {} };
    const provider = this.#providers().find(
      (one) =>
        (known === undefined ? one.is === "password" : one.name === known.provider) &&
        one.mayAskAgain(before),
    );
    if (provider === undefined) {
      if (identity.asked === undefined) return;
      this.#remembered.delete(id);
      sessions.end(id, "unvouched");
      return;
    }
    try {
      const after = await provider.again(before, signal);
      if (known !== undefined) known.kept = after.kept;
      sessions.become(id, { ...after.identity, provider: provider.name, ...askedOf(provider, after) });
    } catch (cause) {
      if (!(cause instanceof Failure) || cause.code !== "sign-on") throw cause;
      this.#remembered.delete(id);
      sessions.end(id, "revoked");
    }
  }

  #visit(provider: Provider, { identity, kept }: SignedOn): SignOnVisit {
    const { name } = provider;
    // A group of such a name counts for nothing later on; somebody of such a name would be nobody.
    if (this.terms.isOurs(identity.subject))
      throw turnedAway(
        { object: name },
        "read who logged in",
        `its id of them, ${JSON.stringify(identity.subject)}, is the name of an account here`,
        "Rename one of the two, here or there",
      );
    const asked = askedOf(provider, { identity, kept });
    const visit = { identity: { ...identity, provider: name, ...asked } };
    this.#visits.set(visit, { provider: name, kept });
    return visit;
  }

  #asked(name: string | undefined): BrowserSignOn {
    const browsers = this.#browsers();
    const [first, second] = browsers;
    const provider = name === undefined ? first : browsers.find((one) => one.name === name);
    if (provider !== undefined && (name !== undefined || second === undefined)) return provider;
    throw turnedAway(
      US,
      "begin a login",
      first === undefined
        ? "there is no provider with a page of its own"
        : name === undefined
          ? "there are several providers"
          : "there is no provider of that name",
      first === undefined ? "Configure signOn.oidc or signOn.github" : "Choose one at /auth/login",
    );
  }

  /** As it is registered there. */
  #returnsTo({ name }: BrowserSignOn): string {
    return this.terms.settings().find((one) => one.name === name)?.returnsTo ?? "/auth/callback";
  }

  #browsers(): BrowserSignOn[] {
    return this.#providers().filter((one): one is BrowserSignOn => one.is === "browser");
  }

  #providers(): Provider[] {
    const settings = this.terms.settings();
    for (const known of this.#open.keys()) if (!settings.includes(known)) this.#open.delete(known);
    return settings.map((each) => {
      const provider = this.#open.get(each) ?? openSignOn(each, this.terms);
      this.#open.set(each, provider);
      return provider;
    });
  }

  #url(): string {
    const url = this.terms.url();
    if (url !== undefined) return url;
    throw turnedAway(US, "begin a login", "nobody knows where to come back to", "Write server.url");
  }
}

/** Of this very login: whoever made up an address knows not its state. */
function isDenied(answer: URLSearchParams, { state }: PendingSignOn): boolean {
  const [said, states] = [answer.getAll("error"), answer.getAll("state")];
  return said.length === 1 && said[0] === "access_denied" && states.length === 1 && states[0] === state;
}

/** Directories are asked by their own account, after a restart as before. */
function askedOf(provider: Provider, of: SignedOn): Pick<Identity, "asked"> {
  return provider.is === "browser" && provider.mayAskAgain(of) ? { asked: "now and then" } : {};
}

/** One that cannot be asked may be the one that knows them, and one that knows them may not let them in: that is told first. */
function isWrongPassword(cause: unknown): boolean {
  return cause instanceof Failure && cause.code === "sign-on" && cause.cannot === "check a password";
}
