/** Notifications where something is silent, there are many applications, or settings go: nobody is held up, and nothing stays. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtInNotifiers } from "../../plugins/index.ts";
import { textsIn } from "../../src/core/argocd/argo-texts.ts";
import { NOTIFICATIONS_MAP } from "../../src/core/argocd/notifications.ts";
import { type AppKey, type Application, keyOfApp } from "../../src/core/model/application.ts";
import { type NotificationSettings, USUAL_EVENTS } from "../../src/core/model/notification-settings.ts";
import { Secret } from "../../src/core/model/secret.ts";
import { READ_UP_TO } from "../../src/core/notify/kept-names.ts";
import { systemClock } from "../../src/lib/system-clock.ts";
import type { Known } from "../../src/notify/needs.ts";
import { Notifications } from "../../src/notify/notifications.ts";
import { openStore } from "../../src/store/open-store.ts";
import { application } from "../lib/core-objects.ts";
import { eventually } from "../lib/eventually.ts";
import { recordingLog } from "../lib/recording-log.ts";

const dir = mkdtempSync(join(tmpdir(), "notify-held-up-"));
const ends: (() => unknown)[] = [() => rmSync(dir, { recursive: true, force: true })];
afterAll(async () => {
  for (const end of ends.reverse()) await end();
});

const SHA = "0123456789abcdef0123456789abcdef01234567";
const app = (name: string): Application => ({
  ...application({}, { name, namespace: "argocd", uid: `u-${name}` }),
  status: { sync: { status: "Synced", revision: SHA }, health: { status: "Healthy" } } as never,
});
/** Everybody is told of every application that is healthy. */
const SETTINGS = {
  "service.webhook.ci": "url: http://127.0.0.1:1/in",
  "template.out": "message: out",
  "trigger.on-well": "- { when: app.status.health.status == 'Healthy', send: [out] }",
  subscriptions: "- { recipients: [ci], triggers: [on-well] }",
};

function stand(
  name: string,
  apps: readonly Application[],
  more: Partial<Known> & { services?: NotificationSettings["services"] } = {},
) {
  const { services = [], ...known } = more;
  const store = openStore(join(dir, name));
  const byKey = new Map<AppKey, Application>(apps.map((one) => [keyOfApp(one), one]));
  let evaluated = 0;
  const notifications = new Notifications({
    known: {
      applications: () => [...byKey.values()],
      application: (key) => byKey.get(key),
      project: () => undefined,
      transitions: (query) => store.transitions(query),
      onTransition: () => () => undefined,
      onEvent: () => () => undefined,
      commit: async () => undefined,
      ...known,
    },
    store: {
      outbox: store.outbox,
      value: (key) => store.value(key),
      putValue: (key, value) => store.putValue(key, value),
      atomically: (work) => store.atomically(work),
      soon: (work) => store.soon(work),
    },
    clock: systemClock,
    log: recordingLog(),
    settings: () => ({
      ...{ services, subscriptions: [], usualEvents: USUAL_EVENTS, allowedHosts: [] },
      ...{ perMinute: 10, giveUpAfterMs: 86_400_000 },
    }),
    notifiers: builtInNotifiers,
    templates: {
      fill: async (asked: readonly { texts: readonly string[] }[]) =>
        asked.map(({ texts }) => [texts.map((text) => ({ is: "filled", text }))]),
    } as never,
    url: () => undefined,
    homeNamespace: "argocd",
    userAgent: "holdfast/test",
    counted: { delivered: () => undefined, evaluated: () => void evaluated++ },
  });
  ends.push(async () => {
    await notifications.stop();
    store.close();
  });
  return { notifications, store, evaluated: () => evaluated };
}

test("a Git server that is silent about one application's commit holds up no other application's message", async () => {
  const one = stand("silent", [app("a"), app("b")], {
    commit: (key) => (key === "argocd/a" ? new Promise(() => undefined) : Promise.resolve(undefined)),
  });
  one.notifications.settingsChanged({ settings: SETTINGS, secret: undefined });
  one.notifications.start();
  await eventually("both are told", async () => one.store.outbox.counts().waiting === 2);
}, 60_000);

test("commits of several events are asked for at once: a server that is silent costs its time once", async () => {
  const asked = Promise.withResolvers<void>();
  let count = 0;
  const apps = ["a", "b", "c", "d", "e"].map(app);
  const to = { "notifications.argoproj.io/subscribe.on-sync-failed.hook": "" };
  const one = stand(
    "at once",
    apps.map((each) => ({ ...each, metadata: { ...each.metadata, annotations: to } })),
    {
      services: [{ name: "hook", type: "webhook", settings: { url: new Secret("http://127.0.0.1:1/in") } }],
      commit: async () => {
        count += 1;
        if (count === apps.length) asked.resolve();
        await asked.promise;
        return { author: "Ana", date: "2026-11-30T09:00:00Z", subject: "more", message: "more" };
      },
    },
  );
  one.store.putValue(READ_UP_TO, "0");
  for (const each of apps) {
    const key = keyOfApp(each);
    const at = "2026-11-30T10:00:00Z";
    one.store.settle({ is: "application", name: key }, {}, [
      { kind: "sync-failed", at, app: key, uid: each.metadata.uid, project: "default", revisions: [SHA] },
    ] as never);
  }
  one.notifications.start();
  await eventually("all are told", async () => one.store.outbox.items(["waiting", "dead"], 9).length === 5);
  const told = one.store.outbox.items(["waiting", "dead"], 9).map(({ message }) => JSON.stringify(message));
  expect(told.filter((message) => message.includes("Ana")).length).toBe(apps.length);
}, 60_000);

test("an application whose Git server is silent is put aside by triggers of Argo CD, and asked about once for all whom it tells", async () => {
  const others = Promise.withResolvers<void>();
  let count = 0;
  const one = stand("put aside", [app("a"), app("b"), app("c")], {
    commit: async (key) => {
      if (key !== "argocd/a") return undefined;
      count += 1;
      await others.promise;
      return { author: "Ana", date: "2026-11-30T09:00:00Z", subject: "more", message: "more" };
    },
  });
  const settings = {
    ...SETTINGS,
    "template.out": "message: '{{.app.metadata.name}}'",
    subscriptions: "- { recipients: ['ci:x', 'ci:y', 'ci:z'], triggers: [on-well] }",
  };
  one.notifications.settingsChanged({ settings, secret: undefined });
  one.notifications.start();
  const told = (): string[] =>
    one.store.outbox.items(["waiting", "dead"], 99).map(({ message }) => message.app ?? "");
  await eventually("the others are told", async () => told().length >= 6);
  expect(new Set(told())).toEqual(new Set(["argocd/b", "argocd/c"]));
  others.resolve();
  await eventually("it is told too", async () => told().length === 9);
  expect(count).toBe(1);
}, 60_000);

test("what else waits goes first while the triggers of many applications are asked", async () => {
  const many = Array.from({ length: 4_000 }, (_, at) => app(`a${at}`));
  const one = stand("many", many);
  const settings = {
    ...SETTINGS,
    "trigger.on-well": "- { when: app.status.health.status == 'Lost', send: [out] }",
  };
  one.notifications.settingsChanged({ settings, secret: undefined });
  one.notifications.start();
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(one.evaluated()).toBeLessThan(many.length);
  await eventually("all are asked", async () => one.evaluated() === many.length);
}, 60_000);

test("a ConfigMap that is emptied tells nobody of anything any more", () => {
  const map = (data: Record<string, string>) =>
    new Map([[NOTIFICATIONS_MAP, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" }, data }]]);
  const before = textsIn(map(SETTINGS), [], { settings: {}, access: {}, secrets: undefined });
  const after = textsIn(map({}), [], before);
  const { notifications } = stand("emptied", []);
  const names = (): string[] => notifications.desk.names().services;
  notifications.settingsChanged(before.notifications);
  expect(names()).toEqual(["ci"]);
  notifications.settingsChanged(after.notifications);
  expect(names()).toEqual([]);
});

test("a header that the settings keep is in no preview, however short it is", async () => {
  const settings = {
    url: new Secret("http://127.0.0.1:1/in"),
    headers: new Secret("Private-Key: s3cr3t\nX-Who: me-too"),
  };
  const one = stand("header", [app("a")], { services: [{ name: "hook", type: "webhook", settings }] });
  const to = { service: "hook", recipient: "" };
  const [preview] = await one.notifications.desk.preview("argocd/a" as AppKey, "on-sync-failed", to);
  expect(preview?.requests[0]?.headers).toMatchObject({ "Private-Key": "***", "X-Who": "***" });
  expect(preview?.requests[0]?.headers["Content-Type"]).toBe("application/json");
  expect(JSON.stringify(preview)).not.toContain("s3cr3t");
});
