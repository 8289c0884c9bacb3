/** `project role`: what there is of a project's roles, and their tokens, through the real API with the real tokens. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Shown } from "../../src/api/admission.ts";
import { almighty } from "../../src/core/access/asker.ts";
import type { Project } from "../../src/core/model/project.ts";
import { type FakeControl, fakeControl } from "../fakes/fake-control.ts";
import { AuthRig } from "../lib/auth-rig.ts";
import { type CliSetting, cli } from "../lib/cli.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";

const team: Project = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "AppProject",
  metadata: { namespace: "argocd", name: "team" },
  spec: {
    roles: [
      {
        name: "ci",
        description: "the pipeline's",
        policies: ["p, proj:team:ci, applications, sync, team/*, allow"],
        groups: ["my-org:ci", "ops"],
      },
      { name: "bare" },
    ],
  },
};

const door = new AuthRig();
let control: FakeControl;
let api: FakeApi;
let written: unknown[] = [];
beforeAll(() => {
  door.roles.add("team/ci");
  control = fakeControl();
  control.projects = () => [team, { ...team, metadata: { namespace: "argocd", name: "empty" }, spec: {} }];
  control.projectInForce = (name) => ({
    is: "found",
    value: {
      written: team,
      origin: { from: "api" },
      inForce: team,
      globals: [],
      clusters: [],
      repositories: [],
    },
    ...(name === "team" ? {} : { is: "absent" }),
  });
  control.putProject = async (project) => {
    written.push(project.spec.roles);
    return { is: "written", project };
  };
  const who = (): Shown => ({ is: "known", by: "header", asker: almighty("user:ana") });
  api = startFakeApi(control, { door, who });
});
afterAll(async () => {
  await api.stop();
  door.remove();
});
const on = (argv: string, setting: CliSetting = {}) =>
  cli(argv.split(" "), { server: api.url, now: () => door.now, ...setting });

describe("roles", () => {
  test("list: a table, names, and none", async () => {
    expect((await on("project role list team")).stdout).toBe(`  ROLE   POLICIES   GROUPS           DESCRIPTION
  ci     1          my-org:ci, ops   the pipeline's
  bare   0
`);
    expect((await on("proj roles ls team -o name")).stdout).toBe("ci\nbare\n");
    expect(await on("project role list empty")).toEqual({
      code: 0,
      stdout: "",
      stderr: "Project empty has no roles.\n",
    });
    expect((await on("project role list nowhere")).code).toBe(3);
  });

  test("get: what it permits and who has it; one that is not there is told which there are", async () => {
    expect((await on("project role get team ci")).stdout).toBe(`Role         ci of project team
Description  the pipeline's
Policies
  p, proj:team:ci, applications, sync, team/*, allow
Groups
  my-org:ci
  ops
`);
    const { code, stderr } = await on("project role get team cd");
    expect([code, stderr]).toEqual([3, "✗ Project team has no role cd.\n  It has ci, bare.   exit 3\n"]);
  });

  test("create, through the daemon where it keeps the project", async () => {
    written = [];
    const { code, stdout } = await on("project role create team ops --description nights");
    expect([code, stdout]).toEqual([0, "Project team is changed.\n"]);
    expect(written).toEqual([[...(team.spec.roles ?? []), { name: "ops", description: "nights" }]]);
  });
});

describe("tokens of a role", () => {
  test("made, printed alone and once, listed without themselves, used, and revoked by name", async () => {
    const made = await on("project role create-token team ci -e 24h --id pipeline");
    expect([made.code, made.stderr]).toEqual([
      0,
      "It is shown this once: the daemon keeps no more than its hash.\n",
    ]);
    const token = made.stdout.trimEnd();
    expect(token).toMatch(/^hf_token_\w+$/);
    expect(door.tokens.check(token)).toMatchObject({ is: "good" });

    const listed = await on("project role list-tokens team ci");
    const time = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
    expect(listed.stdout.split("\n", 2)).toEqual([
      expect.stringMatching(/^ {2}TOKEN +BEGINS +MADE +EXPIRES +LAST USED +BY$/),
      expect.stringMatching(/^ {2}pipeline +/),
    ]);
    expect(listed.stdout).toContain(` ${time(door.now)}   ${time(door.now + 86_400_000)} `);
    expect(listed.stdout).not.toContain(token);

    const [one] = JSON.parse((await on("project role list-tokens team ci -o json")).stdout).items;
    expect(one).toMatchObject({ id: "pipeline", createdBy: "ana", scopes: "all" });

    expect((await on("project role delete-token team ci pipeline")).code).toBe(2);
    expect(door.tokens.check(token)).toMatchObject({ is: "good" });
    expect(await on("project role delete-token team ci pipeline --yes")).toMatchObject({
      code: 0,
      stdout: "✓ Token pipeline of role ci opens nothing any more.\n",
    });
    expect(door.tokens.check(token)).toEqual({ is: "refused" });
    expect((await on("project role list-tokens team ci")).stderr).toBe(
      "Role ci of project team has no tokens.\n",
    );
    expect((await on("project role delete-token team ci pipeline -y")).code).toBe(3);
  });

  test("of a role that is not there none is made", async () => {
    const { code, stdout, stderr } = await on("project role create-token team cd");
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("the project team has no role cd");
  });

  test("as argocd they are listed by the second in which they were made", async () => {
    await on("project role create-token team ci --id x");
    const server = api.url.replace("http://", "");
    const { stdout, stderr } = await cli(
      `argocd proj role list-tokens team ci --server ${server} --plaintext --auth-token t`.split(" "),
      { env: { HOME: door.folder } },
    );
    expect(stderr).toBe("");
    expect(stdout.split("\n")[1]).toStartWith(`${Math.floor(door.now / 1_000)}  `);
  });
});
