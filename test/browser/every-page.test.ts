/** Each page of the compiled daemon as it looks with something on it: in both themes, wide and narrow, for axe and for eyes. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { accessibilityProblems, screenshot, startBrowser, watchedPage } from "../lib/browser.ts";
import { type DemoWithStory, demoWithStory } from "../lib/demo-with-story.ts";
import { PAGE_ROUTES } from "../lib/page-routes.ts";

let browser: Browser;
let demo: DemoWithStory;
let url: string;

beforeAll(async () => {
  browser = await startBrowser();
  demo = await demoWithStory();
  ({ url } = demo);
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await demo?.stop();
}, 60_000);

/** On a phone a cell that leaves room of its card unused; a word of a command line that is parted, though it would fit. */
const wastedOrParted = (page: Page): Promise<string[]> =>
  page.evaluate(() => [
    ...[...document.querySelectorAll(".cards tr:not(.group) > td")].flatMap((cell) => {
      const row = cell.parentElement;
      const { width } = cell.getBoundingClientRect();
      if (row === null || width === 0 || getComputedStyle(row).display !== "grid") return [];
      const room = row.getBoundingClientRect().width;
      return Math.abs(width - room) > 1
        ? [`${width} of ${room} px used: ${cell.outerHTML.slice(0, 120)}`]
        : [];
    }),
    ...[...document.querySelectorAll(".cli code > span")].flatMap((word) => {
      const line = Number.parseFloat(getComputedStyle(word).lineHeight);
      const room = word.parentElement?.parentElement?.getBoundingClientRect().width ?? 0;
      const { width, height } = word.getBoundingClientRect();
      return height > line * 1.5 && width < room - 1 ? [`parted: ${word.textContent}`] : [];
    }),
  ]);

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
        for (const fault of await wastedOrParted(page)) found.push(`${name}: ${fault}`);
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
