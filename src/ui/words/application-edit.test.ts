import { describe, expect, test } from "bun:test";
import { isMapping } from "../../lib/is-mapping.ts";
import { applyJsonPatch, JsonPatchError } from "../../lib/json-patch.ts";
import { editYaml, parseYaml, printYaml } from "../../lib/yaml.ts";
import { clashes, editPatch, fieldChanges, writtenPart } from "./application-edit.ts";
import { draftChanges, draftOf, type EditDraft } from "./edit-draft.ts";

const APP = {
  ...{ apiVersion: "argoproj.io/v1alpha1", kind: "Application" },
  metadata: { name: "web", namespace: "argocd", labels: { "app/team": "shop" } },
  spec: {
    project: "default",
    source: { repoURL: "https://git.example.com/a.git", path: "web", targetRevision: "v1" },
    destination: { name: "prod" },
  },
};
type App = typeof APP;
const edited = (change: (app: App) => void): App => {
  const copy = structuredClone(APP);
  change(copy);
  return copy;
};

describe("writtenPart()", () => {
  test("leaves out what people do not write", () => {
    const app = {
      ...APP,
      metadata: { ...APP.metadata, annotations: undefined, uid: "1", resourceVersion: "7", generation: 3 },
      status: { health: { status: "Healthy" } },
    };
    expect(writtenPart(app as never) as unknown).toEqual(APP);
  });
});

describe("editPatch()", () => {
  const cases: { name: string; change: (app: App) => void; ops: number }[] = [
    { name: "nothing for nothing", change: () => undefined, ops: 0 },
    { name: "a field", change: (app) => void (app.spec.source.targetRevision = "v2"), ops: 2 },
    {
      name: "one that was not there",
      change: (app) => void Object.assign(app.spec, { syncPolicy: {} }),
      ops: 2,
    },
    {
      name: "one that goes",
      change: (app) => void delete (app.spec.source as { path?: string }).path,
      ops: 2,
    },
    {
      name: "a key with a slash and a tilde",
      change: (app) => void Object.assign(app.metadata.labels, { "a/b~c": "1", "app/team": "x" }),
      ops: 4,
    },
  ];
  test.each(cases)("makes one of the other: $name", ({ change, ops }) => {
    const after = edited(change);
    const patch = editPatch(APP, after);
    expect(patch).toHaveLength(ops);
    expect(applyJsonPatch(APP, patch)).toEqual(after);
  });

  test("leaves what somebody else changed elsewhere, and is refused where they changed the same", () => {
    const patch = editPatch(
      APP,
      edited((app) => void (app.spec.source.targetRevision = "v2")),
    );
    const elsewhere = edited((app) => void (app.spec.project = "team"));
    expect(applyJsonPatch(elsewhere, patch)).toMatchObject({
      spec: { project: "team", source: { targetRevision: "v2" } },
    });
    const same = edited((app) => void (app.spec.source.targetRevision = "v3"));
    expect(() => applyJsonPatch(same, patch)).toThrow(JsonPatchError);
    const gone = edited((app) => void delete (app.spec as { source?: object }).source);
    expect(() => applyJsonPatch(gone, patch)).toThrow(JsonPatchError);
  });

  test("writes nothing over a field that somebody else made meanwhile", () => {
    const patch = editPatch(
      APP,
      edited((app) => void Object.assign(app.spec, { syncPolicy: { automated: {} } })),
    );
    const made = edited(
      (app) => void Object.assign(app.spec, { syncPolicy: { syncOptions: ["Prune=false"] } }),
    );
    expect(() => applyJsonPatch(made, patch)).toThrow(JsonPatchError);
  });
});

describe("fieldChanges()", () => {
  test("names fields as people write them, within lists of one length too", () => {
    const list = (revision: string) => ({
      spec: { sources: [{ a: 1 }, { targetRevision: revision }] },
      "a.b": revision,
    });
    expect(fieldChanges(list("v1"), list("v2"))).toEqual([
      { path: "spec.sources[1].targetRevision", before: "v1", after: "v2" },
      { path: '["a.b"]', before: "v1", after: "v2" },
    ]);
  });

  test("of the same list clash, whatever fields they are; others do not", () => {
    const one = (path: string) => [{ path, before: 1, after: 2 }];
    const clash = (mine: string, theirs: string): number => clashes(one(mine), one(theirs)).length;
    expect(clash("spec.sources[0].path", "spec.sources[1].path")).toBe(1);
    expect(clash("spec.source", "spec.source.path")).toBe(1);
    expect(clash("spec.source.path", "spec.source")).toBe(1);
    expect(clash("spec.source.path", "spec.sourceX")).toBe(0);
    expect(clash("spec.project", "spec.source.path")).toBe(0);
  });
});

describe("the form", () => {
  const TEXT = `# ours
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web, namespace: argocd}
spec:
  project: default # who owns it
  source:
    repoURL: https://git.example.com/a.git
    targetRevision: 1.10
    helm:
      parameters:
      - {name: tag, value: "1", forceString: true}
  destination: {name: prod}
`;
  const change = (text: string, next: (draft: EditDraft) => EditDraft): string => {
    const [document] = parseYaml(text).documents;
    const draft = draftOf(document?.value, ["Helm"]);
    return editYaml(text, isMapping, draftChanges(document?.value, draft, next(draft))).text;
  };
  const first = (draft: EditDraft, more: Partial<EditDraft["sources"][number]>): EditDraft => ({
    ...draft,
    sources: draft.sources.map((one, at) => (at === 0 ? { ...one, ...more } : one)),
  });

  test("reads what is written, and says nothing of images where it is no kustomization", () => {
    const draft = draftOf(parseYaml(TEXT).documents[0]?.value, ["Helm"]);
    expect(draft).toMatchObject({
      syncs: "by-hand",
      sources: [{ place: "", parameters: "tag=1", images: undefined }],
    });
  });

  test("has what the form of a new one has: where it comes from, where to, and whose it is", () => {
    const text = printYaml(APP);
    expect(draftOf(APP, [undefined])).toMatchObject({
      ...{ project: "default", cluster: "prod", namespace: "" },
      sources: [{ repoURL: "https://git.example.com/a.git", path: "web", chart: undefined }],
    });
    const next = change(text, (draft) => ({
      ...first(draft, { repoURL: "https://git.example.com/b.git", path: "shop" }),
      ...{ project: "shop", cluster: "https://10.0.0.1", namespace: "shop" },
    }));
    expect(parseYaml(next).documents[0]?.value).toMatchObject({
      spec: {
        project: "shop",
        source: { repoURL: "https://git.example.com/b.git", path: "shop", targetRevision: "v1" },
        destination: { server: "https://10.0.0.1", namespace: "shop" },
      },
    });
    expect(next).not.toContain("name: prod");
    const emptied = change(next, (draft) => ({ ...first(draft, { path: "" }), project: "", namespace: "" }));
    expect(emptied).toContain('project: ""');
    expect(emptied).toContain('path: ""');
    expect(emptied).not.toContain("namespace: shop");
  });

  test("of a chart it is the chart, and of what lends its files alone neither", () => {
    const sources = [
      { repoURL: "https://charts.example.com", chart: "web", targetRevision: "1.0.0" },
      { repoURL: "https://git.example.com/values.git", ref: "values" },
    ];
    const { source: _, ...spec } = APP.spec;
    expect(draftOf({ ...APP, spec: { ...spec, sources } }, []).sources).toMatchObject([
      { path: undefined, chart: "web" },
      { path: undefined, chart: undefined },
    ]);
  });

  test("changes that field alone, and comments stay", () => {
    const text = change(TEXT, (draft) => first(draft, { revision: "v2" }));
    expect(text).toContain("targetRevision: v2");
    expect(text).toContain("project: default # who owns it");
    expect(text).toStartWith("# ours\n");
  });

  test("keeps what a parameter has besides, and takes values with equals signs", () => {
    const text = change(TEXT, (draft) => first(draft, { parameters: "tag=2\nargs=a=b\n\n" }));
    expect(parseYaml(text).documents[0]?.value).toMatchObject({
      spec: {
        source: {
          helm: {
            parameters: [
              { name: "tag", value: "2", forceString: true },
              { name: "args", value: "a=b" },
            ],
          },
        },
      },
    });
    expect(change(text, (draft) => first(draft, { parameters: "" }))).not.toContain("parameters");
  });

  test("turns automation on with what makes it whole, and off", () => {
    const on = change(TEXT, (draft) => ({ ...draft, syncs: "by-itself" }));
    expect(parseYaml(on).documents[0]?.value).toMatchObject({
      spec: { syncPolicy: { automated: { prune: true, selfHeal: true } } },
    });
    const kept = change(on, (draft) => ({ ...draft, prune: "no" }));
    expect(parseYaml(kept).documents[0]?.value).toMatchObject({
      spec: { syncPolicy: { automated: { prune: false, selfHeal: true } } },
    });
    expect(change(on, (draft) => ({ ...draft, syncs: "by-hand" }))).not.toContain("automated");
  });

  test("finds each of several sources", () => {
    const several = printYaml({
      spec: { sources: [{ path: "a" }, { path: "b", kustomize: { images: ["x:1"] } }] },
    });
    const text = change(several, (draft) => ({
      ...draft,
      sources: draft.sources.map((one, at) =>
        at === 1 ? { ...one, images: "x:2\ny:1", revision: "main" } : one,
      ),
    }));
    expect(parseYaml(text).documents[0]?.value).toEqual({
      spec: {
        sources: [
          { path: "a" },
          { path: "b", targetRevision: "main", kustomize: { images: ["x:2", "y:1"] } },
        ],
      },
    });
  });
});
