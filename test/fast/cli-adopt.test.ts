import { expect, test } from "bun:test";
import type { AdoptAsk, AdoptExportAsk } from "../../src/cli/offline-verbs.ts";
import type { AdoptedApplication, AdoptionReport } from "../../src/core/model/adoption-report.ts";
import type { AppOrigin } from "../../src/engine/control.ts";
import { defined } from "../../src/lib/defined.ts";
import { fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { type CliRun, cli } from "../lib/cli.ts";
import { startFakeApi } from "../lib/fake-api.ts";

const equal: AdoptedApplication = {
  is: "equal",
  application: "argocd/shop",
  argoCD: { sync: "Synced", health: "Healthy", revisions: [] },
  holdfast: { sync: "Synced", health: "Healthy", revisions: [] },
  differences: [],
  notes: [],
  unknown: [],
  seen: { sync: "Synced", revisions: [], objects: [] },
  byLabel: 0,
};
const different: AdoptedApplication = {
  ...equal,
  is: "different",
  application: "argocd/blog",
  holdfast: { sync: "OutOfSync", health: "Healthy", revisions: [] },
  differences: [
    {
      of: "sync",
      object: "ConfigMap blog/a",
      argoCD: "Synced",
      holdfast: "OutOfSync",
      why: ["data.x: \u001b[31m1 in the cluster, 2 in Git"],
    },
  ],
  notes: ["Argo CD is deleting it"],
};
const unread: AdoptedApplication = { is: "not-judged", application: "argocd/odd", why: ["no source"] };

function adopt(
  applications: AdoptedApplication[],
  ...more: string[]
): Promise<CliRun & { asked: AdoptAsk | undefined }> {
  let asked: AdoptAsk | undefined;
  const report: AdoptionReport = {
    context: "prod",
    namespace: "argocd",
    applications,
    read: { projects: 1, repositories: 2, clusters: 0 },
    problems: [{ severity: "warning", object: "Secret argocd/a", text: "is odd" }],
    notHonoured: ["argocd-cm: users.anonymous.enabled"],
  };
  return cli(["adopt", ...more], {
    verbs: {
      adopt: async (ask) => {
        asked = ask;
        return report;
      },
    },
  }).then((run) => ({ ...run, asked }));
}

test("adopt ends with 0 where all are judged alike, and with 1 where one is not, or could not be judged", async () => {
  expect((await adopt([equal])).code).toBe(0);
  expect((await adopt([])).code).toBe(0);
  expect((await adopt([equal, different])).code).toBe(1);
  expect((await adopt([equal, unread])).code).toBe(1);
  const doubtful = await adopt([{ ...equal, unknown: ["argocd-cm cannot be read"] }]);
  expect(doubtful.stdout).toContain("not known: argocd-cm cannot be read");
  expect(doubtful.code).toBe(1);
});

test("adopt prints each application with its reasons, and no sign that moves a terminal", async () => {
  const { stdout, stderr } = await adopt([different, unread, equal]);
  expect(stdout.split("\n")).toEqual([
    expect.stringMatching(/^argocd\/blog {3}\S+ OutOfSync {3}\S+ Healthy$/),
    "  ConfigMap blog/a sync: Argo CD says Synced, Holdfast OutOfSync",
    expect.stringMatching(/^ {4}data\.x: .*1 in the cluster, 2 in Git$/),
    "  Argo CD is deleting it",
    "argocd/odd   not judged",
    "    no source",
    expect.stringMatching(/^argocd\/shop {3}\S+ Synced {3}\S+ Healthy {3}as Argo CD says$/),
    "",
  ]);
  expect(stdout).not.toContain("\u001b");
  expect(stderr).toBe(
    "Secret argocd/a: is odd\nSettings without effect here: argocd-cm: users.anonymous.enabled.\n3 applications of the Argo CD in namespace argocd: 1 judged as Argo CD does, 1 otherwise, 1 not judged. Read beside them: 1 project, 2 repositories, 0 other clusters. Nothing was written.\n",
  );
});

test("adopt -o json is the report, and every flag arrives", async () => {
  const flags = ["-o", "json", "--context", "prod", "-n", "cd", "--kubeconfig", "k", "--timeout", "90s"];
  const { stdout, asked } = await adopt([equal], ...flags);
  expect(JSON.parse(stdout)).toMatchObject({
    apiVersion: "cli/v1",
    kind: "Adoption",
    context: "prod",
    applications: [{ application: "argocd/shop", is: "equal" }],
  });
  expect(asked).toMatchObject({ context: "prod", namespace: "cd", kubeconfig: "k", timeoutMs: 90_000 });
});

/** A daemon that has these, each from its place, and an Argo CD that has them too. */
async function undo(
  places: Record<string, AppOrigin>,
  line: string,
  deletingSince?: string,
): Promise<{ run: CliRun; deleted: string[] }> {
  const control = fakeControl();
  for (const [name, origin] of Object.entries(places)) {
    const app = fakeApp("argocd", name);
    const mark = { mine: "taken", half: "begun" }[name];
    const annotations = defined({ "holdfast.dev/adoption": mark });
    control.put({ ...app, metadata: { ...app.metadata, annotations } }, origin);
  }
  const api = startFakeApi(control);
  try {
    const run = await cli(line.split(" "), {
      server: api.url,
      verbs: {
        takeable: async () =>
          Object.keys(places).map((name) => ({
            application: `argocd/${name}`,
            letsGo: { is: "yes" as const, by: "its mark" },
            ...defined({ deletingSince }),
          })),
      },
    });
    return { run, deleted: control.calls.filter((call) => /^(remove|delete)/.test(call)) };
  } finally {
    await api.stop();
  }
}
const CLUSTER: AppOrigin = { from: "cluster", cluster: "in-cluster" };

test("undo lets go of what take took, and of nothing else: where a cluster is the home, ours is Argo CD's", async () => {
  const both = await undo({ mine: { from: "api" }, theirs: CLUSTER }, "adopt --undo --all -y");
  expect(both.deleted).toEqual([expect.stringContaining("argocd/mine")]);
  const cutOff = await undo({ half: { from: "api" } }, "adopt --undo half -y");
  expect([cutOff.run.code, cutOff.deleted]).toEqual([0, [expect.stringContaining("argocd/half")]]);
  const named = await undo({ theirs: CLUSTER }, "adopt --undo theirs -y");
  expect([named.run.code, named.deleted]).toEqual([7, []]);
  expect(named.run.stderr).toContain("is the very object that Argo CD has");
  const filed = await undo({ filed: { from: "file", file: "a.yaml", line: 1 } }, "adopt --undo filed -y");
  expect([filed.run.code, filed.deleted]).toEqual([7, []]);
  const written = await undo({ mine: CLUSTER }, "adopt --undo mine -y");
  expect([written.run.code, written.deleted]).toEqual([7, []]);
  const handmade = await undo({ handmade: { from: "api" } }, "adopt --undo handmade -y");
  expect([handmade.run.code, handmade.deleted]).toEqual([7, []]);
  expect(handmade.run.stderr).toContain("was made by hand: holdfast app forget");
  const none = await undo({ theirs: CLUSTER }, "adopt --undo --all -y");
  expect([none.run.code, none.deleted]).toEqual([0, []]);
  expect(none.run.stderr).toContain("None of the daemon's applications was taken from Argo CD.");
});

test("undo gives nothing back that Argo CD would delete at once", async () => {
  const { run, deleted } = await undo(
    { mine: { from: "api" } },
    "adopt --undo mine -y",
    "2026-11-29T00:00:00Z",
  );
  expect([run.code, deleted]).toEqual([7, []]);
  expect(run.stderr).toContain("Argo CD's is being deleted, and would take every object along");
});

test("adopt --export says what lies in the folder, what is left to do, and names applications by their namespace", async () => {
  let asked: AdoptExportAsk | undefined;
  const run = await cli(["adopt", "--export", "./estate", "shop", "-n", "cd"], {
    verbs: {
      takeable: async () => [{ application: "cd/shop", letsGo: { is: "yes", by: "its mark" } }],
      adoptExport: async (ask) => {
        asked = ask;
        return {
          dir: "/estate",
          files: ["applications/shop.yaml", "projects/a.yaml", "projects/b.yaml", "holdfast.yaml"],
          left: ["argocd-cm: \u001b[31mx: has no effect here"],
        };
      },
    },
  });
  expect(asked).toMatchObject({ dir: "./estate", namespace: "cd", names: ["cd/shop"] });
  expect(run.stdout).toContain("/estate: 1 application, 2 projects, 0 clusters, and holdfast.yaml");
  expect(run.stdout).toContain("x: has no effect here");
  expect(run.stdout).not.toContain("\u001b");
  expect(run.stderr).toContain("What stands above is for you to do");
  expect(run.code).toBe(0);
  expect((await cli(["adopt", "--export", "x", "--take", "--all"])).code).toBe(2);
});
