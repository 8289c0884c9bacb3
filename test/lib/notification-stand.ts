/** Notifications on a store, with a template engine, and a receiver: what happens is told by hand, and its receivers are real. */
import { afterAll, beforeAll } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtInNotifiers } from "../../plugins/index.ts";
import { type AppKey, type Application, keyOfApp } from "../../src/core/model/application.ts";
import { type NotificationSettings, USUAL_EVENTS } from "../../src/core/model/notification-settings.ts";
import { Secret } from "../../src/core/model/secret.ts";
import type { TransitionNote } from "../../src/core/model/transition.ts";
import { systemClock } from "../../src/lib/system-clock.ts";
import type { Known } from "../../src/notify/needs.ts";
import { Notifications } from "../../src/notify/notifications.ts";
import { openStore } from "../../src/store/open-store.ts";
import { recordingLog } from "./recording-log.ts";
import { templateEngine } from "./template-engine.ts";

export const SHA = "0123456789abcdef0123456789abcdef01234567";
export const app = (annotations: Record<string, string> = {}, status = "Succeeded"): Application => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: { name: "shop", namespace: "argocd", uid: "u-1", annotations, labels: { team: "a" } },
  spec: {
    project: "default",
    source: { repoURL: "https://github.com/team/shop.git", path: "." },
    destination: { server: "https://kubernetes.default.svc", namespace: "shop" },
  },
  status: {
    sync: { status: "Synced", revision: SHA },
    health: { status: "Healthy" },
    operationState: { phase: status, syncResult: { revision: SHA }, finishedAt: "2026-11-30T10:00:00Z" },
    reconciledAt: "2026-11-30T10:00:05Z",
  } as never,
});

export interface Got {
  headers: Headers;
  body: string;
}

/**
 * To be called at the top of each file that uses it: hooks hold for the file that registers them, and a module is
 * evaluated for the first file that imports it alone.
 */
export function notificationStand() {
  const dir = mkdtempSync(join(tmpdir(), "notify-"));
  const ends: (() => unknown)[] = [() => rmSync(dir, { recursive: true, force: true })];
  let templates: Awaited<ReturnType<typeof templateEngine>>;
  beforeAll(async () => {
    templates = await templateEngine();
    ends.push(() => templates.remove());
  });
  afterAll(async () => {
    for (const end of ends.reverse()) await end();
  });
  /** Once all tests of the file are over, the last one first. */
  const atTheEnd = (end: () => unknown): void => void ends.push(end);

  function stand(
    name: string,
    services: NotificationSettings["services"],
    more: Partial<NotificationSettings> = {},
  ) {
    const store = openStore(join(dir, name));
    const apps = new Map<AppKey, Application>();
    const wakes = new Set<() => void>();
    const listeners = new Set<Parameters<Known["onEvent"]>[0]>();
    const log = recordingLog();
    const notifications = new Notifications({
      known: {
        applications: () => [...apps.values()],
        application: (key) => apps.get(key),
        project: () => undefined,
        transitions: (query) => store.transitions(query),
        onTransition: (wake) => {
          wakes.add(wake);
          return () => wakes.delete(wake);
        },
        onEvent: (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
        commit: async () => ({
          ...{ author: "Ana Ruiz <ana@example.com>", date: "2026-11-30T09:00:00Z" },
          ...{ subject: "shop: more", message: "shop: more\n\n<!channel>" },
        }),
      },
      store: {
        outbox: store.outbox,
        value: (key) => store.value(key),
        putValue: (key, value) => store.putValue(key, value),
        atomically: (work) => store.atomically(work),
        soon: (work) => store.soon(work),
      },
      clock: systemClock,
      log,
      settings: () => ({
        ...{ services, subscriptions: [], usualEvents: USUAL_EVENTS, allowedHosts: [] },
        ...{ perMinute: 10, giveUpAfterMs: 86_400_000, ...more },
      }),
      notifiers: builtInNotifiers,
      templates: templates.engine,
      url: () => "https://cd.example.com",
      homeNamespace: "argocd",
      userAgent: "holdfast/test",
      counted: { delivered: () => undefined, evaluated: () => undefined },
    });
    let isOpen = true;
    const close = async (): Promise<void> => {
      if (!isOpen) return;
      isOpen = false;
      await notifications.stop();
      store.close();
    };
    ends.push(close);
    return {
      notifications,
      store,
      log,
      close,
      put(one: Application): void {
        apps.set(keyOfApp(one), one);
        for (const listener of listeners) listener({ type: "MODIFIED", app: one });
      },
      /** It is gone: nobody tells of that by itself. */
      drop(one: Application): void {
        apps.delete(keyOfApp(one));
      },
      happen(kind: TransitionNote["kind"], at = "2026-11-30T10:00:00Z", name = "argocd/shop"): void {
        const key = name as AppKey;
        store.settle({ is: "application", name: key }, {}, [
          { kind, at, app: key, uid: "u-1", project: "default", revisions: [SHA], by: "user:ana" },
        ]);
        for (const wake of wakes) wake();
      },
    };
  }

  function receiver(answer: (count: number) => number = () => 200): { url: string; got: Got[] } {
    const got: Got[] = [];
    let count = 0;
    const server = Bun.serve({
      ...{ hostname: "127.0.0.1", port: 0 },
      async fetch(request) {
        const status = answer(count++);
        const body = await request.text();
        if (status === 200) got.push({ headers: request.headers, body });
        return new Response("{}", { status, headers: status === 429 ? { "retry-after": "1" } : {} });
      },
    });
    ends.push(() => server.stop(true));
    return { url: `http://127.0.0.1:${server.port}`, got };
  }

  return { stand, receiver, atTheEnd };
}

export const hook = (url: string): NotificationSettings["services"] => [
  { name: "hook", type: "webhook", settings: { url: new Secret(`${url}/in/canary-of-the-path`) } },
];
