/** A login by a provider of another site, in real Chromium: which cookies go along, and where one ends up. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import type { SignOnSettings } from "../../src/core/model/sign-on.ts";
import { systemClock } from "../../src/lib/system-clock.ts";
import { ProviderDesk } from "../../src/sso/sign-on-desk.ts";
import { fakeControl } from "../fakes/fake-control.ts";
import { startBrowser, watchedPage } from "../lib/browser.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";
import { OidcLogins } from "../lib/oidc-logins.ts";

const COOKIE = "holdfast_s=secret; Path=/; HttpOnly; SameSite=Strict";
const at = new OidcLogins();
let settings: SignOnSettings[] = [];
let browser: Browser;
let api: FakeApi;
/** By another name than the provider's, so that the two are two sites. */
let url: string;
let shownAtLogout: string | null = null;

beforeAll(async () => {
  browser = await startBrowser();
  const desk = new ProviderDesk({
    settings: () => settings,
    url: () => url,
    isOurs: () => false,
    clock: systemClock,
  });
  const sessions = {
    begin: () => ({ id: "session-1", cookie: COOKIE }),
    shown: () => undefined,
    end(headers: Headers) {
      shownAtLogout = headers.get("cookie");
      return shownAtLogout === null
        ? undefined
        : { id: "session-1", cookie: "holdfast_s=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict" };
    },
  };
  api = startFakeApi(fakeControl(), { signOn: { desk, sessions, url: () => url } });
  url = `http://localhost:${api.port}`;
  settings = [at.settings()];
  at.stand.instead = ({ path, query }) => {
    if (path === "/logout") return Response.redirect(query.get("post_logout_redirect_uri") ?? "", 302);
    if (path !== "/authorize") return undefined;
    const answer = at.stand.agree(`http://x/?${query}`);
    return Response.redirect(`${query.get("redirect_uri")}?${answer}`, 302);
  };
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await Promise.all([api?.stop(), at.stand.stop()]);
});

test("signs in at another site, and the first page has the session's cookie; signs out there too", async () => {
  const { page, faults } = await watchedPage(browser, url);
  const shown: Promise<string | undefined>[] = [];
  page.on("request", (request) => {
    if (request.isNavigationRequest() && request.url() === `${url}/?from=login`)
      shown.push(request.allHeaders().then((headers) => headers["cookie"]));
  });
  // As a link elsewhere would: the navigation begins at another site.
  await page.goto(`${at.stand.issuer}/nothing`);
  await page.evaluate((to) => location.assign(to), `${url}/auth/login?return_url=%2F%3Ffrom%3Dlogin`);
  // The link alone signs nobody in.
  await page.click('a:text-is("Sign in")');
  await page.waitForURL(`${url}/?from=login`);
  const cookies = await page.context().cookies();
  expect(cookies.map(({ name, sameSite, httpOnly }) => [name, sameSite, httpOnly])).toEqual([
    ["holdfast_s", "Strict", true],
  ]);
  await page.goto(`${url}/auth/logout`);
  await page.waitForURL(`${url}/applications`);
  expect(shownAtLogout).toContain("holdfast_s=secret");
  expect(at.stand.calls.some(({ path }) => path === "/logout")).toBe(true);
  expect(await page.context().cookies()).toEqual([]);
  expect(await Promise.all(shown)).toEqual(["holdfast_s=secret"]);
  expect(faults().filter((fault) => /Content Security|exception/.test(fault))).toEqual([]);
  await page.context().close();
}, 120_000);
