import { existsSync } from "node:fs";
import { celProblem } from "../checks/cel.ts";
import type { ValidatedFile } from "../cli/offline-verbs.ts";
import { validateFiles } from "../config/validate-files.ts";
import { cronProblem } from "../engine/wake/schedule.ts";
import { configFile, readConfig } from "./config-file.ts";
import type { Surroundings } from "./surroundings.ts";

/** @param files none: the config */
export function validate(
  around: Surroundings,
  files: readonly string[],
  { config }: { config?: string },
): { files: ValidatedFile[]; passedOver: number } {
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
  return {
    files: validated.map(({ file, is, holds, problems }) => ({
      file,
      kind: is === "config" ? "config" : (holds[0] ?? "unknown"),
      problems,
    })),
    passedOver,
  };
}
