/** The verbs of notifications, over HTTP. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { fakeNotifications } from "../fakes/fake-notifications.ts";
import { cli } from "../lib/cli.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";

const desk = fakeNotifications({
  services: [],
  subscriptions: [],
  destinations: [],
  deliveries: [],
  dead: [],
});
const previewed: string[] = [];
let api: FakeApi;
beforeAll(() => {
  const control = fakeControl();
  control.put(fakeApp("payments", "web"));
  api = startFakeApi(control, {
    notifications: {
      ...desk,
      async preview(key, trigger, to) {
        previewed.push(`${key} ${trigger}`);
        const [one] = await desk.preview(key, trigger, to);
        if (one === undefined) return [];
        return [
          { ...one, to: { service: "", recipient: "" }, requests: [], why: "no service is configured" },
        ];
      },
    },
  });
});
afterAll(() => api.stop());

const run = (argv: string): ReturnType<typeof cli> => cli(argv.split(" "), { server: api.url });

test("an event is previewed by an application's bare name, with on- or without, and nobody has to be told of it", async () => {
  for (const line of ["web sync-failed", "payments/web on-sync-failed"]) {
    const { code, stdout } = await run(`notify preview ${line}`);
    expect(code).toBe(0);
    expect(stdout).toStartWith("web: sync failed\n  Deployment payments/web: the server refused it\n");
    expect(stdout).toContain("\n  Project: payments\n");
    expect(stdout).toContain("nothing is sent: no service is configured");
  }
  expect(previewed).toEqual(["payments/web on-sync-failed", "payments/web on-sync-failed"]);
});

test("one that is not there is named, with the nearest", async () => {
  const { code, stderr } = await run("notify preview wep deployed");
  expect(code).toBe(3);
  expect(stderr).toContain("payments/web");
});

test.each(["notify list", "notify list --all"])("%s says that no service is configured", async (line) => {
  expect((await run(line)).stderr).toContain("No service is configured");
});

test("notify list --all does not say that nothing was sent: a test of a service is not kept", async () => {
  const service = { name: "hook", type: "webhook", state: "ok", problems: [] };
  const own = startFakeApi(fakeControl(), {
    notifications: fakeNotifications({
      ...{ subscriptions: [], destinations: [], deliveries: [], dead: [] },
      services: [service as never],
    }),
  });
  const { code, stderr } = await cli(["notify", "list", "--all"], { server: own.url });
  await own.stop();
  expect([code, stderr]).toEqual([
    0,
    "Nobody was told of an event yet. What `holdfast notify test` sends is not kept.\n",
  ]);
});
