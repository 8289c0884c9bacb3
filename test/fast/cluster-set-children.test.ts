/** What a set does to its applications in a cluster that is the home, and what it leaves to those who edit them by kubectl. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { customResourceDefinitions } from "../../src/core/definitions/custom-resources.ts";
import { HOME, type Repository } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { DEFINITIONS, MERGE, pathOf, type Shown } from "../lib/records-stage.ts";
import { type SetsDaemon, startSetsDaemon } from "../lib/sets-daemon.ts";

setDefaultTimeout(60_000);

const SETS = `/apis/argoproj.io/v1alpha1/namespaces/${HOME}/applicationsets`;
const RESOURCES = "resources-finalizer.argocd.argoproj.io";
let given: SetsDaemon, repository: Repository;

beforeAll(async () => {
  given = await startSetsDaemon({ home: "cluster", applications: [] });
  const { world } = given;
  await world.makeNamespace(HOME);
  for (const definition of customResourceDefinitions()) await world.must("POST", DEFINITIONS, definition);
  repository = await world.repository("children", {
    "a/cm.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\n",
  });
});
afterAll(() => given?.stop());

interface Written {
  metadata?: object;
  spec?: object;
  set?: object;
}
const setOf = (name: string, { metadata = {}, spec = {}, set = {} }: Written = {}): Shown => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "ApplicationSet",
  metadata: { name, namespace: HOME },
  spec: {
    generators: [{ list: { elements: [{ n: "one" }] } }],
    template: {
      metadata: { name: `${name}-{{n}}`, ...metadata },
      spec: {
        project: "default",
        source: { repoURL: repository.url, path: "a", targetRevision: "HEAD" },
        destination: { name: "in-cluster", namespace: `${name}-{{n}}` },
        ...spec,
      },
    },
    ...set,
  },
});
const make = (set: Shown) => given.world.must("POST", SETS, set);
const read = (name: string): Promise<Shown | undefined> => given.world.find(`${SETS}/${name}`);
const readApp = (name: string): Promise<Shown | undefined> => given.world.find(pathOf(name));
const edit = (name: string, change: unknown) => given.world.must("PATCH", `${SETS}/${name}`, change, MERGE);
const editApp = (name: string, change: unknown) => given.world.must("PATCH", pathOf(name), change, MERGE);
const untilApp = (name: string, what: string, is: (app: Shown) => boolean) =>
  eventually(`${name} ${what}`, async () => {
    const app = await readApp(name);
    return app !== undefined && is(app) ? app : undefined;
  }) as Promise<Shown>;
/** It was planned once more, and its status says what is there. */
async function planned(name: string): Promise<void> {
  await edit(name, { metadata: { annotations: { "argocd.argoproj.io/application-set-refresh": "true" } } });
  await eventually(`${name} is refreshed`, async () => {
    const { annotations = {} } = (await read(name))?.["metadata"] ?? {};
    return !("argocd.argoproj.io/application-set-refresh" in annotations);
  });
}
const condition = async (name: string, type: string): Promise<Shown | undefined> =>
  (await read(name))?.["status"]?.conditions?.find((one: Shown) => one["type"] === type);

test("what somebody writes stays where the set leaves it to them, through an edit of the template, and nowhere else", async () => {
  const info = (...names: string[]) => names.map((name) => ({ name, value: "1" }));
  await make(
    setOf("left", {
      metadata: { annotations: { mine: "1" }, labels: { team: "a" } },
      spec: { info: info("by-template") },
      set: {
        preservedFields: { annotations: ["kept"], labels: ["team"] },
        // More than places: jq is asked.
        ignoreApplicationDifferences: [
          { jqPathExpressions: ['.spec.info[]? | select(.name | startswith("by-hand"))'] },
          { name: "left-one", jsonPointers: ["/spec/source/directory"] },
        ],
      },
    }),
  );
  await untilApp("left-one", "is there", () => true);
  await editApp("left-one", {
    metadata: {
      annotations: { kept: "live", other: "live", "argocd.argoproj.io/skip-reconcile": "true" },
      labels: { team: "live", other: "live" },
    },
    spec: {
      project: "elsewhere",
      info: info("by-template", "by-hand"),
      source: { directory: { recurse: true } },
    },
  });
  const mended = await untilApp("left-one", "is put right", (app) => app["spec"].project === "default");
  const kept = {
    annotations: { mine: "1", kept: "live", "argocd.argoproj.io/skip-reconcile": "true" },
    labels: { team: "live" },
  };
  expect(mended["metadata"]).toMatchObject(kept);
  expect(Object.keys(mended["metadata"].annotations)).not.toContain("other");
  expect(mended["metadata"].labels).toEqual(kept.labels);
  expect(mended["spec"]).toMatchObject({
    info: info("by-template", "by-hand"),
    source: { directory: { recurse: true } },
  });

  await edit("left", {
    spec: { template: { spec: { info: info("by-template", "another"), project: "default" } } },
  });
  const after = await untilApp("left-one", "follows the template", (app) =>
    JSON.stringify(app["spec"].info).includes("another"),
  );
  expect(after["spec"]).toMatchObject({
    info: info("by-template", "another", "by-hand"),
    source: { directory: { recurse: true } },
  });
  expect(after["metadata"]).toMatchObject(kept);
});

test("an expression that is none holds the edit back, and says so until it is mended", async () => {
  const rules = (expression: string) => [{ jqPathExpressions: [expression] }];
  await make(setOf("broken", { set: { ignoreApplicationDifferences: rules(".spec.info[ | .x") } }));
  await untilApp("broken-one", "is there", () => true);
  await edit("broken", { spec: { template: { spec: { project: "other" } } } });
  await eventually("it says so", async () => {
    const said = (await condition("broken", "ErrorOccurred"))?.["message"] ?? "";
    return said.includes(".spec.info[ | .x is no jq expression");
  });
  expect((await readApp("broken-one"))?.["spec"].project).toBe("default");
  await edit("broken", { spec: { ignoreApplicationDifferences: rules(".spec.info[]? | select(.x)") } });
  await untilApp("broken-one", "follows the template", (app) => app["spec"].project === "other");
});

test("an application that is as it should be is not written, also where its template says what no definition knows", async () => {
  const syncPolicy = { automated: { prune: false, selfheal: true }, syncOptions: ["CreateNamespace=true"] };
  await make(setOf("calm", { spec: { syncPolicy, info: [], nobodyKnows: { a: 1 } } }));
  await untilApp("calm-one", "is Synced", (app) => app["status"]?.sync?.status === "Synced");
  const { metadata } = (await readApp("calm-one")) as Shown;
  for (let times = 0; times < 3; times += 1) await planned("calm");
  const again = (await readApp("calm-one")) as Shown;
  expect(again["metadata"].generation).toBe(metadata.generation);
  expect(again["metadata"].managedFields?.map((one: Shown) => one["time"])).toEqual(
    metadata.managedFields?.map((one: Shown) => one["time"]),
  );
  await eventually("it says that all is well", async () => {
    const said = await condition("calm", "ResourcesUpToDate");
    return said?.["status"] === "True";
  });
});

test("a name that is taken stays its owner's, both are named, and it is made when the name is free", async () => {
  const theirs = setOf("taken")["spec"].template;
  await given.world.must("POST", pathOf("").replace(/\/$/, ""), {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: "taken-one", namespace: HOME, labels: { whose: "somebody" } },
    spec: { ...theirs.spec, destination: { name: "in-cluster", namespace: "theirs" } },
  });
  await make(setOf("taken"));
  await eventually("it says so", async () => {
    const said = (await condition("taken", "ErrorOccurred"))?.["message"] ?? "";
    return (
      said.includes(`Application ${HOME}/taken-one is there already`) &&
      said.includes(`ApplicationSet ${HOME}/taken`)
    );
  });
  expect((await readApp("taken-one"))?.["spec"].destination.namespace).toBe("theirs");
  await given.world.must("DELETE", pathOf("taken-one"));
  const made = await untilApp(
    "taken-one",
    "is the set's",
    (app) => app["metadata"].ownerReferences !== undefined,
  );
  expect(made["metadata"].labels).toBeUndefined();
  await eventually("nothing is wrong any more", async () => {
    return (await condition("taken", "ErrorOccurred"))?.["status"] === "False";
  });
});

test("preserveResourcesOnDeletion is switched on and off for applications that are there", async () => {
  await make(setOf("preserved"));
  const finalizers = async (wanted: string[] | undefined): Promise<void> => {
    await untilApp("preserved-one", `has ${wanted}`, (app) => {
      return JSON.stringify(app["metadata"].finalizers) === JSON.stringify(wanted);
    });
  };
  await finalizers([RESOURCES]);
  await edit("preserved", { spec: { syncPolicy: { preserveResourcesOnDeletion: true } } });
  await finalizers(undefined);
  await edit("preserved", { spec: { syncPolicy: { preserveResourcesOnDeletion: false } } });
  await finalizers([RESOURCES]);
});

test("a policy that permits no update holds it, and one that permits no deletion holds that", async () => {
  await make(setOf("policy", { set: { syncPolicy: { applicationsSync: "create-only" } } }));
  await untilApp("policy-one", "is there", () => true);
  await edit("policy", { spec: { template: { spec: { project: "other" } } } });
  await planned("policy");
  expect((await readApp("policy-one"))?.["spec"].project).toBe("default");
  await edit("policy", { spec: { generators: [{ list: { elements: [{ n: "two" }] } }] } });
  await untilApp("policy-two", "is there", () => true);
  expect((await readApp("policy-one"))?.["metadata"].deletionTimestamp).toBeUndefined();
  await eventually("it says what it leaves", async () => {
    const said = await condition("policy", "ResourcesUpToDate");
    return said?.["message"].includes("but for 1 that its policy leaves as they are");
  });
});

test("a rollout in a cluster: its state is in the custom resource, a restart in its middle goes on from there", async () => {
  const map = (value: string) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\ndata: { value: "${value}" }\n`;
  // The server refuses it: a ConfigMap has no such name.
  const broken = map("1").replace("name: x", "name: Not_A_Name");
  const rolled = await given.world.repository("rolled", { "dev/x.yaml": broken, "prod/x.yaml": map("1") });
  const steps = ["dev", "prod"].map((env) => ({
    matchExpressions: [{ key: "env", operator: "In", values: [env] }],
  }));
  const set = setOf("rolled", {
    metadata: { labels: { env: "{{n}}" } },
    spec: {
      source: { repoURL: rolled.url, path: "{{n}}", targetRevision: "HEAD" },
      syncPolicy: { automated: {}, syncOptions: ["CreateNamespace=true"], retry: { limit: 0 } },
    },
    set: {
      generators: [{ list: { elements: [{ n: "dev" }, { n: "prod" }] } }],
      strategy: { type: "RollingSync", rollingSync: { steps } },
    },
  });
  await make(set);
  const entries = async (): Promise<Record<string, Shown>> =>
    Object.fromEntries(
      ((await read("rolled"))?.["status"]?.applicationStatus ?? []).map((one: Shown) => [
        one["application"],
        one,
      ]),
    );
  await eventually("the first step failed, and the second one names it", async () => {
    const { "rolled-dev": dev, "rolled-prod": prod } = await entries();
    return (
      dev?.["status"] === "Progressing" &&
      dev["message"].startsWith("Its sync failed: ") &&
      prod?.["status"] === "Waiting" &&
      prod["message"].startsWith(`Waits for step 1: ${HOME}/rolled-dev (its sync failed: `)
    );
  });
  expect((await readApp("rolled-prod"))?.["spec"].syncPolicy.automated).toEqual({ enabled: false });
  const before = await entries();
  await given.restart();
  await planned("rolled");
  expect((await entries())["rolled-prod"]?.["lastTransitionTime"]).toBe(
    before["rolled-prod"]?.["lastTransitionTime"],
  );
  expect((await readApp("rolled-prod"))?.["status"]?.operationState).toBeUndefined();
  await rolled.commit({ "dev/x.yaml": map("2") });
  await eventually("both are through", async () => {
    const all = Object.values(await entries());
    return all.length === 2 && all.every((one) => one["status"] === "Healthy");
  });
  expect(await given.world.hasConfigMap("rolled-prod", "x")).toBe(true);
});
