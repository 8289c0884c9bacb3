import type { AppKey } from "../model/application.ts";
import type { DestinationName, NotificationMessage, OutboxItem, OutboxState } from "../model/notification.ts";
import type { Problem } from "../model/problem.ts";

export interface ShownService {
  name: string;
  type: string;
  from: "config" | "argocd";
  /** Whom a subscription names. */
  recipient: string;
  state: "ready" | "wrong";
  problems: readonly Problem[];
}

export interface ShownSubscription {
  from: "config" | "application" | "project" | "argocd";
  /** Of whom: an application's key, a project's name, or what the config says of both. */
  of: string;
  to: DestinationName;
  /** Names of triggers. */
  triggers: readonly string[];
  /** Why nothing comes of it, a sentence without a full stop. */
  wrong?: string;
}

/** `down`: so many tries failed in a row. */
export interface ShownDestination {
  to: DestinationName;
  waiting: number;
  state: "well" | "retrying" | "down";
  /** Milliseconds since 1970: the next try. */
  due: number;
  why?: string;
}

export interface ShownNotifications {
  services: readonly ShownService[];
  subscriptions: readonly ShownSubscription[];
  /** Where something waits. */
  destinations: readonly ShownDestination[];
  /** Newest first. */
  deliveries: readonly OutboxItem[];
  /** Given up, newest first. */
  dead: readonly OutboxItem[];
  counts: Readonly<Record<OutboxState, number>>;
  problems: readonly Problem[];
}

/** One request as it would be sent, without what is secret of it. */
export interface ShownRequest {
  /** `POST hooks.slack.com`, or `mail to ops@example.com`. */
  to: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

export interface NotificationPreview {
  to: DestinationName;
  trigger: string;
  message: NotificationMessage;
  requests: readonly ShownRequest[];
  /** Why there is none, a sentence without a full stop. */
  why?: string;
}

export type Tested = { is: "sent"; said: string } | { is: "failed"; why: string };

/** What the API asks of notifications. Nothing of it holds a secret. */
export interface NotificationDesk {
  shown(): ShownNotifications;
  /** Names, as Argo CD lists them. */
  names(): { services: string[]; triggers: string[]; templates: string[] };
  /** Sends one message now, beside the queue. @throws {Failure} not-found, invalid-spec */
  test(to: DestinationName, by: string): Promise<Tested>;
  /**
   * What an event of an application would send, to whom; sends nothing. Where nobody wants it, it is one of no service,
   * which tells how it would read.
   * @param to absent: to all who subscribe
   * @throws {Failure} not-found, invalid-spec
   */
  preview(key: AppKey, trigger: string, to: DestinationName | undefined): Promise<NotificationPreview[]>;
  /** @param ids absent: all that are given up @returns how many wait again */
  resend(ids: readonly number[] | undefined): number;
}
