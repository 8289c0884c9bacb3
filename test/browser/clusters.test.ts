/** Clusters added, tested, changed and removed on the page of a whole daemon, with a sandbox as the cluster. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { addedClusters } from "../lib/added-clusters.ts";
import { accessibilityProblems, screenshot, startBrowser, watchedPage } from "../lib/browser.ts";
import { startWorld, type World } from "../lib/engine-rig.ts";

const { start } = addedClusters();

let browser: Browser;
let world: World;

beforeAll(async () => {
  [browser, world] = [await startBrowser(), await startWorld()];
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await world?.stop();
});

const pasted = (page: Page) => page.getByLabel("Kubeconfig, pasted");
const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();

test("a kubeconfig is pasted, the cluster asked and kept, changed and removed, and its token is shown nowhere", async () => {
  const given = await start();
  const { url } = given.daemon;
  const { page, faults } = await watchedPage(browser, url, { scheme: "dark", expected: [503] });
  page.setDefaultTimeout(30_000);
  await page.goto(`${url}/clusters`);
  await press(page, "Add a cluster");
  await press(page, "Test and add");
  await page.getByText("Paste a kubeconfig, or choose its file.").waitFor();

  // A program of somebody's machine is no credential of the daemon's.
  const config = JSON.parse(world.sandbox.kubeconfig);
  const other = { ...config.users[0], name: "by-program", user: { exec: { command: "aws" } } };
  const { cluster } = config.contexts[0].context;
  await pasted(page).fill(
    JSON.stringify({
      ...config,
      users: [...config.users, other],
      contexts: [...config.contexts, { name: "cloud", context: { cluster, user: "by-program" } }],
    }),
  );
  await page.getByRole("combobox", { name: /^Context/ }).selectOption("cloud");
  await page.getByText("Its credentials come from a program (aws)").waitFor();
  await press(page, "Test and add");
  await page.getByText("Choose a context that can be taken.").waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, "cluster-add-refused");

  await page.getByRole("combobox", { name: /^Context/ }).selectOption(config.contexts[0].name);
  await page.getByLabel("Name", { exact: true }).fill("prod");
  await page.getByLabel(/^Labels/).fill("env=prod");
  // The command takes the context, and the name beside it. What was filled in is not left by one press.
  await page.getByText(`holdfast cluster add ${config.contexts[0].name} --name prod`).waitFor();
  await page.keyboard.press("Escape");
  await page.getByText("Esc once more leaves, and what you filled in is gone.").waitFor();
  await page.getByLabel("Name", { exact: true }).fill("prod");
  expect(await page.getByText("Esc once more leaves").count()).toBe(0);
  expect(await page.content()).not.toContain(world.sandbox.token);
  await screenshot(page, "cluster-add");
  // Twice at once is once.
  await page.getByRole("button", { name: "Test and add" }).dblclick();
  await page.getByText(/^prod answered in \d+ ms \(v1\..*\), and is added$/).waitFor();
  expect(given.files().length).toBe(1);

  await page.getByRole("link", { name: "prod" }).click();
  await page.getByRole("heading", { name: "prod" }).waitFor();
  await press(page, "Test");
  await page.getByText(/^It answered in \d+ ms: v1\./).waitFor();
  await screenshot(page, "cluster-page");
  expect(await accessibilityProblems(page)).toEqual([]);

  await press(page, "Change");
  await page.getByText("Nothing yet.").waitFor();
  await page.getByLabel("Name", { exact: true }).fill("live");
  await page.getByLabel(/^Labels/).fill("env=live");
  await page.getByText("labels: env: prod → live").waitFor();
  await screenshot(page, "cluster-change");
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { name: "live" }).waitFor();
  expect((await given.ask("GET", "/api/v1/clusters/live")).body).toMatchObject({
    labels: { env: "live" },
    holdfast: { keptIn: "data", credential: "token" },
  });
  // Its credentials stayed as they were.
  await press(page, "Test");
  await page.getByText(/^It answered in \d+ ms: v1\./).waitFor();

  // Nobody could revoke it, so it is not renewed: why is said at once, and nothing opens.
  const renew = page.getByRole("button", { name: "Renew its token", exact: true });
  expect([await renew.getAttribute("aria-disabled"), await renew.getAttribute("title")]).toEqual([
    "true",
    "It is reached by another token: a token that lives in a ServiceAccount's Secret alone is renewed here",
  ]);
  await renew.click({ force: true });
  expect(await page.getByRole("dialog").count()).toBe(0);
  await page.route("**/api/v1/clusters/live", async (route) => {
    if (route.request().method() !== "GET") return route.fallback();
    const reply = await route.fetch();
    const told = await reply.json();
    await route.fulfill({
      response: reply,
      json: { ...told, holdfast: { ...told.holdfast, token: "of-account-secret" } },
    });
  });
  await press(page, "Test");
  await page.getByText(/^It answered in \d+ ms: v1\./).waitFor();
  await page.locator('button[aria-disabled="false"]', { hasText: "Renew its token" }).waitFor();

  // What was left while it worked says how it ended, and closes nothing that was opened since.
  const held = Promise.withResolvers<void>();
  await page.route("**/rotate-auth*", async (route) => {
    await held.promise;
    await route.fulfill({ status: 503, json: { message: "the token was not renewed" } });
  });
  await press(page, "Renew its token");
  await page.getByRole("dialog").getByRole("button", { name: "Renew" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  await press(page, "Remove");
  await page.getByText("Nothing on it is touched.").waitFor();
  held.resolve();
  await page.getByText("Renew: the token was not renewed").waitFor();
  await page.unroute("**/rotate-auth*");
  const again = Promise.withResolvers<void>();
  await page.route("**/rotate-auth*", async (route) => {
    await again.promise;
    await route.fulfill({ status: 200, json: {} });
  });
  await page.keyboard.press("Escape");
  await press(page, "Renew its token");
  await page.getByRole("dialog").getByRole("button", { name: "Renew" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  await press(page, "Remove");
  again.resolve();
  await page.getByText("live has a new token").waitFor();
  await page.getByText("Nothing on it is touched.").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await page.getByRole("heading", { name: "Clusters" }).waitFor();
  expect(given.files()).toEqual([]);
  expect(faults()).toEqual([]);
  await page.context().close();
}, 180_000);

test("one that does not answer is not kept, with why", async () => {
  const given = await start();
  const { url } = given.daemon;
  const { page } = await watchedPage(browser, url, { width: 390, expected: [503, 400, 404] });
  page.setDefaultTimeout(30_000);
  await page.goto(`${url}/clusters?new=yes`);
  await page.getByRole("combobox", { name: /^From/ }).selectOption("token");
  await page.getByRole("textbox", { name: "Address" }).fill("https://127.0.0.1:1");
  await page.getByRole("textbox", { name: "Token" }).fill("a-token-0123456789");
  await page.getByLabel("Name", { exact: true }).fill("away");
  await press(page, "Test and add");
  await page.getByText("Nothing is kept.").waitFor();
  await screenshot(page, "cluster-add-away");
  expect(await accessibilityProblems(page)).toEqual([]);
  expect((await given.ask("GET", "/api/v1/clusters/away")).status).toBe(404);
  await page.keyboard.press("Escape");
  await page.getByText("Esc once more leaves").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  expect(new URL(page.url()).search).toBe("");
  await page.context().close();
}, 120_000);

test("a kubeconfig that is read after somebody chose another way fills nothing in", async () => {
  const given = await start();
  const { url } = given.daemon;
  const { page } = await watchedPage(browser, url, {});
  page.setDefaultTimeout(30_000);
  const gate = Promise.withResolvers<void>();
  await page.exposeFunction("untilRead", () => gate.promise);
  await page.addInitScript(`{
    const read = Blob.prototype.text;
    Blob.prototype.text = async function () { await untilRead(); window.isRead = true; return read.call(this); };
  }`);
  await page.goto(`${url}/clusters?new=yes`);
  await page
    .getByLabel("or as a file")
    .setInputFiles({ name: "config", mimeType: "text/yaml", buffer: Buffer.from(world.sandbox.kubeconfig) });
  await page.getByRole("combobox", { name: /^From/ }).selectOption("token");
  await page.getByRole("textbox", { name: "Address" }).waitFor();
  gate.resolve();
  await page.waitForFunction("window.isRead === true");
  await page.getByRole("textbox", { name: "Address" }).fill("https://10.0.0.1:6443");
  expect(await page.getByLabel("Name", { exact: true }).inputValue()).toBe("");
  await page.context().close();
}, 120_000);
