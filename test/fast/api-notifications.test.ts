/** Messages and images tell of applications: one that somebody may not see has its name in none of what they are told. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ApiOptions } from "../../src/api/context.ts";
import { appKey } from "../../src/core/model/application.ts";
import type { OutboxItem } from "../../src/core/model/notification.ts";
import type { NotificationDesk } from "../../src/core/ports/notification-desk.ts";
import { fakeImages, shownImages } from "../fakes/fake-images.ts";
import { fakeItem, fakeNotifications } from "../fakes/fake-notifications.ts";
import { type Target, twoTeams } from "../lib/api-world.ts";

const MOST = { role: "all but team-b", subject: "most" };
const READER = { role: "readonly", subject: "reader" };
const UNSEEN = "another application that you may not see";

let teams: Awaited<ReturnType<typeof twoTeams>>;
beforeAll(async () => {
  teams = await twoTeams();
});
afterAll(() => teams.remove());

function item(id: number, about: { app?: Target; cluster?: Target }, why = "It failed"): OutboxItem {
  const { message, ...rest } = fakeItem({ id });
  const { app: _, ...plain } = message;
  return {
    ...rest,
    message: {
      ...plain,
      ...{ why, title: `number ${id}` },
      ...(about.app === undefined ? {} : { app: appKey("argocd", `app-${about.app}`) }),
      ...(about.cluster === undefined ? {} : { cluster: `cluster-${about.cluster}` }),
    },
  };
}

const desk = (): NotificationDesk =>
  fakeNotifications({
    deliveries: [
      item(1, { app: "a" }, "argocd/app-b stands in the way"),
      item(2, { app: "b" }),
      item(3, { cluster: "a" }),
      item(4, { cluster: "b" }),
      item(5, {}),
    ],
    dead: [item(6, { app: "a" }), item(7, { app: "b" })],
    subscriptions: (["a", "b"] as const).flatMap((target) => [
      {
        from: "application",
        of: `argocd/app-${target}`,
        to: { service: "slack", recipient: "" },
        triggers: [],
      },
      { from: "project", of: `team-${target}`, to: { service: "slack", recipient: "" }, triggers: [] },
    ]),
  });

async function asked(
  role: typeof MOST,
  path: string,
  { body, ...more }: Partial<ApiOptions> & { body?: unknown } = {},
): Promise<{ status: number; json: any; text: string }> {
  const { api } = await teams.world(role, undefined, { notifications: desk(), ...more });
  const reply = await api.fetch(
    new Request(`http://127.0.0.1${path}`, {
      headers: { "content-type": "application/json" },
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    }),
  );
  const text = await reply.text();
  return { status: reply.status, json: JSON.parse(text), text };
}

describe("what people are told of notifications", () => {
  const told = async (role: typeof MOST) => {
    const { json } = await asked(role, "/api/holdfast/v1/notifications");
    const numbers = (items: { number: number }[]): number[] => items.map(({ number }) => number);
    return {
      deliveries: numbers(json.deliveries),
      dead: numbers(json.dead),
      of: json.subscriptions.map(({ of }: { of: string }) => of),
      whys: json.deliveries.map(({ why }: { why: string }) => why),
    };
  };

  test("leaves out those of applications, projects and clusters that they may not see", async () => {
    const most = await told(MOST);
    expect(most).toMatchObject({ deliveries: [1, 3, 5], dead: [6], of: ["argocd/app-a", "team-a"] });
    expect(most.whys[0]).toBe(`${UNSEEN} stands in the way`);
  });

  test("is all of it for who sees all", async () => {
    const all = await told(READER);
    expect(all).toMatchObject({ deliveries: [1, 2, 3, 4, 5], dead: [6, 7] });
    expect(all.of).toHaveLength(4);
    expect(all.whys[0]).toBe("argocd/app-b stands in the way");
  });

  test("shows no preview of an application that they may not see, and says the same as of none", async () => {
    const preview = (app: string) =>
      asked(MOST, "/api/holdfast/v1/notifications/preview", { body: { app, trigger: "on-sync-failed" } });
    expect((await preview("argocd/app-a")).status).toBe(200);
    const [hidden, absent] = [await preview("argocd/app-b"), await preview("argocd/app-c")];
    expect([hidden.status, hidden.text.replaceAll("app-b", "app-c")]).toEqual([404, absent.text]);
  });
});

describe("what people are told of images", () => {
  test("names nobody that they may not see", async () => {
    const why = "web in x.yaml: argocd/app-b wants the same field otherwise, and they would take turns";
    const key = appKey("argocd", "app-a");
    const shown = { ...shownImages(key), problems: [why] };
    const images = {
      ...fakeImages(["argocd/app-a"]),
      ...{ images: () => shown, all: () => [shown] },
      update: async () => ({ mode: "write" as const, applications: [shown], writes: [] }),
    };
    const paths: [string, object?][] = [
      ["/api/holdfast/v1/images"],
      ["/api/holdfast/v1/applications/argocd/app-a/images"],
      ["/api/holdfast/v1/images/update", { apps: ["argocd/app-a"] }],
    ];
    for (const [path, body] of paths) {
      const more = { images, ...(body === undefined ? {} : { body }) };
      const [most, all] = [
        await asked(MOST, path, more),
        await asked({ role: "admin", subject: "admin" }, path, more),
      ];
      expect([path, most.status, most.text.includes("app-b"), most.text.includes(UNSEEN)]).toEqual([
        ...[path, 200, false, true],
      ]);
      expect(all.text).toContain("argocd/app-b wants");
    }
  });
});
