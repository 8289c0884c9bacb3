import { describe, expect, test } from "bun:test";
import { parseProject } from "../../core/model/parse-project.ts";
import { withChanges } from "../editing/manifest-text.ts";
import { readObject } from "../editing/object-text.ts";
import {
  changesOfList,
  cluster,
  type Field,
  type Section,
  setAt,
  type Value,
  wrongAt,
} from "./form-fields.ts";
import { PROJECT_FORM } from "./project-fields.ts";
import { generatorOf, SET_FORM } from "./set-fields.ts";

const PROJECT = `# ours
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata:
  name: team # short
spec:
  sourceRepos:
    - https://git.example.com/a # the first
    - https://git.example.com/b # the second
    - https://git.example.com/c # the third
  destinations:
    - server: "*"
      namespace: team-*
  orphanedResources: {} # no field knows it
  syncWindows:
    - kind: deny
      schedule: 0 22 * * *
      duration: 1h
      applications: ["*"]
`;

function fieldOf(sections: readonly Section[], label: string, title?: string): Value {
  const found = sections
    .filter((one) => title === undefined || one.title === title)
    .flatMap(({ fields }) => fields)
    .flatMap((field) => (field.is === "value" ? [field.value] : []))
    .find((value) => value.label === label);
  if (found === undefined) throw new Error(`no field ${label}`);
  return found;
}

function rowsOf(sections: readonly Section[], label: string): Extract<Field, { is: "rows" }> {
  const found = sections
    .flatMap(({ fields }) => fields)
    .find((field) => field.is === "rows" && field.label === label);
  if (found?.is !== "rows") throw new Error(`no rows ${label}`);
  return found;
}

function objectOf(text: string): Record<string, unknown> {
  const read = readObject(text);
  if (read.is === "broken") throw new Error(read.problems[0]?.text);
  return read.value;
}

/** What is written is read back. */
function written(text: string, value: Value, to: string, at: readonly (string | number)[] = []): string {
  const object = objectOf(text);
  const of = at.reduce<unknown>((held, step) => (held as Record<string | number, unknown>)[step], object);
  return withChanges(text, value.write(of, at, to));
}

describe("a project's fields", () => {
  const sections = PROJECT_FORM.sections();

  test("change what they show, and leave comments and what no field knows", () => {
    let text = written(PROJECT, fieldOf(sections, "Description"), "of the team");
    text = written(text, fieldOf(sections, "Name"), "crew");
    const [kind, , , zone, apps] = rowsOf(sections, "Sync windows").columns;
    const window = ["spec", "syncWindows", 0];
    text = written(text, kind!, "allow", window);
    text = written(text, zone!, "Europe/Berlin", window);
    text = written(text, apps!, "web, api-*", window);
    expect(text).toStartWith("# ours\n");
    expect(text).toContain("name: crew # short");
    expect(text).toContain("orphanedResources: {} # no field knows it");
    expect(text).toContain("https://git.example.com/b # the second");
    expect(objectOf(text)).toMatchObject({
      spec: {
        description: "of the team",
        syncWindows: [{ kind: "allow", timeZone: "Europe/Berlin", applications: ["web", "api-*"] }],
      },
    });
  });

  test("take away what is left empty, but not what it cannot be without", () => {
    const described = written(PROJECT, fieldOf(sections, "Description"), "x");
    expect(written(described, fieldOf(sections, "Description"), "")).toBe(PROJECT);
    expect(objectOf(written(PROJECT, fieldOf(sections, "Name"), ""))).toMatchObject({
      metadata: { name: "" },
    });
  });

  test("say of a cluster whether it is a name or an address by its look", () => {
    const at = ["spec", "destinations", 0];
    const read = cluster([]).read(objectOf(PROJECT)["spec"]);
    expect(read).toBe("");
    const named = written(PROJECT, cluster([]), "staging", at);
    expect(objectOf(named)).toMatchObject({
      spec: { destinations: [{ name: "staging", namespace: "team-*" }] },
    });
    expect(named).not.toContain("server:");
    expect(written(named, cluster([]), "https://10.0.0.1:6443", at)).not.toContain("name: staging");
    expect(written(named, cluster([]), "*", at)).toContain('server: "*"');
  });

  test("what each begins as is a project that the daemon takes, once its names are filled in", () => {
    let text = PROJECT;
    for (const section of sections)
      for (const field of section.fields)
        if (field.is === "rows")
          text = withChanges(text, [{ do: "append", path: field.path, value: field.first }]);
    const value = JSON.parse(
      JSON.stringify(objectOf(text))
        .replaceAll('"name":""', '"name":"ci"')
        .replaceAll('"kind":""', '"kind":"Node"'),
    ) as {
      spec: { syncWindows: unknown[] };
    };
    value.spec.syncWindows.pop();
    const parsed = parseProject(value, { homeNamespace: "argocd" });
    expect(parsed.ok ? [] : parsed.problems).toEqual([]);
  });
});

describe("changesOfList()", () => {
  const comment = (lines: readonly string[]): string =>
    `list:\n${lines.map((one) => `  - ${one} # of ${one}\n`).join("")}`;
  test.each<{ to: string[]; text: string }>([
    { to: ["a", "b", "c", "d"], text: `${comment(["a", "b", "c"])}  - d\n` },
    { to: ["a", "c"], text: comment(["a", "c"]) },
    { to: ["b", "c"], text: comment(["b", "c"]) },
    { to: ["a"], text: comment(["a"]) },
    { to: ["a", "x", "c"], text: comment(["a", "b", "c"]).replace("- b", "- x") },
    { to: ["a", "b", "c"], text: comment(["a", "b", "c"]) },
  ])("$to keeps what is said beside the others", ({ to, text }) => {
    const before = ["a", "b", "c"];
    expect(withChanges(comment(before), changesOfList(["list"], before, to))).toBe(text);
  });
  test("what becomes empty goes", () => {
    expect(withChanges(`${comment(["a", "b"])}other: 1\n`, changesOfList(["list"], ["a", "b"], []))).toBe(
      "other: 1\n",
    );
  });
});

describe("setAt()", () => {
  test.each(["spec:\n", "spec: text\n", "{}\n", ""])(
    "writes where something else stands in the way: %j",
    (text) => {
      const of = text === "" ? {} : objectOf(text);
      const after = withChanges(text === "" ? "{}\n" : text, setAt(of, [], ["spec", "a", "b"], "x"));
      expect(objectOf(after)).toMatchObject({ spec: { a: { b: "x" } } });
    },
  );
});

describe("wrongAt()", () => {
  const problems = [
    { severity: "error" as const, at: "spec.destinations[1].namespace", said: "is no pattern" },
    { severity: "error" as const, said: "of the text" },
    { severity: "error" as const, at: "spec.destinationsAndMore", said: "unknown" },
  ];
  test("finds what is wrong at a field and below it, and nothing of its neighbours", () => {
    const said = (path: readonly (string | number)[], depth?: "exactly"): unknown[] =>
      wrongAt(problems, [path], depth).map((one) => one.said);
    expect(said(["spec", "destinations", 1, "namespace"])).toEqual(["is no pattern"]);
    expect(said(["spec", "destinations", 0])).toEqual([]);
    expect(said(["spec", "destinations"], "exactly")).toEqual([]);
    expect(said(["spec", "destinations"])).toEqual(["is no pattern"]);
  });
});

describe("a set's fields", () => {
  const set = (generators: unknown, more: object = {}): Record<string, unknown> => ({
    spec: { goTemplate: true, generators, template: { spec: { project: "default" } }, ...more },
  });

  test.each([
    { of: set([{ list: { elements: [{ a: "1" }] } }]), is: "list" },
    { of: set([{ list: { elementsYaml: "[]" } }]), is: "Its generator, list, is written as YAML." },
    { of: set([{ git: { directories: [{ path: "*" }] } }]), is: "directories" },
    { of: set([{ git: { files: [{ path: "*" }] }, selector: {} }]), is: "files" },
    { of: set([{ clusters: null }]), is: "clusters" },
    { of: set([{ matrix: {} }]), is: "Its generator, matrix, is written as YAML." },
    { of: set([{}, {}]), is: "It has 2 generators: they are written as YAML." },
    { of: set("<b>"), is: "It has no generators: they are written as YAML." },
    { of: {}, is: "It has no generators: they are written as YAML." },
    { of: set([null]), is: "Its generator, which has no name, is written as YAML." },
  ])("know $is", ({ of, is }) => {
    const found = generatorOf(of);
    expect(typeof found === "string" ? found : found.why).toBe(is);
    expect(SET_FORM.sections(of).length).toBe(4);
  });

  test("an empty line of labels does not say every cluster where expressions choose", () => {
    const hintOf = (selector: object): string | undefined =>
      fieldOf(SET_FORM.sections(set([{ clusters: { selector } }])), "Labels").hint;
    expect(hintOf({})).toContain("every cluster");
    expect(hintOf({ matchExpressions: [] })).toContain("every cluster");
    const some = { matchExpressions: [{ key: "env", operator: "Exists" }] };
    expect(hintOf(some)).toBe("env=prod, tier=web; beside matchExpressions, which are written as YAML");
  });

  test("change the generator, and say what the template may fill in", () => {
    let text = "spec:\n  goTemplate: true\n  generators: # one\n    - matrix: {}\n  template: {} # kept\n";
    for (const [kind, hint] of [
      ["directories", "{{ .path.basename }} {{ .path.path }}"],
      ["clusters", "{{ .name }} {{ .server }}"],
      ["list", "{{ .name }}"],
    ] as const) {
      text = written(text, fieldOf(SET_FORM.sections(objectOf(text)), "One application for each"), kind);
      expect(generatorOf(objectOf(text))).toBe(kind);
      expect(SET_FORM.sections(objectOf(text))[1]?.hint).toContain(hint);
    }
    expect(text).toContain("template: {} # kept");
  });

  test("write labels, the template and its policy, and take them away again", () => {
    const first =
      "spec:\n  generators:\n    - clusters: {}\n  template:\n    spec:\n      syncPolicy:\n        retry: { limit: 3 } # ours\n";
    const field = (text: string, label: string): Value => fieldOf(SET_FORM.sections(objectOf(text)), label);
    let text = written(first, field(first, "Labels"), "env=prod, tier = web,");
    text = written(text, field(text, "Syncs"), "automated");
    text = written(text, field(text, "Make the namespace where it is not there"), "yes");
    text = written(text, field(text, "The set"), "create-only");
    expect(objectOf(text)).toMatchObject({
      spec: {
        generators: [{ clusters: { selector: { matchLabels: { env: "prod", tier: "web" } } } }],
        syncPolicy: { applicationsSync: "create-only" },
        template: {
          spec: {
            syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: ["CreateNamespace=true"] },
          },
        },
      },
    });
    expect(text).toContain("# ours");
    text = written(text, field(text, "Syncs"), "");
    text = written(text, field(text, "Make the namespace where it is not there"), "");
    expect(objectOf(text)).toMatchObject({
      spec: { template: { spec: { syncPolicy: { retry: { limit: 3 } } } } },
    });
    expect(text).not.toContain("automated");
    expect(text).not.toContain("CreateNamespace");
  });
});
