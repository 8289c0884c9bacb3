import { carriedOver, NOTHING_MAPPED } from "../../lib/carried-over.ts";
import { messageOf } from "../../lib/caught.ts";
import {
  type Generator,
  type GeneratorKind,
  type GitPattern,
  kindsOf,
  type Selector,
} from "../model/application-set.ts";
import { Failure } from "../model/failure.ts";
import { selectorMatches } from "../model/label-selector.ts";
import type { Problem } from "../model/problem.ts";
import type { GeneratorFacts } from "../ports/generator-facts.ts";
import type { SourceTree } from "../ports/source-tree.ts";
import type { ParameterSet } from "../ports/template-engine.ts";
import { clusterSets, decisionSets } from "./clusters.ts";
import { byMergeKeys, mergedBy, pairOf } from "./combine.ts";
import { fillGenerator } from "./fill-generator.ts";
import { failed, type Generated, joined, joinedAgain, sets } from "./generated.ts";
import type { SetMemo, Stage } from "./generation-memo.ts";
import { fileSets, folderSet, type GitNaming, takesFile, takesFolder, wrongPattern } from "./git.ts";
import { Chosen, type TreeFile, type TreeFolder, type TreeReading } from "./git-tree.ts";
import { listSets } from "./list.ts";
import { flatten, mergedDeep, nameSet } from "./parameters.ts";
import { pluginSet, pullRequestSet, repositorySet } from "./providers.ts";
import type { Templates } from "./templates.ts";
import { withValues } from "./values.ts";

export interface Generating {
  facts: GeneratorFacts;
  templates: Templates;
  trees: TreeReading;
  memo: SetMemo;
  /** What the generator stands behind: a set of a matrix's first one. */
  outer?: ParameterSet;
}

/** Of one generator. A matrix of two long lists is a slip, and would be an application for each pair. */
const MOST_SETS = 20_000;

/**
 * The sets of one kind of an entry, after the entry's selector.
 * @param path of the entry, `spec.generators[0]`
 */
export async function generateSets(
  generator: Generator,
  kind: GeneratorKind,
  path: string,
  by: Generating,
): Promise<Generated> {
  const at = `${path}.${kind}`;
  let made: Generated;
  try {
    made = await setsOf(generator, kind, at, by);
  } catch (cause) {
    // What could not be learned is this generator's error: the others go on.
    if (!(cause instanceof Failure)) throw cause;
    return { sets: [], problems: [{ severity: "error", path: at, text: messageOf(cause) }] };
  }
  if (made.sets.length > MOST_SETS)
    return joined([
      { sets: [], problems: made.problems },
      failed(at, `gives ${made.sets.length} sets, and ${MOST_SETS} are the most`),
    ]);
  const { sets: found, problems } = made;
  return { found, problems, sets: selected(found, generator.selector, stageOf(by, at)) };
}

/** Each set of a matrix asks anew: what is kept of all of them would be too much. */
function stageOf({ outer, memo }: Pick<Generating, "outer" | "memo">, ...path: string[]): Stage | undefined {
  return outer === undefined ? memo.stage(...path) : undefined;
}

/** Those that a selector takes, each parameter being a label by its dotted name. */
function selected(
  given: readonly ParameterSet[],
  selector: Selector | undefined,
  stage: Stage | undefined,
): readonly ParameterSet[] {
  if (selector === undefined) return given;
  const { made: taken, fresh } = carriedOver(stage?.taken ?? NOTHING_MAPPED, given);
  for (const at of fresh) taken[at] = selectorMatches(selector, flatten(given[at] ?? {}));
  if (stage !== undefined) stage.taken = { of: given, made: taken };
  return given.filter((_, at) => taken[at]);
}

async function setsOf(
  generator: Generator,
  kind: GeneratorKind,
  at: string,
  by: Generating,
): Promise<Generated> {
  const { facts, templates, outer } = by;
  const { spelling } = templates;
  const { list, clusters, git, scmProvider, pullRequest, clusterDecisionResource, plugin } = generator;
  switch (kind) {
    case "list":
      return list === undefined ? sets() : listSets(list, spelling, at);
    case "clusters": {
      if (clusters === undefined) return sets();
      const found = clusterSets(clusters, await facts.clusters(), spelling);
      const made = await withValues(found, clusters.values, templates, at, outer);
      return clusters.flatList === true ? { ...made, sets: [{ clusters: made.sets }] } : made;
    }
    case "git":
      return git === undefined ? sets() : gitSets(generator, at, by);
    case "matrix":
      return matrixSets(generator, at, by);
    case "merge":
      return mergeSets(generator, at, by);
    case "scmProvider": {
      if (scmProvider === undefined) return sets();
      const found = await facts.repositories(scmProvider);
      return withValues(found.map(repositorySet), scmProvider.values, templates, at, outer);
    }
    case "pullRequest": {
      if (pullRequest === undefined) return sets();
      const found = await facts.pullRequests(pullRequest);
      const own = found.map((each) => pullRequestSet(each, spelling));
      return withValues(own, pullRequest.values, templates, at, outer);
    }
    case "clusterDecisionResource": {
      if (clusterDecisionResource === undefined) return sets();
      const [decisions, known] = [await facts.decisions(clusterDecisionResource), await facts.clusters()];
      const made = decisionSets(clusterDecisionResource, decisions, known, spelling, at);
      return valued(made, clusterDecisionResource.values, at, by);
    }
    case "plugin": {
      if (plugin === undefined) return sets();
      const answers = await facts.plugin(plugin);
      const own = answers.map((each) => pluginSet(each, plugin.input?.parameters ?? {}, spelling));
      return withValues(own, plugin.values, templates, at, outer);
    }
  }
}

async function valued(
  made: Generated,
  values: Readonly<Record<string, string>> | undefined,
  path: string,
  by: Generating,
): Promise<Generated> {
  const { templates, outer } = by;
  const stage = stageOf(by, path);
  const { sets, problems, known } = await withValues(
    made.sets,
    values,
    templates,
    path,
    outer,
    stage?.valued,
  );
  if (stage !== undefined) stage.valued = known;
  return { sets, problems: [...made.problems, ...problems] };
}

async function gitSets({ git }: Generator, at: string, by: Generating): Promise<Generated> {
  const { facts, templates, memo } = by;
  if (git === undefined) return sets();
  const { repoURL, revision = "", directories = [], files = [], pathParamPrefix = "", values } = git;
  const tree = await facts.tree({ repoURL, revision });
  const naming = { spelling: templates.spelling, prefix: pathParamPrefix };
  const what = directories.length > 0 ? "folder" : "file";
  const patterns = what === "folder" ? directories : files;
  const wrong = wrongPattern(patterns, what);
  if (wrong !== undefined) return failed(at, wrong);
  const walk = JSON.stringify([what, repoURL, revision]);
  const walked = await by.trees.walk(tree, what, memo.trees.get(walk));
  if (walked.is === "too-large")
    return failed(at, `${repoURL} has more than ${walked.most} files and folders`);
  memo.trees.set(walk, walked.root);
  const places = chosenIn(walked.root, what, patterns, walk, by);
  const placed = memo.placed(at, pathParamPrefix);
  const stage = stageOf(by, at, pathParamPrefix, walk);
  const { made: read, fresh } = carriedOver(stage?.read ?? NOTHING_MAPPED, places);
  for (const index of fresh) {
    const place = places[index] as TreeFile | TreeFolder;
    // What was read before another one could not be is not read again.
    const one = placed.get(place) ?? (await placeSets(place, tree, naming, at, by));
    placed.set(place, one);
    read[index] = one;
  }
  if (stage === undefined) return valued(joined(read), values, at, by);
  stage.read = { of: places, made: read };
  stage.joined = joinedAgain(stage.joined, read);
  return valued(stage.joined, values, at, by);
}

/** Each set of a matrix has patterns of its own: what is kept of them would be as much as all of them times the tree. */
function chosenIn(
  root: TreeFolder,
  what: "folder" | "file",
  patterns: readonly GitPattern[],
  walk: string,
  { outer, memo, trees }: Generating,
): readonly (TreeFile | TreeFolder)[] {
  const takes = what === "folder" ? takesFolder : takesFile;
  if (outer !== undefined) {
    const takesIt = takes(patterns);
    return trees.all(root, what).filter(({ path }) => takesIt(path));
  }
  const key = JSON.stringify([walk, patterns]);
  const chosen = memo.chosen.get(key) ?? new Chosen(what, takes(patterns));
  memo.chosen.set(key, chosen);
  return chosen.in(root);
}

async function placeSets(
  place: TreeFile | TreeFolder,
  tree: SourceTree,
  naming: GitNaming,
  at: string,
  { trees }: Generating,
): Promise<Generated> {
  return place.kind === "folder"
    ? sets(folderSet(place.path, naming))
    : fileSets(place.path, await trees.file(tree, place.path), naming, `${at}.files`);
}

/** Sets of a child, which has one kind. */
async function childSets(child: Generator, path: string, by: Generating): Promise<Generated> {
  const [kind, ...others] = kindsOf(child);
  if (kind === undefined || others.length > 0) return failed(path, "must name one generator");
  return generateSets(child, kind, path, by);
}

async function matrixSets({ matrix }: Generator, at: string, by: Generating): Promise<Generated> {
  const [first, second, ...others] = matrix?.generators ?? [];
  if (first === undefined || second === undefined || others.length > 0)
    return failed(`${at}.generators`, "must be two generators");
  const [one, two] = [`${at}.generators[0]`, `${at}.generators[1]`];
  const outer = await childSets(first, one, by);
  const found: Generated[] = [{ sets: [], problems: outer.problems }];
  // What stands further out is known here, too.
  const known = outer.sets.map((set) => mergedDeep(by.outer ?? {}, set));
  const inner = await fillGenerator(second, known, by.templates, two);
  // Beside one another, so that an engine can answer what all of them ask in one run.
  const products = await Promise.all(
    outer.sets.map(async (set, index): Promise<Generated> => {
      const filled = inner[index];
      const name = nameSet(set, index);
      if (filled === undefined || filled.problems.length > 0)
        return joined(
          (filled?.problems ?? []).map(({ path, text }) => failed(path, `${name} of the first: ${text}`)),
        );
      const made = await childSets(filled.value as Generator, two, {
        ...by,
        outer: known[index] ?? set,
      });
      return joined([
        {
          sets: [],
          problems: made.problems.map((each) => ({ ...each, text: `${name} of the first: ${each.text}` })),
        },
        ...made.sets.slice(0, MOST_SETS + 1).map((other) => pairOf(set, other, by.templates.spelling, at)),
      ]);
    }),
  );
  found.push(...products);
  return joined(found);
}

async function mergeSets({ merge }: Generator, at: string, by: Generating): Promise<Generated> {
  const children = merge?.generators ?? [];
  if (children.length < 2) return failed(`${at}.generators`, "must be two generators or more");
  const problems: Problem[] = [];
  let merged: ReadonlyMap<string, ParameterSet> | undefined;
  for (const [index, child] of children.entries()) {
    const path = `${at}.generators[${index}]`;
    const made = await childSets(child, path, by);
    const { byKey, problems: doubled } = byMergeKeys(made.sets, merge?.mergeKeys ?? [], path);
    problems.push(...made.problems, ...doubled);
    if (merged === undefined) {
      merged = byKey;
      continue;
    }
    const stage = stageOf(by, path, "merged");
    const next = mergedBy(merged, byKey, by.templates.spelling, stage?.merged);
    if (stage !== undefined) stage.merged = next.known;
    merged = next.merged;
  }
  // A child of which something is missing would leave what it overrides at its base: half a merge is none.
  const isWhole = problems.every(({ severity }) => severity === "warning");
  return { sets: isWhole ? [...(merged?.values() ?? [])] : [], problems };
}
