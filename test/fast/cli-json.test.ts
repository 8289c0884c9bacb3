/**
 * `-o json` of every command that prints data, on the command tree itself: a command that is in neither table fails, and so
 * does one whose answer is not one JSON document.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import type { OfflineVerbs } from "../../src/cli/offline-verbs.ts";
import { createProgram } from "../../src/cli/program.ts";
import { almighty } from "../../src/core/access/asker.ts";
import { COMMIT, type FakeControl, fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { fakeSets, shopsSet } from "../fakes/fake-sets.ts";
import { AuthRig } from "../lib/auth-rig.ts";
import { cli } from "../lib/cli.ts";
import { appWith, now, resources, verbs } from "../lib/cli-stage.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";

/** What a person would type of each, on the stage below; FOLDER holds its files. */
const PRINTS: Readonly<Record<string, string>> = {
  "app list": "",
  "app get": "payments/web",
  "app tree": "payments/web",
  "app resources": "payments/web",
  "app diff": "payments/web --no-exit-code",
  "app history": "payments/web",
  "app manifests": "payments/web",
  "app why": "payments/web",
  "app logs": "payments/web",
  "app refresh": "payments/web",
  "app sync": "payments/api --async",
  "app wait": "argocd/guestbook --health",
  "app rollback": "payments/web 1 --async --yes",
  "app unhold": "payments/held",
  "app undo": "payments/web --yes",
  "app create": "made --repo https://git.example.com/a.git --path a --dest-namespace a",
  "app set": "payments/web --revision v2",
  "app edit": "payments/web --yes",
  "app actions list": "payments/web",
  "appset list": "",
  "appset get": "shops",
  "appset preview": "-f FOLDER/set.yaml",
  "appset create": "-f FOLDER/set.yaml",
  "appset generate": "FOLDER/set.yaml",
  "cluster list": "",
  "cluster get": "in-cluster",
  "cluster add": "prod --yes",
  "project list": "",
  "project get": "default",
  "project window list": "default",
  "project role list": "default",
  "project role get": "team ci",
  "project role create-token": "team ci",
  "project role list-tokens": "team ci",
  whoami: "",
  "context list": "",
  "context show": "prod",
  status: "",
  blast: "main..mine",
  runs: "",
  audit: "",
  "activity list": "",
  "activity show": "1",
  "activity verify": "",
  trace: "ReplicaSet/web-5d4",
  validate: "",
  render: "-f FOLDER/set.yaml",
  doctor: "",
  adopt: "",
  version: "",
  "admin rbac can": "role:admin get applications",
  "admin rbac validate": "FOLDER/policy.csv",
};

const SAYS = "it changes something, and says that it did; what is there then, a get or a list prints";
const ENDS = "it ends something, and nothing is left to print";
const RUNS = "it runs until it is stopped";

/** Why a command has no `-o json`. */
const PRINTS_NONE: Readonly<Record<string, string>> = {
  "": "it prints its help",
  "app terminate": ENDS,
  "app delete": ENDS,
  "app forget": ENDS,
  "app confirm-deletion": SAYS,
  "app actions run": SAYS,
  "appset delete": ENDS,
  "appset approve": SAYS,
  "appset refresh": SAYS,
  "cluster set": SAYS,
  "cluster rm": ENDS,
  "cluster rotate-auth": SAYS,
  "project create": SAYS,
  "project set": SAYS,
  "project delete": ENDS,
  "project edit": SAYS,
  "project window add": SAYS,
  "project window update": SAYS,
  "project window delete": SAYS,
  "project window enable-manual-sync": SAYS,
  "project window disable-manual-sync": SAYS,
  ...Object.fromEntries(
    ["source", "source-namespace", "destination", "destination-service-account", "orphaned-ignore"].flatMap(
      (what) => [
        [`project add-${what}`, SAYS],
        [`project remove-${what}`, SAYS],
      ],
    ),
  ),
  "project allow-cluster-resource": SAYS,
  "project deny-cluster-resource": SAYS,
  "project allow-namespace-resource": SAYS,
  "project deny-namespace-resource": SAYS,
  "project role create": SAYS,
  "project role delete": SAYS,
  "project role add-policy": SAYS,
  "project role remove-policy": SAYS,
  "project role add-group": SAYS,
  "project role remove-group": SAYS,
  "project role delete-token": ENDS,
  login: SAYS,
  logout: ENDS,
  "context use": SAYS,
  "context add": SAYS,
  "context remove": ENDS,
  completion: "it prints a script",
  man: "it prints a manual page",
  "activity export": "it prints NDJSON, and nothing else",
  serve: RUNS,
  demo: RUNS,
  "demo commit": SAYS,
  "demo edit": SAYS,
  "demo break": SAYS,
  "demo heal": SAYS,
  "admin health": "it prints JSON, and nothing else",
  "admin definitions": "it prints YAML for kubectl",
  "admin reset-password": "it prints the password, once",
  "admin pause": SAYS,
  "admin resume": SAYS,
  "admin approve-removal": SAYS,
};

const program = createProgram(
  { stdout: { isTTY: false }, stderr: { isTTY: false } } as never,
  async () => undefined,
);

/** Whatever does something itself: no commands below it, or something of its own beside them. */
function commandsBelow(command: Command, path: readonly string[] = []): { name: string; json: boolean }[] {
  const output = command.options.find(({ long }) => long === "--output");
  const does = (command as unknown as { _actionHandler?: unknown })._actionHandler != null;
  return [
    ...(does ? [{ name: path.join(" "), json: output?.argChoices?.includes("json") === true }] : []),
    ...command.commands.flatMap((below) => commandsBelow(below, [...path, below.name()])),
  ];
}
const all = commandsBelow(program);

describe("the tables", () => {
  test("are about every command, each in one of them", () => {
    const named = [...Object.keys(PRINTS), ...Object.keys(PRINTS_NONE)];
    expect(all.map(({ name }) => name).sort()).toEqual(named.sort());
  });
  test("say of each what its flags say", () => {
    expect(
      all
        .filter(({ json }) => json)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(Object.keys(PRINTS).sort());
  });
});

const DELETED = "2026-11-23T04:21:08Z";
const door = new AuthRig();
const folder = mkdtempSync(join(tmpdir(), "holdfast-json-"));
let control: FakeControl;
let api: FakeApi;
const clusters = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: ({ url, method }) => {
    const cluster = {
      name: "prod",
      server: "https://prod.example.com",
      connectionState: { status: "Successful" },
      info: {},
    };
    return Response.json(method === "GET" && url.endsWith("/clusters") ? { items: [] } : cluster);
  },
});

beforeAll(async () => {
  writeFileSync(join(folder, "set.yaml"), JSON.stringify(shopsSet(["eu"])));
  writeFileSync(join(folder, "policy.csv"), "p, role:dev, applications, get, */*, allow\n");
  control = fakeControl();
  control.put(appWith("argocd", "guestbook", "Synced", "Healthy"));
  control.put(appWith("payments", "api", "OutOfSync", "Degraded"));
  control.put(appWith("payments", "web", "OutOfSync", "Progressing", { resources }));
  control.put(
    appWith("payments", "held", "Synced", "Healthy", {
      hold: {
        at: { revision: COMMIT },
        deployment: 1,
        by: "user:ana",
        since: "2026-11-23T04:00:00Z",
        extras: "kept",
        until: "lifted",
      },
    }),
  );
  control.setBlast("mine", []);
  control.setDeleted(
    [{ run: 12, at: DELETED, until: "2026-11-30T04:21:08Z", objects: 1, application: "this" }],
    [
      {
        ...{ id: 4, version: "v1", can: "yes", why: "" },
        ref: { group: "", kind: "ConfigMap", namespace: "shop", name: "old" },
      },
    ],
  );
  const sets = fakeSets(control);
  await sets.add(shopsSet(["eu"]));
  const { projects } = control;
  control.projects = () => [
    ...projects.call(control),
    {
      ...{
        apiVersion: "argoproj.io/v1alpha1",
        kind: "AppProject",
        metadata: { namespace: "argocd", name: "team" },
      },
      spec: { roles: [{ name: "ci", policies: [] }] },
    },
  ];
  door.roles.add("team/ci");
  const who = () => ({ is: "known", by: "header", asker: almighty("user:ana") }) as const;
  api = startFakeApi(control, { sets, door, who });
  const kept = await cli(["context", "add", "prod", api.url], { env: { XDG_CONFIG_HOME: folder } });
  expect(kept.code).toBe(0);
});
afterAll(async () => {
  await Promise.all([api.stop(), clusters.stop(true)]);
  door.remove();
  rmSync(folder, { recursive: true });
});

const byHeart: Partial<OfflineVerbs> = {
  ...verbs,
  appsetGenerate: async () => ({ applications: [fakeApp("argocd", "web")], problems: [] }),
  rbacCan: async () => ({ is: "yes", why: "the built-in policy" }),
  rbacValidate: async () => [],
  localRange: async ({ base, head }) => ({ base, head }),
  adopt: async () => ({
    ...{ context: "prod", namespace: "argocd", applications: [], problems: [], notHonoured: [] },
    read: { projects: 0, repositories: 0, clusters: 0 },
  }),
  clusterAccount: async () => ({
    ...{ server: "https://prod.example.com", makes: [], account: "kube-system/holdfast-manager" },
    address: {},
    grant: async () => ({ bearerToken: "t" }),
    revoke: async () => [],
  }),
};

describe("-o json is one document", () => {
  test.each(Object.entries(PRINTS))("%s", async (name, words) => {
    const argv = `${name} ${words} -o json`.replaceAll("FOLDER", folder).split(/ +/);
    const server = name === "cluster add" ? clusters.url.origin : api.url;
    const { stdout, stderr } = await cli(argv, {
      ...{ server, now, verbs: byHeart, env: { XDG_CONFIG_HOME: folder } },
      edit: async () => ({ is: "closed" }),
    });
    expect([stderr.match(/✗.*/)?.[0], stdout]).toEqual([undefined, expect.stringMatching(/^[[{]/)]);
    expect(() => JSON.parse(stdout)).not.toThrow();
  });
});
