import type { AppKey, Application } from "../model/application.ts";
import type { SetKey } from "../model/application-set.ts";
import type { ObjectRef } from "../model/object-ref.ts";
import type { Problem } from "../model/problem.ts";
import type { Project } from "../model/project.ts";

/** An object that a parent made, and what it says. */
export interface Child<T = Application> {
  value: T;
  ref: ObjectRef;
  /** Whose it is; absent where nothing says so. */
  parent?: AppKey;
  /** The ApplicationSet that made it; absent where none did. */
  set?: SetKey;
  /** It is to go, since then (RFC 3339), and waits for `finish`. */
  deletingSince?: string;
}

/** An Application that is there and cannot be used, and what of it says how it goes. */
export interface UnreadableChild extends Omit<Child, "value"> {
  finalizers: readonly string[];
  annotations: Readonly<Record<string, string>>;
  /** `spec.project`; undefined where that cannot be read. */
  project: string | undefined;
  /** `spec.syncPolicy.syncOptions`; undefined where these cannot be read. */
  syncOptions: readonly string[] | undefined;
}

export interface ParentsReading {
  applications: readonly Child[];
  projects: readonly Child<Project>[];
  /** Applications that are there and cannot be used: nothing is concluded from what is missing of them. */
  unreadable: ReadonlyMap<AppKey, UnreadableChild>;
  /** Objects that hold nothing which could be used, named with their parents. */
  problems: readonly Problem[];
}

/** What became of a reading: nothing but that these applications say something else now, or anything at all. */
export type ParentsChange = { is: "edited"; applications: readonly Child[] } | { is: "anything" };

/**
 * Where children of applications live when Holdfast is at home in no cluster. Their objects are those of a cluster to
 * their parents; here they are the source of applications.
 */
export interface ParentsHome {
  /** All there is: it is in the store, and what is missing is gone. */
  reading(): ParentsReading;
  /** Told after `reading()` became another one. @returns ends it */
  onChange(listener: (change: ParentsChange) => void): () => void;
  /** What an application comes to, for the waves and the tree of its parent. @throws {Failure} store */
  putStatus(app: Application): void;
  /**
   * Somebody deletes it: it is marked, and goes when its deletion is over. `finalizers` say how its objects go.
   * @throws {Failure} store
   */
  remove(app: Application): void;
  /**
   * Who is of each project, whatever made it, told at each change: a project that is to go stays until nobody is of it any
   * more, and before the first word of it all stay.
   * @throws {Failure} store
   */
  noteUsers(byProject: ReadonlyMap<string, readonly AppKey[]>): void;
  /** As it was told last, and what is a child by now. */
  usersOf(project: string): AppKey[];
  /** Its deletion is over. One that is not being deleted stays: it was made anew meanwhile. @throws {Failure} store */
  finish(key: AppKey): void;
}
