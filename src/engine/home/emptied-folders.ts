/** Folders that lost all their files at once: an accident until a person says of what they held that it may leave. Pure. */
import type { AppKey, Application } from "../../core/model/application.ts";
import { type FolderReading, isEmptied } from "../../core/model/folder-reading.ts";
import type { Project } from "../../core/model/project.ts";
import { nameOfProject } from "../limits.ts";
import type { Owned } from "./settle-names.ts";

export interface EmptiedInput {
  reading: FolderReading;
  /** Names of applications and of projects that are written anywhere now. */
  written: { apps: ReadonlySet<string>; projects: ReadonlySet<string> };
  previous: {
    apps: ReadonlyMap<AppKey, Owned<Application>>;
    projects: ReadonlyMap<string, Owned<Project>>;
    filesBefore: ReadonlyMap<string, number>;
  };
  /** Applications that are there and stand in no file. */
  others: readonly Application[];
  /** A person said of these that they may leave. */
  approved: ReadonlySet<string>;
}

export interface Emptied {
  /** Applications that wait for a person, by the folder that held them. */
  waiting: ReadonlyMap<string, readonly AppKey[]>;
  /** What the folders held before, without those whose emptiness is meant: nothing that is there hangs on them. */
  filesBefore: ReadonlyMap<string, number>;
}

/**
 * It is meant where a person approved of the removal of every application that it held. Where a person deleted all of
 * them it is, too, unless what else is gone with it, a project, is still used.
 */
export function emptiedFolders({ reading, written, previous, others, approved }: EmptiedInput): Emptied {
  const waiting = new Map<string, readonly AppKey[]>();
  const filesBefore = new Map(previous.filesBefore);
  const used = new Set(
    [...[...previous.apps.values()].map(({ value }) => value), ...others].map(nameOfProject),
  );
  for (const { path } of reading.folders.filter((folder) => isEmptied(folder, previous.filesBefore))) {
    const held = <T>({ origin }: Owned<T>): boolean =>
      origin.from === "file" && (origin.folder ?? path) === path;
    const lost = [...previous.apps].flatMap(([key, app]) =>
      held(app) && !written.apps.has(key) ? [key] : [],
    );
    const open = lost.filter((key) => !approved.has(key));
    const isUsed = [...previous.projects].some(
      ([name, project]) => held(project) && !written.projects.has(name) && used.has(name),
    );
    if (open.length === 0 && (lost.length > 0 || !isUsed)) filesBefore.delete(path);
    else waiting.set(path, open);
  }
  return { waiting, filesBefore };
}
