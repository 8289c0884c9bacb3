import { compileGlob, FILE_NAME, type GlobOptions } from "../../lib/glob.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { parseYaml } from "../../lib/yaml.ts";
import type { GitPattern } from "../model/application-set.ts";
import type { ParameterSet } from "../ports/template-engine.ts";
import { failed, type Generated, sets } from "./generated.ts";
import { normalizeName } from "./names.ts";
import { flatten, type Spelling } from "./parameters.ts";

/** As `git ls-files` reads a pattern: `*` matches `/`, and a folder's name all that is below it. */
const PATHSPEC: GlobOptions = { slash: "crosses", braces: "literal" };

/** Folders that a pattern takes and none excludes; `*` ends at `/`. Source: Argo CD. */
export function chosenFolders(folders: readonly string[], patterns: readonly GitPattern[]): string[] {
  const takes = patterns.map((pattern) => ({ ...pattern, glob: compileGlob(pattern.path, FILE_NAME) }));
  const isMatch = (folder: string, of: "included" | "excluded"): boolean =>
    takes.some(
      ({ exclude = false, glob }) => exclude === (of === "excluded") && glob.ok && glob.matches(folder),
    );
  return folders.filter((folder) => isMatch(folder, "included") && !isMatch(folder, "excluded"));
}

/** Whether a file is meant, by all patterns together. */
export function isChosenFile(patterns: readonly GitPattern[]): (path: string) => boolean {
  const takes = patterns.map(({ path, exclude = false }) => {
    const glob = compileGlob(path, PATHSPEC);
    const folder = path.replace(/\/+$/, "");
    return {
      exclude,
      matches: (file: string) => (glob.ok && glob.matches(file)) || file.startsWith(`${folder}/`),
    };
  });
  return (file) =>
    takes.some(({ exclude, matches }) => !exclude && matches(file)) &&
    !takes.some(({ exclude, matches }) => exclude && matches(file));
}

export interface GitNaming {
  spelling: Spelling;
  /** `pathParamPrefix`. */
  prefix: string;
}

export function folderSet(folder: string, naming: GitNaming): ParameterSet {
  return pathParameters(folder, undefined, naming);
}

/** The mapping that a file holds, or one for each of its list. @param path of the generator, for problems */
export function fileSets(
  file: string,
  content: string | Uint8Array,
  naming: GitNaming,
  path: string,
): Generated {
  const { documents, problems } = parseYaml(content, { duplicateKeys: "keep-last" });
  const [broken] = problems.filter(({ severity }) => severity === "error");
  if (broken !== undefined)
    return failed(path, `${file}${broken.line === undefined ? "" : `:${broken.line}`}: ${broken.text}`);
  const value = documents[0]?.value ?? {};
  const found = Array.isArray(value) ? value : [value];
  if (!found.every(isMapping)) return failed(path, `${file} holds neither a mapping nor a list of mappings`);
  const place = pathParameters(folderOf(file), nameOf(file), naming);
  return sets(
    ...found.map((each) => ({ ...(naming.spelling === "nested" ? each : flatten(each)), ...place })),
  );
}

const folderOf = (file: string): string => (file.includes("/") ? file.slice(0, file.lastIndexOf("/")) : ".");
const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

function pathParameters(
  folder: string,
  filename: string | undefined,
  { spelling, prefix }: GitNaming,
): ParameterSet {
  const segments = folder.split("/");
  const about: Record<string, string> = {
    basename: nameOf(folder),
    basenameNormalized: normalizeName(nameOf(folder)),
    ...(filename === undefined ? {} : { filename, filenameNormalized: normalizeName(filename) }),
  };
  if (spelling === "nested") {
    const path = { path: folder, ...about, segments };
    return prefix === "" ? { path } : { [prefix]: { path } };
  }
  const at = prefix === "" ? "path" : `${prefix}.path`;
  return Object.fromEntries([
    [at, folder],
    ...Object.entries(about).map(([key, value]) => [`${at}.${key}`, value]),
    ...segments.flatMap((segment, index) => (segment === "" ? [] : [[`${at}[${index}]`, segment]])),
  ]);
}
