/** The demo's repository and what can be done to it: no git program takes part. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, readFile, rm, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Application } from "../../src/core/model/application.ts";
import type { CommitSha } from "../../src/core/model/commit-sha.ts";
import { parseApplication } from "../../src/core/model/parse-application.ts";
import { parseApplicationSet } from "../../src/core/model/parse-application-set.ts";
import { parseProject } from "../../src/core/model/parse-project.ts";
import type { Git } from "../../src/core/ports/git.ts";
import { commitFiles } from "../../src/git/commit-files.ts";
import { parseYaml } from "../../src/lib/yaml.ts";
import { demoBreak, demoCommit, demoEdit, demoHeal } from "../../src/sandbox/demo/demo-actions.ts";
import { demoApps, demoFiles } from "../../src/sandbox/demo/demo-files.ts";
import { fleetFiles } from "../../src/sandbox/demo/demo-fleet.ts";
import { mailer, neighbourFiles, payments, search } from "../../src/sandbox/demo/demo-neighbours.ts";
import { createDemoRepository, demoApplications } from "../../src/sandbox/demo/demo-repository.ts";
import { playStory } from "../../src/sandbox/demo/demo-story.ts";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { keptBy, keptFrom } from "../../src/verbs/demo-kept.ts";
import { endingOf, rejectionOf } from "../lib/ending-of.ts";
import { withoutGit } from "../lib/git-remotes.ts";

describe("the many applications of a demo", () => {
  test("are as many as were asked for, each an Application that is read without a problem", () => {
    const texts = Object.entries(demoApplications("/repository", { is: "fleet", apps: 100 }));
    const apps = texts.flatMap(([file, text]) =>
      parseYaml(text).documents.map(({ value }) => {
        const parsed = parseApplication(value, { homeNamespace: "argocd" });
        return { file, parsed };
      }),
    );
    expect(apps.filter(({ parsed }) => !parsed.ok)).toEqual([]);
    const names = apps.map(({ parsed }) => (parsed.ok ? parsed.value.metadata.name : ""));
    expect([names.length, new Set(names).size]).toEqual([103, 103]);
    const folders = new Set(Object.keys(fleetFiles(100)).map((path) => path.slice(0, path.lastIndexOf("/"))));
    for (const { parsed } of apps)
      if (parsed.ok && parsed.value.spec.source?.path?.startsWith("fleet/"))
        expect(folders).toContain(parsed.value.spec.source.path);
  });

  test("have manifests that are YAML, some of which crash and some of which wait for a person", () => {
    const files = fleetFiles(40);
    for (const [file, text] of Object.entries(files))
      expect({ file, problems: parseYaml(text).problems }).toEqual({ file, problems: [] });
    expect(Object.values(files).filter((text) => text.includes(":broken"))).toHaveLength(1);
    const byHand = Object.values(demoApplications("/repository", { is: "fleet", apps: 40 })).filter(
      (text) => !text.includes("automated:"),
    );
    expect(byHand).toHaveLength(2);
  });
});

describe("the neighbours of a demo", () => {
  const manifests = Object.values(demoApplications("/repository", { is: "neighbours" })).flatMap((text) =>
    parseYaml(text).documents.map(({ value }) => value as { kind: string }),
  );
  const parse = {
    Application: parseApplication,
    AppProject: parseProject,
    ApplicationSet: parseApplicationSet,
  } as const;

  test("are read without a problem, and each names a folder of the repository and a project that is there", () => {
    const problems = manifests.map((value) =>
      parse[value.kind as keyof typeof parse](value, { homeNamespace: "argocd" }),
    );
    expect(problems.filter((one) => !one.ok)).toEqual([]);
    const projects = manifests.flatMap((one) =>
      one.kind === "AppProject" ? [(one as unknown as { metadata: { name: string } }).metadata.name] : [],
    );
    for (const value of manifests) {
      const parsed =
        value.kind === "Application" ? parseApplication(value, { homeNamespace: "argocd" }) : undefined;
      if (parsed?.ok !== true) continue;
      const { project, source } = parsed.value.spec;
      expect([...projects, "default"]).toContain(project);
      const files = Object.keys({ ...neighbourFiles, ...demoFiles });
      expect(files.some((file) => file.startsWith(`${source?.path}/`))).toBe(true);
    }
  });

  test("what their teams commit changes files that are there", () => {
    for (const files of [payments("next"), search("7.1.0"), mailer("broken")])
      for (const [file, text] of Object.entries(files)) {
        expect(Object.keys(neighbourFiles)).toContain(file);
        expect(parseYaml(text).problems).toEqual([]);
      }
  });

  test("their story ends where one of its steps fails, and says why", async () => {
    const done: string[] = [];
    const say = (what: string) => async (): Promise<void> => void done.push(what);
    const story = playStory({
      commit: async () => {
        throw new Error("the disk is full");
      },
      ...{
        sync: say("sync"),
        rollBack: say("roll back"),
        untilDeployed: say("deployed"),
        scale: say("scale"),
        makeConfigMap: say("make"),
        refresh: say("refresh"),
      },
    });
    expect(await endingOf(story)).toThrow("the disk is full");
    expect(done).not.toContain("roll back");
  });
});

describe("the demo's repository", () => {
  const git = commitFiles();
  let root: string;
  let dir: string;
  let reader: Git;
  const head = async (): Promise<CommitSha> =>
    (await reader.resolve({ url: dir }, "main", { freshness: "latest" })).commit;
  const text = (file: string): Promise<string> => readFile(join(dir, file), "utf8");

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "holdfast-demo-"));
    dir = join(root, "repository");
    const made = await createDemoRepository(dir, git, { is: "neighbours" });
    reader = withoutGit(join(root, "data"));
    expect(await head()).toBe(made.commit as CommitSha);
  });
  afterAll(async () => {
    await reader.stop();
    await rm(root, { recursive: true, force: true });
  });

  test("every manifest that is no template is YAML", () => {
    for (const [file, content] of Object.entries(demoFiles)) {
      if (file.endsWith(".yaml") && !file.includes("/templates/"))
        expect({ file, problems: parseYaml(content).problems }).toEqual({ file, problems: [] });
    }
  });

  test("each application names a folder of the repository", () => {
    for (const app of demoApps)
      expect(Object.keys(demoFiles).some((file) => file.startsWith(`${app.path}/`))).toBe(true);
    const manifests = Object.values(demoApplications(dir, { is: "fleet", apps: 0 })).map(
      (manifest) => parseYaml(manifest).documents[0]?.value as { spec: { source: { repoURL: string } } },
    );
    expect(manifests.map(({ spec }) => spec.source.repoURL)).toEqual([dir, dir, dir]);
  });

  test.each(demoApps.map((app) => [app.name] as const))(
    "commit, break and heal change %s and commit it",
    async (name) => {
      const app = demoApps.find((one) => one.name === name);
      if (app === undefined) throw new Error(name);
      const before = await head();
      const { lines } = await demoCommit(dir, git, name);
      expect(lines[0]).toMatch(/^Committed [0-9a-f]{7}: /);
      expect(await text(app.count.file)).toContain(`${app.count.before}${app.count.from + 1}`);
      expect(await head()).not.toBe(before);
      await demoBreak(dir, git, name);
      expect(await text(app.tag.file)).toContain(`${app.tag.before}broken${app.tag.after}`);
      expect((await demoBreak(dir, git, name)).lines[0]).toContain("broken already");
      await demoHeal(dir, git, name);
      expect(await text(app.tag.file)).toContain(`${app.tag.before}${app.tag.good}${app.tag.after}`);
      expect((await demoHeal(dir, git, name)).lines[0]).toContain("not broken");
    },
  );

  test("what keeps it is said with what comes first, and nothing is promised before", async () => {
    const kept = { why: "shop is held at 1234567 by local", first: "app unhold shop" };
    for (const act of [demoCommit, demoBreak, demoHeal]) {
      const { lines } = await act(dir, git, "shop", "hf", kept);
      expect(lines[1]).toBe(
        "shop is held at 1234567 by local, so nothing of this reaches the cluster by itself. First:  hf app unhold shop",
      );
      expect(lines[2]).toStartWith("Then watch shop ");
    }
  });

  test("what keeps it is a hold until somebody lifts it, a pause, or that it is synced by hand", () => {
    const automated = { automated: { selfHeal: true } };
    const app = (more: object, syncPolicy: object = automated): Application =>
      ({ metadata: { name: "web" }, spec: { syncPolicy }, ...more }) as unknown as Application;
    const held = (until: string) =>
      app({ status: { hold: { until, by: "ann", at: { revision: "a".repeat(40) } } } });
    const paused = {
      metadata: { name: "web", annotations: { "argocd.argoproj.io/skip-reconcile": "true" } },
    };
    const ended = app({ status: { terminated: { by: "ann", revisions: [], at: "" } } });
    const first = (one: Application) => [keptFrom(one, "commit")?.first, keptFrom(one, "edit")?.first];
    expect(first(app({}))).toEqual([undefined, undefined]);
    expect(keptFrom(held("lifted"), "commit")?.why).toBe("web is held at aaaaaaa by ann");
    // What is held is healed, and a hold that the next commit lifts keeps no commit.
    expect(first(held("lifted"))).toEqual(["app unhold web", undefined]);
    expect(first(held("next-commit"))).toEqual([undefined, undefined]);
    expect(first(ended)).toEqual([undefined, "app sync web"]);
    expect(first(app(paused))).toEqual(["app resume web", "app resume web"]);
    expect(first(app({}, {}))).toEqual(["app sync web", "app sync web"]);
    expect(first(app({}, { automated: {} }))).toEqual([undefined, "app sync web"]);
  });

  test("a daemon that does not answer, or says what is none of ours, keeps nothing", async () => {
    expect(await keptBy(undefined, "web", "commit")).toBeUndefined();
    expect(await keptBy("http://127.0.0.1:1", "web", "commit")).toBeUndefined();
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("<html>") });
    expect(await keptBy(server.url.origin, "web", "commit")).toBeUndefined();
    const paused = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => Response.json({ state: "paused" }),
    });
    expect((await keptBy(paused.url.origin, "web", "edit"))?.first).toBe("admin resume");
    await Promise.all([server.stop(true), paused.stop(true)]);
  });

  test("a commit counts from the highest back to the lowest", async () => {
    for (let times = 0; times < 3; times++) await demoCommit(dir, git, "clock");
    expect(await text("apps/clock/overlays/demo/kustomization.yaml")).toContain("count: 2");
  });

  test("a commit takes along what a person changed and removed in the folder", async () => {
    await unlink(join(dir, "README.md"));
    await git.commitAll(dir, { "note.txt": "hello\n" }, "A note");
    const names = (await (await reader.tree({ url: dir }, await head())).list("")).map(({ name }) => name);
    expect(names).toContain("note.txt");
    expect(names).not.toContain("README.md");
  });

  test("a name that is none of the demo's is refused with those that are", async () => {
    const refusal = demoCommit(dir, git, "nothing");
    expect(await endingOf(refusal)).toThrow("the demo has guestbook, shop and clock");
    // The command line ends with 3 for it.
    expect(await rejectionOf(refusal)).toMatchObject({ code: "not-found" });
  });

  test("edit scales a Deployment in the cluster, as kubectl would", async () => {
    const sandbox = await startSandbox({ listen: "127.0.0.1:0", podMs: 20 });
    const ask = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
      const answer = await fetch(sandbox.url + path, {
        method,
        tls: { ca: sandbox.ca },
        headers: { Authorization: `Bearer ${sandbox.token}`, "Content-Type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return (await answer.json()) as Record<string, unknown>;
    };
    try {
      expect(await endingOf(demoEdit(sandbox, "clock"))).toThrow("the cluster does not have it yet");
      await ask("POST", "/api/v1/namespaces", {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: "clock" },
      });
      const labels = { app: "clock" };
      await ask("POST", "/apis/apps/v1/namespaces/clock/deployments", {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "clock" },
        spec: {
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [{ name: "clock", image: "clock:1" }] } },
        },
      });
      const { lines } = await demoEdit(sandbox, "clock");
      expect(lines[0]).toBe("Scaled Deployment clock/clock from 1 to 4 by hand; Git says 1.");
      const live = (await ask("GET", "/apis/apps/v1/namespaces/clock/deployments/clock")) as {
        spec: { replicas: number };
        metadata: { managedFields: { manager: string; subresource?: string }[] };
      };
      expect(live.spec.replicas).toBe(4);
      expect(live.metadata.managedFields).toContainEqual(
        expect.objectContaining({ manager: "kubectl", subresource: "scale" }),
      );
    } finally {
      await sandbox.stop();
    }
    expect(await endingOf(demoEdit(sandbox, "clock"))).toThrow("Start the demo first");
  });
});
