/** Each prune guard blocks, says its sentence in a condition and in the sync's result, and lets through what a person approved of. */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { defined } from "../../src/lib/defined.ts";
import { configMap, configMapPath, crd, tracked } from "../lib/manifests.ts";
import {
  AUTOMATED,
  conditions,
  isQuiet,
  isSynced,
  type Placed,
  results,
  type Shown,
  type Stage,
  startStage,
  yaml,
} from "../lib/stage.ts";

setDefaultTimeout(60_000);

const SYNC_OPTIONS = "argocd.argoproj.io/sync-options",
  APPROVED = "argocd.argoproj.io/deletion-approved";
let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

const many = (namespace: string, count: number): KubeObject[] =>
  Array.from({ length: count }, (_, at) => configMap(namespace, `many-${at}`));
const marked = (namespace: string, name: string, annotations: Record<string, string>): KubeObject =>
  configMap(namespace, name, { key: "value" }, annotations);
const namespaceObject = (name: string) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
const claim = (namespace: string) => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name: "data", namespace },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
});
const keep = (namespace: string): KubeObject => configMap(namespace, "keep");
const now = (): string => new Date(Date.now() + 1_000).toISOString();

/** Places the objects, then takes them out of Git but for what is left. */
async function abandoned(
  namespace: string,
  objects: unknown[],
  left: unknown[],
  spec: Record<string, unknown> = {},
): Promise<Placed> {
  const app = await stage.place({
    name: namespace,
    files: { "all.yaml": yaml(...objects), "README.md": "objects" },
    spec,
  });
  await app.until(
    (seen) => isSynced(seen) && isQuiet(seen) && seen.status.operationState?.phase === "Succeeded",
  );
  await app.commit({ "all.yaml": left.length === 0 ? "# nothing\n" : yaml(...left) });
  return app;
}

const isBlocked = (app: Shown): boolean => isQuiet(app) && conditions(app, "PruneBlocked").length > 0;

interface Guarded {
  name: string;
  namespace: string;
  objects: (namespace: string) => unknown[];
  left: (namespace: string) => unknown[];
  /** Paths that the guard keeps. */
  kept: (namespace: string) => string[];
  /** One of the sentences. */
  says: RegExp[];
}

/** Guards that an approval of the whole list lifts. */
const approvable: Guarded[] = [
  {
    name: "an empty render",
    namespace: "empty",
    objects: (namespace) => [configMap(namespace, "one"), configMap(namespace, "two")],
    left: () => [],
    kept: (namespace) => [configMapPath(namespace, "one"), configMapPath(namespace, "two")],
    says: [
      /Git wants nothing of this application any more, and all 2 of its objects would be deleted/,
      /--prune --confirm 2/,
      /allowEmpty/,
    ],
  },
  {
    name: "the deletion budget",
    namespace: "budget",
    objects: (namespace) => [...many(namespace, 6), keep(namespace)],
    left: (namespace) => [keep(namespace)],
    kept: (namespace) => many(namespace, 6).map(({ metadata }) => configMapPath(namespace, metadata.name)),
    says: [
      /6 of 7 objects of this application would be deleted, which is more than 50 % and more than 5/,
      /--confirm 6/,
    ],
  },
  {
    name: "a PersistentVolumeClaim",
    namespace: "claim",
    objects: (namespace) => [claim(namespace), keep(namespace)],
    left: (namespace) => [keep(namespace)],
    kept: (namespace) => [`/api/v1/namespaces/${namespace}/persistentvolumeclaims/data`],
    says: [
      /PersistentVolumeClaim \S+\/data is no longer in Git/,
      /the stored data may go with it/,
      /--confirm/,
    ],
  },
  {
    name: "a Namespace",
    namespace: "namespace",
    objects: (namespace) => [namespaceObject(`${namespace}-made`), keep(namespace)],
    left: (namespace) => [keep(namespace)],
    kept: (namespace) => [`/api/v1/namespaces/${namespace}-made`],
    says: [/Namespace \S+-made is no longer in Git/, /everything in it would go with it/],
  },
  {
    name: "a CustomResourceDefinition",
    namespace: "definition",
    objects: (namespace) => [
      crd({ group: "guards.example.com", kind: "Guard", plural: "guards" }),
      keep(namespace),
    ],
    left: (namespace) => [keep(namespace)],
    kept: () => ["/apis/apiextensions.k8s.io/v1/customresourcedefinitions/guards.guards.example.com"],
    says: [/every object of its kind in the cluster would go with it/],
  },
  {
    name: "the option Prune=confirm",
    namespace: "confirm",
    objects: (namespace) => [
      marked(namespace, "asked", { [SYNC_OPTIONS]: "Prune=confirm" }),
      keep(namespace),
    ],
    left: (namespace) => [keep(namespace)],
    kept: (namespace) => [configMapPath(namespace, "asked")],
    says: [/ConfigMap \S+\/asked is no longer in Git .* its option Prune=confirm asks for it/],
  },
];

describe.each([
  { way: "by the number that a person saw", slug: "count" },
  { way: "by the annotation deletion-approved", slug: "annotation" },
])("approved $way", ({ slug }) => {
  test.each(
    approvable
      .map((guard) => ({ ...guard, namespace: `${guard.namespace}-${slug}` }))
      .filter(({ name }) => slug === "count" || !name.startsWith("a CustomResource")),
  )("$name", async ({ namespace, objects, left, kept, says }) => {
    const app = await abandoned(namespace, objects(namespace), left(namespace));
    const blocked = await app.until(isBlocked);
    const sentences = conditions(blocked, "PruneBlocked").join("\n");
    for (const sentence of says) expect(sentences).toMatch(sentence);
    for (const path of kept(namespace)) expect(await stage.isThere(path)).toBe(true);
    expect(blocked.status.resources.filter(({ requiresPruning }: Shown) => requiresPruning)).toHaveLength(
      kept(namespace).length,
    );

    // A person's plain sync is stopped by the same guard, and its result says so object by object.
    const plain = await app.sync({ prune: true });
    expect(plain.phase).toBe("Succeeded");
    const skipped = plain.syncResult.resources.filter(({ status }: Shown) => status === "PruneSkipped");
    expect(skipped).toHaveLength(kept(namespace).length);
    expect(sentences).toContain(skipped[0].message);
    for (const path of kept(namespace)) expect(await stage.isThere(path)).toBe(true);

    if (slug === "count") {
      const wrong = await app.sync({ prune: true, confirmPrune: kept(namespace).length + 1 });
      expect(wrong).toMatchObject({
        phase: "Failed",
        message: expect.stringContaining(
          `you approved of deleting ${kept(namespace).length + 1} objects, but there are ${kept(namespace).length}`,
        ),
      });
      for (const path of kept(namespace)) expect(await stage.isThere(path)).toBe(true);
      const right = await app.sync({ prune: true, confirmPrune: kept(namespace).length });
      expect(right.syncResult.resources.filter(({ status }: Shown) => status === "Pruned")).toHaveLength(
        kept(namespace).length,
      );
    } else {
      await app.edit(({ metadata }) => void (metadata.annotations = { [APPROVED]: "2020-01-01T00:00:00Z" }));
      expect(await app.refresh()).toMatchObject({ status: { sync: { status: "OutOfSync" } } });
      for (const path of kept(namespace)) expect(await stage.isThere(path)).toBe(true);
      await app.edit(({ metadata }) => void (metadata.annotations = { [APPROVED]: now() }));
    }
    for (const path of kept(namespace)) await stage.untilNone(path);
    const seen = await app.until(
      (after) => isSynced(after) && isQuiet(after) && conditions(after, "PruneBlocked").length === 0,
    );
    expect(seen.status.resources ?? []).toHaveLength(left(namespace).length);
  });
});

describe("what lets a deletion pass without asking", () => {
  test("allowEmpty, within the budget", async () => {
    const app = await abandoned("allow-empty", [configMap("allow-empty", "one")], [], {
      syncPolicy: { automated: { prune: true, allowEmpty: true } },
    });
    await stage.untilNone(configMapPath("allow-empty", "one"));
    await app.until((seen) => isSynced(seen) && isQuiet(seen));
  });

  test("five objects, however many they are of all; and more than five that are less than half", async () => {
    await abandoned("five", [...many("five", 5), keep("five")], [keep("five")]);
    for (const { metadata } of many("five", 5)) await stage.untilNone(configMapPath("five", metadata.name));
    await abandoned("half", many("half", 14), many("half", 8));
    for (const { metadata } of many("half", 14).slice(8))
      await stage.untilNone(configMapPath("half", metadata.name));
  });

  test("the option Prune=true of a kind that would ask", async () => {
    const objects = [
      {
        ...claim("told"),
        metadata: { name: "data", namespace: "told", annotations: { [SYNC_OPTIONS]: "Prune=true" } },
      },
      keep("told"),
    ];
    await abandoned("told", objects, [keep("told")]);
    await stage.untilNone("/api/v1/namespaces/told/persistentvolumeclaims/data");
  });
});

// ---------------------------------------------------------------- guards that no approval of a list lifts

const lasting: {
  name: string;
  namespace: string;
  annotations: Record<string, string>;
  options?: string[];
  says: RegExp;
}[] = [
  {
    name: "the option Prune=false of the object",
    namespace: "never",
    annotations: { [SYNC_OPTIONS]: "Prune=false" },
    says: /stays, because its option Prune=false says so/,
  },
  {
    name: "the option Prune=false of the application",
    namespace: "never-app",
    annotations: {},
    options: ["Prune=false"],
    says: /stays, because the application's option Prune=false says so/,
  },
  {
    name: "Helm's resource-policy: keep",
    namespace: "helm-keep",
    annotations: { "helm.sh/resource-policy": "keep" },
    says: /stays, because its annotation helm\.sh\/resource-policy: keep says so/,
  },
  {
    name: "Flux's prune: disabled",
    namespace: "flux-keep",
    annotations: { "kustomize.toolkit.fluxcd.io/prune": "disabled" },
    says: /kustomize\.toolkit\.fluxcd\.io\/prune: disabled/,
  },
];

test.each(lasting)(
  "$name keeps the object for good, and the application is Synced without it",
  async ({ namespace, annotations, options, says }) => {
    const app = await abandoned(
      namespace,
      [marked(namespace, "kept", annotations), keep(namespace)],
      [keep(namespace)],
      { syncPolicy: { ...AUTOMATED, ...defined({ syncOptions: options }) } },
    );
    const ended = await app.sync({ prune: true, ...defined({ syncOptions: options }) });
    expect(results({ status: { operationState: ended } })["ConfigMap/kept"]).toMatchObject({
      status: "PruneSkipped",
      message: expect.stringMatching(says),
    });
    const named = await app.sync({
      prune: true,
      resources: [{ kind: "ConfigMap", name: "kept", namespace }],
      ...defined({ syncOptions: options }),
    });
    expect(results({ status: { operationState: named } })["ConfigMap/kept"]).toMatchObject({
      status: "PruneSkipped",
    });
    expect(await stage.isThere(configMapPath(namespace, "kept"))).toBe(true);
    await app.until(isSynced);
  },
);

test("an object that bears our tracking id but was never applied by us goes only when a person names it", async () => {
  const namespace = "stray";
  await stage.makeNamespace(namespace);
  for (const name of ["one", "two"])
    await stage.must(
      "POST",
      `/api/v1/namespaces/${namespace}/configmaps`,
      tracked(namespace, configMap(namespace, name)),
    );
  const app = await stage.place({ name: namespace, files: { "all.yaml": yaml(keep(namespace)) } });
  const blocked = await app.until(
    (seen) => isBlocked(seen) && seen.status.operationState?.phase === "Succeeded",
  );
  expect(conditions(blocked, "PruneBlocked").sort()).toEqual(
    ["one", "two"].map((name) =>
      expect.stringContaining(
        `ConfigMap ${namespace}/${name} bears this application's tracking id, but Holdfast has no record of having applied it. If it should go, name it: holdfast app sync argocd/${namespace} --prune --resource :ConfigMap:${namespace}/${name}`,
      ),
    ),
  );
  await app.sync({ prune: true });
  await app.sync({ prune: true, resources: [{ kind: "ConfigMap", name: "*" }] });
  for (const name of ["one", "two"]) expect(await stage.isThere(configMapPath(namespace, name))).toBe(true);
  await app.sync({ prune: true, resources: [{ kind: "ConfigMap", name: "one", namespace }] });
  await stage.untilNone(configMapPath(namespace, "one"));
  expect(await stage.isThere(configMapPath(namespace, "two"))).toBe(true);
});

test("an object that was deleted and made again by somebody else under our id is not the one that we recorded", async () => {
  const namespace = "remade";
  const app = await stage.place({
    name: namespace,
    files: { "all.yaml": yaml(configMap(namespace, "one"), keep(namespace)) },
    spec: { syncPolicy: {} },
  });
  await app.until((seen) => seen.status?.sync?.status === "OutOfSync");
  await app.sync();
  await app.untilSettled();
  await app.commit({ "all.yaml": yaml(keep(namespace)) });
  await stage.must("DELETE", configMapPath(namespace, "one"));
  await stage.must(
    "POST",
    `/api/v1/namespaces/${namespace}/configmaps`,
    tracked(namespace, configMap(namespace, "one")),
  );
  const ended = await app.sync({ prune: true });
  expect(results({ status: { operationState: ended } })["ConfigMap/one"]).toMatchObject({
    status: "PruneSkipped",
    message: expect.stringContaining("no record of having applied it"),
  });
  expect(await stage.isThere(configMapPath(namespace, "one"))).toBe(true);
});

test("an object that another application tracks meanwhile, and one whose id was copied, are nobody's to prune", async () => {
  const namespace = "foreign";
  const app = await stage.place({
    name: namespace,
    files: { "all.yaml": yaml(configMap(namespace, "one"), configMap(namespace, "two"), keep(namespace)) },
    spec: { syncPolicy: {} },
  });
  await app.until((seen) => seen.status?.sync?.status === "OutOfSync");
  await app.sync();
  await app.untilSettled();
  const id = "argocd.argoproj.io/tracking-id";
  await stage.plane.kubectl(
    "annotate",
    "configmap/one",
    `--namespace=${namespace}`,
    "--overwrite",
    `${id}=other:/ConfigMap:${namespace}/one`,
  );
  await stage.plane.kubectl(
    "annotate",
    "configmap/two",
    `--namespace=${namespace}`,
    "--overwrite",
    `${id}=${namespace}:/ConfigMap:${namespace}/keep`,
  );
  await app.commit({ "all.yaml": yaml(keep(namespace)) });
  const ended = await app.sync({ prune: true });
  expect(ended.phase).toBe("Succeeded");
  for (const name of ["one", "two"]) expect(await stage.isThere(configMapPath(namespace, name))).toBe(true);
  await app.until(isSynced);
});

test("without prune nothing goes, and the result says why", async () => {
  const namespace = "no-prune";
  const app = await abandoned(namespace, [configMap(namespace, "one"), keep(namespace)], [keep(namespace)], {
    syncPolicy: { automated: { selfHeal: true } },
  });
  const seen = await app.until((after) => after.status.sync.status === "OutOfSync" && isQuiet(after));
  expect(conditions(seen, "PruneBlocked")).toEqual([]);
  const ended = await app.sync();
  expect(results({ status: { operationState: ended } })["ConfigMap/one"]).toMatchObject({
    status: "PruneSkipped",
    message: expect.stringContaining("this sync does not prune"),
  });
  expect(await stage.isThere(configMapPath(namespace, "one"))).toBe(true);
  await app.sync({ prune: true });
  await stage.untilNone(configMapPath(namespace, "one"));
});

test("the command that the sentence names is the one that lets it happen", async () => {
  const namespace = "by-command";
  const app = await abandoned(namespace, [configMap(namespace, "one"), configMap(namespace, "two")], []);
  const [sentence = ""] = conditions(await app.until(isBlocked), "PruneBlocked");
  const [, command = ""] = /To let it happen once: holdfast (app sync [-\w/ ]+)/.exec(sentence) ?? [];
  const ran = await stage.daemon.cli(
    ...command
      .trim()
      .replace(/ or for good$/, "")
      .split(" "),
  );
  expect([ran.code, ran.stdout]).toEqual([0, expect.stringContaining("pruned")]);
  for (const name of ["one", "two"]) await stage.untilNone(configMapPath(namespace, name));
});

test("an approval is void when the list changes", async () => {
  const namespace = "void";
  const app = await abandoned(
    namespace,
    [...many(namespace, 7), keep(namespace)],
    [...many(namespace, 1), keep(namespace)],
  );
  await app.until(isBlocked);
  // One more object leaves Git before the person answers.
  await app.commit({ "all.yaml": yaml(keep(namespace)) });
  const ended = await app.sync({ prune: true, confirmPrune: 6 });
  expect(ended).toMatchObject({ phase: "Failed", message: expect.stringContaining("but there are 7") });
  for (const { metadata } of many(namespace, 7))
    expect(await stage.isThere(configMapPath(namespace, metadata.name))).toBe(true);
});

const unanswered: {
  name: string;
  namespace: string;
  break: (app: Placed) => Promise<() => void | Promise<unknown>>;
  says: RegExp;
}[] = [
  {
    name: "the Git server is down",
    namespace: "git-down",
    break: async () =>
      stage.git.fail({ do: "status", status: 503 }, ({ path }) => path.startsWith("/git-down.git/")),
    says: /503/,
  },
  {
    name: "the branch is gone",
    namespace: "branch-gone",
    async break() {
      const sha = await stage.git.git("branch-gone", "rev-parse", "main");
      await stage.git.git("branch-gone", "update-ref", "-d", "refs/heads/main");
      return () => stage.git.git("branch-gone", "update-ref", "refs/heads/main", sha);
    },
    says: /main/,
  },
  {
    name: "the folder is gone",
    namespace: "folder-gone",
    async break(app) {
      await app.push({ "/app": null, "/other.yaml": "kind: x\n" });
      return () => undefined;
    },
    says: /app/,
  },
  {
    name: "a manifest does not parse",
    namespace: "unreadable",
    async break(app) {
      await app.push({ "all.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: one\n" });
      return () => undefined;
    },
    says: /all\.yaml/,
  },
];

test.each(unanswered)("nothing is pruned when $name", async ({ namespace, break: breakIt, says }) => {
  const app = await stage.place({
    name: namespace,
    files: { "all.yaml": yaml(configMap(namespace, "one"), configMap(namespace, "two")) },
  });
  await app.untilSettled();
  const mend = await breakIt(app);
  const seen = await app.refresh();
  expect(seen.status.sync.status).toBe("Unknown");
  expect(conditions(seen, "ComparisonError").join()).toMatch(says);
  expect(seen.status.health.status).toBe("Healthy");
  for (const name of ["one", "two"]) expect(await stage.isThere(configMapPath(namespace, name))).toBe(true);
  await mend();
});
