/** ApplicationSets in a cluster that is the home: a daemon in this process, the sandbox, and what a user of kubectl does. */
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
  repository = await world.repository("estate", {
    "a/cm.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\n",
    "teams/one/config.json": JSON.stringify({ team: "one" }),
    "teams/two/config.json": JSON.stringify({ team: "two" }),
  });
});
afterAll(() => given?.stop());

const setOf = (name: string, spec: object, metadata: object = {}): Shown => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "ApplicationSet",
  metadata: { name, namespace: HOME, ...metadata },
  spec: {
    template: {
      metadata: { name: `${name}-{{n}}` },
      spec: {
        project: "default",
        source: { repoURL: repository.url, path: "a", targetRevision: "HEAD" },
        destination: { name: "in-cluster", namespace: `${name}-{{n}}` },
        syncPolicy: { automated: { prune: true }, syncOptions: ["CreateNamespace=true"] },
      },
    },
    ...spec,
  },
});
const list = (...names: string[]) => [{ list: { elements: names.map((n) => ({ n })) } }];
const apply = (set: Shown) => given.world.must("POST", SETS, set);
const read = (name: string): Promise<Shown | undefined> => given.world.find(`${SETS}/${name}`);
const readApp = (name: string): Promise<Shown | undefined> => given.world.find(pathOf(name));
const patch = (name: string, change: unknown) => given.world.must("PATCH", `${SETS}/${name}`, change, MERGE);
const remove = (name: string) => given.world.must("DELETE", `${SETS}/${name}`);
const names = async (of: string): Promise<string[]> => {
  const { items } = await given.world.must("GET", pathOf("").replace(/\/$/, ""));
  return items
    .map(({ metadata }: Shown) => metadata.name)
    .filter((name: string) => name.startsWith(`${of}-`))
    .sort();
};
async function untilNames(of: string, ...wanted: string[]): Promise<void> {
  let last: string[] = [];
  await eventually(
    () => `${of} has ${wanted}: it has ${last}; ${JSON.stringify(given.log.slice(-5))}`,
    async () => {
      last = await names(of);
      return JSON.stringify(last) === JSON.stringify(wanted.map((n) => `${of}-${n}`).sort());
    },
  );
}
const synced = (name: string) =>
  eventually(`${name} is Synced`, async () => (await readApp(name))?.["status"]?.sync?.status === "Synced");
const condition = async (name: string, type: string): Promise<Shown | undefined> =>
  (await read(name))?.["status"]?.conditions?.find((one: Shown) => one["type"] === type);

test("a list makes its applications, follows its edits, says what it came to, and goes with what it made", async () => {
  await apply(setOf("list", { generators: list("one", "two") }));
  await untilNames("list", "one", "two");
  await synced("list-one");
  expect((await readApp("list-one"))?.["metadata"]).toMatchObject({
    finalizers: [RESOURCES],
    ownerReferences: [{ kind: "ApplicationSet", name: "list", controller: true }],
  });
  await eventually("it says that all is well", async () => {
    const status = (await read("list"))?.["status"];
    return status?.resourcesCount === 2 && status.health?.status === "Healthy";
  });
  expect((await condition("list", "ErrorOccurred"))?.["status"]).toBe("False");
  await patch("list", { spec: { generators: list("two", "three") } });
  await untilNames("list", "two", "three");
  await eventually("its objects are gone", async () => !(await given.world.hasConfigMap("list-one", "x")));
  // What somebody does to one of them is put right.
  await given.world.must("PATCH", pathOf("list-two"), { spec: { project: "elsewhere" } }, MERGE);
  await eventually(
    "it is put right",
    async () => (await readApp("list-two"))?.["spec"].project === "default",
  );
  await given.world.must("DELETE", pathOf("list-three"));
  await eventually("it is made again", async () => {
    const { metadata } = (await readApp("list-three")) ?? {};
    return metadata !== undefined && metadata.deletionTimestamp === undefined;
  });
  await remove("list");
  await untilNames("list");
  await eventually(
    "the others' objects are gone",
    async () => !(await given.world.hasConfigMap("list-two", "x")),
  );
});

test("files of a repository become applications, and a commit changes them", async () => {
  await apply(
    setOf("teams", {
      goTemplate: true,
      goTemplateOptions: ["missingkey=error"],
      generators: [
        { git: { repoURL: repository.url, revision: "HEAD", files: [{ path: "teams/*/config.json" }] } },
      ],
      template: {
        metadata: { name: "teams-{{ .team }}" },
        spec: {
          project: "default",
          source: { repoURL: repository.url, path: "a", targetRevision: "HEAD" },
          destination: { name: "in-cluster", namespace: "teams-{{ .path.basename }}" },
          syncPolicy: { automated: { prune: true }, syncOptions: ["CreateNamespace=true"] },
        },
      },
    }),
  );
  await untilNames("teams", "one", "two");
  await repository.commit({ "teams/three/config.json": JSON.stringify({ team: "three" }) });
  await untilNames("teams", "one", "two", "three");
  await repository.commit({ "teams/one/config.json": null });
  await untilNames("teams", "two", "three");
  await remove("teams");
  await untilNames("teams");
});

test("an edit that cannot be read takes nothing away, is said where its writer looks, and holds no other set up", async () => {
  await apply(setOf("edited", { generators: list("one", "two") }));
  await untilNames("edited", "one", "two");
  await patch("edited", { spec: { generators: [{ list: { elements: [] } }, {}] } });
  await eventually(
    "it is said",
    async () => (await condition("edited", "ErrorOccurred"))?.["status"] === "True",
  );
  await apply(setOf("after", { generators: list("one") }));
  await untilNames("after", "one");
  expect(await names("edited")).toEqual(["edited-one", "edited-two"]);
  await patch("edited", { spec: { generators: list("two") } });
  await untilNames("edited", "two");
  await eventually(
    "it is well",
    async () => (await condition("edited", "ErrorOccurred"))?.["status"] === "False",
  );
  for (const name of ["edited", "after"]) await remove(name);
  for (const name of ["edited", "after"]) await untilNames(name);
});

test("a set whose policy deletes nothing leaves its applications when it goes", async () => {
  await apply(setOf("stays", { generators: list("one"), syncPolicy: { applicationsSync: "create-update" } }));
  await untilNames("stays", "one");
  await eventually("it is held", async () => (await read("stays"))?.["metadata"].finalizers?.length === 1);
  await remove("stays");
  await eventually("it is gone", async () => (await read("stays")) === undefined);
  expect(await readApp("stays-one")).toMatchObject({ metadata: { name: "stays-one" } });
  expect((await readApp("stays-one"))?.["metadata"].deletionTimestamp).toBeUndefined();
  await given.world.must("DELETE", pathOf("stays-one"));
  await untilNames("stays");
});

test("is asked by its annotation, which goes when it was looked at", async () => {
  const REFRESH = "argocd.argoproj.io/application-set-refresh";
  await apply(setOf("asked", { generators: list("one") }));
  await untilNames("asked", "one");
  await patch("asked", { metadata: { annotations: { [REFRESH]: "true" } } });
  await eventually(
    "it is done",
    async () => (await read("asked"))?.["metadata"].annotations?.[REFRESH] === undefined,
  );
  await remove("asked");
  await untilNames("asked");
});

test("a restart changes nothing, and what went meanwhile is what it asks for then", async () => {
  await apply(setOf("lasts", { generators: list("one", "two") }));
  await untilNames("lasts", "one", "two");
  await synced("lasts-one");
  const before = await readApp("lasts-one");
  await given.restart();
  await patch("lasts", { spec: { generators: list("one", "three") } });
  await untilNames("lasts", "one", "three");
  const after = await readApp("lasts-one");
  expect([after?.["metadata"].uid, after?.["spec"]]).toEqual([before?.["metadata"].uid, before?.["spec"]]);
  await remove("lasts");
  await untilNames("lasts");
});
