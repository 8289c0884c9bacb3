import { describe, expect, test } from "bun:test";
import { parseApplicationSet } from "./parse-application-set.ts";
import { showProblem } from "./problem.ts";

const TEMPLATE = { metadata: { name: "{{name}}" }, spec: { destination: { server: "https://a" } } };
const LIST = { list: { elements: [{ a: "b" }] } };

function problemsOf(spec: Record<string, unknown>): string[] {
  const parsed = parseApplicationSet(
    {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "ApplicationSet",
      metadata: { name: "web" },
      spec: { generators: [LIST], template: TEMPLATE, ...spec },
    },
    { homeNamespace: "argocd" },
  );
  const problems = parsed.ok ? parsed.warnings : parsed.problems;
  return problems.map(
    (problem) => `${problem.severity}: ${showProblem(problem).replace("ApplicationSet argocd/web: ", "")}`,
  );
}

describe("parseApplicationSet()", () => {
  test("takes what real sets hold without a word", () => {
    expect(
      problemsOf({
        goTemplate: true,
        goTemplateOptions: ["missingkey=error"],
        generators: [
          { clusters: { selector: { matchLabels: { a: "b" } }, values: { x: "y" }, flatList: true } },
          {
            git: {
              repoURL: "https://a",
              revision: "HEAD",
              directories: [{ path: "*" }, { path: "x", exclude: true }],
            },
          },
          {
            git: {
              repoURL: "https://a",
              files: [{ path: "*.yaml" }],
              pathParamPrefix: "p",
              requeueAfterSeconds: 60,
            },
          },
          { matrix: { generators: [LIST, { merge: { mergeKeys: ["a"], generators: [LIST, LIST] } }] } },
          {
            pullRequest: {
              github: { owner: "o", repo: "r", tokenRef: { secretName: "s", key: "k" }, labels: ["x"] },
              filters: [{ branchMatch: "^a" }],
            },
          },
          {
            scmProvider: {
              gitlab: { group: "g", includeSubgroups: true },
              filters: [{ repositoryMatch: "(?i)x", pathsExist: ["a"] }],
              cloneProtocol: "https",
            },
          },
          { clusterDecisionResource: { configMapRef: "c", labelSelector: { matchLabels: { a: "b" } } } },
          {
            plugin: { configMapRef: { name: "p" }, input: { parameters: { a: { b: [1] } } } },
            selector: { matchExpressions: [{ key: "a", operator: "Exists" }] },
          },
        ],
        syncPolicy: { preserveResourcesOnDeletion: true, applicationsSync: "create-update" },
        strategy: {
          type: "RollingSync",
          deletionOrder: "Reverse",
          rollingSync: {
            steps: [
              { matchExpressions: [{ key: "e", operator: "In", values: ["x"] }], maxUpdate: "25%" },
              { maxUpdate: 0 },
            ],
          },
        },
        preservedFields: { annotations: ["a"], labels: ["b"] },
        ignoreApplicationDifferences: [{ name: "x", jsonPointers: ["/spec"], jqPathExpressions: [".spec"] }],
        applyNestedSelectors: true,
        templatePatch: "spec: {}",
      }),
    ).toEqual([]);
  });

  const cases: [string, Record<string, unknown>, string][] = [
    [
      "a field that nobody knows",
      { goTemplates: true },
      "warning: spec.goTemplates: this field is not known and has no effect. Did you mean goTemplate?",
    ],
    [
      "the same in a template",
      { template: { ...TEMPLATE, spec: { projct: "a" } } },
      "warning: spec.template.spec.projct: this field is not known and has no effect. Did you mean project?",
    ],
    [
      "the same in a generator",
      { generators: [{ clusters: { selectr: {} } }] },
      "warning: spec.generators[0].clusters.selectr: this field is not known and has no effect. Did you mean selector?",
    ],
    [
      "an entry without a generator",
      { generators: [{}] },
      "error: spec.generators[0]: names no generator. Give it one of list, clusters,",
    ],
    [
      "a generator that nobody knows",
      { generators: [{ lists: {} }] },
      "error: spec.generators[0]: names no generator",
    ],
    [
      "two in one entry",
      { generators: [{ ...LIST, clusters: {} }] },
      "warning: spec.generators[0]: names 2 generators, list and clusters. Give each an entry of its own",
    ],
    [
      "two in one child",
      { generators: [{ matrix: { generators: [{ ...LIST, clusters: {} }, LIST] } }] },
      "error: spec.generators[0].matrix.generators[0]: names 2 generators",
    ],
    [
      "a matrix of three",
      { generators: [{ matrix: { generators: [LIST, LIST, LIST] } }] },
      "error: spec.generators[0].matrix.generators: must be two generators, not 3",
    ],
    [
      "a merge of one",
      { generators: [{ merge: { mergeKeys: ["a"], generators: [LIST] } }] },
      "error: spec.generators[0].merge.generators: must be two generators or more",
    ],
    [
      "a merge without keys",
      { generators: [{ merge: { generators: [LIST, LIST] } }] },
      "error: spec.generators[0].merge.mergeKeys: is needed",
    ],
    [
      "a matrix within two others",
      {
        generators: [
          {
            matrix: {
              generators: [
                LIST,
                { matrix: { generators: [LIST, { matrix: { generators: [LIST, LIST] } }] } },
              ],
            },
          },
        ],
      },
      "error: spec.generators[0].matrix.generators[1].matrix.generators[1]: names no generator that may stand here",
    ],
    [
      "a child's template",
      { generators: [{ matrix: { generators: [{ list: { elements: [], template: {} } }, LIST] } }] },
      "warning: spec.generators[0].matrix.generators[0].list.template: has no effect within matrix and merge",
    ],
    [
      "a list without elements",
      { generators: [{ list: {} }] },
      "error: spec.generators[0].list: has no elements",
    ],
    [
      "a git generator that looks for nothing",
      { generators: [{ git: { repoURL: "a" } }] },
      "error: spec.generators[0].git: looks for nothing. Write directories, or files",
    ],
    [
      "one that only excludes",
      { generators: [{ git: { repoURL: "a", files: [{ path: "a", exclude: true }] } }] },
      "warning: spec.generators[0].git.files: only excludes",
    ],
    [
      "no provider",
      { generators: [{ pullRequest: {} }] },
      "error: spec.generators[0].pullRequest: names no provider",
    ],
    [
      "two providers",
      { generators: [{ scmProvider: { github: { organization: "a" }, gitlab: { group: "b" } } }] },
      "error: spec.generators[0].scmProvider: names 2 providers, github and gitlab",
    ],
    [
      "a filter that is no expression",
      {
        generators: [{ pullRequest: { github: { owner: "a", repo: "b" }, filters: [{ branchMatch: "(" }] } }],
      },
      "error: spec.generators[0].pullRequest.filters[0].branchMatch: is no valid regular expression",
    ],
    [
      "a decision that is named twice",
      { generators: [{ clusterDecisionResource: { configMapRef: "c", name: "a", labelSelector: {} } }] },
      "error: spec.generators[0].clusterDecisionResource: needs either name or labelSelector",
    ],
    [
      "a selector's operator",
      { generators: [{ ...LIST, selector: { matchExpressions: [{ key: "a", operator: "Is" }] } }] },
      "error: spec.generators[0].selector.matchExpressions[0].operator: must be In, NotIn, Exists or DoesNotExist",
    ],
    [
      "an In of nothing",
      {
        generators: [{ ...LIST, selector: { matchExpressions: [{ key: "a", operator: "In", values: [] }] } }],
      },
      "error: spec.generators[0].selector.matchExpressions[0].values: is needed by In",
    ],
    [
      "an option that is none",
      { goTemplate: true, goTemplateOptions: ["missingkey=eror"] },
      "error: spec.goTemplateOptions[0]: is no option of Go templates. Did you mean missingkey=error?",
    ],
    [
      "an option without Go templates",
      { goTemplateOptions: ["missingkey=error"] },
      "warning: spec.goTemplateOptions[0]: has no effect without goTemplate: true",
    ],
    [
      "a policy",
      { syncPolicy: { applicationsSync: "none" } },
      "error: spec.syncPolicy.applicationsSync: must be one of create-only,",
    ],
    [
      "a strategy without steps",
      { strategy: { type: "RollingSync" } },
      "error: spec.strategy.rollingSync.steps: is needed by RollingSync",
    ],
    [
      "a step's share",
      { strategy: { type: "RollingSync", rollingSync: { steps: [{ maxUpdate: "half" }] } } },
      "error: spec.strategy.rollingSync.steps[0].maxUpdate: must be a whole number, or a share",
    ],
    [
      "a namespace in the template",
      { template: { ...TEMPLATE, metadata: { name: "a", namespace: "b" } } },
      "warning: spec.template.metadata.namespace: has no effect",
    ],
    [
      "a number for a text",
      { generators: [{ clusters: { values: { a: 1 } } }] },
      "error: spec.generators[0].clusters.values.a: must be a string, not the number 1. Put it in quotes",
    ],
    [
      "no generators",
      { generators: [] },
      "warning: spec.generators: is empty, so that it makes no application",
    ],
  ];
  test.each(cases)("says of %s what to do", (_, spec, want) => {
    const problems = problemsOf(spec);
    expect(problems.map((text) => text.slice(0, want.length))).toContain(want);
  });
});
