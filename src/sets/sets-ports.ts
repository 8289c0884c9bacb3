import type { AppKey, Application } from "../core/model/application.ts";
import type { ApplicationSet, GitGenerator, SetKey } from "../core/model/application-set.ts";
import type { DaemonPause } from "../core/model/daemon-pause.ts";
import type { Operation } from "../core/model/operation.ts";

import type { Clock } from "../core/ports/clock.ts";
import type { GeneratorFacts } from "../core/ports/generator-facts.ts";
import type { Home } from "../core/ports/home.ts";
import type { Journal } from "../core/ports/journal.ts";
import type { Jq } from "../core/ports/jq.ts";
import type { Log } from "../core/ports/log.ts";
import type { SetsHome } from "../core/ports/sets-home.ts";
import type { TemplateEngine } from "../core/ports/template-engine.ts";
import type { ComesTo } from "../core/sets/set-resources.ts";

/** What a set's Git generators read: a revision of a repository, by the credentials of a project. */
export type FollowedTree = Required<Pick<GitGenerator, "repoURL" | "revision">>;

/** How fresh what generators are told must be. `known`: what was heard last of repositories is good enough. */
export type FactsLook = "known" | "latest";

/** What one generation asks, and what it was told. */
export interface Telling {
  facts: GeneratorFacts;
  /** So far: commits that were read, and `clustersVersion` where clusters were asked for. */
  told(): { trees: readonly (FollowedTree & { commit: string })[]; clusters: string | undefined };
}

export interface FactsSource {
  /** @param set whose project says which credentials count */
  tell(set: ApplicationSet, look: FactsLook, signal: AbortSignal): Telling;
  /** The commit that it leads to now. @throws {Failure} */
  tipOf(set: ApplicationSet, tree: FollowedTree): Promise<string>;
  /** Equal for as long as the clusters say the same to generators. */
  clustersVersion(): string;
}

/** Everything that ApplicationSets need of the world outside. */
export interface SetsPorts {
  home: SetsHome;
  facts: FactsSource;
  templates(set: SetKey, signal: AbortSignal): TemplateEngine;
  jq: Jq;
  clock: Clock;
  log: Log;
  store: Pick<Home, "value" | "putValue"> & Pick<Journal, "audit">;
  settings(): { removal: { missingForMs: number; percent: number; count: number } };
  /** Why nothing is written now; undefined: it may be. */
  paused(): DaemonPause | undefined;
  /** As the engine shows it, with its status. */
  application(key: AppKey): Application | undefined;
  /** The part of its status that its set says of it, as the engine shows it. */
  comesTo(key: AppKey): ComesTo | undefined;
  /** Resolves when it was looked up what Git wants of it; undefined: it was, and its status tells. */
  looking(key: AppKey): Promise<void> | undefined;
  /** Starts a sync. @returns why it does not start now; undefined: it does */
  sync(key: AppKey, operation: Operation, actor: string): Promise<string | undefined>;
  /** Told of every application that changed. @returns ends it */
  onApplication(listener: (key: AppKey) => void): () => void;
}
