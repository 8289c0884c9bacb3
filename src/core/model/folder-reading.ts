import type { Application } from "./application.ts";
import type { Problem } from "./problem.ts";
import type { Project } from "./project.ts";

/** Where a manifest stands; `folder` is the configured file or folder that it was found by. */
export interface PlaceInFolder {
  file: string;
  line: number;
  folder?: string;
}

/** What one reading of the configured folders gave. One name may stand in it several times. */
export interface FolderReading {
  applications: ({ app: Application } & PlaceInFolder)[];
  projects: ({ project: Project } & PlaceInFolder)[];
  problems: Problem[];
  folders: { path: string; state: "read" | "unreadable"; files: number }[];
  /** Files that may say less than they hold (empty, half written, a kind that nobody knows): what they held before is not missing. */
  doubts?: { file: string; why: string }[];
}

/**
 * Why nothing at all may be concluded from what is missing in a reading; empty where it is complete. A folder that is
 * missing, unreadable or suddenly empty, and a file that does not parse (it may hold what left another file), delete nothing.
 *
 * @param filesBefore by folder, from the last complete reading: tells "suddenly empty" from "always empty"
 */
export function reasonsToKeep(
  { folders, problems }: FolderReading,
  filesBefore: ReadonlyMap<string, number>,
): string[] {
  const bad = folders.flatMap((folder) => {
    if (folder.state === "unreadable") return [`${folder.path} cannot be read`];
    return isEmptied(folder, filesBefore) ? [sayEmptied(folder.path)] : [];
  });
  const broken = problems
    .filter(({ severity }) => severity === "error")
    .map(({ file = "a file" }) => `${file} has errors`);
  return [...new Set([...bad, ...broken])];
}

export function isEmptied(
  { path, state, files }: FolderReading["folders"][number],
  filesBefore: ReadonlyMap<string, number>,
): boolean {
  return state === "read" && files === 0 && (filesBefore.get(path) ?? 0) > 0;
}

export function sayEmptied(path: string): string {
  return `${path} is suddenly empty`;
}
