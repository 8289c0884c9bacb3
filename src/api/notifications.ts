import type { NotificationMessage, OutboxItem } from "../core/model/notification.ts";
import { defined } from "../lib/defined.ts";
import { timestamp } from "../lib/timestamp.ts";
import { ApiError } from "./api-error.ts";
import type { ApiContext } from "./context.ts";
import { keyNamed, orNotFound } from "./find-app.ts";
import { may, type Routes } from "./routes.ts";
import { PROBLEM } from "./terms/answers.ts";
import { json } from "./terms/terms.ts";
import { choice, fields, flag, list, map, optional, text, told, whole } from "./terms/wire.ts";

const TERM = { most: 300 };
const DESTINATION = {
  service: text(),
  recipient: text({ says: "Empty: the service's settings say where." }),
};
const MESSAGE = {
  id: text({ says: "The same for each try." }),
  trigger: text({ says: "As on-sync-failed." }),
  title: text(),
  tone: choice(["good", "bad", "unsure", "neutral"]),
  why: optional(text()),
  app: optional(text()),
  cluster: optional(text()),
};
const DELIVERY = told({
  number: whole({}),
  ...DESTINATION,
  ...MESSAGE,
  state: choice(["waiting", "delivered", "joined", "dead"], "`joined`: told together with others."),
  at: text({ says: "When it happened, RFC 3339." }),
  tries: whole({ says: "That failed." }),
  failure: optional(text({ says: "Of the last try." })),
  ended: optional(text({ says: "When it arrived or was given up." })),
});

const SHOW = {
  id: "getNotifications",
  says: "By which ways people are told of what, what was sent lately, and what could not be. Nothing of it is secret.",
  asks: may("applications", "get"),
  answers: json(
    told({
      services: list(
        told({
          name: text(),
          type: text(),
          from: choice(["config", "argocd"]),
          recipient: text({ says: "Whom a subscription names." }),
          state: choice(["ready", "wrong"]),
          problems: list(PROBLEM),
        }),
      ),
      subscriptions: list(
        told({
          from: choice(["config", "application", "project", "argocd"]),
          of: text({ says: "Of whom it wants to be told." }),
          ...DESTINATION,
          triggers: list(text()),
          wrong: optional(text({ says: "Why nothing comes of it." })),
        }),
      ),
      destinations: list(
        told({
          ...DESTINATION,
          waiting: whole({}),
          state: choice(["well", "retrying", "down"]),
          next: text({ says: "The next try, RFC 3339." }),
          why: optional(text()),
        }),
        { says: "Where something waits." },
      ),
      deliveries: list(DELIVERY, { says: "Newest first, at most 100." }),
      dead: list(DELIVERY, { says: "Given up, newest first, at most 500." }),
      counts: map(whole({})),
      problems: list(PROBLEM),
    }),
  ),
} as const;

const TO = {
  service: text({ ...TERM }),
  recipient: optional(text({ ...TERM, says: "Default: the service's settings say where." })),
};

const TEST = {
  id: "testNotification",
  says: "Sends one message now, beside what waits, and says what was answered.",
  asks: may("applications", "update"),
  body: fields(TO),
  answers: json(told({ sent: flag(), said: text({ says: "What was answered, or why it was not sent." }) })),
} as const;

const PREVIEW = {
  id: "previewNotification",
  says: "What an event of an application would send, and to whom; sends nothing.",
  asks: may("applications", "get"),
  body: fields({
    app: text({ ...TERM, says: "`namespace/name`." }),
    trigger: text({ ...TERM, says: "As on-sync-failed." }),
    service: optional(text({ ...TERM, says: "Default: all who subscribe." })),
    recipient: optional(text(TERM)),
  }),
  answers: json(
    told({
      items: list(
        told({
          ...DESTINATION,
          service: text({ says: "Empty: nobody wants it, and this is how it would read." }),
          ...MESSAGE,
          facts: list(told({ label: text(), text: text(), href: optional(text()) })),
          next: optional(text()),
          link: optional(text()),
          requests: list(told({ to: text(), headers: map(text()), body: text() })),
          nothing: optional(text({ says: "Why nothing would be sent." })),
        }),
      ),
    }),
  ),
} as const;

const RESEND = {
  id: "resendNotifications",
  says: "Those that were given up are tried again.",
  asks: may("applications", "update"),
  body: fields({ numbers: optional(list(whole({ least: 1 }), { says: "Default: all of them." })) }),
  answers: json(told({ resent: whole({}) })),
} as const;

const named = (id: string, says: string) =>
  ({
    id,
    says,
    asks: may("applications", "get"),
    answers: json(told({ items: list(told({ name: text() })) })),
  }) as const;

/** `/api/holdfast/v1/notifications`, and Argo CD's three lists of names. */
export function notificationRoutes(routes: Routes, { notifications }: ApiContext): void {
  const desk = (): NonNullable<typeof notifications> => {
    if (notifications === undefined) throw new ApiError("Unimplemented", "nobody is told of anything here");
    return notifications;
  };

  routes.get("/api/holdfast/v1/notifications", SHOW, (c, who) => {
    const { services, subscriptions, destinations, deliveries, dead, counts, problems } = desk().shown(who);
    return c.json({
      services,
      subscriptions: subscriptions.map(({ to, ...rest }) => ({ ...to, ...rest })),
      destinations: destinations.map(({ to, due, ...rest }) => ({ ...to, ...rest, next: timestamp(due) })),
      deliveries: deliveries.map(shownItem),
      dead: dead.map(shownItem),
      counts,
      problems,
    });
  });

  routes.post("/api/holdfast/v1/notifications/test", TEST, async (c, who, { body }) => {
    const { service, recipient = "" } = body;
    const tested = await desk().test(who, { service, recipient });
    return c.json(
      tested.is === "sent" ? { sent: true, said: tested.said } : { sent: false, said: tested.why },
    );
  });

  routes.post("/api/holdfast/v1/notifications/preview", PREVIEW, async (c, who, { body }) => {
    const { app, trigger, service, recipient = "" } = body;
    const to = service === undefined ? undefined : { service, recipient };
    const items = orNotFound(await desk().preview(who, keyNamed(app), trigger, to), `application ${app}`);
    return c.json({
      items: items.map(({ to: where, trigger: by, message, requests, why }) => ({
        ...where,
        ...shownMessage(by, message),
        facts: message.facts,
        ...defined({ next: message.next }),
        ...(message.link === undefined ? {} : { link: message.link.href }),
        requests,
        ...defined({ nothing: why }),
      })),
    });
  });

  routes.post("/api/holdfast/v1/notifications/resend", RESEND, (c, who, { body }) => {
    return c.json({ resent: desk().resend(who, body.numbers) });
  });

  for (const [kind, says] of [
    ["services", "Names of the ways by which people are told."],
    ["triggers", "Names of what people may be told of."],
    ["templates", "Names of templates that Argo CD's settings hold."],
  ] as const)
    routes.get(`/api/v1/notifications/${kind}`, named(`listNotification_${kind}`, says), (c, who) => {
      return c.json({
        items: desk()
          .names(who)
          [kind].map((name) => ({ name })),
      });
    });
}

function shownMessage(trigger: string, { id, title, tone, why, app, cluster }: NotificationMessage) {
  return {
    ...{ id, trigger, title, tone },
    ...defined({ why }),
    ...defined({ app }),
    ...defined({ cluster }),
  };
}

function shownItem({ id, to, trigger, state, at, tries, why, ended, message }: OutboxItem) {
  return {
    ...{ number: id, ...to },
    ...shownMessage(trigger, message),
    ...{ state, at, tries },
    ...defined({ failure: why }),
    ...defined({ ended }),
  };
}
