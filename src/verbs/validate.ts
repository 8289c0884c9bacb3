import { existsSync } from "node:fs";
import { basename } from "node:path";
import { celProblem } from "../checks/cel.ts";
import { checkHostCommand } from "../checks/check-host-verb.ts";
import { JqExpressions } from "../checks/jq-expressions.ts";
import type { OfflineVerbs, ValidatedFile, Validation } from "../cli/offline-verbs.ts";
import { type Ignoring, validateFiles } from "../config/validate-files.ts";
import { IgnoreRules } from "../core/compare/index.ts";
import type { Problem } from "../core/model/problem.ts";
import type { Jq } from "../core/ports/jq.ts";
import { cronProblem } from "../engine/wake/schedule.ts";
import { defined } from "../lib/defined.ts";
import { addressProblems } from "./address-checks.ts";
import { configFile, readConfig } from "./config-file.ts";
import { judgeSets } from "./judge-sets.ts";
import { type JudgedKustomization, judgeKustomizations } from "./local-kustomizations.ts";
import { isKustomization } from "./source-addresses.ts";
import type { Surroundings } from "./surroundings.ts";

const NEVER = new AbortController().signal;

/** @param files none: the config */
export async function validate(
  around: Surroundings,
  files: readonly string[],
  { config, source, clusters, signal = NEVER }: Parameters<OfflineVerbs["validate"]>[1],
): Promise<Validation> {
  const place = configFile(config, around);
  const known = readConfig(place, around);
  if (files.length === 0 && !existsSync(place))
    return {
      files: [{ file: "holdfast.yaml", kind: "config", problems: known.ok ? [] : known.problems }],
      ...{ passedOver: 0, unrendered: [] },
    };
  const named = files.length === 0 ? [place] : files;
  // Applications without a namespace are at home: where home is, the config says, if there is a good one.
  const homeNamespace = known?.ok === true ? known.value.namespace : "argocd";
  // A file of this name is a kustomization, whatever its content looks like.
  const { kustomizations = [], others = [] } = Object.groupBy(named, (file) =>
    isKustomization(basename(file)) ? "kustomizations" : "others",
  );
  const { validated, passedOver } = validateFiles(others, {
    env: around.env,
    validateCron: cronProblem,
    validateCel: celProblem,
    homeNamespace,
    from: around.cwd,
  });
  const unrendered = validated
    .filter(({ applications, sets }) => applications.length + sets.length > 0)
    .map(({ file }) => file);
  const sets = await judgeSets(
    around,
    validated.flatMap(({ file, sets }) => sets.map((one) => ({ ...one, file }))),
    { source, clusters, config: known.ok ? known.value : undefined, signal },
  );
  const jq = new JqExpressions({ command: checkHostCommand(around.self, "jq") });
  try {
    const judged: ValidatedFile[] = kustomizations.map((file) => ({
      file,
      kind: "Kustomization",
      problems: [],
    }));
    for (const { file, is, holds, problems, ignoring, applications } of validated)
      judged.push({
        file,
        kind: is === "config" ? "config" : (holds[0] ?? "unknown"),
        problems: [
          ...problems,
          ...(known.ok ? applications.flatMap((one) => addressProblems({ ...one, file }, known.value)) : []),
          ...(await expressionProblems(file, ignoring, jq)),
          ...(sets.get(file)?.problems ?? []),
        ],
        ...defined({ sets: sets.get(file)?.sets }),
      });
    // What may be asked is for the config to say: without one, nothing is known of that.
    if (!known.ok) return { files: judged, passedOver, unrendered };
    const here = await judgeKustomizations(
      around,
      named,
      validated.flatMap(({ file, applications }) => applications.map(({ app }) => ({ app, file }))),
      known.value,
    );
    return { ...withKustomizations(judged, passedOver, here), unrendered };
  } finally {
    await jq.stop();
  }
}

/** A file that was passed over is not where it names something; nor is its folder one without anything to look at. */
function withKustomizations(
  judged: readonly ValidatedFile[],
  passedOver: number,
  here: readonly JudgedKustomization[],
): Pick<Validation, "files" | "passedOver"> {
  const byFile = new Map(judged.map((one) => [one.file, one]));
  let left = passedOver;
  for (const { file, amongThoseOf, problems } of here) {
    const known = byFile.get(file);
    if (known === undefined && amongThoseOf !== undefined) left--;
    byFile.set(file, {
      ...(known ?? { file, kind: "Kustomization" }),
      problems: [...(known?.problems ?? []), ...problems],
    });
  }
  const folders = new Set(here.map(({ amongThoseOf }) => amongThoseOf));
  const files = [...byFile.values()].filter(({ file, kind }) => kind !== "unknown" || !folders.has(file));
  return { files, passedOver: left };
}

/** Expressions that need jq are judged by it; without one, no process is started. */
async function expressionProblems(file: string, ignoring: readonly Ignoring[], jq: Jq): Promise<Problem[]> {
  const found: Problem[] = [];
  for (const { own, rules, line } of ignoring)
    for (const { text, at } of new IgnoreRules(own, rules).expressions) {
      const problem = await jq.problemOf(text, "");
      if (problem === undefined) continue;
      const isBroken = problem.lasts === "for-good";
      found.push({
        severity: isBroken ? "error" : "warning",
        file,
        ...defined({ line }),
        path: at,
        text: isBroken
          ? `${text} is no jq expression: ${problem.why}`
          : `${text} was not looked at: ${problem.why}`,
      });
    }
  return found;
}
