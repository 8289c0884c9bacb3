/**
 * Which applications and projects exist, and where each is written. Files are the truth of what they hold;
 * applications made through the API live in the store. One name from two origins is an error that names both.
 */
import { type AppKey, type Application, keyOfApp } from "../../core/model/application.ts";
import type { Problem } from "../../core/model/problem.ts";
import type { Project } from "../../core/model/project.ts";
import type { AppOrigin } from "../control.ts";

/** What one reading of the configured folders gave. */
export interface FolderReading {
  applications: { app: Application; file: string; line: number; folder?: string }[];
  projects: { project: Project; file: string; line: number }[];
  problems: Problem[];
  folders: { path: string; state: "read" | "unreadable"; files: number }[];
}

export interface Registered {
  app: Application;
  origin: AppOrigin;
}

export interface RegistryState {
  apps: ReadonlyMap<AppKey, Registered>;
  projects: ReadonlyMap<string, Project>;
  problems: readonly Problem[];
  /** Why nothing may be concluded from what is missing in this reading; empty where it is complete. */
  incomplete: readonly string[];
}

/**
 * Joins a reading of the folders with the applications of the API.
 * From an incomplete reading nothing is missing: what the previous one knew stays as it was.
 *
 * @param previous the last state; its file counts tell "suddenly empty" from "always empty"
 */
export function register(
  reading: FolderReading,
  made: readonly Application[],
  previous: RegistryState | undefined,
  filesBefore: ReadonlyMap<string, number>,
): RegistryState {
  const incomplete = reasonsToKeep(reading, filesBefore);
  const apps = new Map<AppKey, Registered>();
  const problems = [...reading.problems];
  for (const { app, file, line, folder } of reading.applications)
    apps.set(keyOfApp(app), {
      app,
      origin: { from: "file", file, line, ...(folder === undefined ? {} : { folder }) },
    });
  for (const app of made) {
    const key = keyOfApp(app);
    const inFile = apps.get(key)?.origin;
    apps.set(key, { app, origin: { from: "api" } });
    if (inFile?.from !== "file") continue;
    // The API takes no name that a file has, so the API's was first. It also stays the one that either side can resolve.
    problems.push({
      severity: "error",
      object: `Application ${key}`,
      file: inFile.file,
      line: inFile.line,
      text: `the application ${key} is written in this file and was made through the API before; the API's is used`,
      fix: "Delete the API's one (without its objects), or rename or remove this one",
    });
  }
  const projects = new Map(reading.projects.map(({ project }) => [project.metadata.name, project]));
  if (incomplete.length > 0 && previous !== undefined) {
    for (const [key, known] of previous.apps)
      if (!apps.has(key) && known.origin.from === "file") apps.set(key, known);
    for (const [name, project] of previous.projects) if (!projects.has(name)) projects.set(name, project);
  }
  return { apps, projects, problems, incomplete };
}

/** A folder that is missing, unreadable, suddenly empty, or holds a file that does not parse deletes nothing. */
function reasonsToKeep(reading: FolderReading, filesBefore: ReadonlyMap<string, number>): string[] {
  const folders = reading.folders.flatMap(({ path, state, files }) => {
    if (state === "unreadable") return [`${path} cannot be read`];
    return files === 0 && (filesBefore.get(path) ?? 0) > 0 ? [`${path} is suddenly empty`] : [];
  });
  const broken = new Set(
    reading.problems
      .filter(({ severity }) => severity === "error")
      .map(({ file = "a file" }) => `${file} has errors`),
  );
  return [...folders, ...broken];
}
