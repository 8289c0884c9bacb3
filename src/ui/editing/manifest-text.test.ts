import { describe, expect, test } from "bun:test";
import { printYaml as manifestText } from "../../lib/yaml.ts";
import { type Draft, EMPTY, manifestOf } from "../words/new-application.ts";
import { firstText, type ReadManifest, readManifest, withDraft } from "./manifest-text.ts";

const DRAFT: Draft = {
  ...EMPTY,
  ...{
    name: "web",
    repoURL: "https://git.example.com/shop.git",
    cluster: "east",
    path: "web",
    namespace: "shop",
  },
};
const read = (text: string): Extract<ReadManifest, { is: "read" }> => {
  const told = readManifest(text);
  if (told.is !== "read") throw new Error(JSON.stringify(told));
  return told;
};

describe("readManifest()", () => {
  test("gives back what was filled in, and changes nothing of what it read", () => {
    const text = manifestText(manifestOf({ ...DRAFT, syncs: "by-itself", revision: "main" }));
    const { draft, problems, value } = read(text);
    expect([draft, problems]).toEqual([{ ...DRAFT, syncs: "by-itself", revision: "main" }, []]);
    expect(manifestText(value)).toBe(text);
  });

  test.each([
    ["a slip of YAML", "a: 1\nb: [\n", [[3, expect.anything()]]],
    ["nothing", "# not yet\n", [[1, "There is nothing in it: an Application is expected."]]],
    ["a list", "- a\n", [[1, "An Application is a mapping of fields."]]],
    [
      "two of them",
      "a: 1\n---\nb: 1\n",
      [[3, "One Application is made at a time: this is a second document."]],
    ],
    ["a key that stands twice", "a: 1\nb: 2\na: 3\n", [[3, expect.anything()]]],
  ])("%s is broken, at its line", (_, text, lines) => {
    const told = readManifest(text);
    expect(told.is).toBe("broken");
    expect(told.problems.map(({ line, text: words }) => [line, words])).toEqual(lines as never);
  });

  test("what the daemon would refuse is said at the line of the field, and a slip that it would take is a warning", () => {
    const text = manifestText(manifestOf(DRAFT))
      .replace("name: web", "name: Not A Name")
      .replace("  source:", "  soruce: {}\n  source:");
    expect(read(text).problems.map(({ severity, line, text: words }) => [severity, line, words])).toEqual([
      ["error", 4, expect.stringContaining("metadata.name: ")],
      ["warning", 7, expect.stringContaining("soruce")],
    ]);
  });

  test("several sources are said to be no form's, and what is no text is shown as nothing", () => {
    const told = read("metadata: {name: [a]}\nspec: {sources: [], source: 7}\n");
    expect([told.sources, told.draft.name, told.draft.repoURL]).toEqual(["several", "", ""]);
    expect(told.problems.some(({ severity }) => severity === "error")).toBe(true);
  });
});

describe("firstText()", () => {
  test("lacks what somebody has to say, and nothing else", () => {
    const { problems, draft } = read(firstText());
    expect([draft.makesNamespace, draft.syncs]).toEqual(["yes", "by-hand"]);
    expect(problems.map(({ line }) => line)).not.toEqual([]);
    const said = {
      name: "web",
      repoURL: "https://git.example.com/shop.git",
      cluster: "east",
      namespace: "shop",
    };
    const filled = read(withDraft(firstText(), read(firstText()), said));
    expect([filled.problems, filled.value]).toEqual([[], manifestOf({ ...EMPTY, ...said })] as never);
  });
});

describe("withDraft()", () => {
  const text = `# ours
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: web # short
spec:
  project: default
  source: { repoURL: "https://git.example.com/shop.git", path: web, helm: { releaseName: r } }
  destination: { name: east, namespace: shop }
  syncPolicy:
    syncOptions: [Validate=false, CreateNamespace=true]
`;
  const after = (change: Partial<Draft>): string => withDraft(text, read(text), change);

  test.each([
    { name: "api" },
    { chart: "web", path: "", revision: "1.x" },
    { cluster: "https://k8s.example.com" },
    { namespace: "" },
    { syncs: "by-itself" },
    { makesNamespace: "no" },
    { repoURL: "" },
    { name: "yes", project: "0644", namespace: "on", revision: "1.10", path: "a: b #c" },
  ] as Partial<Draft>[])("says in the text what the form says, and leaves the rest: %j", (change) => {
    const edited = after(change);
    expect(read(edited).draft).toEqual({ ...read(text).draft, ...change });
    expect(edited).toStartWith("# ours\n");
    expect(edited).toMatch(/name: \S+ # short/);
    expect(edited).toContain("helm: { releaseName: r }");
    expect(edited).toContain("Validate=false");
  });

  test("from one to another and back is the same", () => {
    const there = after({ cluster: "https://k8s.example.com", syncs: "by-itself" });
    const back = withDraft(there, read(there), { cluster: "east", syncs: "by-hand" });
    expect(read(back).value).toEqual(read(text).value);
  });
});
