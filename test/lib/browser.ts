/** A real Chromium, found on PATH, and what a page may never do: errors in its console, failed or foreign requests, axe's findings. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";

const AXE = Bun.fileURLToPath(import.meta.resolve("axe-core/axe.min.js"));
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export async function startBrowser(): Promise<Browser> {
  const executablePath = Bun.which("chromium") ?? Bun.which("chromium-browser") ?? Bun.which("google-chrome");
  if (executablePath === null) throw new Error("there is no chromium on PATH: apt-get install chromium");
  return chromium.launch({
    executablePath,
    // --no-sandbox: as root, in a container. The others keep it from calling home.
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

export interface Watched {
  page: Page;
  /** What went wrong so far that nobody expected: console errors, exceptions, requests to elsewhere, breaches of the content policy. */
  faults(): string[];
}

/** @param expected statuses of answers that belong to the test, which Chromium reports as errors */
export async function watchedPage(
  browser: Browser,
  origin: string,
  {
    scheme = "light",
    width = 1280,
    height = 900,
    expected = [],
  }: { scheme?: "light" | "dark"; width?: number; height?: number; expected?: number[] } = {},
): Promise<Watched> {
  const context = await browser.newContext({
    colorScheme: scheme,
    reducedMotion: "reduce",
    viewport: { width, height },
  });
  await context.addInitScript(() =>
    document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI, sourceFile }) =>
      console.error(`content policy: ${effectiveDirective} kept ${blockedURI} of ${sourceFile}`),
    ),
  );
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("console", (message) => {
    const status = Number(/status of (\d+)/.exec(message.text())?.[1]);
    if (["error", "warning"].includes(message.type()) && !expected.includes(status))
      faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (cause) => faults.push(`exception: ${cause.message}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith("data:"))
      faults.push(`request to elsewhere: ${request.url()}`);
  });
  return { page, faults: () => faults };
}

/** What axe finds, one line for each element. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // The page's own content policy forbids foreign scripts, so it is evaluated, not inserted.
  await page.evaluate(await Bun.file(AXE).text());
  return page.evaluate(async (rules) => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(
          options: object,
        ): Promise<{ violations: { id: string; help: string; nodes: { html: string }[] }[] }>;
      };
    };
    const { violations } = await axe.run({ runOnly: { type: "tag", values: rules } });
    return violations.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html}`));
  }, RULES);
}

/** Where screenshots of this run lie, for eyes. */
export const screenshots =
  process.env.HOLDFAST_SCREENSHOTS ?? mkdtempSync(join(tmpdir(), "holdfast-screenshots-"));

export async function screenshot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
}
