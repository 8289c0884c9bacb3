/** What users get wrong: it is said with its place, nothing of that sync is written, and the other applications go on. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ControlPlane } from "../lib/control-plane.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, crd, deployment, service } from "../lib/manifests.ts";
import {
  AUTOMATED,
  conditions,
  hasFailed,
  isSynced,
  MERGE,
  results,
  SERVER,
  type Shown,
  type Stage,
  startStage,
  yaml,
} from "../lib/stage.ts";

setDefaultTimeout(60_000);

const NARROW = "https://narrow.example.com";
let stage: Stage;

beforeAll(async () => {
  stage = await startStage({
    config: "retry: { first: 300ms, most: 2s }",
    clusters: async (plane) => [
      { name: "narrow", server: NARROW, kubeconfig: await narrowKubeconfig(plane) },
    ],
  });
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

/** An account that may read and write ConfigMaps of one namespace, and nothing else. */
async function narrowKubeconfig({ api, dir, port }: ControlPlane): Promise<string> {
  const post = async (path: string, body: Record<string, unknown>): Promise<Record<string, unknown>> => {
    const answer = await api.request("POST", path, body);
    if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  await post("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "permitted" } });
  await post("/api/v1/namespaces/permitted/serviceaccounts", {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "narrow" },
  });
  const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/permitted";
  await post(`${rbac}/roles`, {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { name: "narrow" },
    rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["*"] }],
  });
  await post(`${rbac}/rolebindings`, {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { name: "narrow" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "narrow" },
    subjects: [{ kind: "ServiceAccount", name: "narrow", namespace: "permitted" }],
  });
  const { status } = await post("/api/v1/namespaces/permitted/serviceaccounts/narrow/token", {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: {},
  });
  const file = join(dir, "narrow.kubeconfig");
  await writeFile(
    file,
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "x",
      contexts: [{ name: "x", context: { cluster: "x", user: "x" } }],
      clusters: [
        {
          name: "x",
          cluster: {
            server: `https://127.0.0.1:${port}`,
            "certificate-authority-data": readFileSync(join(dir, "ca.crt"), "base64"),
          },
        },
      ],
      users: [{ name: "x", user: { token: (status as { token: string }).token } }],
    }),
  );
  return file;
}

/** The last try failed; another one may be planned. */
const hasTried = (app: Shown): boolean =>
  hasFailed(app) ||
  (app.status?.operationState?.phase === "Running" && app.status.operationState.finishedAt !== undefined);
const BROKEN = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: broken\ndata:\n  key: [never, closed\n";

describe("invalid YAML", () => {
  test("in a file that looks like a manifest is an error with file and line, and nothing of that sync is applied", async () => {
    const app = await stage.place({
      name: "broken-yaml",
      files: { "good.yaml": yaml(configMap("broken-yaml", "good")), "bad.yaml": BROKEN },
    });
    const seen = await app.until((now) => conditions(now, "ComparisonError").length > 0);
    expect(conditions(seen, "ComparisonError")[0]).toMatch(/app\/bad\.yaml:[67]:/);
    expect(seen.status.sync.status).toBe("Unknown");
    const asked = await app.sync();
    expect(asked.phase).toBe("Failed");
    expect(asked.message).toMatch(/app\/bad\.yaml:[67]:/);
    expect(await stage.find(configMapPath("broken-yaml", "good"))).toBeUndefined();
    expect(stage.writes("broken-yaml")).toEqual([]);
  });

  test("in a later commit leaves what runs as it is, prunes nothing, and the next good commit goes on", async () => {
    const app = await stage.place({
      name: "breaks-later",
      files: {
        "a.yaml": yaml(configMap("breaks-later", "a")),
        "b.yaml": yaml(configMap("breaks-later", "b")),
      },
    });
    const good = await app.untilSettled();
    const before = stage.writes("breaks-later");
    // b.yaml is gone and a.yaml says something new, but bad.yaml cannot be read: neither happens.
    await app.commit({
      "a.yaml": yaml(configMap("breaks-later", "a", { key: "new" })),
      "b.yaml": null,
      "bad.yaml": BROKEN,
    });
    const seen = await app.until((now) => conditions(now, "ComparisonError").length > 0);
    expect(seen.status.sync).toMatchObject({ status: "Unknown", revision: good.status.sync.revision });
    expect(seen.status.health.status).toBe("Healthy");
    expect(seen.status.resources).toHaveLength(2);
    expect(stage.writes("breaks-later")).toEqual(before);
    await app.commit({ "bad.yaml": null });
    const healed = await app.untilSettled();
    expect(conditions(healed, "ComparisonError")).toEqual([]);
    expect((await stage.must("GET", configMapPath("breaks-later", "a"))).data).toEqual({ key: "new" });
    expect(await stage.find(configMapPath("breaks-later", "b"))).toBeUndefined();
  });

  test("in any other file is a warning that names it, and is refused with Validate=true", async () => {
    const app = await stage.place({
      name: "other-file",
      files: { "good.yaml": yaml(configMap("other-file", "good")), "notes.yaml": "to do: [buy milk\n" },
    });
    const seen = await app.untilSettled();
    expect(conditions(seen, "ManifestWarning").join("\n")).toContain("app/notes.yaml:");
    await app.edit((one) => void (one.spec.syncPolicy = { ...AUTOMATED, syncOptions: ["Validate=true"] }));
    const strict = await app.until((now) => conditions(now, "ComparisonError").length > 0);
    expect(conditions(strict, "ComparisonError")[0]).toContain("app/notes.yaml:");
    expect(strict.status.sync.status).toBe("Unknown");
    expect(await stage.find(configMapPath("other-file", "good"))).toBeDefined();
  });

  test("with a key that stands twice: the last one counts with a warning, and strict refuses", async () => {
    const twice =
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: twice\ndata:\n  key: first\n  key: last\n";
    const app = await stage.place({ name: "twice", files: { "twice.yaml": twice } });
    const seen = await app.untilSettled();
    expect(conditions(seen, "ManifestWarning").join("\n")).toMatch(/app\/twice\.yaml:7/);
    expect((await stage.must("GET", configMapPath("twice", "twice"))).data).toEqual({ key: "last" });
    await app.edit((one) => void (one.spec.syncPolicy = { ...AUTOMATED, syncOptions: ["Validate=true"] }));
    const strict = await app.until((now) => conditions(now, "ComparisonError").length > 0);
    expect(conditions(strict, "ComparisonError")[0]).toMatch(/app\/twice\.yaml:7/);
  });
});

describe("a slip in a manifest", () => {
  const deletes = (namespace: string) =>
    stage.writes(namespace).filter(({ verb }) => verb === "delete" || verb === "deletecollection");
  const text = (namespace: string, name: string): string =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  namespace: ${namespace}\ndata:\n  key: value\n`;
  const three = (namespace: string) => ({
    "a.yaml": text(namespace, "a"),
    "b.yaml": text(namespace, "b"),
    "c.yaml": text(namespace, "c"),
    "values.yaml": "replicas: 1\n",
  });

  test.each<{ name: string; becomes: (good: string) => string; says: RegExp }>([
    {
      name: "slip-metadata",
      becomes: (good) => good.replace("metadata:", "metdata:"),
      says: /app\/b\.yaml:3: .*metadata is missing.*Did you mean metadata\?/,
    },
    {
      name: "slip-version",
      becomes: (good) => good.replace("apiVersion:", "apiVerson:"),
      says: /app\/b\.yaml:1: .*apiVersion is missing.*Did you mean apiVersion\?/,
    },
    {
      name: "slip-cut-kind",
      becomes: (good) => good.slice(0, good.indexOf("kind:") + 5),
      says: /app\/b\.yaml:2: kind: this field is required/,
    },
    {
      name: "slip-cut-early",
      becomes: (good) => good.slice(0, good.indexOf("kind:")),
      says: /app\/b\.yaml:1: the file gave ConfigMap slip-cut-early\/b, and holds no manifest any more/,
    },
    {
      name: "slip-values",
      becomes: () => "replicas: 2\n",
      says: /app\/b\.yaml:1: the file gave ConfigMap slip-values\/b, and holds no manifest any more/,
    },
  ])(
    "$name is refused with its place, and deletes nothing, across a kill -9 too",
    async ({ name, becomes, says }) => {
      const app = await stage.place({ name, files: three(name) });
      await app.untilSettled();
      // One file goes on purpose in the same commit: of a reading that is refused nothing is taken.
      await app.commit({ "b.yaml": becomes(text(name, "b")), "c.yaml": null });
      const seen = await app.until((now) => conditions(now, "ComparisonError").length > 0);
      expect(conditions(seen, "ComparisonError").join("\n")).toMatch(says);
      expect(seen.status.sync.status).toBe("Unknown");
      await stage.daemon.kill("SIGKILL");
      await stage.daemon.restart();
      await app.until((now) => conditions(now, "ComparisonError").some((message) => says.test(message)));
      expect((await app.sync({ prune: true })).phase).toBe("Failed");
      expect(deletes(name)).toEqual([]);
      await app.commit({ "b.yaml": text(name, "b") });
      await app.untilSettled();
      expect(await stage.find(configMapPath(name, "b"))).toBeDefined();
      expect(await stage.find(configMapPath(name, "c"))).toBeUndefined();
      expect(deletes(name)).toMatchObject([{ name: "c" }]);
    },
  );

  test("is none where the file is emptied, and a neighbour that never was a manifest holds up nothing", async () => {
    const app = await stage.place({ name: "slip-none", files: three("slip-none") });
    const before = await app.untilSettled();
    expect(conditions(before, "ManifestWarning").join()).toContain("app/values.yaml:1: this is no manifest");
    await app.commit({ "b.yaml": "", "values.yaml": "replicas: 2\n" });
    await app.untilSettled();
    expect(await stage.find(configMapPath("slip-none", "b"))).toBeUndefined();
    expect(await stage.find(configMapPath("slip-none", "a"))).toBeDefined();
  });
});

describe("a source block that says nothing", () => {
  test("leaves a kustomization a kustomization: nothing that it renamed is pruned", async () => {
    const name = "zero-directory";
    const app = await stage.place({
      name,
      files: {
        "kustomization.yaml": "namePrefix: pre-\nresources: [a.yaml]\n",
        "a.yaml": yaml(configMap(name, "a")),
      },
    });
    await app.untilSettled();
    await app.edit(({ spec }) => void Object.assign(spec.source ?? {}, { directory: { recurse: false } }));
    const seen = await app.untilSettled();
    expect(seen.status.sourceType).toBe("Kustomize");
    expect(await stage.find(configMapPath(name, "pre-a"))).toBeDefined();
    expect(await stage.find(configMapPath(name, "a"))).toBeUndefined();
    expect(stage.writes(name).filter(({ verb }) => verb === "delete")).toEqual([]);
  });

  test.each([["helm"], ["kustomize"]])("%s: {} renders plain manifests as such", async (block) => {
    const name = `zero-${block}`;
    const app = await stage.place({
      name,
      files: { "a.yaml": yaml(configMap(name, "a")) },
      source: { [block]: {} },
    });
    expect((await app.untilSettled()).status.sourceType).toBe("Directory");
  });
});

describe("what an application asks for and nobody does yet", () => {
  test.each<{ name: string; place: Partial<Parameters<Stage["place"]>[0]>; type: string; says: RegExp }>([
    {
      name: "ask-nothing",
      place: { spec: { ignoreDifferences: [{ kind: "ConfigMap", jsonPointers: ["/data/~2"] }] } },
      type: "ManifestWarning",
      says: /nothing is ignored by it/,
    },
  ])(
    "$name: nothing is written, it is said for as long as it stands, and can be gone on without",
    async (row) => {
      const { name, place, type, says } = row;
      const app = await stage.place({ name, files: { "a.yaml": yaml(configMap(name, "a")) }, ...place });
      const refuses = (now: Shown): boolean =>
        conditions(now, "SyncError").some((message) => says.test(message));
      await app.until(refuses);
      const asked = await app.sync();
      expect([asked.phase, asked.message]).toEqual(["Failed", expect.stringMatching(says)]);
      await stage.daemon.kill("SIGKILL");
      await stage.daemon.restart();
      const again = await app.until(refuses);
      expect(conditions(again, type).join("\n")).toMatch(says);
      expect(again.status.sync.status).toBe("OutOfSync");
      expect(stage.writes(name)).toEqual([]);
      await app.edit((one) => {
        one.metadata.annotations = { ...one.metadata.annotations, "holdfast/unsupported": "warn" };
      });
      const settled = await app.untilSettled();
      expect(conditions(settled, type).join("\n")).toMatch(says);
      expect(await stage.find(configMapPath(name, "a"))).toBeDefined();
    },
  );
});

describe("an object that the API server refuses", () => {
  const badService = (namespace: string) => service(namespace, "bad", [{ port: 99_999 }]);

  test("stops the whole sync before the first write, with its file and line", async () => {
    const app = await stage.place({
      name: "refused",
      files: {
        "a.yaml": yaml(configMap("refused", "a"), deployment({ namespace: "refused", name: "web" })),
        "z.yaml": `# a comment\n${yaml(badService("refused"))}`,
      },
    });
    const seen = await app.until(hasTried);
    expect(seen.status.operationState.message).toContain("nothing was written");
    expect(seen.status.operationState.message).toContain("Service refused/bad (app/z.yaml:2)");
    expect(seen.status.operationState.message).toContain("99999");
    expect(results(seen)["Service/bad"]).toMatchObject({ status: "SyncFailed" });
    expect(seen.status.sync.status).toBe("OutOfSync");
    expect(stage.writes("refused")).toEqual([]);
    await app.commit({ "z.yaml": yaml(service("refused", "bad")) });
    await app.untilSettled();
  });

  test("in an update leaves every object of the last good revision as it was", async () => {
    const app = await stage.place({
      name: "update",
      files: { "a.yaml": yaml(configMap("update", "a"), deployment({ namespace: "update", name: "web" })) },
    });
    await app.untilSettled();
    const before = stage.writes("update");
    const moved = deployment({ namespace: "update", name: "web" });
    (moved.spec as Shown).selector.matchLabels = { app: "other" };
    (moved.spec as Shown).template.metadata.labels = { app: "other" };
    await app.commit({ "a.yaml": yaml(configMap("update", "a", { key: "new" }), moved) });
    const seen = await app.until((now) => hasTried(now) || conditions(now, "ComparisonError").length > 0);
    expect(JSON.stringify(seen.status)).toContain("field is immutable");
    expect(stage.writes("update")).toEqual(before);
    expect((await stage.must("GET", configMapPath("update", "a"))).data).toEqual({ key: "value" });
  });

  test("lets Namespaces and CustomResourceDefinitions of the same sync pass, and says so", async () => {
    const files = {
      "all.yaml": yaml(
        { apiVersion: "v1", kind: "Namespace", metadata: { name: "brought" } },
        crd({ group: "brought.example.com", kind: "Gadget", plural: "gadgets" }),
        {
          apiVersion: "brought.example.com/v1",
          kind: "Gadget",
          metadata: { name: "one", namespace: "brought" },
          spec: { size: "large" },
        },
        configMap("brought", "good"),
      ),
    };
    const app = await stage.place({ name: "foundations", files });
    const seen = await app.until(hasTried);
    expect(seen.status.operationState.message).toContain(
      "brought.example.com/Gadget brought/one (app/all.yaml:",
    );
    expect(seen.status.operationState.message).toContain(
      "nothing but Namespaces and CustomResourceDefinitions was written",
    );
    expect(await stage.find("/api/v1/namespaces/brought")).toBeDefined();
    expect(
      await stage.find("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gadgets.brought.example.com"),
    ).toBeDefined();
    expect(await stage.find(configMapPath("brought", "good"))).toBeUndefined();
    const written = stage
      .writes("")
      .filter(({ name, namespace }) => namespace === "brought" || name.endsWith("brought.example.com"))
      .map(({ resource }) => resource);
    expect(new Set(written)).toEqual(
      new Set(["namespaces", "customresourcedefinitions.apiextensions.k8s.io"]),
    );
    await app.commit({ "all.yaml": files["all.yaml"].replace('"large"', "4") });
    await app.untilSettled();
    expect(
      (await stage.must("GET", "/apis/brought.example.com/v1/namespaces/brought/gadgets/one")).spec,
    ).toMatchObject({ size: 4 });
  });
});

describe("wrong types", () => {
  test.each([
    {
      what: "replicas as text",
      name: "text-replicas",
      object: () => ({
        ...deployment({ namespace: "text-replicas", name: "web" }),
        spec: { ...(deployment({ namespace: "text-replicas", name: "web" }).spec as Shown), replicas: "2" },
      }),
      path: "spec.replicas",
    },
    {
      what: "a number as an annotation",
      name: "number-annotation",
      object: () => configMap("number-annotation", "web", {}, { port: 80 as unknown as string }),
      path: "metadata.annotations.port",
    },
    {
      what: "a list where a mapping belongs",
      name: "list-data",
      object: () => ({ ...configMap("list-data", "web"), data: ["a"] }),
      path: "data",
    },
  ])("$what: refused with file and path, though faults are repaired", async ({ name, object, path }) => {
    const app = await stage.place({
      name,
      files: { "ok.yaml": yaml(configMap(name, "ok")), "wrong.yaml": yaml(object()) },
    });
    const seen = await app.until((now) => hasTried(now) || conditions(now, "ComparisonError").length > 0);
    const said = [...conditions(seen, "ComparisonError"), seen.status.operationState?.message ?? ""].join(
      "\n",
    );
    expect(said).toContain("app/wrong.yaml:1");
    expect(said).toContain(path);
    expect(stage.writes(name)).toEqual([]);
  });
});

describe("that application says so, and the others go on", () => {
  test("a kind that the cluster does not know, until the cluster knows it", async () => {
    const gizmo = {
      apiVersion: "late.example.com/v1",
      kind: "Gizmo",
      metadata: { name: "one", namespace: "unknown-kind" },
      spec: { size: 1 },
    };
    const app = await stage.place({
      name: "unknown-kind",
      files: { "all.yaml": yaml(configMap("unknown-kind", "a"), gizmo) },
    });
    const other = await stage.place({
      name: "beside-kind",
      files: { "a.yaml": yaml(configMap("beside-kind", "a")) },
    });
    const seen = await app.until((now) => conditions(now, "ComparisonError").length > 0);
    expect(conditions(seen, "ComparisonError")).toEqual([
      "late.example.com/Gizmo unknown-kind/one: the cluster does not know the kind late.example.com/v1 Gizmo. If its definition comes during this sync, set the option SkipDryRunOnMissingResource=true on the object",
    ]);
    expect(seen.status.sync.status).toBe("Unknown");
    await other.untilSettled();
    const asked = await app.sync();
    expect(asked).toMatchObject({
      phase: "Failed",
      message: expect.stringContaining("the cluster does not know the kind late.example.com/v1 Gizmo"),
    });
    expect(stage.writes("unknown-kind")).toEqual([]);
    await stage.must(
      "POST",
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      crd({ group: "late.example.com", kind: "Gizmo", plural: "gizmos" }),
    );
    await app.untilSettled();
    expect(await stage.find("/apis/late.example.com/v1/namespaces/unknown-kind/gizmos/one")).toBeDefined();
  });

  test("a kind that is taken away and comes back: nothing else of the application is touched, and it is delivered again", async () => {
    const definition = crd({ group: "gone.example.com", kind: "Widget", plural: "widgets" });
    const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    await stage.must("POST", path, definition);
    const widget = {
      apiVersion: "gone.example.com/v1",
      kind: "Widget",
      metadata: { name: "one", namespace: "kind-goes" },
      spec: { size: 1 },
    };
    const app = await stage.place({
      name: "kind-goes",
      files: { "all.yaml": yaml(configMap("kind-goes", "a"), widget) },
    });
    await app.untilSettled();
    const { uid } = (await stage.must("GET", configMapPath("kind-goes", "a"))).metadata;
    await stage.must("DELETE", `${path}/widgets.gone.example.com`);
    await app.until((now) =>
      conditions(now, "ComparisonError").join().includes("gone.example.com/v1 Widget"),
    );
    await stage.must("POST", path, definition);
    await app.untilSettled();
    expect(await stage.find("/apis/gone.example.com/v1/namespaces/kind-goes/widgets/one")).toBeDefined();
    expect((await stage.must("GET", configMapPath("kind-goes", "a"))).metadata.uid).toBe(uid);
  });

  test("no permission: for a kind, for a namespace; what is permitted is delivered", async () => {
    const to = (namespace: string) => ({ spec: { destination: { server: NARROW, namespace } } });
    const [fine, kind, place] = await Promise.all([
      stage.place({
        name: "permitted-app",
        namespace: "permitted",
        files: { "a.yaml": yaml(configMap("permitted", "a")) },
        ...to("permitted"),
      }),
      stage.place({
        name: "forbidden-kind",
        namespace: "permitted",
        files: { "all.yaml": yaml(configMap("permitted", "beside"), service("permitted", "b")) },
        ...to("permitted"),
      }),
      stage.place({
        name: "forbidden-place",
        namespace: "not-permitted",
        files: { "a.yaml": yaml(configMap("not-permitted", "c")) },
        ...to("not-permitted"),
      }),
    ]);
    await fine.untilSettled();
    for (const app of [kind, place]) {
      const seen = await app.until((now) => JSON.stringify(now.status ?? "").includes("no permission"));
      expect(seen.status.sync.status).toBe("Unknown");
      expect(conditions(seen, "ComparisonError").join("\n")).toMatch(
        /no permission.*Grant get, list and watch on (services|configmaps)/s,
      );
    }
    const asked = await kind.sync();
    expect(asked.phase).toBe("Failed");
    expect(await stage.find(configMapPath("permitted", "beside"))).toBeUndefined();
    expect(stage.writes("permitted").map(({ name }) => name)).toEqual(["a"]);
    // The cluster itself is well, and its other application still follows Git.
    await fine.commit({ "a.yaml": yaml(configMap("permitted", "a", { key: "second" })) });
    await fine.untilSettled();
    expect((await stage.must("GET", configMapPath("permitted", "a"))).data).toEqual({ key: "second" });
    // What is granted later is delivered without anybody asking.
    await stage.must(
      "PATCH",
      "/apis/rbac.authorization.k8s.io/v1/namespaces/permitted/roles/narrow",
      { rules: [{ apiGroups: [""], resources: ["configmaps", "services"], verbs: ["*"] }] },
      MERGE,
    );
    await kind.untilSettled(60_000);
    expect(await stage.find("/api/v1/namespaces/permitted/services/b")).toBeDefined();
  });

  test("a cluster that the config does not name", async () => {
    const app = await stage.place({
      name: "nowhere",
      makeNamespace: "none",
      files: { "a.yaml": yaml(configMap("nowhere", "a")) },
      spec: { destination: { server: "https://nowhere.example.com", namespace: "nowhere" } },
    });
    const seen = await app.until((now) => conditions(now, "InvalidSpecError").length > 0);
    expect(conditions(seen, "InvalidSpecError")[0]).toContain("https://nowhere.example.com");
    expect(seen.status).toMatchObject({ sync: { status: "Unknown" }, health: { status: "Unknown" } });
  });

  test("an unknown project, until it is there", async () => {
    const app = await stage.place({
      name: "no-project",
      files: { "a.yaml": yaml(configMap("no-project", "a")) },
      spec: { project: "team" },
    });
    const seen = await app.until((now) => conditions(now, "InvalidSpecError").length > 0);
    expect(conditions(seen, "InvalidSpecError")[0]).toContain("team");
    expect(seen.status).toMatchObject({ sync: { status: "Unknown" }, health: { status: "Unknown" } });
    expect(stage.writes("no-project")).toEqual([]);
    const project = {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "AppProject",
      metadata: { name: "team", namespace: "argocd" },
      spec: { sourceRepos: ["*"], destinations: [{ server: "*", namespace: "no-project" }] },
    };
    await writeFile(join(stage.daemon.dir, "apps", "team.yaml"), JSON.stringify(project));
    await app.untilSettled();
  });

  test("what its project does not permit, asked before each write", async () => {
    const project = {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "AppProject",
      metadata: { name: "narrow", namespace: "argocd" },
      spec: {
        sourceRepos: ["*"],
        destinations: [{ server: "*", namespace: "inside" }],
        namespaceResourceBlacklist: [{ group: "", kind: "Service" }],
      },
    };
    await mkdir(join(stage.daemon.dir, "apps"), { recursive: true });
    await writeFile(join(stage.daemon.dir, "apps", "narrow-project.yaml"), JSON.stringify(project));
    await stage.makeNamespace("outside");
    const files = {
      "all.yaml": yaml(configMap("inside", "a"), configMap("outside", "b"), service("inside", "c"), {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRole",
        metadata: { name: "not-for-narrow" },
        rules: [],
      }),
    };
    const app = await stage.place({ name: "inside", files, spec: { project: "narrow" } });
    const seen = await app.until(hasTried);
    const said = JSON.stringify(seen.status.operationState);
    for (const what of ["ConfigMap outside/b", "Service inside/c", "ClusterRole not-for-narrow"])
      expect(said).toContain(what.split(" ")[1] as string);
    expect(seen.status.operationState.message).toContain("nothing was written");
    expect([...stage.writes("inside"), ...stage.writes("outside")]).toEqual([]);
    expect(
      await stage.find("/apis/rbac.authorization.k8s.io/v1/clusterroles/not-for-narrow"),
    ).toBeUndefined();
  });

  test.each([
    {
      what: "a path that leaves the repository",
      name: "path-outside",
      source: { path: "../other" },
      says: /\.\.\/other/,
    },
    { what: "an absolute path", name: "path-absolute", source: { path: "/etc" }, says: /\/etc/ },
    {
      what: "a path that is not there",
      name: "path-missing",
      source: { path: "nothing-here" },
      says: /nothing-here/,
    },
    {
      what: "a branch that is not there",
      name: "branch-missing",
      source: { targetRevision: "no-such-branch" },
      says: /no-such-branch/,
    },
    {
      what: "a repository that is not there",
      name: "repo-missing",
      source: { repoURL: "REPO/not-there.git" },
      says: /not-there\.git/,
    },
    {
      what: "a Helm chart repository that is not there",
      name: "chart-repo",
      source: { repoURL: "http://127.0.0.1:1/charts", chart: "redis", targetRevision: "1.0.0", path: "" },
      says: /127\.0\.0\.1:1\/charts: cannot read from it: nothing listens there/,
    },
    {
      what: "an OCI registry that is not there",
      name: "oci",
      source: { repoURL: "oci://127.0.0.1:1/charts/redis", targetRevision: "1.0.0" },
      says: /127\.0\.0\.1:1\/charts\/redis: cannot read from it: nothing listens there/,
    },
    {
      what: "a plugin that is not loaded",
      name: "no-plugin",
      source: { plugin: { name: "cdk8s" } },
      says: /cdk8s/,
    },
  ])("$what", async ({ name, source, says }) => {
    const repoURL = "repoURL" in source ? { repoURL: source.repoURL.replace("REPO", stage.git.url) } : {};
    const app = await stage.place({
      name,
      files: { "a.yaml": yaml(configMap(name, "a")) },
      source: { ...source, ...repoURL },
    });
    const seen = await app.until((now) =>
      ["ComparisonError", "InvalidSpecError"].some((type) => conditions(now, type).length > 0),
    );
    expect(
      [...conditions(seen, "ComparisonError"), ...conditions(seen, "InvalidSpecError")].join("\n"),
    ).toMatch(says);
    expect(seen.status.sync.status).toBe("Unknown");
    expect(stage.writes(name)).toEqual([]);
  });

  test.each([
    {
      what: "a link out of the repository",
      name: "link-outside",
      files: { "a.yaml": { link: "../../../../etc/passwd" } },
      says: /a\.yaml/,
    },
    {
      what: "a kustomization that reads outside of the repository",
      name: "kustomize-outside",
      files: { "kustomization.yaml": "resources: [../../../etc]\n" },
      says: /\.\.\/\.\.\/\.\.\/etc/,
    },
    {
      what: "a kustomization whose file is not there",
      name: "kustomize-missing",
      files: { "kustomization.yaml": "resources: [gone.yaml]\n" },
      says: /gone\.yaml/,
    },
    {
      what: "a chart whose template does not compile",
      name: "helm-broken",
      files: {
        "Chart.yaml": "apiVersion: v2\nname: broken\nversion: 0.1.0\n",
        "templates/a.yaml": "{{ .Values.a | nosuchfunction }}\n",
      },
      says: /templates\/a\.yaml/,
    },
    {
      what: "a chart that requires a value",
      name: "helm-required",
      files: {
        "Chart.yaml": "apiVersion: v2\nname: needs\nversion: 0.1.0\n",
        "templates/a.yaml": '{{ required "set .Values.host" .Values.host }}\n',
      },
      says: /set \.Values\.host/,
    },
    {
      what: "a Jsonnet file that reads another one of this machine",
      name: "jsonnet",
      files: { "a.jsonnet": "{\n  a: importstr '/etc/passwd' }" },
      says: /app\/a\.jsonnet:2:6-29 "\/etc\/passwd" is absolute/,
    },
  ])("$what", async ({ name, files, says }) => {
    const app = await stage.place({ name, files: { "README.md": "see below" } });
    await app.commit(files);
    const seen = await app.until((now) => conditions(now, "ComparisonError").length > 0);
    expect(conditions(seen, "ComparisonError").join("\n")).toMatch(says);
    expect(JSON.stringify(seen)).not.toContain("root:x:0");
    expect(seen.status.sync.status).toBe("Unknown");
  });

  test("a source that would use up the machine: aliases that unfold without end", async () => {
    const levels = Array.from(
      { length: 12 },
      (_, level) =>
        `  k${level}: &a${level} [${Array.from({ length: 10 }, () => (level === 0 ? "x" : `*a${level - 1}`)).join(", ")}]`,
    );
    const bomb = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: bomb\ndata:\n${levels.join("\n")}\n`;
    const app = await stage.place({ name: "poison", files: { "bomb.yaml": bomb } });
    const other = await stage.place({
      name: "beside-poison",
      files: { "a.yaml": yaml(configMap("beside-poison", "a")) },
    });
    const seen = await app.until((now) => conditions(now, "ComparisonError").length > 0);
    expect(conditions(seen, "ComparisonError")[0]).toContain("app/bomb.yaml:");
    await other.untilSettled();
  });

  test.each<{ name: string; text: string; says: RegExp }>([
    {
      name: "poison-keys",
      text: `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: keys\ndata:\n${Array.from({ length: 300_000 }, (_, at) => `  k${at}: v`).join("\n")}\n`,
      says: /app\/much\.yaml:1: the document has more than 200000 values/,
    },
    {
      name: "poison-documents",
      text: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n---\n".repeat(150_000),
      says: /app\/much\.yaml: with this file the application has more than 5000 objects/,
    },
  ])(
    "$name: megabytes of it are refused; drift elsewhere is put back meanwhile, and probes answer",
    async (row) => {
      const { name, text, says } = row;
      const beside = `beside-${name}`;
      const other = await stage.place({ name: beside, files: { "a.yaml": yaml(configMap(beside, "a")) } });
      await other.untilSettled();
      const app = await stage.place({ name, files: { "a.yaml": yaml(configMap(name, "a")) } });
      await app.untilSettled();
      await app.push({ "much.yaml": text, "a.yaml": null });
      const refreshed = app.refresh();
      await stage.must("PATCH", configMapPath(beside, "a"), { data: { key: "edited" } }, MERGE);
      await eventually("the drift is put back", async () => {
        const { data } = await stage.must("GET", configMapPath(beside, "a"));
        return data.key === "value";
      });
      expect((await stage.daemon.api("/healthz")).status).toBe(200);
      await refreshed;
      const seen = await app.until((now) => conditions(now, "ComparisonError").length > 0);
      expect(conditions(seen, "ComparisonError")[0]).toMatch(says);
      expect(await stage.find(configMapPath(name, "a"))).toBeDefined();
    },
  );

  test("everything above at once stops neither the daemon nor its next start, and a new application is delivered", async () => {
    await stage.daemon.restart();
    const app = await stage.place({
      name: "afterwards",
      files: { "a.yaml": yaml(configMap("afterwards", "a")) },
    });
    await app.untilSettled();
    expect((await stage.daemon.api("/healthz")).status).toBe(200);
    expect(await stage.daemon.log()).not.toContain('"code":"internal"');
  });
});

describe("one name from two places", () => {
  const manifest = (name: string, repoURL: string) => ({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name, namespace: "argocd" },
    spec: {
      project: "default",
      source: { repoURL, path: "app", targetRevision: "main" },
      destination: { server: SERVER, namespace: name },
      syncPolicy: AUTOMATED,
    },
  });
  const problems = async (): Promise<string[]> => {
    const { body } = await stage.daemon.api<{ items: Shown[] }>("/api/holdfast/v1/problems");
    return body.items.map((problem) => JSON.stringify(problem));
  };

  test("two files: an error that names both, and the first one goes on", async () => {
    const app = await stage.place({ name: "same", files: { "a.yaml": yaml(configMap("same", "a")) } });
    await app.untilSettled();
    const second = join(stage.daemon.dir, "apps", "z-same.yaml");
    await writeFile(second, JSON.stringify(manifest("same", "https://git.example.com/other.git")));
    await eventually("the problem is told", async () =>
      (await problems()).some((problem) => problem.includes("z-same.yaml") && problem.includes("/same.yaml")),
    );
    expect((await app.get()).spec.source.repoURL).toBe(app.repoURL);
    await app.commit({ "a.yaml": yaml(configMap("same", "a", { key: "second" })) });
    await app.untilSettled();
    await rm(second);
    await eventually(
      "the problem is gone",
      async () => !(await problems()).some((problem) => problem.includes("z-same.yaml")),
    );
    expect(isSynced(await app.get())).toBe(true);
  });

  test("a file first, then the API: refused with the file's name", async () => {
    const answer = await stage.daemon.api<Shown>("/api/v1/applications?upsert=true", {
      method: "POST",
      body: JSON.stringify(manifest("same", "https://git.example.com/other.git")),
    });
    expect(answer.status).toBe(403);
    expect(answer.body.message).toContain("apps/same.yaml");
  });

  test("the API first, then a file: an error that names both, and neither is lost", async () => {
    const repoURL = await stage.git.createRepo("made", { "app/a.yaml": yaml(configMap("made", "a")) });
    await stage.makeNamespace("made");
    const made = await stage.daemon.api<Shown>("/api/v1/applications", {
      method: "POST",
      body: JSON.stringify(manifest("made", repoURL)),
    });
    expect(made.status).toBe(200);
    await stage.daemon.until("made", isSynced);
    const file = join(stage.daemon.dir, "apps", "made.yaml");
    await writeFile(file, JSON.stringify(manifest("made", "https://git.example.com/other.git")));
    await eventually("the problem is told", async () =>
      (await problems()).some((problem) => problem.includes("made.yaml") && problem.includes("API")),
    );
    expect((await stage.daemon.app("made")).spec.source.repoURL).toBe(repoURL);
    await rm(file);
    await eventually(
      "the problem is gone",
      async () => !(await problems()).some((problem) => problem.includes("made.yaml")),
    );
    expect(await stage.find(configMapPath("made", "a"))).toBeDefined();
  });
});
