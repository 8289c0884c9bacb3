/** What can be done with an application: one menu, by keys as by pointer, each with why not, and each shown before it is done. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import type { ApplicationStatus } from "../../src/core/model/application.ts";
import { Failure } from "../../src/core/model/failure.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { AppOrigin } from "../../src/engine/control.ts";
import { COMMIT, type FakeControl, fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { chooseAction } from "../lib/actions-menu.ts";
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
afterEach(() => api?.stop());

const RESOURCES = [
  { group: "apps", version: "v1", kind: "Deployment", namespace: "shop", name: "web", status: "OutOfSync" },
  { version: "v1", kind: "ConfigMap", namespace: "shop", name: "<img src=x onerror=alert(1)>" },
  { version: "v1", kind: "PersistentVolumeClaim", namespace: "shop", name: "data" },
  { version: "v1", kind: "Secret", namespace: "shop", name: "kept", kept: "its annotation Prune=false" },
] as unknown as NonNullable<ApplicationStatus["resources"]>;

function served(
  status: Partial<ApplicationStatus> = {},
  { automated, origin }: { automated?: object; origin?: AppOrigin } = {},
): void {
  control = fakeControl();
  const app = fakeApp("argocd", "web");
  control.put(
    {
      ...app,
      spec: { ...app.spec, ...(automated === undefined ? {} : { syncPolicy: { automated } }) },
      status: {
        ...{ sync: { status: "OutOfSync", comparedTo: { destination: {} } }, health: { status: "Healthy" } },
        ...{ resources: RESOURCES, history: [], ...status },
      },
    },
    origin,
  );
  api = startFakeApi(control);
}

async function open(expected: number[] = []): Promise<Watched> {
  const watched = await watchedPage(browser, api.url, { expected });
  const rights = watched.page.waitForResponse(/\/rights$/);
  await watched.page.goto(`${api.url}/applications/argocd/web`);
  await watched.page.getByRole("heading", { level: 1, name: "web" }).waitFor();
  await rights;
  return watched;
}
const focused = (page: Page): Promise<string> =>
  page.evaluate(
    () =>
      document.activeElement?.querySelector(".what")?.textContent ??
      document.activeElement?.textContent ??
      "",
  );

test("what is suspended has its Resume beside what says so, for as long as its cluster offers it", async () => {
  const web = { ...RESOURCES[0], status: "Synced", health: { status: "Suspended" } };
  served({
    sync: { status: "Synced", comparedTo: { destination: {} } },
    health: { status: "Suspended", message: "apps/Deployment shop/web: The rollout is paused" },
    resources: [web] as never,
  });
  let offered = [{ name: "resume", says: "lets its rollout go on", parameters: [] }] as never[];
  const done: string[] = [];
  control.actions = async () => ({ is: "found", value: offered });
  control.act = async (key, { ref, action, mode }) => {
    done.push(`${mode === "dry-run" ? "rehearse" : "act"} ${key} ${action} ${ref.kind}/${ref.name}`);
    return { is: "acted", done: [{ ref, did: "changed", fields: ["spec.paused"] }] };
  };
  const { page, faults } = await open();
  await page.locator(".words", { hasText: "The rollout is paused" }).getByRole("button").click();
  const dialog = page.getByRole("dialog", { name: "resume web" });
  await dialog.getByRole("button", { name: "resume" }).click();
  await dialog.waitFor({ state: "detached" });
  expect(done).toEqual(["rehearse argocd/web resume Deployment/web", "act argocd/web resume Deployment/web"]);
  expect(await accessibilityProblems(page)).toEqual([]);
  offered = [];
  const asked = page.waitForResponse(/resource\/actions/);
  await page.reload();
  await page.locator(".words", { hasText: "The rollout is paused" }).waitFor();
  await asked;
  expect(await page.getByRole("button", { name: /^Resume/ }).count()).toBe(0);
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("of a long path the repository gives way: its folder is read, and nothing else goes to a second line", async () => {
  served();
  const known = control.application("argocd/web" as never);
  if (known?.spec.source !== undefined)
    known.spec.source.repoURL = `https://git.example.com/${"a-team-of-some-length/".repeat(12)}shop.git`;
  const { page, faults } = await open();
  const source = page.locator(".application-head .source");
  await source.getByText("from git.example.com/a-team").waitFor();
  const seen = await source.evaluate((one) => {
    const [repository, part] = [".repository", ".part"].map((name) => one.querySelector(name) as HTMLElement);
    return {
      isCut: (repository?.scrollWidth ?? 0) > (repository?.clientWidth ?? 0),
      isFolderCut: (part?.scrollWidth ?? 0) > (part?.clientWidth ?? 0),
      tops: new Set(
        [...(one.parentElement?.children ?? [])].map((item) =>
          Math.round(item.getBoundingClientRect().top / 8),
        ),
      ).size,
      whole: one.getAttribute("title")?.startsWith("git.example.com/a-team-of-some-length/a-team"),
    };
  });
  expect(seen).toEqual({ isCut: true, isFolderCut: false, tops: 1, whole: true });
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test.each([
  [1366, "apps/the-guestbook"],
  [1366, "apps/a-folder-of-some-length/overlays/of-the-team-in-production"],
  [390, "apps/a-folder-of-some-length/overlays/of-the-team-in-production"],
])(
  "of a folder nothing is cut at a width of %d: %s",
  async (width, path) => {
    served();
    const known = control.application("argocd/web" as never);
    if (known?.spec.source === undefined) throw new Error("it has no source");
    Object.assign(known.spec.source, {
      repoURL: `https://git.example.com/${"a-team/".repeat(9)}shop.git`,
      path,
    });
    const { page, faults } = await open();
    await page.setViewportSize({ width, height: 850 });
    const part = page.locator(".application-head .source .part");
    await part.getByText(path).waitFor();
    const seen = await part.evaluate((one) => {
      const text = document.createRange();
      text.selectNodeContents(one);
      const [needs, has, line] = [text, one, one.closest(".facts")!].map((it) => it.getBoundingClientRect());
      // Of a line that is cut by less than a pixel three letters are gone.
      return { isWhole: needs!.width <= has!.width, isInside: has!.right <= line!.right };
    });
    expect(seen).toEqual({ isWhole: true, isInside: true });
    expect(faults()).toEqual([]);
    await page.context().close();
  },
  60_000,
);

test("a dialog that goes on says so until its end is seen, and the line for the command line is its end", async () => {
  served({
    resources: Array.from({ length: 40 }, (_, at) => ({
      ...{
        version: "v1",
        kind: "ConfigMap",
        namespace: "shop",
        name: `c${at}`,
        status: "OutOfSync" as const,
      },
    })),
  });
  const { page, faults } = await open();
  await page.setViewportSize({ width: 900, height: 420 });
  await page
    .getByRole("button", { name: "Sync web" })
    .or(page.getByRole("button", { name: /Review/ }))
    .first()
    .click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("holdfast app sync").waitFor({ state: "attached" });
  const sign = dialog.getByRole("button", { name: "More below" });
  await sign.waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, "dialog-more-below");
  const content = dialog.locator(".content");
  // Pressed on and on it leads to the end, by pointer and by keys, and opens nothing that lies under it.
  const topOf = () => content.evaluate((box) => box.scrollTop);
  const opened = await dialog.locator("details[open]").count();
  await sign.click();
  await eventually("it went on", async () => (await topOf()) > 0);
  expect(await dialog.locator("details[open]").count()).toBe(opened);
  const isAtEnd = () => content.evaluate((box) => box.scrollTop + box.clientHeight >= box.scrollHeight - 1);
  for (let press = 0; press < 50 && !(await isAtEnd()); press++) {
    const before = await topOf();
    await sign.press("Enter");
    await eventually("it went on", async () => (await topOf()) > before);
  }
  await sign.waitFor({ state: "hidden" });
  expect(await content.evaluate((box) => document.activeElement === box)).toBe(true);
  const [line, last] = await Promise.all([
    dialog.locator(".cli").boundingBox(),
    dialog.getByText("Reason, for the history").boundingBox(),
  ]);
  expect(line!.y).toBeGreaterThan(last!.y);
  await content.evaluate((box) => box.scrollTo(0, 0));
  await sign.waitFor();
  await page.setViewportSize({ width: 900, height: 4_000 });
  await sign.waitFor({ state: "hidden" });
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("a source that is not there leads to where it is corrected, and two states of one word are told apart", async () => {
  const message =
    "web: cannot render: git.example.com/shop has no such folder at 957ec63. Correct the source's path, or its revision";
  served({
    sync: { status: "Unknown", comparedTo: { destination: {} } },
    health: { status: "Unknown", message },
    conditions: [{ type: "ComparisonError", message, lastTransitionTime: "2026-11-29T10:00:00Z" }],
  });
  const { page, faults } = await open();
  expect(await page.locator(".title .state").allInnerTexts()).toEqual([
    expect.stringMatching(/^Sync\s*Unknown$/),
    expect.stringMatching(/^Health\s*Unknown$/),
  ]);
  await page.getByRole("link", { name: "Edit its source" }).click();
  await page.waitForURL(/view=config&edit=yes|edit=yes&view=config/);
  expect(await page.getByRole("tab", { name: "Config" }).getAttribute("aria-selected")).toBe("true");
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

describe("the menu of actions", () => {
  test("opens by its key, is moved through by arrows and letters, and gives the focus back", async () => {
    served();
    const { page, faults } = await open();
    await page.keyboard.press(".");
    await page.getByRole("menu", { name: "Actions of web" }).waitFor();
    expect(await focused(page)).toBe("Review & sync…");
    await page.keyboard.press("End");
    expect(await focused(page)).toBe("Delete…");
    await page.keyboard.press("ArrowDown");
    expect(await focused(page)).toBe("Review & sync…");
    await page.keyboard.press("c");
    expect(await focused(page)).toBe("Copy link");
    // Letters are of the menu: no shortcut of the page acts below it.
    await page.keyboard.press("r");
    expect(control.calls).toEqual([]);
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "actions");
    await page.keyboard.press("Escape");
    await page.getByRole("menu").waitFor({ state: "detached" });
    expect(await focused(page)).toBe("Actions");
    await page.keyboard.press("Enter");
    await page.getByRole("menu").waitFor();
    await page.locator("h1").click();
    await page.getByRole("menu").waitFor({ state: "detached" });
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("says of each that cannot be done why, and does nothing of it", async () => {
    served({}, { automated: {}, origin: { from: "file", file: "apps/web.yaml", line: 3 } });
    const { page, faults } = await open();
    await page.keyboard.press(".");
    const item = page.getByRole("menuitem", { name: /^Pause automated sync/ });
    expect(await item.getAttribute("aria-disabled")).toBe("true");
    await item.getByText("It is written in apps/web.yaml:3: change it there").waitFor();
    await item.click({ force: true });
    const gone = page.getByRole("menuitem", { name: /^Delete/ });
    await gone.click({ force: true });
    const colours = await Promise.all(
      [item, gone].map((one) => one.evaluate((button) => getComputedStyle(button).color)),
    );
    expect(colours[1]).toBe(colours[0] ?? "");
    expect([await page.getByRole("dialog").count(), control.calls]).toEqual([0, []]);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("copies the link of what is shown, and the same by the command line", async () => {
    served();
    const { page, faults } = await open();
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    const copied = () => page.evaluate(() => navigator.clipboard.readText());
    await page.keyboard.press("h");
    await page.keyboard.press("c");
    await page.getByText(/^Copied: http/).waitFor();
    expect(await copied()).toBe(`${api.url}/applications/argocd/web?view=history`);
    await chooseAction(page, "web", "Copy as CLI");
    await page.getByText(/^Copied: holdfast/).waitFor();
    expect(await copied()).toBe("holdfast app history argocd/web");
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);
});

describe("the deletion of an application", () => {
  test("lists what goes, data first, and wants its name; a double click sends one request", async () => {
    served();
    const { page, faults } = await open();
    await chooseAction(page, "web", /^Delete/);
    const dialog = page.getByRole("dialog", { name: "Delete web" });
    await dialog.getByText("3 objects on the cluster go with it, 1 with data in it.").waitFor();
    expect(
      await dialog.getByRole("list", { name: "What goes" }).getByRole("listitem").allTextContents(),
    ).toEqual([
      "data PersistentVolumeClaim shop/data",
      "Deployment shop/web",
      "ConfigMap shop/<img src=x onerror=alert(1)>",
    ]);
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "delete");
    const go = dialog.getByRole("button", { name: "Delete it and 3 objects" });
    await go.click();
    await dialog.getByRole("alert").getByText("Type web to say that these may go.").waitFor();
    expect(control.calls).toEqual([]);
    await dialog.getByRole("textbox").fill("web");
    await dialog.getByLabel("Without the hooks around its deletion (PreDelete, PostDelete)").check();
    await dialog
      .getByText("holdfast app delete argocd/web --propagation-policy foreground --skip-hooks", {
        exact: true,
      })
      .waitFor();
    await go.dblclick();
    await page.getByRole("heading", { name: "There is no application web" }).waitFor();
    expect(control.calls).toEqual(["remove argocd/web foreground without hooks user:local"]);
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("opens each object to the lines that go with it, which nobody asks for while it is folded", async () => {
    served();
    const looked: string[] = [];
    control.liveObject = async (_, { kind, namespace, name }) => {
      looked.push(`${kind} ${namespace}/${name}`);
      if (kind === "ConfigMap") return { is: "absent" };
      const metadata = { namespace, name, uid: "u-1", resourceVersion: "812" };
      const spec = { replicas: 3, note: "<img src=x onerror=alert(1)>" };
      return {
        is: "found",
        value: { apiVersion: "apps/v1", kind, metadata, spec, status: { replicas: 3 } } as KubeObject,
      };
    };
    const { page, faults } = await open([404]);
    await chooseAction(page, "web", /^Delete/);
    const objects = page.getByRole("dialog").getByRole("list", { name: "What goes" });
    const object = (of: string) => objects.getByRole("listitem").filter({ hasText: of });
    await object("Deployment").waitFor();
    expect(looked).toEqual([]);
    await object("Deployment").locator("summary").click();
    const lines = object("Deployment").locator("del");
    await lines.first().waitFor();
    // Behind their signs.
    expect((await lines.allTextContents()).map((line) => line.replace(/^−/, ""))).toEqual([
      ...["apiVersion: apps/v1", "kind: Deployment", "metadata:", "  namespace: shop", "  name: web"],
      ...["spec:", "  replicas: 3", '  note: "<img src=x onerror=alert(1)>"'],
    ]);
    // What went meanwhile is said where its lines would stand, and of nothing else.
    await object("ConfigMap").locator("summary").click();
    await object("ConfigMap").getByRole("alert").waitFor();
    expect(await object("ConfigMap").locator("del").count()).toBe(0);
    expect(looked).toEqual(["Deployment shop/web", "ConfigMap shop/<img src=x onerror=alert(1)>"]);
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "delete-opened");
    await object("Deployment").locator("summary").click();
    await lines.first().waitFor({ state: "detached" });
    expect([control.calls, faults()]).toEqual([[], []]);
    await page.context().close();
  }, 60_000);

  test("of the application alone asks no name, and says that its objects stay", async () => {
    served();
    const { page, faults } = await open();
    await chooseAction(page, "web", /^Delete/);
    const dialog = page.getByRole("dialog", { name: "Delete web" });
    await dialog.getByLabel("The application alone").check();
    await dialog.getByText("3 objects on the cluster stay as they are.").waitFor();
    expect(await dialog.getByRole("textbox").count()).toBe(0);
    await dialog.getByRole("button", { name: "Delete the application" }).click();
    await eventually("it is asked for", async () => control.calls.length === 1);
    expect(control.calls).toEqual(["remove argocd/web none user:local"]);
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("that is refused says why in its place, and what was typed is there still", async () => {
    served();
    const { page } = await open([400, 409]);
    await chooseAction(page, "web", /^Delete/);
    const dialog = page.getByRole("dialog", { name: "Delete web" });
    await dialog.getByRole("textbox").fill("web");
    // It moved into a file meanwhile.
    control.put(control.application("argocd/web" as never) ?? fakeApp("argocd", "web"), {
      ...{ from: "file", file: "apps/web.yaml", line: 1 },
    });
    await dialog.getByRole("button", { name: "Delete it and 3 objects" }).click();
    await dialog
      .getByRole("alert")
      .getByText(/apps\/web\.yaml/)
      .waitFor();
    expect(await dialog.getByRole("textbox").inputValue()).toBe("web");
    await page.context().close();
  }, 60_000);
});

describe("automated sync", () => {
  test("is paused and let go on, with what comes of it said before", async () => {
    served({}, { automated: { selfHeal: true } });
    const { page, faults } = await open();
    const policy = () => control.application("argocd/web" as never)?.spec.syncPolicy?.automated;
    await page.locator(".facts").getByText("synced automatically").waitFor();
    await chooseAction(page, "web", /^Pause automated sync/);
    const dialog = page.getByRole("dialog");
    await dialog.getByText(/New commits are compared and shown, and not synced/).waitFor();
    await dialog.getByText(/and not put back/).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Cancel" }).click();
    expect(control.calls).toEqual([]);
    await chooseAction(page, "web", /^Pause automated sync/);
    await dialog.getByRole("button", { name: "Pause automated sync" }).click();
    await page.locator(".facts").getByText("automated sync is paused").waitFor();
    expect(policy()).toEqual({ selfHeal: true, enabled: false });
    await chooseAction(page, "web", /^Resume automated sync/);
    await dialog.getByText("It is synced at once: 1 to update. From then on each commit is.").waitFor();
    await dialog.getByText(/is put back\.$/).waitFor();
    await dialog.getByText("Nobody's pausing of it is on record here.").waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Resume automated sync" }).click();
    await page.locator(".facts").getByText("synced automatically").waitFor();
    expect([policy(), faults()]).toEqual([{ selfHeal: true, enabled: true }, []]);
    await page.context().close();
  }, 60_000);
});

describe("the way back", () => {
  const entry = (id: number, revision: string) => ({
    ...{ id, revision: revision.repeat(40), deployedAt: "2026-11-23T04:31:08Z", cause: "manual" as const },
  });
  const HISTORY = { history: [entry(0, "a"), entry(1, "b"), entry(2, "c")] };

  test("opens at the deployment before, by Git where that can be; another one and the other way are chosen there", async () => {
    served(HISTORY, { automated: {} });
    const { rollbackPlan, revertPlan } = control;
    // The oldest one has just fallen out of the history.
    const there = (deployment: number): void => {
      if (deployment === 0)
        throw new Failure("not-found", "Application argocd/web", "after-edit", {
          cannot: "go back to deployment 0",
          why: "there is no deployment 0 in its history",
        });
    };
    control.rollbackPlan = async (key, deployment) => {
      there(deployment);
      return rollbackPlan.call(control, key, deployment);
    };
    control.revertPlan = async (key, deployment) => {
      there(deployment);
      return revertPlan.call(control, key, deployment);
    };
    const { page, faults } = await open([400, 404]);
    await chooseAction(page, "web", /^Roll back/);
    const dialog = page.getByRole("dialog", { name: "Roll web back" });
    await dialog
      .locator("#rollback-sum")
      .getByText(/^web to bbbbbbb: /)
      .waitFor();
    expect(await dialog.getByLabel("To deployment").inputValue()).toBe("1");
    expect(await dialog.getByLabel(/^Revert in Git \(recommended\)/).isChecked()).toBe(true);
    await dialog.getByText(/Automated sync stays on, and delivers that commit/).waitFor();
    await dialog.getByText("web/deployment.yaml").waitFor();
    await dialog.getByText("holdfast app rollback argocd/web 1 --git", { exact: true }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "rollback-git");
    await dialog.getByLabel(/^Roll live back now/).check();
    await dialog.getByText(/Automated sync is not turned off, and does nothing while it is held/).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    // Of what cannot be told nothing is offered, and each way says why.
    await dialog.getByLabel("To deployment").selectOption("0");
    await dialog
      .getByText(/there is no deployment 0 in its history/)
      .first()
      .waitFor();
    await dialog.getByText(/^Roll live back now is not possible: /).waitFor();
    expect(await dialog.getByRole("radio").count()).toBe(0);
    expect(control.calls).toEqual([]);
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("by Git pushes one commit, after what the person saw, to the branch that is said", async () => {
    served(HISTORY);
    const { page, faults } = await open();
    await chooseAction(page, "web", /^Roll back/);
    const dialog = page.getByRole("dialog", { name: "Roll web back" });
    await dialog.getByLabel("to a new branch, for a pull request").check();
    await dialog.getByLabel("Its name").fill("back/web");
    await dialog.getByLabel("Reason, for the history").fill("two fails");
    await dialog
      .getByText("holdfast app rollback argocd/web 1 --git --branch back/web --reason 'two fails'", {
        exact: true,
      })
      .waitFor();
    await dialog.getByRole("button", { name: "Push the branch" }).dblclick();
    await page.getByText(/^web: pushed 9f2e1aa to back\/web of .*Merge it, and it is delivered\.$/).waitFor();
    expect(control.calls).toEqual([`revert argocd/web 1 back/web ${COMMIT} refuse two fails user:local`]);
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("live rolls back once, and says that it is held", async () => {
    served(HISTORY, { automated: {} });
    const { page, faults } = await open();
    await chooseAction(page, "web", /^Roll back/);
    const dialog = page.getByRole("dialog", { name: "Roll web back" });
    await dialog.getByLabel(/^Roll live back now/).check();
    await dialog.getByLabel("until the next commit that changes it").check();
    await dialog.getByRole("button", { name: "Roll back to deployment 1" }).dblclick();
    await page.locator(".title .state", { hasText: "Held" }).waitFor();
    expect(control.calls).toEqual(['rollback argocd/web 1 next-commit {"prune":false} user:local']);
    await page.getByRole("button", { name: "Lift the hold of web" }).waitFor();
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);
});

describe("the review of a sync", () => {
  const EXTRA = { ...RESOURCES[2], status: "OutOfSync", requiresPruning: true };
  const asked = (what: string): string[] => control.calls.filter((call) => call.startsWith(what));

  test("plans just what is chosen, and syncs the commit that it showed; a double click is one request", async () => {
    served({ resources: [...RESOURCES.slice(0, 2), EXTRA] as never });
    const { page, faults } = await open();
    await page.keyboard.press("s");
    const dialog = page.getByRole("dialog");
    await dialog.getByText(/1 to prune, which is off/).waitFor();
    await dialog.getByText("Advanced", { exact: true }).click();
    await dialog.getByLabel(/^Replace/).check();
    await dialog.getByText(/^Written whole: what others set in them is lost/).waitFor();
    await dialog.getByLabel("Deployment shop/web", { exact: true }).uncheck();
    await dialog.getByText(/1 left out/).waitFor();
    await dialog.getByText(/^Left as they are/).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "sync-advanced");
    // Enter in the field takes over what is written there: nothing is synced by it.
    await dialog.getByLabel(/^Revision/).fill("v2");
    await page.keyboard.press("Enter");
    await dialog.getByRole("heading", { name: "Sync web to v2" }).waitFor();
    await dialog.getByText(/^v2 is v2\.$/).waitFor();
    expect(asked("sync")).toEqual([]);
    await dialog.getByRole("button", { name: "Sync", exact: true }).dblclick();
    await dialog.waitFor({ state: "detached" });
    expect(asked("sync")).toEqual(["sync argocd/web user:local"]);
    const { sync } = control.application("argocd/web" as never)?.operation ?? {};
    expect(sync).toMatchObject({
      revision: "v2",
      syncOptions: ["Replace=true"],
      resources: expect.not.arrayContaining([expect.objectContaining({ kind: "Deployment" })]),
    });
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("shows each object line by line, open where they are few: what changes, what is made, what goes", async () => {
    served({ resources: [...RESOURCES.slice(0, 2), EXTRA] as never });
    const planOf = control.syncPlan.bind(control);
    const migrate = { group: "batch", kind: "Job", namespace: "shop", name: "migrate" };
    control.syncPlan = async (...asked) => {
      const plan = await planOf(...asked);
      if (plan.is === "found")
        plan.value.steps.push({ ref: migrate, does: "hook", phase: "PreSync", wave: 0 });
      return plan;
    };
    const { page, faults } = await open();
    await page.keyboard.press("s");
    const dialog = page.getByRole("dialog");
    const changed = dialog.locator("li[data-change=change] details");
    await changed.waitFor();
    expect(await changed.evaluate((details) => (details as HTMLDetailsElement).open)).toBe(true);
    expect(await changed.locator("del").allTextContents()).toEqual(["−  replicas: 5"]);
    expect(await changed.locator("ins").allTextContents()).toEqual(["+  replicas: 3"]);
    expect(await changed.locator("summary").textContent()).toBe("update Deployment shop/web +1 −1");
    await changed.getByText(/^spec\.replicas: set by kubectl-scale \(Update of scale\)/).waitFor();
    const made = dialog.locator("li[data-change=create] details");
    expect(await made.locator("ins").first().textContent()).toBe("+apiVersion: v1");
    expect(await made.locator("del").count()).toBe(0);
    // What stays is there to be looked at, and begins folded.
    const stays = dialog.locator("li[data-change=stay] details");
    expect(await stays.evaluate((details) => (details as HTMLDetailsElement).open)).toBe(false);
    await stays.locator("summary").press("Enter");
    await stays.locator("del").first().waitFor();
    expect(await stays.locator("ins").count()).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "sync-review-lines");
    // A hook is no change that is folded: its name and when it runs are read at once.
    const hook = dialog.getByRole("listitem").filter({ hasText: "Job shop/migrate" });
    expect(await hook.textContent()).toBe("Job shop/migrate (PreSync)");
    await changed.locator("summary").press("Enter");
    await changed.locator("del").waitFor({ state: "detached" });
    await dialog.getByRole("button", { name: "Unfold all" }).click();
    for (const one of [changed, stays]) await one.locator("del").first().waitFor();
    await made.locator("ins").first().waitFor();
    await dialog.getByRole("button", { name: "Fold all" }).click();
    await made.locator("ins").first().waitFor({ state: "detached" });
    expect(await dialog.locator("del, ins").count()).toBe(0);
    await hook.waitFor();
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("of a commit that cannot be used no sync is offered, and why; of what fails otherwise it is", async () => {
    const broken =
      "Application argocd/web: cannot use its manifests: web/it.yaml:4: <img src=x onerror=alert(1)>";
    served({
      sync: { status: "Unknown", comparedTo: { destination: {} }, revision: COMMIT },
      conditions: [{ type: "ComparisonError", message: broken, lastTransitionTime: "2026-11-30T08:00:00Z" }],
    });
    control.syncPlan = async () => {
      throw new Failure("manifest", "Application argocd/web", "after-edit", {
        ...{ cannot: "use its manifests", why: "web/it.yaml:4: <img src=x onerror=alert(1)>" },
      });
    };
    let syncs = 0;
    const sync = control.sync.bind(control);
    control.sync = (...asked) => {
      syncs++;
      return sync(...asked);
    };
    // It is no error in the browser's console.
    const { page, faults } = await open();
    await page.keyboard.press("s");
    const dialog = page.getByRole("dialog");
    await dialog.getByText("web/it.yaml:4: <img src=x").waitFor();
    // Not to the commit that it was compared at last: that is not what would be synced.
    expect(await dialog.getByRole("heading", { level: 2 }).textContent()).toBe("Sync web");
    const offered = dialog.getByRole("button", { name: "Sync", exact: true });
    expect(await offered.getAttribute("aria-disabled")).toBe("true");
    expect(await offered.getAttribute("title")).toStartWith("What Git has now cannot be used");
    await offered.click({ force: true });
    await dialog.getByRole("alert").getByText("What Git has now cannot be used").waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(syncs).toBe(0);
    // What cannot be told of is no reason to forbid it.
    const app = control.application("argocd/web" as never);
    control.put({
      ...(app as NonNullable<typeof app>),
      status: { ...app?.status, conditions: [] } as unknown as ApplicationStatus,
    });
    await page.reload();
    await page.getByRole("heading", { level: 1, name: "web" }).waitFor();
    // The key is deaf until the application is known.
    await page.getByRole("button", { name: "Review & sync" }).first().waitFor();
    await page.keyboard.press("s");
    await offered.waitFor();
    expect(await offered.getAttribute("aria-disabled")).toBe("false");
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("many begin folded; what lies between changes comes from the daemon, and what is refused is said there", async () => {
    served();
    const of = (name: string, replicas: number): KubeObject => ({
      ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { namespace: "shop", name } },
      spec: {
        replicas,
        long: `above\n${"x".repeat(150)}${replicas}`,
        texts: Array.from({ length: 30 }, (_, at) => `line ${at}`),
        ...{ z: replicas, zz: "<img src=x onerror=alert(1)>" },
      },
    });
    control.managedResources = async () => ({
      is: "found",
      value: [..."abcdefgh"].map((name) => ({
        ref: { group: "apps", kind: "Deployment", namespace: "shop", name },
        ...{ version: "v1", live: of(name, 1), target: of(name, 2), predicted: of(name, 2) },
        ...{ modified: true, hook: false, resourceVersion: "1", fields: [] },
      })),
    });
    const { page } = await open([503]);
    await page.keyboard.press("s");
    const dialog = page.getByRole("dialog");
    const first = dialog.locator("li[data-change=change] details").first();
    await first.waitFor();
    expect(await dialog.locator("del").count()).toBe(0);
    await first.locator("summary").click();
    expect(await first.locator("del").allTextContents()).toEqual([
      "−  replicas: 1",
      `−    ${"x".repeat(150)}1`,
      "−  z: 1",
    ]);
    // What wraps goes on below its own beginning, and the sign stands beside that.
    const wrapped = await first
      .locator("del")
      .nth(1)
      .evaluate((line) => {
        const words = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
        const rects: DOMRect[] = [];
        for (let node = words.nextNode(); node !== null; node = words.nextNode()) {
          if (node.textContent?.includes("x") !== true) continue;
          const range = document.createRange();
          range.selectNodeContents(node);
          range.setStart(node, node.textContent.indexOf("x"));
          rects.push(...range.getClientRects());
        }
        const [sign] = line.querySelector(".sign")?.getClientRects() ?? [];
        return {
          lines: new Set(rects.map(({ top }) => top)).size > 1,
          isBelow: rects.every(({ left }) => left >= (rects[0]?.left ?? 0)),
          // Half a line: the sign's own box is as high as all of them.
          isBeside: (rects[0]?.top ?? 0) < (sign?.top ?? 0) + 8,
        };
      });
    expect(wrapped).toEqual({ lines: true, isBelow: true, isBeside: true });
    await page.route(/diff\/part/, (route) =>
      route.fulfill({ status: 503, json: { message: "the texts cannot be read now" } }),
    );
    const between = first.getByRole("button", { name: /^2\d lines are the same/ });
    await between.click();
    await first.getByRole("alert").getByText("the texts cannot be read now").waitFor();
    await page.unroute(/diff\/part/);
    await between.click();
    await first.getByText("line 15").waitFor();
    expect(await first.getByRole("alert").count()).toBe(0);
    await page.context().close();
  }, 60_000);

  test("sends why, notes and pauses; a note without a name is said before anything is sent", async () => {
    served();
    const { page, faults } = await open();
    await page.keyboard.press("s");
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Reason, for the history").fill("a fix");
    await dialog.getByText("Advanced", { exact: true }).click();
    await dialog.getByLabel(/^Notes/).fill("ticket");
    await dialog.getByLabel(/^Tries after the first/).fill("2");
    await page.keyboard.press("Tab");
    await dialog.getByLabel("Longest pause").fill("5m");
    const before = asked("plan sync").length;
    await dialog.getByRole("button", { name: "Sync", exact: true }).click();
    await dialog.getByRole("alert").getByText('The note "ticket" has no name').waitFor();
    expect(asked("sync")).toEqual([]);
    await dialog.getByLabel(/^Notes/).fill("ticket=OPS-1");
    await dialog
      .getByText(/--retry-backoff-max-duration 5m --info 'reason=a fix' --info ticket=OPS-1/)
      .waitFor();
    expect(asked("plan sync").length).toBe(before);
    await dialog.getByRole("button", { name: "Sync", exact: true }).click();
    await dialog.waitFor({ state: "detached" });
    expect(control.application("argocd/web" as never)?.operation).toMatchObject({
      retry: { limit: 2, backoff: { maxDuration: "5m" } },
      info: [
        { name: "reason", value: "a fix" },
        { name: "ticket", value: "OPS-1" },
      ],
    });
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("wants the name where a claim goes; what fails keeps all that was chosen", async () => {
    served({ resources: [...RESOURCES.slice(0, 2), EXTRA] as never });
    const { page } = await open([409]);
    await page.keyboard.press("s");
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Delete the object that Git does not have").check();
    const go = dialog.getByRole("button", { name: "Sync and delete 1" });
    await go.click();
    await dialog.getByRole("alert").getByText("Type web to say that these may go.").waitFor();
    await dialog.getByRole("textbox", { name: /Type web/ }).fill("web");
    control.pause({ of: "writes", why: "", actor: "user:ann" });
    await go.click();
    await dialog
      .getByRole("alert")
      .getByText(/all writes are paused/i)
      .waitFor();
    expect(await dialog.getByRole("textbox", { name: /Type web/ }).inputValue()).toBe("web");
    expect(await dialog.getByLabel("Delete the object that Git does not have").isChecked()).toBe(true);
    control.resume({ why: "", actor: "user:ann" });
    await go.click();
    await dialog.waitFor({ state: "detached" });
    expect(control.application("argocd/web" as never)?.operation?.sync).toEqual({
      prune: true,
      revision: COMMIT,
    });
    await page.context().close();
  }, 60_000);

  test("that is of before says so, and offers nothing until it was shown anew", async () => {
    served();
    const { page, faults } = await open();
    await page.keyboard.press("s");
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Sync", exact: true }).waitFor();
    const app = control.application("argocd/web" as never) ?? fakeApp("argocd", "web");
    const sync = { ...app.status?.sync, status: "OutOfSync", revision: "b".repeat(40) } as never;
    control.put({ ...app, status: { ...app.status, sync } as never });
    await dialog.getByText("web changed while this was open.").waitFor();
    expect(await dialog.getByRole("button", { name: "Sync", exact: true }).count()).toBe(0);
    const before = asked("plan sync").length;
    await dialog.getByRole("button", { name: "Show what it would do now" }).click();
    await dialog.getByRole("button", { name: "Sync", exact: true }).waitFor();
    expect(asked("plan sync").length).toBe(before + 1);
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);
});
