/** What people and programs ask of notifications: what there is, what would be sent, a test, another try. */

import type { AppKey } from "../core/model/application.ts";
import { keyOfApp } from "../core/model/application.ts";
import { commitAbout } from "../core/model/commit-about.ts";
import { Failure } from "../core/model/failure.ts";
import type { DestinationName, NotificationMessage } from "../core/model/notification.ts";
import { TRANSITION_KINDS, type Transition, type TransitionKind } from "../core/model/transition.ts";
import { makeMessage, testMessage } from "../core/notify/make-message.ts";
import { DOWN_AFTER } from "../core/notify/outbox-rules.ts";
import { annotationDestinations, annotationWants, configWants, USUAL } from "../core/notify/subscriptions.ts";
import { toldRevisions } from "../core/notify/told-commit.ts";
import { kindOfTrigger, triggerOf } from "../core/notify/triggers.ts";
import type {
  NotificationDesk,
  NotificationPreview,
  ShownDestination,
  ShownNotifications,
  ShownRequest,
  ShownSubscription,
  Tested,
} from "../core/ports/notification-desk.ts";
import { defined } from "../lib/defined.ts";
import { nearest } from "../lib/nearest.ts";
import { timestamp } from "../lib/timestamp.ts";
import type { NotifierRequest } from "../plugin/contract.ts";
import type { ArgoNotifications } from "./argo.ts";
import type { Delivery } from "./delivery.ts";
import type { EventReader } from "./event-reader.ts";
import type { NotifyNeeds } from "./needs.ts";
import { hidden } from "./road.ts";
import type { KnownService, ReadyService } from "./services.ts";

/** Listed at most. */
const MOST = { deliveries: 100, dead: 500, subscriptions: 1_000 } as const;

type Needs = Pick<NotifyNeeds, "known" | "store" | "clock" | "settings" | "url" | "homeNamespace"> & {
  services(): readonly KnownService[];
  argo: ArgoNotifications;
  delivery: Delivery;
  reader: EventReader;
};

export class Desk implements NotificationDesk {
  constructor(private readonly needs: Needs) {}

  shown(): ShownNotifications {
    const { store, services, argo } = this.needs;
    const known = services();
    const masked = (items: readonly Parameters<ArgoNotifications["masked"]>[0][]) =>
      items.map((item) => argo.masked(item));
    return {
      services: known.map(({ name, type, from, ready, problems }) => ({
        ...{ name, type, from, problems },
        recipient: ready?.notifier.recipient.says ?? "",
        state: ready === undefined ? "wrong" : "ready",
      })),
      subscriptions: this.#subscriptions(),
      destinations: this.#destinations(),
      deliveries: masked(store.outbox.items(["delivered", "joined", "waiting"], MOST.deliveries)),
      dead: masked(store.outbox.items(["dead"], MOST.dead)),
      counts: store.outbox.counts(),
      problems: [...known.flatMap(({ problems }) => problems), ...argo.problems()],
    };
  }

  names(): { services: string[]; triggers: string[]; templates: string[] } {
    const { services, argo } = this.needs;
    return {
      services: services().map(({ name }) => name),
      triggers: [...new Set([...TRANSITION_KINDS.map(triggerOf), ...argo.triggers()])].sort(),
      templates: argo.templates(),
    };
  }

  async test(to: DestinationName, by: string): Promise<Tested> {
    const { delivery, clock, url } = this.needs;
    const service = this.#ready(to);
    const message = testMessage(crypto.randomUUID().replaceAll("-", ""), timestamp(clock.now()), by, url());
    const made = delivery.make(service, message, to.recipient);
    if (made.is === "none") return { is: "failed", why: made.why };
    if (made.requests.length === 0)
      return {
        is: "failed",
        why: `${service.notifier.name} says nothing of a test: preview an event of an application`,
      };
    const sent = await delivery.send(service, made.requests);
    return sent.is === "sent" ? { is: "sent", said: sent.text } : { is: "failed", why: sent.why };
  }

  async preview(
    key: AppKey,
    trigger: string,
    to: DestinationName | undefined,
  ): Promise<NotificationPreview[]> {
    const { known, argo, delivery } = this.needs;
    const app = known.application(key);
    if (app === undefined)
      throw new Failure("not-found", key, "after-edit", {
        cannot: "preview a notification",
        why: "there is no such application",
      });
    if (to !== undefined) this.#ready(to);
    if (argo.isExpression(trigger))
      return argo.preview(app, trigger, to, (...made) => this.#preview(...made));
    const kind = this.#kindOf(trigger);
    const wanted = to === undefined ? this.#whoHears(key, kind) : [to];
    const message = await this.#messageOf(key, kind);
    if (wanted.length === 0) return [this.#forNobody(trigger, message)];
    return wanted.map((one) => this.#preview(one, trigger, message, delivery));
  }

  #forNobody(trigger: string, message: NotificationMessage): NotificationPreview {
    const why =
      this.needs.services().length === 0
        ? "no service is configured: write one into notifications.services of the config"
        : "nobody subscribes to it: a subscription names service and event in the config or in an annotation";
    return {
      ...{ to: { service: "", recipient: "" }, trigger, requests: [], why },
      message: this.needs.argo.maskedMessage(message),
    };
  }

  resend(ids: readonly number[] | undefined): number {
    const { store, clock, delivery } = this.needs;
    const count = store.outbox.resend(ids, clock.now());
    delivery.wake();
    return count;
  }

  #ready({ service: name, recipient }: DestinationName): ReadyService {
    const services = this.needs.services();
    const service = services.find((one) => one.name === name);
    const wrong = (code: "not-found" | "invalid-spec", why: string, fix?: string): Failure =>
      new Failure(code, `service ${name}`, "after-edit", {
        cannot: "send a message",
        why,
        ...defined({ fix }),
      });
    if (service === undefined) {
      const names = services.map((one) => one.name);
      const meant = nearest(name, names);
      throw wrong(
        "not-found",
        "there is no such service",
        names.length === 0
          ? "Write one into notifications.services of the config"
          : meant === undefined
            ? `Services are ${names.join(", ")}`
            : `Did you mean ${meant}?`,
      );
    }
    const { ready, problems } = service;
    if (ready === undefined)
      throw wrong("invalid-spec", problems[0]?.text ?? "it cannot be used", problems[0]?.fix);
    if (ready.notifier.recipient.is === "needed" && recipient === "")
      throw wrong("invalid-spec", "it needs a recipient", `Name one: ${ready.notifier.recipient.says}`);
    return ready;
  }

  #kindOf(trigger: string): TransitionKind {
    const kind = kindOfTrigger(trigger);
    if (kind !== undefined) return kind;
    const names = this.names().triggers;
    const meant = nearest(trigger, names);
    throw new Failure("invalid-spec", `trigger ${trigger}`, "after-edit", {
      cannot: "preview a notification",
      why: "there is no such trigger",
      fix: meant === undefined ? `Triggers are ${names.join(", ")}` : `Did you mean ${meant}?`,
    });
  }

  #whoHears(key: AppKey, kind: TransitionKind): DestinationName[] {
    const { known, settings, reader } = this.needs;
    const subscriber = reader.subscriberOf(key, known.application(key));
    const of = settings();
    const all = [
      ...configWants(of, kind, subscriber),
      ...annotationDestinations(subscriber, kind, of.usualEvents),
    ];
    return [...new Map(all.map((to) => [JSON.stringify(to), to])).values()];
  }

  /** The last event of its kind; where there was none, one as it might be. */
  async #messageOf(key: AppKey, kind: TransitionKind): Promise<NotificationMessage> {
    const { known, clock, url, homeNamespace } = this.needs;
    const app = known.application(key);
    const [last] = known.transitions({ app: key, kinds: [kind], order: "newest-first", limit: 1 });
    const at = timestamp(clock.now());
    const revision = app?.status?.sync.revision ?? app?.status?.history?.at(-1)?.revision;
    const example: Transition = {
      ...{ seq: 0, count: 1, first: at, at, kind, app: key },
      ...(app === undefined ? {} : { project: app.spec.project }),
      ...(revision && /^(?:sync-|deployed)/.test(kind) ? { revisions: [revision] } : {}),
      why: "An example: nothing of the kind has happened yet",
    };
    const transition = last ?? example;
    const [sha = ""] = toldRevisions(transition, app)?.revisions ?? [];
    const commit = /^[0-9a-f]{40,64}$/.test(sha)
      ? await known.commit(key, sha).catch(() => undefined)
      : undefined;
    return makeMessage(transition, "preview", {
      app,
      commit: commit && commitAbout(commit),
      url: url(),
      homeNamespace,
    });
  }

  #preview(
    to: DestinationName,
    trigger: string,
    message: NotificationMessage,
    delivery: Delivery = this.needs.delivery,
  ): NotificationPreview {
    const { argo } = this.needs;
    const none = (why: string): NotificationPreview => ({
      ...{ to, trigger, requests: [], why },
      message: argo.maskedMessage(message),
    });
    const known = this.needs.services().find(({ name }) => name === to.service);
    if (known?.ready === undefined)
      return none(known?.problems[0]?.text ?? `there is no service ${to.service}`);
    const service = known.ready;
    const made = delivery.make(service, message, to.recipient);
    if (made.is === "none") return none(made.why);
    if (made.requests.length === 0) return none(`${service.notifier.name} says nothing of such an event`);
    return {
      ...{ to, trigger },
      message: argo.maskedMessage(message),
      requests: made.requests.map((request) => shownRequest(request, service, argo)),
    };
  }

  #destinations(): ShownDestination[] {
    const { store } = this.needs;
    return store.outbox.destinations().map(({ to, due, waiting }): ShownDestination => {
      const [first] = store.outbox.waitingFor(to, 1);
      const tries = first?.tries ?? 0;
      return {
        ...{ to, waiting, due },
        state: tries === 0 ? "well" : tries < DOWN_AFTER ? "retrying" : "down",
        ...(first?.why === undefined ? {} : { why: first.why }),
      };
    });
  }

  #subscriptions(): ShownSubscription[] {
    const { settings, known, argo, services } = this.needs;
    const { subscriptions, usualEvents } = settings();
    const usual = usualEvents.map(triggerOf);
    const names = new Set(services().map(({ name }) => name));
    const wrongOf = (service: string, triggers: readonly string[]): { wrong?: string } => {
      if (!names.has(service)) return { wrong: `there is no service ${service}` };
      const unknown = triggers.find((one) => kindOfTrigger(one) === undefined && !argo.isExpression(one));
      return unknown === undefined ? {} : { wrong: `there is no trigger ${unknown}` };
    };
    const ofConfig = subscriptions.flatMap(
      ({ service, recipients, events, projects, applications, labels }): ShownSubscription[] => {
        const triggers = events.length === 0 ? usual : events.map(triggerOf);
        const of = [
          ...projects.map((one) => `project ${one}`),
          ...applications,
          ...Object.entries(labels).map(([name, value]) => `${name}=${value}`),
        ].join(", ");
        return (recipients.length === 0 ? [""] : recipients).map((recipient) => ({
          ...{ from: "config" as const, of: of === "" ? "all applications and clusters" : of, triggers },
          ...{ to: { service, recipient }, ...wrongOf(service, triggers) },
        }));
      },
    );
    const ofAnnotations = known.applications().flatMap((app): ShownSubscription[] => {
      const key = keyOfApp(app);
      const subscriber = this.needs.reader.subscriberOf(key, app);
      const from = (who: "application" | "project", of: string) => {
        const wants = annotationWants(
          who === "application"
            ? { ...subscriber, projectAnnotations: {} }
            : { ...subscriber, annotations: {} },
        );
        return wants.map(({ trigger, to }): ShownSubscription => {
          const triggers = trigger === USUAL ? (argo.usualOf(to.service) ?? usual) : [trigger];
          return { from: who, of, to, triggers, ...wrongOf(to.service, triggers) };
        });
      };
      return [...from("application", key), ...from("project", app.spec.project)];
    });
    const all = [...ofConfig, ...argo.subscriptions(), ...ofAnnotations];
    return [
      ...new Map(all.map((one) => [JSON.stringify([one.from, one.of, one.to, one.triggers]), one])).values(),
    ].slice(0, MOST.subscriptions);
  }
}

function shownRequest(
  request: NotifierRequest,
  { secrets }: ReadyService,
  argo: ArgoNotifications,
): ShownRequest {
  const shown = (text: string): string => argo.maskedText(hidden(text, secrets));
  if (request.by === "mail") {
    const { from, to, subject, messageId, text } = request.mail;
    return {
      to: `mail to ${to} by ${request.server.host}`,
      headers: { From: from, To: to, Subject: shown(subject), "Message-ID": messageId },
      body: shown(text),
    };
  }
  return {
    to: `${request.method} ${URL.parse(request.url)?.host ?? "?"}`,
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [
        name,
        // A header of the settings may be short enough to stand in other words.
        /^(?:authorization|cookie|x-.*(?:key|token))$/i.test(name) ||
        secrets.some((one) => one.includes(value))
          ? "***"
          : shown(value),
      ]),
    ),
    body: shown(request.body),
  };
}
