/** From what became of applications and clusters to messages that wait: each event once for each destination. */
import type { AppKey, Application } from "../core/model/application.ts";
import { keyOfApp } from "../core/model/application.ts";
import { type CommitAbout, commitAbout } from "../core/model/commit-about.ts";
import type { DestinationName } from "../core/model/notification.ts";
import type { Transition } from "../core/model/transition.ts";
import { NONCE, READ_UP_TO, RESTORED } from "../core/notify/kept-names.ts";
import { makeMessage } from "../core/notify/make-message.ts";
import {
  annotationDestinations,
  configWants,
  isOurAnnotation,
  type Subscriber,
} from "../core/notify/subscriptions.ts";
import { toldRevisions } from "../core/notify/told-commit.ts";
import { triggerOf } from "../core/notify/triggers.ts";
import type { OutboxNote } from "../core/ports/outbox.ts";
import { messageOf } from "../lib/caught.ts";
import { defined } from "../lib/defined.ts";
import { hashText } from "../lib/hash.ts";
import { startTicking, type Timer } from "../lib/timer.ts";
import { timestamp } from "../lib/timestamp.ts";
import { inTime } from "./in-time.ts";
import type { NotifyNeeds } from "./needs.ts";

/** Read at once. */
const A_PAGE = 100;
/** Whoever wakes us may have been missed. */
const EVERY_MS = 60_000;

type Needs = Pick<NotifyNeeds, "known" | "store" | "clock" | "log" | "settings" | "url" | "homeNamespace"> & {
  /** Triggers of these names are asked elsewhere, by expressions. */
  isExpression(trigger: string): boolean;
  usualOf(service: string): readonly string[] | undefined;
  hasServices(): boolean;
};

export class EventReader {
  /** Of those that were seen since the start, as it is kept. */
  readonly #subscribers = new Map<string, string>();
  #reading: Promise<void> | undefined;
  #isAgain = false;
  #isStopped = false;
  #ticking: Timer | undefined;
  readonly #ends: (() => void)[] = [];

  /** @param posted something waits now */
  constructor(
    private readonly needs: Needs,
    private readonly posted: () => void,
  ) {}

  /** Reads on from where it was; at the very first start nothing of before is told. */
  start(): void {
    const { known, store } = this.needs;
    if (store.value(READ_UP_TO) === undefined) {
      const newest = known.transitions({ order: "newest-first", limit: 1 })[0]?.seq ?? 0;
      store.putValue(READ_UP_TO, String(newest));
    }
    this.#ends.push(
      known.onTransition(() => this.wake()),
      known.onEvent(({ type, app }) => {
        if (type !== "DELETED") this.#remember(app);
      }),
    );
    this.#ticking = startTicking(EVERY_MS, () => this.wake()).unref();
    this.wake();
  }

  wake(): void {
    if (this.#isStopped) return;
    if (this.#reading !== undefined) {
      this.#isAgain = true;
      return;
    }
    this.#reading = this.#readOn()
      .catch((cause) =>
        // The store is full or gone: the cursor stays, and the next look begins there.
        this.needs.log.warn("what happened cannot be told now", { why: messageOf(cause) }),
      )
      .finally(() => {
        this.#reading = undefined;
        if (this.#isAgain) {
          this.#isAgain = false;
          this.wake();
        }
      });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#ticking?.cancel();
    for (const end of this.#ends) end();
    await this.#reading;
  }

  /** Who subscribes, as it is or as it was last. */
  subscriberOf(key: AppKey, app: Application | undefined): Subscriber {
    if (app !== undefined) return this.#subscriberIn(app);
    const kept = this.#subscribers.get(key) ?? this.needs.store.value(keptName(key));
    return kept === undefined
      ? { app: key, labels: {}, annotations: {}, projectAnnotations: {} }
      : (JSON.parse(kept) as Subscriber);
  }

  /** Of a message: the same for the same event and destination, here and nowhere else. */
  idOf(key: string): string {
    const restored = this.needs.store.value(RESTORED);
    return this.hashOf(restored === undefined ? key : `${restored} ${key}`);
  }

  /** What nobody can guess who knows the text: it stays, also when the store is restored. */
  hashOf(text: string): string {
    const { store } = this.needs;
    let nonce = store.value(NONCE);
    if (nonce === undefined) {
      nonce = crypto.randomUUID();
      store.putValue(NONCE, nonce);
    }
    return hashText(`${nonce} ${text}`);
  }

  async #readOn(): Promise<void> {
    const { known, store, clock } = this.needs;
    while (!this.#isStopped) {
      const cursor = Number(store.value(READ_UP_TO) ?? 0);
      const page = known.transitions({ order: "oldest-first", beyond: cursor, limit: A_PAGE });
      const last = page.at(-1);
      if (last === undefined) return;
      // All at once: of several whose Git servers are silent none waits for another one.
      const notes = this.needs.hasServices()
        ? (await Promise.all(page.map((one) => this.#notesOf(one)))).flat()
        : [];
      const now = clock.now();
      const put = (): number => {
        store.putValue(READ_UP_TO, String(last.seq));
        return store.outbox.post(notes, timestamp(now), now);
      };
      // Of what nobody is to be told nothing comes twice.
      const added = notes.length === 0 ? store.soon(put) : store.atomically(put);
      for (const { kind, app } of page)
        if (kind === "deleted" && app !== undefined && known.application(app) === undefined)
          this.#forget(app);
      if (added > 0) this.posted();
      if (page.length < A_PAGE) return;
    }
  }

  async #notesOf(transition: Transition): Promise<OutboxNote[]> {
    const { known, settings, url, homeNamespace } = this.needs;
    const { kind, app: key, seq, uid, project } = transition;
    const there = key === undefined ? undefined : known.application(key);
    const app = there?.metadata.uid === uid ? there : undefined;
    const subscriber: Subscriber =
      key === undefined
        ? { labels: {}, annotations: {}, projectAnnotations: {} }
        : { ...this.subscriberOf(key, app), ...defined({ project }) };
    const { usualEvents, subscriptions } = settings();
    const trigger = triggerOf(kind);
    const asked = this.needs.isExpression(trigger)
      ? []
      : annotationDestinations(subscriber, kind, usualEvents).filter(
          // Whose usual triggers Argo CD's settings name, is told of those.
          ({ service }) => this.needs.usualOf(service)?.includes(trigger) ?? true,
        );
    const wanted = unique([...configWants({ subscriptions, usualEvents }, kind, subscriber), ...asked]);
    if (wanted.length === 0) return [];
    const commit = await this.#commitOf(toldRevisions(transition, app)?.revisions, key);
    return wanted.map((to): OutboxNote => {
      const of = `${seq} ${to.service} ${to.recipient}`;
      const about = { app, commit, url: url(), homeNamespace };
      return { key: of, to, trigger, message: makeMessage(transition, this.idOf(of), about) };
    });
  }

  async #commitOf(
    [revision = ""]: readonly string[] = [],
    key: AppKey | undefined,
  ): Promise<CommitAbout | undefined> {
    if (key === undefined || !/^[0-9a-f]{40,64}$/.test(revision)) return undefined;
    const found = await inTime(this.needs.known.commit(key, revision));
    return found && commitAbout(found);
  }

  #subscriberIn(app: Application): Subscriber {
    const { labels = {}, annotations = {} } = app.metadata;
    const project = app.spec.project;
    const ofProject = this.needs.known.project(project)?.metadata.annotations ?? {};
    return {
      ...{ app: keyOfApp(app), project, labels },
      annotations: ours(annotations),
      projectAnnotations: ours(ofProject),
    };
  }

  /** For when it is gone: its deletion is told to whom it named. */
  #remember(app: Application): void {
    if (!this.needs.hasServices()) return;
    const key = keyOfApp(app);
    const json = JSON.stringify(this.#subscriberIn(app));
    if (this.#subscribers.get(key) === json) return;
    const isKept = !this.#subscribers.has(key) && this.needs.store.value(keptName(key)) === json;
    this.#subscribers.set(key, json);
    if (!isKept) this.#put(key, json);
  }

  #forget(key: AppKey): void {
    this.#subscribers.delete(key);
    this.#put(key, undefined);
  }

  #put(key: AppKey, json: string | undefined): void {
    try {
      this.needs.store.putValue(keptName(key), json);
    } catch (cause) {
      // It is known for as long as the daemon runs.
      this.needs.log.warn("who subscribes cannot be noted for the next start", { why: messageOf(cause) });
    }
  }
}

function keptName(key: AppKey): string {
  return `subscriber ${key}`;
}

function ours(annotations: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => isOurAnnotation(name)));
}

function unique(destinations: readonly DestinationName[]): DestinationName[] {
  return [...new Map(destinations.map((to) => [JSON.stringify(to), to])).values()];
}
