import type { StoredSession } from "../ports/account-store.ts";

/** Milliseconds. */
export interface SessionLimits {
  /** From one request to the next. */
  idle: number;
  /** From the login on, whatever is asked meanwhile, and whatever sessions it lets in. */
  absolute: number;
  /** How old a cookie's secret grows before another is handed out. */
  rotateAfter: number;
  /** How long the secret before that is taken: for what was on its way when the new one was first shown. */
  overlap: number;
}

const MINUTE = 60_000;
export const SESSION_LIMITS: SessionLimits = {
  idle: 8 * 60 * MINUTE,
  absolute: 24 * 60 * MINUTE,
  rotateAfter: 15 * MINUTE,
  overlap: MINUTE,
};

/** How old a login may be, in milliseconds, by which something is made that outlives the session. */
export const RECENT_LOGIN_MS = 15 * MINUTE;

/** When its owner showed who they are, in milliseconds since 1970: at the login that a session began by, or that let it in. */
export function provenAt(session: Pick<StoredSession, "createdAt" | "provenAt">): number {
  return session.provenAt ?? session.createdAt;
}

/** Whether its owner showed a short while ago who they are. One of the future is none: the clock was set back. */
export function isRecent(session: Pick<StoredSession, "createdAt" | "provenAt">, now: number): boolean {
  const age = now - provenAt(session);
  return age >= 0 && age < RECENT_LOGIN_MS;
}

/** A clock that is set back by more than this ends what was done in its future: nobody can tell how old that is. */
const CLOCK_SLACK = 5 * MINUTE;
/** How often the time of use is worth a write. */
export const NOTE_EVERY = MINUTE;

export type SessionVerdict =
  /** `hand-out`: a new secret is due, and it is the one of `salt` where one waits already. */
  | { is: "good"; then: "nothing" | "hand-out" | "promote" }
  | { is: "over"; why: "idle" | "too-old" | "clock" | "replayed" };

/**
 * What becomes of a session whose secret was shown.
 *
 * A secret that was handed out becomes the current one when it is first shown, and not before: an answer that is lost on
 * its way costs nobody the session. From then on the old one is for stragglers, and after `overlap` it is in the hands of
 * somebody who took it; nobody can tell which of the two that is, so the session ends for both.
 */
export function judgeSession(
  session: StoredSession,
  shown: string,
  now: number,
  limits: SessionLimits,
): SessionVerdict {
  if (Math.max(session.createdAt, session.rotatedAt, session.usedAt) > now + CLOCK_SLACK)
    return { is: "over", why: "clock" };
  if (now - provenAt(session) >= limits.absolute) return { is: "over", why: "too-old" };
  if (now - session.usedAt >= limits.idle) return { is: "over", why: "idle" };
  if (shown === session.next?.secret) return { is: "good", then: "promote" };
  if (shown === session.previous?.secret)
    return now < session.previous.until ? { is: "good", then: "nothing" } : { is: "over", why: "replayed" };
  const isDue = session.carried === "cookie" && now - session.rotatedAt >= limits.rotateAfter;
  return { is: "good", then: isDue ? "hand-out" : "nothing" };
}

/** The session once its next secret was shown. */
export function promoted(session: StoredSession, now: number, limits: SessionLimits): StoredSession {
  const { next, previous: _, ...rest } = session;
  if (next === undefined) return session;
  return {
    ...rest,
    secret: next.secret,
    previous: { secret: session.secret, until: now + limits.overlap },
    rotatedAt: now,
    usedAt: now,
  };
}
