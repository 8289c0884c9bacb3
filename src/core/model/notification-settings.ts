import type { Secret } from "./secret.ts";
import type { TransitionKind } from "./transition.ts";

/** One way out, as an operator set it up. */
export interface NotificationService {
  name: string;
  /** Of a notifier. */
  type: string;
  /** Any of them may be a secret: the notifier says which are. */
  settings: Readonly<Record<string, Secret>>;
}

/** Who is told of what; every condition that is given holds. */
export interface NotificationSubscription {
  service: string;
  /** Empty: where the service's settings say. */
  recipients: readonly string[];
  /** Empty: the usual ones. */
  events: readonly TransitionKind[];
  /** Globs; empty: all. */
  projects: readonly string[];
  /** Globs of `namespace/name`; empty: all. */
  applications: readonly string[];
  /** Of the application; empty: all. */
  labels: Readonly<Record<string, string>>;
}

export interface NotificationSettings {
  services: readonly NotificationService[];
  subscriptions: readonly NotificationSubscription[];
  /** What a subscription means that names no event. */
  usualEvents: readonly TransitionKind[];
  /** Globs of hosts; empty: all. */
  allowedHosts: readonly string[];
  /** So many messages to one destination within a minute; what comes then is told together. */
  perMinute: number;
  giveUpAfterMs: number;
}

export const USUAL_EVENTS: readonly TransitionKind[] = [
  "sync-failed",
  "health-degraded",
  "health-recovered",
  "prune-blocked",
];
