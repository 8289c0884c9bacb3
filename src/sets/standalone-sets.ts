import type { Application } from "../core/model/application.ts";
import type { ApplicationSet, SetKey } from "../core/model/application-set.ts";
import type { ApplicationSetStatus } from "../core/model/application-set-status.ts";
import type { RecordAnswer } from "../core/ports/custom-resources.ts";
import type { Home } from "../core/ports/home.ts";
import type { Log } from "../core/ports/log.ts";
import type { ServedSetObjects } from "../core/ports/served-set-objects.ts";
import type {
  ChildrenReading,
  KnownSet,
  SetChild,
  SetClash,
  SetsHome,
  SetsReading,
  WrittenOver,
} from "../core/ports/sets-home.ts";
import { takesOver } from "../core/sets/after-its-end.ts";
import { messageOf } from "../lib/caught.ts";
import { equalJson } from "../lib/equal-json.ts";
import { hashText } from "../lib/hash.ts";
import type { FileSet, FileSets } from "./file-sets.ts";
import { clashProblem } from "./say-clash.ts";

/**
 * ApplicationSets of a daemon that is at home in no cluster: those of files, and those that Holdfast serves itself because
 * a parent renders them or the API was asked. What they make is served, whoever asked for it.
 */
export class StandaloneSets implements SetsHome {
  /** Of sets in files, which have no place for one: kept in the store. */
  readonly #statuses = new Map<SetKey, ApplicationSetStatus | undefined>();
  readonly #known = new Map<SetKey, { file: FileSet; known: KnownSet }>();

  constructor(
    private readonly files: FileSets,
    private readonly served: ServedSetObjects,
    private readonly store: Pick<Home, "value" | "putValue">,
    private readonly log: Pick<Log, "warn">,
  ) {}

  sets(): SetsReading {
    const { sets: served, unreadable, problems } = this.served.sets();
    const sets = new Map(served.map((known) => [known.key, known]));
    const clashes = new Map<SetKey, SetClash>();
    for (const [key, file] of this.files.sets) {
      const other = sets.get(key);
      if (other?.goingSince !== undefined && file.goingSince === undefined) {
        this.#givesWay(other, file);
        sets.set(key, this.#ofFile(key, file));
      } else if (other !== undefined && file.goingSince === undefined) {
        // Which of them is meant, nobody can tell: nothing of its applications is changed until one is gone.
        unreadable.add(key);
        clashes.set(key, { file: file.file, line: file.line, other });
        sets.set(key, this.#ofFile(key, file));
      } else if (other === undefined) sets.set(key, this.#ofFile(key, file));
      else this.#isTaken(key, file, other);
    }
    return {
      sets: [...sets.values()],
      unreadable,
      problems: [...this.files.problems, ...problems, ...[...clashes].map(clashProblem)],
      clashes,
      incomplete: this.files.wasRead ? undefined : "the application folders were not read yet",
    };
  }

  children(): ChildrenReading {
    return { children: this.served.children, incomplete: undefined };
  }

  onChange(listener: () => void): () => void {
    const ends = [this.served.onChange(listener), this.files.onChange(listener)];
    return () => {
      for (const end of ends) end();
    };
  }

  async putSet(set: ApplicationSet, over: WrittenOver): Promise<RecordAnswer> {
    return this.served.put(set, over);
  }

  async deleteSet(key: SetKey): Promise<RecordAnswer> {
    return this.served.delete(key);
  }

  waiting(): readonly SetKey[] {
    return this.files.waiting;
  }

  letGo(keys: readonly SetKey[]): void {
    this.files.letGo(keys);
  }

  async make(set: KnownSet, app: Application): Promise<RecordAnswer> {
    return this.served.make(set, app);
  }

  async change(_set: KnownSet, child: SetChild, app: Application): Promise<RecordAnswer> {
    return this.served.change(child, app);
  }

  async remove(child: SetChild): Promise<RecordAnswer> {
    const owner = child.ownedBy === undefined ? undefined : this.files.sets.get(child.ownedBy);
    return this.served.remove(child, owner?.objects ?? "as-it-says");
  }

  show(key: SetKey, status: ApplicationSetStatus): void {
    if (!this.files.sets.has(key)) return this.served.show(key, status);
    const before = this.#statusOf(key);
    if (equalJson(before, status)) return;
    this.#statuses.set(key, status);
    const kept = withoutResources(status);
    if (equalJson(withoutResources(before), kept)) return;
    try {
      this.store.putValue(statusName(key), JSON.stringify(kept));
    } catch (cause) {
      // It is said with the next change; a rollout that forgets how far it was finds out by what is there.
      this.log.warn("the status of an ApplicationSet could not be kept", {
        applicationset: key,
        why: messageOf(cause),
      });
    }
  }

  async events(): Promise<undefined> {
    return undefined;
  }

  refreshed(key: SetKey, written: string): void {
    if (!this.files.sets.has(key)) this.served.refreshed(key, written);
  }

  release(key: SetKey): void {
    const file = this.files.sets.get(key);
    if (file === undefined) return this.served.release(key, "nobodys");
    // One whose file is there again stays, and with it what it came to.
    if (file.goingSince === undefined) return;
    this.served.disown(key);
    this.#forget(key);
  }

  #forget(key: SetKey): void {
    this.store.putValue(statusName(key), undefined);
    this.#statuses.delete(key);
    this.#known.delete(key);
    this.files.release(key);
  }

  /** Its file is gone and another one has its name: the applications are that one's, and none goes for the file's sake. */
  #isTaken(key: SetKey, file: FileSet, by: KnownSet): void {
    try {
      if (!takesOver(file.set, by.set)) this.served.disown(key);
      this.#forget(key);
    } catch (cause) {
      this.log.warn("an ApplicationSet whose file is gone could not be forgotten", {
        applicationset: key,
        why: messageOf(cause),
      });
    }
  }

  /** It is deleted, and a file has its name: the applications are the file's, and none goes for the sake of this one. */
  #givesWay({ key, set }: KnownSet, { set: file }: FileSet): void {
    try {
      this.served.release(key, takesOver(set, file) ? "of-the-name" : "nobodys");
    } catch (cause) {
      this.log.warn("an ApplicationSet that a file stands for now could not be forgotten", {
        applicationset: key,
        why: messageOf(cause),
      });
    }
  }

  #statusOf(key: SetKey): ApplicationSetStatus | undefined {
    if (!this.#statuses.has(key)) {
      const kept = this.store.value(statusName(key));
      this.#statuses.set(key, kept === undefined ? undefined : JSON.parse(kept));
    }
    return this.#statuses.get(key);
  }

  #ofFile(key: SetKey, file: FileSet): KnownSet {
    const before = this.#known.get(key);
    const status = this.#statusOf(key);
    if (before?.file === file && before.known.status === status) return before.known;
    const known: KnownSet = {
      key,
      uid: uidOf(key),
      set: file.set,
      origin: { from: "file", file: file.file, line: file.line },
      goingSince: file.goingSince,
      status,
      refresh: undefined,
    };
    this.#known.set(key, { file, known });
    return known;
  }
}

/** What its applications come to is told anew after a start, and would be written down at each change of any of them. */
function withoutResources(status: ApplicationSetStatus | undefined): ApplicationSetStatus | undefined {
  if (status === undefined) return undefined;
  const { resources: _, ...kept } = status;
  return kept;
}

function statusName(key: SetKey): string {
  return `status of ApplicationSet ${key}`;
}

/** The same for every daemon: one that is taken out and written again is the same set. */
function uidOf(key: SetKey): string {
  const hash = hashText(`ApplicationSet ${key}`);
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join("-");
}
