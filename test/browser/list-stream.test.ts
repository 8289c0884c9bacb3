/** The list in a real browser, with a stream that is cut, lies or comes from another daemon: what is shown is the truth in the end. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import type { Application } from "../../src/core/model/application.ts";
import type { HealthStatus } from "../../src/core/model/health.ts";
import { type FakeControl, fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { startBrowser, watchedPage } from "../lib/browser.ts";
import { eventually } from "../lib/eventually.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";

/** What becomes of a line of the stream on its way. */
type Lie = (line: string) => string[] | "cut";

let browser: Browser;
let control: FakeControl;
let api: FakeApi;
let front: { url: string; lists(): number; stop(): void };
let lie: Lie;

beforeAll(async () => {
  browser = await startBrowser();
  front = startFront();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  front?.stop();
});
beforeEach(() => {
  lie = (line) => [line];
  control = fakeControl();
  for (const name of ["web", "api", "jobs"]) control.put(app(name, "Healthy"));
  api = startFakeApi(control);
  return () => api.stop();
});

function app(name: string, health: HealthStatus): Application {
  const status = {
    ...{ sync: { status: "Synced" as const, comparedTo: { destination: {} } }, health: { status: health } },
    ...{ resources: [], history: [] },
  };
  return { ...fakeApp("argocd", name), status };
}

/** Stands before the daemon, and hands on what it says but for lines of the stream of the list. */
function startFront(): { url: string; lists(): number; stop(): void } {
  let lists = 0;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      if (pathname === "/api/holdfast/v1/list") lists += 1;
      const reply = await fetch(`${api.url}${pathname}${search}`, {
        headers: { accept: request.headers.get("accept") ?? "*/*" },
        signal: request.signal,
        decompress: true,
      }).catch(() => new Response("{}", { status: 502 }));
      const headers = new Headers(reply.headers);
      headers.delete("content-encoding");
      if (!pathname.endsWith("/stream/list") || reply.body === null)
        return new Response(await reply.arrayBuffer().catch(() => ""), { status: reply.status, headers });
      return new Response(reply.body.pipeThrough(lying()), { status: reply.status, headers });
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, lists: () => lists, stop: () => void server.stop(true) };
}

function lying(): TransformStream<Uint8Array, Uint8Array> {
  const [decoder, encoder] = [new TextDecoder(), new TextEncoder()];
  let rest = "";
  return new TransformStream({
    transform(chunk, controller) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = parts.pop() ?? "";
      for (const line of parts) {
        const told = line === "" ? [""] : lie(line);
        if (told === "cut") return controller.terminate();
        for (const one of told) controller.enqueue(encoder.encode(`${one}\n`));
      }
    },
  });
}

async function open(expected: number[] = []): Promise<{ page: Page; faults(): string[] }> {
  const watched = await watchedPage(browser, front.url, { expected });
  await watched.page.goto(`${front.url}/applications`);
  await watched.page.locator("#app-argocd-web").waitFor();
  return watched;
}

async function shows(page: Page, health: Record<string, string>): Promise<void> {
  await eventually(
    `${JSON.stringify(health)} is shown`,
    async () => {
      const shown = await page
        .locator(".app[id]")
        .evaluateAll((rows) =>
          rows.map((row) => [
            row.id.replace("app-argocd-", ""),
            row.querySelector(".cell.health")?.textContent,
          ]),
        );
      return Bun.deepEquals(Object.fromEntries(shown), health);
    },
    30_000,
  );
}

describe("the list's stream", () => {
  test("tells what changes, what is new and what is gone, and asks for the list once", async () => {
    const { page, faults } = await open();
    const before = front.lists();
    control.put(app("web", "Degraded"));
    control.put(app("new", "Missing"));
    control.drop("argocd/jobs" as never);
    await shows(page, { web: "Degraded", api: "Healthy", new: "Missing" });
    expect([front.lists() - before, faults()]).toEqual([0, []]);
    await page.context().close();
  }, 60_000);

  /** Once each: a line that nobody may believe, or that is told otherwise than it was. */
  const LIES: { what: string; once(line: string): string[] | "cut" }[] = [
    { what: "is cut", once: () => "cut" },
    { what: "leaves a line out", once: () => [] },
    {
      what: "tells of an application that nobody knows",
      once(line) {
        const frame = JSON.parse(line) as { set: Record<string, unknown> };
        return [JSON.stringify({ ...frame, set: { "argocd/ghost": { version: 1 }, ...frame.set } })];
      },
    },
    { what: "says nonsense", once: () => ['{"from":"now"}'] },
    { what: "is no JSON", once: () => ["<html>502 Bad Gateway</html>"] },
    { what: "ends by the daemon's word", once: () => ['{"error":{"message":"no more"}}'] },
    { what: "has a line without an end", once: () => [`"${"x".repeat(40_000_000)}`] },
  ];

  test.each(LIES)(
    "that $what: all is asked for anew, and what is shown is so",
    async ({ once }) => {
      const { page } = await open();
      const before = front.lists();
      let isOver = false;
      lie = (line) => {
        if (isOver) return [line];
        isOver = true;
        return once(line);
      };
      control.put(app("web", "Degraded"));
      await eventually("it was lied to", async () => isOver);
      control.put(app("api", "Progressing"));
      await shows(page, { web: "Degraded", api: "Progressing", jobs: "Healthy" });
      expect(front.lists() - before).toBe(1);
      expect(await page.locator("#connection-word").textContent()).toBe("Live");
      await page.context().close();
    },
    60_000,
  );

  test("that says everything twice, and old things again, changes nothing by that", async () => {
    const { page, faults } = await open();
    const before = front.lists();
    const old: string[] = [];
    lie = (line) => {
      old.push(line);
      return [line, line, ...old];
    };
    control.put(app("web", "Degraded"));
    await shows(page, { web: "Degraded", api: "Healthy", jobs: "Healthy" });
    control.put(app("web", "Healthy"));
    await shows(page, { web: "Healthy", api: "Healthy", jobs: "Healthy" });
    control.put(app("api", "Degraded"));
    await shows(page, { web: "Healthy", api: "Degraded", jobs: "Healthy" });
    expect([front.lists() - before, faults()]).toEqual([0, []]);
    await page.context().close();
  }, 60_000);

  test("that lies always is not asked again at once each time", async () => {
    const { page } = await open();
    lie = () => ["{}"];
    const before = front.lists();
    const stirring = setInterval(() => control.put(app("web", "Degraded")), 20);
    await page.locator("#connection-word", { hasText: "Reconnecting" }).waitFor({ timeout: 20_000 });
    clearInterval(stirring);
    // Pauses of 1, 2 and 4 seconds lie between.
    expect(front.lists() - before).toBeLessThan(5);
    lie = (line) => [line];
    await page.locator("#connection-word", { hasText: "Live" }).waitFor();
    await page.context().close();
  }, 60_000);

  test("of a daemon that was started anew, with other applications", async () => {
    const { page } = await open([502, 0]);
    await api.stop();
    const another = fakeControl();
    another.put(app("web", "Suspended"));
    another.put(app("more", "Healthy"));
    api = startFakeApi(another);
    await shows(page, { web: "Suspended", more: "Healthy" });
    another.put(app("more", "Degraded"));
    await shows(page, { web: "Suspended", more: "Degraded" });
    await page.context().close();
  }, 60_000);

  test("an application that is open beside the list is as it is now, although no list shows what changed", async () => {
    const { page, faults } = await open();
    let trees = 0;
    page.on("requestfinished", (request) => {
      if (request.url().includes("/resource-tree")) trees += 1;
    });
    await page.locator("#app-argocd-web .cell.sync").click();
    const pane = page.getByRole("complementary", { name: "web" });
    await pane.getByText("0 resources").waitFor();
    await eventually("it has its tree", async () => trees === 1);
    const before = app("web", "Healthy");
    const resources = [{ version: "v1", kind: "ConfigMap", namespace: "shop", name: "a" }];
    control.put({ ...before, status: { ...before.status!, resources } });
    await pane.getByText("1 resource", { exact: true }).waitFor();
    // Whoever asks for the tree of what was dropped meanwhile is rightly told that it is not there.
    await eventually("it has its tree as it is now", async () => trees === 2);
    control.drop("argocd/web" as never);
    await pane.waitFor({ state: "hidden" });
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("is one for all tabs of a browser; the next one takes it when its tab is closed", async () => {
    const { page, faults } = await open();
    const tabs = [page];
    for (let nth = 1; nth < 8; nth += 1) {
      const tab = await page.context().newPage();
      await tab.goto(`${front.url}/applications`);
      await tab.locator("#app-argocd-web").waitFor();
      tabs.push(tab);
    }
    // Eight streams would take all connections that a browser opens, and nothing else would be answered.
    expect(control.listeners()).toBe(1);
    control.put(app("web", "Degraded"));
    for (const tab of tabs) await shows(tab, { web: "Degraded", api: "Healthy", jobs: "Healthy" });
    await tabs.shift()?.close();
    await eventually("another tab has it", async () => control.listeners() === 1);
    control.put(app("api", "Progressing"));
    for (const tab of tabs) await shows(tab, { web: "Degraded", api: "Progressing", jobs: "Healthy" });
    // A line that is left out is missing for all of them.
    let isOver = false;
    lie = (line) => {
      if (isOver) return [line];
      isOver = true;
      return [];
    };
    control.put(app("jobs", "Missing"));
    await eventually("it was left out", async () => isOver);
    control.put(app("api", "Healthy"));
    for (const tab of tabs) await shows(tab, { web: "Degraded", api: "Healthy", jobs: "Missing" });
    expect([control.listeners(), faults()]).toEqual([1, []]);
    await page.context().close();
  }, 120_000);
});
