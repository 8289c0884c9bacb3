/** Projects and ApplicationSets by fields, on the page of a whole daemon: fields and YAML are one document, and what is wrong stands at its field. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser, Locator, Page } from "playwright-core";
import { type AccountsDaemon, PASSWORD, startAccountsDaemon } from "../lib/accounts-daemon.ts";
import { addedClusters, type Given } from "../lib/added-clusters.ts";
import { accessibilityProblems, screenshot, startBrowser, watchedPage } from "../lib/browser.ts";
import { eventually } from "../lib/eventually.ts";

const { start } = addedClusters();

setDefaultTimeout(180_000);
let browser: Browser;
let accounts: AccountsDaemon | undefined;

beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await accounts?.stop();
});

const field = (page: Page, name: string): Locator => page.getByLabel(name, { exact: true });
const yaml = (page: Page, of: "project" | "set"): Locator =>
  page.getByRole("textbox", { name: `The ${of} as it is to be` });
const button = (page: Page, name: string): Locator => page.getByRole("button", { name, exact: true });

async function open(given: Given, path: string, look: Parameters<typeof watchedPage>[2] = {}) {
  // Nobody lists repositories here.
  const watched = await watchedPage(browser, given.daemon.url, { expected: [400, 501], ...look });
  watched.page.setDefaultTimeout(30_000);
  await watched.page.goto(`${given.daemon.url}${path}`);
  return watched;
}

test.each([
  { scheme: "light", width: 1440 },
  { scheme: "dark", width: 390 },
] as const)(
  "a project is made by its fields, and comments of its text stay: $scheme, $width",
  async (look) => {
    const given = await start();
    const { page, faults } = await open(given, "/projects?new=yes", look);
    await yaml(page, "project").waitFor();
    expect(await field(page, "Name").evaluate((element) => element === document.activeElement)).toBe(true);
    expect(await page.locator("[aria-invalid=true]").count()).toBe(0);
    // An empty one is told what it lacks once it is to be looked at, at the field that lacks it.
    await button(page, "Preview the change").click();
    await page.locator(".form-wrong").first().waitFor();
    await eventually("the field at fault has the focus", () =>
      field(page, "Name").evaluate((element) => element === document.activeElement),
    );
    expect(await field(page, "Name").getAttribute("aria-invalid")).toBe("true");
    await page.keyboard.type("team");
    await yaml(page, "project").fill(`# ours\n${await yaml(page, "project").inputValue()}`);
    // It begins without anything that somebody else would have to want.
    expect(await page.getByRole("group", { name: /^(repository|destination|kind) 1$/ }).count()).toBe(0);
    await button(page, "Add destination").click();
    await button(page, "Add destination").click();
    const destination = page.getByRole("group", { name: "destination 2" });
    await destination.getByLabel("Cluster").fill("*");
    await destination.getByLabel("Namespace").fill("team-web");
    await button(page, "Add window").click();
    const window = page.getByRole("group", { name: "window 1" });
    expect(await window.getByLabel("From (cron)").inputValue()).toBe("");
    await window.getByLabel("For", { exact: true }).fill("1h");
    await window.getByLabel("Applications").fill("*");
    await window.getByLabel("From (cron)").fill("at night");
    await window.getByText(/is no schedule/).waitFor();
    expect(await window.getByLabel("From (cron)").getAttribute("aria-invalid")).toBe("true");
    expect(await button(page, "Preview the change").getAttribute("title")).toMatch(/is no schedule/);
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, `project-form-${look.scheme}-${look.width}`);
    await window.getByLabel("From (cron)").fill("0 3 * * *");
    await button(page, "Add role").click();
    const role = page.getByRole("group", { name: "role 1" });
    // One without a name is never kept: nobody could have it.
    await role.getByText(/is missing/).waitFor();
    expect(await button(page, "Preview the change").getAttribute("title")).toMatch(/roles\[0\]\.name/);
    await role.getByLabel("Name").fill("ci");
    await role.getByLabel("Policies, one a line").fill("p, proj:team:ci, applications, sync, team/*, allow");
    await button(page, "Remove destination 1").click();
    const text = await yaml(page, "project").inputValue();
    expect(text).toStartWith("# ours\n");
    expect(text).toContain('server: "*"');
    // A list that begins with the first of it is written as people write lists.
    expect(text).toMatch(/destinations:\n\s+- /);
    expect(text).not.toContain("in-cluster");
    // What cannot be read leaves the fields until it can.
    await yaml(page, "project").fill(text.replace("spec:", "spec: ["));
    await page.getByText("The fields follow again once the YAML can be read.").waitFor();
    expect(await field(page, "Description").first().isDisabled()).toBe(true);
    await yaml(page, "project").fill(text.replace('description: ""', "description: <b>theirs</b>"));
    await eventually(
      "the field follows",
      async () => (await field(page, "Description").first().inputValue()) === "<b>theirs</b>",
    );
    await button(page, "Preview the change").click();
    const shown = page.getByRole("region", { name: "What would change" });
    await shown.getByText("it permits no repository. None names it yet.").waitFor();
    await shown.getByText("team-web").waitFor();
    expect(await page.locator(".text-diff").count()).toBe(0);
    await button(page, "Create").dblclick();
    await page.getByRole("heading", { level: 1, name: "team" }).waitFor();
    await page.getByText("<b>theirs</b>").waitFor();
    await page.getByText("may sync applications team/*").waitFor();
    await page.getByText("Denies syncs").waitFor();
    // When it opens next is said in words.
    await page
      .getByText(/denies from .*03:00|3:00/)
      .first()
      .waitFor();
    const { body } = await given.ask("GET", "/api/v1/projects/team");
    expect(body.spec.destinations).toEqual([{ server: "*", namespace: "team-web" }]);
    expect(faults()).toEqual([]);
    await page.context().close();
  },
);

test("an edit by fields is refused where somebody was quicker, and is kept the next time", async () => {
  const given = await start();
  const project = (description: string) => ({
    project: {
      ...{ apiVersion: "argoproj.io/v1alpha1", kind: "AppProject" },
      metadata: { name: "team", namespace: "argocd" },
      spec: { description, sourceRepos: ["*"], orphanedResources: { warn: false } },
    },
    upsert: true,
  });
  expect((await given.ask("POST", "/api/v1/projects", project("ours"))).status).toBe(200);
  const { page, faults } = await open(given, "/projects/team?edit=yes");
  await field(page, "Description").fill("mine");
  await button(page, "Preview the change").click();
  await page.locator(".text-diff ins", { hasText: "mine" }).waitFor();
  expect((await given.ask("POST", "/api/v1/projects", project("theirs"))).status).toBe(200);
  await button(page, "Save").click();
  await page.getByRole("alert").getByText("Somebody changed it meanwhile").waitFor();
  expect((await given.ask("GET", "/api/v1/projects/team")).body.spec.description).toBe("theirs");
  expect(await field(page, "Description").inputValue()).toBe("mine");
  await button(page, "Cancel").click();
  await button(page, "Edit").click();
  await field(page, "Description").fill("mine");
  await button(page, "Preview the change").click();
  await button(page, "Save").click();
  await page.getByText("mine", { exact: true }).waitFor();
  expect((await given.ask("GET", "/api/v1/projects/team")).body.spec).toMatchObject({
    ...{ description: "mine", orphanedResources: { warn: false } },
  });
  expect(faults()).toEqual([]);
  await page.context().close();
});

test.each([
  { scheme: "dark", width: 1440 },
  { scheme: "light", width: 390 },
] as const)("a set is made by its fields, whichever generator it has: $scheme, $width", async (look) => {
  const given = await start();
  const { page, faults } = await open(given, "/applicationsets?new=yes", look);
  await yaml(page, "set").waitFor();
  const names = page.getByLabel("Name", { exact: true });
  const text = (): Promise<string> => yaml(page, "set").inputValue();
  await names.first().fill("shops");
  await field(page, "One application for each").selectOption("directories");
  await eventually("the text follows", async () => (await text()).includes("path: apps/*"));
  await page.getByText("To be filled in below: {{ .path.basename }}").waitFor();
  expect(await names.nth(1).inputValue()).toBe("{{ .path.basename }}");
  expect(await field(page, "Folder").inputValue()).toBe("{{ .path.path }}");
  await page.getByRole("group", { name: "folder 1" }).getByLabel("Leave out").check();
  expect(await text()).toContain("exclude: true");
  await field(page, "One application for each").selectOption("clusters");
  await field(page, "Labels").fill("env=prod, tier=web");
  await field(page, "Labels").blur();
  expect(await text()).toContain("tier: web");
  await field(page, "One application for each").selectOption("list");
  await field(page, "Another parameter").fill("region");
  await field(page, "Another parameter").press("Enter");
  await page.getByRole("group", { name: "element 1" }).getByLabel("region").fill("eu");
  await button(page, "Add element").click();
  const second = page.getByRole("group", { name: "element 2" });
  await second.getByLabel("name").fill("live");
  await second.getByLabel("region").fill("us");
  await names.nth(1).fill("shop-{{ .region }}");
  await field(page, "Repository").fill("https://git.example.com/shop.git");
  await field(page, "Folder").fill("deploy");
  await field(page, "Syncs").selectOption("automated");
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, `set-form-${look.scheme}-${look.width}`);
  // One that the form has no fields for is left to the text.
  const whole = await text();
  await yaml(page, "set").fill(whole.replace("- list:", "- matrixx: {}\n    list:"));
  await page.getByText("Its generator, matrixx and list, is written as YAML.").waitFor();
  await yaml(page, "set").fill(whole);
  await button(page, "Preview the change").click();
  await page.getByText(/^It would make 2/).waitFor();
  await button(page, "Create").click();
  await page.getByRole("heading", { level: 1, name: "shops" }).waitFor();
  const { body } = await given.ask("GET", "/api/v1/applicationsets/shops");
  expect(body.spec.generators).toEqual([
    {
      list: {
        elements: [
          { name: "staging", region: "eu" },
          { name: "live", region: "us" },
        ],
      },
    },
  ]);
  expect(body.spec.template.spec.syncPolicy.automated).toEqual({ prune: true, selfHeal: true });
  expect(faults()).toEqual([]);
  await page.context().close();
});

test("a token of a project's role is shown once, works, and is refused once it is revoked", async () => {
  accounts = await startAccountsDaemon();
  const { url } = accounts;
  const { page, faults } = await watchedPage(browser, url, { expected: [400, 401, 403, 501] });
  page.setDefaultTimeout(30_000);
  await page.goto(`${url}/projects/team-a`);
  await page.getByLabel("Name").fill("root");
  await page.getByLabel("Password").fill(PASSWORD);
  await button(page, "Sign in").click();
  await button(page, "New token of ops").click();
  const dialog = page.getByRole("dialog", { name: "New token of ops" });
  await dialog.getByLabel("Name").fill("pipeline");
  await dialog.getByLabel("Ends after").selectOption("1");
  await dialog.getByRole("button", { name: "Create", exact: true }).click();
  const made = page.getByRole("dialog", { name: "The new token" });
  const token = await made.getByLabel("Token", { exact: true }).inputValue();
  expect(await accessibilityProblems(page)).toEqual([]);
  const status = async (): Promise<number> =>
    (await fetch(`${url}/api/v1/applications/mine`, { headers: { authorization: `Bearer ${token}` } }))
      .status;
  expect(await status()).toBe(200);
  await page.keyboard.press("Escape");
  await made.waitFor({ state: "detached" });
  await button(page, "Revoke pipeline").waitFor();
  // It stands nowhere any more.
  expect(await page.content()).not.toContain(token);
  await button(page, "Revoke pipeline").click();
  const sure = page.getByRole("dialog", { name: "Revoke pipeline?" });
  expect(await accessibilityProblems(page)).toEqual([]);
  await sure.getByRole("button", { name: "Revoke", exact: true }).click();
  await page.getByText("No tokens.").waitFor();
  expect(await status()).toBe(401);
  expect(faults()).toEqual([]);
  await page.context().close();
});
