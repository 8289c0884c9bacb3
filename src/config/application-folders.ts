import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { expandList } from "../core/manifest/expand-list.ts";
import type { Application } from "../core/model/application.ts";
import { parseApplication } from "../core/model/parse-application.ts";
import { parseProject } from "../core/model/parse-project.ts";
import type { Parsed, Problem } from "../core/model/problem.ts";
import type { Project } from "../core/model/project.ts";
import { lineOf, parseYaml, type YamlDocument } from "../lib/yaml.ts";
import { reasonOf } from "./read-settings.ts";

/** One configured file or folder as it was found. What is not `read` without faults says nothing about what left it. */
export interface FolderState {
  /** As configured, absolute. */
  path: string;
  /** `unreadable`: missing, or it, a folder or a file below it could not be read. */
  state: "read" | "unreadable";
  /** Manifest files that were found below it. */
  files: number;
  /** Whether every file was read and parsed: only then is an application that is not there any more gone. */
  faults: "none" | "some";
}

export interface Placed {
  /** Relative to the working folder where it is below it. */
  file: string;
  line: number;
  /** Which configured path it came from. */
  folder: string;
}

export interface ReadApplications {
  applications: ({ app: Application } & Placed)[];
  projects: ({ project: Project } & Placed)[];
  problems: Problem[];
  folders: FolderState[];
}

const MANIFEST_FILE = /\.(ya?ml|json)$/i;
const MAX_DEPTH = 32;

/**
 * Reads Application and AppProject manifests from files and folders, folders with all that is below them, in a stable
 * order. Names that begin with a dot are left out: editors and version control keep their own things there, and so
 * are links to folders, which could lead round in a circle (a mounted ConfigMap's `..data` among them; its files are
 * links to files, and read).
 *
 * @param paths absolute
 * @param from problems and places name files relative to it
 */
export function readApplications(
  paths: readonly string[],
  { homeNamespace, from }: { homeNamespace: string; from: string },
): ReadApplications {
  const read: ReadApplications = { applications: [], projects: [], problems: [], folders: [] };
  const seen = new Set<string>();
  for (const path of paths) {
    const folder: FolderState = { path, state: "read", files: 0, faults: "none" };
    read.folders.push(folder);
    const fault = (problem: Problem) => {
      folder.faults = "some";
      read.problems.push(problem);
    };
    for (const file of findFiles(path, folder, (place, why) => {
      folder.state = "unreadable";
      fault({
        severity: "error",
        file: shown(place, from),
        text: `cannot be read: ${why}`,
        fix: "What was read from it before is kept",
      });
    })) {
      folder.files++;
      // Two configured paths may overlap: a file is read once.
      if (seen.has(file)) continue;
      seen.add(file);
      readManifestFile(file, path, from, homeNamespace, read, folder, fault);
    }
  }
  refuseRepeated(read);
  return read;
}

function findFiles(
  path: string,
  _folder: FolderState,
  unreadable: (place: string, why: string) => void,
): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
  } catch (cause) {
    unreadable(path, reasonOf(cause));
    return [];
  }
  return walk(path, 0, unreadable);
}

function walk(folder: string, depth: number, unreadable: (place: string, why: string) => void): string[] {
  if (depth > MAX_DEPTH) {
    unreadable(folder, "folders are nested too deep");
    return [];
  }
  try {
    const entries = readdirSync(folder, { withFileTypes: true })
      .filter(({ name }) => !name.startsWith("."))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    return entries.flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return walk(path, depth + 1, unreadable);
      return MANIFEST_FILE.test(entry.name) && (entry.isFile() || entry.isSymbolicLink()) ? [path] : [];
    });
  } catch (cause) {
    unreadable(folder, reasonOf(cause));
    return [];
  }
}

function readManifestFile(
  file: string,
  folder: string,
  from: string,
  homeNamespace: string,
  into: ReadApplications,
  state: FolderState,
  fault: (problem: Problem) => void,
): void {
  const name = shown(file, from);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    state.state = "unreadable";
    fault({
      severity: "error",
      file: name,
      text: `cannot be read: ${reasonOf(cause)}`,
      fix: "What was read from it before is kept",
    });
    return;
  }
  const { documents, problems } = parseYaml(bytes, { file: name });
  for (const { document: _, ...problem } of problems) fault(problem);
  for (const document of documents) {
    if (document.value === null) continue;
    for (const { value, path } of expandList(document.value)) {
      const line = path === "" ? document.line : lineOf(document, path);
      const placed: Placed = { file: name, line, folder };
      const keep = (parsed: Parsed<unknown>) => {
        const found = parsed.ok ? parsed.warnings : parsed.problems;
        const withPlace = found.map((problem) => place(problem, document, path, name));
        if (parsed.ok) into.problems.push(...withPlace);
        else withPlace.forEach(fault);
        return parsed.ok;
      };
      switch (kindOf(value)) {
        case "Application": {
          const parsed = parseApplication(value, { homeNamespace });
          if (keep(parsed) && parsed.ok) into.applications.push({ app: parsed.value, ...placed });
          break;
        }
        case "AppProject": {
          const parsed = parseProject(value, { homeNamespace });
          if (keep(parsed) && parsed.ok) into.projects.push({ project: parsed.value, ...placed });
          break;
        }
        default:
          into.problems.push({
            severity: "warning",
            file: name,
            line,
            text: `${kindOf(value) || "this document"} is neither an Application nor an AppProject and is left out`,
            fix: "Move it to a folder that an application renders",
          });
      }
    }
  }
}

/** A problem of one manifest with the file and the line where it is written. */
export function place(problem: Problem, document: YamlDocument, path: string, file: string): Problem {
  const whole = [path, problem.path].filter((part) => part !== undefined && part !== "").join(".");
  return { ...problem, file, line: lineOf(document, whole) };
}

/** "" for what has no kind. */
export function kindOf(value: unknown): string {
  const kind = typeof value === "object" && value !== null && "kind" in value ? value.kind : undefined;
  return typeof kind === "string" ? kind : "";
}

/** One name in two places is an error that names both; the first one counts, as it did before the second appeared. */
function refuseRepeated(read: ReadApplications): void {
  const unique = <T extends Placed>(all: T[], nameOf: (one: T) => string): T[] => {
    const first = new Map<string, T>();
    return all.filter((one) => {
      const before = first.get(nameOf(one));
      if (before === undefined) {
        first.set(nameOf(one), one);
        return true;
      }
      read.problems.push({
        severity: "error",
        file: one.file,
        line: one.line,
        object: nameOf(one),
        text: `this name is taken in ${before.file}:${before.line}`,
        fix: "Rename one of them, or remove it",
      });
      for (const folder of read.folders)
        if (folder.path === one.folder || folder.path === before.folder) folder.faults = "some";
      return false;
    });
  };
  read.applications = unique(
    read.applications,
    ({ app: { metadata } }) => `Application ${metadata.namespace}/${metadata.name}`,
  );
  read.projects = unique(
    read.projects,
    ({ project: { metadata } }) => `AppProject ${metadata.namespace}/${metadata.name}`,
  );
}

function shown(path: string, from: string): string {
  const short = relative(from, path);
  return short === "" || short.startsWith("..") ? path : short;
}
