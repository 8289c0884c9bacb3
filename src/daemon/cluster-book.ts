/** Which clusters there are: those of the config, and those that were added while the daemon ran. */
import type { ClusterFolder } from "../config/cluster-folder.ts";
import { type ClusterEntry, serverKey, whyNotRun } from "../core/model/cluster-entry.ts";
import { Failure } from "../core/model/failure.ts";
import { type Problem, showProblem } from "../core/model/problem.ts";
import { Secret } from "../core/model/secret.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { ClusterAnswer, ClusterDesk, KnownEntry } from "../core/ports/cluster-desk.ts";
import type { AuditEntry } from "../core/ports/journal.ts";
import type { Log } from "../core/ports/log.ts";
import type { StoreCondition } from "../core/ports/store.ts";
import { messageOf } from "../lib/caught.ts";
import { defined } from "../lib/defined.ts";
import { timestamp } from "../lib/timestamp.ts";
import { inFolder, isUnsaid, sayPlace, settleClusters, takenBy } from "./settle-clusters.ts";

export interface BookParts {
  folder: ClusterFolder;
  clock: Clock;
  log: Log;
  /** `passing`: another replica leads tomorrow, and its data folder is another one. Default: it stays. */
  folderIs?: "staying" | "passing";
  store: { condition(): StoreCondition; audit(entry: AuditEntry): void };
  /** As the config says it now. */
  programs(): readonly string[];
  /** Asked once, as the daemon would. @throws {Failure} */
  lookAt(entry: ClusterEntry): Promise<ClusterAnswer>;
  /** A new token in place of the entry's, proved. @throws {Failure} */
  renewToken(entry: ClusterEntry): Promise<{ token: Secret; revokeOld(): Promise<void> }>;
}

export class ClusterBook implements ClusterDesk {
  #configured: readonly ClusterEntry[] = [];
  #inSecrets: readonly KnownEntry[] = [];
  #known: KnownEntry[] = [];
  #problems: Problem[] = [];
  /** What was said of files last: it is said again when it is something else. */
  #said = "";
  /** One change at a time. */
  #changing: Promise<void> = Promise.resolve();
  readonly #rotating = new Set<string>();
  #apply: () => Promise<void> = async () => undefined;

  constructor(private readonly parts: BookParts) {}

  /** @param apply connects what is in the book now, and lets go of what is not */
  onChange(apply: () => Promise<void>): void {
    this.#apply = apply;
  }

  all(): readonly KnownEntry[] {
    return this.#known;
  }

  problems(): readonly Problem[] {
    return this.#problems;
  }

  /**
   * The config names these clusters from now on.
   * @throws {Failure} config where one has the name or the address of a cluster that was added: that one keeps it
   */
  configure(configured: readonly ClusterEntry[]): void {
    const added = this.#known.filter(({ place }) => place.in !== "config");
    for (const entry of configured) {
      const taken = takenBy(
        entry,
        isUnsaid(entry) ? added.filter(({ place }) => place.in !== "secret") : added,
      );
      if (taken !== undefined)
        throw new Failure("config", `cluster ${entry.name} of the config`, "after-edit", {
          cannot: "take it up",
          why: `${taken}, which keeps it`,
          fix: "Remove one of them: holdfast cluster rm, or the entry of the config",
        });
    }
    this.#configured = configured;
    this.read();
  }

  /** The Secrets of the home cluster say these from now on. */
  inSecrets(clusters: readonly { secret: string; uid: string; entry: ClusterEntry }[]): "same" | "changed" {
    this.#inSecrets = clusters.map(({ secret, uid, entry }) => ({
      entry,
      place: { in: "secret", secret, uid },
    }));
    return this.read();
  }

  /** Reads the folder again. */
  read(): "same" | "changed" {
    const before = this.#known;
    const reading = this.parts.folder.read();
    const { entries, problems } = settleClusters(
      this.#configured,
      [...inFolder(reading.found), ...this.#inSecrets],
      before,
    );
    this.#known = entries;
    this.#problems = [...reading.problems, ...problems];
    const said = this.#problems.map(showProblem).join("\n");
    if (said !== this.#said && said !== "")
      this.parts.log.error("files of clusters cannot be used", { problems: said.split("\n") });
    this.#said = said;
    return entries.length === before.length && entries.every(({ entry }, at) => entry === before[at]?.entry)
      ? "same"
      : "changed";
  }

  put(...[entry, how, actor, known]: Parameters<ClusterDesk["put"]>): Promise<void> {
    return this.#change(entry.name, async () => {
      const there = this.#placeFor(entry, how, known);
      this.#refuseProgram(entry, "keep it");
      const createdAt = there?.entry.createdAt ?? timestamp(this.parts.clock.now());
      const { metadata } = (there?.entry.kept ?? entry.kept).reveal();
      this.#write({ ...entry, createdAt, kept: new Secret({ ...entry.kept.reveal(), metadata }) }, there);
      this.#audit(actor, there === undefined ? "cluster-add" : "cluster-set", entry, there?.entry);
    });
  }

  async test(asked: ClusterEntry | string): Promise<ClusterAnswer> {
    if (typeof asked !== "string") {
      this.#refuseProgram(asked, "ask it");
      return this.parts.lookAt(asked);
    }
    const known = this.#named(asked);
    if (known === undefined) throw unknownCluster(asked, "ask it");
    // What the config says may run what it likes; of an added one the program may be allowed no more.
    if (known.place.in !== "config") this.#refuseProgram(known.entry, "ask it");
    return this.parts.lookAt(known.entry);
  }

  remove(name: string, actor: string): Promise<void> {
    return this.#change(name, async () => {
      const { entry, file } = this.#inFile(name, "remove it");
      this.#onDisk(name, "forget it", () => this.parts.folder.remove(file));
      this.#audit(actor, "cluster-rm", entry);
    });
  }

  /** The cluster is asked beside the other changes: one that hangs holds up itself alone. */
  async rotate(name: string, actor: string): Promise<void> {
    const cannot = "renew its credentials";
    this.#refuseUnsound(name);
    const { entry: before } = this.#inFile(name, cannot);
    if (this.#rotating.has(name)) throw changedMeanwhile(name, cannot, "they are being renewed");
    this.#rotating.add(name);
    try {
      const { token, revokeOld } = await this.parts.renewToken(before);
      await this.#change(name, async () => {
        const { entry, known } = this.#inFile(name, cannot);
        if (entry.server !== before.server || tokenIn(entry) !== tokenIn(before))
          throw changedMeanwhile(name, cannot, "somebody gave it others meanwhile");
        this.#write({ ...entry, credential: { by: "token", token } }, known);
        this.#audit(actor, "cluster-rotate-auth", entry);
      });
      // Only now that every request goes with the new one.
      await revokeOld();
    } finally {
      this.#rotating.delete(name);
    }
  }

  /** @throws {Failure} store; what `work` throws */
  #change(name: string, work: () => Promise<void>): Promise<void> {
    const done = this.#changing.then(async () => {
      this.#refuseUnsound(name);
      this.read();
      await work();
      this.read();
      await this.#apply();
    });
    this.#changing = done.catch(() => undefined);
    return done;
  }

  /** @throws {Failure} store */
  #refuseUnsound(name: string): void {
    const store = this.parts.store.condition();
    if (store.is !== "sound")
      throw new Failure("store", store.object, "backoff", {
        cannot: `change cluster ${name}`,
        why: store.why,
        fix: store.fix,
      });
  }

  /** What the entry takes the place of; undefined where it is new. @throws {Failure} not-found, conflict, refused */
  #placeFor(
    entry: ClusterEntry,
    how: "add" | "upsert" | "update",
    known: string | undefined,
  ): KnownEntry | undefined {
    const { name, server } = entry;
    const replaced =
      how === "update"
        ? this.#inFile(known ?? name, "change it").known
        : how === "upsert"
          ? (this.#named(name) ??
            this.#known.find((each) => serverKey(each.entry.server) === serverKey(server)))
          : undefined;
    if (replaced !== undefined && replaced.place.in !== "file") throw elsewhere(replaced, "change it");
    const taken = takenBy(
      entry,
      this.#known.filter((each) => each !== replaced),
    );
    if (taken !== undefined)
      throw new Failure("conflict", `cluster ${name}`, "after-edit", {
        cannot: "keep it",
        why: taken,
        fix:
          how === "add"
            ? "Use upsert (--upsert) to put this one in its place"
            : "Give each its own name and server",
      });
    return replaced;
  }

  /** @throws {Failure} config */
  #refuseProgram({ name, credential }: ClusterEntry, cannot: string): void {
    const refused = whyNotRun(credential, this.parts.programs());
    if (refused !== undefined)
      throw new Failure("config", `cluster ${name}`, "after-edit", { cannot, ...refused });
  }

  #named(name: string): KnownEntry | undefined {
    return this.#known.find(({ entry }) => entry.name === name);
  }

  /** @throws {Failure} not-found, refused */
  #inFile(name: string, cannot: string): { known: KnownEntry; entry: ClusterEntry; file: string } {
    const known = this.#named(name);
    if (known === undefined) throw unknownCluster(name, cannot);
    if (known.place.in !== "file") throw elsewhere(known, cannot);
    return { known, entry: known.entry, file: known.place.file };
  }

  #write(entry: ClusterEntry, replaced: KnownEntry | undefined): void {
    if (this.parts.folderIs === "passing")
      throw new Failure("refused", `cluster ${entry.name}`, "after-edit", {
        cannot: "keep it",
        why: "its file would be in the data folder of this replica alone, and be unknown to whichever leads next",
        fix: "Make it a Secret of the home's namespace, as Argo CD has it (docs/clusters.md), or name it in `clusters` of the config",
      });
    const file = replaced?.place.in === "file" ? replaced.place.file : undefined;
    this.#onDisk(entry.name, "keep it", () =>
      this.parts.folder.write(entry, ...(file === undefined ? [] : [file])),
    );
  }

  #onDisk(name: string, cannot: string, work: () => unknown): void {
    try {
      work();
    } catch (cause) {
      throw new Failure("store", `cluster ${name}`, "backoff", {
        cannot,
        why: `its file in the data folder cannot be written: ${messageOf(cause)}`,
        fix: "Look at the disk, and at who may write to the data folder",
        cause,
      });
    }
  }

  #audit(actor: string, action: string, entry: ClusterEntry, before?: ClusterEntry): void {
    const { name, server, credential, project } = entry;
    this.parts.store.audit({
      at: timestamp(this.parts.clock.now()),
      actor,
      action,
      ...(before === undefined ? {} : { before: shownPart(before), after: shownPart(entry) }),
      details: { cluster: name, server, credential: credential.by, ...defined({ project }) },
    });
  }
}

/** Without what it is reached by, but for its kind. */
function shownPart({ name, server, credential, project }: ClusterEntry): object {
  return { name, server, credential: credential.by, project };
}

function unknownCluster(name: string, cannot: string): Failure {
  return new Failure("not-found", `cluster ${name}`, "after-edit", {
    cannot,
    why: "there is no such cluster",
  });
}

function elsewhere({ entry, place }: KnownEntry, cannot: string): Failure {
  return new Failure("refused", `cluster ${entry.name}`, "after-edit", {
    cannot,
    why: `it stands in ${sayPlace({ place })}`,
    fix:
      place.in === "secret"
        ? "Edit the Secret (kubectl -n NAMESPACE edit secret NAME): it is followed as it changes"
        : "Edit the config: it is read again when it changes",
  });
}

function tokenIn({ credential }: ClusterEntry): string | undefined {
  return credential.by === "token" ? credential.token.reveal() : undefined;
}

function changedMeanwhile(name: string, cannot: string, why: string): Failure {
  return new Failure("conflict", `cluster ${name}`, "after-edit", {
    cannot,
    why,
    fix: "Look at it, and try again",
  });
}
