/** Argo CD's notifications as `argocd-notifications-cm` says them: triggers are asked, templates filled in, once each. */

import { createHash } from "node:crypto";
import type { ArgoTexts } from "../core/argocd/argo-texts.ts";
import {
  type ArgoNotificationSettings,
  type ArgoSubscription,
  readArgoNotifications,
  selects,
} from "../core/argocd/notifications.ts";
import { type AppKey, type Application, keyOfApp } from "../core/model/application.ts";
import type { DestinationName, NotificationMessage, OutboxItem } from "../core/model/notification.ts";
import type { NotificationService } from "../core/model/notification-settings.ts";
import type { Problem } from "../core/model/problem.ts";
import type { Transition } from "../core/model/transition.ts";
import { askTrigger, stateKey } from "../core/notify/ask-triggers.ts";
import { makeMessage } from "../core/notify/make-message.ts";
import { annotationWants, type Subscriber, USUAL } from "../core/notify/subscriptions.ts";
import { kindOfTrigger } from "../core/notify/triggers.ts";
import { templateData, textsFor, writtenOf } from "../core/notify/written-message.ts";
import type { NotificationPreview, ShownSubscription } from "../core/ports/notification-desk.ts";
import type { OutboxNote } from "../core/ports/outbox.ts";
import { messageOf } from "../lib/caught.ts";
import { defined } from "../lib/defined.ts";
import { pauses } from "../lib/in-steps.ts";
import { timestamp } from "../lib/timestamp.ts";
import { sentBefore, stateName } from "./argo-state.ts";
import type { EventReader } from "./event-reader.ts";
import { inTime } from "./in-time.ts";
import type { Known, NotifyNeeds } from "./needs.ts";
import { PutAside } from "./put-aside.ts";

/** Kept of one application, the newest. */
const MOST_STATE = 500;
/** Around a secret's name in what is stored: who sends puts the secret in its place. */
const MARK = "holdfast-secret";

type Needs = Pick<
  NotifyNeeds,
  "known" | "store" | "clock" | "log" | "settings" | "url" | "homeNamespace" | "templates" | "counted"
> & {
  reader(): EventReader;
  /** Something waits now. */
  posted(): void;
};

interface Fired {
  trigger: string;
  to: DestinationName;
  send: readonly string[];
}

const NOTHING = readArgoNotifications({}, undefined);

export class ArgoNotifications {
  #settings: ArgoNotificationSettings = NOTHING;
  #secrets: Readonly<Record<string, string>> = {};
  #mark: string | undefined;
  /** What triggers and templates were wrong with lately, by their names. */
  readonly #wrong = new Map<string, string>();
  readonly #asked = new Map<AppKey, Application | undefined>();
  readonly #aside = new PutAside<AppKey>();
  #asking: Promise<void> | undefined;
  /** Wakes who waits for those that were put aside. */
  #more: (() => void) | undefined;
  #isStopped = false;
  #end: (() => void) | undefined;

  constructor(private readonly needs: Needs) {}

  /** @param texts undefined: there is no such ConfigMap */
  read({ settings, secret }: NonNullable<ArgoTexts["notifications"]>): void {
    this.#settings = readArgoNotifications(settings, secret);
    this.#secrets = secret ?? {};
    this.#wrong.clear();
    if (this.#end !== undefined) for (const app of this.needs.known.applications()) this.#ask(app);
  }

  start(): void {
    this.#end = this.needs.known.onEvent(({ type, app }) => {
      // Of one that is gone the last word is asked once more, as one that is being deleted.
      if (type !== "DELETED") this.#ask(app);
      else if (this.#settings.triggers.size > 0) this.#ask(app, deleted(app, this.needs.clock.now()));
    });
    for (const app of this.needs.known.applications()) this.#ask(app);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#end?.();
    await this.#asking;
  }

  services(): readonly NotificationService[] {
    return this.#settings.services;
  }

  triggers(): string[] {
    return [...this.#settings.triggers.keys()];
  }

  templates(): string[] {
    return [...this.#settings.templates.keys()].sort();
  }

  problems(): readonly Problem[] {
    return [
      ...this.#settings.problems,
      ...[...this.#wrong.values()].map(
        (text): Problem => ({ severity: "warning", object: "ConfigMap argocd-notifications-cm", text }),
      ),
    ];
  }

  /** Whether the ConfigMap says when a trigger holds; else it is one of our events. */
  isExpression(trigger: string): boolean {
    return this.#settings.triggers.has(trigger);
  }

  /** What a subscription means that names no trigger; undefined: nothing is said of it. */
  usualOf(service: string): readonly string[] | undefined {
    return this.#settings.defaultTriggers.get(service) ?? this.#settings.defaultTriggers.get("");
  }

  subscriptions(): ShownSubscription[] {
    const { services } = this.#settings;
    return this.#settings.subscriptions.map(({ to, triggers, selector }) => ({
      from: "argocd",
      of: selector === "" ? "all applications" : selector,
      to,
      triggers: this.#triggersOf(triggers, to.service),
      ...(services.some(({ name }) => name === to.service) ||
      this.needs.settings().services.some(({ name }) => name === to.service)
        ? {}
        : { wrong: `there is no service ${to.service}` }),
    }));
  }

  withSecrets(message: NotificationMessage): NotificationMessage {
    if (message.written === undefined) return message;
    const mark = this.#markNow();
    const filled = JSON.parse(JSON.stringify(message.written), (_, value: unknown) =>
      typeof value === "string"
        ? value.replaceAll(new RegExp(`${mark}\\.([-A-Za-z0-9_.]*);`, "g"), (_whole, name: string) =>
            Object.hasOwn(this.#secrets, name) ? (this.#secrets[name] ?? "") : "",
          )
        : value,
    ) as NotificationMessage["written"];
    return { ...message, ...defined({ written: filled }) };
  }

  masked(item: OutboxItem): OutboxItem {
    return { ...item, message: this.maskedMessage(item.message) };
  }

  maskedMessage(message: NotificationMessage): NotificationMessage {
    return message.written === undefined
      ? message
      : (JSON.parse(this.maskedText(JSON.stringify(message))) as NotificationMessage);
  }

  /** Without the marks of secrets. */
  maskedText(text: string): string {
    return text.replaceAll(new RegExp(`${this.#markNow()}\\.[-A-Za-z0-9_.]*;`, "g"), "***");
  }

  async preview(
    app: Application,
    trigger: string,
    to: DestinationName | undefined,
    show: (to: DestinationName, trigger: string, message: NotificationMessage) => NotificationPreview,
  ): Promise<NotificationPreview[]> {
    const wants = this.#wantsOf(app).filter((one) => one.trigger === trigger);
    const destinations = to === undefined ? wants.map((one) => one.to) : [to];
    const templates = this.#settings.triggers.get(trigger)?.conditions.flatMap(({ send }) => send) ?? [];
    const send = [...new Set(templates)];
    const commit = this.#commitOf(app);
    return Promise.all(
      destinations.map(async (one) => {
        const message = await this.#messageOf(app, { trigger, to: one, send }, "preview", commit);
        return show(one, trigger, message);
      }),
    );
  }

  #ask(app: Application, last?: Application): void {
    if (this.#isStopped || this.#settings.triggers.size === 0) return;
    this.#asked.set(keyOfApp(app), last);
    this.#more?.();
    this.#asking ??= this.#askAll().finally(() => {
      this.#asking = undefined;
    });
  }

  async #askAll(): Promise<void> {
    // What changes at once is asked once.
    await Promise.resolve();
    const pause = pauses(4);
    for (;;) {
      // At a start they are all asked, and most of them wait for nothing.
      await pause();
      if (this.#isStopped) return this.#aside.allDone();
      const key = this.#asked.keys().find((one) => !this.#aside.isGoing(one));
      if (key !== undefined) await this.#aside.begin(key, () => this.#askNext(key));
      else {
        const oneDone = this.#aside.oneDone();
        if (oneDone === undefined) return;
        const { promise: more, resolve } = Promise.withResolvers<void>();
        this.#more = resolve;
        await Promise.race([oneDone, more]);
        this.#more = undefined;
      }
    }
  }

  async #askNext(key: AppKey): Promise<void> {
    const last = this.#asked.get(key);
    this.#asked.delete(key);
    const app = last ?? this.needs.known.application(key);
    if (app === undefined) return;
    await this.#askOf(app, last === undefined ? "lives" : "is gone").catch((cause) =>
      this.needs.log.warn("triggers of notifications cannot be asked", { app: key, why: messageOf(cause) }),
    );
  }

  async #askOf(app: Application, life: "lives" | "is gone"): Promise<void> {
    // What a sync did is not compared yet: a trigger would see one half of the news.
    if (life === "lives" && isOutdated(app)) return;
    const { store, clock, counted } = this.needs;
    const key = keyOfApp(app);
    const before = sentBefore(app, store);
    const sent = { ...before.sent };
    const now = clock.now();
    const byTrigger = Map.groupBy(this.#wantsOf(app), ({ trigger }) => trigger);
    const fired: Fired[] = [];
    /** What holds now: without its mark it would be told again at the next look. */
    const holding = new Set<string>();
    const names = { app, appProject: this.needs.known.project(app.spec.project) };
    for (const [name, wants] of byTrigger) {
      const trigger = this.#settings.triggers.get(name);
      if (trigger === undefined) continue;
      const { conditions, wrong } = askTrigger(trigger, names, hashOfWhen, now);
      if (wrong[0] === undefined) this.#wrong.delete(name);
      else this.#wrong.set(name, wrong[0]);
      counted.evaluated(name, conditions.some(({ holds }) => holds === "yes") ? "triggered" : "not");
      for (const { key: condition, holds, oncePer, send } of conditions)
        for (const { to } of wants) {
          const at = stateKey(condition, to);
          if (holds === "yes") holding.add(at);
          if (holds === "yes" && sent[at] === undefined) {
            sent[at] = Math.trunc(now / 1_000);
            fired.push({ trigger: name, to, send });
          } else if (holds === "no" && oncePer === "") delete sent[at];
        }
    }
    if (fired.length === 0 && Object.keys(sent).length === Object.keys(before.sent).length) return;
    const notes: OutboxNote[] = [];
    const commit = this.#commitOf(app);
    for (const one of fired) {
      const of = `${before.uid} ${now} ${JSON.stringify([one.trigger, one.to, one.send])}`;
      const message = await this.#messageOf(app, one, this.needs.reader().idOf(of), commit);
      notes.push({ key: of, to: one.to, trigger: one.trigger, message });
    }
    const kept = Object.entries(sent)
      .sort(([one, a], [other, b]) => Number(holding.has(other)) - Number(holding.has(one)) || b - a)
      .slice(0, Math.max(MOST_STATE, holding.size));
    store.atomically(() => {
      store.putValue(
        stateName(key),
        life === "lives" ? JSON.stringify({ uid: before.uid, sent: Object.fromEntries(kept) }) : undefined,
      );
      store.outbox.post(notes, timestamp(now), now);
    });
    if (notes.length > 0) this.needs.posted();
  }

  /** Whom its triggers tell, with the triggers that are meant where none is named. */
  #wantsOf(app: Application): { trigger: string; to: DestinationName }[] {
    const subscriber: Subscriber = this.needs.reader().subscriberOf(keyOfApp(app), app);
    const asked = annotationWants(subscriber).flatMap(({ trigger, to }) =>
      (trigger === USUAL ? (this.usualOf(to.service) ?? []) : [trigger]).map((one) => ({ trigger: one, to })),
    );
    const global = this.#settings.subscriptions
      .filter(({ selector }: ArgoSubscription) => selects(selector, subscriber.labels))
      .flatMap(({ to, triggers }) =>
        this.#triggersOf(triggers, to.service).map((trigger) => ({ trigger, to })),
      );
    return [...new Map([...global, ...asked].map((one) => [JSON.stringify(one), one])).values()];
  }

  #triggersOf(named: readonly string[], service: string): readonly string[] {
    return named.length === 0 ? (this.usualOf(service) ?? []) : named;
  }

  /** What its templates say; where one cannot be filled in, our own words, since the event is what matters. */
  async #messageOf(
    app: Application,
    { trigger, to, send }: Fired,
    id: string,
    commitOf: () => ReturnType<Known["commit"]>,
  ): Promise<NotificationMessage> {
    const { known, url, homeNamespace, clock, templates } = this.needs;
    const at = timestamp(clock.now());
    const key = keyOfApp(app);
    const revision = revisionOf(app);
    const kind = kindOfTrigger(trigger);
    const transition: Transition = {
      ...{ seq: 0, count: 1, first: at, at, app: key, project: app.spec.project },
      kind: kind ?? "sync-succeeded",
      ...(revision ? { revisions: [revision] } : {}),
    };
    const ours = makeMessage(transition, id, { app, url: url(), homeNamespace });
    const { condition: _, ...rest } = ours;
    const base: NotificationMessage =
      kind === undefined
        ? { ...rest, kind: "trigger", tone: "neutral", title: `${app.metadata.name}: ${trigger}` }
        : ours;
    const chosen = send.flatMap((name) => this.#settings.templates.get(name) ?? []);
    if (chosen.length === 0) return base;
    const commit = await commitOf();
    const { texts, wrong } = textsFor(chosen);
    const data = templateData({
      app: app as unknown as Record<string, unknown>,
      appProject: known.project(app.spec.project) as unknown as Record<string, unknown> | undefined,
      context: { argocdUrl: url() ?? "", ...this.#settings.context },
      secrets: Object.fromEntries(
        Object.keys(this.#secrets).map((name) => [name, `${this.#markNow()}.${name};`]),
      ),
      ...{ to, commit },
    });
    const paths = Object.keys(texts);
    try {
      const [[filled = []] = []] = await templates.fill([{ texts: Object.values(texts), sets: [data] }], []);
      const values: Record<string, string> = {};
      for (const [index, path] of paths.entries()) {
        const one = filled[index];
        if (one?.is === "filled") values[path] = one.text;
        else
          this.#wrong.set(
            `template ${send.join(", ")}`,
            `template ${send.join(", ")}: ${path}: ${one?.why ?? "nothing came of it"}`,
          );
      }
      if (wrong !== undefined) this.#wrong.set(`template ${send.join(", ")}`, wrong);
      if (Object.keys(values).length === 0) return base;
      return { ...base, written: writtenOf(values, to.service) };
    } catch (cause) {
      this.#wrong.set(`template ${send.join(", ")}`, `template ${send.join(", ")}: ${messageOf(cause)}`);
      return base;
    }
  }

  /** Asked for once, by the first who wants it. */
  #commitOf(app: Application): () => ReturnType<Known["commit"]> {
    const revision = revisionOf(app);
    let asked: ReturnType<Known["commit"]> | undefined;
    return () => {
      asked ??=
        revision !== undefined && /^[0-9a-f]{40,64}$/.test(revision)
          ? inTime(this.needs.known.commit(keyOfApp(app), revision))
          : Promise.resolve(undefined);
      return asked;
    };
  }

  /** Nobody can guess it: what a commit says is never taken for the place of a secret. */
  #markNow(): string {
    this.#mark ??= `${MARK}-${this.needs.reader().hashOf(MARK)}`;
    return this.#mark;
  }
}

/** As Argo CD writes it: base64url without padding of SHA-1. */
function hashOfWhen(when: string): string {
  return createHash("sha1").update(when).digest("base64url");
}

function revisionOf({ status }: Application): string | undefined {
  return status?.operationState?.syncResult?.revision ?? status?.sync.revision;
}

function isOutdated(app: Application): boolean {
  const { operationState, reconciledAt } = app.status ?? {};
  const finished = operationState?.finishedAt;
  if (finished === undefined || reconciledAt === undefined) return false;
  return Date.parse(finished) > Date.parse(reconciledAt);
}

function deleted(app: Application, now: number): Application {
  const { deletionTimestamp = timestamp(now) } = app.metadata;
  return { ...app, metadata: { ...app.metadata, deletionTimestamp } };
}
