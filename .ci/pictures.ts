/**
 * The four pictures of README, of the demo as it is: `bun .ci/pictures.ts`. They are looked at before they are
 * committed.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const root = join(import.meta.dir, "..");
// It is shown in the head of each application.
const dir = mkdtempSync("/tmp/demo-");
const demo = Bun.spawn(["node", join(root, "src/bin.mjs"), "demo", "--listen", "127.0.0.1:0", "--dir", dir], {
  stdout: "pipe",
  stderr: "inherit",
});
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });

const PICTURES = [
  { name: "applications", scheme: "light", path: "/applications" },
  { name: "application", scheme: "light", path: "/applications/argocd/mailer" },
  { name: "diff", scheme: "dark", path: "/applications/argocd/payments?view=diff" },
  { name: "run", scheme: "dark", path: "/applications/argocd/warehouse?view=run" },
] as const;

try {
  const url = await addressOf(demo.stdout);
  // Back-offs have grown, and what fails has failed for good.
  await Bun.sleep(60_000);
  for (const { name, scheme, path } of PICTURES) {
    const context = await browser.newContext({
      colorScheme: scheme,
      reducedMotion: "reduce",
      viewport: { width: 1280, height: 760 },
    });
    const page = await context.newPage();
    await page.goto(`${url}${path}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    // What is asked for after the first sight: objects, the diff, who made the commit.
    await page.waitForTimeout(10_000);
    await page.screenshot({ path: join(root, "docs/images", `${name}.png`) });
    console.log(`docs/images/${name}.png`);
    await context.close();
  }
} finally {
  await browser.close();
  demo.kill("SIGTERM");
  await demo.exited;
  rmSync(dir, { recursive: true, force: true });
}

/** @returns once all that the demo waits for has settled */
async function addressOf(out: ReadableStream<Uint8Array>): Promise<string> {
  let said = "";
  for await (const bytes of out) {
    said += Buffer.from(bytes).toString("utf8");
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
    if (url !== undefined && said.includes("are Synced and Healthy")) return url;
  }
  throw new Error(`the demo ended: ${said}`);
}
