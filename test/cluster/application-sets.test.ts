/** ApplicationSets as custom resources on a real API server with its garbage collector, by kubectl alone: `home: cluster`. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { type ControlPlane, controlPlaneBinaries, startControlPlane } from "../lib/control-plane.ts";
import { type Daemon, startDaemon } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { configMapPath } from "../lib/manifests.ts";
import { SERVER, type Shown, yaml } from "../lib/stage.ts";

setDefaultTimeout(180_000);

const RESOURCES = "resources-finalizer.argocd.argoproj.io";
const GROUP = "/apis/argoproj.io/v1alpha1/namespaces/argocd";
const SECRETS = "/api/v1/namespaces/argocd/secrets";
let plane: ControlPlane, git: GitServer, daemon: Daemon, estate: string;

/** What the stand-in for an Enterprise GitHub says, and with which tokens it was asked. */
let pulls: () => Response = () => Response.json([]);
const tokens = new Set<string | null>();
const provider = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request) {
    tokens.add(request.headers.get("authorization"));
    return new URL(request.url).pathname === "/api/v3/repos/team/shop/pulls"
      ? pulls()
      : new Response("not found", { status: 404 });
  },
});
const address = provider.url.href.replace(/\/$/, "");

beforeAll(async () => {
  [plane, git] = await Promise.all([startControlPlane(), startGitServer()]);
  await kubectl("apply", "-f", join(import.meta.dir, "../../config/definitions.yaml"));
  await plane.api.makeNamespace("argocd");
  estate = await git.createRepo("estate", {
    // In the namespace that its application names.
    "app/it.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: it }\ndata: { value: one }\n",
    "teams/one/config.json": JSON.stringify({ team: "one" }),
    "teams/two/config.json": JSON.stringify({ team: "two" }),
  });
  for (const at of [1, 2, 3]) await plane.api.must("POST", SECRETS, clusterSecret(at));
  daemon = await startDaemon(
    `poll: 1s\npollSpread: 0s\nhome: cluster\nremoval: { missingFor: 4s }\napplicationSets: { allowedApis: ["${address}"] }\nclusters: ${JSON.stringify([{ name: "in-cluster", server: SERVER, kubeconfig: plane.kubeconfig }])}\n`,
    {},
    { env: { PATH: `${controlPlaneBinaries()}:${process.env["PATH"] ?? ""}` } },
  );
}, 120_000);
afterAll(async () => {
  await daemon?.stop();
  await plane?.stop();
  await git?.close();
  await provider.stop(true);
}, 60_000);

const kubectl = (...args: string[]): Promise<string> => plane.kubectl(...args);
/** Nobody answers there: what it is told of, sets know all the same. */
const clusterSecret = (at: number): Shown => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: {
    name: `cluster-${at}`,
    namespace: "argocd",
    labels: { "argocd.argoproj.io/secret-type": "cluster", zone: at === 1 ? "one" : "others" },
  },
  stringData: {
    name: `cluster-${at}`,
    server: `https://127.0.0.1:${at}`,
    config: JSON.stringify({ bearerToken: "x", tlsClientConfig: { insecure: true } }),
  },
});
async function apply(...objects: object[]): Promise<void> {
  const path = join(daemon.dir, "applied.yaml");
  await Bun.write(path, yaml(...objects));
  await kubectl("apply", "-n", "argocd", "-f", path);
}
const set = (name: string, spec: object): Shown => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "ApplicationSet",
  metadata: { name, namespace: "argocd" },
  spec,
});
const template = (name: string, destination: object, more: object = {}): Shown => ({
  metadata: { name, ...more },
  spec: {
    project: "default",
    source: { repoURL: estate, path: "app", targetRevision: "main" },
    destination,
    syncPolicy: { automated: { prune: true }, syncOptions: ["CreateNamespace=true"] },
  },
});
const list = (...names: string[]): object[] => [{ list: { elements: names.map((n) => ({ n })) } }];
const readSet = (name: string): Promise<Shown | undefined> =>
  plane.api.find(`${GROUP}/applicationsets/${name}`);
const read = (name: string): Promise<Shown | undefined> => plane.api.find(`${GROUP}/applications/${name}`);
const names = async (of: string): Promise<string[]> =>
  (await plane.api.must("GET", `${GROUP}/applications`)).items
    .map(({ metadata }: Shown) => metadata.name as string)
    .filter((name: string) => name.startsWith(`${of}-`))
    .sort();
async function untilNames(of: string, ...wanted: string[]): Promise<void> {
  let last: string[] = [];
  const all = wanted.map((name) => `${of}-${name}`).sort();
  await eventually(
    () => `${of} has ${all}: it has ${last}`,
    async () => {
      last = await names(of);
      return Bun.deepEquals(last, all);
    },
    60_000,
  ).catch(async (cause) => {
    throw new Error(
      `${String(cause)}\n${JSON.stringify((await readSet(of))?.["status"], null, 1)}\n${(await daemon.log()).slice(-3000)}`,
    );
  });
}
const synced = (name: string): Promise<boolean> =>
  eventually(
    `${name} is Synced`,
    async () => (await read(name))?.["status"]?.sync?.status === "Synced",
    60_000,
  ).catch(async (cause) => {
    throw new Error(`${String(cause)}\n${JSON.stringify((await read(name))?.["status"], null, 1)}`);
  });
const delivered = async (namespace: string): Promise<boolean> =>
  (await plane.api.find(configMapPath(namespace, "it"))) !== undefined;
const condition = async (name: string, type: string): Promise<Shown | undefined> =>
  (await readSet(name))?.["status"]?.conditions?.find((one: Shown) => one["type"] === type);

test("a merge over four clusters: their applications appear, with what the list says of one of them", async () => {
  await apply(
    set("merge", {
      syncPolicy: { preserveResourcesOnDeletion: true },
      generators: [
        {
          merge: {
            mergeKeys: ["name"],
            generators: [
              { clusters: { values: { color: "blue" } } },
              { list: { elements: [{ name: "cluster-2", "values.color": "red" }] } },
            ],
          },
        },
      ],
      template: template(
        "merge-{{name}}",
        { server: "{{server}}", namespace: "merged" },
        { labels: { color: "{{values.color}}" } },
      ),
    }),
  );
  await untilNames("merge", "in-cluster", "cluster-1", "cluster-2", "cluster-3");
  expect((await read("merge-cluster-2"))?.["metadata"].labels).toEqual({ color: "red" });
  const app = await read("merge-cluster-1");
  expect(app?.["metadata"].labels).toEqual({ color: "blue" });
  expect(app?.["spec"].destination).toEqual({ server: "https://127.0.0.1:1", namespace: "merged" });
  expect(app?.["metadata"].ownerReferences).toMatchObject([
    { kind: "ApplicationSet", name: "merge", controller: true, blockOwnerDeletion: true },
  ]);
  await synced("merge-in-cluster");
  expect(await delivered("merged")).toBe(true);
  await eventually("the set says so", async () => (await readSet("merge"))?.["status"]?.resourcesCount === 4);
  expect((await condition("merge", "ErrorOccurred"))?.["status"]).toBe("False");
});

test("the events of a set are those that the API server keeps of it, and none of another one or of its namesake", async () => {
  const { uid } = (await readSet("merge"))?.["metadata"] ?? {};
  const event = (name: string, involved: object): object => ({
    apiVersion: "v1",
    kind: "Event",
    metadata: { name, namespace: "argocd" },
    involvedObject: {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "ApplicationSet",
      namespace: "argocd",
      ...involved,
    },
    type: "Normal",
    reason: name,
    message: `${name} happened`,
    lastTimestamp: `2026-01-0${Math.min(name.length, 9)}T00:00:00Z`,
  });
  for (const [name, involved] of Object.entries({
    old: { name: "merge", uid },
    newer: { name: "merge", uid },
    elsewhere: { name: "teams", uid: "another" },
    before: { name: "merge", uid: "of-one-that-is-gone" },
    application: { name: "merge", uid, kind: "Application" },
  }))
    await plane.api.must("POST", "/api/v1/namespaces/argocd/events", event(name, involved));
  const { body } = await daemon.api<{ items: Shown[] }>("/api/v1/applicationsets/merge/events");
  expect(body.items.map(({ reason, kind }) => `${kind} ${reason}`)).toEqual(["Event newer", "Event old"]);
  expect((await daemon.api("/api/v1/applicationsets/nobody/events")).status).toBe(404);
});

test("a cluster's Secret that vanishes for a second deletes nothing; one that stays away is one application less", async () => {
  const before = await read("merge-cluster-3");
  await kubectl("delete", "secret", "cluster-3", "-n", "argocd");
  await eventually("it is seen", async () => {
    const held = await condition("merge", "ResourcesUpToDate");
    return JSON.stringify(held).includes("cluster-3") || held?.["status"] === "False";
  });
  await plane.api.must("POST", SECRETS, clusterSecret(3));
  await eventually(
    "it is wanted again",
    async () => (await condition("merge", "ResourcesUpToDate"))?.["status"] === "True",
  );
  await Bun.sleep(6_000);
  const after = await read("merge-cluster-3");
  expect([after?.["metadata"].uid, after?.["metadata"].deletionTimestamp]).toEqual([
    before?.["metadata"].uid,
    undefined,
  ]);
  await kubectl("delete", "secret", "cluster-3", "-n", "argocd");
  await untilNames("merge", "in-cluster", "cluster-1", "cluster-2");
  await kubectl("delete", "appset", "merge", "-n", "argocd");
  await untilNames("merge");
  // They were to leave what they delivered.
  expect(await delivered("merged")).toBe(true);
});

test("files of a repository become applications; a commit changes which, an edit by hand and a deletion are put right", async () => {
  await apply(
    set("teams", {
      goTemplate: true,
      goTemplateOptions: ["missingkey=error"],
      generators: [{ git: { repoURL: estate, revision: "main", files: [{ path: "teams/*/config.json" }] } }],
      template: template("teams-{{ .team }}", {
        server: SERVER,
        namespace: "teams-{{ .path.basename }}",
      }),
    }),
  );
  await untilNames("teams", "one", "two");
  await synced("teams-one");
  expect((await read("teams-one"))?.["metadata"].finalizers).toEqual([RESOURCES]);
  const three = { "teams/three/config.json": JSON.stringify({ team: "three" }), "teams/one": null };
  await git.commit("estate", three, "three for one");
  await untilNames("teams", "two", "three");
  await eventually("its objects are gone", async () => !(await delivered("teams-one")));

  const patch = JSON.stringify({
    metadata: { labels: { mine: "1" } },
    spec: { source: { path: "elsewhere" } },
  });
  await kubectl("patch", "app", "teams-two", "-n", "argocd", "--type", "merge", "-p", patch);
  await eventually("it is put right", async () => (await read("teams-two"))?.["spec"].source.path === "app");
  const uid = (await read("teams-three"))?.["metadata"].uid;
  await synced("teams-three");
  await kubectl("delete", "app", "teams-three", "-n", "argocd");
  await eventually("it is made again", async () => {
    const { metadata } = (await read("teams-three")) ?? {};
    return metadata !== undefined && metadata.uid !== uid;
  });
  await synced("teams-three");

  // The garbage collector deletes them, and their finalizers take their objects along.
  await kubectl("delete", "appset", "teams", "-n", "argocd");
  await untilNames("teams");
  for (const name of ["two", "three"]) expect(await delivered(`teams-${name}`)).toBe(false);
});

test("a matrix makes one for each pair, and follows its own edits", async () => {
  const matrix = (...elements: string[]): Shown =>
    set("matrix", {
      goTemplate: true,
      syncPolicy: { preserveResourcesOnDeletion: true },
      generators: [
        {
          matrix: {
            generators: [
              { clusters: { selector: { matchLabels: { zone: "others" } } } },
              ...list(...elements),
            ],
          },
        },
      ],
      template: template("matrix-{{ .name }}-{{ .n }}", { server: "{{ .server }}", namespace: "{{ .n }}" }),
    });
  await apply(matrix("a", "b"));
  await untilNames("matrix", "cluster-2-a", "cluster-2-b");
  await plane.api.must("POST", SECRETS, clusterSecret(3));
  await untilNames("matrix", "cluster-2-a", "cluster-2-b", "cluster-3-a", "cluster-3-b");
  const uid = (await read("matrix-cluster-2-a"))?.["metadata"].uid;
  await apply(matrix("a", "c"));
  await untilNames("matrix", "cluster-2-a", "cluster-2-c", "cluster-3-a", "cluster-3-c");
  expect((await read("matrix-cluster-2-a"))?.["metadata"].uid).toBe(uid);
  await kubectl("delete", "appset", "matrix", "-n", "argocd");
  await untilNames("matrix");
});

test("--cascade=orphan leaves the applications to whoever deleted their set", async () => {
  await apply(
    set("orphans", {
      generators: list("one", "two"),
      template: template("orphans-{{n}}", { server: SERVER, namespace: "orphans-{{n}}" }),
    }),
  );
  await untilNames("orphans", "one", "two");
  await synced("orphans-one");
  await kubectl("delete", "appset", "orphans", "-n", "argocd", "--cascade=orphan");
  await eventually("they are nobody's", async () => {
    const all = await Promise.all(["one", "two"].map((name) => read(`orphans-${name}`)));
    return all.every((app) => app !== undefined && app["metadata"].ownerReferences === undefined);
  });
  expect(await readSet("orphans")).toBeUndefined();
  expect(await delivered("orphans-one")).toBe(true);
  for (const name of ["one", "two"]) await kubectl("delete", "app", `orphans-${name}`, "-n", "argocd");
  await untilNames("orphans");
});

test("a set whose policy keeps its applications leaves them, and one that orders their deletion keeps to that order", async () => {
  await apply(
    set("keeps", {
      syncPolicy: { applicationsSync: "create-update" },
      generators: list("one"),
      template: template("keeps-{{n}}", { server: SERVER, namespace: "keeps-{{n}}" }),
    }),
    set("steps", {
      strategy: {
        type: "RollingSync",
        deletionOrder: "Reverse",
        rollingSync: {
          steps: ["one", "two"].map((n) => ({
            matchExpressions: [{ key: "step", operator: "In", values: [n] }],
          })),
        },
      },
      generators: list("one", "two"),
      template: template(
        "steps-{{n}}",
        { server: SERVER, namespace: "steps-{{n}}" },
        { labels: { step: "{{n}}" } },
      ),
    }),
  );
  for (const name of ["keeps", "steps"])
    await eventually(`${name} waits for its end`, async () =>
      (await readSet(name))?.["metadata"].finalizers?.includes(RESOURCES),
    );
  await untilNames("keeps", "one");
  await untilNames("steps", "one", "two");
  await synced("steps-one");
  await synced("steps-two");

  await kubectl("delete", "appset", "keeps", "-n", "argocd");
  await eventually("it is gone", async () => (await readSet("keeps")) === undefined);
  expect((await read("keeps-one"))?.["metadata"]).not.toHaveProperty("ownerReferences");
  expect((await read("keeps-one"))?.["metadata"]).not.toHaveProperty("deletionTimestamp");
  await kubectl("delete", "app", "keeps-one", "-n", "argocd");

  await kubectl("delete", "appset", "steps", "-n", "argocd", "--wait=false");
  const orders: string[] = [];
  await eventually("all of them are gone", async () => {
    const one = await read("steps-one");
    // Read after it: where the first step's goes, the last step's is gone.
    const two = await read("steps-two");
    const isGoing = one === undefined || one["metadata"].deletionTimestamp !== undefined;
    if (isGoing && two !== undefined) orders.push("the first step's went before the last step's was gone");
    return one === undefined && two === undefined;
  });
  expect(orders).toEqual([]);
  await eventually("the set goes then", async () => (await readSet("steps")) === undefined);
});

test("one that cannot be read says so in its status, and keeps what it has", async () => {
  await apply(
    set("wrong", {
      generators: list("one"),
      template: template("wrong-{{n}}", { server: SERVER, namespace: "wrong-{{n}}" }),
    }),
  );
  await untilNames("wrong", "one");
  await kubectl(
    ...["patch", "appset", "wrong", "-n", "argocd", "--type", "merge", "-p"],
    JSON.stringify({ spec: { generators: [{ list: { elements: [] } }, {}] } }),
  );
  const said = await eventually("it is said", async () => {
    const one = await condition("wrong", "ErrorOccurred");
    return one?.["status"] === "True" ? one : undefined;
  });
  expect(said["message"]).toContain("spec.generators[1]");
  expect(await names("wrong")).toEqual(["wrong-one"]);
  await kubectl("delete", "appset", "wrong", "-n", "argocd");
  await untilNames("wrong");
});

test("pull requests by a token of a Secret; an outage, an empty page and a Secret that is gone take nothing away", async () => {
  const open = (...numbers: number[]): void => {
    pulls = () =>
      Response.json(
        numbers.map((number) => ({
          number,
          title: `change ${number}`,
          head: { ref: `feature-${number}`, sha: `${number}`.padStart(40, "a") },
          base: { ref: "main" },
          labels: [],
          user: { login: "somebody" },
        })),
      );
  };
  const token = (): Shown => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "provider", namespace: "argocd" },
    stringData: { token: "t0ken" },
  });
  await apply(token());
  open(1, 2, 3);
  const github = {
    ...{ owner: "team", repo: "shop", api: address },
    tokenRef: { secretName: "provider", key: "token" },
  };
  await apply(
    set("pr", {
      generators: [{ pullRequest: { requeueAfterSeconds: 1, github } }],
      template: template("pr-{{number}}", { server: SERVER, namespace: "pr-{{number}}" }),
    }),
  );
  await untilNames("pr", "1", "2", "3");
  await synced("pr-3");
  expect([...tokens].every((one) => one?.endsWith("t0ken"))).toBe(true);
  const stays = async (said: string): Promise<void> => {
    await eventually(
      `it says ${said}`,
      async () => JSON.stringify(await readSet("pr")).includes(said),
      60_000,
    );
    expect(await names("pr")).toEqual(["pr-1", "pr-2", "pr-3"]);
  };
  pulls = () => new Response("down", { status: 503 });
  await stays("503");
  pulls = () => Response.json([]);
  await stays("person's approval");
  open(1, 2, 3);
  await kubectl("delete", "secret", "provider", "-n", "argocd");
  await stays("Secret argocd/provider");
  await apply(token());
  open(1, 3);
  await untilNames("pr", "1", "3");
  await eventually("what it delivered is gone", async () => !(await delivered("pr-2")), 60_000);
  expect(await daemon.log()).not.toContain("t0ken");
});
