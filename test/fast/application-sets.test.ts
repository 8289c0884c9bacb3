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

describe("files of a repository that the project does not permit", () => {
  const project = (sourceRepos: string[]) => ({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name: "narrow" },
    spec: { sourceRepos, destinations: [{ server: "*", name: "*", namespace: "*" }] },
  });
  const narrow = (name: string, project: string) => {
    const template = templateOf("narrow-{{ .path.basename }}", "a", "narrow");
    return setOf(name, {
      goTemplate: true,
      generators: [
        // Within a matrix as by itself.
        {
          matrix: {
            generators: [
              { list: { elements: [{ x: "y" }] } },
              {
                git: { repoURL: repository.url, revision: "HEAD", files: [{ path: "teams/*/config.json" }] },
              },
            ],
          },
        },
      ],
      template: { ...template, spec: { ...(template["spec"] as object), project } },
    });
  };
  const said = async (name: string): Promise<string> =>
    JSON.stringify(await given.api(`/api/v1/applicationsets/${name}`));

  test("make no application and tell nothing of the repository, until it is permitted; a template is judged with each application", async () => {
    given.file("project.yaml", project(["https://git.example.com/**"]));
    given.file("narrow.yaml", narrow("narrow", "narrow"));
    await eventually("it is said", async () =>
      (await said("narrow")).includes("is not permitted in project"),
    );
    expect(await said("narrow")).toContain("Add the repository to sourceRepos of project narrow");
    expect(await said("narrow")).not.toContain("narrow-two");
    expect(await given.names()).toEqual([]);
    const preview = await post("/api/holdfast/v1/applicationsets/preview", narrow("narrow", "narrow"));
    expect(JSON.stringify(preview)).not.toContain("narrow-two");
    expect(JSON.stringify(preview)).toContain("is not permitted in project");
    given.file("absent.yaml", narrow("absent", "nowhere"));
    await eventually("it is said", async () =>
      (await said("absent")).includes("there is no project nowhere"),
    );
    given.file("absent.yaml", null);
    given.file("project.yaml", project([repository.url]));
    given.file("narrow.yaml", narrow("narrow", "narrow"));
    await given.untilNames(["narrow-two", "narrow-three"].sort());
    given.file("narrow.yaml", null);
    await given.untilNames([]);
    given.file("project.yaml", null);
  }, 60_000);
});

const JSON_TYPE = { "content-type": "application/json" };
const post = (path: string, body: unknown) =>
  given.api(path, {
    method: "POST",
    headers: JSON_TYPE,
    body: JSON.stringify(body),
  });
const untilSaid = (name: string, text: string) =>
  eventually(`${name} says ${text}`, async () =>
    JSON.stringify((await given.api(`/api/v1/applicationsets/${name}`)).body).includes(text),
  );

describe("what must take nothing away", () => {
  test("a file that is broken for a while, and a repository that is", async () => {
    given.file("broken.yaml", listOf("broken", ["one"]));
    given.file(
      "gone.yaml",
      setOf("gone", {
        generators: [{ git: { repoURL: repository.url, revision: "HEAD", directories: [{ path: "a" }] } }],
        template: templateOf("gone-{{path.basename}}", "a", "gone"),
      }),
    );
    await given.untilNames(["broken-one", "gone-a"]);
    given.file("broken.yaml", "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: [");
    given.file(
      "gone.yaml",
      setOf("gone", {
        generators: [
          { git: { repoURL: `${repository.url}-nowhere`, revision: "HEAD", directories: [{ path: "a" }] } },
        ],
        template: templateOf("gone-{{path.basename}}", "a", "gone"),
      }),
    );
    await untilSaid("gone", "-nowhere");
    given.file("later.yaml", listOf("later", ["one"]));
    await given.untilNames(["broken-one", "gone-a", "later-one"]);
    for (const name of ["later", "gone"]) given.file(`${name}.yaml`, null);
    given.file("broken.yaml", listOf("broken", []));
    // None left at once is what an outage looks like: it waits for a person's word.
    await untilSaid("broken", "waits for a person's approval");
    await given.untilNames(["broken-one"]);
    given.file("broken.yaml", null);
    await given.untilNames([]);
  });

  test("many at once wait for approval, of just these", async () => {
    const many = ["a", "b", "c", "d", "e", "f", "g", "h"];
    given.file("many.yaml", listOf("many", many));
    await given.untilNames(many.map((n) => `many-${n}`));
    given.file("many.yaml", listOf("many", ["a", "b"]));
    await untilSaid("many", "person's approval");
    expect(await given.names()).toHaveLength(8);
    const wrong = await post("/api/holdfast/v1/applicationsets/argocd/many/approve", {
      applications: ["argocd/many-c"],
    });
    expect(wrong.status).toBeGreaterThanOrEqual(400);
    const keys = many.slice(2).map((n) => `argocd/many-${n}`);
    expect(
      (await post("/api/holdfast/v1/applicationsets/argocd/many/approve", { applications: keys })).status,
    ).toBe(200);
    await given.untilNames(["many-a", "many-b"]);
    given.file("many.yaml", null);
    await given.untilNames([]);
  });

  test("a cluster that is gone for a moment; one that is gone for good takes its application along", async () => {
    const { clusters, removal } = given.config();
    const [first] = clusters;
    const labelled = { ...first, labels: { tier: "x" } } as (typeof clusters)[number];
    await given.configure({ clusters: [labelled], removal: { ...removal, missingForMs: 3_600_000 } });
    given.file(
      "clusters.yaml",
      setOf("clusters", {
        generators: [
          { clusters: { selector: { matchLabels: { tier: "x" } } } },
          { list: { elements: [{ name: "more" }] } },
        ],
        template: templateOf("on-{{name}}", "a", "on-{{name}}"),
      }),
    );
    await given.untilNames(["on-in-cluster", "on-more"]);
    await synced("on-in-cluster");
    await given.configure({ clusters });
    await untilSaid("clusters", "long enough");
    expect(await given.names()).toEqual(["on-in-cluster", "on-more"]);
    await given.configure({ clusters: [labelled] });
    await eventually("nothing is held any more", async () => {
      const { body } = await given.api("/api/v1/applicationsets/clusters");
      return !JSON.stringify(body).includes("long enough");
    });
    await given.configure({ clusters, removal });
    await given.untilNames(["on-more"]);
    given.file("clusters.yaml", null);
    await given.untilNames([]);
  });
});

describe("sets that are not in a file", () => {
  test("of the API: made, changed, deleted with their applications; a file's name and a child are refused", async () => {
    const set = { ...listOf("asked", ["one", "two"]), metadata: { name: "asked", namespace: "argocd" } };
    expect((await post("/api/v1/applicationsets", set)).status).toBe(200);
    await given.untilNames(["asked-one", "asked-two"]);
    await synced("asked-one");
    given.file("filed.yaml", listOf("filed", ["one"]));
    await given.untilNames(["asked-one", "asked-two", "filed-one"]);
    const other = { ...listOf("filed", ["x"]), metadata: { name: "filed", namespace: "argocd" } };
    expect((await post("/api/v1/applicationsets?upsert=true", other)).status).toBe(403);
    const child = await given.application("asked-one");
    const edited = { ...child, spec: { ...child.spec, project: "kept" } };
    const refused = await given.api("/api/v1/applications/asked-one", {
      method: "PUT",
      headers: JSON_TYPE,
      body: JSON.stringify(edited),
    });
    expect([refused.status, refused.body.message]).toEqual([
      403,
      expect.stringContaining("is made by ApplicationSet argocd/asked"),
    ]);
    await given.restart();
    expect(await given.names()).toEqual(["asked-one", "asked-two", "filed-one"]);
    expect(
      (await given.api("/api/v1/applicationsets/asked", { method: "DELETE", headers: JSON_TYPE })).status,
    ).toBe(200);
    await given.untilNames(["filed-one"]);
    await eventually("its objects are gone", async () => !(await hasMap("asked-one")));
    expect((await given.api("/api/v1/applicationsets/asked")).status).toBe(404);
    // While it is down its file goes.
    given.whileDown(() => given.file("filed.yaml", null));
    await given.restart();
    await given.untilNames([]);
  });

  test("of a parent: they come with it, and go when it does not render them any more", async () => {
    const parents = await given.world.repository("parents", {
      "sets/set.yaml": JSON.stringify({
        ...listOf("born", ["one", "two"]),
        metadata: { name: "born", namespace: "argocd" },
      }),
      "sets/project.yaml": JSON.stringify({
        apiVersion: "argoproj.io/v1alpha1",
        kind: "AppProject",
        metadata: { name: "born", namespace: "argocd" },
        spec: {},
      }),
    });
    given.file("parent.yaml", {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: { name: "parent", finalizers: [RESOURCES] },
      spec: {
        project: "default",
        source: { repoURL: parents.url, path: "sets", targetRevision: "HEAD" },
        destination: { server: "https://kubernetes.default.svc", namespace: "argocd" },
        syncPolicy: { automated: { prune: true } },
      },
    });
    await given.untilNames(["born-one", "born-two", "parent"]);
    await synced("born-two");
    await eventually(
      "the parent is well",
      async () => (await given.application("parent")).status?.health?.status === "Healthy",
    );
    await parents.commit({ "sets/set.yaml": null });
    await given.untilNames(["parent"]);
    await eventually("its objects are gone", async () => !(await hasMap("born-one")));
    given.file("parent.yaml", null);
    await given.untilNames([]);
  });
});
