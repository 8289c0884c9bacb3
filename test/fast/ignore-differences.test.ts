/** Fields that are left to others: jq itself, rules of the config, and expressions that are wrong, slow or endless. */
import { describe, expect, test } from "bun:test";
import type { ApplicationSpec } from "../../src/core/model/application.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import {
  AUTOMATED,
  conditions,
  isSettled,
  type Repository,
  type Rig,
  sharedRig,
  startRig,
  type World,
} from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, deployment } from "../lib/manifests.ts";

let world: World, rig: Rig;
sharedRig((...both) => {
  [world, rig] = both;
});

const MERGE = "application/merge-patch+json",
  STRATEGIC = "application/strategic-merge-patch+json";
const rule = (...jqPathExpressions: string[]): Partial<ApplicationSpec> => ({
  syncPolicy: AUTOMATED,
  ignoreDifferences: [{ group: "*", kind: "*", jqPathExpressions }],
});
const web = (namespace: string, image = "registry.example.com/web:1") =>
  deployment({
    namespace,
    name: "web",
    replicas: 1,
    image,
    container: {
      env: [
        { name: "A", value: "git" },
        { name: "B", value: "git" },
      ],
    },
  });
const path = (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/deployments/web`;
const values = async (namespace: string): Promise<string[]> =>
  (await world.must("GET", path(namespace))).spec.template.spec.containers[0].env.map(
    (one: { value: string }) => one.value,
  );
const edit = (namespace: string) =>
  world.must(
    "PATCH",
    path(namespace),
    {
      spec: {
        replicas: 3,
        template: {
          spec: {
            containers: [
              {
                name: "web",
                env: [
                  { name: "A", value: "theirs" },
                  { name: "B", value: "theirs" },
                ],
              },
            ],
          },
        },
      },
    },
    STRATEGIC,
  );

async function settledWith(name: string, spec: Partial<ApplicationSpec>): Promise<Repository> {
  const repository = await rig.placeNew(name, { "web.yaml": web(name) }, { spec });
  await rig.until(name, isSettled);
  await rig.untilIdle();
  return repository;
}

test("a rule without its group leaves nothing to others, and says which group was meant", async () => {
  const name = "groupless";
  const ignoreDifferences = [{ kind: "Deployment", jsonPointers: ["/spec/replicas"] }];
  await rig.placeNew(name, { "web.yaml": web(name) }, { spec: { syncPolicy: AUTOMATED, ignoreDifferences } });
  const app = await rig.until(name, isSettled);
  expect(conditions(app, "ManifestWarning")).toEqual([
    "spec.ignoreDifferences[0]: has no group, which means the core group, and no Deployment of this application is in that, so nothing is ignored by it. Did you mean group: apps?",
  ]);
  await edit(name);
  await eventually("it is put back", async () => (await world.must("GET", path(name))).spec.replicas === 1);
});

describe("an expression that needs jq", () => {
  test("leaves what it names to others, and puts back what it does not", async () => {
    const name = "jq-itself";
    const repository = await settledWith(
      name,
      rule('.. | select(.name? == "A" and .value?) | .value', ".spec | .replicas | select(. >= 0)"),
    );
    await edit(name);
    await rig.until(name, (now) => now.status?.operationState?.operation.initiatedBy?.automated === true);
    await rig.until(name, isSettled);
    await rig.untilIdle();
    expect(await values(name)).toEqual(["theirs", "git"]);
    expect((await world.must("GET", path(name))).spec.replicas).toBe(3);
    const commit = await repository.commit({ "web.yaml": web(name, "registry.example.com/web:2") });
    await rig.refresh(name);
    await rig.until(name, (now) => now.status?.sync.revision === commit && isSettled(now));
    expect(await values(name)).toEqual(["theirs", "git"]);
    expect((await world.must("GET", path(name))).spec.replicas).toBe(3);
  });

  test("where it holds by what is there alone, it counts; and no more once that has changed", async () => {
    const name = "jq-live";
    await settledWith(
      name,
      rule('if .metadata.annotations["paused"] == "yes" then .spec.replicas else empty end'),
    );
    const replicas = async () => (await world.must("GET", path(name))).spec.replicas;
    await world.must("PATCH", path(name), { metadata: { annotations: { paused: "yes" } } }, MERGE);
    await rig.untilIdle();
    await world.must("PATCH", path(name), { spec: { replicas: 4 } }, MERGE);
    await rig.untilIdle();
    await rig.until(name, isSettled);
    expect(await replicas()).toBe(4);
    await world.must("PATCH", path(name), { metadata: { annotations: { paused: null } } }, MERGE);
    // Settled and idle is what it is already, until it hears of the edit.
    await eventually("put back", async () => (await replicas()) === 1);
  });
});

describe("an expression that cannot be obeyed", () => {
  test.each<{ name: string; text: string; says: string }>([
    {
      name: "no-jq",
      text: ".spec.foo[",
      says: "spec.ignoreDifferences[0].jqPathExpressions[0]: .spec.foo[ is no jq expression: syntax error, unexpected end of file at column 10. Correct it, or name the field in jsonPointers",
    },
    {
      name: "no-function",
      text: ".a | nothing",
      says: ".a | nothing is no jq expression: nothing/0 is not defined at column 6",
    },
  ])(
    "$name: nothing is compared and nothing is written, until it is corrected",
    async ({ name, text, says }) => {
      await rig.placeNew(name, { "web.yaml": web(name) }, { spec: rule(text) });
      const app = await rig.until(name, (now) => conditions(now, "InvalidSpecError").length > 0);
      expect(conditions(app, "InvalidSpecError").join()).toContain(says);
      expect(app.status?.sync.status).toBe("Unknown");
      const { phase, message } = await rig.sync(name);
      expect([phase, message]).toEqual(["Failed", expect.stringContaining(says)]);
      expect(await world.find(path(name))).toBeUndefined();
      const placed = rig.folder.applications.find(({ app }) => app.metadata.name === name);
      if (placed === undefined) throw new Error("it is in the folder");
      rig.place({ ...placed.app, spec: { ...placed.app.spec, ...rule(".spec | .replicas") } });
      await rig.until(name, isSettled);
      expect(conditions(rig.app(name), "InvalidSpecError")).toEqual([]);
    },
  );

  test("one that makes values and no places is said of each object, and what others set is not written over", async () => {
    const name = "jq-values";
    await settledWith(name, { ...rule(".spec | .replicas"), syncPolicy: AUTOMATED });
    await edit(name);
    await rig.untilIdle();
    const placed = rig.folder.applications.find(({ app }) => app.metadata.name === name);
    if (placed === undefined) throw new Error("it is in the folder");
    rig.place({ ...placed.app, spec: { ...placed.app.spec, ...rule(".spec | to_entries") } });
    const app = await rig.until(name, (now) => conditions(now, "ComparisonError").length > 0);
    expect(conditions(app, "ComparisonError").join()).toMatch(
      /Deployment jq-values\/web: what spec\.ignoreDifferences\[0\]\.jqPathExpressions\[0\] \(\.spec \| to_entries\) leaves to others cannot be said: Invalid path expression/,
    );
    expect((await world.must("GET", path(name))).spec.replicas).toBe(3);
  });

  test("one without end is ended and named, and other applications go on meanwhile", async () => {
    const endless = "jq-endless",
      other = "jq-other";
    await settledWith(other, rule(".spec.replicas"));
    await rig.placeNew(
      endless,
      { "web.yaml": web(endless) },
      { spec: rule("last(range(1e18)) as $x | .spec") },
    );
    // While jq runs without end, what is drifted elsewhere is put back.
    await edit(other);
    await rig.until(
      other,
      (now) =>
        now.status?.operationState?.phase === "Succeeded" &&
        (now.status.operationState.operation.info ?? []).length > 0 &&
        isSettled(now),
    );
    expect(await values(other)).toEqual(["git", "git"]);
    const app = await rig.until(endless, (now) => conditions(now, "ComparisonError").length > 0);
    expect(conditions(app, "ComparisonError").join()).toContain(
      "it was ended after 1000 ms without an answer",
    );
    expect(await world.find(path(endless))).toBeUndefined();
  });
});

test("an application whose expressions take all the time there is waits for itself, and the others are compared meanwhile", async () => {
  const greedy = "jq-greedy",
    other = "jq-beside";
  const names = Array.from({ length: 60 }, (_, at) => `m${at}`);
  await settledWith(other, { ...rule("first(.spec.replicas)"), syncPolicy: AUTOMATED });
  // Each is another text, ended after a second: a minute in all, before anybody else has a turn.
  await rig.placeNew(
    greedy,
    Object.fromEntries(names.map((name) => [`${name}.yaml`, configMap(greedy, name)])),
    {
      spec: {
        ignoreDifferences: names.map((name, at) => ({
          kind: "ConfigMap",
          name,
          jqPathExpressions: [`last(range(1e18 + ${at})) as $x | .data`],
        })),
      },
    },
  );
  await eventually("its objects are known", () => rig.rendered.includes(greedy));
  for (const round of [1, 2, 3]) {
    await world.must(
      "PATCH",
      path(other),
      {
        metadata: { annotations: { round: `${round}` } },
        spec: { template: { metadata: { labels: { more: `${round}` } } }, minReadySeconds: round },
      },
      "application/merge-patch+json",
    );
    await rig.refresh(other, "hard");
    expect(conditions(rig.app(other), "ComparisonError")).toEqual([]);
    expect(rig.app(greedy).status?.sync.status ?? "Unknown").toBe("Unknown");
  }
}, 120_000);

describe("rules of the config", () => {
  test("hold for every application, and from the next settings on for those that are there", async () => {
    const store = memoryStore();
    await rig.engine.stop();
    rig = await startRig(world, { store });
    const name = "config-rule";
    await rig.placeNew(
      name,
      { "a.yaml": configMap(name, "a", { mine: "git", shared: "git" }) },
      { spec: { syncPolicy: AUTOMATED } },
    );
    await rig.until(name, isSettled);
    rig.settings = {
      ...rig.settings,
      ignore: [
        {
          at: "config ignoreDifferences[0]",
          group: "",
          kind: "Config*",
          jsonPointers: ["/data/shared"],
        },
      ],
    };
    rig.engine.settingsChanged();
    await rig.untilIdle();
    await world.must(
      "PATCH",
      configMapPath(name, "a"),
      { data: { mine: "theirs", shared: "theirs" } },
      MERGE,
    );
    await rig.until(name, isSettled);
    await rig.untilIdle();
    expect((await world.must("GET", configMapPath(name, "a"))).data).toEqual({
      mine: "git",
      shared: "theirs",
    });
  });

  test("a broken one names its place", async () => {
    rig.settings = {
      ...rig.settings,
      ignore: [{ at: "config ignoreDifferences[0]", group: "*", kind: "*", jqPathExpressions: [".a["] }],
    };
    const name = "config-broken";
    await rig.placeNew(name, { "a.yaml": configMap(name, "a") }, { spec: { syncPolicy: AUTOMATED } });
    const app = await rig.until(name, (now) => conditions(now, "InvalidSpecError").length > 0);
    expect(conditions(app, "InvalidSpecError").join()).toContain(
      "cannot obey config ignoreDifferences[0].jqPathExpressions[0]: .a[ is no jq expression",
    );
  });
});
