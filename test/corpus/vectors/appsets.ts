import { JqExpressions } from "../../../src/checks/jq-expressions.ts";
import { byMergeKeys } from "../../../src/core/generate/combine.ts";
import { fillGenerator } from "../../../src/core/generate/fill-generator.ts";
import { fillValue } from "../../../src/core/generate/fill-value.ts";
import { generateApplications } from "../../../src/core/generate/generate-applications.ts";
import { generateSets } from "../../../src/core/generate/generate-sets.ts";
import type { Generated } from "../../../src/core/generate/generated.ts";
import { SetMemo } from "../../../src/core/generate/generation-memo.ts";
import { folderSet, takesFolder } from "../../../src/core/generate/git.ts";
import { treeReading } from "../../../src/core/generate/git-tree.ts";
import { slugOf } from "../../../src/core/generate/names.ts";
import { patched } from "../../../src/core/generate/template-patch.ts";
import { FAST, goTemplates, type Templates } from "../../../src/core/generate/templates.ts";
import { withValues } from "../../../src/core/generate/values.ts";
import type { Application } from "../../../src/core/model/application.ts";
import type { ApplicationSet, Generator } from "../../../src/core/model/application-set.ts";
import { kindsOf } from "../../../src/core/model/application-set.ts";
import type { GeneratorFacts, KnownCluster } from "../../../src/core/ports/generator-facts.ts";
import { sidesOf } from "../../../src/core/sets/child-after.ts";
import { LeftAlone } from "../../../src/core/sets/left-alone.ts";
import { canonicalJson } from "../../../src/lib/canonical-json.ts";
import { parseYaml } from "../../../src/lib/yaml.ts";
import { bitbucketServerPullRequests } from "../../../src/scm/bitbucket-server.ts";
import type { Asking } from "../../../src/scm/provider.ts";
import { fakeFacts, fakeTree, LOCAL } from "../../fakes/fake-generator-facts.ts";
import { jqHost } from "../../lib/jq-host.ts";
import { templateEngine } from "../../lib/template-engine.ts";
import { type Player, played, type Vector } from "./vector.ts";

let started: ReturnType<typeof templateEngine> | undefined;
const engine = async () => {
  started ??= templateEngine();
  return (await started).engine;
};
let jqStarted: JqExpressions | undefined;
const jq = () => {
  jqStarted ??= new JqExpressions({ command: jqHost });
  return jqStarted;
};
/** Ends what was started for the vectors of this table. */
export async function stopTemplating(): Promise<void> {
  await jqStarted?.stop();
  (await started)?.remove();
}

async function templatesOf({ goTemplate, goTemplateOptions }: Vector): Promise<Templates> {
  return goTemplate === true ? goTemplates(await engine(), goTemplateOptions ?? []) : FAST;
}

/** As a set of things, where their order is nobody's promise. */
const ordered = (vector: Vector, sets: unknown): unknown =>
  vector["unordered"] === true && Array.isArray(sets) ? sets.map((set) => canonicalJson(set)).sort() : sets;

function compared(vector: Vector, { sets, problems }: Generated) {
  const isError = problems.some(({ severity }) => severity === "error");
  if (vector["expectedError"] === true) return played(isError, true);
  return played(isError ? problems : ordered(vector, sets), ordered(vector, vector["expected"]));
}

/** What one generator gives. */
async function generated(vector: Vector, generator: Generator, facts: Partial<GeneratorFacts>) {
  const templates = await templatesOf(vector);
  const [kind = "list"] = kindsOf(generator);
  const made = await generateSets(generator, kind, "spec.generators[0]", {
    facts: fakeFacts(facts),
    templates,
    trees: treeReading(),
    memo: new SetMemo(),
  });
  return compared(vector, made);
}

const clustersOf = ({ clusters }: Vector): GeneratorFacts["clusters"] => {
  const known: KnownCluster[] = (clusters ?? []).map(
    ({ name, server, project, labels, annotations }: Vector) => ({
      ...{ name, server, labels: labels ?? {}, annotations: annotations ?? {} },
      ...(project === undefined ? {} : { project }),
    }),
  );
  return async () => ({ known, local: LOCAL });
};

/** What every Git child yields is given by the vector: a list of the same sets stands for it. */
function withoutGit(generator: Vector, gitParams: unknown[]): Generator {
  const { git, matrix, merge, ...rest } = generator;
  const inner = (parent: Vector) => ({
    ...parent,
    generators: parent["generators"].map((child: Vector) => withoutGit(child, gitParams)),
  });
  return {
    ...rest,
    ...(git === undefined
      ? {}
      : rest["list"] === undefined
        ? { list: { elements: gitParams } }
        : { clusters: {} }),
    ...(matrix === undefined ? {} : { matrix: inner(matrix) }),
    ...(merge === undefined ? {} : { merge: inner(merge) }),
  } as unknown as Generator;
}

const filledIn = async (vector: Vector, value: unknown) => {
  const [made] = await fillValue(value, [vector["params"]], await templatesOf(vector), []);
  if (vector["expectedError"] === true) return played((made?.problems.length ?? 0) > 0, true);
  return played((made?.problems.length ?? 0) > 0 ? made?.problems : made?.value, vector["expected"]);
};

export const APPSETS: Readonly<Record<string, Player>> = {
  list: (vector) => generated(vector, { list: { elements: vector["elements"] } }, {}),
  "select-list": (vector) =>
    generated(
      vector,
      {
        list: { elements: vector["elements"] },
        ...(vector["selector"] ? { selector: vector["selector"] } : {}),
      },
      {},
    ),
  clusters: (vector) => {
    const { selector, values, flatList } = vector;
    return generated(vector, { clusters: { selector, values, flatList } }, { clusters: clustersOf(vector) });
  },
  "select-clusters": (vector) =>
    generated(vector, { clusters: {}, selector: vector["selector"] }, { clusters: clustersOf(vector) }),
  "git-directories": async (vector) => {
    const { directories, folders, values, repositoryFails } = vector;
    if (repositoryFails === true)
      return generated(vector, { git: { repoURL: "r", directories, values } }, {});
    // Its folders are not those of any repository: some lack the folders that they lie in.
    const templates = await templatesOf(vector);
    const naming = { spelling: templates.spelling, prefix: "" };
    const found = (folders ?? [])
      .filter(takesFolder(directories))
      .map((folder: string) => folderSet(folder, naming));
    return compared(vector, await withValues(found, values, templates, "git"));
  },
  "git-files": (vector) => {
    const { files, matched, repository, values, repositoryFails } = vector;
    // Files that the repository gives for any pattern are all that it has.
    const patterns = repository === undefined ? [{ path: "*" }] : files;
    return generated(
      vector,
      { git: { repoURL: "r", files: patterns, values } },
      repositoryFails === true ? {} : { tree: async () => fakeTree(repository ?? matched) },
    );
  },
  "git-file": (vector) => {
    const { path, content, values, pathParamPrefix } = vector;
    return generated(
      vector,
      { git: { repoURL: "r", files: [{ path }], values, pathParamPrefix } },
      { tree: async () => fakeTree({ [path]: content }) },
    );
  },
  "pull-requests": (vector) => {
    const { pullRequests, values, providerFails, continueOnRepoNotFoundError } = vector;
    if (providerFails === true && continueOnRepoNotFoundError === true)
      return {
        is: "not applicable",
        why: "what a provider that finds no repository answers is its adapter's",
      };
    return generated(
      vector,
      { pullRequest: { values } },
      providerFails === true ? {} : { pullRequests: async () => pullRequests },
    );
  },
  scm: (vector) =>
    generated(
      vector,
      { scmProvider: { values: vector["values"] } },
      { repositories: async () => vector["repositories"] },
    ),
  plugin: (vector) => {
    const { answer, input } = vector;
    return generated(
      vector,
      { plugin: { configMapRef: { name: "p" }, input: { parameters: input } } },
      { plugin: async () => answer.output?.parameters ?? [] },
    );
  },
  "cluster-decisions": (vector) => {
    const { resource, statusListKey, matchKey, name, labelSelector, values } = vector;
    return generated(
      vector,
      { clusterDecisionResource: { configMapRef: "c", name, labelSelector, values } },
      {
        clusters: clustersOf(vector),
        decisions: async () => ({ resources: resource === null ? [] : [resource], statusListKey, matchKey }),
      },
    );
  },
  matrix: (vector) =>
    generated(
      vector,
      withoutGit(
        { matrix: { generators: vector["generators"] } } as unknown as Vector,
        vector["gitParams"] ?? [],
      ),
      {
        clusters: clustersOf(vector),
      },
    ),
  merge: (vector) =>
    generated(vector, { merge: { generators: vector["generators"], mergeKeys: vector["mergeKeys"] } }, {}),
  "merge-keys": ({ mergeKeys, paramSets, expected, expectedError }) => {
    const { byKey, problems } = byMergeKeys(paramSets, mergeKeys, "merge");
    if (expectedError === true)
      return played(
        problems.some(({ severity }) => severity === "error"),
        true,
      );
    return played(Object.fromEntries(byKey), expected);
  },
  values: async (vector) => {
    const made = await withValues([{}], vector["values"], await templatesOf(vector), "list");
    return played(made.problems.length > 0 ? made.problems : made.sets[0], vector["expected"]);
  },
  "render-generator-values": async (vector) => {
    const [made] = await fillGenerator(
      vector["generator"],
      [vector["params"]],
      await templatesOf(vector),
      "g",
    );
    const [kind = "list"] = kindsOf(vector["generator"]);
    return played((made?.value as Record<string, { values?: unknown }>)[kind]?.values, vector["expected"]);
  },
  "render-text": (vector) => filledIn(vector, vector["text"]),
  "render-keys": (vector) => filledIn(vector, vector["annotations"]),
  "render-values-object": (vector) => filledIn(vector, vector["valuesObject"]),
  "render-finalizers": async (vector) => {
    const { finalizers, syncPolicy, expected } = vector;
    const set = {
      metadata: { name: "s", namespace: "argocd" },
      spec: {
        generators: [{ list: { elements: [{}] } }],
        template: {
          metadata: { name: "a", finalizers },
          spec: { destination: { server: "https://a" }, source: { repoURL: "https://a", path: "a" } },
        },
        syncPolicy: syncPolicy ?? {},
      },
    } as unknown as ApplicationSet;
    const { applications } = await generateApplications(set, { facts: fakeFacts(), engine: await engine() });
    return played(
      ordered(vector, applications[0]?.application.metadata.finalizers ?? []),
      ordered(vector, expected),
    );
  },
  "template-patch": ({ application, patch, expected }) =>
    played(patched(application, parseYaml(patch).documents[0]?.value as Record<string, unknown>), expected),
  slugify: async ({ text, length, smart, expected }) => {
    const templates = goTemplates(await engine(), []);
    const [[one] = []] = await templates.fill([`{{ slugify ${length} ${smart} .text }}`], [{ text }]);
    return played([one?.is === "filled" ? one.text : one, slugOf(text, length)], [expected, expected]);
  },
  "preserved-fields": async ({ live, generated, ignoreDifferences, expected }) => {
    const asked = (written: Record<string, object>): Application =>
      ({
        ...{ apiVersion: "argoproj.io/v1alpha1", kind: "Application" },
        ...written,
        metadata: { ...written["metadata"], name: "a", namespace: "argocd" },
      }) as unknown as Application;
    const set = {
      metadata: { name: "s", namespace: "argocd" },
      spec: { generators: [], template: {}, ignoreApplicationDifferences: ignoreDifferences },
    } as unknown as ApplicationSet;
    const left = new LeftAlone(set);
    const sides = sidesOf(set, asked(generated), asked(live));
    const answers = left.questions(sides).map(async ({ id, object, expression }) => {
      const content = { object, key: canonicalJson(object) };
      return [id, await jq().placesIn(content, expression, "argocd/s")] as const;
    });
    const after = left.apply(sides, new Map(await Promise.all(answers)));
    return played(typeof after === "string" ? after : after["spec"], expected["spec"]);
  },
  "bitbucket-base": async ({ url, expected }) => {
    const opened: string[] = [];
    const fields = { text: () => "x", maybeIn: () => undefined };
    const open = ({ base }: { base: string }): never => {
      opened.push(base);
      throw new Error("nobody is asked");
    };
    const asking = { fields, named: url, tls: async () => undefined, open } as unknown as Asking;
    await bitbucketServerPullRequests(asking).catch(() => undefined);
    return played(opened, [`${expected}/api/1.0`]);
  },
};
