/** Rollbacks and holds from the command line. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Application, type ApplicationStatus, appKey } from "../../src/core/model/application.ts";
import type { CommitAbout } from "../../src/core/model/commit-about.ts";
import type { Fared } from "../../src/core/model/fared.ts";
import type { Digest } from "../../src/core/model/source-revision.ts";
import { COMMIT } from "../fakes/fake-control.ts";
import type { CliSetting } from "../lib/cli.ts";
import { appWith, destination, sharedCli } from "../lib/cli-stage.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";

const on = sharedCli();

describe("app rollback and app unhold", () => {
  const name = "back/web";
  const history = [
    {
      id: 0,
      revision: "1".repeat(40),
      deployedAt: "2026-11-23T02:31:08Z",
      cause: "automated" as const,
      taken: [
        { is: "base" as const, repoURL: "https://git.example.com/base", asked: "main", commit: COMMIT },
      ],
    },
    {
      id: 1,
      revision: COMMIT,
      deployedAt: "2026-11-23T03:31:08Z",
      cause: "manual" as const,
      reason: "as planned",
      initiatedBy: { username: "ana" },
    },
  ];
  const about: CommitAbout = {
    ...{ is: "commit", subject: "web: 1.29", author: "Ana Ruiz <ana@example.com>" },
    ...{ date: "2026-11-23T02:00:00Z", signedOffBy: [] },
  };
  // The older one was pushed over.
  const commitOf = ({ id }: { id: number }): CommitAbout =>
    id === 1 ? about : { is: "unknown", why: "the commit is not in the clone here" };
  let fared: readonly (Fared | undefined)[] = [];
  const faredOf = ({ id }: { id: number }): { fared?: Fared } => {
    const found = fared[id];
    return found === undefined ? {} : { fared: found };
  };
  const held: ApplicationStatus["hold"] = {
    at: { revision: "1".repeat(40) },
    deployment: 0,
    by: "user:ana",
    since: "2026-11-23T04:31:08Z",
    extras: "kept",
    until: "lifted",
  };
  const commitsAsked: string[] = [];
  let server: FakeApi;
  /** What a rollback leaves, where nothing is held by it. */
  let unheld: Partial<ApplicationStatus> | undefined;
  const put = (more: Partial<ApplicationStatus> = {}) => {
    const revision = more.hold === undefined ? COMMIT : "1".repeat(40);
    const sync = { status: "Synced", comparedTo: { destination }, revision } as const;
    on.control.put(appWith("back", "web", "Synced", "Healthy", { history, sync, ...more }));
  };
  beforeAll(() => {
    put();
    const managed = on.control.managedResources.bind(on.control);
    server = startFakeApi({
      ...on.control,
      history: () => ({ is: "found", value: history }),
      deployments: async () => ({
        is: "found",
        value: {
          ...{ revisions: [], now: [about] },
          items: history.map((entry) => ({ ...entry, commits: [commitOf(entry)], ...faredOf(entry) })),
        },
      }),
      commit: async (_, revision) => {
        commitsAsked.push(revision);
        return { is: "absent" };
      },
      async rollbackPlan(key, deployment) {
        const resources = await managed(key);
        const entry = history.find(({ id }) => id === deployment);
        if (entry === undefined || resources.is === "absent") return { is: "absent" };
        return {
          is: "found",
          value: {
            deployment: entry,
            resources: resources.value.flatMap((one) =>
              one.live === undefined
                ? [one]
                : [
                    one,
                    { ...one, ref: { ...one.ref, name: "extra" }, target: undefined, predicted: undefined },
                  ],
            ),
            refusals: [
              { ref: { group: "", kind: "Namespace", namespace: "", name: "shop" }, text: "it asks first" },
            ],
            then: "held",
            sources: "of-that-time",
            asNow: [
              {
                is: "chart",
                repoURL: "https://charts.example.com",
                name: "redis",
                asked: "^17",
                version: "17.3.2",
                digest: `sha256:${"a".repeat(64)}` as Digest,
              },
            ],
          },
        };
      },
      async rollback(key, { deployment, until, reason, prune, actor }) {
        on.control.calls.push(`rollback ${key} ${deployment} ${until} ${reason} ${prune} ${actor}`);
        put(
          unheld ?? {
            hold: held,
            operationState: {
              operation: { sync: { revision: "1".repeat(40) } },
              phase: "Succeeded",
              message: "successfully synced (1 applied)",
              startedAt: "2026-11-23T04:31:08Z",
              finishedAt: "2026-11-23T04:31:08Z",
            },
          },
        );
        return { is: "written", app: on.control.application(key) as Application };
      },
    });
  });
  afterAll(async () => {
    await server.stop();
    await on.control.remove(appKey("back", "web"), { cascade: "none", actor: "user:test" });
  });
  const here = (argv: string, setting: CliSetting = {}) => on.run(argv, { server: server.url, ...setting });

  test("history tells what brought each about", async () => {
    const { stdout, stderr } = await here(`app history ${name}`);
    expect(stdout).toMatch(/1 +current +1 h ago +9f2e1aa +ana +manual: as planned/);
    expect(stdout).toMatch(/0 +2 h ago +1111111 +automated/);
    expect(stderr).toContain("holdfast app rollback back/web ID");
    const wide = await here(`app history ${name} -o wide`);
    expect(wide.stdout).toMatch(/manual: as planned +web: 1\.29\n/);
    expect(wide.stdout).toMatch(/automated +\(the commit is not in the clone here\)\n/);
    // The history's answer has them all: none is asked for by itself.
    expect(commitsAsked).toEqual([]);
    expect(wide.stderr).toContain(`0 took https://git.example.com/base main at ${COMMIT.slice(0, 12)}\n`);
  });

  test("shows what it would do before it asks, and does nothing where nobody can answer", async () => {
    const before = on.control.calls.length;
    const { code, stdout, stderr } = await here(`app rollback ${name} --prune`);
    expect(stdout).toContain("@@ spec.replicas @@");
    expect(stdout).toContain("(is not in Git: to prune)");
    expect(stderr).not.toContain(" stay.");
    // What stays is not shown as if it went.
    const staying = await here(`app rollback ${name}`);
    expect(staying.stdout).toContain("@@ spec.replicas @@");
    expect(staying.stdout).not.toContain("to prune");
    expect(staying.stderr).toContain("1 to create, 2 to prune, which is off without --prune.\n");
    expect(staying.stderr).toMatch(/^apps\/Deployment shop\/extra, .*\/extra stay\.$/m);
    expect(stderr).toContain(
      "back/web to deployment 0 (1111111, 2 h ago, how it fared is not known): 1 to update, 1 to create, 2 to prune.\n" +
        "Its source was written otherwise then: it is taken as it was, and the spec is not edited.\n" +
        "It takes this as it is now, because nobody wrote down what it was then: redis 17.3.2 of https://charts.example.com\n" +
        "1 object would not be done:\n  Namespace shop: it asks first\n" +
        "It is synced automatically, so it is held there until somebody lifts it: holdfast app unhold back/web\n",
    );
    expect(stderr).toContain("Go back to deployment 0 of back/web? Nobody can answer: this is no terminal.");
    expect(code).toBe(2);
    expect(on.control.calls.slice(before).filter((call) => call.startsWith("rollback"))).toEqual([]);
    const no = await here(`app rollback ${name}`, {
      stdin: { text: "n\n", isTTY: true },
      terminal: { columns: 120 },
    });
    expect(no.code).toBe(0);
    expect(on.control.calls.slice(before).filter((call) => call.startsWith("rollback"))).toEqual([]);
  });

  test("goes back with --yes, by number or by commit, and says that it is held", async () => {
    put();
    const json = await here(`app rollback ${name} --yes -o json`);
    expect(JSON.parse(json.stdout)).toMatchObject({ kind: "Application", metadata: { name: "web" } });
    for (const which of ["", " 0", " 11111111"]) {
      put();
      const { code, stdout } = await here(
        `app rollback ${name}${which} --yes --until next-commit --reason broken --prune`,
      );
      expect(stdout).toContain("held@1111111");
      expect(code).toBe(0);
      expect(on.control.calls).toContain("rollback back/web 0 next-commit broken true user:local");
    }
    expect((await here(`app rollback ${name} 7 --yes`)).stderr).toBe(
      "✗ back/web has no deployment 7.\n  See them: holdfast app history back/web   exit 3\n",
    );
  });

  test("that is not held is at its commit, which its branch is not at", async () => {
    const back = "1".repeat(40);
    const gone = {
      operation: { sync: { revision: back } },
      ...{ phase: "Succeeded" as const, message: "successfully synced", startedAt: "2026-11-23T04:30:00Z" },
      ...{ finishedAt: "2026-11-23T04:30:01Z", syncResult: { revision: back, resources: [] } },
    };
    unheld = { operationState: gone };
    const { stdout } = await here(`app rollback ${name} 0 --yes`);
    expect(stdout).toContain("\nback/web at 1111111\n");
    unheld = undefined;
    put();
  });

  test("says how each fared where that is known, and goes by itself to none that is known to have been Degraded", async () => {
    put();
    const why = "apps/Deployment shop/web: Pod web-1 container web waits: CrashLoopBackOff: back-off 40s";
    fared = [{ is: "degraded", why }, { is: "healthy" }];
    const { stdout } = await here(`app history ${name}`);
    expect(stdout).toMatch(/^ +ID +WHEN +REVISION +BY +CAUSE +FARED +COMMIT OR CHANGE\n/);
    expect(stdout).toMatch(/1 +current .* ana +manual: as planned +Healthy +web: 1\.29\n/);
    expect(stdout).toMatch(/0 +2 h ago .* automated +Degraded: CrashLoopBackOff\n/);
    const before = on.control.calls.length;
    const { code, stderr } = await here(`app rollback ${name} --yes`);
    expect(stderr).toBe(
      "✗ back/web has no deployment before this one that went well.\n" +
        "  See them: holdfast app history back/web\n" +
        "  To go to one all the same, name it: holdfast app rollback back/web ID   exit 3\n",
    );
    expect(code).toBe(3);
    expect(on.control.calls.slice(before).filter((call) => call.startsWith("rollback"))).toEqual([]);
    expect((await here(`app rollback ${name} 0`)).stderr).toContain(
      "to deployment 0 (1111111, 2 h ago, Degraded: CrashLoopBackOff): ",
    );
    fared = [];
  });

  test("of what is held already the hold is lifted first, or a deployment is named", async () => {
    put({ hold: held });
    const { code, stderr } = await here(`app rollback ${name} --yes`);
    expect(stderr).toBe(
      "✗ back/web is held already, by a rollback to deployment 0.\n" +
        "  Follow Git again: holdfast app unhold back/web\n" +
        "  Or name another deployment: holdfast app rollback back/web ID   exit 7\n",
    );
    expect(code).toBe(7);
    expect((await here(`app rollback ${name} 1`)).stderr).toContain("back/web to deployment 1 (9f2e1aa");
    put();
  });

  test("--git shows what it would commit, asks, and pushes; --branch and --shared go with it alone", async () => {
    const asked = await here(`app rollback ${name} 0 --git`);
    expect(asked.stderr).toContain(
      "A commit to main of https://git.example.com/shop.git, after 9f2e1aa, would put back how it was at 9f2e1aa:\n  web/deployment.yaml\n",
    );
    expect(asked.code).toBe(2);
    expect(on.control.calls.at(-1)).not.toContain("revert");
    const { code, stdout } = await here(`app rollback ${name} 0 --git --yes --branch back/web --reason bad`);
    expect([code, stdout]).toEqual([
      0,
      "✓ back/web: pushed 9f2e1aa to back/web of https://git.example.com/shop.git. Merge it, and it is delivered.\n",
    ]);
    expect(on.control.calls.at(-1)).toBe(`revert back/web 0 back/web ${COMMIT} refuse bad user:local`);
    expect(JSON.parse((await here(`app rollback ${name} 0 --git --yes -o json`)).stdout)).toMatchObject({
      kind: "Revert",
      branch: "main",
      commit: COMMIT,
    });
    expect((await here(`app rollback ${name} 0 --branch x --yes`)).code).toBe(2);
  });

  test("while it is held that is seen in the list and in the application, and unhold ends it", async () => {
    put({
      hold: held,
      conditions: [
        {
          type: "HeldWarning",
          message: "held at 1111111 (deployment 0) by user:ana. It goes on by: holdfast app unhold back/web",
        },
      ],
    });
    expect((await here("app list -N back")).stdout).toMatch(
      /back\/web .* held@1111111 .* Held: at 1111111 \(deployment 0\)/,
    );
    expect((await here(`app get ${name}`)).stdout).toContain(
      "! Held  at 1111111 (deployment 0) by user:ana. It goes on by: holdfast app unhold back/web",
    );
    // What was gone back to is marked, before and after that is a deployment of its own.
    expect((await here(`app history ${name}`)).stdout).toMatch(/1 +current +1 h ago[\s\S]*0 +held +2 h ago/);
    const shown = await here(`app unhold ${name} --dry-run`);
    expect(shown).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(
        /^back\/web to 9f2e1aa, as Git says now: .*\. Nothing was done\.\n1 object would not be done:\n/,
      ),
    });
    expect(JSON.parse((await here(`app unhold ${name} --dry-run -o json`)).stdout)).toMatchObject({
      extras: "deleted",
      items: expect.any(Array),
    });
    expect((await here(`app get ${name}`)).stdout).toContain("! Held");
    expect(await here(`app unhold ${name}`)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("back/web follows Git again"),
    });
    put({ hold: held });
    expect(JSON.parse((await here(`app unhold ${name} -o json`)).stdout)).toMatchObject({
      kind: "Application",
      metadata: { name: "web" },
    });
    expect(await here(`app unhold ${name}`)).toMatchObject({
      code: 7,
      stderr: expect.stringContaining("is not held"),
    });
  });
});
