/** Who one is, tokens, passwords and settings, on the page of a real daemon with accounts. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { type AccountsDaemon, PASSWORD, startAccountsDaemon } from "../lib/accounts-daemon.ts";
import {
  accessibilityProblems,
  screenshot,
  startBrowser,
  type Watched,
  watchedPage,
} from "../lib/browser.ts";

setDefaultTimeout(120_000);
let browser: Browser;
let daemon: AccountsDaemon;

beforeAll(async () => {
  browser = await startBrowser();
  daemon = await startAccountsDaemon();
});
afterAll(async () => {
  await browser?.close();
  await daemon?.stop();
});

async function signedIn(name: string, path: string, password = PASSWORD, width = 1280): Promise<Watched> {
  const watched = await watchedPage(browser, daemon.url, { width, expected: [400, 401, 403, 429, 501] });
  const { page } = watched;
  page.setDefaultTimeout(30_000);
  await page.goto(`${daemon.url}${path}`);
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator("#connection-word", { hasText: "Live" }).waitFor();
  return watched;
}

const may = async (token: string, path: string): Promise<number> =>
  (await fetch(`${daemon.url}${path}`, { headers: { authorization: `Bearer ${token}` } })).status;

/** Until every cell was answered. */
const matrix = async (page: Page): Promise<string[]> => {
  await page.waitForFunction(() => document.querySelectorAll(".rights td[data-may]").length >= 20);
  await page.waitForFunction(
    () => ![...document.querySelectorAll(".rights td")].some((one) => one.textContent === "…"),
  );
  return page.locator(".rights tbody tr").first().locator("td").allTextContents();
};

test("tells who one is, what one may of everything and of one project, and when the login ends", async () => {
  const { page, faults } = await signedIn("ann", "/user-info");
  await page.getByText("ann, an account of this daemon.").waitFor();
  expect(await page.locator(".attention").textContent()).toMatch(
    /This login began .* and ends .*, or .* unless/,
  );
  expect(await matrix(page)).toEqual(["no", "no", "no", "no", "no", "no", "no"]);
  await page.getByLabel("Of", { exact: true }).selectOption("team-a");
  await page.getByRole("row", { name: /^applications yes/ }).waitFor();
  expect(await matrix(page)).toEqual(["yes", "no", "no", "no", "yes", "no", "no"]);
  expect(await page.getByRole("rowheader", { name: "accounts" }).count()).toBe(0);
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, "user-info");
  expect(faults()).toEqual([]);
  await page.context().close();
});

test("a token is made for less, shown once, listed, and revoked after its dialog; a line that is none makes nothing", async () => {
  const { page, faults } = await signedIn("ann", "/user-info");
  await page.getByText("Make a token").click();
  const name = page.getByLabel("Name, to know it by");
  await name.fill("<b>pipeline</b>");
  await page.getByLabel("Good for").selectOption("7");
  const scopes = page.getByLabel("It may this alone");
  await scopes.fill("applications:get");
  const make = page.getByRole("button", { name: "Create" });
  await make.click();
  await page.getByText("line 1:").waitFor();
  await scopes.fill("applications:get:team-a/*");
  await make.click();
  // In the daemon's words, and what was typed stays.
  await page.getByText("a token's name has").waitFor();
  await name.fill("pipeline 1");
  expect(await page.locator("code", { hasText: "token create" }).textContent()).toContain("--expires-in 7d");
  await make.dblclick();
  const shown = page.getByLabel("The token");
  await shown.waitFor();
  const token = await shown.inputValue();
  expect(token).toStartWith("hf_token_");
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, "token-made");
  // One, though the button was pressed twice.
  await page.getByRole("cell", { name: "pipeline 1" }).waitFor();
  expect(await page.getByRole("button", { name: "Revoke" }).count()).toBe(1);
  expect([await may(token, "/api/v1/applications/mine"), await may(token, "/api/v1/clusters")]).toEqual([
    200, 200,
  ]);
  await page.getByRole("button", { name: "I have it" }).click();
  await page.reload();
  await page.getByRole("cell", { name: "pipeline 1" }).waitFor();
  expect(await page.content()).not.toContain(token);
  await page.getByRole("button", { name: "Revoke" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("refused from its next request on").waitFor();
  await page.keyboard.press("Escape");
  expect(await may(token, "/api/v1/applications/mine")).toBe(200);
  await page.getByRole("button", { name: "Revoke" }).click();
  await dialog.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("cell", { name: "pipeline 1" }).waitFor({ state: "detached" });
  expect(await may(token, "/api/v1/applications/mine")).toBe(401);
  expect(faults()).toEqual([]);
  await page.context().close();
});

test("a password is changed by whoever knows the one before, and typed twice alike", async () => {
  const { page, faults } = await signedIn("ann", "/user-info");
  const next = "another battery staple";
  await page.getByText("Change the password").first().click();
  const fill = async (current: string, again: string): Promise<void> => {
    await page.getByLabel("Your password").first().fill(current);
    await page.getByLabel("New password").fill(next);
    await page.getByLabel("Once more").fill(again);
    await page.getByRole("button", { name: "Change the password" }).click();
  };
  await fill(PASSWORD, "another battery stapel");
  await page.getByText("not the same").waitFor();
  await fill("not the one before", next);
  await page.locator(".refused", { hasNotText: "not the same" }).waitFor();
  await fill(PASSWORD, next);
  await page.getByText("ann has another password").waitFor();
  const again = await signedIn("ann", "/user-info", next);
  await again.page.context().close();
  expect(faults()).toEqual([]);
  await page.context().close();
});

test("an administrator sees all accounts and their tokens, others their own, with why", async () => {
  const root = await signedIn("root", "/settings/accounts");
  const rows = root.page.locator("tbody tr");
  await root.page.getByRole("link", { name: "ann" }).waitFor();
  expect((await rows.allTextContents()).length).toBeGreaterThan(2);
  expect(await accessibilityProblems(root.page)).toEqual([]);
  await root.page.getByRole("link", { name: "ci" }).click();
  await root.page.getByRole("heading", { level: 2, name: "ci" }).waitFor();
  await root.page.getByText("Make a token").click();
  await root.page.getByRole("button", { name: "Create" }).click();
  await root.page.getByLabel("The token").waitFor();
  expect(root.faults()).toEqual([]);
  await root.page.context().close();
  const ann = await signedIn("ann", "/settings/accounts", "another battery staple");
  await ann.page.getByText("Your policy does not let you get accounts of others").waitFor();
  expect(await ann.page.locator("tbody tr").count()).toBe(1);
  await ann.page.goto(`${daemon.url}/settings/accounts/root`);
  await ann.page.locator(".refused").waitFor();
  expect(await ann.page.content()).not.toContain("hf_token_");
  await ann.page.context().close();
});

const KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";

test("keys of ssh hosts are added and removed, and what can be none is said", async () => {
  const { page, faults } = await signedIn("root", "/settings/certificates");
  await page.getByText("Add keys or a certificate").click();
  const text = page.getByLabel("Lines of a known_hosts file");
  await text.fill("git.example.com ssh-ed25519");
  await page.getByRole("button", { name: "Believe them" }).click();
  await page.getByText("line 1: is no HOST TYPE KEY").waitFor();
  await text.fill(`git.example.com ssh-ed25519 ${KEY}`);
  await page.getByRole("button", { name: "Believe them" }).click();
  await page.getByRole("cell", { name: "git.example.com" }).waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, "certificates");
  await page.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await page.getByRole("cell", { name: "git.example.com" }).waitFor({ state: "detached" });
  expect(faults()).toEqual([]);
  await page.context().close();
});

test("whoever may not, sees why, and a time zone that was chosen holds for every time", async () => {
  const { page, faults } = await signedIn("ann", "/settings/certificates", "another battery staple", 390);
  await page.getByText("Your policy does not let you create certificates").waitFor();
  await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "GPG keys" }).click();
  await page.getByText("Signatures of commits are not checked").waitFor();
  await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Appearance" }).click();
  await page.getByLabel("UTC", { exact: true }).check();
  await page.getByText(/now .*UTC/).waitFor();
  await page.reload();
  await page.getByText(/now .*UTC/).waitFor();
  for (const path of [
    "/settings/accounts",
    "/settings/notifications",
    "/settings/about",
    "/help",
    "/user-info",
  ]) {
    await page.goto(`${daemon.url}${path}`);
    await page.locator("#connection-word", { hasText: "Live" }).waitFor();
    await page.locator("h1").waitFor();
    await page.waitForFunction(
      () => ![...document.querySelectorAll(".dim")].some((one) => one.textContent?.endsWith("…")),
    );
    expect([path, await page.evaluate(() => document.documentElement.scrollWidth)]).toEqual([path, 390]);
    // Nothing of it is beyond the edge of a box that is moved sideways.
    const moved = await page.$$eval(
      ".table",
      (all) => all.filter((one) => one.scrollWidth > one.clientWidth).length,
    );
    expect([path, moved]).toEqual([path, 0]);
    expect([path, await accessibilityProblems(page)]).toEqual([path, []]);
  }
  expect(faults()).toEqual([]);
  await page.context().close();
});
