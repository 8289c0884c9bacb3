import type { AppKey, Application } from "../../core/model/application.ts";
import type { FolderReading } from "../../core/model/folder-reading.ts";
import type { Problem } from "../../core/model/problem.ts";
import type { Project } from "../../core/model/project.ts";
import type { AppState } from "../../core/ports/home.ts";
import type { AppOrigin } from "../control.ts";
import type { ManagedApplication } from "../managed-application.ts";

/** What became of a write of a person's: `taken`: the application is as it was asked for. */
export type Put =
  | { is: "taken" }
  | { is: "conflict" | "overtaken"; why: string }
  | { is: "absent" }
  | { is: "invalid"; problems: Problem[] };

/** Who says which applications and projects there are, and takes what people write of them. */
export interface Existing {
  /** Whether it was all known once. */
  readonly known: boolean;
  /** The very same map until they change. */
  readonly projects: ReadonlyMap<string, Project>;
  /** Why a project that is there could never be read, a sentence without a full stop; undefined of every other. */
  unreadableProject(name: string): string | undefined;
  readonly problems: Problem[];
  /** Missing applications that wait for a person's approval before they leave. */
  readonly blocked: readonly AppKey[];
  /** What the configured folders hold. @throws {Failure} store */
  read(reading: FolderReading): void;
  /** Puts what is remembered and what is written together. @param states of the store, at a start @throws {Failure} store */
  takeUp(states?: ReadonlyMap<AppKey, AppState>): void;
  /** Makes it, or changes it, for a person. @throws {Failure} store */
  put(app: Application, action: "create" | "update", actor: string): Promise<Put>;
  /** Where a project is written; undefined where it is written nowhere. */
  projectOrigin(name: string): AppOrigin | undefined;
  /** Makes it, or changes it, for a person. @throws {Failure} store */
  putProject(project: Project, action: "create" | "update", actor: string): Promise<Put>;
  /** @throws {Failure} store */
  deleteProject(name: string, actor: string): Promise<Put>;
  /** It is gone, and with it everything that was remembered of it. @param kept sentences about what stays behind */
  leave(managed: ManagedApplication, kept: readonly string[]): void;
  /** Whether a file holds this application now. */
  isWritten(key: AppKey): boolean;
  /** @returns those that do not wait for approval: where there are any, nothing is approved */
  approveRemoval(keys: readonly AppKey[], actor: string): AppKey[];
  stop(): void;
}
