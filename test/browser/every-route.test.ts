/** What holds on every page of the compiled daemon, whoever looks at it by whatever means: large, with colours of the system, by touch, below a path. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { screenshot, startBrowser, watchedPage } from "../lib/browser.ts";
import { startDaemon } from "../lib/daemon.ts";
import { type DemoWithStory, demoWithStory } from "../lib/demo-with-story.ts";
import { PAGE_ROUTES, type PageRoute } from "../lib/page-routes.ts";

let browser: Browser;
let demo: DemoWithStory;

beforeAll(async () => {
  browser = await startBrowser();
  demo = await demoWithStory();
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await demo?.stop();
}, 60_000);

/** Leads through all pages; each is there when its judges are asked. */
async function walk(
  page: Page,
  base: string,
  judge: (route: PageRoute) => Promise<readonly string[]>,
): Promise<string[]> {
  page.setDefaultTimeout(20_000);
  const found: string[] = [];
  for (const route of PAGE_ROUTES) {
    await page.goto(`${base}${route.path}`);
    await page.locator("#connection-word", { hasText: "Live" }).waitFor({ state: "attached" });
    try {
      await page.locator("h1").first().waitFor({ state: "attached" });
    } catch {
      found.push(`${route.name}: no h1`);
      continue;
    }
    await page.waitForFunction(
      () => ![...document.querySelectorAll("p.dim")].some((one) => one.textContent?.endsWith("…")),
    );
    found.push(...(await judge(route)).map((fault) => `${route.name}: ${fault}`));
  }
  return found;
}

/** What is pressed, smaller than 24 by 24 pixels, and so near to something else that a finger of that size takes both. */
const tooSmall = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const pressed = [
      ...document.querySelectorAll(
        "a[href], button, input, select, textarea, summary, [role=tab], [role=option], [role=menuitem]",
      ),
    ].flatMap((one) => {
      const isSeen = one.checkVisibility({ visibilityProperty: true }) && one.closest(".skip") === null;
      const box = (one.closest("label") ?? one).getBoundingClientRect();
      return isSeen && box.width > 0 && box.height > 0 ? [{ one, box }] : [];
    });
    return pressed.flatMap(({ one, box }) => {
      if (box.width > 23.5 && box.height > 23.5) return [];
      // A word within a sentence is as high as its line.
      if (getComputedStyle(one).display === "inline" && one instanceof HTMLAnchorElement) return [];
      const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
      const near = pressed.find(
        ({ one: other, box: there }) =>
          !other.contains(one) &&
          !one.contains(other) &&
          there.x < x + 12 &&
          there.right > x - 12 &&
          there.y < y + 12 &&
          there.bottom > y - 12,
      );
      const size = `${Math.round(box.width)}×${Math.round(box.height)}`;
      return near === undefined
        ? []
        : [`${size} ${one.outerHTML.slice(0, 100)} beside ${near.one.outerHTML.slice(0, 100)}`];
    });
  });

/** States without a word or without a shape, and shapes that stand for two words of a kind. */
const colourAlone = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const faults: string[] = [];
    for (const one of document.querySelectorAll(".state")) {
      const shape = one.querySelector("use")?.getAttribute("href") ?? "#none";
      if (document.querySelector(shape) === null) faults.push(`no shape: ${one.outerHTML.slice(0, 120)}`);
      if ((one.textContent ?? "").trim() === "") faults.push(`no word: ${one.outerHTML.slice(0, 120)}`);
    }
    for (const one of document.querySelectorAll(".node, .pod")) {
      const said = `${one.getAttribute("aria-label") ?? ""}${one.getAttribute("title") ?? ""}${one.textContent}`;
      if (one.querySelector("svg use") !== null && !/[A-Z][a-z]+/.test(said))
        faults.push(`a shape without words: ${one.outerHTML.slice(0, 160)}`);
    }
    return faults;
  });

/**
 * Words that are cut: out of what can be pressed, below the edge of a box that hides what is over, or out of a row that is as
 * high as it was reckoned. An ellipsis tells that there is more.
 */
const clippedWords = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const faults: string[] = [];
    const range = document.createRange();
    for (const one of document.querySelectorAll(
      "button, a.button, [role=tab], .chip, .state, h1, h2, legend, th",
    )) {
      if (!one.checkVisibility({ visibilityProperty: true }) || one.closest(".graph, .hidden-text") !== null)
        continue;
      const box = one.getBoundingClientRect();
      if (box.width === 0) continue;
      range.selectNodeContents(one);
      for (const word of range.getClientRects())
        if (
          word.width > 1 &&
          (word.right > box.right + 2 || word.bottom > box.bottom + 2 || word.top < box.top - 2) &&
          getComputedStyle(one).textOverflow !== "ellipsis" &&
          one.querySelector(".hidden-text, .told, .to, kbd") === null
        ) {
          faults.push(`sticks out: ${one.outerHTML.slice(0, 120)}`);
          break;
        }
    }
    for (const one of document.querySelectorAll("main *")) {
      const style = getComputedStyle(one);
      if (!["hidden", "clip"].includes(style.overflowY) || style.clipPath !== "none") continue;
      if (one.closest(".graph, .numbers, .hidden-text") !== null) continue;
      if (style.webkitLineClamp !== "none" && style.webkitLineClamp !== "") continue;
      if (one.clientHeight > 0 && one.scrollHeight > one.clientHeight + 3)
        faults.push(`cut below: ${one.outerHTML.slice(0, 120)}`);
    }
    // A word of a head that goes on in the next line is none: `W hy`.
    for (const head of document.querySelectorAll("th")) {
      if (!head.checkVisibility({ visibilityProperty: true }) || head.getBoundingClientRect().width < 2)
        continue;
      for (const text of head.childNodes)
        for (const { index, 0: word } of (text.nodeType === 3 ? (text.nodeValue ?? "") : "").matchAll(
          /\S+/g,
        )) {
          range.setStart(text, index);
          range.setEnd(text, index + word.length);
          if (new Set([...range.getClientRects()].map(({ top }) => top)).size > 1)
            faults.push(`parted: ${head.outerHTML.slice(0, 120)}`);
        }
    }
    for (const slot of document.querySelectorAll(".rows > .slot")) {
      const box = slot.getBoundingClientRect();
      for (const cell of slot.querySelectorAll(":scope > * > *")) {
        const { top, bottom, height } = cell.getBoundingClientRect();
        if (height > 0 && cell.textContent !== "" && (top < box.top - 1 || bottom > box.bottom + 1))
          faults.push(`out of its row: ${cell.outerHTML.slice(0, 120)}`);
      }
    }
    return faults;
  });

describe("on every page", () => {
  test("what is pressed is large enough for a finger, and a state is a shape and a word", async () => {
    const { page, faults } = await watchedPage(browser, demo.url, { expected: [404] });
    const found = await walk(page, demo.url, async () => [
      ...(await tooSmall(page)),
      ...(await colourAlone(page)),
    ]);
    expect([...found, ...faults()]).toEqual([]);
    await page.context().close();
  }, 300_000);

  // A browser draws a window of 1280 by 1024 pixels that large.
  test.each([
    { zoom: 100, width: 1280, height: 1024 },
    { zoom: 200, width: 640, height: 512 },
    { zoom: 400, width: 320, height: 256 },
  ])(
    "no word is cut at $zoom %",
    async ({ zoom, width, height }) => {
      const { page, faults } = await watchedPage(browser, demo.url, { width, height, expected: [404] });
      const found = await walk(page, demo.url, async ({ name }) => {
        if (process.env.HOLDFAST_SCREENSHOTS !== undefined) await screenshot(page, `${name}-zoom-${zoom}`);
        const over = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        return [...(over === 0 ? [] : [`${over} px too wide`]), ...(await clippedWords(page))];
      });
      expect([...found, ...faults()]).toEqual([]);
      await page.context().close();
    },
    300_000,
  );

  test("with colours of the system what is chosen is seen, and without motion nothing moves", async () => {
    const { page, faults } = await watchedPage(browser, demo.url, { expected: [404] });
    await page.emulateMedia({ forcedColors: "active", reducedMotion: "reduce" });
    const found = await walk(page, demo.url, async ({ name }) => {
      if (process.env.HOLDFAST_SCREENSHOTS !== undefined) await screenshot(page, `${name}-forced-colours`);
      return page.evaluate(() => [
        ...[
          ...document.querySelectorAll(
            '[aria-pressed="true"], [aria-selected="true"], .tabs [aria-current], .rail [aria-current]',
          ),
        ].flatMap((one) =>
          one.checkVisibility() && getComputedStyle(one).outlineStyle !== "solid"
            ? [`looks like what is not chosen: ${one.outerHTML.slice(0, 120)}`]
            : [],
        ),
        ...document.getAnimations().flatMap((one) => {
          const { duration, iterations } = one.effect?.getTiming() ?? {};
          return Number(duration) > 200 || iterations === Number.POSITIVE_INFINITY
            ? [`moves: ${(one as CSSAnimation).animationName}`]
            : [];
        }),
      ]);
    });
    expect([...found, ...faults()]).toEqual([]);
    await page.context().close();
  }, 300_000);
});

test("below a base path each page is there, leads nowhere else and asks nowhere else", async () => {
  const names = [...new Set(PAGE_ROUTES.flatMap(({ path }) => /\/argocd\/([\w-]+)/.exec(path)?.[1] ?? []))];
  const files = Object.fromEntries(
    names
      .filter((name) => name !== "nothing")
      .map((name) => [
        `apps/${name}.yaml`,
        JSON.stringify({
          ...{ apiVersion: "argoproj.io/v1alpha1", kind: "Application" },
          metadata: { name, namespace: "argocd" },
          spec: {
            ...{ project: "default", destination: { name: "in-cluster", namespace: name } },
            source: { repoURL: "https://git.invalid/web.git", path: ".", targetRevision: "main" },
          },
        }),
      ]),
  );
  const daemon = await startDaemon("applications: [./apps]\n", files, { basePath: "/cd" });
  const asked = new Set<string>();
  const { page, faults } = await watchedPage(browser, daemon.url, { expected: [400, 404, 500, 502, 503] });
  page.on("request", (request) => asked.add(new URL(request.url()).pathname));
  const found = await walk(page, `${daemon.url}/cd`, async () => {
    const links = await page.$$eval("a[href]", (all) => all.map((one) => one.getAttribute("href") ?? ""));
    return links.filter((link) => !/^(\/cd\/|[?#])/.test(link) && !/^https?:/.test(link));
  });
  expect([...found, ...faults()]).toEqual([]);
  expect([...asked].filter((path) => path !== "/cd" && !path.startsWith("/cd/"))).toEqual([]);
  await page.context().close();
  await daemon.stop();
}, 300_000);

test("back and forward lead through what was looked for, opened and chosen, as it was", async () => {
  const { page, faults } = await watchedPage(browser, demo.url);
  const shown: readonly (readonly [path: string, seen: string])[] = [
    ["/applications?q=sync%3Aoutofsync", "#app-argocd-payments"],
    ["/applications/argocd/mailer", '[role=tab][aria-selected="true"]:text("Resources")'],
    ["/applications/argocd/mailer?group=flat&find=kind%3Apod", '[aria-pressed="true"]:text("Flat")'],
    ["/applications/argocd/mailer?view=history&what=all", '[role=tab][aria-selected="true"]:text("History")'],
    ["/applications/argocd/mailer?node=apps/Deployment/mailer/mailer&tab=live", ".sheet .manifest"],
  ];
  const isShown = async ([path, seen]: readonly [string, string]): Promise<void> => {
    await page.locator(seen).first().waitFor();
    const { pathname, search } = new URL(page.url());
    expect(decodeURIComponent(pathname + search)).toBe(decodeURIComponent(path));
  };
  await page.goto(`${demo.url}${shown[0]?.[0]}`);
  for (const [path, seen] of shown) {
    // As a link of the page leads there, without another load.
    await page.evaluate((path) => {
      const link = Object.assign(document.createElement("a"), { href: path });
      document.querySelector("main")?.append(link);
      link.click();
      link.remove();
    }, path);
    await isShown([path, seen]);
  }
  for (const one of shown.slice(0, -1).toReversed()) {
    await page.goBack();
    await isShown(one);
  }
  for (const one of shown.slice(1)) {
    await page.goForward();
    await isShown(one);
  }
  await page.reload();
  await isShown(shown.at(-1) ?? ["", ""]);
  expect(faults()).toEqual([]);
  await page.context().close();
}, 120_000);
