import type { AppKey, Application, ApplicationStatus } from "../model/application.ts";
import type { Operation, SyncRequest } from "../model/operation.ts";
import type { Problem } from "../model/problem.ts";
import type { Project } from "../model/project.ts";

/** What stands in the field `operation`. `written`: just as it is there, by which it is known when it is taken out. */
export type AskedOperation =
  | { is: "none" }
  | { is: "asked"; operation: Operation & { sync: SyncRequest }; written: unknown }
  /** `why`: sentences without a full stop at the end. */
  | { is: "wrong"; why: string; written: unknown };

/** An Application as a cluster has it. */
export interface RecordedApplication {
  key: AppKey;
  /** The server's; one that is deleted and made again has another. */
  uid: string;
  /** As it is written, without status and operation; the same object for as long as nobody edits it. */
  app: Application;
  /** As it stands there, whoever wrote it. */
  status: unknown;
  asked: AskedOperation;
  /** `written`: the annotation's value, by which it is known when it is taken away. */
  refresh: { how: "normal" | "hard"; written: string } | undefined;
  /** RFC 3339: it was deleted then, and one of Argo CD's finalizers has it wait for us. */
  goingSince: string | undefined;
}

/** It is there, and what it says cannot be read and never could. */
export type UnreadableRecord = Pick<RecordedApplication, "uid" | "status" | "goingSince">;

export interface RecordReading {
  applications: readonly RecordedApplication[];
  projects: readonly Project[];
  /** Projects that are there and never could be read, by name: why, a sentence without a full stop. */
  unreadableProjects: ReadonlyMap<string, string>;
  unreadable: ReadonlyMap<AppKey, UnreadableRecord>;
  problems: readonly Problem[];
  /** Why nothing may be concluded from an Application that is missing, a sentence without a full stop; absent: these are all. */
  incomplete: string | undefined;
  /** The same of projects. */
  projectsIncomplete: string | undefined;
}

export type RecordAnswer =
  | { is: "written" }
  | { is: "conflict"; why: string }
  /** Somebody else wrote it since it was read. */
  | { is: "overtaken"; why: string }
  | { is: "absent" }
  | { is: "invalid"; problem: Problem };

/** Applications and projects that live in a cluster, which is the truth of them. */
export interface CustomResources {
  /** The cluster's name, for sentences. */
  readonly cluster: string;
  reading(): RecordReading;
  /** At a start: as they could be read before it. What cannot be read now, and is none of these, is told so from now on. */
  recall(known: readonly Pick<RecordedApplication, "key" | "uid" | "app">[]): void;
  /** Called after `reading()` became another one. @returns ends it */
  onChange(listener: () => void): () => void;
  /** Makes it, or writes its metadata and spec over what was read last; fields that it does not name stay. */
  put(app: Application): Promise<RecordAnswer>;
  /** As `put`. */
  putProject(project: Project): Promise<RecordAnswer>;
  deleteProject(name: string): Promise<RecordAnswer>;
  /** @param cascade `none`: it goes at once, and its objects stay */
  delete(key: AppKey, cascade: "foreground" | "background" | "none"): Promise<RecordAnswer>;
  /** It says this from now on: written when that is news, soon, and once for many changes. Never throws. */
  show(key: AppKey, status: ApplicationStatus): void;
  /** This operation was begun, or refused: it goes in the request that writes the status. */
  took(key: AppKey, written: unknown): void;
  /** The refresh that was asked for is done: the annotation goes. */
  refreshed(key: AppKey, written: string): void;
  /** Its deletion is over: what has it wait for us goes, and with it the Application. */
  release(key: AppKey, uid: string): void;
}
