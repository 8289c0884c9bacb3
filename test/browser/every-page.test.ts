/** Each page of the compiled daemon as it looks with something on it: in both themes, wide and narrow, for axe and for eyes. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import type { Browser } from "playwright-core";
import { toolsFromNpm } from "../../src/render/tools-from-npm.ts";
import { accessibilityProblems, screenshot, startBrowser, watchedPage } from "../lib/browser.ts";
import { BINARY } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { PAGE_ROUTES } from "../lib/page-routes.ts";
import { type Started, started } from "../lib/started.ts";

const home = mkdtempSync(join(tmpdir(), "holdfast-pages-"));
let browser: Browser;
let demo: Started;
let url: string;

interface Shown {
  metadata: { name: string };
  status?: {
    sync: { status: string };
    health: { status: string };
    operationState?: { phase: string };
    hold?: object;
  };
}

/** What the neighbours have come to: one in each kind of trouble, and the others well. */
const STORY: Readonly<Record<string, string>> = {
  mailer: "Synced Degraded",
  payments: "OutOfSync Healthy",
  search: "Synced Healthy held",
  reports: "Synced Suspended",
  catalogue: "OutOfSync Missing Running",
  import: "OutOfSync Missing",
  ...Object.fromEntries(
    ["clock", "guestbook", "shop", "paper-staging", "paper-production"].map((name) => [
      name,
      "Synced Healthy",
    ]),
  ),
  ...Object.fromEntries(["acme", "globex", "initech"].map((name) => [`tenant-${name}`, "Synced Healthy"])),
};

function standing({ status }: Shown): string {
  return [
    status?.sync.status,
    status?.health.status,
    ...(status?.operationState?.phase === "Running" ? ["Running"] : []),
    ...(status?.hold === undefined ? [] : ["held"]),
  ].join(" ");
}

beforeAll(async () => {
  const tools = await toolsFromNpm(join(import.meta.dir, "..", ".."));
  browser = await startBrowser();
  demo = started([BINARY, "demo", "--listen", "127.0.0.1:0"], {
    cwd: home,
    env: {
      HOME: home,
      PATH: [...(tools === undefined ? [] : [dirname(tools.helm)]), process.env.PATH ?? ""].join(delimiter),
    },
  });
  url = (await demo.until(/Status page\s+(http:\/\/127\.0\.0\.1:\d+)\//))[1] ?? "";
  await eventually(
    () => `the neighbours' story is over\n${demo.text()}`,
    async () => {
      const { items } = (await (await fetch(`${url}/api/v1/applications`)).json()) as { items: Shown[] };
      const now = Object.fromEntries(items.map((app) => [app.metadata.name, standing(app)]));
      // One that is refused is tried now and then.
      if (now["import"]?.endsWith(" Running") === true) return false;
      return Bun.deepEquals(now, STORY);
    },
    120_000,
  );
}, 180_000);

afterAll(async () => {
  await browser?.close();
  demo?.toItself("SIGTERM");
  await demo?.ended;
  rmSync(home, { recursive: true, force: true });
}, 60_000);

describe("every page", () => {
  test.each([
    { scheme: "light", width: 1440 },
    { scheme: "dark", width: 1440 },
    { scheme: "light", width: 1024 },
    { scheme: "dark", width: 1024 },
    { scheme: "light", width: 390 },
    { scheme: "dark", width: 390 },
    { scheme: "dark", width: 320 },
  ] as const)(
    "axe finds nothing, nothing is cut off and nothing complains: $scheme, $width wide",
    async ({ scheme, width }) => {
      // An address of nothing is answered with 404, the page all the same.
      const { page, faults } = await watchedPage(browser, url, { scheme, width, expected: [404] });
      page.setDefaultTimeout(20_000);
      const found: string[] = [];
      for (const { name, path, shows } of PAGE_ROUTES) {
        await page.goto(`${url}${path}`);
        await page.locator("#connection-word", { hasText: "Live" }).waitFor({ state: "attached" });
        await page
          .getByText(shows)
          .first()
          .waitFor({ state: "attached" })
          .catch((cause: unknown) => found.push(`${name}: does not show ${shows}: ${cause}`));
        await page
          .waitForFunction(
            () => ![...document.querySelectorAll("p.dim")].some((one) => one.textContent?.endsWith("…")),
          )
          .catch(() => found.push(`${name}: goes on waiting`));
        if ((await page.locator("h1").count()) !== 1) found.push(`${name}: not one h1`);
        if (!/Holdfast$/.test(await page.title())) found.push(`${name}: title ${await page.title()}`);
        for (const problem of await accessibilityProblems(page)) found.push(`${name}: ${problem}`);
        const over = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        if (over !== 0) found.push(`${name}: ${over} px too wide`);
        // For eyes; nobody looks at those of a run that did not ask for them.
        if (process.env.HOLDFAST_SCREENSHOTS !== undefined)
          await screenshot(page, `${name}-${scheme}-${width}`);
      }
      expect([...found, ...faults()]).toEqual([]);
      await page.context().close();
    },
    180_000,
  );
});
