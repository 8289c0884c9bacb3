/** What notifications need of the daemon, and nothing more. */
import type { AppKey, Application } from "../core/model/application.ts";
import type { NotificationSettings } from "../core/model/notification-settings.ts";
import type { Project } from "../core/model/project.ts";
import type { Transition, TransitionQuery } from "../core/model/transition.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Log } from "../core/ports/log.ts";
import type { Outbox } from "../core/ports/outbox.ts";
import type { TemplateEngine } from "../core/ports/template-engine.ts";
import type { Notifier } from "../plugin/contract.ts";

/** What is known of applications and of what became of them. */
export interface Known {
  applications(): Application[];
  application(key: AppKey): Application | undefined;
  project(name: string): Project | undefined;
  transitions(query: TransitionQuery): Transition[];
  /** Wakes. @returns ends it */
  onTransition(listener: () => void): () => void;
  onEvent(
    listener: (event: { type: "ADDED" | "MODIFIED" | "DELETED"; app: Application }) => void,
  ): () => void;
  /** @throws {Failure} */
  commit(
    key: AppKey,
    revision: string,
  ): Promise<{ author: string; date: string; subject: string; message: string } | undefined>;
}

export interface NotifyStore {
  outbox: Outbox;
  value(name: string): string | undefined;
  putValue(name: string, value: string | undefined): void;
  atomically<T>(work: () => T): T;
  soon<T>(work: () => T): T;
}

export interface NotifyNeeds {
  known: Known;
  store: NotifyStore;
  clock: Clock;
  log: Log;
  settings(): NotificationSettings;
  notifiers: readonly Notifier[];
  templates: TemplateEngine;
  /** Of the page; undefined: nobody said it. */
  url(): string | undefined;
  homeNamespace: string;
  /** `holdfast/0.1.0`. */
  userAgent: string;
  /** A delivery ended, or an expression of a trigger was asked. */
  counted: {
    delivered(trigger: string, service: string, outcome: "succeeded" | "failed"): void;
    evaluated(trigger: string, outcome: "triggered" | "not"): void;
  };
}
