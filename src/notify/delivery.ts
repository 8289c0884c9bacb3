/** From messages that wait to their receivers: in order at each destination, again after a pause, given up in the end. */
import type { DestinationName, NotificationMessage, OutboxItem } from "../core/model/notification.ts";
import { digestOf } from "../core/notify/digest.ts";
import { afterFailure, DOWN_AFTER, nextFor } from "../core/notify/outbox-rules.ts";
import { messageOf } from "../lib/caught.ts";
import { Lru } from "../lib/lru.ts";
import { Slots } from "../lib/slots.ts";
import { startTimer, type Timer } from "../lib/timer.ts";
import { timestamp } from "../lib/timestamp.ts";
import type { NotifierRequest } from "../plugin/contract.ts";
import { LentTokens } from "./lent-tokens.ts";
import type { NotifyNeeds } from "./needs.ts";
import { hidden, reachOf, SILENCE_MS, sendAll } from "./road.ts";
import type { Sent } from "./sent.ts";
import type { KnownService, ReadyService } from "./services.ts";

/** Destinations that are served at once. */
const AT_ONCE = 8;
/** Of one destination, looked at together. */
const MOST_TOGETHER = 500;
const MINUTE_MS = 60_000;
/** Destinations of which it is known when something went there lately. */
const MOST_REMEMBERED = 5_000;
/** The store could not be written: a moment later it may. */
const AFTER_TROUBLE_MS = 30_000;

type Needs = Pick<NotifyNeeds, "store" | "clock" | "log" | "settings" | "url" | "userAgent" | "counted"> & {
  service(name: string): KnownService | undefined;
  /** Puts in what was left out of what is stored. */
  withSecrets(message: NotificationMessage): NotificationMessage;
  idOf(key: string): string;
};

export type Made = { is: "made"; requests: NotifierRequest[] } | { is: "none"; why: string };

export class Delivery {
  readonly #running = new Map<string, Promise<void>>();
  /** Tenants name recipients: of those that were written to longest ago nothing is remembered. */
  readonly #sentMs = new Lru<string, number[]>(MOST_REMEMBERED);
  readonly #slots = new Slots(AT_ONCE);
  readonly #ending = new AbortController();
  readonly #lent: LentTokens;
  #timer: { timer: Timer; atMs: number } | undefined;

  constructor(private readonly needs: Needs) {
    this.#lent = new LentTokens({ clock: needs.clock, timeoutMs: SILENCE_MS, reach: reachOf });
  }

  /** Something waits, or may be sent now. */
  wake(): void {
    if (this.#ending.signal.aborted) return;
    this.#timer?.timer.cancel();
    this.#timer = undefined;
    try {
      this.#look();
    } catch (cause) {
      this.needs.log.warn("messages cannot be sent now", { why: messageOf(cause) });
      this.#lookAgainIn(AFTER_TROUBLE_MS);
    }
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    this.#timer?.timer.cancel();
    await Promise.all(this.#running.values());
  }

  /** What would be sent of it. Never throws. */
  make(service: ReadyService, message: NotificationMessage, recipient: string): Made {
    try {
      const { settings, notifier } = service;
      return { is: "made", requests: notifier.requests(message, { settings, recipient }) };
    } catch (cause) {
      return { is: "none", why: hidden(messageOf(cause), service.secrets) };
    }
  }

  /** Sends at once, and keeps nothing of it. */
  send(service: ReadyService, requests: readonly NotifierRequest[]): Promise<Sent> {
    const { name, notifier, secrets } = service;
    return sendAll(requests, {
      ...{ notifier, secrets, signal: this.#ending.signal, userAgent: this.needs.userAgent },
      ...{ called: `${notifier.name} ${name}`, lent: this.#lent },
      allowedHosts: this.needs.settings().allowedHosts,
    });
  }

  #look(): void {
    const { store, clock } = this.needs;
    const now = clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const { to, due } of store.outbox.destinations()) {
      const key = keyOf(to);
      if (this.#running.has(key)) continue;
      if (due > now) next = Math.min(next, due);
      else this.#serve(to, key);
    }
    if (next !== Number.POSITIVE_INFINITY) this.#lookAgainIn(next - now);
  }

  #lookAgainIn(ms: number): void {
    if (this.#ending.signal.aborted) return;
    const atMs = this.needs.clock.now() + Math.max(ms, 10);
    if (this.#timer !== undefined && this.#timer.atMs <= atMs) return;
    this.#timer?.timer.cancel();
    this.#timer = { atMs, timer: startTimer(Math.max(ms, 10), () => this.wake()).unref() };
  }

  #serve(to: DestinationName, key: string): void {
    const served = this.#slots
      .hold(() => this.#sendWaiting(to, key), this.#ending.signal)
      .catch((cause) => {
        if (!this.#ending.signal.aborted)
          this.needs.log.warn("messages of a destination cannot be sent now", {
            ...to,
            why: messageOf(cause),
          });
        return AFTER_TROUBLE_MS;
      })
      .then((waitMs) => {
        this.#running.delete(key);
        if (waitMs === "none") this.wake();
        else this.#lookAgainIn(waitMs);
      });
    this.#running.set(key, served);
  }

  /** @returns after which time to look again; `none`: another look says it */
  async #sendWaiting(to: DestinationName, key: string): Promise<number | "none"> {
    const { store, clock, settings, url } = this.needs;
    while (!this.#ending.signal.aborted) {
      const now = clock.now();
      const waiting = store.outbox.waitingFor(to, MOST_TOGETHER);
      const storms = this.needs.service(to.service)?.ready?.notifier.storms ?? "one-message";
      const sent = (this.#sentMs.get(key) ?? []).filter((at) => now - at < MINUTE_MS);
      this.#sentMs.set(key, sent);
      const next = nextFor(waiting, sent, now, { perMinute: settings().perMinute, storms });
      switch (next.do) {
        case "nothing":
          return "none";
        case "wait":
          return next.untilMs - now;
        case "join": {
          const ids = next.items.map(({ id }) => id);
          const of = `joined ${ids[0]}-${ids.at(-1)} ${to.service} ${to.recipient}`;
          const message = digestOf(
            next.items.map(({ message }) => message),
            this.needs.idOf(of),
            url(),
          );
          store.outbox.join(ids, { key: of, to, trigger: "digest", message }, timestamp(now), now);
          break;
        }
        case "send":
          await this.#try(next.item, sent);
      }
    }
    return "none";
  }

  async #try(item: OutboxItem, sentMs: number[]): Promise<void> {
    const { store, clock, settings, log, counted } = this.needs;
    const sent = await this.#attempt(item);
    if (this.#ending.signal.aborted && sent.is === "failed") return;
    const now = clock.now();
    const { trigger, to, id, tries } = item;
    counted.delivered(trigger, to.service, sent.is === "failed" ? "failed" : "succeeded");
    if (sent.is !== "failed") {
      if (sent.is === "sent") sentMs.push(now);
      store.outbox.delivered(id, timestamp(now));
      return;
    }
    const { why, again, retryAfterMs } = sent;
    const after = afterFailure(item, now, { again, retryAfterMs }, settings().giveUpAfterMs);
    if (after.is === "later") {
      store.outbox.later(id, after.due, why);
      if (tries + 1 === DOWN_AFTER)
        log.warn("a destination of notifications does not answer", { ...to, why });
    } else {
      store.outbox.dead(id, timestamp(now), why);
      log.warn("a notification is given up", { ...to, why, message: item.message.title });
    }
  }

  /** `silent`: its notifier says nothing of such a message. */
  async #attempt({ to, message }: OutboxItem): Promise<Sent | { is: "silent" }> {
    const known = this.needs.service(to.service);
    if (known?.ready === undefined) {
      const why =
        known === undefined
          ? `there is no service ${to.service} any more`
          : (known.problems[0]?.text ?? "its service cannot be used");
      // Whoever mends the settings has it sent.
      return { is: "failed", why, again: known === undefined ? "never" : "later" };
    }
    const made = this.make(known.ready, this.needs.withSecrets(message), to.recipient);
    if (made.is === "none") return { is: "failed", why: made.why, again: "never" };
    if (made.requests.length === 0) return { is: "silent" };
    return this.send(known.ready, made.requests);
  }
}

function keyOf({ service, recipient }: DestinationName): string {
  return JSON.stringify([service, recipient]);
}
