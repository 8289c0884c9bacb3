/** What the HTTP API may ask of ApplicationSets. Types only. */

import type { AppKey, Application } from "../core/model/application.ts";
import type { ApplicationSet, SetKey } from "../core/model/application-set.ts";
import type { ApplicationSetStatus } from "../core/model/application-set-status.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import type { Problem } from "../core/model/problem.ts";
import type { SetOrigin } from "../core/ports/sets-home.ts";
import type { SetElements } from "../core/sets/set-elements.ts";

/** A set with what it came to. */
export interface ShownSet {
  set: ApplicationSet;
  status: ApplicationSetStatus;
  origin: SetOrigin;
  /** Its applications, by name. */
  applications: AppKey[];
  /** Deletions that wait for a person's approval. */
  blocked: AppKey[];
  /** Another one has its name: which, and what to do, as sentences. */
  clash?: string;
}

/** What became of a set, with its status. */
export interface SetEvent {
  type: "ADDED" | "MODIFIED" | "DELETED";
  shown: ShownSet;
}

/** What would become of one application. `from`: generator and set of parameters. */
export type PreviewedChild =
  | { do: "create"; app: Application; from: string }
  /** `changed`: paths of fields. */
  | { do: "update"; app: Application; before: Application; from: string; changed: string[] }
  | { do: "delete"; before: Application }
  | { do: "nothing"; key: AppKey; from: string }
  /** `why`: a sentence without a full stop. */
  | { do: "held"; key: AppKey; wanted: "create" | "update" | "delete"; why: string };

/**
 * What the generators of a set found and what became of it, by its last look.
 * `stale`: it was edited since, and its next look has not ended. `unknown`: there was none yet.
 */
export type ShownElements = { is: "unknown" } | ({ is: "current" | "stale"; at: string } & SetElements);

export interface SetPreview {
  steps: PreviewedChild[];
  problems: Problem[];
  /** `part`: something could not be generated, so that nothing would be deleted. */
  is: "whole" | "part";
}

export type SetWritten =
  | { is: "written"; set: ApplicationSet }
  | { is: "managed-by-file"; file: string }
  | { is: "managed-by-parent"; parent: AppKey | undefined }
  | { is: "conflict" | "overtaken"; why: string }
  | { is: "invalid"; problems: Problem[] }
  | { is: "absent" };

export interface SetsControl {
  /** Sorted by key. */
  sets(): ShownSet[];
  set(key: SetKey): ShownSet | undefined;
  /**
   * Kubernetes Events about it, newest first; of one that stands in no API server what its conditions say.
   * Undefined: there is no such set.
   * @throws {Failure} cluster-unreachable, forbidden
   */
  events(key: SetKey): Promise<KubeObject[] | undefined>;
  /** Undefined: there is no such set. `at`: when the generators were told, RFC 3339. */
  elements(key: SetKey): ShownElements | undefined;
  /** Told of each set that comes, goes, is edited, or comes to something else. @returns ends it */
  onEvent(listener: (event: SetEvent) => void): () => void;
  /** Of files and folders, and of sets that cannot be read. */
  problems(): Problem[];
  /** The applications that a set would make now, whether there is such a set or not. Writes nothing. @throws {Failure} */
  generate(
    set: ApplicationSet,
    signal: AbortSignal,
  ): Promise<{ applications: Application[]; problems: readonly Problem[] }>;
  /** What would be done if this set were written now. Writes nothing. @throws {Failure} */
  preview(set: ApplicationSet, signal: AbortSignal): Promise<SetPreview>;
  /** Makes it or changes it, where no file and no application has its name. */
  put(
    set: ApplicationSet,
    /** `over`: nothing is written over what is not shown yet. */
    options: { how: "create" | "update" | "upsert"; actor: string; over?: "what-is-shown" },
  ): Promise<SetWritten>;
  /** With its applications; theirs go as their finalizers say. A person's deletion waits for nothing. */
  remove(key: SetKey, actor: string): Promise<SetWritten>;
  /** Looks at everything that its generators ask again. Resolves when it is done; undefined: there is no such set. */
  refresh(key: SetKey): Promise<ShownSet | undefined>;
  /** All of these, which wait for it, may be deleted; `conflict` where they are not just those that wait. */
  approve(key: SetKey, keys: readonly AppKey[], actor: string): Promise<SetWritten>;
  /** Sets whose files are gone and that wait for a person before they go with their applications. */
  waitingRemovals(): SetKey[];
  /** All of these may go. Where one of them does not wait for it (any more), none is approved. */
  approveRemoval(
    keys: readonly SetKey[],
    actor: string,
  ): Promise<{ is: "approved" } | { is: "conflict"; why: string }>;
}
