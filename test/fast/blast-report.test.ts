/** Reports of what commits would do, as people and scripts read them. Cases are files: what the API says, and the Markdown of it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Hono } from "hono";
import { authorised } from "../../src/api/authorised/authorised.ts";
import { blastRoutes } from "../../src/api/blast.ts";
import type { Env } from "../../src/api/context.ts";
import { routesOf } from "../../src/api/routes.ts";
import { CliError } from "../../src/cli/cli-error.ts";
import { parseRange } from "../../src/cli/commands/blast.ts";
import { blastMarkdown } from "../../src/cli/words/blast-markdown.ts";
import { type BlastReport, blastExit } from "../../src/cli/words/blast-words.ts";
import { almighty } from "../../src/core/access/asker.ts";
import type { ApplicationEffect, BlastEvent, ObjectEffect } from "../../src/core/model/blast-report.ts";
import { Failure } from "../../src/core/model/failure.ts";
import { type FakeControl, fakeControl } from "../fakes/fake-control.ts";
import { type CliSetting, cli } from "../lib/cli.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";
import { recordingLog } from "../lib/recording-log.ts";

const NOW = Date.UTC(2026, 10, 28, 8);
const folder = join(import.meta.dir, "../golden/blast");
const cases = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .map((file) => file.slice(0, -".json".length))
  .sort();

function reportOf(name: string): BlastReport & { exit: number; most?: number } {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));
}

describe("golden reports", () => {
  test("there are some", () => expect(cases.length).toBeGreaterThanOrEqual(6));
  test.each(cases)("%s", (name) => {
    const { exit, most, ...report } = reportOf(name);
    const text = blastMarkdown(report, { nowMs: NOW, ...(most === undefined ? {} : { most }) });
    const path = join(folder, `${name}.md`);
    if (process.env.UPDATE_GOLDEN === "1") writeFileSync(path, text);
    expect(text).toBe(readFileSync(path, "utf8"));
    expect(text.length).toBeLessThanOrEqual(most ?? 65_536);
    expect(blastExit(report)).toBe(exit as never);
  });
});

const object = (more: Partial<ObjectEffect>): ObjectEffect => ({
  group: "",
  kind: "ConfigMap",
  namespace: "shop",
  name: "a",
  version: "v1",
  effect: "change",
  cause: "range",
  fields: [{ path: "data.key", live: "old", desired: "new" }],
  ...more,
});
const application = (name: string, objects: ObjectEffect[], more: object = {}): ApplicationEffect =>
  ({
    application: `argocd/${name}`,
    cluster: "in-cluster",
    syncs: "by-itself",
    is: "compared",
    objects,
    same: 3,
    warnings: [],
    ...more,
  }) as unknown as ApplicationEffect;
const reportWith = (applications: ApplicationEffect[]): BlastReport => ({
  ...reportOf("nothing-changes"),
  concerned: applications.length,
  applications,
});

describe("blastMarkdown()", () => {
  test.each([2_000, 6_000, 20_000, 65_536])(
    "stays below %d characters, and says what it leaves out",
    (most) => {
      const many = Array.from({ length: 400 }, (_, at) =>
        application(`app-${at}`, [
          object({ name: `one-${at}`, fields: [{ path: "data.text", live: "x".repeat(300), desired: "y" }] }),
          object({ name: `two-${at}`, effect: "hold", why: `it is the ${at}th that waits`, fields: [] }),
        ]),
      );
      const text = blastMarkdown(reportWith(many), { nowMs: NOW, most });
      expect(text.length).toBeLessThanOrEqual(most);
      expect(text).toContain(`_Left out, because this text may have ${most} characters:`);
      expect(text).toContain("the differences of ");
      // Cut by whole sections: nothing that was begun is left open.
      expect(text.match(/<details>/g)?.length).toBe(text.match(/<\/details>/g)?.length as never);
      expect((text.match(/^`{3,}/gm)?.length ?? 0) % 2).toBe(0);
    },
  );

  test("one object that is too long leaves the others of its application there", () => {
    const long = object({
      name: "long",
      fields: [{ path: "data.text", live: "x\n".repeat(4_500), desired: "y" }],
    });
    const text = blastMarkdown(reportWith([application("web", [long, object({ name: "short" })])]), {
      nowMs: NOW,
      most: 5_000,
    });
    expect(text).toContain("--- live     ConfigMap shop/short");
    expect(text).toContain("_Left out for their length: `ConfigMap shop/long`_");
  });

  test("an application that would be removed is affected though nothing of it is deleted, and nobody has to sync it", () => {
    const going = application("web", [], {
      syncs: "when-asked",
      manifest: { is: "removed", file: "apps/web.yaml" },
      warnings: ["What it has in the cluster stays (3), because it has no finalizer that deletes it."],
    });
    const text = blastMarkdown(reportWith([going]), { nowMs: NOW });
    expect(text).toContain("It would be removed, where the folder of applications takes apps/web.yaml");
    expect(text).toContain("What it has in the cluster stays");
    expect(text).not.toContain("synced by hand");
    expect(text).toContain("is affected; 1 application would be removed.");
    expect(text).toContain("| it would be removed |");
    expect(blastExit({ applications: [going] })).toBe(1);
  });

  test("what commits and clusters say is text, and no markup", () => {
    const evil = [
      "</details><script>alert(1)</script>",
      "![x](https://evil.example.com/p.png) [click](https://evil.example.com) @everyone #1",
      "```\n# Approved\n```",
      "<img src=x> @everyone",
      "a | b | c",
      "\u001b[31mred\u202e",
    ].join("\n");
    const text = blastMarkdown(
      reportWith([
        application(
          "web",
          [
            object({ fields: [{ path: evil, live: evil, desired: `${evil}!` }] }),
            object({ name: "held", effect: "hold", why: evil, fields: [] }),
            object({ name: "gone", effect: "refuse", why: evil, fields: [] }),
          ],
          { warnings: [evil] },
        ),
        {
          application: "argocd/b",
          cluster: evil,
          syncs: "by-itself",
          is: "failed",
          code: "render",
          why: evil,
        } as never,
      ]),
      { nowMs: NOW },
    );
    // As CommonMark has it: a fence ends at one that is as long, with up to three spaces before it.
    const outside = text.replace(/^(`{3,})diff\n[\s\S]*?^ {0,3}\1`*[ \t]*$/gm, "");
    const outsideSpans = outside.replace(/(`+)[^\n]*?\1/g, "");
    expect(outsideSpans).not.toMatch(/<(?!\/?(details|summary|b)>)/);
    expect(outsideSpans).not.toMatch(/@everyone|(?<!\\)!\[|\]\(http|:\/\/evil/);
    expect(text).not.toMatch(/[\u001b\u202e]/);
    expect(outside).not.toMatch(/^# Approved/m);
    // Each row of the table has its four cells.
    for (const row of outside.split("\n").filter((line) => line.startsWith("| `argocd")))
      expect(row.split("|").length).toBe(6);
  });
});

describe("blastExit(): the worst first", () => {
  const failed = (code: string) =>
    ({
      application: "argocd/x",
      cluster: "",
      syncs: "by-itself",
      is: "failed",
      code,
      why: "so",
    }) as unknown as ApplicationEffect;
  const change = application("a", [object({})]);
  const held = application("b", [object({ effect: "hold", why: "w" })]);
  test.each<[string, ApplicationEffect[], number]>([
    ["nothing", [], 0],
    [
      "what stays, and what differs already",
      [application("a", [object({ effect: "stay" }), object({ cause: "before" })])],
      0,
    ],
    [
      "hooks that run with a sync that nothing starts",
      [application("a", [object({ effect: "run", cause: "before" })])],
      0,
    ],
    ["a hook that changes", [application("a", [object({ effect: "run" })])], 1],
    ["changes", [change], 1],
    ["a guard that would hold deletions", [change, held], 7],
    ["a cluster that does not answer", [held, failed("cluster-unreachable")], 5],
    ["an object that could not be compared", [change, application("c", [object({ effect: "unknown" })])], 5],
    ["a render that fails", [change, failed("cluster-unreachable"), failed("render")], 8],
    [
      "an object that would be refused",
      [held, application("c", [object({ effect: "refuse", why: "w" })])],
      8,
    ],
    ["a sync that would not start", [application("c", [], { refused: "it asks for what there is not" })], 8],
  ])("%s", (_, applications, exit) => {
    expect(blastExit({ applications })).toBe(exit as never);
  });
});

describe("parseRange()", () => {
  test.each([
    ["main..feature", "main", "feature"],
    ["main...feature", "main", "feature"],
    ["main..", "main", "HEAD"],
    ["main", "main", "HEAD"],
    ["..feature", "", "feature"],
    ["v1.2.3..refs/pull/7/head", "v1.2.3", "refs/pull/7/head"],
  ])("%s", (text, base, head) => expect(parseRange(text)).toEqual({ base, head }));
  test.each(["", " ", "a..b..c", "a....b"])("refuses %p", (text) => {
    expect(() => parseRange(text)).toThrow(CliError);
  });
});

describe("holdfast blast", () => {
  let control: FakeControl, api: FakeApi;
  beforeAll(() => {
    control = fakeControl();
    control.setBlast("feature", [
      application("web", [
        object({}),
        object({
          name: "b",
          effect: "create",
          fields: [],
          predicted: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "b" } },
        }),
        object({
          name: "c",
          effect: "delete",
          fields: [],
          live: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" } },
        }),
      ]),
      application("still", [object({ cause: "before" })]),
    ]);
    control.setBlast("held", [application("web", [object({ effect: "hold", why: "7 of 8 would go" })])]);
    control.setBlast("same", []);
    control.setBlast("cut", [application("web", []), "cut"]);
    control.setBlast("broken", [application("web", []), "broken"]);
    api = startFakeApi(control);
  });
  afterAll(() => api.stop());
  const run = (argv: string, setting: CliSetting = {}) =>
    cli(argv.split(" "), {
      server: api.url,
      now: () => NOW,
      verbs: { localRange: async ({ base, head }) => ({ base, head }) },
      ...setting,
    });

  test("names applications and objects, and ends with 1", async () => {
    expect(await run("blast main..feature")).toEqual({
      code: 1,
      stdout: `argocd/web on in-cluster: 1 created, 1 changed, 1 deleted
  ~ change  ConfigMap shop/a   data.key
  + create  ConfigMap shop/b
  - delete  ConfigMap shop/c

argocd/still on in-cluster: nothing would change
  1 object differs already, whatever these commits say.

`,
      stderr: `1/2 argocd/web: 1 created, 1 changed, 1 deleted
2/2 argocd/still: nothing
1 of 11 applications that follow main is affected; objects: 1 created, 1 changed, 1 deleted.
`,
    });
    expect((await run("blast main..feature --no-exit-code")).code).toBe(0);
    expect((await run("blast main..held --no-exit-code")).code).toBe(7);
    expect((await run("blast main..same")).code).toBe(0);
  });

  test("-o wide shows each difference, md is a comment, name is for scripts, json is all of it", async () => {
    const wide = await run("blast main..feature -o wide");
    expect(wide.stdout).toContain("@@ data.key @@\n-old\n+new\n");
    expect(wide.stdout).toContain(
      "--- live     (is not there)\n+++ desired  ConfigMap shop/b\n+apiVersion: v1\n",
    );
    const md = await run("blast main..feature -o md");
    expect(md.stdout).toStartWith("### What merging this would do\n");
    expect((await run("blast main..feature -o md --max-characters 1500")).stdout.length).toBeLessThanOrEqual(
      1_500,
    );
    expect((await run("blast main..feature -o name")).stdout).toBe("argocd/web\nargocd/still\n");
    const json = JSON.parse((await run("blast main..feature -o json")).stdout);
    expect(json).toMatchObject({
      apiVersion: "cli/v1",
      kind: "BlastReport",
      into: "main",
      applications: [{ application: "argocd/web", objects: [{}, {}, {}] }, { application: "argocd/still" }],
    });
  });

  test("asks for what the checkout means, unless a repository is named", async () => {
    control.calls.length = 0;
    const verbs = {
      localRange: async () => ({ base: "main", head: "same", repository: "https://git.example.com/x.git" }),
    };
    await run("blast origin/main..HEAD --into release", { verbs });
    await run("blast origin/main..HEAD --repo https://git.example.com/y.git", { verbs });
    expect(control.calls).toEqual([
      'blast {"base":"main","head":"same","repository":"https://git.example.com/x.git","into":"release"}',
      'blast {"base":"main","head":"same","repository":"https://git.example.com/y.git"}',
    ]);
  });

  test("a commit that is not there is an error with its fix; an answer without its end is no report", async () => {
    expect(await run("blast main..nowhere")).toMatchObject({
      code: 8,
      stdout: "",
      stderr: expect.stringContaining("Push it first."),
    });
    const cut = await run("blast main..cut -o md");
    expect(cut).toMatchObject({ code: 5, stdout: "" });
    expect(cut.stderr).toContain("was cut off before its end");
    const broken = await run("blast main..broken");
    expect(broken).toMatchObject({ code: 10, stdout: "" });
    expect(broken.stderr).not.toContain("pun");
    expect(await run("blast a..b..c")).toMatchObject({ code: 2 });
  });
});

describe("POST /api/holdfast/v1/blast", () => {
  test("is a line for each part, and refuses what it does not know", async () => {
    const control = fakeControl();
    control.setBlast("feature", [application("web", [object({})])]);
    const api = startFakeApi(control);
    const ask = (body: unknown) =>
      fetch(`${api.url}/api/holdfast/v1/blast`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    try {
      const answer = await ask({ base: "main", head: "feature" });
      expect(answer.headers.get("content-type")).toBe("application/x-ndjson");
      const lines = (await answer.text())
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      expect(lines.map(({ is }) => is)).toEqual(["range", "application", "end"]);
      for (const [body, says] of [
        [{ base: "main" }, "head: this field is required. The commit"],
        [{ base: "main", head: "" }, "head: this field is required"],
        [{ head: "x", repo: "y" }, "repo: this field is not known"],
        [{ head: ["x"] }, "head: expected a text"],
        [{ head: "x".repeat(2_000) }, "head: expected a text of at most 1024"],
        [["x"], "expected an object, not a list"],
      ] as const) {
        const refused = await ask(body);
        expect(refused.status).toBe(400);
        expect(((await refused.json()) as { message: string }).message).toContain(says);
      }
      const nowhere = await ask({ head: "nowhere" });
      expect(nowhere.status).toBe(400);
      expect(await nowhere.json()).toMatchObject({
        details: { reason: "git-revision", fix: "Push it first" },
      });
    } finally {
      await api.stop();
    }
  });

  test("what takes long to begin is a stream that lives, and tells its error there", async () => {
    const router = new Hono<Env>();
    const begin = Promise.withResolvers<void>();
    const ends: string[] = [];
    const control = {
      ...fakeControl(),
      async *blast(): AsyncGenerator<BlastEvent> {
        try {
          await begin.promise;
          yield { is: "end" };
        } finally {
          ends.push("ended");
        }
      },
    };
    const guarded = { control, sets: undefined, clusters: undefined, homeNamespace: "argocd" };
    blastRoutes(routesOf(router), { control: authorised(guarded).control, log: recordingLog() }, 1);
    const answer = await router.request(
      "/api/holdfast/v1/blast",
      {
        method: "POST",
        body: JSON.stringify({ head: "slow" }),
      },
      { server: undefined, who: almighty("user:local") },
    );
    expect(answer.status).toBe(200);
    begin.reject(
      new Failure("git-unreachable", "https://git.example.com", "backoff", { cannot: "read", why: "gone" }),
    );
    const lines = (await answer.text())
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([{ is: "error", error: { details: { reason: "git-unreachable" } } }]);
    expect(ends).toEqual(["ended"]);
  });
});
