/** Settings → Webhooks: where they are sent, who has a secret, what came lately. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { Deliveries } from "../../src/api/webhooks/deliveries.ts";
import { Secret } from "../../src/core/model/secret.ts";
import { fakeControl } from "../fakes/fake-control.ts";
import { accessibilityProblems, screenshot, startBrowser } from "../lib/browser.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";

let browser: Browser;
let api: FakeApi;
const deliveries = new Deliveries();
beforeAll(async () => {
  api = startFakeApi(fakeControl(), {
    deliveries,
    webhooks: () => ({
      maxBytes: 2 ** 20,
      unsigned: "hint",
      secrets: { github: { secret: new Secret("canary-of-the-hook") } },
    }),
  });
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await api?.stop();
});

const send = (headers: Record<string, string>, url: string): Promise<Response> =>
  fetch(`${api.url}/api/webhook`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ ref: "refs/heads/main", repository: { clone_url: url } }),
  });

for (const [width, theme] of [
  [1440, "light"],
  [1024, "dark"],
  [390, "light"],
  [320, "dark"],
] as const)
  test(`says what came and how one is set up, ${width} wide and ${theme}`, async () => {
    await send({ "x-gitea-event": "push" }, "https://gitea.example.com/team/shop.git");
    await send({ "x-github-event": "push" }, "https://github.com/team/shop.git");
    await send(
      { "x-gitlab-event": "Push <b>Hook</b>" },
      "https://ci:canary-of-a-url@gitlab.example.com/a/x.git",
    );
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: theme });
    await page.goto(`${api.url}/settings/webhooks`);
    await page.getByText("Refused: it has no X-Hub-Signature-256").first().waitFor();
    await page.getByText("Unsigned: a hint to look").first().waitFor();
    await page.getByText("Push <b>Hook</b>").first().waitFor();
    await page.getByText(`${api.url}/api/webhook`).waitFor();
    expect(await page.content()).not.toContain("canary");
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    await screenshot(page, `webhooks-${width}`);
    await page.close();
  });

test("looks again by a button, at what came meanwhile, and names the command line", async () => {
  const page = await browser.newPage();
  await page.goto(`${api.url}/settings/webhooks`);
  const again = page.getByRole("button", { name: "Look again" });
  await again.waitFor();
  await send({ "x-gogs-event": "push" }, "https://gogs.example.com/just/now.git");
  await again.click();
  await page.getByText("https://gogs.example.com/just/now.git").waitFor();
  await page.getByText("holdfast webhook list").waitFor();
  await page.close();
});
