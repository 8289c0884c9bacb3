import type { AppKey, Application } from "../model/application.ts";
import type { ApplicationSet, SetKey } from "../model/application-set.ts";
import type { ApplicationSetStatus } from "../model/application-set-status.ts";
import type { KubeObject } from "../model/kube-object.ts";
import type { Problem } from "../model/problem.ts";
import type { RecordAnswer } from "./custom-resources.ts";

/** Where an ApplicationSet is written: who else may change it. */
export type SetOrigin =
  | { from: "file"; file: string; line: number }
  | { from: "api" }
  /** A manifest that an application rendered; absent where its object does not say whose. */
  | { from: "parent"; parent?: AppKey }
  | { from: "cluster"; cluster: string };

/** An ApplicationSet that there is. */
export interface KnownSet {
  key: SetKey;
  /** One that is deleted and made again in a cluster has another. */
  uid: string;
  /** As it is written, without status; the same object for as long as nobody edits it. */
  set: ApplicationSet;
  origin: SetOrigin;
  /** RFC 3339: it is to go since then, with its applications, and waits for `release`. */
  goingSince: string | undefined;
  /** What stands there as its status, whoever wrote it. */
  status: ApplicationSetStatus | undefined;
  /** The annotation that asks for a refresh, as it is written; absent where nobody asks. */
  refresh: string | undefined;
}

/** What a set is written over. */
export type WrittenOver = "nothing" | "what-there-is" | { asSeen: ApplicationSet };

/** Two sets have one name. */
export interface SetClash {
  file: string;
  line: number;
  /** The other one, and where that is. */
  other: Pick<KnownSet, "set" | "origin">;
}

export interface SetsReading {
  sets: readonly KnownSet[];
  /** There, and not to be read: nothing of their applications is changed. */
  unreadable: ReadonlySet<SetKey>;
  problems: readonly Problem[];
  /** Of those that stand in a file and somewhere else too, which is unreadable. Default none. */
  clashes?: ReadonlyMap<SetKey, SetClash>;
  /** Why nothing may be concluded from what is missing, a sentence without a full stop; absent: it is all there is. */
  incomplete: string | undefined;
}

/** An application that there is, of a set or not. It is never changed in place: what changed is another one. */
export interface SetChild {
  key: AppKey;
  uid: string;
  /** As it is written, without status and operation. */
  app: Application;
  /** Whose it is by its owner reference; undefined: no set's. */
  ownedBy: SetKey | undefined;
  /** It is being deleted. */
  isGoing: boolean;
}

/** Applications by key, and by the set that owns them. */
export interface Children {
  readonly size: number;
  get(key: AppKey): SetChild | undefined;
  values(): Iterable<SetChild>;
  /** In no order; the very same list for as long as none of them came, went, or became another one. */
  ownedBy(set: SetKey): readonly SetChild[];
  /** Which those are, in the same order; the very same list for as long as none of them came or went. */
  namesOf(set: SetKey): readonly AppKey[];
}

/** What applications there are, and why some may be missing here: then nothing is made either, for a name may be taken. */
export interface ChildrenReading {
  children: Children;
  incomplete: string | undefined;
}

/**
 * Where ApplicationSets live, and where their applications are made: a cluster's custom resources, or the home that
 * Holdfast serves itself.
 */
export interface SetsHome {
  sets(): SetsReading;
  children(): ChildrenReading;
  /** Called after one of the readings became another one. @returns ends it */
  onChange(listener: () => void): () => void;
  /**
   * Kubernetes Events about this set, newest first; undefined: no API server has it, so none keeps any.
   * @throws {Failure} cluster-unreachable, forbidden
   */
  events(known: Pick<KnownSet, "key" | "uid">): Promise<KubeObject[] | undefined>;
  /**
   * Makes the set, or writes labels, annotations, finalizers and spec over what there is.
   * @param over `nothing`: `conflict` where there is one, also one that no reading tells of yet; `asSeen`: `overtaken` where
   *   another one is written there by now
   */
  putSet(set: ApplicationSet, over: WrittenOver): Promise<RecordAnswer>;
  /** A person deletes it: it is `goingSince` now, and goes after its applications. */
  deleteSet(key: SetKey): Promise<RecordAnswer>;
  /** Makes it, owned by the set. `conflict` where there is one of that name. */
  make(set: KnownSet, app: Application): Promise<RecordAnswer>;
  /**
   * Writes labels, annotations, finalizers and spec of the application that was read: `conflict` where it is another one
   * by now, or was edited. Status and operation stay.
   */
  change(set: KnownSet, child: SetChild, app: Application): Promise<RecordAnswer>;
  /** Deletes it: its finalizers say what of its objects. `conflict` where it is another one by now. */
  remove(child: SetChild): Promise<RecordAnswer>;
  /** The set says this from now on; written when that is news, soon, and once for many changes. Never throws. */
  show(key: SetKey, status: ApplicationSetStatus): void;
  /** The refresh that was asked for is done: the annotation goes. */
  refreshed(key: SetKey, written: string): void;
  /** Sets that wait for a person's word before they go: their folder is suddenly empty. Absent: none ever does. */
  waiting?(): readonly SetKey[];
  /** A person says that these of them may go. @throws {Failure} store */
  letGo?(keys: readonly SetKey[]): void;
  /** Its applications are gone, or stay for good: what has it wait for us goes, and with it the set. */
  release(key: SetKey, uid: string): void;
}
