/** Projects of a whole daemon: what stands in the way of a deletion is said before it, and what goes with it. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { addedClusters } from "../lib/added-clusters.ts";
import { accessibilityProblems, screenshot, startBrowser, watchedPage } from "../lib/browser.ts";

const { start } = addedClusters();

let browser: Browser;

beforeAll(async () => {
  browser = await startBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
});

const project = (name: string) => ({
  project: {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name, namespace: "argocd" },
    spec: {
      sourceRepos: ["*"],
      destinations: [{ server: "*", namespace: "*" }],
      roles: [{ name: "ci", policies: [] }],
    },
  },
});
const application = {
  metadata: { name: "web", namespace: "argocd" },
  spec: {
    project: "team",
    source: { repoURL: "https://git.example.com/web.git", path: ".", targetRevision: "main" },
    destination: { server: "https://kubernetes.default.svc", namespace: "web" },
  },
};

test.each([
  ["/projects/nope", "project", "All projects"],
  ["/clusters/nope", "cluster", "All clusters"],
])(
  "what is not there says so, leads back, and offers no command that fails: %s",
  async (path, one, back) => {
    const given = await start();
    const { page, faults } = await watchedPage(browser, given.daemon.url, { expected: [404] });
    await page.goto(`${given.daemon.url}${path}`);
    await page.getByRole("heading", { level: 1, name: `There is no ${one} nope`, exact: true }).waitFor();
    await page.getByText("None is called nope, or you may not see it.").waitFor();
    expect(await page.getByText("holdfast cluster get nope").count()).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole("link", { name: back }).click();
    await page.getByRole("heading", { level: 1, name: back.slice(4), exact: false }).waitFor();
    expect(faults()).toEqual([]);
    await page.context().close();
  },
  120_000,
);

test("a project is deleted when nothing is of it any more, and default never", async () => {
  const given = await start();
  expect((await given.ask("POST", "/api/v1/projects", project("team"))).status).toBe(200);
  expect((await given.ask("POST", "/api/v1/applications?validate=false", application)).status).toBe(200);
  const { url } = given.daemon;
  const { page, faults } = await watchedPage(browser, url);
  page.setDefaultTimeout(30_000);
  await page.goto(`${url}/projects/team`);
  await page.getByRole("link", { name: "1 application", exact: true }).waitFor();
  // Nobody is asked for what only a daemon with accounts has: it would be an error in the browser's console.
  await page.getByText("This daemon has no accounts, and makes no tokens.").waitFor();
  // What was done to it is told in words, once, with who did it.
  await page.getByText("created", { exact: true }).waitFor();
  expect(await page.getByText("project-create").count()).toBe(0);
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "team cannot be deleted" });
  await dialog.getByRole("link", { name: "argocd/web" }).waitFor();
  expect(await dialog.getByRole("button", { name: "Delete" }).count()).toBe(0);
  await screenshot(page, "project-in-use");
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });

  await given.ask("DELETE", "/api/v1/applications/web?cascade=false");
  await page.getByRole("link", { name: "0 applications" }).waitFor();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByText("1 role, with its tokens").waitFor();
  await screenshot(page, "project-delete");
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByRole("heading", { name: "Projects" }).waitFor();
  expect((await given.ask("GET", "/api/v1/projects/team")).status).toBe(404);

  await given.ask("POST", "/api/v1/projects", { ...project("default"), upsert: true });
  await page.goto(`${url}/projects/default`);
  const button = page.getByRole("button", { name: "Delete", exact: true });
  await button.waitFor();
  expect(await button.getAttribute("aria-disabled")).toBe("true");
  expect(faults()).toEqual([]);
  await page.context().close();
}, 180_000);
