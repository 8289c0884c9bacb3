/** Signing in on the page of a real daemon: by itself where there is one way and never in a loop, back to where one was, and over what one was at. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { type AccountsDaemon, PASSWORD, startAccountsDaemon } from "../lib/accounts-daemon.ts";
import { accessibilityProblems, screenshot, startBrowser, watchedPage } from "../lib/browser.ts";
import { OidcLogins } from "../lib/oidc-logins.ts";

setDefaultTimeout(120_000);
const at = new OidcLogins();
let browser: Browser;
/** With people who have passwords, and with none but a provider's. */
let people: AccountsDaemon;
let provided: AccountsDaemon;
let isAgreed = true;

beforeAll(async () => {
  at.stand.instead = ({ path, query }) => {
    if (path === "/logout") return Response.redirect(query.get("post_logout_redirect_uri") ?? "", 302);
    if (path !== "/authorize") return undefined;
    const answer = isAgreed
      ? at.stand.agree(`http://x/?${query}`)
      : new URLSearchParams({
          error: "access_denied",
          state: query.get("state") ?? "",
          iss: at.stand.issuer,
        });
    return Response.redirect(`${query.get("redirect_uri")}?${answer}`, 302);
  };
  const signOn = `signOn: ${JSON.stringify({
    oidc: [
      { ...{ name: "Stand", issuer: at.stand.issuer }, clientId: "holdfast", clientSecret: "secret-canary" },
    ],
  })}`;
  browser = await startBrowser();
  people = await startAccountsDaemon(() => signOn, "", { host: "localhost" });
  provided = await startAccountsDaemon(() => signOn, "", { host: "localhost", passwords: "nobody" });
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([people?.stop(), provided?.stop(), at.stand.stop()]);
});

const asked = (): number => at.stand.calls.filter(({ path }) => path === "/authorize").length;
const live = (page: Page): Promise<void> => page.locator("#connection-word", { hasText: "Live" }).waitFor();

async function opened(of: AccountsDaemon, path: string) {
  const watched = await watchedPage(browser, of.url, { expected: [401, 403, 400] });
  watched.page.setDefaultTimeout(30_000);
  await watched.page.goto(`${of.url}${path}`);
  return watched.page;
}

/** So that it is seen whether a page was loaded anew. */
const mark = (page: Page): Promise<void> =>
  page.evaluate(() => void Object.assign(window, { mark: "of before" }));
const isMarked = (page: Page): Promise<boolean> => page.evaluate(() => "mark" in window);

async function signIn(page: Page, name: string): Promise<void> {
  if (!(await page.getByLabel("Name").isVisible())) await page.getByText("With name and password").click();
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
}

test("the only way is gone by itself, once: after a no and after a log out it waits for a click", async () => {
  isAgreed = false;
  const page = await opened(provided, "/clusters?from=a-mail");
  await page.getByRole("heading", { name: "Not signed in" }).waitFor();
  expect(asked()).toBe(1);
  await page.getByRole("link", { name: "to the page" }).click();
  const go = page.getByRole("link", { name: "Continue with Stand" });
  await go.waitFor();
  expect([asked(), await page.getByLabel("Password").count()]).toEqual([1, 0]);
  isAgreed = true;
  await page.goto(`${provided.url}/clusters?from=a-mail`);
  await go.click();
  await live(page);
  expect([asked(), new URL(page.url()).pathname, new URL(page.url()).search]).toEqual([
    2,
    "/clusters",
    "?from=a-mail",
  ]);
  const beside = await page.context().newPage();
  await beside.goto(`${provided.url}/projects`);
  await live(beside);
  await mark(beside);
  await page.getByRole("button", { name: "You:" }).click();
  await page.getByRole("button", { name: "Log out" }).click();
  await go.waitFor();
  // Nothing stays in sight in the other tab, which waits as well.
  await beside.getByRole("link", { name: "Continue with Stand" }).waitFor();
  // Nor in the memory behind it, of which the palette and the title would tell.
  expect(await isMarked(beside)).toBe(false);
  await beside.keyboard.press("Control+k");
  expect(await beside.getByRole("dialog", { name: "Go to" }).count()).toBe(0);
  expect([await beside.getByRole("heading", { name: "Projects" }).count(), asked()]).toEqual([0, 2]);
  await go.click();
  await live(page);
  // Whoever looks at the other tab again is signed in there too.
  await beside.evaluate(() => dispatchEvent(new Event("focus")));
  await live(beside);
  await page.context().close();
  // A new browser goes by itself.
  const fresh = await opened(provided, "/activity");
  await live(fresh);
  expect([asked(), new URL(fresh.url()).pathname]).toEqual([4, "/activity"]);
  await fresh.context().close();
});

test("a provider comes first and the form is folded, and what a login address says leads to no other server", async () => {
  const page = await opened(people, "/login?return_url=%2F%2Fevil.example%2Fx");
  await page.getByRole("link", { name: "Continue with Stand" }).waitFor();
  expect(await page.getByLabel("Name").isVisible()).toBe(false);
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, "login-providers");
  await page.getByText("With name and password").click();
  expect(await page.getByLabel("Password").getAttribute("autocomplete")).toBe("current-password");
  await page.getByLabel("Name").fill("root");
  await page.getByLabel("Password").fill("something else entirely");
  await page.keyboard.press("Enter");
  await page.getByText("Invalid username or password").waitFor();
  await signIn(page, "root");
  await live(page);
  expect(new URL(page.url()).host).toBe(new URL(people.url).host);
  expect(new URL(page.url()).pathname).toBe("/applications");
  // Whoever is signed in is led on.
  await page.goto(`${people.url}/login?return_url=%2Fclusters`);
  await page.getByRole("heading", { level: 1, name: "Clusters" }).waitFor();
  await page.context().close();
});

const endSessions = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    const list = await (await fetch("/api/holdfast/v1/sessions")).json();
    const own = list.items.find((one: { own?: string }) => one.own === "yes");
    await fetch(`/api/holdfast/v1/sessions/${own.id}`, {
      method: "DELETE",
      headers: { "content-type": "application/json" },
    });
  });

test("a login that ends in the middle of a page keeps what was typed, and somebody else begins anew", async () => {
  const page = await opened(people, "/new/application");
  await signIn(page, "root");
  await live(page);
  const name = page.getByLabel("Name", { exact: true });
  await name.fill("half-typed");
  await endSessions(page);
  const over = page.getByRole("dialog", { name: "Your login has ended" });
  await over.waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, "login-over");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  // A browser closes it all the same at the second one, and it is opened again.
  await over.waitFor();
  await over.getByText("With name and password").click();
  await over.getByLabel("Name").fill("root");
  await over.getByLabel("Password").fill(PASSWORD);
  await over.getByRole("button", { name: "Sign in" }).click();
  await over.waitFor({ state: "hidden" });
  await live(page);
  expect(await name.inputValue()).toBe("half-typed");
  await endSessions(page);
  await over.waitFor();
  await over.getByText("With name and password").click();
  await over.getByLabel("Name").fill("ann");
  await over.getByLabel("Password").fill(PASSWORD);
  await over.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "You: ann" }).waitFor();
  expect(await name.inputValue()).toBe("");
  await page.context().close();
});

test("what one person is shown is gone once somebody else is signed in, in another tab, and nobody logged out", async () => {
  const page = await opened(people, "/projects");
  await signIn(page, "root");
  await live(page);
  await mark(page);
  await page.evaluate(async (password) => {
    const body = JSON.stringify({ username: "ann", password });
    await fetch("/api/v1/session", { method: "POST", headers: { "content-type": "application/json" }, body });
  }, PASSWORD);
  await page.getByRole("button", { name: "You: ann" }).waitFor();
  expect(await isMarked(page)).toBe(false);
  await page.context().close();
});

test("whoever logs out leaves no names of what they looked at in the browser", async () => {
  const page = await opened(people, "/projects");
  await signIn(page, "root");
  await live(page);
  const path = await page.evaluate(async () => {
    const spec = {
      project: "default",
      source: { repoURL: "https://git.invalid/x.git", path: "." },
      destination: { server: "https://kubernetes.default.svc", namespace: "x" },
    };
    const body = JSON.stringify({ metadata: { name: "plan-of-root" }, spec });
    const headers = { "content-type": "application/json" };
    const reply = await fetch("/api/v1/applications?validate=false", { method: "POST", headers, body });
    const { metadata } = await reply.json();
    return `/applications/${metadata.namespace}/${metadata.name}`;
  });
  await page.goto(`${people.url}${path}`);
  await page.waitForFunction(() => document.title.includes("plan-of-root · "));
  const kept = (): Promise<string> => page.evaluate(() => JSON.stringify({ ...localStorage }));
  expect(await kept()).toContain("plan-of-root");
  await page.getByRole("button", { name: "You:" }).click();
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByRole("link", { name: "Continue with Stand" }).waitFor();
  expect(await kept()).not.toContain("plan-of-root");
  await page.context().close();
});
