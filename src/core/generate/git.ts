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

interface Pattern {
  exclude: boolean;
  matches(path: string): boolean;
}

/** What is wrong with the first of these patterns that is none. */
export function wrongPattern(patterns: readonly GitPattern[], what: "folder" | "file"): string | undefined {
  for (const { path } of patterns) {
    const glob = compileGlob(path, what === "folder" ? FILE_NAME : PATHSPEC);
    if (!glob.ok) return `${JSON.stringify(path)} is no valid pattern: ${glob.problem}`;
  }
  return undefined;
}

/** A repository has thousands of paths and a matrix asks for each of its sets: most are ruled out by how they begin. */
function compiled({ path, exclude = false }: GitPattern, options: GlobOptions): Pattern {
  const glob = compileGlob(path, options);
  const begin = /^[^*?[\]{}\\]*/.exec(path)?.[0] ?? "";
  return { exclude, matches: (text) => text.startsWith(begin) && glob.ok && glob.matches(text) };
}

function isChosen(patterns: readonly Pattern[]): (path: string) => boolean {
  return (path) =>
    patterns.some(({ exclude, matches }) => !exclude && matches(path)) &&
    !patterns.some(({ exclude, matches }) => exclude && matches(path));
}

/** Whether a pattern takes a folder and none excludes it; `*` ends at `/`. Source: Argo CD. */
export function takesFolder(patterns: readonly GitPattern[]): (folder: string) => boolean {
  return isChosen(patterns.map((pattern) => compiled(pattern, FILE_NAME)));
}

/** Whether a file is meant, by all patterns together. */
export function takesFile(patterns: readonly GitPattern[]): (file: string) => boolean {
  return isChosen(
    patterns.map((pattern): Pattern => {
      const { exclude, matches } = compiled(pattern, PATHSPEC);
      const below = `${pattern.path.replace(/\/+$/, "")}/`;
      return { exclude, matches: (file) => matches(file) || file.startsWith(below) };
    }),
  );
}

export interface GitNaming {
  spelling: Spelling;
  /** `pathParamPrefix`. */
  prefix: string;
}

export function folderSet(folder: string, naming: GitNaming): ParameterSet {
  return pathParameters(folder, undefined, naming);
}

/** What a file holds: its mapping, or those of its list; or why it holds none. */
export type FileContent =
  | { is: "read"; mappings: readonly Record<string, unknown>[] }
  | { is: "wrong"; why: string };

export function readFileContent(file: string, content: string | Uint8Array): FileContent {
  const { documents, problems } = parseYaml(content, { duplicateKeys: "keep-last" });
  const [broken] = problems.filter(({ severity }) => severity === "error");
  if (broken !== undefined)
    return {
      is: "wrong",
      why: `${file}${broken.line === undefined ? "" : `:${broken.line}`}: ${broken.text}`,
    };
  const value = documents[0]?.value ?? {};
  const mappings = Array.isArray(value) ? value : [value];
  return mappings.every(isMapping)
    ? { is: "read", mappings }
    : { is: "wrong", why: `${file} holds neither a mapping nor a list of mappings` };
}

/** A set for each mapping. @param path of the generator, for problems */
export function fileSets(file: string, content: FileContent, naming: GitNaming, path: string): Generated {
  if (content.is === "wrong") return failed(path, content.why);
  const place = pathParameters(folderOf(file), nameOf(file), naming);
  return sets(
    ...content.mappings.map((each) => ({
      ...(naming.spelling === "nested" ? each : flatten(each)),
      ...place,
    })),
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
