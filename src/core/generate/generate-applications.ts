import { carriedOver, NOTHING_MAPPED } from "../../lib/carried-over.ts";
import { defined } from "../../lib/defined.ts";
import { inSlices } from "../../lib/in-steps.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { parseYaml } from "../../lib/yaml.ts";
import { keyOfApp, RESOURCES_FINALIZER } from "../model/application.ts";
import { type ApplicationSet, type ApplicationTemplate, kindsOf } from "../model/application-set.ts";
import { parseApplication } from "../model/parse-application.ts";
import type { Problem } from "../model/problem.ts";
import type { GeneratorFacts } from "../ports/generator-facts.ts";
import type { ParameterSet, TemplateEngine } from "../ports/template-engine.ts";
import { fillValue, sayWrong } from "./fill-value.ts";
import { type Generating, generateSets } from "./generate-sets.ts";
import type { GeneratedApplication, GeneratedEntry, GeneratedSet } from "./generated.ts";
import { GenerationMemo, type SetMemo } from "./generation-memo.ts";
import { treeReading } from "./git-tree.ts";
import { mergedTemplate } from "./merge-templates.ts";
import { nameSet, parameter, SECRET } from "./parameters.ts";
import { patched } from "./template-patch.ts";
import { templateWarnings } from "./template-warnings.ts";
import { FAST, goTemplates } from "./templates.ts";

/** Sets that are filled in at once: one run of an engine. */
const TOGETHER = 1_000;

/**
 * The applications that a set asks for, in the order of its generators. What goes wrong with one of them, or with one
 * generator, keeps no other from being made.
 */
export async function generateApplications(
  set: ApplicationSet,
  {
    facts,
    engine,
    memo = new GenerationMemo(),
  }: { facts: GeneratorFacts; engine: TemplateEngine; memo?: GenerationMemo },
): Promise<GeneratedSet> {
  const { generators, goTemplate, goTemplateOptions = [] } = set.spec;
  const templates = goTemplate === true ? goTemplates(engine, goTemplateOptions) : FAST;
  const by = { facts, templates, trees: treeReading(), memo: memo.begin(set) };
  const lists: (readonly GeneratedApplication[])[] = [];
  const entries: GeneratedEntry[] = [];
  const found: Problem[] = [];
  for (const [index, generator] of generators.entries())
    for (const kind of kindsOf(generator)) {
      const path = `spec.generators[${index}]`;
      const { sets, problems, found: all = sets } = await generateSets(generator, kind, path, by);
      const template = mergedTemplate(generator[kind]?.template, set.spec.template);
      const made = await applicationsOf(set, template, sets, `${path}.${kind}`, by);
      lists.push(made.applications);
      found.push(...problems, ...made.problems);
      const { places, wrong } = made;
      entries.push({ path: `${path}.${kind}`, kind, found: all, taken: sets, made: places, wrong, problems });
    }
  const [only = []] = lists;
  const { applications, problems: collisions } = withoutTwins(
    lists.length === 1 ? only : lists.flat(),
    by.memo,
  );
  const object = `ApplicationSet ${set.metadata.namespace}/${set.metadata.name}`;
  const problems = [...templateWarnings(set.spec), ...found, ...collisions].map((each) => ({
    object,
    ...each,
  }));
  return {
    applications,
    entries,
    problems,
    is: problems.some(({ severity }) => severity === "error") ? "part" : "whole",
  };
}

interface WithoutTwins {
  applications: readonly GeneratedApplication[];
  problems: readonly Problem[];
}

/** `places`: of each set its application, by place. */
interface MadeOfSets extends WithoutTwins, Pick<GeneratedEntry, "wrong"> {
  places: GeneratedEntry["made"];
}

async function applicationsOf(
  set: ApplicationSet,
  template: ApplicationTemplate,
  sets: readonly ParameterSet[],
  path: string,
  by: Generating,
): Promise<MadeOfSets> {
  const { memo } = by;
  const stage = memo.stage(path);
  const { made, fresh, moved } = carriedOver(stage.made, sets);
  const saysFrom = (at: number): string => `${path}, ${nameSet(sets[at] ?? {}, at)}`;
  // What stands at another place now is the same application.
  for (const at of moved) {
    const one = made[at];
    if (one !== undefined) made[at] = { ...one, from: saysFrom(at) };
  }
  const asked: Asked[] = [];
  for (const at of fresh) {
    const parameters = sets[at] ?? {};
    const key = `${path} ${JSON.stringify(parameters)}`;
    const application = memo.applications.get(key);
    if (application !== undefined) made[at] = { key: keyOfApp(application), application, from: saysFrom(at) };
    else asked.push({ parameters, at, from: saysFrom(at), key });
  }
  const problems: Problem[] = [];
  const wrong = new Map<number, readonly Problem[]>();
  // In parts, so that nothing else waits for all of them.
  for (let begin = 0; begin < asked.length; begin += TOGETHER) {
    const part = asked.slice(begin, begin + TOGETHER);
    for (const [nth, one] of (await makeAll(set, template, part, by)).entries()) {
      const { at = 0, key = "" } = part[nth] ?? {};
      if (one.is === "made") {
        memo.applications.set(key, one.made.application);
        made[at] = one.made;
      } else {
        problems.push(...one.problems);
        wrong.set(at, one.problems);
      }
    }
  }
  // What could not be made is tried again the next time, and the others stand where they stood.
  const of = wrong.size === 0 ? sets : sets.map((one, at) => (wrong.has(at) ? NO_SET : one));
  stage.made = { of, made };
  const applications = wrong.size === 0 ? made : made.filter((_, at) => !wrong.has(at));
  return { applications, problems, places: made, wrong };
}

/** In the place of a set of which nothing was made: no other one is this. */
const NO_SET: ParameterSet = {};

interface Asked {
  parameters: ParameterSet;
  /** Its place among the sets. */
  at: number;
  from: string;
  /** Of the memo. */
  key: string;
}

type Made = { is: "made"; made: GeneratedApplication } | { is: "wrong"; problems: readonly Problem[] };

async function makeAll(
  set: ApplicationSet,
  template: ApplicationTemplate,
  asked: readonly Asked[],
  { templates }: Generating,
): Promise<Made[]> {
  const { templatePatch = "", syncPolicy } = set.spec;
  const sets = asked.map(({ parameters }) => parameters);
  const filled = await fillValue(template, sets, templates, ["spec", "template"]);
  const patches = templatePatch === "" ? [] : await templates.fill([templatePatch], sets);
  return inSlices(
    mapInSteps(asked, ({ from }, index): Made => {
      const wrong = (text: string, at?: string, fix?: string): Problem => ({
        severity: "error",
        path: at ?? "spec.template",
        text: `${from}: ${text}`,
        ...defined({ fix }),
      });
      const { value, problems = [] } = filled[index] ?? {};
      if (problems.length > 0)
        return { is: "wrong", problems: problems.map((each) => wrong(each.text, each.path)) };
      let written = asApplication(value as ApplicationTemplate, set, syncPolicy?.preserveResourcesOnDeletion);
      if (templatePatch !== "") {
        const patch = patches[index]?.[0];
        const read = patch?.is === "filled" ? readPatch(patch.text) : patch && sayWrong(patch);
        if (!isMapping(read))
          return { is: "wrong", problems: [wrong(read ?? "was not filled in", "spec.templatePatch")] };
        written = asPatched(written, read);
      }
      const parsed = parseApplication(written, { homeNamespace: set.metadata.namespace });
      if (!parsed.ok)
        return {
          is: "wrong",
          problems: parsed.problems
            .filter(({ severity }) => severity === "error")
            .map(({ path: at, text, fix }) =>
              at === "metadata.name"
                ? wrong(
                    ...namedWrong(
                      template.metadata?.name,
                      written,
                      asked[index]?.parameters ?? {},
                      text,
                      fix,
                    ),
                  )
                : wrong(text, at === undefined ? at : `spec.template.${at}`, fix),
            ),
        };
      const application = parsed.value;
      return { is: "made", made: { key: keyOfApp(application), application, from } };
    }),
  );
}

/** A name is short: what a template made of it may not be. */
const LONGEST_SHOWN = 80;

/** What it became, and which parameters of its template nobody gave: a slip of the pen is seen in both. */
function namedWrong(
  template: unknown,
  { metadata }: Record<string, unknown>,
  parameters: ParameterSet,
  text: string,
  fix: string | undefined,
): [text: string, path: string, fix: string | undefined] {
  const path = "spec.template.metadata.name";
  const name = String((isMapping(metadata) ? metadata["name"] : undefined) ?? "");
  if (name === "" || SECRET.test(String(template))) return [text, path, fix];
  const cut = name.length > LONGEST_SHOWN ? `${name.slice(0, LONGEST_SHOWN)}…` : name;
  const said = `${JSON.stringify(cut)} ${text}`;
  const unknown = unknownTags(typeof template === "string" ? template : "", parameters);
  if (unknown.length === 0) return [said, path, fix];
  const known = Object.keys(parameters).slice(0, MOST_NAMED).join(", ");
  return [
    `${said}: there is no parameter ${unknown.join(", ")}`,
    path,
    known === "" ? "It has no parameters at all" : `It has ${known}`,
  ];
}

/** Parameters that are named, so that a line stays one. */
const MOST_NAMED = 12;

/** Simple tags of a text, `{{name}}` or `{{ .name }}`, whose parameter is not there. */
function unknownTags(text: string, parameters: ParameterSet): string[] {
  const tags = [...text.matchAll(/\{\{-?\s*\.?([\w][\w.-]*?)\s*-?\}\}/g)].map(([, name = ""]) => name);
  return [...new Set(tags)].filter((name) => parameter(parameters, name) === undefined);
}

function* mapInSteps<T, U>(all: readonly T[], of: (one: T, index: number) => U): Generator<undefined, U[]> {
  const made: U[] = [];
  for (const [index, one] of all.entries()) {
    made.push(of(one, index));
    if (index % 20 === 19) yield undefined;
  }
  return made;
}

/** What the set says of all its applications, in the place of what a template could say of it. */
function asApplication(
  { metadata = {}, spec }: ApplicationTemplate,
  { metadata: { namespace } }: ApplicationSet,
  preserved: boolean | undefined,
): Record<string, unknown> {
  const { namespace: _, finalizers = [], ...rest } = metadata;
  // Source: whatever deletes an application of a set deletes its objects, unless the set says that they stay.
  const kept = finalizers.length > 0 || preserved === true ? finalizers : [RESOURCES_FINALIZER];
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { ...rest, namespace, ...(kept.length > 0 ? { finalizers: kept } : {}) },
    spec,
  };
}

/** What a patch may not change is as it was. */
function asPatched(before: Record<string, unknown>, patch: Record<string, unknown>): Record<string, unknown> {
  const after = patched(before, patch) as Record<string, unknown>;
  const [{ name, namespace }, metadata] = [
    before["metadata"] as Record<string, unknown>,
    isMapping(after["metadata"]) ? after["metadata"] : {},
  ];
  return {
    ...after,
    apiVersion: before["apiVersion"],
    kind: before["kind"],
    metadata: { ...metadata, name, namespace },
  };
}

/** A patch is a mapping, or nothing; why not, where it is not. */
function readPatch(text: string): Record<string, unknown> | string {
  const { documents, problems } = parseYaml(text, { duplicateKeys: "keep-last" });
  const [broken] = problems.filter(({ severity }) => severity === "error");
  if (broken !== undefined) return `becomes no YAML: line ${broken.line ?? 1}: ${broken.text}`;
  const value = documents[0]?.value ?? {};
  return isMapping(value) ? value : "becomes no mapping";
}

/** Of applications with one name none is right: which one was meant, nobody can tell. */
function withoutTwins(made: readonly GeneratedApplication[], memo: Pick<SetMemo, "distinct">): WithoutTwins {
  const { made: names, fresh } = carriedOver(memo.distinct, made);
  const isAsBefore =
    memo.distinct.made.length === made.length &&
    fresh.every((at) => made[at]?.application.metadata.name === memo.distinct.made[at]);
  if (isAsBefore && made.length > 0) {
    for (const at of fresh) names[at] = memo.distinct.made[at] ?? "";
    memo.distinct = { of: made, made: names };
    return { applications: made, problems: [] };
  }
  const byName = new Map<string, GeneratedApplication>();
  const twins = new Map<string, GeneratedApplication[]>();
  for (const one of made) {
    const { name } = one.application.metadata;
    const first = byName.get(name);
    if (first === undefined) byName.set(name, one);
    else {
      const all = twins.get(name) ?? [first];
      all.push(one);
      twins.set(name, all);
    }
  }
  memo.distinct =
    twins.size === 0
      ? { of: made, made: made.map(({ application }) => application.metadata.name) }
      : NOTHING_MAPPED;
  const problems = [...twins].map(
    ([name, all]): Problem => ({
      severity: "error",
      path: "spec.template.metadata.name",
      text: `${all.length} applications would be called ${name}: ${all
        .slice(0, 3)
        .map(({ from }) => from)
        .join("; ")}${all.length > 3 ? " …" : ""}. None of them is made`,
      fix: "Put something into the name that tells them apart",
    }),
  );
  return {
    applications:
      twins.size === 0 ? made : made.filter(({ application }) => !twins.has(application.metadata.name)),
    problems,
  };
}
