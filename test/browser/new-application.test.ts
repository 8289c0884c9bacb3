/** A new application: fields and YAML are one document, what is wrong stands at its line, and what it would make is shown before. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Locator, Page } from "playwright-core";
import { type FakeControl, fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { accessibilityProblems, screenshot, startBrowser, watchedPage } from "../lib/browser.ts";
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

const yaml = (page: Page): Locator => page.getByLabel("Manifest", { exact: true });
const field = (page: Page, name: string): Locator => page.getByLabel(name, { exact: true });

async function open(options: Parameters<typeof watchedPage>[2] = {}) {
  control = fakeControl();
  control.put(fakeApp("argocd", "other"));
  api = startFakeApi(control);
  // Nobody lists repositories here.
  const watched = await watchedPage(browser, api.url, { expected: [501], ...options });
  await watched.page.goto(`${api.url}/new/application`);
  await yaml(watched.page).waitFor();
  return watched;
}

async function fill(page: Page): Promise<void> {
  await field(page, "Name").fill("new");
  await field(page, "Repository").fill("https://git.example.com/shop.git");
  await field(page, "Cluster").fill("in-cluster");
}

describe("fields and YAML", () => {
  test("follow each other, comments stay, and what cannot be read leaves the fields until it can", async () => {
    const { page, faults } = await open();
    await fill(page);
    const text = await yaml(page).inputValue();
    await yaml(page).fill(`# ours\n${text.replace("name: new", "name: api # short")}`);
    await eventually("the field follows", async () => (await field(page, "Name").inputValue()) === "api");
    await field(page, "Namespace").fill("shop");
    await page.getByLabel("by itself at each commit").check();
    await eventually("the text follows", async () =>
      (await yaml(page).inputValue()).includes("selfHeal: true"),
    );
    const both = await yaml(page).inputValue();
    expect(both).toStartWith("# ours\n");
    expect(both).toContain("name: api # short");
    expect(both).toContain("namespace: shop");
    expect(both).toContain("selfHeal: true");
    await yaml(page).fill(both.replace("spec:", "spec: ["));
    await page.getByText("The fields follow again once the YAML can be read.").waitFor();
    expect(await field(page, "Name").isDisabled()).toBe(true);
    expect(await yaml(page).getAttribute("aria-invalid")).toBe("true");
    await page.getByRole("button", { name: "Create" }).click();
    await page
      .getByRole("alert")
      .getByText(/^Line \d+: /)
      .waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await yaml(page).fill(both.replace("prune: true", "prune: false"));
    expect([await field(page, "Name").inputValue(), await field(page, "Name").isEnabled()]).toEqual([
      "api",
      true,
    ]);
    expect([control.calls, faults()]).toEqual([[], []]);
    await page.context().close();
  }, 60_000);

  test("an empty form says nothing of what is missing before somebody wrote, or wants it read", async () => {
    const { page, faults } = await open();
    await yaml(page).waitFor();
    expect(await page.locator(".numbers [data-tone=bad]").count()).toBe(0);
    expect(await yaml(page).getAttribute("aria-invalid")).not.toBe("true");
    await page.getByRole("button", { name: "Preview" }).click();
    await page.locator(".numbers [data-tone=bad]").first().waitFor();
    expect([control.calls, faults()]).toEqual([[], []]);
    await page.context().close();
  }, 60_000);

  test("a field is wrong once it was left, and not while another one is filled in", async () => {
    const { page, faults } = await open();
    const isWrong = (name: string) => field(page, name).getAttribute("aria-invalid");
    await field(page, "Name").pressSequentially("new");
    expect([await isWrong("Name"), await isWrong("Repository"), await isWrong("Cluster")]).toEqual([
      ...["false", "false", "false"],
    ]);
    expect(await page.locator(".numbers [data-tone=bad]").count()).toBe(0);
    await field(page, "Repository").focus();
    await field(page, "Cluster").focus();
    await page.locator(".numbers [data-tone=bad]").waitFor();
    expect([await isWrong("Name"), await isWrong("Repository"), await isWrong("Cluster")]).toEqual([
      ...["false", "true", "false"],
    ]);
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("the folder begins empty, which is the root; those of the repository are offered, and of no other one", async () => {
    const { page, faults } = await open({ expected: [403, 501] });
    const asked: string[] = [];
    await page.route(/\/api\/v1\/repositories\/[^/]+\/apps\?/, (route) => {
      const { pathname, searchParams } = new URL(route.request().url());
      asked.push(`${decodeURIComponent(pathname.split("/").at(-2) ?? "")} ${searchParams}`);
      const isOurs = asked.length === 1;
      return isOurs
        ? route.fulfill({
            json: {
              items: [
                { type: "Helm", path: "apps/web" },
                { type: "Directory", path: "<b>" },
              ],
            },
          })
        : route.fulfill({ status: 403, json: { message: "you may not" } });
    });
    const folder = field(page, "Folder");
    const offered = () =>
      page.locator("#known-folders option").evaluateAll((all) => all.map((one) => one.getAttribute("value")));
    expect([await folder.inputValue(), asked]).toEqual(["", []]);
    await fill(page);
    await folder.pressSequentially("apps/guestbook");
    expect(await folder.inputValue()).toBe("apps/guestbook");
    expect(await yaml(page).inputValue()).toContain("path: apps/guestbook\n");
    await eventually("they are offered", async () => (await offered()).length === 2);
    expect(await offered()).toEqual(["apps/web", "<b>"]);
    expect(asked).toEqual(["https://git.example.com/shop.git revision=HEAD&appProject=default&appName=new"]);
    await folder.fill("");
    expect(await yaml(page).inputValue()).toContain("path: .\n");
    await folder.pressSequentially("./web");
    expect([await folder.inputValue(), (await yaml(page).inputValue()).includes("path: ./web\n")]).toEqual([
      "./web",
      true,
    ]);
    // A chart takes the folder's place, and gives it back.
    await folder.fill("");
    await field(page, "Chart").fill("web");
    expect(await yaml(page).inputValue()).not.toContain("path:");
    await field(page, "Chart").fill("");
    expect(await yaml(page).inputValue()).toContain("path: .\n");
    await field(page, "Repository").fill("https://git.example.com/other.git");
    await folder.focus();
    await eventually("the other one is asked", async () => asked.length === 2);
    await eventually("none of the first is left", async () => (await offered()).length === 0);
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("what the daemon would refuse stands at its line, which a button leads to, by keys alone", async () => {
    const { page, faults } = await open();
    await fill(page);
    await yaml(page).fill((await yaml(page).inputValue()).replace("project: default", "project: [a]"));
    const button = page.getByRole("button", { name: "Line 6" });
    await button.waitFor();
    await page.locator(".numbers [data-tone=bad]").waitFor();
    await page.getByText("spec.project: must be a string, not a list").waitFor();
    // Beside its field too.
    const wrong = field(page, "Project");
    expect(await wrong.getAttribute("aria-invalid")).toBe("true");
    const about = (await wrong.getAttribute("aria-describedby")) ?? "";
    expect(await page.locator(`#${about}`).textContent()).toBe("must be a string, not a list");
    expect(await field(page, "Name").getAttribute("aria-invalid")).toBe("false");
    await button.focus();
    await page.keyboard.press("Enter");
    expect(
      await yaml(page).evaluate((element) => {
        const { value, selectionStart, selectionEnd } = element as HTMLTextAreaElement;
        return [document.activeElement === element, value.slice(selectionStart, selectionEnd)];
      }),
    ).toEqual([true, "  project: [a]"]);
    await page.keyboard.press("End");
    // A new line begins as deep as the one before; Tab leaves the field, as in every other one.
    await page.keyboard.press("Enter");
    await page.keyboard.type("x: 1");
    expect(await yaml(page).inputValue()).toContain("  project: [a]\n  x: 1\n");
    await page.keyboard.press("Control+z");
    await page.keyboard.press("Tab");
    expect(await yaml(page).evaluate((element) => document.activeElement === element)).toBe(false);
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("several sources are written as YAML: the fields of one are off, and say so", async () => {
    const { page, faults } = await open();
    await fill(page);
    await yaml(page).fill((await yaml(page).inputValue()).replace("  source:", "  sources: []\n  source:"));
    await page.getByText("it has several sources: write them as YAML").first().waitFor();
    expect([await field(page, "Repository").isDisabled(), await field(page, "Name").isEnabled()]).toEqual([
      true,
      true,
    ]);
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("where what reads YAML does not come, it is said, and asked for again", async () => {
    control = fakeControl();
    api = startFakeApi(control);
    const { page } = await watchedPage(browser, api.url, { expected: [501, 503] });
    await page.route("**/ui/yaml-tools-*.js", (route) => route.fulfill({ status: 503, body: "" }));
    await page.goto(`${api.url}/new/application`);
    await page.getByRole("alert").waitFor();
    await page.unroute("**/ui/yaml-tools-*.js");
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole("button", { name: "Try again" }).click();
    await yaml(page).waitFor();
    await page.context().close();
  }, 60_000);
});

describe("a preview", () => {
  test.each([
    { scheme: "light", width: 1440 },
    { scheme: "dark", width: 390 },
  ] as const)(
    "shows what would come of it, the worst first, and says when it is of another text: $scheme",
    async (look) => {
      const { page, faults } = await open(look);
      await fill(page);
      await page.getByRole("button", { name: "Preview", exact: true }).click();
      await page.getByText(/^Objects: 1 to create, 1 that others made/).waitFor();
      // What was asked for is in sight, also where the form is longer than the window.
      const region = page.getByRole("region", { name: "What it would make" });
      await eventually("it is in sight", async () => {
        const { top, inner } = await region.evaluate((element) => ({
          top: element.getBoundingClientRect().top,
          inner: innerHeight,
        }));
        return top < inner - 100;
      });
      const objects = page.getByRole("list", { name: "What it would make" }).locator("li");
      expect(await objects.locator("b").allTextContents()).toEqual(["refused", "change", "create"]);
      await page.getByText("change Service shop/web").click();
      await page.locator(".text-diff del", { hasText: "type: NodePort" }).waitFor();
      await page.getByText("belongs to application other").waitFor();
      expect(control.calls).toEqual(["preview argocd/new"]);
      expect(await accessibilityProblems(page)).toEqual([]);
      await screenshot(page, `new-preview-${look.scheme}-${look.width}`);
      await field(page, "Namespace").fill("elsewhere");
      await page.getByText("elsewhere, created first where it is not there").waitFor();
      await page.getByRole("button", { name: "Preview again" }).click();
      await page.getByRole("button", { name: "Preview again" }).waitFor({ state: "detached" });
      expect(control.calls).toEqual(["preview argocd/new", "preview argocd/new"]);
      expect(faults()).toEqual([]);
      await page.context().close();
    },
    60_000,
  );

  test("of what cannot be rendered says why and what to do; one that is refused says that", async () => {
    const { page, faults } = await open({ expected: [501, 400] });
    await fill(page);
    await field(page, "Folder").fill("broken");
    await page.getByRole("button", { name: "Preview", exact: true }).click();
    await page.getByRole("alert").getByText("there is no folder broken. Push it first").waitFor();
    await field(page, "Name").fill("other");
    await page.getByRole("button", { name: "Preview", exact: true }).click();
    await page.getByRole("alert").getByText("argocd/other exists already").waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("that comes late is not shown for another text, and what it makes is text whatever stands in it", async () => {
    const { page, faults } = await open();
    const [first, left] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { preview } = control;
    control.preview = async (app, signal) => {
      if (app.metadata.name === "slow") {
        signal.addEventListener("abort", () => left.resolve(), { once: true });
        await first.promise;
      }
      return preview(
        { ...app, spec: { ...app.spec, source: { ...app.spec.source!, path: "<img src=x>" } } },
        signal,
      );
    };
    await fill(page);
    await field(page, "Name").fill("slow");
    await page.getByRole("button", { name: "Preview", exact: true }).click();
    await page.getByText("Rendering, and asking the cluster").waitFor();
    await field(page, "Name").fill("<b>quick</b>");
    await page.getByRole("button", { name: "Preview", exact: true }).click();
    await page
      .getByRole("alert")
      .getByText(/metadata\.name/)
      .waitFor();
    // What was asked of the other text was let go of.
    await left.promise;
    first.resolve();
    await page
      .getByRole("alert")
      .getByText(/metadata\.name/)
      .waitFor();
    await field(page, "Name").fill("quick");
    await page.getByRole("button", { name: "Preview", exact: true }).click();
    await page.getByText(/^Objects: 1 to create/).waitFor();
    expect(await page.getByRole("button", { name: "Preview again" }).count()).toBe(0);
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);
});

test("one that cannot be rendered is made by no single click: why stands there, and only who says so again makes it", async () => {
  const { page, faults } = await open();
  await fill(page);
  await field(page, "Folder").fill("broken");
  await page.getByRole("button", { name: "Create", exact: true }).dblclick();
  await page.getByRole("alert").getByText("there is no folder broken. Push it first").waitFor();
  const anyway = page.getByRole("button", { name: "Create all the same" });
  await anyway.waitFor();
  expect(control.calls).toEqual(["preview argocd/new"]);
  // Another text is another question.
  await field(page, "Name").fill("made");
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await anyway.waitFor();
  expect(control.calls).toEqual(["preview argocd/new", "preview argocd/made"]);
  expect(await accessibilityProblems(page)).toEqual([]);
  await anyway.click();
  await page.getByRole("heading", { level: 1, name: "made" }).waitFor();
  expect(control.calls[2]).toBe("create argocd/made user:local");
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test.each([390, 1440])(
  "what is missing has a line of its own, and is not scrolled below the bar: %d",
  async (width) => {
    const { page, faults } = await open({ width, height: 700 });
    await field(page, "Repository").focus();
    await field(page, "Namespace").fill("shop");
    const [hint, wrong] = [page.locator("#hint-repoURL"), page.locator("#wrong-repoURL")];
    await wrong.waitFor();
    const [above, below] = [await hint.boundingBox(), await wrong.boundingBox()];
    expect(below?.y).toBeGreaterThanOrEqual((above?.y ?? 0) + (above?.height ?? 0) - 1);
    const create = page.getByRole("button", { name: "Create", exact: true });
    await create.scrollIntoViewIfNeeded();
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await create.click();
    await eventually("the name has the focus", () =>
      field(page, "Name").evaluate((one) => one === document.activeElement),
    );
    // A browser scrolls there by itself, and in its own time.
    await eventually("it is in sight with its label", () =>
      page.evaluate(() => {
        const label = document.querySelector("label[for=new-name]")?.getBoundingClientRect();
        return (
          label !== undefined && document.elementFromPoint(label.left + 4, label.top + 4)?.tagName === "LABEL"
        );
      }),
    );
    expect(faults()).toEqual([]);
    await page.context().close();
  },
  60_000,
);

test("an application is made by keys alone", async () => {
  const { page, faults } = await open();
  await field(page, "Name").focus();
  for (const words of ["made", "", "https://git.example.com/shop.git", "", "", "", "in-cluster"]) {
    await page.keyboard.type(words);
    await page.keyboard.press("Tab");
  }
  await page.getByRole("button", { name: "Create" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "made" }).waitFor();
  expect(control.calls.slice(0, 3)).toEqual([
    "preview argocd/made",
    "check argocd/made",
    "create argocd/made user:local",
  ]);
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);
