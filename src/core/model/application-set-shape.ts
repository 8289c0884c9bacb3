import { APPLICATION_SPEC, IGNORE_DIFFERENCE_NAMES } from "./application-shape.ts";
import { ANYTHING, FLAG, fields, INTEGER, listOf, MAPPING, mapOf, type Shape, TEXT } from "./shape.ts";

/** Every field of an ApplicationSet that we know, and its type. Source: Argo CD's custom resource definition. */

const warned = (known: Readonly<Record<string, Shape>>, required: readonly string[] = []): Shape =>
  fields(known, { required, unknown: "warn" });

const SELECTOR = warned({
  matchLabels: mapOf(TEXT),
  matchExpressions: listOf(warned({ key: TEXT, operator: TEXT, values: listOf(TEXT) }, ["key", "operator"])),
});
const VALUES = mapOf(TEXT);
const SECRET = warned({ secretName: TEXT, key: TEXT }, ["secretName", "key"]);
const CONFIG_MAP = warned({ configMapName: TEXT, key: TEXT }, ["configMapName", "key"]);

const TEMPLATE = warned({
  metadata: warned({
    name: TEXT,
    namespace: TEXT,
    labels: mapOf(TEXT),
    annotations: mapOf(TEXT),
    finalizers: listOf(TEXT),
  }),
  spec: APPLICATION_SPEC,
});

const PATTERNS = listOf(warned({ path: TEXT, exclude: FLAG }, ["path"]));

const BASIC_AUTH = warned({ username: TEXT, passwordRef: SECRET }, ["username", "passwordRef"]);
const BEARER = warned({ tokenRef: SECRET }, ["tokenRef"]);
const AWS_TAG = warned({ key: TEXT, value: TEXT }, ["key"]);

const SCM_PROVIDER = warned({
  cloneProtocol: TEXT,
  requeueAfterSeconds: INTEGER,
  values: VALUES,
  template: TEMPLATE,
  filters: listOf(
    warned({
      repositoryMatch: TEXT,
      pathsExist: listOf(TEXT),
      pathsDoNotExist: listOf(TEXT),
      labelMatch: TEXT,
      branchMatch: TEXT,
    }),
  ),
  github: warned(
    {
      organization: TEXT,
      api: TEXT,
      tokenRef: SECRET,
      appSecretName: TEXT,
      allBranches: FLAG,
      excludeArchivedRepos: FLAG,
    },
    ["organization"],
  ),
  gitlab: warned(
    {
      group: TEXT,
      includeSubgroups: FLAG,
      includeSharedProjects: FLAG,
      includeArchivedRepos: FLAG,
      topic: TEXT,
      api: TEXT,
      tokenRef: SECRET,
      allBranches: FLAG,
      insecure: FLAG,
      caRef: CONFIG_MAP,
    },
    ["group"],
  ),
  gitea: warned(
    {
      owner: TEXT,
      api: TEXT,
      tokenRef: SECRET,
      allBranches: FLAG,
      insecure: FLAG,
      excludeArchivedRepos: FLAG,
    },
    ["owner", "api"],
  ),
  bitbucket: warned(
    { owner: TEXT, user: TEXT, appPasswordRef: SECRET, allBranches: FLAG, bearerToken: BEARER },
    ["owner"],
  ),
  bitbucketServer: warned(
    {
      project: TEXT,
      api: TEXT,
      basicAuth: BASIC_AUTH,
      bearerToken: BEARER,
      allBranches: FLAG,
      insecure: FLAG,
      caRef: CONFIG_MAP,
    },
    ["project", "api"],
  ),
  azureDevOps: warned(
    { organization: TEXT, api: TEXT, teamProject: TEXT, accessTokenRef: SECRET, allBranches: FLAG },
    ["organization", "teamProject"],
  ),
  awsCodeCommit: warned({ tagFilters: listOf(AWS_TAG), role: TEXT, region: TEXT, allBranches: FLAG }),
});

const PULL_REQUEST = warned({
  requeueAfterSeconds: INTEGER,
  continueOnRepoNotFoundError: FLAG,
  values: VALUES,
  template: TEMPLATE,
  filters: listOf(warned({ branchMatch: TEXT, targetBranchMatch: TEXT, titleMatch: TEXT })),
  github: warned(
    { owner: TEXT, repo: TEXT, api: TEXT, tokenRef: SECRET, appSecretName: TEXT, labels: listOf(TEXT) },
    ["owner", "repo"],
  ),
  gitlab: warned(
    {
      project: TEXT,
      api: TEXT,
      tokenRef: SECRET,
      labels: listOf(TEXT),
      pullRequestState: TEXT,
      insecure: FLAG,
      caRef: CONFIG_MAP,
    },
    ["project"],
  ),
  gitea: warned(
    { owner: TEXT, repo: TEXT, api: TEXT, tokenRef: SECRET, insecure: FLAG, labels: listOf(TEXT) },
    ["owner", "repo", "api"],
  ),
  bitbucket: warned({ owner: TEXT, repo: TEXT, api: TEXT, basicAuth: BASIC_AUTH, bearerToken: BEARER }, [
    "owner",
    "repo",
  ]),
  bitbucketServer: warned(
    {
      project: TEXT,
      repo: TEXT,
      api: TEXT,
      basicAuth: BASIC_AUTH,
      bearerToken: BEARER,
      insecure: FLAG,
      caRef: CONFIG_MAP,
    },
    ["project", "repo", "api"],
  ),
  azuredevops: warned(
    { organization: TEXT, api: TEXT, project: TEXT, repo: TEXT, tokenRef: SECRET, labels: listOf(TEXT) },
    ["organization", "project", "repo"],
  ),
});

const LEAVES: Readonly<Record<string, Shape>> = {
  list: warned({ elements: listOf(MAPPING), elementsYaml: TEXT, template: TEMPLATE }),
  clusters: warned({ selector: SELECTOR, values: VALUES, flatList: FLAG, template: TEMPLATE }),
  git: warned(
    {
      repoURL: TEXT,
      revision: TEXT,
      directories: PATTERNS,
      files: PATTERNS,
      pathParamPrefix: TEXT,
      values: VALUES,
      requeueAfterSeconds: INTEGER,
      template: TEMPLATE,
    },
    ["repoURL"],
  ),
  scmProvider: SCM_PROVIDER,
  pullRequest: PULL_REQUEST,
  clusterDecisionResource: warned(
    {
      configMapRef: TEXT,
      name: TEXT,
      labelSelector: SELECTOR,
      values: VALUES,
      requeueAfterSeconds: INTEGER,
      template: TEMPLATE,
    },
    ["configMapRef"],
  ),
  plugin: warned(
    {
      configMapRef: warned({ name: TEXT }, ["name"]),
      input: warned({ parameters: mapOf(ANYTHING) }),
      values: VALUES,
      requeueAfterSeconds: INTEGER,
      template: TEMPLATE,
    },
    ["configMapRef"],
  ),
  selector: SELECTOR,
};

/** A generator whose children are leaves, or pairs of them where `levels` are left. Source: the definition has three. */
function generator(levels: number): Shape {
  if (levels === 0) return warned(LEAVES);
  const children = listOf(generator(levels - 1));
  return warned({
    ...LEAVES,
    matrix: warned({ generators: children, template: TEMPLATE }, ["generators"]),
    merge: warned({ generators: children, mergeKeys: listOf(TEXT), template: TEMPLATE }, ["generators"]),
  });
}

export const APPLICATION_SET: Shape = fields(
  {
    apiVersion: TEXT,
    kind: TEXT,
    metadata: fields(
      {
        name: TEXT,
        namespace: TEXT,
        labels: mapOf(TEXT),
        annotations: mapOf(TEXT),
        finalizers: listOf(TEXT),
      },
      { required: ["name"] },
    ),
    spec: warned(
      {
        generators: listOf(generator(2)),
        template: TEMPLATE,
        templatePatch: TEXT,
        goTemplate: FLAG,
        goTemplateOptions: listOf(TEXT),
        syncPolicy: warned({ preserveResourcesOnDeletion: FLAG, applicationsSync: TEXT }),
        strategy: warned({
          type: TEXT,
          rollingSync: warned({
            steps: listOf(
              warned({
                matchExpressions: listOf(
                  warned({ key: TEXT, operator: TEXT, values: listOf(TEXT) }, ["key", "operator"]),
                ),
                maxUpdate: { is: "text-or-integer" },
              }),
            ),
          }),
          deletionOrder: TEXT,
        }),
        preservedFields: warned({ annotations: listOf(TEXT), labels: listOf(TEXT) }),
        ignoreApplicationDifferences: listOf(warned({ name: TEXT, ...IGNORE_DIFFERENCE_NAMES })),
        applyNestedSelectors: FLAG,
      },
      ["generators", "template"],
    ),
  },
  { required: ["metadata", "spec"] },
);
