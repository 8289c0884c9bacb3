/** What lives beside an application in its namespace and is nobody's: told where its project wants that. */
import { describe, expect, test } from "bun:test";
import { ANNOTATION, appKey } from "../../src/core/model/application.ts";
import type { OrphanSettings } from "../../src/core/model/project.ts";
import {
  AUTOMATED,
  conditions,
  HOME,
  type Rig,
  type RigOptions,
  sharedWorld,
  type World,
} from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, deployment } from "../lib/manifests.ts";

let world: World;
const start = sharedWorld((it) => {
  world = it;
});

const LATER = 600_001;

function writeProject(rig: Rig, orphanedResources: OrphanSettings | undefined): void {
  const spec = {
    sourceRepos: ["*"],
    destinations: [{ server: "*", namespace: "*" }],
    namespaceResourceBlacklist: [{ group: "", kind: "Secret" }],
    ...(orphanedResources === undefined ? {} : { orphanedResources }),
  };
  const metadata = { name: "team", namespace: HOME };
  const project = { apiVersion: "argoproj.io/v1alpha1", kind: "AppProject", metadata, spec } as const;
  rig.folder.projects = [{ project, file: "apps/team.yaml", line: 1 }];
  rig.read();
}

const put = (namespace: string, name: string, tracking?: string): Promise<unknown> => {
  const object = configMap(namespace, name);
  const annotations = tracking === undefined ? {} : { annotations: { [ANNOTATION.trackingId]: tracking } };
  return world.must("POST", configMapPath(namespace, ""), {
    ...object,
    metadata: { ...object.metadata, ...annotations },
  });
};
const warnings = (rig: Rig, name: string): string[] => conditions(rig.app(name), "OrphanedResourceWarning");
const orphans = (rig: Rig, name: string): string[] => {
  const found = rig.control.orphanedResources(appKey(HOME, name));
  return found.is === "absent" ? [] : found.value.map(({ ref }) => `${ref.kind} ${ref.name}`);
};

/** An application of a Deployment, with its Pods, and whatever else the test put there. */
async function settled(
  name: string,
  settings: OrphanSettings | undefined,
  beside: readonly string[],
  options: RigOptions = {},
): Promise<Rig> {
  const rig = await start(options);
  writeProject(rig, settings);
  await world.makeNamespace(name);
  for (const one of beside) await put(name, one);
  await rig.placeNew(
    name,
    { "web.yaml": deployment({ namespace: name, name: "web" }), "a.yaml": configMap(name, "a") },
    { spec: { project: "team", syncPolicy: AUTOMATED } },
  );
  await rig.untilSettled(name);
  return rig;
}

describe("orphaned resources", () => {
  test("are counted, named and told what to do; what descends from the application's objects is none", async () => {
    const name = "orphans";
    const rig = await settled(name, {}, ["left-1", "left-2", "left-3", "left-4"]);
    await rig.until(name, () => warnings(rig, name).length > 0);
    expect(warnings(rig, name)).toEqual([
      `Application has 4 orphaned resources: in its namespace ${name} no application has ConfigMap ${name}/left-1, ConfigMap ${name}/left-2, ConfigMap ${name}/left-3 and 1 more. Put them into Git, delete them, or name them in orphanedResources.ignore of project team`,
    ]);
    expect(orphans(rig, name)).toEqual(
      ["left-1", "left-2", "left-3", "left-4"].map((one) => `ConfigMap ${one}`),
    );
    // Nobody deletes them.
    expect(await world.hasConfigMap(name, "left-1")).toBe(true);
  });

  test("that are ignored, or of a kind that the project denies, are not told of", async () => {
    const name = "ignored";
    const rig = await settled(name, { ignore: [{ kind: "ConfigMap", name: "left-*" }] }, ["left-1"]);
    await world.must("POST", `/api/v1/namespaces/${name}/secrets`, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "hidden" },
    });
    await rig.refresh(name, "hard");
    await put(name, "told");
    await rig.refresh(name, "hard");
    await eventually("it is told", () => orphans(rig, name).length > 0);
    expect(orphans(rig, name)).toEqual(["ConfigMap told"]);
  });

  test("of a kind that the config excludes are not told of", async () => {
    const name = "excluded-orphan";
    const rig = await settled(name, {}, ["left"]);
    await eventually("it is told", () => orphans(rig, name).length > 0);
    const exclusions = [{ apiGroups: [""], kinds: ["ConfigMap"], clusters: [] }];
    rig.settings = { ...rig.settings, resources: { exclusions, inclusions: [] } };
    rig.engine.settingsChanged();
    await rig.untilIdle();
    expect([orphans(rig, name), warnings(rig, name)]).toEqual([[], []]);
  });

  test("are what says the name of an application that is gone, and not what another one has", async () => {
    const name = "tracked";
    const rig = await settled(name, {}, []);
    await put(name, "of-gone", `gone:/ConfigMap:${name}/of-gone`);
    await put(name, "of-us", `${name}:/ConfigMap:${name}/of-us`);
    await rig.refresh(name, "hard");
    await eventually("it is told", () => orphans(rig, name).length > 0);
    expect(orphans(rig, name)).toEqual(["ConfigMap of-gone"]);
  });

  test("with warn: false are in the tree alone, and without the field nobody looks", async () => {
    const name = "unwarned";
    const rig = await settled(name, { warn: false }, ["left"]);
    await eventually("it is known", () => orphans(rig, name).length === 1);
    await rig.untilIdle();
    expect(warnings(rig, name)).toEqual([]);
    writeProject(rig, undefined);
    await rig.refresh(name);
    expect(orphans(rig, name)).toEqual([]);
  });

  test("are looked for once in ten minutes, whoever asks, and one that is gone is not told of any more", async () => {
    const name = "looked-for";
    const rig = await settled(name, {}, ["left"]);
    await rig.until(name, () => warnings(rig, name).length > 0);
    await rig.untilIdle();
    // A look lists every kind that there is; a refresh that is none lists nothing.
    const lists = (): number => rig.requests.filter(({ verb }) => verb === "list").length;
    const before = lists();
    expect(before).toBeGreaterThan(0);
    await world.must("DELETE", configMapPath(name, "left"));
    await rig.refresh(name);
    await rig.refresh(name);
    await rig.untilIdle();
    expect(lists()).toBe(before);
    expect(warnings(rig, name).length).toBe(1);
    rig.clock.advance(LATER);
    await rig.refresh(name);
    await rig.until(name, () => warnings(rig, name).length === 0);
  });
});
