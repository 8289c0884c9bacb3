/** The status page in a real Chromium, with an API that says what an attacker would have it say. */
import { join } from "node:path";
import { fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { startBrowser } from "../lib/browser.ts";
import { startFakeApi } from "../lib/fake-api.ts";
import { request, sendRaw, statusesOf } from "./raw-http.ts";
import { must, mustEqual, type Row, tally } from "./row.ts";

const ROOT = join(import.meta.dir, "..", "..");
const EVIL = [
  "<img src=x onerror=globalThis.evil=1>",
  "<script>globalThis.evil=1</script>",
  '"><svg onload=globalThis.evil=1>',
  "javascript:globalThis.evil=1",
  "</style><script>globalThis.evil=1</script>",
  "{{constructor.constructor('globalThis.evil=1')()}}",
];

export const PAGE: readonly Row[] = [
  {
    id: "UI-1",
    about:
      "Argo CD CVE-2022-31035, CVE-2024-28175, CVE-2025-47933, CVE-2026-45738: javascript: in links that an application names",
    input:
      "link annotations, repository URLs and infos with javascript:, data:, vbscript:, spaces and line breaks; every link of the page is read",
    play: ({ dir }) =>
      inPage(dir, async (page) => {
        const links = await page.$$eval("a, area, form, iframe, object, embed, base, use", (all) =>
          all.flatMap((one) =>
            ["href", "src", "action", "data", "xlink:href"].flatMap((name) => one.getAttribute(name) ?? []),
          ),
        );
        const odd = links.filter(
          (link) =>
            !/^(#[\w-]*|\/ui\/[\w.]+|\/(applications(\/argocd\/[\w-]+)?|applicationsets|projects|clusters|repositories|activity|settings|resources|user-info|help|fleet\/diff|new\/application)?(\?(q=is%3Aattention|view=[a-z]+))?)$/.test(
              link,
            ),
        );
        mustEqual(odd, [], "links that lead elsewhere");
        return `${links.length} links, all within the page`;
      }),
  },
  {
    id: "UI-2",
    about: "Argo CD CVE-2021-23347, CVE-2022-31102, CVE-2022-24905: words of the request come back in a page",
    input:
      "markup in paths, queries, fragments and bodies; the answers are looked at for it and for their type",
    async play({ daemon, open }) {
      const seen: string[] = [];
      for (const { port } of [daemon, open])
        for (const target of [
          "/<img>",
          "/%3Cscript%3E",
          "/?sso_error=<img>",
          "/api/v1/applications/%3Cimg%3E",
          "/api/v1/applications?selector=<img>",
          "/api/v1/nonsense/<img>",
        ]) {
          const said = await sendRaw(port, request(target, [`Host: 127.0.0.1:${port}`]));
          const isPage = /^content-type: text\/html/im.test(said);
          must(
            !isPage ||
              !/<img>|<script>/.test(
                said.slice(said.indexOf("\r\n\r\n")).replaceAll(/<script type="module"[^>]*>/g, ""),
              ),
            `${target} comes back: ${said.slice(0, 200)}`,
          );
          seen.push(`${statusesOf(said)} ${isPage ? "page" : "no page"}`);
        }
      return `never in a page: ${tally(seen)}`;
    },
  },
  {
    id: "UI-3",
    about: "Hono's fixes of JSX from 4.12.14 on: names, messages and labels become markup",
    input:
      "six kinds of markup as names, messages, conditions, images, resources and in the fragment, in Chromium, with CSP's reports read",
    play: ({ dir }) =>
      inPage(dir, async (page, faults) => {
        mustEqual(
          await page.evaluate(() => (globalThis as { evil?: number }).evil),
          undefined,
          "what the markup did",
        );
        const text = await page.locator("body").textContent();
        must(
          text?.includes("onerror=globalThis.evil=1") === true,
          `the words are not shown: ${text?.slice(0, 300)}`,
        );
        mustEqual(await page.locator("img").count(), 0, "images that were made");
        mustEqual(faults(), [], "what the browser says");
        // The same markup without the page's care: here the wall of the policy stands alone, and it is seen to act.
        const policy = await page.evaluate(async (markup) => {
          try {
            document.body.insertAdjacentHTML("beforeend", markup);
          } catch (cause) {
            return String(cause);
          }
          return "taken";
        }, EVIL[0] ?? "");
        must(/TrustedHTML|TypeError/.test(policy), `the policy lets markup in: ${policy}`);
        // Of ours: what draws it knows how to, and is asked by nobody.
        const sources = await Promise.all(
          [...new Bun.Glob("src/ui/**/*.{ts,tsx}").scanSync(ROOT)].map((file) =>
            Bun.file(join(ROOT, file)).text(),
          ),
        );
        must(
          sources.length > 20 &&
            !/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/i.test(
              sources.join("\n"),
            ),
          "the page makes markup of texts",
        );
        return "shown as words, nothing ran; the policy alone refuses markup too";
      }),
  },
];

/** Opens the page on an API whose applications are called and say what is evil. */
async function inPage(
  dir: string,
  look: (page: import("playwright-core").Page, faults: () => string[]) => Promise<string>,
): Promise<string> {
  const control = fakeControl();
  for (const [at, evil] of EVIL.entries()) {
    const app = fakeApp("argocd", `evil-${at}`, {
      metadata: {
        namespace: "argocd",
        name: `evil-${at}`,
        labels: { evil },
        annotations: { "link.argocd.argoproj.io/external-link": `x|${evil}`, evil },
      },
    });
    app.spec = {
      ...app.spec,
      project: evil,
      source: { repoURL: `java\nscript:${evil}`, path: evil, targetRevision: evil },
    };
    control.put({
      ...app,
      status: {
        sync: { status: "OutOfSync", comparedTo: { destination: app.spec.destination }, revision: evil },
        health: { status: "Degraded", message: evil },
        conditions: [{ type: "InvalidSpecError", message: evil }],
        summary: { images: [evil], externalURLs: [evil] },
        resources: [
          {
            group: "",
            version: "v1",
            kind: evil,
            namespace: evil,
            name: evil,
            status: "OutOfSync",
            health: { status: "Degraded", message: evil },
          },
        ],
        operationState: { operation: {}, phase: "Failed", message: evil, startedAt: "2026-11-28T04:00:00Z" },
      } as never,
    });
  }
  control.setProblems([{ severity: "error", text: EVIL[0] ?? "", file: EVIL[1] ?? "" }]);
  const api = startFakeApi(control);
  // It keeps things at home, where the witnesses look for what others left.
  const home = process.env["HOME"] ?? "";
  process.env["HOME"] = join(dir, "browser");
  const browser = await startBrowser().finally(() => (process.env["HOME"] = home));
  try {
    const page = await browser.newPage();
    const faults: string[] = [];
    page.on("console", (message) => void (message.type() === "error" && faults.push(message.text())));
    page.on("pageerror", (error) => void faults.push(String(error)));
    page.on("dialog", (dialog) => void (faults.push(dialog.message()), dialog.dismiss()));
    await page.goto(`${api.url}/#${EVIL[0]}`);
    await page.locator("#app-argocd-evil-0").waitFor({ timeout: 60_000 });
    for (const summary of await page.locator("summary").all()) await summary.click().catch(() => undefined);
    return await look(page, () => faults);
  } finally {
    await browser.close();
    await api.stop();
  }
}
