/** A terminal on the page, over the real line to a server that speaks Kubernetes' own protocol. */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { connectCluster } from "../../src/cluster/cluster.ts";
import type { ActivityNote } from "../../src/core/model/activity.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { Cluster } from "../../src/core/ports/cluster.ts";
import type { ResourceNode } from "../../src/engine/control.ts";
import { openTerminal } from "../../src/engine/show/terminal.ts";
import { type FakeControl, fakeApp, fakeControl } from "../fakes/fake-control.ts";
import {
  accessibilityProblems,
  screenshot,
  startBrowser,
  type Watched,
  watchedPage,
} from "../lib/browser.ts";
import { eventually } from "../lib/eventually.ts";
import { type ExecServer, startExecServer } from "../lib/exec-server.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";
import { recordingLog } from "../lib/recording-log.ts";

let browser: Browser;
let control: FakeControl;
let api: FakeApi;
let server: ExecServer;
let cluster: Cluster;
let notes: Omit<ActivityNote, "at">[];
let setting: { is: "on" | "off"; shells: string[] };
let isThere: boolean;

beforeAll(async () => {
  browser = await startBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
});
beforeEach(async () => {
  control = fakeControl();
  control.put(fakeApp("argocd", "web"));
  server = startExecServer({ shells: ["sh"] });
  cluster = await connectCluster({
    ...{ name: "c", server: server.url, log: recordingLog() },
    kubeconfig: {
      text: JSON.stringify({
        "current-context": "c",
        clusters: [{ name: "c", cluster: { server: server.url } }],
        users: [{ name: "u", user: {} }],
        contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
      }),
    },
  });
  notes = [];
  setting = { is: "on", shells: ["bash", "sh"] };
  isThere = true;
  const pod: ResourceNode = {
    ref: { group: "", kind: "Pod", namespace: "shop", name: "web-1" },
    ...{ version: "v1", uid: "pod-1", resourceVersion: "1", createdAt: undefined, images: [], info: [] },
    parents: [{ group: "apps", kind: "Deployment", namespace: "shop", name: "web", uid: "u-1" }],
    health: { status: "Healthy", message: "" },
  };
  const object = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web-1", namespace: "shop", uid: "pod-1" },
    spec: { containers: [{ name: "web" }, { name: "proxy" }], initContainers: [{ name: "migrate" }] },
    status: {
      containerStatuses: ["web", "proxy"].map((name) => ({ name, state: { running: {} } })),
      initContainerStatuses: [{ name: "migrate", state: { terminated: { exitCode: 0 } } }],
    },
  } as KubeObject;
  const { resourceTree } = control;
  control.resourceTree = (key) => {
    const found = resourceTree.call(control, key);
    return found.is === "absent" || !isThere ? found : { is: "found", value: [...found.value, pod] };
  };
  control.liveObject = async () => ({ is: "found", value: object });
  control.setTerminal((ask, signal) =>
    openTerminal(
      { exec: (...asked) => cluster.exec(...asked), read: async () => ({ is: "found", object }) },
      () => (isThere ? [pod] : []),
      ask,
      signal,
    ),
  );
  api = startFakeApi(control, {
    settings: () => ({
      ...{ installationID: "", namespaces: "home", impersonation: "off", plugins: [], trust: [], badges: [] },
      kustomize: { buildOptions: [], versions: [] },
      terminal: setting,
    }),
    onDeed: (note) => void notes.push(note),
  });
  return async () => {
    await api.stop();
    await cluster.stop();
    await server.stop();
  };
});

async function opened(options: Parameters<typeof watchedPage>[2] = {}): Promise<Watched> {
  const watched = await watchedPage(browser, api.url, options);
  watched.page.setDefaultTimeout(20_000);
  await watched.page.goto(`${api.url}/applications/argocd/web?node=/Pod/shop/web-1&tab=terminal`);
  return watched;
}
const shown = (page: Page): Promise<string> =>
  page
    .locator(".terminal-box .xterm-rows")
    .evaluate((rows) => [...rows.children].map((row) => (row.textContent ?? "").trimEnd()).join("\n"));
const shows = (page: Page, text: string): Promise<unknown> =>
  eventually(`${text} is shown`, async () => (await shown(page)).includes(text));
async function begin(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Open a terminal" }).click();
  await page.getByText("sh in web", { exact: true }).waitFor();
  await shows(page, "$");
}

test("a click opens a shell, keys go to it, and it ends with how it ended", async () => {
  const { page, faults } = await opened();
  await page.getByRole("button", { name: "Open a terminal" }).waitFor();
  // A link alone opens none.
  expect(server.asked).toEqual([]);
  await begin(page);
  expect(server.asked).toEqual(["bash in web of shop/web-1", "sh in web of shop/web-1"]);
  await page.keyboard.type("echo grüße 🐟");
  await page.keyboard.press("Enter");
  await shows(page, "\ngrüße 🐟");
  // Esc and Tab are the shell's, and nothing of the page is closed by them.
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  await eventually("both are typed", async () => server.typed().endsWith("\u001b\t"));
  expect(await page.locator(".terminal-box textarea").evaluate((it) => it === document.activeElement)).toBe(
    true,
  );
  await page.keyboard.press("Control+K");
  await eventually("that too", async () => server.typed().endsWith("\u000b"));
  expect(await page.getByRole("dialog").count()).toBe(0);
  // Out of it by keys, and back.
  await page.keyboard.press("Control+Shift+L");
  expect(
    await page
      .getByRole("button", { name: "End", exact: true })
      .evaluate((it) => it === document.activeElement),
  ).toBe(true);
  await screenshot(page, "terminal-light");
  // Nor does a key that is not the shell's end it.
  await page.keyboard.press("Escape");
  await page.keyboard.press("]");
  expect(server.open()).toBe(1);
  await page.locator(".terminal-box textarea").focus();
  await page.keyboard.press("Enter");
  await page.keyboard.type("exit 3");
  await page.keyboard.press("Enter");
  await page.getByText("It has ended: the shell has ended with 3.").waitFor();
  expect(notes.map(({ action, details }) => [action, details])).toEqual([
    ["open-terminal", { pod: "shop/web-1", container: "web" }],
    [
      "close-terminal",
      {
        ...{ pod: "shop/web-1", container: "web", shell: "sh", code: 3 },
        ...{ seconds: expect.any(Number), ended: "the shell has ended with 3" },
      },
    ],
  ]);
  expect(JSON.stringify(notes)).not.toContain("grüße");
  expect(faults()).toEqual([]);
}, 60_000);

test("what a program writes is drawn in its colours and obeyed in nothing else, and the policy of the page stays whole", async () => {
  const { page, faults } = await opened();
  await page.evaluate(() => {
    const seen: string[] = [];
    Object.assign(globalThis, { seen });
    document.addEventListener("securitypolicyviolation", (event) => seen.push(event.violatedDirective));
    globalThis.open = () => {
      seen.push("a window");
      return null;
    };
    navigator.clipboard.writeText = async () => void seen.push("the clipboard");
  });
  await begin(page);
  const title = await page.title();
  const esc = "\u001b";
  const sequences = [
    `${esc}]0;You are root\u0007`,
    `${esc}]52;c;cm0gLXJmIC8=\u0007`,
    `${esc}]8;;javascript:document.title='owned'${esc}\\click here${esc}]8;;${esc}\\ `,
    `${esc}]8;;https://elsewhere.example${esc}\\or here${esc}]8;;${esc}\\ `,
    `${esc}]9;notify\u0007${esc}]777;notify;a;b\u0007${esc}]1337;File=inline=1:AAAA\u0007`,
    `${esc}[21t${esc}[8;500;500t${esc}[3;0;0t`,
    "<img src=x onerror=document.title='owned'>",
    `\r\n${esc}[31mred${esc}[0m ${esc}[38;5;208morange${esc}[0m ${esc}[38;2;1;2;3mdark${esc}[0m ${esc}[48;2;9;99;199mback${esc}[0m ${esc}[4:3mwavy${esc}[0m`,
  ];
  for (const one of sequences) server.write(one);
  await shows(page, "red orange dark back wavy");
  expect(await shown(page)).toContain("click here or here <img src=x");
  await page.getByText("click here").first().click({ force: true });
  await page.getByText("or here").first().click({ force: true });
  expect(await page.title()).toBe(title);
  expect(await page.evaluate(() => (globalThis as unknown as { seen: string[] }).seen)).toEqual([]);
  expect(await page.locator(".terminal-box a, .terminal-box img").count()).toBe(0);
  // Colours come from the program's own words, and are changed only as far as they could not be read.
  const colourOf = (word: string): Promise<string> =>
    page
      .locator(".xterm-rows span", { hasText: new RegExp(`^${word}$`) })
      .evaluate((it) => getComputedStyle(it).color);
  const plain = await page.locator(".xterm-rows").evaluate((it) => getComputedStyle(it).color);
  expect(
    new Set([await colourOf("red"), await colourOf("orange"), await colourOf("back"), plain]).size,
  ).toBeGreaterThan(2);
  expect(server.typed()).not.toContain("rm");
  expect(faults()).toEqual([]);
}, 60_000);

test("several lines are asked about before they are pasted, unless the shell holds them back itself", async () => {
  const { page, faults } = await opened();
  await begin(page);
  const paste = (text: string): Promise<void> =>
    page.locator(".terminal-box textarea").evaluate((it, data) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", data);
      it.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }, text);
  await paste("echo one");
  await eventually("one line is pasted", async () => server.typed() === "echo one");
  await paste("\nexit 1\nexit 2\n");
  const dialog = page.getByRole("dialog", { name: "Paste several lines?" });
  await dialog.getByText("exit 1").waitFor();
  expect(server.typed()).toBe("echo one");
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  expect(server.typed()).toBe("echo one");
  await eventually("the terminal has the focus again", () =>
    page.locator(".terminal-box textarea").evaluate((it) => it === document.activeElement),
  );
  await paste("\necho two\n");
  await dialog.getByRole("button", { name: "Paste" }).click();
  await eventually("it is pasted", async () => server.typed() === "echo one\recho two\r".replace("\r", "\r"));
  // In brackets, which nothing that is pasted closes.
  server.write("\u001b[?2004h");
  await page.waitForTimeout(300);
  await paste("a\n\u001b[201~b\n");
  await eventually("it is in brackets", async () =>
    server.typed().endsWith("\u001b[200~a\r[201~b\r\u001b[201~"),
  );
  expect(await dialog.count()).toBe(0);
  expect(faults()).toEqual([]);
}, 60_000);

test("its size is the window's, a flood is read as fast as it is drawn, and another container is another terminal", async () => {
  const { page, faults } = await opened();
  await begin(page);
  const before = server.sizes.at(-1);
  await page.getByRole("link", { name: "Full page" }).click();
  await eventually("the new size is told", async () => server.sizes.at(-1) !== before);
  await page.keyboard.press("Control+Shift+L");
  await page.locator(".terminal-box textarea").focus();
  // 1.2 MB: more than twice what may be on its way.
  await page.keyboard.type("flood 1200");
  await page.keyboard.press("Enter");
  await page.keyboard.type("echo after");
  await page.keyboard.press("Enter");
  await shows(page, "\nafter");
  await page.getByRole("button", { name: "End", exact: true }).click();
  await eventually("the shell is left", async () => server.open() === 0);
  await page.getByRole("button", { name: "proxy" }).click();
  await page.getByRole("button", { name: "Open a terminal" }).click();
  await page.getByText("sh in proxy", { exact: true }).waitFor();
  expect(server.asked.at(-1)).toBe("sh in proxy of shop/web-1");
  expect(await page.locator(".cli code").last().textContent()).toBe(
    "kubectl exec -it -n shop web-1 -c proxy -- sh",
  );
  expect(notes.map(({ action }) => action)).toEqual(["open-terminal", "close-terminal", "open-terminal"]);
  expect(faults()).toEqual([]);
}, 60_000);

test("a Pod that goes, a line that is cut and an image without a shell are said in words, and it is opened again", async () => {
  const { page, faults } = await opened();
  await begin(page);
  server.cut();
  await page.getByText(/^It has ended: the connection to the API server was cut/).waitFor();
  await page.getByRole("button", { name: "Open again" }).click();
  await page.getByText("sh in web", { exact: true }).waitFor();
  setting = { is: "off", shells: [] };
  await page.getByText(/^It has ended: terminals are off: exec.enabled/).waitFor();
  await eventually("the shell is left", async () => server.open() === 0);
  setting = { is: "on", shells: ["zsh", "fish"] };
  await page.getByRole("button", { name: "Open again" }).click();
  await page
    .getByText(
      "there is no shell in the image of web: tried zsh, fish. A container for debugging has one: kubectl debug.",
    )
    .waitFor();
  setting = { is: "on", shells: ["sh"] };
  await page.getByRole("button", { name: "Open again" }).click();
  await page.getByText("sh in web", { exact: true }).waitFor();
  isThere = false;
  await page.getByText("It has ended: the Pod is no longer one of the application's.").waitFor();
  expect(notes.at(-1)?.outcome).toEqual({
    is: "failed",
    why: "the Pod is no longer one of the application's",
  });
  expect(faults()).toEqual([]);
}, 60_000);

test("where it is off a click on the tab says why and how it is turned on, and nothing of a terminal is loaded before its tab is opened", async () => {
  setting = { is: "off", shells: [] };
  const { page, faults } = await opened();
  const why = page
    .getByRole("tabpanel")
    .getByText(/^No terminal here: terminals are off: exec.enabled of the config turns them on/);
  await why.waitFor();
  await page.goto(`${api.url}/applications/argocd/web?node=/Pod/shop/web-1&tab=summary`);
  const tab = page.getByRole("tab", { name: "Terminal" });
  await page.locator('[role="tab"][data-is="off"]', { hasText: "Terminal" }).waitFor();
  await tab.click();
  await why.waitFor();
  expect([await tab.getAttribute("aria-selected"), await why.textContent()]).toEqual([
    "true",
    expect.stringContaining("exec: { enabled: true }"),
  ]);
  expect(await accessibilityProblems(page)).toEqual([]);
  const loaded = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
  expect(loaded.filter((name) => name.includes("terminal-view"))).toEqual([]);
  expect(faults()).toEqual([]);
}, 60_000);

test.each([
  ["light", 1440],
  ["dark", 1024],
  ["dark", 390],
  ["light", 320],
] as const)(
  "is readable and whole in %s at %i pixels",
  async (scheme, width) => {
    const { page, faults } = await opened({ scheme, width });
    await page.getByRole("button", { name: "Open a terminal" }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByLabel("Screen reader").check();
    await begin(page);
    server.write(
      "\u001b[32mok\u001b[0m \u001b[31mfailed\u001b[0m \u001b[33mslow\u001b[0m \u001b[36mcyan\u001b[0m \u001b[90mdim\u001b[0m\r\n$ ",
    );
    await shows(page, "failed");
    await eventually("what is shown is there to be said", async () =>
      ((await page.locator(".xterm-accessibility-tree").textContent()) ?? "").includes("failed"),
    );
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
    await screenshot(page, `terminal-${scheme}-${width}`);
    expect(faults()).toEqual([]);
  },
  60_000,
);
