/** A repository over ssh whose host nobody knows yet: from a real sshd, on the page of a whole daemon. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { addedClusters } from "../lib/added-clusters.ts";
import { accessibilityProblems, screenshot, startBrowser, watchedPage } from "../lib/browser.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { type SshServer, startSshServer } from "../lib/ssh-server.ts";

const { start } = addedClusters();

let browser: Browser;
let ssh: SshServer;
let git: GitServer;

beforeAll(async () => {
  [browser, ssh, git] = [await startBrowser(), await startSshServer(), await startGitServer()];
  await git.createRepo("shop", { "a.yaml": "{}" });
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await Promise.all([ssh?.close(), git?.close()]);
});

/** As whoever runs the host would publish it. */
async function published(line: string): Promise<string> {
  const child = Bun.spawn(["ssh-keygen", "-lf", "-"], { stdin: new Blob([line]), stdout: "pipe" });
  return (await new Response(child.stdout).text()).split(" ")[1] ?? "";
}

test("its key's fingerprint is shown before it is believed, and a key of another host is not taken", async () => {
  const given = await start({}, undefined, { searchPath: process.env["PATH"] ?? "" });
  const { url } = given.daemon;
  const repo = `${ssh.url}${git.pathOf("shop")}`;
  const { page, faults } = await watchedPage(browser, url, { expected: [400] });
  page.setDefaultTimeout(30_000);
  await page.goto(`${url}/repositories`);
  await page.getByRole("button", { name: "Add a repository" }).click();
  await page.getByLabel("Address", { exact: true }).fill(repo);
  await page.getByLabel("Who asks").selectOption("ssh");
  await page.getByLabel("Private key").fill(ssh.privateKey);
  await page.getByRole("button", { name: "Test and save" }).click();
  await page.getByText(/no key of the host 127\.0\.0\.1 is known/).waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);

  await page.getByRole("button", { name: "Add the host's key" }).click();
  const dialog = page.getByRole("dialog", { name: `Believe [127.0.0.1]:${ssh.port}` });
  await dialog.getByText(`ssh-keyscan -p ${ssh.port} 127.0.0.1`).waitFor();
  const lines = dialog.getByLabel("Lines of a known_hosts file");
  await lines.fill(ssh.knownHosts.replace("127.0.0.1", "evil.example.com"));
  await dialog.getByText("that is a key of [evil.example.com]").waitFor();
  expect(await dialog.getByRole("button", { name: /^Believe/ }).count()).toBe(0);
  await lines.fill(ssh.knownHosts);
  await dialog.getByText(await published(ssh.knownHosts.replace(/^\S+ /, ""))).waitFor();
  await screenshot(page, "repository-believe");
  expect(await accessibilityProblems(page)).toEqual([]);

  // Esc closes the one on top, nothing was believed, and what was typed below stands.
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  expect((await given.ask("GET", "/api/v1/certificates")).body.items ?? []).toEqual([]);
  expect(await page.getByLabel("Address", { exact: true }).inputValue()).toBe(repo);
  await page.getByRole("button", { name: "Add the host's key" }).click();
  await lines.fill(ssh.knownHosts);
  await dialog.getByRole("button", { name: "Believe this key" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Test and save" }).click();
  await page.getByText(`${repo} answers, and is added`).waitFor();

  // The host has another key one day: its page says so, and the way is the same.
  const query = `?hostNamePattern=${encodeURIComponent("*127.0.0.1*")}`;
  expect((await given.ask("DELETE", `/api/v1/certificates${query}`)).body.items).toHaveLength(1);
  await page.getByRole("link", { name: repo }).click();
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await page.getByRole("button", { name: "Add the host's key" }).click();
  await lines.fill(ssh.knownHosts);
  await dialog.getByRole("button", { name: "Believe this key" }).click();
  await page.getByText("Connected").waitFor();
  expect(faults()).toEqual([]);
  await page.context().close();
}, 180_000);

test("one that applications have and that needs no entry is listed all the same", async () => {
  const given = await start();
  const application = {
    metadata: { name: "web", namespace: "argocd" },
    spec: {
      project: "default",
      source: { repoURL: "https://git.example.com/web.git", path: ".", targetRevision: "main" },
      destination: { server: "https://kubernetes.default.svc", namespace: "web" },
    },
  };
  const { page, faults } = await watchedPage(browser, given.daemon.url);
  page.setDefaultTimeout(30_000);
  await page.goto(`${given.daemon.url}/repositories`);
  await page.getByText("None has credentials or settings of its own here.").waitFor();
  expect(await page.getByText("Used without an entry").count()).toBe(0);
  expect((await given.ask("POST", "/api/v1/applications?validate=false", application)).status).toBe(200);
  await page.getByRole("heading", { name: "Used without an entry" }).waitFor();
  await page.getByText("https://git.example.com/web.git").waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, "repositories-unlisted");
  await page.getByRole("link", { name: "1", exact: true }).click();
  await page.getByRole("link", { name: "web", exact: true }).first().waitFor();
  expect(faults()).toEqual([]);
  await page.context().close();
}, 180_000);
