/** Our definitions of Application, AppProject and ApplicationSet on a real API server, as users of kubectl meet them. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { resolve } from "node:path";
import { type ControlPlane, startControlPlane } from "../lib/control-plane.ts";
import { EVERY_SPEC } from "../lib/every-field.ts";

setDefaultTimeout(60_000);

const APPLICATIONS = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications";
let plane: ControlPlane;

beforeAll(async () => {
  plane = await startControlPlane();
  await plane.kubectl(
    "apply",
    "--server-side",
    "-f",
    resolve(import.meta.dir, "../../config/definitions.yaml"),
  );
  await plane.kubectl(
    "wait",
    "--for=condition=Established",
    "--timeout=60s",
    "crd/applications.argoproj.io",
    "crd/appprojects.argoproj.io",
    "crd/applicationsets.argoproj.io",
  );
  await plane.api.makeNamespace("argocd");
}, 120_000);
afterAll(() => plane?.stop(), 60_000);

const application = (name: string, spec: object) => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: { name, namespace: "argocd", finalizers: ["resources-finalizer.argocd.argoproj.io"] },
  spec: { project: "default", destination: { name: "in-cluster", namespace: "shop" }, ...spec },
});
const source = { repoURL: "https://git.example.com/shop.git", path: ".", targetRevision: "main" };

test("the server finds nothing wrong with the definitions", async () => {
  for (const name of ["applications", "appprojects", "applicationsets"]) {
    const { status } = await plane.api.must(
      "GET",
      `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}.argoproj.io`,
    );
    const said = Object.fromEntries(
      status.conditions.map(({ type, status: is }: { type: string; status: string }) => [type, is]),
    );
    expect(said).toEqual({ NamesAccepted: "True", Established: "True" });
  }
});

test("every field comes back as it was written, those that nobody knows too", async () => {
  const written = application("round-trip", EVERY_SPEC);
  const operation = {
    initiatedBy: { username: "me" },
    sync: { revision: "main", prune: true, syncStrategy: { hook: {} } },
  };
  const status = { sync: { status: "Synced" }, ofAnotherVersion: { kept: [1] } };
  const {
    spec,
    operation: asked,
    status: seen,
    metadata,
  } = await plane.api.must("POST", APPLICATIONS, { ...written, operation, status });
  // The server takes nulls for absent in a mapping that it knows, and leaves those alone that it does not know.
  expect(spec).toEqual(written.spec);
  expect([asked, seen, metadata.finalizers]).toEqual([operation, status, written.metadata.finalizers]);
});

test("what is no Application is refused with the field that is wrong", async () => {
  const refused = async (spec: object): Promise<string> => {
    const { status, body } = await plane.api.request("POST", APPLICATIONS, application("wrong", spec));
    expect(status).toBe(422);
    return String(body["message"]);
  };
  expect(await refused({ source: { ...source, targetRevision: 1.5 } })).toContain(
    "spec.source.targetRevision",
  );
  expect(await refused({ source: { path: "." } })).toContain("spec.source.repoURL: Required value");
  expect(await refused({ source, destination: null })).toContain("spec.destination: Required value");
  expect(await refused({ source, syncPolicy: { automated: { prune: "true" } } })).toContain(
    "spec.syncPolicy.automated.prune",
  );
  expect(await refused({ source, syncPolicy: { syncOptions: "CreateNamespace=true" } })).toContain(
    "spec.syncPolicy.syncOptions",
  );
});

test("a set keeps what nobody knows, and what cannot be one is refused with the field that is wrong", async () => {
  const path = APPLICATIONS.replace("/applications", "/applicationsets");
  const set = (spec: object) => ({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "ApplicationSet",
    metadata: { name: "sets", namespace: "argocd" },
    spec,
  });
  const template = { metadata: { name: "{{n}}" }, spec: { project: "default", source, ofTomorrow: [1] } };
  const list = { list: { elements: [{ n: "a", deep: { x: 1 } }], template: { spec: { project: "p" } } } };
  const spec = {
    goTemplate: true,
    generators: [{ matrix: { generators: [{ merge: { generators: [list], mergeKeys: ["n"] } }, list] } }],
    template,
    ofTomorrow: { kept: true },
  };
  const made = await plane.api.must("POST", path, { ...set(spec), status: { conditions: [] } });
  expect(made.spec).toEqual(spec);
  // What is seen of it goes by the subresource alone, as in Argo CD's definition.
  expect(made.status).toBeUndefined();
  const refused = async (wrong: object): Promise<string> => {
    const { status, body } = await plane.api.request("POST", path, set(wrong));
    expect(status).toBe(422);
    return String(body["message"]);
  };
  expect(await refused({ template })).toContain("spec.generators: Required value");
  expect(await refused({ generators: [{ git: { revision: "main" } }], template })).toContain(
    "spec.generators[0].git.repoURL: Required value",
  );
  expect(await refused({ generators: [], template, goTemplate: "yes" })).toContain("spec.goTemplate");
});

test("kubectl shows the columns that people know, by the short names that they type", async () => {
  await plane.api.must("POST", APPLICATIONS, {
    ...application("columns", { source }),
    status: { sync: { status: "OutOfSync", revision: "abc" }, health: { status: "Degraded" } },
  });
  const lines = async (...words: string[]) =>
    (await plane.kubectl("get", ...words, "columns", "-n", "argocd"))
      .trim()
      .split("\n")
      .map((line) => line.split(/ {2,}/));
  expect(await lines("app")).toEqual([
    ["NAME", "SYNC STATUS", "HEALTH STATUS"],
    ["columns", "OutOfSync", "Degraded"],
  ]);
  expect(await lines("apps", "-o", "wide")).toEqual([
    ["NAME", "SYNC STATUS", "HEALTH STATUS", "REVISION", "PROJECT"],
    ["columns", "OutOfSync", "Degraded", "abc", "default"],
  ]);
  expect(await plane.kubectl("get", "appproj,appprojs", "-n", "argocd")).toBe("");
  expect(await plane.kubectl("get", "appset,appsets", "-n", "argocd", "-o", "name")).toContain(
    "applicationset.argoproj.io/sets",
  );
});

test("kubectl explains a field in our words", async () => {
  const said = await plane.kubectl("explain", "application.spec.syncPolicy.automated.prune");
  expect(said).toContain("Deletes what is no longer in Git.");
});
