/**
 * Every HTTP path as a row: what is sent, which status, which shape comes back. Run on the API with a control in memory
 * (test/fast) and on the daemon itself.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

/** A running API. Its data: one application from a file, looked at, with objects; nothing else that is called `made`. */
export interface ApiUnderTest {
  url: string;
  /** The application that lives in a file. */
  app: { namespace: string; name: string; revision: string };
  /** A spec that the API may create an application from; nothing syncs it by itself. */
  spec: Record<string, unknown>;
  stop(): Promise<void>;
}

interface Row {
  does: string;
  /** `GET /path`; `{app}`, `{ns}`, `{rev}` stand for the application from the file. */
  ask: string;
  body?: unknown;
  headers?: Record<string, string>;
  status: number | number[];
  /** Part of the JSON body, matchers allowed. */
  shape?: unknown;
}

const text = expect.any(String);
const list = expect.any(Array);
const error = (code: number, message: unknown = text): unknown => ({ error: message, code, message });
const application = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: { name: text, namespace: text },
  spec: { project: text, destination: expect.any(Object) },
};
const status = {
  sync: {
    status: expect.stringMatching(/^(Synced|OutOfSync|Unknown)$/),
    comparedTo: { destination: expect.any(Object) },
  },
  health: { status: expect.stringMatching(/^(Healthy|Progressing|Degraded|Suspended|Missing|Unknown)$/) },
};

/** Reading, on the application from the file. */
const READS: Row[] = [
  {
    does: "opens no terminal while they are off",
    ask: "GET /api/holdfast/v1/applications/{ns}/{app}/terminal?podNamespace=x&pod=y",
    status: 400,
    shape: error(9, expect.stringContaining("exec.enabled")),
  },
  {
    does: "tells its version",
    ask: "GET /api/version",
    status: 200,
    shape: { Version: expect.stringMatching(/^v\d+\.\d+\.\d+\+holdfast\./), Platform: text, Holdfast: text },
  },
  {
    does: "lists applications with their status",
    ask: "GET /api/v1/applications",
    status: 200,
    shape: {
      metadata: {},
      items: expect.arrayContaining([
        expect.objectContaining({
          kind: "Application",
          status: expect.objectContaining({ sync: expect.any(Object) }),
        }),
      ]),
    },
  },
  {
    does: "lists by name",
    ask: "GET /api/v1/applications?name={app}",
    status: 200,
    shape: { items: [{ ...application, status }] },
  },
  {
    does: "lists nothing of another project",
    ask: "GET /api/v1/applications?projects=nobody",
    status: 200,
    shape: { items: [] },
  },
  {
    does: "lists nothing for a selector that fits nobody",
    ask: "GET /api/v1/applications?selector=no-such-label",
    status: 200,
    shape: { items: [] },
  },
  {
    does: "refuses a selector that is none",
    ask: "GET /api/v1/applications?selector=a%3D%3D%3Db",
    status: 400,
    shape: error(3, expect.stringContaining("is no requirement")),
  },
  {
    does: "lists one namespace",
    ask: "GET /api/v1/applications?appNamespace={ns}&name={app}",
    status: 200,
    shape: { items: [application] },
  },
  {
    does: "refreshes what it lists",
    ask: "GET /api/v1/applications?name={app}&refresh=normal",
    status: 200,
    shape: { items: [application] },
  },
  {
    does: "gets an application by its name alone",
    ask: "GET /api/v1/applications/{app}",
    status: 200,
    shape: { ...application, status },
  },
  {
    does: "gets an application by namespace and name",
    ask: "GET /api/v1/applications/{app}?appNamespace={ns}",
    status: 200,
    shape: application,
  },
  {
    does: "refreshes an application",
    ask: "GET /api/v1/applications/{app}?refresh=normal",
    status: 200,
    shape: { ...application, status },
  },
  {
    does: "refreshes an application and renders again",
    ask: "GET /api/v1/applications/{app}?refresh=hard",
    status: 200,
    shape: { ...application, status },
  },
  {
    does: "does not know an application of another name",
    ask: "GET /api/v1/applications/no-such-app",
    status: 404,
    shape: error(5, "application no-such-app not found"),
  },
  {
    does: "does not know the application in another namespace",
    ask: "GET /api/v1/applications/{app}?appNamespace=elsewhere",
    status: 404,
    shape: error(5),
  },
  {
    does: "does not know the application in another project",
    ask: "GET /api/v1/applications/{app}?project=nobody",
    status: 404,
    shape: error(5),
  },
  {
    does: "does not take a name that can be none",
    ask: "GET /api/v1/applications/No_Name",
    status: 404,
    shape: error(5),
  },
  {
    does: "gives manifests as JSON texts",
    ask: "GET /api/v1/applications/{app}/manifests",
    status: 200,
    shape: {
      manifests: expect.arrayContaining([expect.stringMatching(/^\{.*"kind":/)]),
      revision: text,
      sourceType: text,
      server: text,
      namespace: text,
    },
  },
  {
    does: "gives managed resources with their states",
    ask: "GET /api/v1/applications/{app}/managed-resources",
    status: 200,
    shape: {
      items: expect.arrayContaining([
        expect.objectContaining({
          kind: text,
          name: text,
          version: text,
          liveState: text,
          targetState: text,
          predictedLiveState: text,
          normalizedLiveState: text,
          modified: expect.any(Boolean),
          hook: expect.any(Boolean),
        }),
      ]),
    },
  },
  {
    does: "filters managed resources",
    ask: "GET /api/v1/applications/{app}/managed-resources?kind=NoSuchKind",
    status: 200,
    shape: { items: [] },
  },
  {
    does: "gives the resource tree",
    ask: "GET /api/v1/applications/{app}/resource-tree",
    status: 200,
    shape: {
      nodes: expect.arrayContaining([expect.objectContaining({ kind: text, name: text, version: text })]),
      orphanedNodes: [],
      hosts: list,
    },
  },
  {
    does: "gives Kubernetes events",
    ask: "GET /api/v1/applications/{app}/events",
    status: 200,
    shape: { metadata: {}, items: list },
  },
  {
    does: "gives what is known of a commit",
    ask: "GET /api/v1/applications/{app}/revisions/{rev}/metadata",
    status: 200,
    shape: { author: text, date: expect.stringMatching(/^\d{4}-\d\d-\d\dT/), message: text },
  },
  ...["ocimetadata", "chartdetails"].map((what) => ({
    does: `tells no ${what} of a source that is in Git`,
    ask: `GET /api/v1/applications/{app}/revisions/{rev}/${what}`,
    status: 400,
    shape: error(3, expect.stringContaining("its sources are in Git")),
  })),
  {
    does: "lists projects",
    ask: "GET /api/v1/projects",
    status: 200,
    shape: { metadata: {}, items: expect.arrayContaining([expect.objectContaining({ kind: "AppProject" })]) },
  },
  {
    does: "gets the project default",
    ask: "GET /api/v1/projects/default",
    status: 200,
    shape: { kind: "AppProject", metadata: { name: "default" }, spec: expect.any(Object) },
  },
  {
    does: "tells how the project default holds, and where that comes from",
    ask: "GET /api/v1/projects/default/detailed",
    status: 200,
    shape: {
      project: expect.objectContaining({ kind: "AppProject" }),
      globalProjects: [],
      clusters: [],
      repositories: [],
      holdfast: { inForce: expect.objectContaining({ kind: "AppProject" }) },
    },
  },
  {
    does: "tells the global projects of the project default",
    ask: "GET /api/v1/projects/default/globalprojects",
    status: 200,
    shape: { items: [] },
  },
  {
    does: "does not know another project",
    ask: "GET /api/v1/projects/no-such-project",
    status: 404,
    shape: error(5),
  },
  {
    does: "lists clusters without credentials",
    ask: "GET /api/v1/clusters",
    status: 200,
    shape: {
      metadata: {},
      items: expect.arrayContaining([
        expect.objectContaining({
          name: text,
          server: text,
          config: { tlsClientConfig: { insecure: false } },
          connectionState: expect.objectContaining({ status: text, message: text }),
          serverVersion: text,
        }),
      ]),
    },
  },
  {
    does: "does not know another cluster",
    ask: "GET /api/v1/clusters/no-such-cluster",
    status: 404,
    shape: error(5),
  },
  {
    does: "says of what it does not serve yet that it does not",
    ask: "GET /api/v1/gpgkeys",
    status: 501,
    shape: error(12, expect.stringContaining("signatures are not checked")),
  },
  {
    does: "says how it is set up",
    ask: "GET /api/v1/settings",
    status: 200,
    shape: { trackingMethod: "annotation", controllerNamespace: expect.any(String), execEnabled: false },
  },
  {
    does: "has no badges where nobody wants them",
    ask: "GET /api/badge?name={app}",
    status: 404,
    shape: error(5, expect.stringContaining("server.badges")),
  },
  {
    does: "has no links",
    ask: "GET /api/v1/applications/{app}/links",
    status: 200,
    shape: { items: [], holdfast: { wrong: [] } },
  },
  {
    does: "has no links of what is not there",
    ask: "GET /api/v1/applications/no-such-app/links",
    status: 404,
    shape: error(5),
  },
  {
    does: "tells nothing of going back to what was never deployed",
    ask: "GET /api/holdfast/v1/applications/{ns}/{app}/history/987654/diff",
    status: 404,
    shape: error(5, expect.stringContaining("there is no deployment 987654")),
  },
  {
    does: "plans no commit back to what was never deployed",
    ask: "GET /api/holdfast/v1/applications/{ns}/{app}/history/987654/revert",
    status: 404,
    shape: error(5, expect.stringContaining("there is no deployment 987654")),
  },
  {
    does: "knows no deployment by a word",
    ask: "GET /api/holdfast/v1/applications/{ns}/{app}/history/latest/diff",
    status: 404,
    shape: error(5),
  },
  {
    does: "tells nothing of lifting a hold that is not there",
    ask: "GET /api/holdfast/v1/applications/{ns}/{app}/hold/diff",
    status: 400,
    shape: error(9, expect.stringContaining("not held")),
  },
  {
    does: "has nothing at other paths",
    ask: "GET /api/v1/nonsense",
    status: 404,
    shape: error(5, "there is nothing at this path"),
  },

  {
    does: "tells how the daemon is",
    ask: "GET /api/holdfast/v1/status",
    status: 200,
    shape: {
      version: text,
      ready: true,
      sandbox: { level: text, why: expect.any(String) },
      applications: { total: expect.any(Number), sync: expect.any(Object), health: expect.any(Object) },
      clusters: list,
      problems: list,
    },
  },
  {
    does: "lists problems that belong to no application",
    ask: "GET /api/holdfast/v1/problems",
    status: 200,
    shape: { items: list },
  },
  {
    does: "tells where an application is written",
    ask: "GET /api/holdfast/v1/applications/{ns}/{app}",
    status: 200,
    shape: { origin: { from: "file", file: text, line: expect.any(Number) }, application },
  },
  {
    does: "lists differences by field",
    ask: "GET /api/holdfast/v1/applications/{ns}/{app}/diff",
    status: 200,
    shape: { items: list },
  },
  {
    does: "lists every object when asked for all",
    ask: "GET /api/holdfast/v1/applications/{ns}/{app}/diff?all=true",
    status: 200,
    shape: {
      items: expect.arrayContaining([
        expect.objectContaining({
          kind: text,
          name: text,
          change: expect.stringMatching(/^(create|change|prune|none)$/),
          fields: list,
        }),
      ]),
    },
  },
  {
    does: "gives the history",
    ask: "GET /api/holdfast/v1/applications/{ns}/{app}/history",
    status: 200,
    shape: { items: list },
  },
  {
    does: "lists what was deleted and can be made again",
    ask: "GET /api/holdfast/v1/applications/{ns}/{app}/undo",
    status: 200,
    shape: { runs: list, objects: list },
  },
  {
    does: "wants a run to be a number",
    ask: "GET /api/holdfast/v1/applications/{ns}/{app}/undo?run=last",
    status: 400,
    shape: error(3, expect.stringContaining("run")),
  },
  {
    does: "has nothing to undo of an application that is not there",
    ask: "GET /api/holdfast/v1/applications/{ns}/no-such-app/undo",
    status: 404,
    shape: error(5),
  },
  {
    does: "does not know the differences of another application",
    ask: "GET /api/holdfast/v1/applications/{ns}/no-such-app/diff",
    status: 404,
    shape: error(5),
  },
  {
    does: "lists runs of an application",
    ask: "GET /api/holdfast/v1/runs?app={ns}/{app}&limit=5",
    status: 200,
    shape: { items: list },
  },
  {
    does: "does not know a run of a number that none has",
    ask: "GET /api/holdfast/v1/runs/999999999",
    status: 404,
    shape: error(5),
  },
  {
    does: "does not take a word for the number of a run",
    ask: "GET /api/holdfast/v1/runs/last",
    status: 404,
    shape: error(5),
  },
  {
    does: "refuses a limit that is no number",
    ask: "GET /api/holdfast/v1/runs?limit=many",
    status: 400,
    shape: error(3),
  },
  { does: "lists the audit", ask: "GET /api/holdfast/v1/audit?limit=5", status: 200, shape: { items: list } },
  {
    does: "lists the activity",
    ask: "GET /api/holdfast/v1/activity?limit=5&outcome=done",
    status: 200,
    shape: { items: list },
  },
  {
    does: "refuses a filter of the activity that there is not",
    ask: "GET /api/holdfast/v1/activity?actr=ana",
    status: 400,
    shape: error(3),
  },
  {
    does: "does not know an entry that nobody wrote",
    ask: "GET /api/holdfast/v1/activity/999999",
    status: 404,
    shape: error(5),
  },
  {
    does: "verifies the activity",
    ask: "GET /api/holdfast/v1/activity/verify",
    status: 200,
    shape: { is: "whole" },
  },
  {
    does: "refuses an anchor that is none",
    ask: "GET /api/holdfast/v1/activity/verify?anchor=12",
    status: 400,
    shape: error(3),
  },
  {
    does: "refuses to tell what no commit would do",
    ask: "POST /api/holdfast/v1/blast",
    body: { base: "main" },
    status: 400,
    shape: error(3, expect.stringContaining("head: ")),
  },
  {
    does: "refuses a question of what it does not know",
    ask: "POST /api/holdfast/v1/blast",
    body: { head: "x", branch: "y" },
    status: 400,
    shape: error(3, expect.stringContaining("branch: this field is not known")),
  },
  {
    does: "refuses to tell what no application would make",
    ask: "POST /api/holdfast/v1/applications/preview",
    body: { metadata: { name: "new" }, spec: { project: 7 } },
    status: 400,
    shape: error(3, expect.stringContaining("spec.project")),
  },
  {
    does: "refuses to tell what an application would do that is written under another name",
    ask: "POST /api/holdfast/v1/applications/argocd/old/preview",
    body: {
      metadata: { name: "new", namespace: "argocd" },
      spec: {
        project: "default",
        source: { repoURL: "https://git.example.com/a.git", path: "." },
        destination: { name: "x" },
      },
    },
    status: 400,
    shape: error(3, expect.stringContaining("name and namespace are fixed")),
  },
  {
    does: "lists applications and sets that wait for leave to go",
    ask: "GET /api/holdfast/v1/removals",
    status: 200,
    shape: { waiting: [], applicationSets: [] },
  },
];

/** Writing: the rows run in this order, on an application of their own. */
const WRITES = (spec: Record<string, unknown>): Row[] => [
  {
    does: "refuses an application that is none",
    ask: "POST /api/v1/applications",
    body: [],
    status: 400,
    shape: error(3),
  },
  {
    does: "refuses a spec with the field's path",
    ask: "POST /api/v1/applications",
    body: { metadata: { name: "made" }, spec: { ...spec, project: 7 } },
    status: 400,
    shape: {
      ...(error(3, expect.stringContaining("spec.project")) as object),
      details: { reason: "invalid", problems: list },
    },
  },
  {
    does: "creates an application from name and spec alone",
    ask: "POST /api/v1/applications",
    body: { metadata: { name: "made" }, spec },
    status: 200,
    shape: { ...application, metadata: { name: "made" } },
  },
  {
    does: "takes the same application again",
    ask: "POST /api/v1/applications",
    body: { metadata: { name: "made" }, spec },
    status: 200,
    shape: application,
  },
  {
    does: "does not replace another spec unasked",
    ask: "POST /api/v1/applications",
    body: { metadata: { name: "made" }, spec: { ...spec, revisionHistoryLimit: 3 } },
    status: 400,
    shape: error(9),
  },
  {
    does: "replaces another spec when asked",
    ask: "POST /api/v1/applications?upsert=true",
    body: { metadata: { name: "made" }, spec: { ...spec, revisionHistoryLimit: 3 } },
    status: 200,
    shape: { spec: { revisionHistoryLimit: 3 } },
  },
  {
    does: "updates an application",
    ask: "PUT /api/v1/applications/made",
    body: { metadata: { name: "made", labels: { team: "shop" } }, spec },
    status: 200,
    shape: { metadata: { labels: { team: "shop" } } },
  },
  {
    does: "finds it by that label",
    ask: "GET /api/v1/applications?selector=team%20in%20(shop)&name=made",
    status: 200,
    shape: { items: [application] },
  },
  {
    does: "does not rename",
    ask: "PUT /api/v1/applications/made",
    body: { metadata: { name: "other" }, spec },
    status: 400,
    shape: error(3, expect.stringContaining("name and namespace are fixed")),
  },
  {
    does: "updates a spec and answers with it",
    ask: "PUT /api/v1/applications/made/spec",
    body: { ...spec, revisionHistoryLimit: 4 },
    status: 200,
    shape: { project: text, revisionHistoryLimit: 4 },
  },
  {
    does: "merges a patch",
    ask: "PATCH /api/v1/applications/made",
    body: {
      patchType: "merge",
      patch: '{"metadata":{"labels":{"team":null,"tier":"web"}},"spec":{"revisionHistoryLimit":5}}',
    },
    status: 200,
    shape: { metadata: { labels: { tier: "web" } }, spec: { revisionHistoryLimit: 5 } },
  },
  {
    does: "takes a JSON patch",
    ask: "PATCH /api/v1/applications/made",
    body: {
      patch:
        '[{"op":"test","path":"/spec/revisionHistoryLimit","value":5},{"op":"replace","path":"/spec/revisionHistoryLimit","value":6}]',
    },
    status: 200,
    shape: { spec: { revisionHistoryLimit: 6 } },
  },
  {
    does: "refuses a patch whose test fails",
    ask: "PATCH /api/v1/applications/made",
    body: { patch: '[{"op":"test","path":"/spec/revisionHistoryLimit","value":5}]' },
    status: 409,
    shape: error(10, expect.stringContaining("operation 0")),
  },
  {
    does: "refuses a patch that is not JSON",
    ask: "PATCH /api/v1/applications/made",
    body: { patch: "{" },
    status: 400,
    shape: error(3),
  },
  {
    does: "refuses a patch of 1.4 kB that copies what it copied to gigabytes",
    ask: "PATCH /api/v1/applications/made",
    body: {
      patch: JSON.stringify([
        { op: "add", path: "/metadata/x", value: ["x".repeat(28)] },
        ...Array.from({ length: 28 }, () => ({ op: "copy", from: "/metadata/x", path: "/metadata/x/-" })),
      ]),
    },
    status: 400,
    shape: error(3, expect.stringContaining("copy is too much")),
  },
  {
    does: "refuses a merge patch that nests without end",
    ask: "PATCH /api/v1/applications/made",
    body: { patchType: "merge", patch: `${'{"a":'.repeat(300_000)}1${"}".repeat(300_000)}` },
    status: 400,
    shape: error(3, "the patch nests deeper than 100 levels"),
  },
  {
    does: "refuses a patch with a key that would change prototypes",
    ask: "PATCH /api/v1/applications/made",
    body: { patchType: "merge", patch: '{"spec":{"__proto__":{"a":1}}}' },
    status: 400,
    shape: error(3, "the patch has a key `__proto__`"),
  },
  {
    does: "refuses a patch whose copies nest deeper than a body may",
    ask: "PATCH /api/v1/applications/made",
    body: {
      patch: JSON.stringify(
        Array.from({ length: 8 }, (_, at) => ({
          op: "copy",
          from: "/metadata",
          path: `/metadata/n${"/n".repeat(2 ** at - 1)}`,
        })),
      ),
    },
    status: 400,
    shape: error(3, "what the patch makes nests deeper than 100 levels"),
  },
  {
    does: "keeps no fields without bound, whether it knows them or not",
    ask: "PATCH /api/v1/applications/made",
    body: { patchType: "merge", patch: JSON.stringify({ metadata: { more: "x".repeat(300_000) } }) },
    status: 400,
    shape: error(3, expect.stringContaining("beside its spec are larger than 256 KiB")),
  },
  {
    does: "keeps no spec without bound",
    ask: "PUT /api/v1/applications/made/spec",
    body: { ...spec, info: [{ name: "x", value: "x".repeat(1_100_000) }] },
    status: 400,
    shape: error(3, expect.stringContaining("larger than 1024 KiB")),
  },
  {
    does: "refuses an address with a password in it, and does not repeat it",
    ask: "PUT /api/v1/applications/made/spec",
    body: { ...spec, source: { repoURL: "https://ci:hunter2@git.example.com/shop.git", path: "." } },
    status: 400,
    shape: error(3, expect.not.stringContaining("hunter2")),
  },
  {
    does: "refuses a sync with every wrong field",
    ask: "POST /api/v1/applications/made/sync",
    body: { prune: "yes", resources: [{ name: 7 }] },
    status: 400,
    shape: {
      code: 3,
      details: {
        problems: [{ path: "prune" }, { path: "resources[0].kind" }, { path: "resources[0].name" }],
      },
    },
  },
  {
    does: "syncs",
    ask: "POST /api/v1/applications/made/sync",
    body: { name: "made", prune: false, strategy: { hook: {} }, syncOptions: { items: [] } },
    status: 200,
    shape: application,
  },
  {
    does: "does not sync what is not there",
    ask: "POST /api/v1/applications/no-such-app/sync",
    body: {},
    status: 404,
    shape: error(5),
  },
  {
    does: "wants at least one certificate to write",
    ask: "POST /api/v1/certificates",
    body: { items: [] },
    status: 400,
    shape: { code: 3, details: { problems: [{ path: "items" }] } },
  },
  {
    does: "wants to know which deployment to go back to",
    ask: "POST /api/v1/applications/{app}/rollback",
    body: { name: "{app}", prune: false },
    status: 400,
    shape: { code: 3, details: { problems: [{ path: "id" }] } },
  },
  {
    does: "refuses a rollback with every wrong field",
    ask: "POST /api/v1/applications/{app}/rollback",
    body: { id: -1, prune: "yes", until: "tomorrow", reason: 7 },
    status: 400,
    shape: {
      code: 3,
      details: { problems: [{ path: "id" }, { path: "prune" }, { path: "until" }, { path: "reason" }] },
    },
  },
  {
    does: "does not go back to what was never deployed, named as Argo CD's clients name it",
    ask: "POST /api/v1/applications/{app}/rollback",
    body: { id: "987654" },
    status: 400,
    shape: error(3, expect.stringContaining("there is no deployment 987654")),
  },
  {
    does: "does not go back where there is no application",
    ask: "POST /api/v1/applications/no-such-app/rollback",
    body: { id: 0 },
    status: 404,
    shape: error(5),
  },
  {
    does: "refuses a commit back with every wrong field",
    ask: "POST /api/holdfast/v1/applications/{ns}/{app}/revert",
    body: { tip: "main", branch: "../main", shared: "yes" },
    status: 400,
    shape: {
      code: 3,
      details: { problems: [{ path: "id" }, { path: "tip" }, { path: "branch" }, { path: "shared" }] },
    },
  },
  {
    does: "takes no name of a branch that could be read as a flag",
    ask: "POST /api/holdfast/v1/applications/{ns}/{app}/revert",
    body: { id: 0, branch: "--mirror" },
    status: 400,
    shape: { code: 3, details: { problems: [{ path: "branch" }] } },
  },
  {
    does: "makes no commit of an application that is not there",
    ask: "POST /api/holdfast/v1/applications/{ns}/no-such-app/revert",
    body: { id: 0 },
    status: 404,
    shape: error(5),
  },
  {
    does: "lifts no hold that there is not",
    ask: "DELETE /api/holdfast/v1/applications/{ns}/{app}/hold",
    status: 400,
    shape: error(9, expect.stringContaining("is not held")),
  },
  {
    does: "terminates, or says that nothing runs any more",
    ask: "DELETE /api/v1/applications/made/operation",
    status: [200, 400],
  },
  {
    does: "wants to know which object's actions are meant",
    ask: "GET /api/v1/applications/{app}/resource/actions?kind=Deployment",
    status: 400,
    shape: error(3, expect.stringContaining("resourceName")),
  },
  {
    does: "has no actions of an application that is not there",
    ask: "GET /api/v1/applications/no-such-app/resource/actions?kind=Deployment&resourceName=web",
    status: 404,
    shape: error(5),
  },
  {
    does: "wants the older form's body to be an action's name",
    ask: "POST /api/v1/applications/{app}/resource/actions?kind=Deployment&resourceName=web",
    body: { action: "restart" },
    status: 400,
    shape: error(3, expect.stringContaining("JSON string")),
  },
  {
    does: "wants the newer form's body to name one",
    ask: "POST /api/v1/applications/{app}/resource/actions/v2",
    body: { kind: "Deployment", resourceName: "web" },
    status: 400,
    shape: error(3, expect.stringContaining("action")),
  },
  {
    does: "refuses parameters that are no list of names and values",
    ask: "POST /api/v1/applications/{app}/resource/actions/v2",
    body: {
      kind: "Deployment",
      resourceName: "web",
      action: "scale",
      resourceActionParameters: [{ name: "replicas", value: 3 }],
    },
    status: 400,
    shape: error(3, expect.stringContaining("resourceActionParameters")),
  },
  {
    does: "wants to know which object is meant",
    ask: "GET /api/v1/applications/{app}/resource?kind=Deployment",
    status: 400,
    shape: error(3, expect.stringContaining("resourceName")),
  },
  {
    does: "has no object of an application that is not there",
    ask: "GET /api/v1/applications/no-such-app/resource?kind=Deployment&resourceName=web",
    status: 404,
    shape: error(5),
  },
  {
    does: "takes no strategic patch, and says which ones it takes",
    ask: "POST /api/v1/applications/{app}/resource?kind=Deployment&resourceName=web&patchType=application/strategic-merge-patch%2Bjson",
    body: "{}",
    status: 400,
    shape: error(3, expect.stringContaining("application/merge-patch+json")),
  },
  {
    does: "wants a JSON patch to be a list",
    ask: "POST /api/v1/applications/{app}/resource?kind=Deployment&resourceName=web&patchType=application/json-patch%2Bjson",
    body: "{}",
    status: 400,
    shape: error(3, expect.stringContaining("list")),
  },
  {
    does: "guesses at no yes or no of a deletion",
    ask: "DELETE /api/v1/applications/{app}/resource?kind=Deployment&resourceName=web&orphan=1",
    status: 400,
    shape: error(3, expect.stringContaining("orphan")),
  },
  {
    does: "takes no undo that says something else",
    ask: "POST /api/holdfast/v1/applications/{ns}/{app}/undo",
    body: { run: 1, dry: true },
    status: 400,
    shape: error(3, expect.stringContaining("dryRun")),
  },
  {
    does: "takes no undo of no objects",
    ask: "POST /api/holdfast/v1/applications/{ns}/{app}/undo",
    body: { objects: [] },
    status: 400,
    shape: error(3, expect.stringContaining("objects")),
  },
  {
    does: "undoes nothing of an application that is not there",
    ask: "POST /api/holdfast/v1/applications/{ns}/no-such-app/undo",
    body: {},
    status: 404,
    shape: error(5),
  },
  {
    does: "refreshes by POST",
    ask: "POST /api/holdfast/v1/applications/{ns}/made/refresh",
    status: 200,
    shape: application,
  },
  {
    does: "pauses all deletions, and says who did and why",
    ask: "POST /api/holdfast/v1/pauses",
    body: { of: "deletions", why: "a look first" },
    status: 200,
    shape: {
      items: [{ of: "deletions", from: "api", why: "a look first", text: expect.stringContaining("resume") }],
    },
  },
  {
    does: "pauses nothing that it does not know",
    ask: "POST /api/holdfast/v1/pauses",
    body: { of: "reads" },
    status: 400,
    shape: error(3, expect.stringContaining("of: expected deletions or writes")),
  },
  {
    does: "refuses a reason that is no text",
    ask: "POST /api/holdfast/v1/pauses",
    body: { of: "writes", why: 7 },
    status: 400,
    shape: error(3),
  },
  {
    does: "tells in its status what is paused",
    ask: "GET /api/holdfast/v1/status",
    status: 200,
    shape: { pauses: [{ of: "deletions" }] },
  },
  {
    does: "resumes",
    ask: "POST /api/holdfast/v1/pauses/resume",
    body: { why: "looked" },
    status: 200,
    shape: { items: [] },
  },
  {
    does: "tells that nothing is paused any more",
    ask: "GET /api/holdfast/v1/pauses",
    status: 200,
    shape: { items: [] },
  },
  {
    does: "approves of no removal that does not wait",
    ask: "POST /api/holdfast/v1/removals/approve",
    body: { applications: ["{ns}/made"] },
    status: [400, 404],
  },
  {
    does: "approves of no removal of a set that does not wait",
    ask: "POST /api/holdfast/v1/removals/applicationsets/approve",
    body: { applicationSets: ["{ns}/made"] },
    status: [400, 404],
  },
  {
    does: "refuses an approval of nothing",
    ask: "POST /api/holdfast/v1/removals/approve",
    body: { applications: [] },
    status: 400,
    shape: error(3),
  },
  {
    does: "refuses a cascade that it does not know",
    ask: "DELETE /api/v1/applications/made?propagationPolicy=sideways",
    status: 400,
    shape: error(3),
  },
  {
    does: "refuses a word on hooks that it does not know",
    ask: "DELETE /api/v1/applications/made?hooks=sometimes",
    status: 400,
    shape: error(3),
  },
  { does: "deletes", ask: "DELETE /api/v1/applications/made?cascade=false", status: 200, shape: {} },
  {
    does: "does not delete what is not there",
    ask: "DELETE /api/v1/applications/no-such-app",
    status: 404,
    shape: error(5),
  },

  {
    does: "refuses to update what a file holds, by the file's name",
    ask: "PUT /api/v1/applications/{app}",
    body: { metadata: { name: "{app}", namespace: "{ns}" }, spec },
    status: 403,
    shape: {
      ...(error(7, expect.stringContaining("Edit or remove that file")) as object),
      details: { reason: "managed-by-file", file: text },
    },
  },
  {
    does: "refuses to change a file's spec",
    ask: "PUT /api/v1/applications/{app}/spec",
    body: spec,
    status: 403,
    shape: error(7),
  },
  {
    does: "refuses to patch what a file holds",
    ask: "PATCH /api/v1/applications/{app}",
    body: { patchType: "merge", patch: '{"spec":{"revisionHistoryLimit":9}}' },
    status: 403,
    shape: error(7),
  },
  {
    does: "refuses to delete what a file holds",
    ask: "DELETE /api/v1/applications/{app}",
    status: 403,
    shape: error(7),
  },
  {
    does: "takes a push for a hint",
    ask: "POST /api/webhook",
    body: { ref: "refs/heads/main", repository: { clone_url: "https://git.example.com/shop.git" } },
    status: 202,
  },
  {
    does: "takes anything else for no hint",
    ask: "POST /api/webhook",
    body: { zen: "Design for failure." },
    status: 202,
  },
];

/** What never reaches a handler. */
const REFUSALS: Row[] = [
  {
    does: "a write that is not JSON",
    ask: "POST /api/v1/applications",
    headers: { "content-type": "text/plain" },
    body: {},
    status: 415,
    shape: error(3),
  },
  {
    does: "a write that says nothing of its type",
    ask: "DELETE /api/v1/applications/{app}",
    headers: { "content-type": "" },
    status: 415,
    shape: error(3),
  },
  {
    does: "a form",
    ask: "POST /api/v1/applications/{app}/sync",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: {},
    status: 415,
    shape: error(3),
  },
  {
    does: "a body that is not JSON",
    ask: "POST /api/v1/applications",
    body: "raw:{",
    status: 400,
    shape: error(3, expect.stringContaining("not JSON")),
  },
  {
    does: "a body that is too large",
    ask: "POST /api/v1/applications/{app}/sync",
    body: `raw:{"revision":"${"x".repeat(1024 * 1024)}"}`,
    status: 413,
    shape: error(3),
  },
  {
    does: "a body that nests without end",
    ask: "POST /api/v1/applications",
    body: `raw:${"[".repeat(100_000)}`,
    status: 400,
    shape: error(3),
  },
  {
    does: "a key that would change prototypes",
    ask: "POST /api/v1/applications",
    body: 'raw:{"__proto__":{"a":1}}',
    status: 400,
    shape: error(3),
  },
  { does: "an encoded slash", ask: "GET /api/v1/applications/a%2fb", status: 400, shape: error(3) },
  { does: "an encoded backslash", ask: "GET /api/v1/applications/a%5Cb", status: 400, shape: error(3) },
  { does: "a doubled slash", ask: "GET /api//v1/applications", status: 400, shape: error(3) },
  { does: "another method", ask: "TRACE /api/v1/applications", status: 405 },
];

/** Without a token: what a web page in the user's browser could send. */
const FOREIGN: Row[] = [
  {
    does: "another host name (DNS rebinding)",
    ask: "GET /api/v1/applications",
    headers: { host: "evil.example.com" },
    status: 421,
    shape: error(7),
  },
  {
    does: "a host name that begins like loopback",
    ask: "GET /api/v1/applications",
    headers: { host: "127.0.0.1.evil.example.com" },
    status: 421,
    shape: error(7),
  },
  {
    does: "another page's origin",
    ask: "GET /api/v1/applications",
    headers: { origin: "https://evil.example.com" },
    status: 403,
    shape: error(7),
  },
  {
    does: "an origin that is hidden",
    ask: "POST /api/v1/applications",
    headers: { origin: "null" },
    body: {},
    status: 403,
    shape: error(7),
  },
  {
    does: "another port of this machine",
    ask: "GET /api/v1/applications",
    headers: { "sec-fetch-site": "same-site" },
    status: 403,
    shape: error(7),
  },
  {
    does: "an image of another page",
    ask: "GET /api/v1/applications/{app}?refresh=hard",
    headers: { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" },
    status: 403,
    shape: error(7),
  },
  {
    does: "the status page in another page's frame",
    ask: "GET /",
    headers: { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" },
    status: 403,
    shape: error(7),
  },
  {
    does: "another page that asks for metrics",
    ask: "GET /metrics",
    headers: { "sec-fetch-site": "cross-site" },
    status: 403,
    shape: error(7),
  },
  {
    does: "another page that plays Git server",
    ask: "POST /api/webhook",
    headers: { origin: "https://evil.example.com" },
    body: {},
    status: 403,
    shape: error(7),
  },
];

export const TOKEN = "a-token-of-tests-7f3c91";

/** Paths that anyone may ask even where a token is set. */
const OPEN = new Set(["/healthz", "/readyz", "/api/webhook"]);

export function apiConformance(name: string, start: (token?: string) => Promise<ApiUnderTest>): void {
  describe(`HTTP API: ${name}`, () => {
    let api: ApiUnderTest;
    beforeAll(async () => void (api = await start()));
    afterAll(() => api.stop());

    const check = async (row: Row): Promise<void> => {
      const reply = await send(api, row);
      const body = await reply.text();
      expect([row.status].flat(), body).toContain(reply.status);
      if (row.shape !== undefined) expect(JSON.parse(body)).toMatchObject(row.shape as object);
    };

    describe("reads", () => test.each(READS)("$ask: $does", check));
    describe("refuses", () => test.each(REFUSALS)("$does", check));
    describe("without a token refuses", () => test.each(FOREIGN)("$does", check));
    describe("writes", () =>
      test.each(WRITES({}).map(({ does }, index) => ({ does, index })))("$does", ({ index }) =>
        check(WRITES(api.spec)[index]!),
      ));

    test("masks fields, in lists and in single answers", async () => {
      const names = await json(
        api,
        "/api/v1/applications?fields=items.metadata.name,items.spec.project&name={app}",
      );
      expect(names).toEqual({
        items: [{ metadata: { name: api.app.name }, spec: { project: expect.any(String) } }],
      });
      const slim = await json(api, "/api/v1/applications/{app}?fields=-status,metadata.name");
      expect([
        Object.keys(slim).includes("status"),
        Object.keys(slim.metadata as object).includes("name"),
        "spec" in slim,
      ]).toEqual([false, false, true]);
    });

    test("accepts a loopback name with its own origin, and a link from elsewhere to the page", async () => {
      const own = await send(api, {
        does: "",
        ask: "GET /api/v1/applications",
        headers: { origin: new URL(api.url).origin, "sec-fetch-site": "same-origin" },
        status: 200,
      });
      const link = await send(api, {
        does: "",
        ask: "GET /",
        headers: {
          "sec-fetch-site": "cross-site",
          "sec-fetch-mode": "navigate",
          "sec-fetch-dest": "document",
        },
        status: 200,
      });
      expect([own.status, link.status, link.headers.get("content-type")]).toEqual([
        200,
        200,
        "text/html; charset=utf-8",
      ]);
    });

    test("puts the security headers on every reply, the refusals included, and says nothing of the server", async () => {
      for (const ask of [
        "GET /",
        "GET /healthz",
        "GET /api/v1/applications",
        "GET /no/where",
        "GET /api/v1/applications/a%2fb",
      ]) {
        const { headers } = await send(api, { does: "", ask, status: 0 });
        expect(headers.get("content-security-policy"), ask).toContain(
          "default-src 'none'; script-src 'self'",
        );
        expect([
          headers.get("x-content-type-options"),
          headers.get("x-frame-options"),
          headers.get("referrer-policy"),
        ]).toEqual(["nosniff", "DENY", "no-referrer"]);
        expect([
          headers.get("server"),
          headers.get("x-powered-by"),
          headers.get("access-control-allow-origin"),
        ]).toEqual([null, null, null]);
        if (ask.includes("/api/")) expect(headers.get("cache-control")).toBe("no-store");
      }
    });

    test("answers probes and metrics", async () => {
      const [health, ready, metrics] = await Promise.all(
        ["/healthz", "/readyz", "/metrics"].map((path) => fetch(api.url + path)),
      );
      expect([health?.status, ready?.status, metrics?.status]).toEqual([200, 200, 200]);
      expect(metrics?.headers.get("content-type")).toStartWith("text/plain; version=0.0.4");
      expect(await metrics?.text()).toContain("argocd_app_info{");
    });

    test("streams every application as ADDED, one JSON object a line", async () => {
      const [first] = await results(
        await fetch(`${api.url}/api/v1/stream/applications?name=${api.app.name}`),
        1,
      );
      expect(first).toMatchObject({ type: "ADDED", application: { metadata: { name: api.app.name } } });
    });

    test("streams as server-sent events, changes alone where resourceVersion is given, and masks fields", async () => {
      const reply = await fetch(
        `${api.url}/api/v1/stream/applications?resourceVersion=0&fields=result.type,result.application.metadata.name`,
        { headers: { accept: "text/event-stream" } },
      );
      expect(reply.headers.get("content-type")).toBe("text/event-stream");
      await send(api, {
        does: "",
        ask: "POST /api/v1/applications",
        body: { metadata: { name: "streamed" }, spec: api.spec },
        status: 200,
      });
      const [first] = await results(reply, 1);
      await send(api, { does: "", ask: "DELETE /api/v1/applications/streamed?cascade=false", status: 200 });
      expect(first).toEqual({ type: "ADDED", application: { metadata: { name: "streamed" } } });
    });
  });

  describe(`HTTP API with a token: ${name}`, () => {
    let api: ApiUnderTest;
    beforeAll(async () => void (api = await start(TOKEN)));
    afterAll(() => api.stop());
    const bearer = { authorization: `Bearer ${TOKEN}` };

    const guarded = [...READS, ...WRITES({})]
      .map(({ ask, body }) => ({ ask, body }))
      .filter(({ ask }) => !OPEN.has(ask.split(" ")[1]!.split("?")[0]!));
    test("refuses every path alike without it", async () => {
      const bodies = new Set<string>();
      for (const { ask, body } of [
        ...guarded,
        { ask: "GET /metrics", body: undefined },
        { ask: "GET /no/where", body: undefined },
        { ask: "GET /api/v1/stream/applications", body: undefined },
      ]) {
        const reply = await send(api, { does: "", ask, body, status: 401 });
        expect(reply.status, ask).toBe(401);
        bodies.add(await reply.text());
      }
      expect([...bodies].map((body) => JSON.parse(body) as unknown)).toEqual([error(16)]);
    });

    for (const [does, authorization] of [
      ["another token", "Bearer nonsense"],
      ["an empty token", "Bearer "],
      ["the token in another scheme", `Basic ${TOKEN}`],
      ["the token with more after it", `Bearer ${TOKEN}x`],
    ] as const) {
      test(`refuses ${does}`, async () => {
        expect(
          (
            await send(api, {
              does: "",
              ask: "GET /api/v1/applications",
              headers: { authorization },
              status: 401,
            })
          ).status,
        ).toBe(401);
      });
    }

    test("answers everything with it, whatever the host is called", async () => {
      for (const headers of [
        bearer,
        { ...bearer, host: "cd.example.com" },
        { authorization: `bearer ${TOKEN}` },
      ]) {
        expect(
          (await send(api, { does: "", ask: "GET /api/v1/applications", headers, status: 200 })).status,
        ).toBe(200);
      }
      expect((await send(api, { does: "", ask: "GET /metrics", headers: bearer, status: 200 })).status).toBe(
        200,
      );
    });

    test("leaves probes, the webhook and the empty page open", async () => {
      const statuses = await Promise.all(
        ["GET /healthz", "GET /readyz", "GET /"].map(
          async (ask) => (await send(api, { does: "", ask, status: 200 })).status,
        ),
      );
      expect(statuses).toEqual([200, 200, 200]);
      expect((await send(api, { does: "", ask: "POST /api/webhook", body: {}, status: 202 })).status).toBe(
        202,
      );
    });
  });
}

async function send(api: ApiUnderTest, { ask, body, headers }: Row): Promise<Response> {
  const [method = "GET", path = "/"] = ask.split(" ");
  const write = method !== "GET" && method !== "TRACE";
  return fetch(api.url + fill(api, path), {
    method,
    headers: { ...(write ? { "content-type": "application/json" } : {}), ...headers },
    ...(body === undefined
      ? {}
      : {
          body:
            typeof body === "string" && body.startsWith("raw:")
              ? body.slice(4)
              : fill(api, JSON.stringify(body)),
        }),
  });
}

async function json(api: ApiUnderTest, path: string): Promise<Record<string, unknown>> {
  return (await (await fetch(api.url + fill(api, path))).json()) as Record<string, unknown>;
}

function fill({ app }: ApiUnderTest, text: string): string {
  return text
    .replaceAll("{app}", app.name)
    .replaceAll("{ns}", app.namespace)
    .replaceAll("{rev}", app.revision);
}

/** The first results of a stream; ends it. */
async function results(reply: Response, count: number): Promise<unknown[]> {
  const found: unknown[] = [];
  let rest = "";
  for await (const chunk of reply.body!.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines.map((line) => line.replace(/^data: /, ""))) {
      if (line.startsWith("{")) found.push((JSON.parse(line) as { result: unknown }).result);
    }
    if (found.length >= count) break;
  }
  return found;
}
