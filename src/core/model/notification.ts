import type { AppKey } from "./application.ts";
import type { TransitionKind } from "./transition.ts";

/** `good`: something is well again. `bad`: something failed. `unsure`: somebody should look. */
export type Tone = "good" | "bad" | "unsure" | "neutral";

export interface NotificationFact {
  label: string;
  text: string;
  /** http or https. */
  href?: string;
}

/** What is told of one event, or of many together, before it is put into a channel's own form. Plain text throughout. */
export interface NotificationMessage {
  /** The same through all tries, and another one for each destination. */
  id: string;
  /** `trigger`: an expression of an operator came true. */
  kind: TransitionKind | "test" | "digest" | "trigger";
  tone: Tone;
  /** One line: who, and what became of it. */
  title: string;
  /** RFC 3339. */
  at: string;
  /** A sentence without a full stop, or several lines. */
  why?: string;
  /** Where, which commit, by whom. */
  facts: readonly NotificationFact[];
  /** What to do next, as a sentence. */
  next?: string;
  /** The page. */
  link?: { text: string; href: string };
  app?: AppKey;
  project?: string;
  cluster?: string;
  /** Of the first source, whole. */
  revision?: string;
  /** Where its first source is. */
  repository?: string;
  /** What goes on until something ends it, for those who keep incidents. */
  condition?: { key: string; is: "began" | "ended" };
  /** Of a digest: its events, the oldest first, at most `MOST_LINES`. */
  lines?: readonly { at: string; title: string; tone: Tone }[];
  /** Of a digest: how many events there were. */
  count?: number;
  /** What a template of Argo CD's settings said, in place of our words. */
  written?: WrittenMessage;
}

/** As templates of `argocd-notifications-cm` say it, filled in. */
export interface WrittenMessage {
  message?: string;
  email?: { subject?: string; body?: string };
  slack?: { attachments?: string; blocks?: string };
  teams?: { title?: string; text?: string; summary?: string; adaptiveCard?: string };
  webhook?: Readonly<Record<string, { method?: string; path?: string; body?: string }>>;
  github?: { state?: string; label?: string; targetURL?: string; repoURL?: string; revision?: string };
}

/** Of a digest. */
export const MOST_LINES = 20;

export type OutboxState = "waiting" | "delivered" | "joined" | "dead";

/** Where messages go: one line, in which they stay in order. */
export interface DestinationName {
  service: string;
  recipient: string;
}

/** One message on its way to one destination. */
export interface OutboxItem {
  id: number;
  to: DestinationName;
  /** Which trigger wanted it: `on-sync-failed`. */
  trigger: string;
  state: OutboxState;
  /** Tries that failed. */
  tries: number;
  /** RFC 3339. */
  at: string;
  /** Milliseconds since 1970: not before. */
  due: number;
  /** Why the last try failed. */
  why?: string;
  /** When it was delivered or given up, RFC 3339. */
  ended?: string;
  message: NotificationMessage;
}
