import { existsSync } from "node:fs";
import { celProblem } from "../checks/cel.ts";
import { checkHostCommand } from "../checks/check-host-verb.ts";
import { JqExpressions } from "../checks/jq-expressions.ts";
import type { ValidatedFile } from "../cli/offline-verbs.ts";
import { type Ignoring, validateFiles } from "../config/validate-files.ts";
import { IgnoreRules } from "../core/compare/index.ts";
import type { Problem } from "../core/model/problem.ts";
import type { Jq } from "../core/ports/jq.ts";
import { cronProblem } from "../engine/wake/schedule.ts";
import { defined } from "../lib/defined.ts";
import { addressProblems } from "./address-checks.ts";
import { configFile, readConfig } from "./config-file.ts";
import type { Surroundings } from "./surroundings.ts";

/** @param files none: the config */
export async function validate(
  around: Surroundings,
  files: readonly string[],
  { config }: { config?: string },
): Promise<{ files: ValidatedFile[]; passedOver: number }> {
  const place = configFile(config, around);
  const known = readConfig(place, around);
  if (files.length === 0 && !existsSync(place))
    return {
      files: [{ file: "holdfast.yaml", kind: "config", problems: known.ok ? [] : known.problems }],
      passedOver: 0,
    };
  const named = files.length === 0 ? [place] : files;
  // Applications without a namespace are at home: where home is, the config says, if there is a good one.
  const homeNamespace = known?.ok === true ? known.value.namespace : "argocd";
  const { validated, passedOver } = validateFiles(named, {
    env: around.env,
    validateCron: cronProblem,
    validateCel: celProblem,
    homeNamespace,
    from: around.cwd,
  });
  const jq = new JqExpressions({ command: checkHostCommand(around.self, "jq") });
  try {
    const judged: ValidatedFile[] = [];
    for (const { file, is, holds, problems, ignoring, applications } of validated)
      judged.push({
        file,
        kind: is === "config" ? "config" : (holds[0] ?? "unknown"),
        problems: [
          ...problems,
          // What may be asked is for the config to say: without one, nothing is known of that.
          ...(known.ok ? applications.flatMap((one) => addressProblems({ ...one, file }, known.value)) : []),
          ...(await expressionProblems(file, ignoring, jq)),
        ],
      });
    return { files: judged, passedOver };
  } finally {
    await jq.stop();
  }
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
