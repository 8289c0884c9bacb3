import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
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
): { files: ValidatedFile[] } {
  const place = configFile(config, around);
  const known = readConfig(place, around);
  if (files.length === 0 && !existsSync(place))
    return { files: [{ file: "holdfast.yaml", kind: "config", problems: known.ok ? [] : known.problems }] };
  const named = files.length === 0 ? [place] : files;
  // Applications without a namespace are at home: where home is, the config says, if there is a good one.
  const homeNamespace = known?.ok === true ? known.value.namespace : "argocd";
  const validated = validateFiles(named, {
    env: around.env,
    validateCron: cronProblem,
    validateCel: celProblem,
    homeNamespace,
    from: around.cwd,
  });
  return {
    files: validated.map(({ file, is, problems }) => ({
      file,
      kind: is === "config" ? "config" : manifestKind(resolve(around.cwd, file)),
      problems,
    })),
  };
}

function manifestKind(path: string): ValidatedFile["kind"] {
  const text = readText(path);
  if (/^\s*"?kind"?:\s*"?Application"?,?\s*$/m.test(text) || text.includes("kind: Application"))
    return "Application";
  return text.includes("AppProject") ? "AppProject" : "unknown";
}

/** A folder, or a file that cannot be read, has no kind; what is wrong with it is among its problems. */
function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    return cause instanceof Error ? "" : String(cause);
  }
}
