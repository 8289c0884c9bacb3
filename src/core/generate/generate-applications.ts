import { defined } from "../../lib/defined.ts";
import { inSlices } from "../../lib/in-steps.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { parseYaml } from "../../lib/yaml.ts";
import { type AppKey, type Application, keyOfApp, RESOURCES_FINALIZER } from "../model/application.ts";
import { type ApplicationSet, type ApplicationTemplate, kindsOf } from "../model/application-set.ts";
import { parseApplication } from "../model/parse-application.ts";
import type { Problem } from "../model/problem.ts";
import type { GeneratorFacts } from "../ports/generator-facts.ts";
import type { ParameterSet, TemplateEngine } from "../ports/template-engine.ts";
import { fillValue, sayWrong } from "./fill-value.ts";
import { type Generating, generateSets } from "./generate-sets.ts";
import { GenerationMemo, type Placed, type SetMemo } from "./generation-memo.ts";
import { treeReading } from "./git-tree.ts";
import { mergedTemplate } from "./merge-templates.ts";
import { nameSet } from "./parameters.ts";
import { patched } from "./template-patch.ts";
import { templateWarnings } from "./template-warnings.ts";
import { FAST, goTemplates } from "./templates.ts";

/** Sets that are filled in at once: one run of an engine. */
const TOGETHER = 1_000;

/** One application of a set, and where it comes from. */
export interface GeneratedApplication {
  /** Of the application. */
  key: AppKey;
  application: Application;
  /** `spec.generators[0].list, set 3 (name "web")`. */
  from: string;
}

export interface GeneratedApplications {
  applications: GeneratedApplication[];
  /** Each names generator and set. */
  problems: Problem[];
  /**
   * `part`: something could not be generated, so that an application which is not here may be wanted all the same, and
   * nothing is to be taken away because of it.
   */
  is: "whole" | "part";
}

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
): Promise<GeneratedApplications> {
  const { generators, goTemplate, goTemplateOptions = [] } = set.spec;
  const templates = goTemplate === true ? goTemplates(engine, goTemplateOptions) : FAST;
  const by = { facts, templates, trees: treeReading(), memo: memo.begin(set) };
  const found: Made[] = [];
  for (const [index, generator] of generators.entries())
    for (const kind of kindsOf(generator)) {
      const path = `spec.generators[${index}]`;
      const { sets, problems } = await generateSets(generator, kind, path, by);
      const template = mergedTemplate(generator[kind]?.template, set.spec.template);
      const made = await applicationsOf(set, template, sets, `${path}.${kind}`, by);
      found.push({ problems }, ...made);
    }
  const { applications, problems: collisions } = withoutTwins(found, by.memo);
  const object = `ApplicationSet ${set.metadata.namespace}/${set.metadata.name}`;
  const problems = [
    ...templateWarnings(set.spec),
    ...found.filter(({ problems }) => problems !== undefined).flatMap(({ problems = [] }) => problems),
    ...collisions,
  ].map((each) => ({
    object,
    ...each,
  }));
  return {
    applications,
    problems,
    is: problems.some(({ severity }) => severity === "error") ? "part" : "whole",
  };
}

interface Made {
  made?: GeneratedApplication;
  /** Default none. */
  problems?: readonly Problem[];
}

async function applicationsOf(
  set: ApplicationSet,
  template: ApplicationTemplate,
  sets: readonly ParameterSet[],
  path: string,
  by: Generating,
): Promise<Made[]> {
  const { memo } = by;
  const kept = memo.made(path);
  const placed: (Placed | undefined)[] = [];
  const found: Made[] = [];
  const asked: (Asked & { key: string; index: number })[] = [];
  for (const [index, parameters] of sets.entries()) {
    const there = kept.last[index];
    const before = there?.of === parameters ? there : kept.bySet.get(parameters);
    if (before?.index === index) {
      placed[index] = before;
      found[index] = before;
      continue;
    }
    const from = `${path}, ${nameSet(parameters, index)}`;
    // What stands at another place now is the same application.
    if (before !== undefined) note(index, parameters, { ...before.made, from });
    else asked.push({ parameters, index, from, key: `${path} ${JSON.stringify(parameters)}` });
  }
  const fresh: typeof asked = [];
  for (const each of asked) {
    const application = memo.applications.get(each.key);
    if (application === undefined) fresh.push(each);
    else note(each.index, each.parameters, { key: keyOfApp(application), application, from: each.from });
  }
  // In parts, so that nothing else waits for all of them.
  for (let at = 0; at < fresh.length; at += TOGETHER) {
    const part = fresh.slice(at, at + TOGETHER);
    for (const [at, made] of (await makeAll(set, template, part, by)).entries()) {
      const { index = 0, key = "", parameters = {} } = part[at] ?? {};
      found[index] = made;
      if (made.made === undefined) continue;
      memo.applications.set(key, made.made.application);
      note(index, parameters, made.made);
    }
  }
  kept.last = placed;
  return found;

  function note(index: number, of: ParameterSet, made: GeneratedApplication): void {
    const one = { of, index, made };
    placed[index] = one;
    found[index] = one;
    kept.bySet.set(of, one);
  }
}

interface Asked {
  parameters: ParameterSet;
  from: string;
}

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
      if (problems.length > 0) return { problems: problems.map((each) => wrong(each.text, each.path)) };
      let written = asApplication(value as ApplicationTemplate, set, syncPolicy?.preserveResourcesOnDeletion);
      if (templatePatch !== "") {
        const patch = patches[index]?.[0];
        const read = patch?.is === "filled" ? readPatch(patch.text) : patch && sayWrong(patch);
        if (!isMapping(read)) return { problems: [wrong(read ?? "was not filled in", "spec.templatePatch")] };
        written = asPatched(written, read);
      }
      const parsed = parseApplication(written, { homeNamespace: set.metadata.namespace });
      if (!parsed.ok)
        return {
          problems: parsed.problems
            .filter(({ severity }) => severity === "error")
            .map(({ path: at, text, fix }) =>
              wrong(text, at === undefined ? at : `spec.template.${at}`, fix),
            ),
        };
      const application = parsed.value;
      return { made: { key: keyOfApp(application), application, from }, problems: [] };
    }),
  );
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
function withoutTwins(
  found: readonly Made[],
  memo: Pick<SetMemo, "distinct">,
): { applications: GeneratedApplication[]; problems: Problem[] } {
  const made: GeneratedApplication[] = [];
  for (const { made: one } of found) if (one !== undefined) made.push(one);
  const names = made.map(({ application }) => application.metadata.name);
  if (names.every((name, at) => name === memo.distinct[at])) return { applications: made, problems: [] };
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
  memo.distinct = twins.size === 0 ? names : [];
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
