/** `admin rbac can` and `admin rbac validate`, without a daemon. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rbacCan, rbacValidate } from "../../src/verbs/rbac.ts";
import { type CliRun, cli } from "../lib/cli.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "holdfast-rbac-"));
  writeFileSync(
    join(dir, "policy.csv"),
    "p, role:dev, applications, *, team/*, allow\np, role:dev, applications, delete, team/db, deny\ng, org:dev, role:dev\n",
  );
  writeFileSync(
    join(dir, "cm.yaml"),
    "# of the cluster\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: argocd-rbac-cm }\ndata:\n  policy.csv: |\n    g, ann, role:admin\n  policy.default: role:readonly\n",
  );
  writeFileSync(
    join(dir, "team.yaml"),
    `kind: AppProject\napiVersion: argoproj.io/v1alpha1\nmetadata: { name: team, namespace: argocd }\nspec:\n  roles:\n  - name: ci\n    policies: ["p, proj:team:ci, applications, sync, team/*, allow"]\n    groups: ["org:ops"]\n`,
  );
  writeFileSync(
    join(dir, "wrong.yaml"),
    `kind: AppProject\napiVersion: argoproj.io/v1alpha1\nmetadata: { name: team, namespace: argocd }\nspec:\n  roles:\n  - name: ci\n    policies: ["p, proj:team:ci, applications, sync, */*, allow"]\n`,
  );
  writeFileSync(join(dir, "claims.json"), JSON.stringify({ sub: "x", groups: ["org:ops"] }));
  writeFileSync(join(dir, "bad.csv"), "g, ann, role:admin\np, ann, applications\n");
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const run = (line: string): Promise<CliRun> =>
  cli(`admin rbac ${line}`.replaceAll("DIR", dir).split(" "), {
    verbs: { rbacCan: async (ask) => rbacCan(ask), rbacValidate: async (...asked) => rbacValidate(...asked) },
  });

test.each<[string, number, string, string]>([
  ["can admin delete app", 0, "Yes", "Permitted to admin by the built-in policy"],
  ["can role:readonly get logs", 0, "Yes", "the built-in policy"],
  ["can eve get app team/web --policy DIR/policy.csv", 1, "No", "No line of the policy gives it."],
  [
    "can eve,org:dev sync app team/web --policy DIR/policy.csv",
    0,
    "Yes",
    "group org:dev by policy.csv, line 1",
  ],
  ["can org:dev sync applications team/web --policy DIR/policy.csv", 0, "Yes", "group org:dev"],
  [
    "can eve,org:dev delete app team/db --policy DIR/policy.csv",
    1,
    "No",
    "Denied to group org:dev by policy.csv, line 2",
  ],
  ["can eve get proj x --policy DIR/cm.yaml", 0, "Yes", "everybody, by the default role role:readonly"],
  ["can eve get proj x --policy DIR/cm.yaml --default-role role:none", 1, "No", "No line"],
  ["can proj:team:ci sync app team/web --project DIR/team.yaml", 0, "Yes", "role ci of project team, line 1"],
  ["can @DIR/claims.json sync app team/web --project DIR/team.yaml", 0, "Yes", "group org:ops"],
  ["can @DIR/claims.json sync app other/web --project DIR/team.yaml", 1, "No", "No line"],
  ["can ann delete proj x --policy DIR/cm.yaml", 0, "Yes", "Permitted to ann"],
])("%s", async (line, code, answer, why) => {
  const { code: got, stdout, stderr } = await run(line);
  expect([got, stdout.trim()]).toEqual([code, answer]);
  expect(stderr).toContain(why);
});

test.each<[string, string]>([
  ["can ann dance app team/web", "nothing dance can be done to applications"],
  ["can ann get aplication team/web", "there is no resource aplication (did you mean applications?)"],
  ["can ann get app --project DIR/wrong.yaml", "its object must begin with team/"],
  ["can @DIR/policy.csv get app", "it holds no claims"],
  ["can ann get app --policy DIR/bad.csv", "a permission has five fields after p, and this one has 2"],
])("%s makes no sense", async (line, why) => {
  const { code, stdout, stderr } = await run(line);
  expect([code, stdout]).toEqual([8, ""]);
  expect(stderr).toContain(why);
});

test("validate names file and line, and ends with what it found", async () => {
  const bad = await run("validate DIR/bad.csv");
  expect([bad.code, bad.stdout]).toEqual([8, expect.stringContaining(`${dir}/bad.csv:2`)]);
  expect(bad.stderr).toContain("nothing of this policy would be used");
  expect(await run("validate DIR/policy.csv")).toMatchObject({ code: 0, stdout: "The policy is valid.\n" });
  const warned = await run("validate DIR/cm.yaml --default-role role:radonly");
  expect([warned.code, warned.stdout]).toEqual([0, expect.stringContaining("did you mean role:readonly?")]);
});
