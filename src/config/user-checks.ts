import { parseCustomizations } from "../core/argocd/customizations.ts";
import type { Problem } from "../core/model/problem.ts";
import { type Customizations, noCustomizations } from "../core/model/user-checks.ts";
import type { FieldPath } from "../lib/field-path.ts";
import { compileGlob } from "../lib/glob.ts";
import type { HealthConfig } from "./config.ts";
import { reasonOf } from "./read-settings.ts";

interface Readers {
  readFile: (path: string) => string;
  validateCel: (expression: string) => string | undefined;
  /** Of the config file. */
  report: (path: FieldPath, text: string, fix?: string) => void;
  /** Of any file. */
  say: (problem: Problem) => void;
}

const EXPRESSIONS = ["degraded", "suspended", "progressing", "healthy", "message"] as const;

/** Looks at users' checks in CEL, and reads the files of their checks in Lua. A kind has one check: a second one is a problem that names both. */
export function readUserChecks(
  { customizations, checks }: HealthConfig,
  { readFile, validateCel, report, say }: Readers,
): { scripts: Customizations } {
  const placeByKinds = new Map<string, string>();
  const claim = (kinds: string, place: string, complain: (text: string) => void): boolean => {
    const other = placeByKinds.get(kinds);
    if (other === undefined) placeByKinds.set(kinds, place);
    else complain(`${kinds} has a check in ${other} already`);
    return other === undefined;
  };

  for (const [index, check] of checks.entries()) {
    const at: FieldPath = ["health", "checks", index];
    const glob = compileGlob(check.kinds, { slash: "crosses", braces: "alternatives" });
    if (!glob.ok) report([...at, "kind"], glob.problem);
    claim(check.kinds, `health.checks[${index}]`, (text) =>
      report([...at, "kind"], text, "Remove one of them"),
    );
    if (EXPRESSIONS.every((name) => name === "message" || check[name] === undefined))
      report(at, "says nothing: it needs one expression of degraded, suspended, progressing and healthy");
    for (const name of EXPRESSIONS) {
      const why = check[name] === undefined ? undefined : validateCel(check[name]);
      if (why !== undefined) report([...at, name], `is no expression in CEL: ${why}`);
    }
  }

  const scripts = noCustomizations();
  for (const [index, file] of customizations.entries()) {
    let text: string;
    try {
      text = readFile(file);
    } catch (cause) {
      report(["health", "customizations", index], `the file ${file} cannot be read: ${reasonOf(cause)}`);
      continue;
    }
    const { value, problems } = parseCustomizations(text, file);
    problems.forEach(say);
    const complain = (text: string): void =>
      say({ severity: "error", file, text, fix: "Remove one of them" });
    scripts.health.push(...value.health.filter(({ kinds }) => claim(kinds, file, complain)));
    scripts.ignoreDifferences.push(...value.ignoreDifferences);
    scripts.resources.exclusions.push(...value.resources.exclusions);
    scripts.resources.inclusions.push(...value.resources.inclusions);
    scripts.buildOptions.push(...value.buildOptions);
    scripts.actions.push(
      ...value.actions.filter((action) => {
        const twice = scripts.actions.some(({ kinds }) => kinds === action.kinds);
        if (twice) complain(`${action.kinds} has actions in another file already`);
        return !twice;
      }),
    );
  }
  return { scripts };
}
