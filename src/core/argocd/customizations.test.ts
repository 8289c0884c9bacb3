import { describe, expect, test } from "bun:test";
import { JqVm } from "../../checks/jq-vm.ts";
import { showProblem } from "../model/problem.ts";
import { parseCustomizations } from "./customizations.ts";

const data = `resource.customizations.health.example.org_Widget: |
  return nil
resource.customizations.health.ConfigMap: return {}
resource.customizations.health.example.org_Silent: ""
resource.customizations.useOpenLibs.example.org_Widget: "true"
resource.customizations.ignoreDifferences.all: "jqPathExpressions: []"
resource.customizations.ignoreDifferences.apps_Deployment: |
  jsonPointers: [/spec/replicas]
resource.customizations.ignoreDifferences.Service: |
  managedFieldsManagers: [lb]
resource.customizations.actions.example.org_Widget: |
  discovery.lua: |
    return {stop = {}}
  definitions:
  - name: stop
    action.lua: |
      return obj
resource.customizations: |
  "*.example.org/*":
    health.lua: |
      return {}
  apps/Deployment:
    ignoreDifferences: |
      jsonPointers: [/spec/paused]
  "*/*":
    ignoreDifferences: |
      jqPathExpressions: [.metadata.labels.x]
  example.org/Widget:
    health.lua: the keys of their own win
    health.lua.useOpenLibs: true
url: https://example.org
`;
const inManifest = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-cm}\ndata:\n${data.replace(/^(?=.)/gm, "  ")}`;

describe("parseCustomizations()", () => {
  test.each([
    ["the data alone", data],
    ["the ConfigMap", inManifest],
  ])("reads every form of key from %s", (_, text) => {
    const { value, problems } = parseCustomizations(text, "argocd-cm.yaml");
    expect(problems).toEqual([]);
    expect(value.health).toEqual([
      { kinds: "*.example.org/*", script: "return {}\n" },
      { kinds: "example.org/Widget", script: "return nil\n" },
      { kinds: "ConfigMap", script: "return {}" },
    ]);
    // The keys of their own win here too; an empty list says nothing.
    expect(value.ignoreDifferences.map(({ at: _, ...rule }) => rule)).toEqual([
      { group: "apps", kind: "Deployment", jsonPointers: ["/spec/replicas"] },
      { group: "*", kind: "*", jqPathExpressions: [".metadata.labels.x"] },
      { group: "", kind: "Service", managedFieldsManagers: ["lb"] },
    ]);
    expect(value.ignoreDifferences[0]?.at).toMatch(
      /^argocd-cm\.yaml: (data)?\["resource\.customizations\.ignoreDifferences\.apps_Deployment"\]$/,
    );
    expect(value.actions).toEqual([
      {
        kinds: "example.org/Widget",
        discovery: "return {stop = {}}\n",
        builtIns: "replaced",
        actions: [{ name: "stop", script: "return obj\n" }],
      },
    ]);
  });

  test("rules that a controller gathers are left alone beside what is said of ClusterRoles", async () => {
    const { value, problems } = parseCustomizations(
      "resource.compareoptions: |\n  ignoreAggregatedRoles: true\nresource.customizations.ignoreDifferences.rbac.authorization.k8s.io_ClusterRole: |\n  jsonPointers: [/metadata/labels]\n",
      "cm",
    );
    expect(problems).toEqual([]);
    const rules = value.ignoreDifferences.filter(({ kind }) => kind === "ClusterRole");
    expect(rules.map(({ group }) => group)).toEqual(Array(2).fill("rbac.authorization.k8s.io"));
    const [expression = ""] = rules.flatMap(({ jqPathExpressions = [] }) => jqPathExpressions);
    const jq = new JqVm();
    const gathered = { aggregationRule: { clusterRoleSelectors: [] }, rules: [{ verbs: ["get"] }] };
    expect(await jq.placesIn(gathered, expression)).toEqual({ places: [["rules"]] });
    expect(await jq.placesIn({ rules: gathered.rules }, expression)).toEqual({ places: [] });
  });

  test("a patch of the ConfigMap, without its kind, is read like the whole of it", () => {
    const { value, problems } = parseCustomizations(
      "data:\n  resource.customizations.health.a_B: return nil\n",
      "cm",
    );
    expect(problems).toEqual([]);
    expect(value.health).toEqual([{ kinds: "a/B", script: "return nil" }]);
  });

  const wrong: { name: string; text: string; says: string[] }[] = [
    {
      name: "rules on differences with a slip, no list and no pointer; an option that is not obeyed",
      text: "resource.compareoptions: |\n  ignoreResourceStatusField: none\nresource.customizations.ignoreDifferences.a_B: |\n  jsonPointer: [/a]\n  jsonPointers: [a]\n  jqPathExpressions: .a\n",
      says: [
        'cm:3: ["resource.customizations.ignoreDifferences.a_B"]: jsonPointer is none of jsonPointers, jqPathExpressions, managedFieldsManagers, and changes nothing',
        'cm:3: ["resource.customizations.ignoreDifferences.a_B"]: jqPathExpressions must be a list of texts',
        'cm:3: ["resource.customizations.ignoreDifferences.a_B"]: "a" is no JSON pointer to a field, such as /spec/replicas',
        'cm:1: ["resource.compareoptions"]: ignoreResourceStatusField: none changes nothing: status is never compared, as with all',
      ],
    },
    {
      name: "actions without scripts, an older map that is a list, a slip in a key",
      text: "resource.customizations.actions.a_B: |\n  definitions:\n  - name: x\nresource.customizations: |\n  - a\nresource.customizations.heath.a_B: return nil\n",
      says: [
        'cm:4: ["resource.customizations"]: must hold a map',
        'cm:1: ["resource.customizations.actions.a_B"]: definitions[0] must have name and action.lua',
        'cm:6: ["resource.customizations.heath.a_B"]: is none of the keys that Argo CD knows, and changes nothing. Did you mean resource.customizations.health.a_B?',
      ],
    },
    {
      name: "YAML that is none within a text, by its line",
      text: "a: b\nresource.customizations: |\n  x/Y:\n    health.lua: [\n",
      says: [
        'cm:5: ["resource.customizations"]: flow sequence in block collection must be sufficiently indented and end with a ]',
      ],
    },
    {
      name: "another kind",
      text: "apiVersion: v1\nkind: Secret\ndata: {}\n",
      says: ['cm:2: kind: must be ConfigMap, not "Secret"'],
    },
    {
      name: "a list",
      text: "- a\n",
      says: ["cm:1: must be a map of resource.customizations keys, or a ConfigMap that holds them in data"],
    },
    {
      name: "a glob that is none",
      text: "resource.customizations.health.[a_B: return nil\n",
      says: [expect.stringContaining("cm:1: ")],
    },
    {
      name: "a script that is no text",
      text: "resource.customizations.health.a_B: {x: y}\n",
      says: ['cm:1: ["resource.customizations.health.a_B"]: must be text'],
    },
  ];
  test.each(wrong)("names $name", ({ text, says }) => {
    expect(parseCustomizations(text, "cm").problems.map(showProblem)).toEqual(says);
  });
});

describe("kinds that nothing is done with", () => {
  const read = (text: string) => parseCustomizations(text, "argocd-cm.yaml");

  test("are those of resource.exclusions and resource.inclusions, each list absent for everything", () => {
    const { value, problems } = read(`resource.exclusions: |
  - apiGroups: ["", discovery.k8s.io]
    kinds: [Endpoints, EndpointSlice]
    clusters: ["*"]
  - kinds: [Lease]
resource.inclusions: |
  - apiGroups: ["*"]
`);
    expect(problems).toEqual([]);
    expect(value.resources).toEqual({
      exclusions: [
        { apiGroups: ["", "discovery.k8s.io"], kinds: ["Endpoints", "EndpointSlice"], clusters: ["*"] },
        { apiGroups: [], kinds: ["Lease"], clusters: [] },
      ],
      inclusions: [{ apiGroups: ["*"], kinds: [], clusters: [] }],
    });
  });

  test.each([
    ["no list", "resource.exclusions: 'kinds: [Lease]'", "must hold a list"],
    ["no text", "resource.exclusions: [x]", "must be text"],
    [
      "a slip that would leave everything out",
      "resource.exclusions: '- { kind: [Lease] }'",
      "[0] must be a map of the lists apiGroups, kinds and clusters",
    ],
    [
      "a kind in place of a list",
      "resource.exclusions: '- { kinds: Lease }'",
      "[0] must be a map of the lists",
    ],
    [
      "a number among them",
      "resource.exclusions: '- { kinds: [Lease, 1] }'",
      "[0] must be a map of the lists",
    ],
  ])("%s is refused", (_, text, why) => {
    const { value, problems } = read(text);
    expect(problems.map(showProblem).join()).toContain(why);
    expect(value.resources.exclusions).toEqual([]);
  });

  test("an empty text is none", () =>
    expect(read("resource.exclusions: ''").value.resources.exclusions).toEqual([]));
});

describe("options of kustomize build", () => {
  const read = (data: string) =>
    parseCustomizations(`apiVersion: v1\nkind: ConfigMap\ndata:\n${data}`, "argocd-cm.yaml");

  test("are those of all versions, and of one", () => {
    const { value, problems } = read(
      "  kustomize.buildOptions: --load-restrictor LoadRestrictionsNone\n  kustomize.buildOptions.v5.4.3: --reorder none\n",
    );
    expect(problems).toEqual([]);
    expect(value.buildOptions).toEqual([
      { version: "", words: ["--load-restrictor", "LoadRestrictionsNone"] },
      { version: "v5.4.3", words: ["--reorder", "none"] },
    ]);
  });

  test("that would open a wall are left out with a warning, and so are paths of another image", () => {
    const { value, problems } = read(
      "  kustomize.buildOptions: --load-restrictor LoadRestrictionsNone --enable-exec\n  kustomize.path.v4.5.7: /custom-tools/kustomize_4_5_7\n",
    );
    expect(value.buildOptions).toEqual([]);
    expect(problems.map(({ severity, line, text, fix }) => [severity, line, text, fix])).toEqual([
      [
        "warning",
        4,
        "--enable-exec is not taken: it lets a repository run programs. KSOPS needs it no more: its generators are built in. Nothing of it is used",
        "Remove it; --load-restrictor and --reorder are taken",
      ],
      [
        "warning",
        5,
        "is a path in Argo CD's own image, and changes nothing",
        "Register the version in the config: render.versions: [{ tool: kustomize, version: v4.5.7, program: … }]",
      ],
    ]);
  });
});
