/** A log on the page: of which containers, since when, what of it; and what is written to do harm stays text. */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { LogEvent, ResourceNode } from "../../src/engine/control.ts";
import { type FakeControl, fakeApp, fakeControl } from "../fakes/fake-control.ts";
import {
  accessibilityProblems,
  screenshot,
  startBrowser,
  type Watched,
  watchedPage,
} from "../lib/browser.ts";
import { eventually } from "../lib/eventually.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";

let browser: Browser;
let control: FakeControl;
let api: FakeApi;

beforeAll(async () => {
  browser = await startBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
});
beforeEach(() => {
  control = fakeControl();
  control.put(fakeApp("argocd", "web"));
  api = startFakeApi(control);
  return () => api.stop();
});

const asked = (): string => control.calls.filter((call) => call.startsWith("logs")).at(-1) ?? "";
const line = (text: string, more: object = {}): LogEvent => ({
  ...{ is: "line", pod: "web-1", time: "2026-11-30T04:31:08.123456789Z", text },
  ...more,
});
const RUNNING = { running: { startedAt: "2026-11-30T00:00:00Z" } };

/** Pods of these names below the Deployment, as the tree has them. */
function pods(...names: string[]): void {
  const { resourceTree } = control;
  control.resourceTree = (key) => {
    const found = resourceTree.call(control, key);
    if (found.is === "absent") return found;
    const [deployment] = found.value as [ResourceNode];
    const made = names.map((name) => ({
      ...deployment,
      ref: { ...deployment.ref, group: "", kind: "Pod", name },
      uid: `pod-${name}`,
      parents: [{ ...deployment.ref, uid: "u-1" }],
    }));
    return { is: "found", value: [...found.value, ...made] };
  };
}

function podIs(pod: object): void {
  control.liveObject = async (_, ref) => ({
    is: "found",
    value: {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: ref.name, namespace: "shop" },
      ...pod,
    } as KubeObject,
  });
}

async function opened(query: string, options: Parameters<typeof watchedPage>[2] = {}): Promise<Watched> {
  const watched = await watchedPage(browser, api.url, options);
  watched.page.setDefaultTimeout(20_000);
  await watched.page.goto(`${api.url}/applications/argocd/web?node=${query}&tab=logs`);
  return watched;
}
const chooser = (page: Page, word: string) =>
  page.locator("label", { hasText: new RegExp(`^${word} `) }).locator("select");
const texts = (page: Page): Promise<string[]> => page.locator(".log-rows .text").allTextContents();

test("containers stand side by side, each with what it is for; one, another or all are read", async () => {
  pods("web-1");
  podIs({
    spec: {
      initContainers: [{ name: "migrate" }, { name: "proxy", restartPolicy: "Always" }],
      containers: [{ name: "web" }],
    },
    status: {
      initContainerStatuses: [
        { name: "migrate", state: { terminated: { exitCode: 0, reason: "Completed" } } },
        { name: "proxy", state: RUNNING, restartCount: 2 },
      ],
      containerStatuses: [{ name: "web", state: RUNNING }],
    },
  });
  control.setLogs(
    async function* ({ container }) {
      yield line(`of ${container ?? "the first"}`, { container: "web" });
    },
    ["web-1"],
  );
  const { page, faults } = await opened("/Pod/shop/web-1");
  const containers = page.getByRole("group", { name: "Containers" });
  await page.getByText("of the first").waitFor();
  expect(await containers.getByRole("button").allTextContents()).toEqual([
    "web",
    "migrate init",
    "proxy sidecar · 2 restarts",
    "All containers",
  ]);
  await containers.getByRole("button", { name: "migrate" }).click();
  await page.getByText("of migrate").waitFor();
  await containers.getByRole("button", { name: "All containers" }).click();
  await eventually("all are asked for", async () => asked().includes('"containers":"all"'));
  expect(await page.locator(".cli code").last().textContent()).toContain("--all-containers");
  // Which, how much and since when is in the address.
  await chooser(page, "Since").selectOption("3600");
  await chooser(page, "Last").selectOption("5000");
  await eventually("since and tail are asked for", async () =>
    ['"sinceSeconds":3600', '"tailLines":5000'].every((one) => asked().includes(one)),
  );
  await page.getByLabel("Times").check();
  await page.reload();
  await page.getByText("of the first").waitFor();
  expect([
    await containers.getByRole("button", { name: "All containers" }).getAttribute("aria-pressed"),
    await chooser(page, "Since").inputValue(),
    await page.locator(".log-rows .fixed").first().textContent(),
  ]).toEqual(["true", "3600", expect.stringMatching(/^\d\d:\d\d:08\.123 /)]);
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByRole("button", { name: "Close", exact: true }).click();
  expect(page.url()).toBe(`${api.url}/applications/argocd/web`);
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("what is looked for is marked, by words, by an expression, or turned around", async () => {
  control.setLogs(
    async function* () {
      for (const text of [
        "GET /cart 200",
        "GET /health 200",
        "ERROR: no such cart",
        '{"level":"warn","cart":7}',
      ])
        yield line(text);
    },
    ["web-1"],
  );
  const { page, faults } = await opened("/Pod/shop/web-1&find=kind%3Adeployment");
  await page.getByText("no such cart").waitFor();
  const find = page.locator(".log-tools").getByLabel("Find");
  await find.fill("CART");
  expect(await page.locator(".log-rows mark").allTextContents()).toEqual(["cart", "cart", "cart"]);
  await page.getByText("3 lines of 4").waitFor();
  // The objects behind it are looked through by a line of their own, which stays.
  const behind = page.getByRole("searchbox", { name: "Find objects" });
  expect(await behind.inputValue()).toBe("kind:deployment");
  expect(new URL(page.url()).searchParams.get("find")).toBe("kind:deployment");
  await find.fill("!/GET .*/");
  expect(await texts(page)).toEqual(["ERROR: no such cart", '{"level":"warn","cart":7}']);
  expect(await page.locator(".log-rows .sign").allTextContents()).toEqual(["E", "W"]);
  await find.fill("/(/");
  await page.getByRole("alert").waitFor();
  await find.fill("nothing like it");
  await page.getByText("None of 4 lines holds nothing like it.").waitFor();
  await find.fill("");
  // JSON is opened by keys.
  const log = page.getByLabel("Log of Pod web-1");
  await log.focus();
  for (const key of ["j", "j", "j", "j", "Enter"]) await page.keyboard.press(key);
  expect(await page.locator(".log-rows .json").allTextContents()).toEqual([
    "{",
    '  "level": "warn",',
    '  "cart": 7',
    "}",
  ]);
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.keyboard.press("Enter");
  expect(await page.locator(".log-rows .json").count()).toBe(0);
  await page.keyboard.press("Escape");
  // The topmost is closed first: the panel is still there.
  await page.locator(".log-box .chosen").waitFor({ state: "detached" });
  await log.waitFor();
  await page.keyboard.press("Escape");
  await log.waitFor({ state: "detached" });
  expect(new URL(page.url()).search).toBe("?find=kind%3Adeployment");
  // From within its fields as well: a line that is looked for is emptied first.
  await page.goBack();
  await log.waitFor();
  await find.fill("cart");
  await find.press("Escape");
  expect([await find.inputValue(), await log.count()]).toEqual(["", 1]);
  await find.press("Escape");
  await log.waitFor({ state: "detached" });
  await page.goBack();
  await chooser(page, "Last").press("Escape");
  await log.waitFor({ state: "detached" });
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("what is written to do harm stays text, and what is drawn is what is in sight", async () => {
  const long = "x".repeat(60_000);
  control.setLogs(
    async function* () {
      yield line(
        "\u001b[31mred\u001b[0m <img src=x onerror=alert(1)><script>document.title='pwned'</script>",
      );
      yield line("\u001b]0;pwned\u0007\u001b[2Jtitle \u202egpj.exe caf\ufffd \u0000");
      // 1 MB without a break comes in pieces.
      for (let piece = 0; piece < 16; piece++) yield line(long);
      for (let at = 0; at < 3_000; at++) yield line(`line ${at}`);
    },
    ["<b>web-1</b>"],
  );
  const { page, faults } = await opened("/Pod/shop/web-1", { scheme: "dark" });
  await page.getByText("line 2999").waitFor();
  await page.getByText("Ended · 3,018 lines").waitFor();
  const rows = page.locator(".log-rows .log-line");
  expect(await rows.count()).toBeLessThan(200);
  await page.getByLabel("Log of Pod web-1").evaluate((box) => box.scrollTo(0, 0));
  await page.getByText("red", { exact: true }).waitFor();
  const [first = "", second = ""] = await texts(page);
  const whole = (await texts(page)).join("");
  expect(whole).toContain("<img src=x onerror=alert(1)>");
  expect(first.startsWith("red <img src=x")).toBe(true);
  expect(whole).toContain("title \\u202egpj.exe caf\ufffd \u2400");
  expect(second).not.toContain("pwned\u0007");
  expect(await page.locator(".log-rows [data-color='1']").allTextContents()).toEqual(["red"]);
  expect(await page.locator(".log-rows :is(img, script, b)").count()).toBe(0);
  expect(await page.title()).not.toContain("pwned");
  // In one row, what is very long is told of, not drawn.
  await page.getByLabel("Wrap").uncheck();
  await page.getByText("and 58,000 more characters").first().waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, "log-hostile-dark");
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("whoever scrolls up reads on undisturbed, is told how much came, and goes to the end by one press", async () => {
  let more = (_: number): void => undefined;
  const wanted: number[] = [200];
  control.setLogs(
    async function* (_, signal) {
      let at = 0;
      while (!signal.aborted) {
        const count = wanted.shift();
        if (count === undefined)
          await new Promise<void>((resolve) => {
            more = (next) => {
              wanted.push(next);
              resolve();
            };
            signal.addEventListener("abort", () => resolve());
          });
        else for (let many = 0; many < count; many++) yield line(`line ${at++}`);
      }
    },
    ["web-1"],
  );
  const { page, faults } = await opened("/Pod/shop/web-1");
  await page.getByText("line 199").waitFor();
  const log = page.getByLabel("Log of Pod web-1");
  await log.evaluate((box) => box.scrollTo(0, 900));
  await page.getByText("line 50", { exact: true }).waitFor();
  more(312);
  await page.getByRole("button", { name: "312 new lines" }).waitFor();
  expect(await log.evaluate((box) => box.scrollTop)).toBe(900);
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, "log-paused");
  await page.getByRole("button", { name: "312 new lines" }).click();
  await page.getByText("line 511", { exact: true }).waitFor();
  more(1);
  await page.getByText("line 512", { exact: true }).waitFor();
  expect(await page.getByRole("button", { name: "new line" }).count()).toBe(0);
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("several Pods are one log with their names, one of them is chosen; all is taken along as a file", async () => {
  pods("web-1", "web-2");
  podIs({
    spec: { containers: [{ name: "web" }] },
    status: { containerStatuses: [{ name: "web", state: RUNNING }] },
  });
  control.setLogs(
    async function* () {
      yield line("first", { pod: "web-1" });
      yield line("second", { pod: "web-2" });
    },
    ["web-1", "web-2"],
  );
  const { page, faults } = await opened("apps/Deployment/shop/web");
  await page.getByText("second").waitFor();
  expect((await page.locator(".log-rows .fixed").allTextContents()).map((text) => text.trim())).toEqual([
    "web-1",
    "web-2",
  ]);
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download" }).click();
  const download = await saved;
  expect([download.suggestedFilename(), await Bun.file((await download.path()) ?? "").text()]).toEqual([
    "web.log",
    "web-1 first\nweb-2 second\n",
  ]);
  await chooser(page, "Pod").selectOption("web-2");
  await eventually("one Pod is asked for", async () => asked().includes('"pod":"web-2"'));
  await screenshot(page, "log-pods");
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("a Pod that has not begun says why and what happened last, and is read when it begins", async () => {
  pods("web-1");
  let state: object = {
    waiting: { reason: "ImagePullBackOff", message: "Back-off pulling image <b>shop:9</b>" },
  };
  control.liveObject = async (_, ref) => ({
    is: "found",
    value: {
      ...{ apiVersion: "v1", kind: "Pod", metadata: { name: ref.name, namespace: "shop" } },
      spec: { containers: [{ name: "web" }] },
      status: { containerStatuses: [{ name: "web", state }] },
    } as KubeObject,
  });
  control.setLogs(
    async function* () {
      if (state === RUNNING) yield line("begun");
    },
    ["web-1"],
  );
  const { page, faults } = await opened("/Pod/shop/web-1");
  await page
    .getByText("web waits to start: ImagePullBackOff: Back-off pulling image <b>shop:9</b>")
    .waitFor();
  await page.getByText("Last event").waitFor();
  await page.getByText("for web-1").waitFor();
  await screenshot(page, "log-not-begun");
  state = RUNNING;
  await page.getByText("begun", { exact: true }).waitFor();
  expect(await page.getByText("waits to start").count()).toBe(0);
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("a Pod that is made again under its name is followed behind a mark; no line comes twice, and the others go on", async () => {
  pods("web-1", "web-2");
  const uids: Record<string, string> = { "web-1": "u-1", "web-2": "u-2" };
  let startedAt = "2026-11-30T04:31:00Z";
  control.liveObject = async (_, ref) => ({
    is: "found",
    value: {
      ...{ apiVersion: "v1", kind: "Pod" },
      metadata: { name: ref.name, namespace: "shop", uid: uids[ref.name] },
      spec: { containers: [{ name: "web" }] },
      status: {
        containerStatuses: [
          { name: "web", state: { running: ref.name === "web-1" ? { startedAt } : RUNNING.running } },
        ],
      },
    } as KubeObject,
  });
  const read: string[] = [];
  control.setLogs(
    async function* (ask, signal) {
      read.push(ask.sinceTime ?? "");
      if (read.length === 1) {
        yield line("of the first", { time: "2026-11-30T04:31:08Z" });
        yield line("of the other", { pod: "web-2", time: "2026-11-30T04:31:09.5Z" });
      } else {
        // From before the seam, as a server that is asked for seconds sends it again.
        yield line("of the other", { pod: "web-2", time: "2026-11-30T04:31:09.5Z" });
        yield line("of the second", { time: "2026-11-30T04:31:07Z" });
        yield line("of the other, later", { pod: "web-2", time: "2026-11-30T04:31:10Z" });
      }
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    },
    ["web-1", "web-2"],
  );
  const { page, faults } = await opened("apps/Deployment/shop/web");
  await page.getByText("of the other").waitFor();
  uids["web-1"] = "u-9";
  startedAt = "2026-11-30T04:31:20Z";
  // As the daemon tells that it looked again.
  control.put({
    ...fakeApp("argocd", "web"),
    status: {
      ...{ sync: { status: "Synced", comparedTo: { destination: {} } }, health: { status: "Healthy" } },
      ...{ reconciledAt: "2026-11-30T04:31:21Z", resources: [], history: [] },
    },
  });
  await page.getByText("of the other, later").waitFor();
  expect(await texts(page)).toEqual([
    ...["of the first", "of the other", "web-1: another Pod of this name, the one before is gone"],
    ...["of the second", "of the other, later"],
  ]);
  expect(await page.locator('.log-line[data-is="break"]').count()).toBe(1);
  expect(read).toEqual(["", "2026-11-30T04:31:04.500Z"]);
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, "log-break");
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("of a log that nobody answered yet it is said that it is asked for, and only of an answer that no line came", async () => {
  pods("web-1");
  podIs({ status: { containerStatuses: [{ name: "app", state: RUNNING }] } });
  const { logs } = control;
  const answer = Promise.withResolvers<void>();
  const says = Promise.withResolvers<void>();
  control.logs = async (...ask) => {
    await answer.promise;
    const found = await logs.call(control, ...ask);
    if (found.is !== "found") return found;
    const events = (async function* () {
      await says.promise;
      yield line("at last");
    })();
    return { is: "found", value: { ...found.value, events } };
  };
  const { page, faults } = await opened("/Pod/shop/web-1");
  await page.getByText("Asking for it…").waitFor();
  await page.getByText("Asking · 0 lines").waitFor();
  expect(await page.getByText(/No line has come|Nothing was written/).count()).toBe(0);
  answer.resolve();
  await page.getByText("No line has come yet.").waitFor();
  await page.getByText("Following · 0 lines").waitFor();
  says.resolve();
  await page.getByText("at last").waitFor();
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);
