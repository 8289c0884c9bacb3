/** The token of a cluster renewed on its page, against a real API server. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { accessibilityProblems, screenshot, startBrowser, watchedPage } from "../lib/browser.ts";
import { type ControlPlane, startControlPlane } from "../lib/control-plane.ts";
import { type Daemon, startDaemon } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";

setDefaultTimeout(180_000);

const SYSTEM = "/api/v1/namespaces/kube-system";

let browser: Browser, plane: ControlPlane, daemon: Daemon;

beforeAll(async () => {
  [browser, plane] = [await startBrowser(), await startControlPlane()];
  daemon = await startDaemon(
    `applications: [./apps]
clusters:
  - { name: written, server: "https://127.0.0.1:1", kubeconfig: ${plane.kubeconfig} }
`,
    { "apps/README": "" },
  );
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await daemon?.stop();
  await plane?.stop();
}, 60_000);

const tokenOf = (): string => {
  const folder = join(daemon.dir, "data", "clusters");
  const [file = ""] = readdirSync(folder);
  const { data } = JSON.parse(readFileSync(join(folder, file), "utf8"));
  return JSON.parse(Buffer.from(data.config, "base64").toString()).bearerToken;
};
const askAs = async (token: string, what = "namespaces"): Promise<number> =>
  (
    await fetch(`https://127.0.0.1:${plane.port}/api/v1/${what}`, {
      headers: { authorization: `Bearer ${token}` },
      tls: { ca: readFileSync(join(plane.dir, "ca.crt"), "utf8") },
    })
  ).status;
const secrets = async (): Promise<string[]> =>
  ((await plane.api.must("GET", `${SYSTEM}/secrets`)).items as { type: string; metadata: { name: string } }[])
    .filter(({ type }) => type === "kubernetes.io/service-account-token")
    .map(({ metadata }) => metadata.name);

test("a token is renewed once for a double click, proved, and shown nowhere; the old one is refused", async () => {
  const added = await daemon.cli(
    ...["cluster", "add", "local", "--kubeconfig", plane.kubeconfig, "--name", "prod", "-y"],
  );
  expect([added.code, added.stdout]).toEqual([0, expect.stringContaining("Cluster prod")]);
  const before = tokenOf();
  const { page, faults } = await watchedPage(browser, daemon.url);
  page.setDefaultTimeout(30_000);
  await page.goto(`${daemon.url}/clusters/prod`);
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.method() === "POST" && request.url().includes("/rotate-auth")) asked.push(request.url());
  });
  await page.getByRole("button", { name: "Renew its token" }).click();
  const dialog = page.getByRole("dialog", { name: "Renew the token of prod?" });
  await dialog.getByText("holdfast cluster rotate-auth prod", { exact: true }).waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, "cluster-renew");
  // What is left by Esc renews nothing.
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  expect([asked, tokenOf()]).toEqual([[], before]);
  await page.getByRole("button", { name: "Renew its token" }).click();
  await dialog.getByRole("button", { name: "Renew", exact: true }).dblclick();
  await page.getByText("prod has a new token, and the old one is revoked").waitFor();
  await dialog.waitFor({ state: "detached" });
  const after = tokenOf();
  expect([asked.length, after === before]).toEqual([1, false]);
  expect(await secrets()).toEqual([expect.stringMatching(/^holdfast-manager-[0-9a-f]{8}$/)]);
  expect(await askAs(after)).toBe(200);
  // The API server believes what it looked up for ten seconds.
  await eventually("the old one is refused", async () => (await askAs(before)) === 401, 30_000);
  await page.getByText("Reached by").waitFor();
  for (const token of [before, after]) expect(await page.content()).not.toContain(token.slice(0, 60));
  expect(faults()).toEqual([]);
  await page.context().close();
});

test("where the server does not give a new one, it says why in its place, and goes on with the old one", async () => {
  const before = tokenOf();
  // Its account may read, and make nothing any more.
  await plane.kubectl("delete", "clusterrolebinding", "holdfast-manager-role-binding");
  await plane.kubectl(
    ...["create", "clusterrolebinding", "reads", "--clusterrole=view"],
    "--serviceaccount=kube-system:holdfast-manager",
  );
  await eventually("it holds", async () => (await askAs(before, "secrets")) === 403);
  const { page, faults } = await watchedPage(browser, daemon.url, { expected: [400, 403, 503] });
  page.setDefaultTimeout(60_000);
  await page.goto(`${daemon.url}/clusters/prod`);
  await page.getByRole("button", { name: "Renew its token" }).click();
  const dialog = page.getByRole("dialog", { name: "Renew the token of prod?" });
  await dialog.getByRole("button", { name: "Renew", exact: true }).click();
  await dialog
    .getByRole("alert")
    .getByText(/forbidden|may not|permi/i)
    .waitFor();
  await screenshot(page, "cluster-renew-refused");
  expect([tokenOf(), await askAs(before)]).toEqual([before, 200]);
  expect(faults()).toEqual([]);
  await page.context().close();
});

test("of a cluster of the config there is nothing to renew here, and the button says why", async () => {
  const { page, faults } = await watchedPage(browser, daemon.url);
  await page.goto(`${daemon.url}/clusters/written`);
  const renew = page.getByRole("button", { name: "Renew its token" });
  expect([await renew.getAttribute("aria-disabled"), await renew.getAttribute("title")]).toEqual([
    "true",
    "It stands in clusters of the config: change it there, it is read again when it changes",
  ]);
  await renew.click({ force: true });
  expect(await page.getByRole("dialog").count()).toBe(0);
  expect(faults()).toEqual([]);
  await page.context().close();
});
