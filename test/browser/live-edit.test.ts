/** A live object is edited as YAML: what would change is shown first, who else has a say in it, and why where it may not be. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Locator, Page } from "playwright-core";
import { AccessPolicy } from "../../src/core/access/access-policy.ts";
import { askerOf } from "../../src/core/access/asker.ts";
import { BUILTIN_POLICY } from "../../src/core/access/builtin-policy.ts";
import { parsePolicy } from "../../src/core/access/policy-text.ts";
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

const NODE = "node=apps/Deployment/shop/web&tab=live";
const yaml = (page: Page): Locator => page.getByLabel("The object as it is to be", { exact: true });
const button = (page: Page, name: string): Locator => page.getByRole("button", { name, exact: true });

/** @param lines of the policy, for ann; absent: she may everything */
async function open(options: Parameters<typeof watchedPage>[2] = {}, lines?: readonly string[]) {
  control = fakeControl();
  const resource = {
    group: "apps",
    version: "v1",
    kind: "Deployment",
    namespace: "shop",
    name: "web",
    status: "OutOfSync",
  };
  control.put({
    ...fakeApp("argocd", "web"),
    status: {
      ...{ sync: { status: "OutOfSync", comparedTo: { destination: {} } }, health: { status: "Healthy" } },
      ...{ resources: [resource], history: [] },
    } as never,
  });
  const { liveObject } = control;
  control.liveObject = async (...asked) => {
    const shown = await liveObject(...asked);
    return shown.is === "found" ? { ...shown, value: { ...shown.value, spec: { replicas: 5 } } } : shown;
  };
  const policy = new AccessPolicy({
    lines: [
      ...BUILTIN_POLICY,
      ...parsePolicy((lines ?? []).map((line) => `p, ann, ${line}`).join("\n"), "policy.csv").lines,
    ],
    ...{ projects: new Map(), matchMode: "glob" as const, defaultRole: undefined },
  });
  const asker = () => askerOf({ actor: "user:ann", subject: { name: "ann", groups: [] } }, () => policy);
  api = startFakeApi(
    control,
    lines === undefined ? {} : { who: () => ({ is: "known", by: "header", asker: asker() }) },
  );
  const watched = await watchedPage(browser, api.url, options);
  watched.page.setDefaultTimeout(10_000);
  await watched.page.goto(`${api.url}/applications/argocd/web?${NODE}`);
  await button(watched.page, "Edit").waitFor();
  return watched;
}

async function scale(page: Page, replicas: number): Promise<void> {
  await yaml(page).waitFor();
  const text = await yaml(page).inputValue();
  await yaml(page).fill(text.replace(/replicas: \d+/, `replicas: ${replicas}`));
}

describe("a live object", () => {
  test.each([
    { scheme: "light", width: 1440 },
    { scheme: "dark", width: 390 },
  ] as const)(
    "is written after what would change was shown, and not before: $scheme, $width wide",
    async (look) => {
      const { page, faults } = await open(look);
      await button(page, "Edit").click();
      await yaml(page).waitFor();
      // By keys alone: the field has the focus.
      expect(await yaml(page).evaluate((element) => document.activeElement === element)).toBe(true);
      expect(await button(page, "Preview the change").getAttribute("title")).toBe("Nothing is changed yet");
      expect(await button(page, "Write to the cluster").getAttribute("aria-disabled")).toBe("true");
      await scale(page, 4);
      await button(page, "Preview the change").focus();
      await page.keyboard.press("Enter");
      await page.getByText("It would change 1 field.").waitFor();
      await page.getByText("set by kubectl-scale (Update)").waitFor();
      await page.getByText("Git sets spec.replicas: the next sync puts it back.").waitFor();
      await page
        .getByText(
          /^holdfast app patch-resource argocd\/web --kind Deployment --group apps .*'\[\{"op":"replace"/,
        )
        .waitFor();
      expect(await accessibilityProblems(page)).toEqual([]);
      expect(
        await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        ),
      ).toBe(0);
      await screenshot(page, `live-edit-${look.scheme}-${look.width}`);
      // A second press of the same key asks again, and writes nothing.
      await page.keyboard.press("Enter");
      await eventually("it asks again", async () => control.calls.length === 2);
      expect(new Set(control.calls)).toEqual(new Set(["preview edit argocd/web Deployment/web user:local"]));
      // Another text is previewed anew.
      await scale(page, 6);
      expect(await button(page, "Write to the cluster").getAttribute("aria-disabled")).toBe("true");
      await page.getByText("It was changed since the preview.").waitFor();
      await button(page, "Preview the change").click();
      await button(page, "Write to the cluster").click();
      await page.locator(".notes .note").getByText("web was changed").waitFor();
      await button(page, "Edit").waitFor();
      expect(control.calls.at(-1)).toBe("edit argocd/web Deployment/web user:local");
      expect(faults()).toEqual([]);
      await page.context().close();
    },
    60_000,
  );

  test("that Git would put back, or that somebody else changed, is refused with the reason, and can be begun anew", async () => {
    const { page, faults } = await open({ expected: [400] });
    await button(page, "Edit").click();
    await scale(page, 13);
    await button(page, "Preview the change").click();
    await page
      .getByRole("alert")
      .getByText(/Git sets spec\.replicas, and self-heal would put it back at once/)
      .waitFor();
    await yaml(page).fill(
      (await yaml(page).inputValue()).replace("metadata:", "metadata:\n  labels: {tier: raced}"),
    );
    await button(page, "Preview the change").click();
    await page
      .getByRole("alert")
      .getByText(/labels\.tier was changed since it was read: set by kubectl-label/)
      .waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await button(page, "Begin anew with what is there now").click();
    await page.waitForFunction(() => document.querySelector("textarea")?.value.includes("raced") === false);
    // What is being written is not thrown away by Esc.
    await page.keyboard.press("Escape");
    await yaml(page).fill("a: [");
    await page.getByRole("button", { name: "Line 1" }).waitFor();
    expect(await button(page, "Preview the change").getAttribute("aria-disabled")).toBe("true");
    await button(page, "Cancel").click();
    await button(page, "Edit").waitFor();
    expect(control.calls.filter((call) => call.startsWith("edit"))).toEqual([]);
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("is not offered to who may not, and says why; an address that asks for it shows it as it is", async () => {
    const lines = ["applications, get, */*, allow", "applications, update, */*, allow"];
    const { page, faults } = await open({}, lines);
    await page.locator('button[aria-disabled="true"]', { hasText: "Edit" }).waitFor();
    expect(await button(page, "Edit").getAttribute("title")).toBe(
      "ann may not applications, update/apps/Deployment/shop/web: no line of the policy gives it",
    );
    await page.goto(`${api.url}/applications/argocd/web?${NODE}&edit=yes`);
    await page.locator('button[aria-disabled="true"]', { hasText: "Edit" }).waitFor();
    expect(await yaml(page).count()).toBe(0);
    expect(faults()).toEqual([]);
    await page.context().close();
    await api.stop();
    const other = await open({}, [
      ...lines,
      "applications, update/apps/Deployment/shop/*, default/web, allow",
    ]);
    await button(other.page, "Edit").click();
    await yaml(other.page).waitFor();
    expect(other.faults()).toEqual([]);
    await other.page.context().close();
  }, 60_000);
});
