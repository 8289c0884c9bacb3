/** Commands that change a project where it is written. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseYaml } from "../../src/lib/yaml.ts";
import { sharedCli } from "../lib/cli-stage.ts";

const on = sharedCli();
let folder: string, file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-projects-"));
  file = join(folder, "projects.yaml");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const OTHER = `apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata:
  name: other   # stays as it is
spec:
  sourceRepos: ["*"]
`;
const TEAM = `# the team's own
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata:
  name: team
spec:
  # where they build
  sourceRepos:
  - https://git.example.com/team/*   # all of theirs
  destinations:
  - server: "*"
    namespace: team-*
  namespaceResourceWhitelist:
  - group: apps
    kind: Deployment
  syncWindows:
  - kind: deny
    schedule: "0 22 * * *"
    duration: 8h
    applications: ["*"]
  roles:
  - name: ci   # the pipeline's
    policies:
    - p, proj:team:ci, logs, get, team/*, allow
    groups: ["my-org:ci"]
`;
const CI = {
  ...{ name: "ci", groups: ["my-org:ci"] },
  policies: ["p, proj:team:ci, logs, get, team/*, allow"],
};
const ROLES = [CI];
async function change(command: string, text = `${OTHER}---\n${TEAM}`) {
  writeFileSync(file, text);
  const { code, stdout, stderr } = await on.run(`project ${command} --file ${file}`);
  const now = readFileSync(file, "utf8");
  const team = parseYaml(now).documents.find(({ value }) => (value as any).metadata.name === "team");
  return { code, said: stdout + stderr, now, spec: (team?.value as any)?.spec };
}

const DONE: [command: string, list: string, items: unknown][] = [
  ["add-source team https://else/*", "sourceRepos", ["https://git.example.com/team/*", "https://else/*"]],
  ["remove-source team https://git.example.com/team/*", "sourceRepos", undefined],
  ["add-source-namespace team team-a", "sourceNamespaces", ["team-a"]],
  [
    "add-destination team prod shop --name",
    "destinations",
    [
      { server: "*", namespace: "team-*" },
      { name: "prod", namespace: "shop" },
    ],
  ],
  ["remove-destination team * team-*", "destinations", undefined],
  [
    "allow-cluster-resource team rbac.authorization.k8s.io ClusterRole",
    "clusterResourceWhitelist",
    [{ group: "rbac.authorization.k8s.io", kind: "ClusterRole" }],
  ],
  [
    "deny-cluster-resource team apps X --list deny",
    "clusterResourceBlacklist",
    [{ group: "apps", kind: "X" }],
  ],
  [
    "deny-namespace-resource team apps StatefulSet",
    "namespaceResourceBlacklist",
    [{ group: "apps", kind: "StatefulSet" }],
  ],
  ["deny-namespace-resource team apps Deployment --list allow", "namespaceResourceWhitelist", []],
  [
    "add-orphaned-ignore team apps Deployment --name old-*",
    "orphanedResources",
    { ignore: [{ group: "apps", kind: "Deployment", name: "old-*" }] },
  ],
  [
    "add-destination-service-account team * team-* ops:deployer",
    "destinationServiceAccounts",
    [{ server: "*", namespace: "team-*", defaultServiceAccount: "ops:deployer" }],
  ],
  ["windows delete team 0", "syncWindows", undefined],
  ["role create team ops --description nights", "roles", [...ROLES, { name: "ops", description: "nights" }]],
  ["role delete team ci", "roles", undefined],
  [
    "role add-policy team ci -a sync --object shop-* -p deny",
    "roles",
    [{ ...CI, policies: [...CI.policies, "p, proj:team:ci, applications, sync, team/shop-*, deny"] }],
  ],
  [
    "role remove-policy team ci -a get --object * -r logs",
    "roles",
    [{ name: "ci", policies: [], groups: ["my-org:ci"] }],
  ],
  ["role add-group team ci ops", "roles", [{ ...CI, groups: ["my-org:ci", "ops"] }]],
  ["role remove-group team ci my-org:ci", "roles", [{ ...CI, groups: [] }]],
  [
    "windows enable-manual-sync team 0",
    "syncWindows",
    [{ kind: "deny", schedule: "0 22 * * *", duration: "8h", applications: ["*"], manualSync: true }],
  ],
  [
    "windows update team 0 --duration 4h --time-zone Asia/Tokyo",
    "syncWindows",
    [{ kind: "deny", schedule: "0 22 * * *", duration: "4h", applications: ["*"], timeZone: "Asia/Tokyo" }],
  ],
];

test.each(DONE)("project %s", async (command, list, items) => {
  const { code, said, now, spec } = await change(command);
  expect([code, said]).toEqual([0, expect.stringContaining("Project team is changed in")]);
  expect(spec[list]).toEqual(items);
  // Comments, and the other project, stay.
  expect(now.startsWith(OTHER)).toBe(true);
  expect(now).toContain("# the team's own");
});

test("a change touches the lines that it is about alone", async () => {
  const { now } = await change("add-source team https://else/*");
  const before = `${OTHER}---\n${TEAM}`.split("\n");
  expect(now.split("\n").filter((line) => !before.includes(line))).toEqual(["  - https://else/*"]);
  expect(before.filter((line) => !now.split("\n").includes(line))).toEqual([]);
});

const REFUSED: [command: string, says: RegExp][] = [
  ["add-source team https://git.example.com/team/*", /has it already/],
  ["remove-source team https://nowhere", /does not have it/],
  ["add-source team !*", /sourceRepos\[1\]: !\* would deny everything/],
  ["add-source nobody https://else", /There is no AppProject nobody/],
  ["windows delete team 7", /has no window 7/],
  ["role create team ci", /has a role ci already/],
  ["role delete team cd", /has no role cd/],
  ["role add-group team cd x", /has no role cd/],
  ["role add-group team ci my-org:ci", /has it already/],
  ["role remove-policy team ci -a get --object *", /does not have it/],
  ["windows add team -k freeze --schedule 0_22_*_*_* --duration 8h", /would not be valid/],
  ["allow-cluster-resource team apps X --list both", /--list is allow or deny/],
];
test.each(REFUSED)("project %s is refused, and the file stays", async (command, says) => {
  const { code, said, now } = await change(command);
  expect(code).not.toBe(0);
  expect(said).toMatch(says);
  expect(now).toBe(`${OTHER}---\n${TEAM}`);
});

test("what an anchor says twice is not changed behind somebody's back", async () => {
  const text = TEAM.replace("  destinations:", "  sourceNamespaces: &names [a]\n  destinations:")
    .replace("  sourceRepos:\n  - https://git.example.com/team/*   # all of theirs\n", "")
    .replace("  syncWindows:", "  sourceRepos: *names\n  syncWindows:");
  const { code, said, now } = await change("add-source-namespace team b", text);
  expect([code, said]).toEqual([8, expect.stringContaining("cannot be changed by itself")]);
  expect(now).toBe(text);
});

test("a file keeps its mode", async () => {
  writeFileSync(file, TEAM, { mode: 0o640 });
  const { mode } = statSync(file);
  await on.run(`project add-source team https://else/* --file ${file}`);
  expect(statSync(file).mode).toBe(mode);
});

test("without a file the changed manifest is printed, and it is said that nothing was changed", async () => {
  const { code, stdout, stderr } = await on.run("project add-source-namespace default team-a");
  expect([code, stdout]).toEqual([0, expect.stringMatching(/sourceNamespaces:\n\s*- team-a/)]);
  expect(stderr).toContain("Nothing was changed");
});
