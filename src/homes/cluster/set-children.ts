/** The Applications of a cluster as those of sets: whose each is, and whether it is going. */
import { controllingSet } from "../../core/manifest/parent-of.ts";
import type { AppKey, Application } from "../../core/model/application.ts";
import { type SetKey, setKey } from "../../core/model/application-set.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import type { Children, SetChild } from "../../core/ports/sets-home.ts";
import { ChildIndex } from "../../core/sets/child-index.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { startTimer } from "../../lib/timer.ts";
import { manifestOf } from "./application-record.ts";
import type { StandingApplications } from "./standing-applications.ts";

/** A watch tells of a write within moments; one that does not is not waited for. */
const SHOWN_WITHIN_MS = 2_000;

export interface SetChildrenParts {
  applications: StandingApplications;
  /** Of the set that has this name now; undefined where there is none. */
  uidOf(set: SetKey): string | undefined;
  /** A child is another one, came, or went. */
  changed(): void;
}

export class SetChildren {
  readonly #parts: SetChildrenParts;
  readonly #children = new ChildIndex();
  /** Which set each speaks of, whether that is there or not; and the other way round. */
  readonly #speaksOf = new Map<AppKey, SetKey>();
  readonly #spokenOf = new Map<SetKey, Set<AppKey>>();
  readonly #waiting = new Map<AppKey, Set<() => void>>();
  readonly #end: () => void;

  constructor(parts: SetChildrenParts) {
    this.#parts = parts;
    this.#end = parts.applications.onEach((key) => this.#look(key));
    for (const key of parts.applications.keys()) this.#look(key);
  }

  get all(): Children {
    return this.#children;
  }

  get(key: AppKey): SetChild | undefined {
    return this.#children.get(key);
  }

  /** The set of this name came, went, or is another one. */
  setChanged(set: SetKey): void {
    for (const key of [...(this.#spokenOf.get(set) ?? [])]) this.#look(key);
  }

  /**
   * Resolves when the child is seen so, or after two seconds: who plans by what is seen would write once more what was
   * written a moment ago.
   */
  async untilSeen(key: AppKey, is: (child: SetChild | undefined) => boolean): Promise<void> {
    if (is(this.#children.get(key))) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => {
      if (is(this.#children.get(key))) resolve();
    };
    const waiting = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, waiting.add(look));
    const timer = startTimer(SHOWN_WITHIN_MS, resolve).unref();
    await promise;
    timer.cancel();
    waiting.delete(look);
    if (waiting.size === 0) this.#waiting.delete(key);
  }

  stop(): void {
    this.#end();
  }

  #look(key: AppKey): void {
    const { applications, uidOf, changed } = this.#parts;
    const standing = applications.get(key);
    const before = this.#children.get(key);
    const child = standing === undefined ? undefined : childOf(key, standing, uidOf);
    this.#note(key, standing?.object);
    if (isSame(before, child)) return;
    if (child === undefined) this.#children.delete(key);
    else this.#children.set(child);
    for (const look of [...(this.#waiting.get(key) ?? [])]) look();
    changed();
  }

  #note(key: AppKey, object: KubeObject | undefined): void {
    const name = object === undefined ? undefined : nameOfOwner(object);
    const before = this.#speaksOf.get(key);
    if (before === name) return;
    if (before !== undefined) this.#spokenOf.get(before)?.delete(key);
    if (name === undefined) this.#speaksOf.delete(key);
    else {
      this.#speaksOf.set(key, name);
      this.#spokenOf.set(name, (this.#spokenOf.get(name) ?? new Set()).add(key));
    }
  }
}

function childOf(
  key: AppKey,
  { object, app }: { object: KubeObject; app: Application | undefined },
  uidOf: (set: SetKey) => string | undefined,
): SetChild {
  const owner = controllingSet(object);
  const name = nameOfOwner(object);
  // A set that was made anew under the name has not made it: the cluster deletes what the one before owned.
  const isThere = name !== undefined && uidOf(name) === owner?.uid;
  return {
    key,
    uid: object.metadata.uid ?? "",
    app: app ?? unread(object),
    ownedBy: isThere ? name : undefined,
    isGoing: object.metadata.deletionTimestamp !== undefined,
  };
}

/** What somebody broke is mended by its set, which holds it against what it wants. */
function unread(object: KubeObject): Application {
  const { spec, ...manifest } = manifestOf(object);
  return { ...manifest, spec: isMapping(spec) ? spec : {} } as unknown as Application;
}

function nameOfOwner(object: KubeObject): SetKey | undefined {
  const owner = controllingSet(object);
  return owner === undefined ? undefined : setKey(object.metadata.namespace ?? "", owner.name);
}

function isSame(a: SetChild | undefined, b: SetChild | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  const isSameApp = a.app === b.app || equalJson(a.app, b.app);
  return isSameApp && a.uid === b.uid && a.ownedBy === b.ownedBy && a.isGoing === b.isGoing;
}
