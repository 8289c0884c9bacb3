/** Where repositories that were added are written: files below the data folder, or Secrets where a cluster is the home. */
import type { RepositoryFolder } from "../config/repository-folder.ts";
import type { HeldRepository } from "../core/argocd/held.ts";
import { ARGOCD, inPlaceOf, type KeptRepository, MANAGED_BY } from "../core/argocd/kept-repository.ts";
import { Failure } from "../core/model/failure.ts";
import type { Problem } from "../core/model/problem.ts";
import type { RepositorySecrets } from "../homes/cluster/repository-secrets.ts";
import { messageOf } from "../lib/caught.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { nameOf } from "./repository-words.ts";
import type { AddedRepository } from "./settle-repositories.ts";

/** A Secret that was written is seen within moments, by the watch that was open before. */
const SEEN_WITHIN_MS = 10_000;

/** What follows a change. */
export interface Following {
  /** It is durable: whatever fails from now on, it was made. */
  made(): void;
  /** Has what the folder holds now be used. */
  taken(): Promise<void>;
}

export class RepositoryShelf {
  #inFiles: readonly AddedRepository[] = [];
  #inSecrets: readonly HeldRepository[] = [];
  #problems: readonly Problem[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(
    private readonly folder: RepositoryFolder,
    /** Where a cluster is the home. */
    private readonly secrets: Pick<RepositorySecrets, "write" | "remove"> | undefined,
    private readonly seenWithinMs = SEEN_WITHIN_MS,
  ) {}

  added(): readonly AddedRepository[] {
    return [
      ...this.#inFiles,
      ...this.#inSecrets.map(({ secret, kept }) => ({ kept, place: { in: "secret" as const, secret } })),
    ];
  }

  /** Of files. */
  problems(): readonly Problem[] {
    return this.#problems;
  }

  /** Reads the folder again. */
  read(): void {
    const { found, problems } = this.folder.read();
    this.#inFiles = found.map(({ file, entry: kept }) => ({ kept, place: { in: "file", file } }));
    this.#problems = problems;
  }

  inSecrets(secrets: readonly HeldRepository[]): void {
    this.#inSecrets = secrets;
  }

  /** What the home cluster said is in use now. */
  inUse(): void {
    for (const look of [...this.#waiting]) look();
  }

  /**
   * Where it stood, or where new ones go: in use when it resolves.
   * @throws {Failure} store, conflict, refused; cluster-unreachable, also for one that is written and not seen yet
   */
  async write(
    kept: KeptRepository,
    there: AddedRepository | undefined,
    { made, taken }: Following,
  ): Promise<void> {
    const { secrets } = this;
    if (secrets === undefined || there?.place.in === "file") {
      const file = there?.place.in === "file" ? there.place.file : undefined;
      const merged = there === undefined ? kept : inPlaceOf(kept, there.kept);
      this.#onDisk(nameOf(kept), () => this.folder.write(merged, ...(file === undefined ? [] : [file])));
      made();
      await taken();
      return;
    }
    const held = this.#held(there);
    const written = await secrets.write(kept, held);
    made();
    const isSeen = (): boolean =>
      this.#inSecrets.some(({ uid, version }) => uid === written.uid && version !== held?.version);
    await this.#until(isSeen);
    if (!isSeen())
      throw new Failure("cluster-unreachable", nameOf(kept), "backoff", {
        cannot: "say that it is in use",
        why: "its Secret is written, and the home cluster has not shown it yet",
        fix: "Wait, and look for it in holdfast repo list: it is used as soon as it is shown",
      });
  }

  /** @throws {Failure} store, conflict, refused, cluster-unreachable */
  async erase(there: AddedRepository, { made, taken }: Following): Promise<void> {
    const { place } = there;
    if (place.in === "file") {
      this.#onDisk(nameOf(there.kept), () => this.folder.remove(place.file));
      made();
      await taken();
      return;
    }
    demandOurs(there, "remove it");
    const held = this.#held(there);
    if (held === undefined || this.secrets === undefined)
      throw new Failure("not-found", nameOf(there.kept), "after-edit", {
        cannot: "remove it",
        why: "its Secret is gone",
      });
    await this.secrets.remove(held);
    made();
    await this.#until(() => !this.#inSecrets.some(({ uid }) => uid === held.uid));
  }

  #held(there: AddedRepository | undefined): HeldRepository | undefined {
    return this.#inSecrets.find(({ kept }) => kept === there?.kept);
  }

  /** What was written is in use, or the cluster shows it later than anybody waits for. */
  #until(isSeen: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => {
      if (isSeen()) resolve();
    };
    this.#waiting.add(look);
    const timer = setTimeout(resolve, this.seenWithinMs);
    look();
    return promise.finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(look);
    });
  }

  #onDisk(shown: string, work: () => unknown): void {
    try {
      work();
    } catch (cause) {
      throw new Failure("store", shown, "backoff", {
        cannot: "keep it",
        why: `its file in the data folder cannot be written: ${messageOf(cause)}`,
        fix: "Look at the disk, and at who may write to the data folder",
        cause,
      });
    }
  }
}

/** @throws {Failure} refused for a Secret that somebody else looks after */
export function demandOurs({ kept, place }: AddedRepository, cannot: string): void {
  if (place.in !== "secret") return;
  const { annotations } = kept.metadata;
  if (isMapping(annotations) && annotations[MANAGED_BY] === ARGOCD) return;
  throw new Failure("refused", nameOf(kept), "after-edit", {
    cannot,
    why: `it stands in ${place.secret}, which was not made by the API: whoever wrote it would put it back`,
    fix: "Edit or remove the Secret where it is written, or by kubectl: it is followed as it changes",
  });
}
