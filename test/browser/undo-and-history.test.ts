/** Undo, rollback and hold on the page, as a person does them: the compiled daemon, a cluster in process, real Chromium. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { Browser, Locator } from "playwright-core";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import {
  accessibilityProblems,
  screenshot,
  startBrowser,
  type Watched,
  watchedPage,
} from "../lib/browser.ts";
import { type Daemon, settled, startDaemon } from "../lib/daemon.ts";
import { type Repository, SERVER, startWorld, type World } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";

setDefaultTimeout(90_000);

let world: World;
let daemon: Daemon;
let browser: Browser;

const head = ({ page }: Watched): Locator => page.locator(".application-head");
const notes = ({ page }: Watched): Locator => page.locator(".notes .note");
const dialog = ({ page }: Watched): Locator => page.getByRole("dialog");
/** The page of an application, with its history in front where that is asked for. */
const open = async (
  name: string,
  view: "resources" | "history",
  options: Parameters<typeof watchedPage>[2] = {},
): Promise<Watched> => {
  const watched = await watchedPage(browser, daemon.url, options);
  await watched.page.goto(`${daemon.url}/applications/argocd/${name}?view=${view}`);
  await head(watched).waitFor();
  return watched;
};

/** Without what a restart of the daemon does to the connections that were open. */
const faults = (watched: Watched): string[] =>
  watched.faults().filter((fault) => !/ERR_(INCOMPLETE_CHUNKED_ENCODING|CONNECTION_REFUSED)/.test(fault));

/** An application with a repository and a namespace of its own, synced and at rest. */
async function placed(name: string, files: Record<string, KubeObject>): Promise<Repository> {
  await world.makeNamespace(name);
  const repository = await world.repository(name, files);
  const app = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name, namespace: "argocd" },
    spec: {
      project: "default",
      source: { repoURL: repository.url, path: ".", targetRevision: "main" },
      destination: { server: SERVER, namespace: name },
      syncPolicy: { automated: { prune: true, selfHeal: true } },
    },
  };
  await Bun.write(join(daemon.dir, "apps", `${name}.yaml`), JSON.stringify(app));
  await daemon.until(name, settled);
  return repository;
}

/** A commit, and what came of it. */
async function commit(name: string, repository: Repository, files: Record<string, KubeObject | null>) {
  const sha = await repository.commit(files);
  await daemon.cli("app", "refresh", name);
  await daemon.until(
    name,
    ({ status }) => status?.history?.at(-1)?.revision === sha && status.operationState?.phase === "Succeeded",
  );
}

beforeAll(async () => {
  [world, browser] = await Promise.all([startWorld(), startBrowser()]);
  daemon = await startDaemon(
    `poll: 1h\nclusters: [{ name: in-cluster, server: "${SERVER}", kubeconfig: "${world.kubeconfig}" }]\napplications: [./apps]\n`,
    { "apps/README.md": "applications\n" },
  );
});
afterAll(async () => {
  await browser?.close();
  await daemon?.stop();
  await world?.stop();
});

const live = (dialog: Locator): Locator => dialog.getByLabel(/^Roll live back now/);

describe("what was deleted by mistake", () => {
  let watched: Watched;
  const maps = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [`${name}.yaml`, configMap("mistake", name, { of: name })]));
  const again = (): Locator => head(watched).getByRole("button", { name: /can be made again/ });

  beforeAll(async () => {
    const secret: KubeObject = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "password", namespace: "mistake" },
      data: { password: "c3dvcmRmaXNo" },
    };
    const repository = await placed("mistake", {
      ...maps(["a", "b", "c", "d"]),
      "password.yaml": secret,
    });
    watched = await open("mistake", "resources", { expected: [400, 409] });
    expect(await again().isVisible()).toBe(false);
    await commit("mistake", repository, { "a.yaml": null, "password.yaml": null });
  });
  afterAll(() => watched?.page.context().close());

  test("is on the page as soon as it is gone; a Secret for as long as the daemon runs", async () => {
    await again().getByText("2 deleted objects can be made again").waitFor();
    await again().click();
    const secret = dialog(watched).getByRole("row", { name: /Secret mistake\/password/ });
    await secret.getByText("until the daemon is restarted: its values are kept in memory alone").waitFor();
    await dialog(watched).getByRole("button", { name: "Make 2 objects again" }).waitFor();
    expect(await watched.page.content()).not.toContain("c3dvcmRmaXNo");
    await dialog(watched).getByRole("button", { name: "Cancel" }).click();
    await daemon.restart();
    await again().getByText("1 deleted object can be made again").waitFor();
  });

  test("is shown object by object before anything is made, and nothing is where a person thinks better of it", async () => {
    const { page } = watched;
    await again().click();
    const shown = dialog(watched);
    await shown.getByRole("heading", { name: "Make again what was deleted of mistake" }).waitFor();
    await shown.getByRole("row", { name: /ConfigMap mistake\/a is made again/ }).waitFor();
    await shown
      .getByRole("row", { name: /Secret mistake\/password cannot be the values of a Secret/ })
      .waitFor();
    const said = (await shown.textContent()) ?? "";
    expect(said).toMatch(
      /Run \d+ \(automated, by policy, [0-9a-f]{7}\) deleted them (just now|.* ago)\. They are kept until /,
    );
    const { until } = (await daemon.app("mistake")).status.undo;
    expect(await shown.locator(`time[datetime="${until}"]`).count()).toBe(1);
    // The way out has the focus.
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Cancel");
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "undo");
    await page.keyboard.press("Escape");
    await shown.waitFor({ state: "hidden" });
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain("can be made again");
    expect(await world.hasConfigMap("mistake", "a")).toBe(false);
  });

  test("what stands in the way by then is said in the dialog, and is not written over", async () => {
    await again().click();
    const make = dialog(watched).getByRole("button", { name: "Make 1 object again" });
    await make.waitFor();
    await world.must(
      "POST",
      "/api/v1/namespaces/mistake/configmaps",
      configMap("mistake", "a", { of: "others" }),
    );
    await make.click();
    const refused = dialog(watched).getByRole("alert");
    await refused.getByText(/its name is taken: somebody else made one since/).waitFor();
    expect(await notes(watched).count()).toBe(0);
    expect((await world.must("GET", configMapPath("mistake", "a"))).data).toEqual({ of: "others" });
    await dialog(watched).getByRole("button", { name: "Cancel" }).click();
    await world.must("DELETE", configMapPath("mistake", "a"));
  });

  test("comes back by one button, and the page says what came of it", async () => {
    await again().click();
    await dialog(watched).getByRole("button", { name: "Make 1 object again" }).click();
    await notes(watched)
      .getByText(/^mistake: Undo: made 1 object again/)
      .waitFor();
    expect((await world.must("GET", configMapPath("mistake", "a"))).data).toEqual({ of: "a" });
    await again().waitFor({ state: "hidden" });
    await head(watched)
      .getByText(/Made again by an undo, and not in Git: ConfigMap mistake\/a/)
      .waitFor();
    const runs = (await daemon.cli("runs", "--app", "mistake")).stdout;
    expect(runs).toContain("made 1 object again");
    expect(faults(watched)).toEqual([]);
  });
});

describe("the deployments of an application", () => {
  let watched: Watched;
  const history = (): Locator => watched.page.locator("#view");
  const value = async (): Promise<string> =>
    (await world.must("GET", configMapPath("back", "it"))).data.value;
  /** As the page has them, and as the command line has them. */
  const onPage = async (): Promise<string[][]> =>
    history()
      .locator("tbody tr")
      .evaluateAll((rows) =>
        rows.map((one) => {
          const [id, when, revision, by, cause] = [...one.querySelectorAll("td")];
          const state = id?.querySelector(".state")?.textContent ?? "";
          return [
            /^Deployment (\d+)/.exec(id?.textContent ?? "")?.[1] ?? "",
            state.toLowerCase(),
            revision?.querySelector(".mono")?.textContent ?? "",
            by?.textContent ?? "",
            cause?.textContent ?? "",
            when?.querySelector(".fared")?.textContent ?? "",
          ];
        }),
      );
  const onCli = async (): Promise<string[][]> => {
    const { stdout } = await daemon.cli("app", "history", "back", "-o", "wide");
    const [heads = "", ...lines] = stdout.trimEnd().split("\n");
    const at = ["ID", "WHEN", "REVISION", "BY", "CAUSE", "FARED", "COMMIT OR CHANGE"].map((head) =>
      heads.indexOf(head),
    );
    return lines.map((line) => {
      const cell = (from: number, to: number) => line.slice(from, to).trim();
      const [id = 0, deployed = 0, revision = 0, by = 0, cause = 0, fared = 0, subject = 0] = at;
      const [number = "", is = ""] = cell(id, deployed).split(/\s+/);
      return [number, is, cell(revision, by), cell(by, cause), cell(cause, fared), cell(fared, subject)];
    });
  };

  beforeAll(async () => {
    const it = (text: string) => ({ "it.yaml": configMap("back", "it", { value: text }) });
    const repository = await placed("back", { ...it("one"), "old.yaml": configMap("back", "old") });
    await commit("back", repository, { ...it("two"), "new.yaml": configMap("back", "new") });
    watched = await open("back", "history", { expected: [400, 409] });
    await history().locator("tbody tr").nth(1).waitFor();
  });
  afterAll(() => watched?.page.context().close());

  /** Each asks for itself: one may have heard of a deployment's health before the other. */
  const sayTheSame = (): Promise<boolean> =>
    eventually("the page and the command line say the same", async () => {
      expect(await onPage()).toEqual(await onCli());
      return true;
    });

  test("are those that app history has", async () => {
    await sayTheSame();
    expect((await onPage()).map((line) => line.slice(0, 2))).toEqual([
      ["1", "current"],
      ["0", ""],
    ]);
    // Where it lies stands once, in the head, as long as no deployment came from elsewhere.
    expect(await head(watched).textContent()).toContain(world.dir);
    expect(await history().textContent()).not.toContain(world.dir);
  });

  test("what going back would do is shown first, field by field, and what stays", async () => {
    await history().getByRole("button", { name: "Roll back to this: deployment 0 of back" }).click();
    const shown = dialog(watched);
    await shown.getByText(/^back to [0-9a-f]{7}: 1 to update, 1 to prune, which is off\.$/).waitFor();
    await live(shown).check();
    // What is updated is open where it is little.
    const lines = shown.locator("li[data-change=change]").filter({ hasText: "ConfigMap back/it" });
    await lines.locator("del").waitFor();
    expect([await lines.locator("del").textContent(), await lines.locator("ins").textContent()]).toEqual([
      "−  value: two",
      "+  value: one",
    ]);
    // Nothing is deleted, so nothing is shown as a deletion.
    expect(await shown.locator(".plan li[data-change=stay]").count()).toBe(1);
    expect(await shown.locator(".plan li[data-change=prune]").count()).toBe(0);
    await shown.getByLabel("Delete the object that was not there then").check();
    expect(await shown.locator(".plan li[data-change=prune]").count()).toBe(1);
    await shown.getByText(/1 to update, 1 to delete\.$/).waitFor();
    await shown.getByLabel("Delete the object that was not there then").uncheck();
    expect(await accessibilityProblems(watched.page)).toEqual([]);
    await screenshot(watched.page, "rollback");
    await shown.getByRole("button", { name: "Cancel" }).click();
    expect(await value()).toBe("two");
  });

  test("a rollback while all is paused is refused with who paused it, which the page says once", async () => {
    await daemon.cli("admin", "pause", "--why", "looking at <b>it</b>");
    // Whoever looks at the page need not load it again.
    const soon = 10_000;
    const banner = watched.page.locator("#paused");
    await banner
      .getByText(
        /^All writes to clusters are paused in the whole daemon, because user:local said so .*<b>it<\/b>/,
      )
      .waitFor({ timeout: soon });
    await watched.page.reload();
    await banner.waitFor();
    expect(await watched.page.locator("#problems").isVisible()).toBe(false);
    expect(((await watched.page.locator("main").textContent()) ?? "").match(/looking at/g)).toHaveLength(1);
    expect(await accessibilityProblems(watched.page)).toEqual([]);
    await screenshot(watched.page, "paused");
    await history()
      .getByRole("button", { name: /deployment 0/ })
      .click();
    await live(dialog(watched)).check();
    await dialog(watched).getByRole("button", { name: "Roll back to deployment 0" }).click();
    await dialog(watched)
      .getByRole("alert")
      .getByText(/ll writes to clusters are paused/)
      .waitFor();
    expect(await value()).toBe("two");
    await dialog(watched).getByRole("button", { name: "Cancel" }).click();
    await daemon.cli("admin", "resume");
    await banner.waitFor({ state: "hidden", timeout: soon });
    await watched.page.reload();
    await head(watched).waitFor();
  });

  test("going back holds it, with the reason; app history says the same", async () => {
    await history()
      .getByRole("button", { name: /deployment 0/ })
      .click();
    await live(dialog(watched)).check();
    const why = "two fails <img src=x onerror=alert(1)>";
    await dialog(watched).getByLabel("Reason, for the history").fill(why);
    await watched.page.keyboard.press("Enter");
    await notes(watched)
      .getByText(/^back: Rollback to 0: successfully synced/)
      .waitFor();
    expect(await value()).toBe("one");
    // What was added since stays: nobody asked for its end.
    expect(await world.hasConfigMap("back", "new")).toBe(true);
    await head(watched).locator(".title .state", { hasText: "Held" }).waitFor();
    await eventually("the table shows it", async () => (await onPage()).length === 3);
    const [newest, ...others] = await onPage();
    expect(newest).toEqual(["2", "held", expect.any(String), "local", `rollback to 0: ${why}`, "Healthy"]);
    expect(others.map(([id, is]) => `${id} ${is}`)).toEqual(["1 ", "0 "]);
    await sayTheSame();
    expect((await daemon.app("back")).status.hold).toMatchObject({
      deployment: 0,
      until: "lifted",
      reason: why,
    });
    await daemon.restart();
    await watched.page.locator("#connection-word", { hasText: "Live" }).waitFor();
    await head(watched).locator(".title .state", { hasText: "Held" }).waitFor();
    await sayTheSame();
  });

  test("lifting the hold goes on to what Git says, and the table follows", async () => {
    await head(watched).getByRole("button", { name: "Lift the hold of back" }).click();
    const dialog = watched.page.getByRole("dialog");
    await dialog
      .locator("#unhold-sum", { hasText: /^back to [0-9a-f]{7}, as Git says now: 1 to update/ })
      .waitFor();
    expect(await value()).toBe("one");
    await dialog.getByRole("button", { name: "Lift the hold" }).click();
    await eventually("Git's is there", async () => (await value()) === "two");
    await eventually("the newest is current", async () => {
      const [newest] = await onPage();
      return newest?.[0] === "3" && newest[1] === "current";
    });
    await sayTheSame();
    expect(faults(watched)).toEqual([]);
  });

  test("what has the focus keeps it while the application changes", async () => {
    const button = history().getByRole("button", { name: /deployment 1/ });
    await button.focus();
    await world.must(
      "PATCH",
      configMapPath("back", "it"),
      { data: { value: "by hand" } },
      "application/merge-patch+json",
    );
    await eventually("it is healed", async () => (await value()) === "two");
    await daemon.cli("app", "refresh", "back");
    await eventually("the page has heard of it", async () =>
      ((await head(watched).locator(".facts:not(.commit)").textContent()) ?? "").includes("last sync"),
    );
    expect(await button.evaluate((element) => element === document.activeElement)).toBe(true);
  });
});

describe("forty applications", () => {
  beforeAll(async () => {
    await Promise.all(
      Array.from({ length: 38 }, (_, at) =>
        placed(`team-${String(at).padStart(2, "0")}`, {
          "it.yaml": configMap(`team-${String(at).padStart(2, "0")}`, "it"),
        }),
      ),
    );
  });

  test.each([
    { scheme: "light", width: 1280 },
    { scheme: "dark", width: 400 },
    { scheme: "dark", width: 320 },
  ] as const)("axe finds nothing and nothing is cut off: $scheme, $width wide", async ({ scheme, width }) => {
    const watched = await watchedPage(browser, daemon.url, { scheme, width, expected: [400] });
    const { page } = watched;
    await page.goto(`${daemon.url}/`);
    await page.locator("#app-argocd-team-00").waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, `forty-${scheme}-${width}`);
    const overflow = () =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(await overflow()).toBe(0);
    // Only those in sight are drawn; keys go to all of them.
    await page.locator(".app[tabindex='0']").focus();
    await page.keyboard.press("End");
    await page.locator("#app-argocd-team-37:focus").waitFor();
    await page.goto(`${daemon.url}/applications/argocd/back?view=history`);
    await page.getByRole("button", { name: /deployment 0/ }).click();
    await live(dialog(watched)).check();
    await dialog(watched).getByRole("button", { name: "Roll back to deployment 0" }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, `forty-dialog-${scheme}-${width}`);
    expect([await overflow(), faults(watched)]).toEqual([0, []]);
    await page.context().close();
  });
});
