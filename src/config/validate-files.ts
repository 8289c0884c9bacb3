import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { Application, IgnoreDifferences } from "../core/model/application.ts";
import type { ApplicationSet } from "../core/model/application-set.ts";
import type { IgnoreRule } from "../core/model/ignore-rule.ts";
import type { Problem } from "../core/model/problem.ts";
import { defined } from "../lib/defined.ts";
import { parseYaml } from "../lib/yaml.ts";
import { readApplications } from "./application-folders.ts";
import { type LoadOptions, loadConfig } from "./load-config.ts";
import { type HeldKind, kindOf } from "./read-manifests.ts";
import { readRegularFile } from "./read-regular-file.ts";

export interface Validated {
  /** As it was named; of a folder each of its files. */
  file: string;
  /** By its content: a file without `kind` and `apiVersion` is a config. */
  is: "config" | "manifests";
  /** Kinds that stand in it. */
  holds: HeldKind[];
  problems: Problem[];
  /** Rules on fields that are left to others: their expressions are for jq to judge. */
  ignoring: Ignoring[];
  /** Applications that stand in it, each with its line. */
  applications: { app: Application; line?: number }[];
  /** ApplicationSets that stand in it, each with its line. */
  sets: { set: ApplicationSet; line?: number }[];
}

/** Of one application, or of the config. */
export interface Ignoring {
  own: readonly IgnoreDifferences[];
  rules: readonly IgnoreRule[];
  /** Of the manifest. */
  line?: number;
}

export interface ValidateOptions extends Pick<LoadOptions, "env" | "validateCron" | "validateCel"> {
  homeNamespace: string;
  /** Absolute folder to which named files are relative. */
  from: string;
}

export interface ValidatedAll {
  validated: Validated[];
  /** Files of folders that hold something else. */
  passedOver: number;
}

/** Looks at configs, and at files and folders of Application, AppProject and ApplicationSet manifests, without running anything. */
export function validateFiles(files: readonly string[], options: ValidateOptions): ValidatedAll {
  const each = files.map((file) => validateFile(file, options));
  return {
    validated: each.flatMap(({ validated }) => validated),
    passedOver: each.reduce((sum, { passedOver }) => sum + passedOver, 0),
  };
}

function validateFile(
  file: string,
  { homeNamespace, from, env, validateCron, validateCel }: ValidateOptions,
): ValidatedAll {
  const path = resolve(from, file);
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  const found = isFolder ? undefined : readRegularFile(path);
  const alone = (
    one: Omit<Validated, "file" | "holds" | "ignoring" | "applications" | "sets">,
    ignoring: Ignoring[] = [],
  ): ValidatedAll => ({
    validated: [{ file, holds: [], ignoring, applications: [], sets: [], ...one }],
    passedOver: 0,
  });
  if (found?.is === "unreadable")
    return alone({
      is: "config",
      problems: [{ severity: "error", file, text: `cannot be read: ${found.why}` }],
    });
  if (found !== undefined && isConfig(found.bytes)) {
    const loaded = loadConfig(path, {
      env,
      validateCron,
      ...defined({ validateCel }),
    });
    const problems = loaded.ok ? loaded.warnings : loaded.problems;
    return alone(
      {
        is: "config",
        problems: problems.map((problem) => (problem.file === path ? { ...problem, file } : problem)),
      },
      loaded.ok ? [{ own: [], rules: loaded.value.ignoreDifferences }] : [],
    );
  }
  const read = readApplications([path], { homeNamespace, from });
  const { applications, holding, passedOver, problems } = read;
  const files = [...new Set([...holding, ...problems].flatMap((one) => one.file ?? []))].sort();
  if (files.length === 0)
    return {
      ...alone({
        is: "manifests",
        problems: [
          { severity: "warning", file, text: "there is no Application, AppProject or ApplicationSet in it" },
        ],
      }),
      passedOver: isFolder ? passedOver : 0,
    };
  const holdsByFile = new Map(holding.map((one) => [one.file, one.holds]));
  return {
    validated: files.map((one) => ({
      file: one,
      is: "manifests",
      holds: holdsByFile.get(one) ?? [],
      problems: problems.filter((problem) => problem.file === one),
      ignoring: applications
        .filter((placed) => placed.file === one && placed.app.spec.ignoreDifferences !== undefined)
        .map(({ app, line }) => ({ own: app.spec.ignoreDifferences ?? [], rules: [], line })),
      applications: applications
        .filter((placed) => placed.file === one)
        .map(({ app, line }) => ({ app, line })),
      sets: read.applicationSets
        .filter((placed) => placed.file === one)
        .map(({ set, line }) => ({ set, line })),
    })),
    passedOver,
  };
}

function isConfig(bytes: Uint8Array): boolean {
  const { documents } = parseYaml(bytes);
  const first = documents[0]?.value;
  if (first !== undefined)
    return kindOf(first) === "" && !(typeof first === "object" && first !== null && "apiVersion" in first);
  // Nothing could be read: go by its words.
  return !/^\s*"?(?:kind|apiVersion)"?\s*:/m.test(Buffer.from(bytes).toString("utf8"));
}
