/** Notifications on a store, with Argo CD's settings, a template engine, a receiver and a mail server as they are. */
import { expect, test } from "bun:test";
import { SMTPServer } from "smtp-server";
import { keyOfApp } from "../../src/core/model/application.ts";
import { Secret } from "../../src/core/model/secret.ts";
import { eventually } from "../lib/eventually.ts";
import { app, hook, notificationStand, SHA } from "../lib/notification-stand.ts";

const { atTheEnd, receiver, stand } = notificationStand();

test("triggers and templates of argocd-notifications-cm run as they are, once each, with their secrets put in last", async () => {
  const { url, got } = receiver();
  const one = stand("argo", []);
  const subscribed = { "notifications.argoproj.io/subscribe.on-deployed.ci": "" };
  one.notifications.settingsChanged({
    settings: {
      "service.webhook.ci": `url: ${url}\nheaders: [{ name: X-Who, value: $who }]`,
      "template.out": [
        "message: '{{.app.metadata.name}} is out: {{(call .repo.GetCommitMetadata .app.status.sync.revision).Author}}'",
        `webhook: { ci: { method: PUT, path: /x, body: '{"t":"{{.secrets.who}}","r":"{{call .repo.FullNameByRepoURL .app.spec.source.repoURL}}","u":"{{.context.argocdUrl}}","n":{{ .app.metadata.name | upper | toJson }}}' } }`,
      ].join("\n"),
      "trigger.on-deployed":
        "- { when: \"app.status.operationState?.phase in ['Succeeded'] and app.status.health.status == 'Healthy'\", oncePer: app.status.operationState?.syncResult?.revision, send: [out] }",
    },
    secret: { who: "canary-of-the-secret" },
  });
  expect(one.notifications.problems()).toEqual([]);
  one.notifications.start();
  one.put(app(subscribed, "Running"));
  one.put(app(subscribed));
  await eventually("it is told", () => Promise.resolve(got.length === 1));
  expect(JSON.parse(got[0]?.body ?? "")).toEqual({
    ...{ t: "canary-of-the-secret", r: "team/shop", u: "https://cd.example.com", n: "SHOP" },
  });
  expect(got[0]?.headers.get("x-who")).toBe("canary-of-the-secret");
  // The same again is no news, and nothing that is shown repeats the secret.
  one.put(app(subscribed));
  await eventually("all is sent", () => Promise.resolve(one.store.outbox.counts().waiting === 0));
  expect(got.length).toBe(1);
  const shown = JSON.stringify(one.notifications.desk.shown());
  expect(shown).toContain("shop is out: Ana Ruiz");
  expect(shown).not.toContain("canary");
  expect(shown).not.toContain("holdfast-secret");
  const previews = JSON.stringify(
    await one.notifications.desk.preview(keyOfApp(app()), "on-deployed", undefined),
  );
  expect(previews).toContain("PUT 127.0.0.1");
  expect(previews).not.toContain("canary");
  expect(previews).not.toContain("holdfast-secret");
}, 60_000);

test("a service of each type that is read in argocd-notifications-cm can be used", () => {
  const one = stand("argo-services", []);
  const each = JSON.stringify({ here: "https://hooks.example.com/a-path" });
  one.notifications.settingsChanged({
    settings: {
      "service.slack": "token: xoxb-1",
      "service.email":
        "{ host: smtp.example.com, port: 587, from: cd@example.com, username: u, password: p }",
      "service.webhook.ci": "url: https://hooks.example.com",
      "service.teams": `recipientUrls: ${each}`,
      "service.teams-workflows": `recipientUrls: ${each}`,
      "service.googlechat": `webhooks: ${each}`,
      "service.telegram": "token: 1:a",
      "service.opsgenie": "{ apiUrl: api.opsgenie.com, apiKeys: { team: a } }",
      "service.pagerdutyv2": "serviceKeys: { team: a }",
      "service.alertmanager": "targets: [am.example.com:9093]",
    },
    secret: {},
  });
  const { services, problems } = one.notifications.desk.shown();
  expect(problems).toEqual([]);
  expect(services.filter(({ state }) => state !== "ready")).toEqual([]);
  expect(services.length).toBe(10);
});

test("what Argo CD sent already is not sent again", async () => {
  const { url, got } = receiver();
  const one = stand("taken", []);
  const when = "app.status.health.status == 'Healthy'";
  const hash = new Bun.CryptoHasher("sha1").update(when).digest("base64url");
  const state = JSON.stringify({ [`${SHA}:on-deployed:[0].${hash}:ci:`]: 1_764_500_000 });
  one.notifications.settingsChanged({
    settings: {
      "service.webhook.ci": `url: ${url}`,
      "template.out": "message: out",
      "trigger.on-deployed": `- { when: "${when}", oncePer: app.status.sync.revision, send: [out] }`,
      "trigger.on-new": `- { when: "${when}", send: [out] }`,
      subscriptions: "- { recipients: [ci], triggers: [on-deployed, on-new], selector: team=a }",
    },
    secret: {},
  });
  one.notifications.start();
  one.put(app({ "notified.notifications.argoproj.io": state }));
  await eventually("the new one is told", () => Promise.resolve(got.length > 0));
  await eventually("all is sent", () => Promise.resolve(one.store.outbox.counts().waiting === 0));
  expect(got.map(({ body }) => (JSON.parse(body) as { title: string }).title)).toEqual(["shop: on-new"]);
}, 60_000);

test("what holds is told once, however many are told of it", async () => {
  const { url, got } = receiver();
  const one = stand("many", []);
  const when = "app.status.health.status == 'Healthy'";
  const hash = new Bun.CryptoHasher("sha1").update(when).digest("base64url");
  const recipients = Array.from({ length: 600 }, (_, at) => `ci:${at}`);
  // All but what is new were told before.
  const state = JSON.stringify(
    Object.fromEntries(recipients.map((_, at) => [`on-out:[0].${hash}:ci:${at}`, 1_764_500_000 + at])),
  );
  const named = `app.metadata.annotations.step in`;
  one.notifications.settingsChanged({
    settings: {
      "service.webhook.ci": `url: ${url}`,
      "template.out": "message: out",
      "trigger.on-out": `- { when: "${when}", send: [out] }`,
      "trigger.on-one": `- { when: "${named} ['1', '2']", send: [out] }`,
      "trigger.on-two": `- { when: "${named} ['2']", send: [out] }`,
      subscriptions: [
        `- { recipients: [${recipients.join(", ")}], triggers: [on-out] }`,
        "- { recipients: [ci], triggers: [on-one, on-two] }",
      ].join("\n"),
    },
    secret: {},
  });
  one.notifications.start();
  const titles = () => got.map(({ body }) => (JSON.parse(body) as { title: string }).title);
  for (const [step, title] of [
    ["1", "shop: on-one"],
    ["2", "shop: on-two"],
  ] as const) {
    one.put(app({ "notified.notifications.argoproj.io": state, step }));
    await eventually(`${title} is told`, () => Promise.resolve(titles().includes(title)));
  }
  await eventually("all is sent", () => Promise.resolve(one.store.outbox.counts().waiting === 0));
  expect(titles()).toEqual(["shop: on-one", "shop: on-two"]);
}, 60_000);

test("a storm is told as one, what a busy server refuses comes again, and all of it is there once", async () => {
  const { url, got } = receiver((count) => (count === 0 ? 429 : 200));
  const one = stand("storm", hook(url), {
    perMinute: 3,
    subscriptions: [
      {
        service: "hook",
        recipients: [],
        events: ["sync-failed"],
        projects: [],
        applications: [],
        labels: {},
      },
    ],
  });
  one.notifications.start();
  for (let index = 0; index < 40; index++)
    one.happen("sync-failed", "2026-11-30T10:00:00Z", `argocd/a${index}`);
  await eventually("all is told", () =>
    Promise.resolve(got.length > 0 && one.store.outbox.counts().waiting === 0),
  );
  const bodies = got.map(({ body }) => JSON.parse(body) as { kind: string; count?: number; id: string });
  expect(bodies.reduce((sum, { count = 1 }) => sum + count, 0)).toBe(40);
  expect(bodies.length).toBeLessThanOrEqual(4);
  expect(new Set(bodies.map(({ id }) => id)).size).toBe(bodies.length);
}, 90_000);

test("what is refused for ever is given up, shown without its secret, and sent by hand", async () => {
  let status = 404;
  const { url, got } = receiver(() => status);
  const one = stand("dead", hook(url), {
    subscriptions: [
      {
        service: "hook",
        recipients: [],
        events: ["deleted"],
        projects: ["def*"],
        applications: [],
        labels: {},
      },
    ],
  });
  one.notifications.start();
  one.happen("deleted");
  await eventually("it is given up", () => Promise.resolve(one.store.outbox.counts().dead === 1));
  // Read on from there, also when nothing is kept of what was told.
  const [last] = one.store.transitions({ order: "newest-first", limit: 1 });
  expect(one.store.value("notifications cursor")).toBe(String(last?.seq));
  const shown = one.notifications.desk.shown();
  expect(shown.dead[0]?.why).toContain("HTTP 404");
  expect(JSON.stringify([shown, one.log])).not.toContain("canary-of-the-path");
  status = 200;
  expect(one.notifications.desk.resend(undefined)).toBe(1);
  await eventually("it is there", () => Promise.resolve(got.length === 1));
}, 60_000);

test("what was put off for long is tried when the daemon starts, because the reason may be gone", async () => {
  const { url, got } = receiver();
  const one = stand("put-off", hook(url));
  const to = { service: "hook", recipient: "" };
  const at = "2026-11-30T10:00:00Z";
  const message = {
    id: "m",
    kind: "deployed",
    tone: "good",
    title: "shop: deployed",
    at,
    facts: [],
  } as const;
  one.store.outbox.post([{ key: "k", to, trigger: "on-deployed", message }], new Date().toISOString(), 0);
  const [item] = one.store.outbox.waitingFor(to, 1);
  one.store.outbox.later(item?.id ?? 0, Date.now() + 3_600_000, "it answered HTTP 503");
  one.notifications.start();
  await eventually("it is there", () => Promise.resolve(got.length === 1));
}, 60_000);

test("a mail is taken by a server and says what it should, with one line of a subject and an id of its own", async () => {
  const mails: string[] = [];
  const server = new SMTPServer({
    ...{ authOptional: true, disabledCommands: ["STARTTLS"], logger: false },
    onData(stream, _session, done) {
      let text = "";
      stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
      stream.on("end", () => {
        mails.push(text);
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  atTheEnd(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const address = server.server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const plain = { host: "127.0.0.1", port: String(port), tls: "none", from: "Holdfast <cd@example.com>" };
  const settings = Object.fromEntries(Object.entries(plain).map(([key, value]) => [key, new Secret(value)]));
  const one = stand("mail", [{ name: "mail", type: "email", settings }]);
  one.put(app({ "notifications.argoproj.io/subscribe.on-sync-failed.mail": "ops@example.com" }));
  one.notifications.start();
  one.happen("sync-failed");
  await eventually("it is there", () => Promise.resolve(mails.length === 1));
  const [mail = ""] = mails;
  expect(mail).toContain("Subject: shop: sync failed\r\n");
  expect(mail).toContain("To: ops@example.com\r\n");
  expect(mail).toMatch(/Message-ID: <[0-9a-f]{32}@example\.com>/i);
  expect(mail).toContain("Commit: 0123456 shop: more (Ana Ruiz)");
  expect(mail).toContain("text/html");
  expect(
    await one.notifications.desk.test({ service: "mail", recipient: "a@example.com" }, "user:ana"),
  ).toMatchObject({
    is: "sent",
  });
}, 60_000);

test("what proves who sends is no part of a preview, whatever it is called", async () => {
  const settings = { url: new Secret("https://a.example.com/in"), authorization: new Secret("abc") };
  const one = stand("shown", [{ name: "hook", type: "webhook", settings }]);
  one.put(app());
  const to = { service: "hook", recipient: "" };
  const [read] = await one.notifications.desk.preview(keyOfApp(app()), "on-deployed", to);
  expect(read?.requests[0]?.headers["Authorization"]).toBe("***");
});

test("nothing is sent to where clouds keep credentials, nor past allowedHosts", () => {
  for (const url of [
    "http://169.254.169.254/latest",
    "http://[fd00:ec2::254]/",
    "http://metadata.google.internal/",
  ]) {
    const one = stand(`near-${url.length}`, hook(url.replace(/\/$/, "")));
    expect(
      one.notifications
        .problems()
        .map(({ text }) => text)
        .join(),
    ).toContain("clouds keep credentials");
  }
  const one = stand("narrow", hook("https://a.example.com"), { allowedHosts: ["*.example.org"] });
  expect(one.notifications.problems()[0]?.text).toContain("is none of notifications.allowedHosts");
});

test("without a service it is told how a message would read, and what is missing", async () => {
  const one = stand("nobody", []);
  one.put(app());
  const [read, ...more] = await one.notifications.desk.preview(keyOfApp(app()), "on-deployed", undefined);
  expect(more).toEqual([]);
  expect(read).toMatchObject({
    to: { service: "" },
    requests: [],
    message: { title: expect.stringContaining("shop") },
  });
  expect(read?.why).toContain("notifications.services");
});

test("of another application that has its name now nothing is told with what became of the old one", async () => {
  const { url, got } = receiver();
  const subscriptions = [
    {
      service: "hook",
      recipients: [],
      events: ["deleted" as const],
      projects: [],
      applications: [],
      labels: {},
    },
  ];
  const one = stand("another", hook(url), { subscriptions });
  const other = app();
  one.put({ ...other, metadata: { ...other.metadata, uid: "u-2" } });
  one.notifications.start();
  one.happen("deleted");
  await eventually("it is told", () => Promise.resolve(got.length === 1));
  const told = JSON.parse(got[0]?.body ?? "") as { facts: { label: string }[]; repository?: string };
  expect(told.facts.map(({ label }) => label)).not.toContain("Where");
  expect(told.repository).toBeUndefined();
}, 60_000);

test("who subscribed by an annotation is told of the deletion, though nothing of the application is left", async () => {
  const { url, got } = receiver();
  const shop = app({ "notifications.argoproj.io/subscribe.on-deleted.hook": "" });
  const before = stand("gone", hook(url));
  before.notifications.start();
  before.put(shop);
  await before.close();
  const one = stand("gone", hook(url));
  one.notifications.start();
  one.happen("deleted");
  await eventually("it is told", () => Promise.resolve(got.length === 1));
  // Another one that comes to have its name is nobody's subscription.
  one.happen("created", "2026-11-30T11:00:00Z");
  one.happen("deleted", "2026-11-30T11:00:01Z");
  one.put(app());
  one.drop(app());
  one.happen("deleted", "2026-11-30T12:00:00Z");
  const [last] = one.store.transitions({ order: "newest-first", limit: 1 });
  await eventually("all is read", () =>
    Promise.resolve(one.store.value("notifications cursor") === String(last?.seq)),
  );
  await eventually("all is sent", () => Promise.resolve(one.store.outbox.counts().waiting === 0));
  expect(got.length).toBe(1);
}, 60_000);
