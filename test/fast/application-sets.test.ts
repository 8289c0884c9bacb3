/** ApplicationSets in a folder of a running daemon: the sets, what they make, and what that delivers to a sandbox cluster. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Repository } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { type SetsDaemon, startSetsDaemon } from "../lib/sets-daemon.ts";

let given: SetsDaemon, repository: Repository;
beforeAll(async () => {
  given = await startSetsDaemon();
  repository = await given.world.repository("estate", {
    "a/cm.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\n",
    "teams/one/config.json": JSON.stringify({ team: "one" }),
    "teams/two/config.json": JSON.stringify({ team: "two" }),
  });
});
afterAll(async () => {
  await given?.stop();
});

const RESOURCES = "resources-finalizer.argocd.argoproj.io";
const setOf = (name: string, spec: Record<string, unknown>): Record<string, unknown> => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "ApplicationSet",
  metadata: { name },
  spec,
});
const templateOf = (name: string, path: string, namespace: string): Record<string, unknown> => ({
  metadata: { name },
  spec: {
    project: "default",
    source: { repoURL: repository.url, path, targetRevision: "HEAD" },
    destination: { name: "in-cluster", namespace },
    syncPolicy: { automated: { prune: true }, syncOptions: ["CreateNamespace=true"] },
  },
});
const listOf = (name: string, elements: readonly string[], more: Record<string, unknown> = {}) =>
  setOf(name, {
    generators: [{ list: { elements: elements.map((n) => ({ n })) } }],
    template: templateOf(`${name}-{{n}}`, "a", `${name}-{{n}}`),
    ...more,
  });
const synced = (name: string) =>
  eventually(
    `${name} is Synced`,
    async () => (await given.application(name)).status?.sync?.status === "Synced",
  );
const hasMap = (namespace: string) => given.world.hasConfigMap(namespace, "x");

describe("a list in a file", () => {
  test("makes its applications, which are delivered; one element less is one application less, with its objects", async () => {
    given.file("list.yaml", listOf("list", ["one", "two"]));
    await given.untilNames(["list-one", "list-two"]);
    await synced("list-one");
    await synced("list-two");
    expect(await hasMap("list-one")).toBe(true);
    expect((await given.application("list-one")).metadata.finalizers).toEqual([RESOURCES]);
    given.file("list.yaml", listOf("list", ["two", "three"]));
    await given.untilNames(["list-three", "list-two"]);
    await eventually("its objects are gone", async () => !(await hasMap("list-one")));
    expect(await hasMap("list-two")).toBe(true);
    given.file("list.yaml", null);
    await given.untilNames([]);
    await eventually("the others' objects are gone", async () => !(await hasMap("list-two")));
  });

  test("with an error in it makes what it can, and takes nothing away", async () => {
    given.file("wrong.yaml", listOf("wrong", ["one", "two"]));
    await given.untilNames(["wrong-one", "wrong-two"]);
    given.file("wrong.yaml", listOf("wrong", ["one", "Not A Name"]));
    // What is written after it is made, and what it takes out stays.
    given.file("after.yaml", listOf("after", ["one"]));
    await given.untilNames(["after-one", "wrong-one", "wrong-two"]);
    given.file("after.yaml", null);
    await given.untilNames(["wrong-one", "wrong-two"]);
    expect(await given.names()).toEqual(["wrong-one", "wrong-two"]);
    given.file("wrong.yaml", null);
    await given.untilNames([]);
  });
});

describe("files of a repository", () => {
  test("become applications by Go templates: a commit that adds one adds an application, one that removes it removes it", async () => {
    given.file(
      "teams.yaml",
      setOf("teams", {
        goTemplate: true,
        goTemplateOptions: ["missingkey=error"],
        generators: [
          { git: { repoURL: repository.url, revision: "HEAD", files: [{ path: "teams/*/config.json" }] } },
        ],
        template: templateOf("team-{{ .team | upper | lower }}", "a", "team-{{ .path.basename }}"),
      }),
    );
    await given.untilNames(["team-one", "team-two"]);
    await repository.commit({ "teams/three/config.json": JSON.stringify({ team: "three" }) });
    await given.untilNames(["team-one", "team-three", "team-two"]);
    await repository.commit({ "teams/one/config.json": null });
    await given.untilNames(["team-three", "team-two"]);
    given.file("teams.yaml", null);
    await given.untilNames([]);
  });
});
