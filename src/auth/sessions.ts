import {
  judgeSession,
  NOTE_EVERY,
  promoted,
  provenAt as provenAtOf,
  SESSION_LIMITS,
  type SessionLimits,
} from "../core/accounts/session-rules.ts";
import { type AskingAs, keyOfOwner } from "../core/model/credential-owner.ts";
import type { Secret } from "../core/model/secret.ts";
import type { StoredSession } from "../core/ports/account-store.ts";
import { defined } from "../lib/defined.ts";
import type { Accounts } from "./accounts.ts";
import type { AuthPorts, SessionEnd } from "./auth-ports.ts";
import { digestOf, makeCredential, nextSecret, readCredential } from "./credential.ts";
import { written } from "./written.ts";

/** A session as lists show it: nothing in it opens anything. */
export type SessionView = Omit<StoredSession, "secret" | "next" | "previous" | "rotatedAt">;

export type SessionAnswer =
  /** `handOut`: the answer to this request sets it as the cookie. */
  | { is: "good"; session: SessionView; handOut?: Secret }
  /** Why is for nobody but us: the client is told to sign in. */
  | { is: "refused" };

/** A program that signs in anew each minute should not fill the disk: beyond these the one that was used longest ago ends. */
const MOST_OF_ONE = 200;

/** Who is signed in. */
export class Sessions {
  constructor(
    private readonly ports: AuthPorts,
    private readonly accounts: Accounts,
    /** As they are now. */
    private readonly limits: () => SessionLimits = () => SESSION_LIMITS,
  ) {}

  /**
   * The secret is shown here, once.
   * @param by the session that lets this one in: its owner showed who they are when that one began, and not now
   */
  begin(
    of: Pick<StoredSession, "owner" | "carried" | "source" | "agent">,
    by?: string,
  ): {
    session: SessionView;
    secret: Secret;
  } {
    const { store, clock, chance } = this.ports;
    const before = by === undefined ? undefined : store.session(by);
    const provenAt = before === undefined ? undefined : provenAtOf(before);
    const secret = makeCredential("session", chance);
    const now = clock.now();
    const session: StoredSession = {
      ...of,
      source: of.source.slice(0, 64),
      agent: of.agent.replace(/\p{Cc}/gu, " ").slice(0, 200),
      id: crypto.randomUUID(),
      secret: digestOf(secret),
      createdAt: now,
      ...defined({ provenAt }),
      rotatedAt: now,
      usedAt: now,
    };
    store.atomically(() => {
      const others = store.sessions(of.owner).sort((a, b) => b.usedAt - a.usedAt);
      for (const over of others.slice(MOST_OF_ONE - 1)) this.#end(over, "too-many");
      store.putSession(session);
    });
    return { session: viewOf(session), secret };
  }

  /** @param shownIn a cookie's secret is none in a header, nor the other way round */
  check(text: string, shownIn: StoredSession["carried"]): SessionAnswer {
    const credential = readCredential(text);
    if (credential?.kind !== "session") return { is: "refused" };
    const { store, clock } = this.ports;
    const session = store.sessionOfSecret(credential.digest);
    if (session === undefined || session.carried !== shownIn) return { is: "refused" };
    const now = clock.now();
    const verdict = judgeSession(session, credential.digest, now, this.limits());
    if (verdict.is === "over") return this.#refuse(session, verdict.why);
    if (!this.accounts.stands(session.owner, "session"))
      return this.accounts.isOpen(session.owner) ? { is: "refused" } : this.#refuse(session, "account");
    if (verdict.then === "promote") {
      const next = promoted(session, now, this.limits());
      return { is: "good", session: viewOf(written(() => store.putSession(next)) ? next : session) };
    }
    if (now - session.usedAt >= NOTE_EVERY) written(() => store.noteUse("session", session.id, now));
    if (verdict.then === "nothing") return { is: "good", session: viewOf(session) };
    const salt = session.next?.salt ?? Buffer.from(this.ports.chance(32)).toString("hex");
    const handOut = nextSecret(text, salt);
    const waits = { ...session, usedAt: now, next: { secret: digestOf(handOut), salt } };
    // One that nobody would know again is handed out to nobody.
    const isKept = session.next !== undefined || written(() => store.putSession(waits));
    return { is: "good", session: viewOf(session), ...(isKept ? { handOut } : {}) };
  }

  /**
   * Whether what a session opened, a stream or a terminal, may stay open. Does not count as use.
   * @param as whom it was opened as: whose groups changed at their provider opens it again
   */
  holds(id: string, as?: AskingAs): boolean {
    const session = this.ports.store.session(id);
    if (session === undefined || !this.accounts.stands(session.owner, "session")) return false;
    if (as !== undefined && JSON.stringify(as) !== JSON.stringify(session.owner)) return false;
    return judgeSession(session, session.secret, this.ports.clock.now(), this.limits()).is === "good";
  }

  list(owner?: AskingAs): SessionView[] {
    return this.ports.store.sessions(owner).map(viewOf);
  }

  /** When it ends, in milliseconds since 1970: at the latest, and where nobody uses it any more. */
  endsAt(session: SessionView): { latest: number; unused: number } {
    const latest = provenAtOf(session) + this.limits().absolute;
    return { latest, unused: Math.min(latest, session.usedAt + this.limits().idle) };
  }

  /**
   * @param by who asks, for the audit
   * @returns whether there was one
   */
  end(id: string, why: "signed-out" | "revoked" | "unvouched", by: string): boolean {
    const session = this.ports.store.session(id);
    if (session !== undefined) this.#end(session, why, by);
    return session !== undefined;
  }

  /** What a provider says of its owner now. Of somebody else it is no such session. */
  become(id: string, owner: Extract<AskingAs, { kind: "sso" }>): void {
    const session = this.ports.store.session(id);
    const isTheirs = session !== undefined && keyOfOwner(session.owner) === keyOfOwner(owner);
    if (isTheirs && JSON.stringify(session.owner) !== JSON.stringify(owner))
      this.ports.store.putSession({ ...session, owner });
  }

  /** @param except the session that asks for it */
  endAll(owner: AskingAs, by: string, except?: string): number {
    const ended = this.ports.store.sessions(owner).filter(({ id }) => id !== except);
    this.ports.store.atomically(() => {
      for (const session of ended) this.#end(session, "revoked", by);
    });
    return ended.length;
  }

  /** Forgets what is over by age. Now and then; nothing depends on it. */
  sweep(): number {
    const now = this.ports.clock.now();
    return this.ports.store.deleteSessionsBefore({
      provenAt: now - this.limits().absolute,
      usedAt: now - this.limits().idle,
    });
  }

  #refuse(session: StoredSession, why: SessionEnd): SessionAnswer {
    this.#end(session, why);
    return { is: "refused" };
  }

  #end(session: StoredSession, why: SessionEnd, by = "daemon"): void {
    this.ports.store.deleteSession(session.id);
    this.ports.tell({ did: "session-ended", owner: session.owner, session: session.id, why, by });
  }
}

function viewOf({
  secret: _,
  next: __,
  previous: ___,
  rotatedAt: ____,
  ...shown
}: StoredSession): SessionView {
  return shown;
}
