import type { ImageUpdater } from "../core/images/image-updater.ts";
import type { UpdaterLook } from "../core/images/updater-status.ts";
import type { AppKey, Application } from "../core/model/application.ts";
import type { DaemonPause } from "../core/model/daemon-pause.ts";
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Git } from "../core/ports/git.ts";
import type { GitWriter } from "../core/ports/git-writer.ts";
import type { Home } from "../core/ports/home.ts";
import type { ImageRegistry } from "../core/ports/image-registry.ts";
import type { Journal } from "../core/ports/journal.ts";
import type { Log } from "../core/ports/log.ts";
import type { Filled, ParameterSet } from "../core/ports/template-engine.ts";

/** What an operator says of image updates. */
export interface ImageSettings {
  /** Globs of `registry/repository`; `!` before one forbids. */
  registries: readonly string[];
  author: { name: string; email: string };
  /** File of a private key of SSH or OpenPGP; "": commits are not signed. */
  signingKey: string;
  /** First line of a commit; `{{changes}}`, `{{apps}}` and `{{count}}` are filled in. "": our own. */
  message: string;
  /** Go template of the whole message, as Argo CD Image Updater has it, in place of `message`; "": none. */
  messageTemplate: string;
  /** Whether a commit says that its author signs it off. */
  signOff: boolean;
}

/** How a registry is asked for an image. */
export type ImageAccess =
  | { is: "reached"; access: RepositoryAccess }
  /** A sentence without a full stop, and what to do. */
  | { is: "refused"; why: string; fix: string };

export interface ImagesPorts {
  registry: ImageRegistry;
  git: Git;
  writer: GitWriter;
  clock: Clock;
  log: Log;
  store: Pick<Home, "value" | "putValue"> & Pick<Journal, "audit">;
  settings(): ImageSettings;
  applications(): readonly Application[];
  application(key: AppKey): Application | undefined;
  /** The very same list for as long as none of them is another. */
  updaters(): readonly ImageUpdater[];
  /** Fills in a Go template. @throws {Failure} where the engine cannot be run */
  fill(template: string, values: ParameterSet): Promise<Filled>;
  /** Its name in `.argocd-source-<name>.yaml`. */
  nameOf(key: AppKey): string;
  imageAccess(
    app: Application,
    registry: string,
    repository: string,
    pullSecret: string | undefined,
  ): Promise<ImageAccess>;
  repositoryAccess(app: Application, url: string): RepositoryAccess;
  /** Why the application's project does not permit a repository; undefined where it does. */
  refused(app: Application, url: string): string | undefined;
  /** Why nothing is written now; undefined: it may be. */
  paused(): DaemonPause | undefined;
  /** These repositories have a new commit. */
  pushed(urls: readonly string[]): void;
  /** Replaces the spec of an application. @returns why it cannot be; undefined: it is written */
  update(app: Application, actor: string): Promise<string | undefined>;
  /** A look that may write begins, by these. @returns ends it, whatever came of it */
  looking(updaters: ReadonlySet<ImageUpdater>): () => void;
  /** What a look that may write found by each of these. */
  lookedBy(looks: ReadonlyMap<ImageUpdater, UpdaterLook>): void;
  /** What is to be said with an application is another. */
  problemsChanged(key: AppKey): void;
  /** Opens one, or finds the one that is open. @throws {Failure} @returns its address */
  openPullRequest(access: RepositoryAccess, ask: PullRequestAsk): Promise<string>;
  observe: {
    looked(outcome: "done" | "failed"): void;
    wrote(method: "git" | "argocd", outcome: "done" | "failed"): void;
  };
}

export interface PullRequestAsk {
  from: string;
  into: string;
  title: string;
  body: string;
}
