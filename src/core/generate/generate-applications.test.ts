import { describe, expect, test } from "bun:test";
import { fakeFacts, fakeTree, LOCAL } from "../../../test/fakes/fake-generator-facts.ts";
import type { ApplicationSet } from "../model/application-set.ts";
import { parseApplicationSet } from "../model/parse-application-set.ts";
import { showProblem } from "../model/problem.ts";
import type { GeneratorFacts } from "../ports/generator-facts.ts";
import { generateApplications } from "./generate-applications.ts";
import { flatten } from "./parameters.ts";
import { templateWarnings } from "./template-warnings.ts";

const TEMPLATE = {
  metadata: { name: "{{name}}" },
  spec: {
    project: "default",
    source: { repoURL: "https://git.example.com/{{name}}.git", path: "." },
    destination: { server: "https://a" },
  },
};

function setOf(spec: Record<string, unknown>): ApplicationSet {
  const parsed = parseApplicationSet(
    {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "ApplicationSet",
      metadata: { name: "web" },
      spec: { template: TEMPLATE, ...spec },
    },
    { homeNamespace: "argocd" },
  );
  if (!parsed.ok) throw new Error(parsed.problems.map(showProblem).join("\n"));
  return parsed.value;
}

/** Names, what is wrong, and whether all that is wanted is known. */
async function generate(spec: Record<string, unknown>, facts: Partial<GeneratorFacts> = {}) {
  const engine = { fill: () => Promise.reject(new Error("no Go template is expected here")) };
  const made = await generateApplications(setOf(spec), { facts: fakeFacts(facts), engine });
  return {
    names: made.applications.map(({ application }) => application.metadata.name),
    problems: made.problems.map(showProblem),
    is: made.is,
    applications: made.applications.map(({ application }) => application),
  };
}

const list = (...elements: Record<string, unknown>[]) => ({ list: { elements } });
const clusters = async () => ({
  known: [
    { name: "west", server: "https://w", labels: { env: "prod" }, annotations: {} },
    { name: "east", server: "https://e", labels: { env: "dev" }, annotations: { "a.b/c": "x" } },
  ],
  local: LOCAL,
});

describe("generateApplications()", () => {
  test("makes one for each set, with what the set says of all", async () => {
    const { applications, is } = await generate({ generators: [list({ name: "a" })] });
    expect(is).toBe("whole");
    expect(applications).toEqual([
      {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "Application",
        metadata: {
          name: "a",
          namespace: "argocd",
          finalizers: ["resources-finalizer.argocd.argoproj.io"],
        },
        spec: {
          project: "default",
          source: { repoURL: "https://git.example.com/a.git", path: "." },
          destination: { server: "https://a" },
        },
      },
    ]);
  });

  test("puts no finalizer where the objects are to stay", async () => {
    const { applications } = await generate({
      generators: [list({ name: "a" })],
      syncPolicy: { preserveResourcesOnDeletion: true },
    });
    expect(applications[0]?.metadata.finalizers).toBeUndefined();
  });

  test("is whole though a generator yields nothing: it was asked, and said so", async () => {
    const { names, is } = await generate({ generators: [{ list: { elements: [] } }, list({ name: "a" })] });
    expect([names, is]).toEqual([["a"], "whole"]);
  });

  test("goes on where a generator could not be asked, and is a part then", async () => {
    const { names, problems, is } = await generate({
      generators: [{ clusters: {} }, list({ name: "a" })],
    });
    expect([names, is]).toEqual([["a"], "part"]);
    expect(problems).toEqual([
      "ApplicationSet argocd/web: spec.generators[0].clusters: clusters: cannot ask it: it does not answer",
    ]);
  });

  test("makes none of those whose names are one after templating, and names where they come from", async () => {
    const { names, problems, is } = await generate({
      generators: [list({ name: "a" }, { name: "b" }), list({ name: "a" })],
    });
    expect([names, is]).toEqual([["b"], "part"]);
    expect(problems).toEqual([
      'ApplicationSet argocd/web: spec.template.metadata.name: 2 applications would be called a: spec.generators[0].list, set 1 (name "a"); spec.generators[1].list, set 1 (name "a"). None of them is made. Put something into the name that tells them apart',
    ]);
  });

  test("leaves out the one whose name is not filled in, with the field and the set", async () => {
    const { names, problems, is } = await generate({
      generators: [list({ env: "x" }, { name: "b" })],
    });
    expect([names, is]).toEqual([["b"], "part"]);
    expect(problems[0]).toBe(
      'ApplicationSet argocd/web: spec.template.metadata.name: spec.generators[0].list, set 1 (env "x"): "{{name}}" is no valid name: there is no parameter name. It has env',
    );
  });

  test("takes no text of a parameter for a template", async () => {
    const { applications } = await generate({
      generators: [list({ name: "a", other: "{{name}}", evil: "{{other}}" })],
      template: { ...TEMPLATE, metadata: { name: "{{name}}", annotations: { evil: "{{evil}}" } } },
    });
    expect(applications[0]?.metadata.annotations).toEqual({ evil: "{{other}}" });
  });

  test("says where keys become one", async () => {
    const { problems } = await generate({
      generators: [list({ name: "a", x: "k", y: "k" })],
      template: { ...TEMPLATE, metadata: { name: "{{name}}", labels: { "{{x}}": "1", "{{y}}": "2" } } },
    });
    expect(problems.join()).toContain('two keys become "k"');
  });

  test("has a generator's own template win, and the set's fill it up", async () => {
    const own = { metadata: { labels: { own: "{{name}}" } }, spec: { project: "team" } };
    const { applications } = await generate({
      generators: [{ list: { elements: [{ name: "a" }], template: own } }, list({ name: "b" })],
    });
    expect(applications.map(({ metadata, spec }) => [metadata.name, metadata.labels, spec.project])).toEqual([
      ["a", { own: "a" }, "team"],
      ["b", undefined, "default"],
    ]);
  });

  test("merges a patch, which changes neither project nor name", async () => {
    const { applications, problems } = await generate({
      generators: [list({ name: "a" })],
      templatePatch:
        "metadata: {name: other, labels: {x: '{{name}}'}}\nspec: {project: other, source: {path: null, chart: '{{name}}', targetRevision: '1'}}",
    });
    expect(problems).toEqual([
      "ApplicationSet argocd/web: spec.templatePatch: metadata.name has no effect in a patch. Write it into the template",
      "ApplicationSet argocd/web: spec.templatePatch: spec.project has no effect in a patch. Write it into the template",
    ]);
    expect([applications[0]?.metadata.name, applications[0]?.metadata.labels]).toEqual(["a", { x: "a" }]);
    expect(applications[0]?.spec).toMatchObject({ project: "default", source: { chart: "a" } });
    expect(applications[0]?.spec.source).not.toHaveProperty("path");
  });

  test("says of a patch that becomes no YAML where it comes from", async () => {
    const { problems, is } = await generate({ generators: [list({ name: "a" })], templatePatch: "a: [" });
    expect(is).toBe("part");
    expect(problems[0]).toContain(
      'spec.templatePatch: spec.generators[0].list, set 1 (name "a"): becomes no YAML',
    );
  });
});

describe("templateWarnings()", () => {
  const warnings = (spec: Record<string, unknown>): string[] =>
    templateWarnings(setOf({ generators: [list({ name: "a" })], goTemplate: true, ...spec }).spec).map(
      ({ path, text }) => `${path}: ${text.split(" ")[0]}`,
    );
  test("says which function never gives the same twice, where it is called", () => {
    const named = (name: string) => ({ ...TEMPLATE, metadata: { name } });
    expect(warnings({ template: named("{{ .name }}-{{ randAlphaNum 5 | lower }}") })).toEqual([
      "spec.template: randAlphaNum",
    ]);
    expect(warnings({ templatePatch: "metadata: { labels: { at: '{{ now | date \"2006\" }}' } }" })).toEqual([
      "spec.templatePatch: now",
    ]);
    expect(warnings({ generators: [{ clusters: { values: { id: "{{ uuidv4 }}" } } }] })).toEqual([
      "spec.generators: uuidv4",
    ]);
  });
  test("says nothing of what only looks like one", () => {
    expect(
      warnings({
        template: { ...TEMPLATE, metadata: { name: "now-{{ .nowhere }}-{{ .now }}{{ $now }} now" } },
      }),
    ).toEqual([]);
    expect(warnings({ goTemplate: false, template: { ...TEMPLATE, metadata: { name: "{{now}}" } } })).toEqual(
      [],
    );
    expect(warnings({ templatePatch: "{{- if .x }}\nspec: { syncPolicy: {} }\n{{- end }}\n" })).toEqual([]);
  });
});

describe("parameters", () => {
  test("of clusters are in the order of their names, the local one last, and only without a selector", async () => {
    const template = {
      ...TEMPLATE,
      metadata: { name: "{{nameNormalized}}", labels: { env: "{{metadata.labels.env}}", v: "{{values.v}}" } },
    };
    const all = await generate(
      { generators: [{ clusters: { values: { v: "{{server}}" } } }], template },
      { clusters },
    );
    expect(all.applications.map(({ metadata: { name, labels } }) => [name, labels])).toEqual([
      ["east", { env: "dev", v: "https://e" }],
      ["west", { env: "prod", v: "https://w" }],
      ["in-cluster", { env: "{{metadata.labels.env}}", v: "https://kubernetes.default.svc" }],
    ]);
    const some = await generate(
      { generators: [{ clusters: { selector: { matchLabels: { env: "dev" } } } }], template },
      { clusters },
    );
    expect(some.names).toEqual(["east"]);
  });

  test("of folders and files, with a prefix", async () => {
    const tree = async () =>
      fakeTree({
        "apps/web/x": "",
        "apps/db/x": "",
        ".git/x": "",
        "apps/.hidden/x": "",
        "env/a.yaml": "name: nn\nport: 8080\n",
        "env/b.json": '[{"name": "p"}, {"name": "q"}]',
      });
    const folders = await generate(
      {
        generators: [
          {
            git: {
              repoURL: "r",
              directories: [{ path: "apps/*" }, { path: "apps/db", exclude: true }],
              pathParamPrefix: "my",
            },
          },
        ],
        template: { ...TEMPLATE, metadata: { name: "{{my.path.basename}}-{{my.path[0]}}" } },
      },
      { tree },
    );
    expect([folders.names, folders.problems]).toEqual([["web-apps"], []]);
    const files = await generate(
      {
        generators: [{ git: { repoURL: "r", files: [{ path: "env/*" }] } }],
        template: {
          ...TEMPLATE,
          metadata: { name: "{{name}}", labels: { f: "{{path.filename}}", p: "{{port}}" } },
        },
      },
      { tree },
    );
    expect(files.applications.map(({ metadata: { name, labels } }) => [name, labels])).toEqual([
      ["nn", { f: "a.yaml", p: "8080" }],
      ["p", { f: "b.json", p: "{{port}}" }],
      ["q", { f: "b.json", p: "{{port}}" }],
    ]);
  });

  test("of a file that is broken keep those of no other, and the file is named", async () => {
    const tree = async () => fakeTree({ "a.yaml": "name: a", "b.yaml": "name: [", "c.yaml": "text" });
    const made = await generate(
      { generators: [{ git: { repoURL: "r", files: [{ path: "*.yaml" }] } }] },
      { tree },
    );
    expect([made.names, made.is]).toEqual([["a"], "part"]);
    expect(made.problems.map((text) => /[bc]\.yaml/.exec(text)?.[0])).toEqual(["b.yaml", "c.yaml"]);
  });

  test("of a pattern that is none are an error, and not nothing", async () => {
    const tree = async () => fakeTree({ "a/x.yaml": "name: a" });
    for (const git of [
      { directories: [{ path: "[" }] },
      { files: [{ path: "*" }, { path: "a[", exclude: true }] },
    ]) {
      const made = await generate({ generators: [{ git: { repoURL: "r", ...git } }] }, { tree });
      expect([made.names, made.is]).toEqual([[], "part"]);
      expect(made.problems.join()).toContain("is no valid pattern");
    }
  });

  test("of a file are read once, however many sets ask for it", async () => {
    let reads = 0;
    const one = fakeTree({ "env/dev.yaml": "x: '1'", "env/prod.yaml": "x: '2'" });
    const counted = { ...one, read: (path: string) => (reads++, one.read(path)) };
    const made = await generate(
      {
        generators: [
          {
            matrix: {
              generators: [
                list({ e: "dev", n: "a" }, { e: "dev", n: "b" }, { e: "prod", n: "c" }),
                { git: { repoURL: "r", files: [{ path: "env/{{e}}.yaml" }] } },
              ],
            },
          },
        ],
        template: { ...TEMPLATE, metadata: { name: "{{n}}-{{x}}" } },
      },
      { tree: async () => counted },
    );
    expect([made.names, reads]).toEqual([["a-1", "b-1", "c-2"], 2]);
  });

  test("of pairs: the second generator may use those of the first", async () => {
    const made = await generate(
      {
        generators: [
          {
            matrix: {
              generators: [
                list({ env: "dev" }, { env: "prod" }),
                {
                  clusters: {
                    selector: { matchLabels: { env: "{{env}}" } },
                    values: { at: "{{env}}-{{name}}" },
                  },
                },
              ],
            },
          },
        ],
        template: { ...TEMPLATE, metadata: { name: "{{values.at}}" } },
      },
      { clusters },
    );
    expect(made.names).toEqual(["dev-east", "prod-west"]);
  });

  test("of pairs that contradict each other are an error of that pair", async () => {
    const made = await generate({
      generators: [
        { matrix: { generators: [list({ name: "a", x: "1" }, { name: "b", x: "2" }), list({ x: "1" })] } },
      ],
    });
    expect([made.names, made.is]).toEqual([["a"], "part"]);
    expect(made.problems[0]).toContain("both generators give x, with different values");
  });

  test("of a merge: the last one that says something of a set counts", async () => {
    const made = await generate({
      generators: [
        {
          merge: {
            mergeKeys: ["name"],
            generators: [
              list({ name: "a", v: "1" }, { name: "b", v: "1" }),
              list({ name: "b", v: "2" }),
              list({ name: "c", v: "3" }),
            ],
          },
        },
      ],
      template: { ...TEMPLATE, metadata: { name: "{{name}}-{{v}}" } },
    });
    expect([made.names, made.is]).toEqual([["a-1", "b-2"], "whole"]);
  });

  test("of a merge of which a part could not be learned are none: its overrides would be missing", async () => {
    const made = await generate({
      generators: [{ merge: { mergeKeys: ["name"], generators: [list({ name: "a" }), { clusters: {} }] } }],
    });
    expect([made.names, made.is]).toEqual([[], "part"]);
  });

  test("of two sets that are alike in the merge keys are an error, and a set without the key is warned of", async () => {
    const made = await generate({
      generators: [
        { merge: { mergeKeys: ["k"], generators: [list({ name: "a" }, { name: "b" }), list({ k: "1" })] } },
      ],
    });
    expect(made.is).toBe("part");
    expect(made.problems.join("\n")).toContain('set 1 (name "a") has no k, by which it would be merged');
    expect(made.problems.join("\n")).toContain('set 2 (name "b") has the same k as another');
  });

  test("are chosen by a selector over all of them, nested ones too", async () => {
    const made = await generate({
      generators: [
        {
          ...list({ name: "a", values: { env: "x" } }, { name: "b", values: { env: "y" } }),
          selector: { matchExpressions: [{ key: "values.env", operator: "NotIn", values: ["x"] }] },
        },
      ],
    });
    expect(made.names).toEqual(["b"]);
  });

  test("of a list have no parts without goTemplate", async () => {
    const made = await generate({
      generators: [list({ name: "a", x: { y: "z" } }, { name: "b", n: 7, t: true })],
    });
    expect([made.names, made.is]).toEqual([["b"], "part"]);
    expect(made.problems[0]).toContain(
      "spec.generators[0].list.elements[0].x: must be a text: without goTemplate a parameter has no parts. Set goTemplate: true",
    );
  });

  test("that are flattened keep their names, whatever these are, and numbers their digits", () => {
    const value = JSON.parse('{"__proto__": {"a": 1000000}, "l": ["x", {"y": null}], "t": true}') as Record<
      string,
      unknown
    >;
    expect(Object.entries(flatten(value))).toEqual([
      ["__proto__.a", "1000000"],
      ["l.0", "x"],
      ["l.1.y", ""],
      ["t", "true"],
    ]);
    expect(Object.entries(flatten(JSON.parse('{"__proto__": "p"}') as Record<string, unknown>))).toEqual([
      ["__proto__", "p"],
    ]);
  });

  test("called __proto__ are parameters like any other", async () => {
    const element = JSON.parse('{"name": "a", "__proto__": "p"}') as Record<string, unknown>;
    const made = await generate({
      generators: [list(element)],
      template: {
        ...TEMPLATE,
        metadata: { name: "{{name}}", labels: { l: "{{__proto__}}", c: "{{constructor}}" } },
      },
    });
    expect(made.applications[0]?.metadata.labels).toEqual({ l: "p", c: "{{constructor}}" });
  });

  test("of a pair of lists without an end are too many", async () => {
    const many = { list: { elements: Array.from({ length: 300 }, (_, index) => ({ [`k${index}`]: "1" })) } };
    const made = await generate({ generators: [{ matrix: { generators: [many, many] } }] });
    expect([made.names.length, made.is]).toEqual([0, "part"]);
    expect(made.problems.join()).toContain("20000 are the most");
  });
});
