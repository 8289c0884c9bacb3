/**
 * Deleted Applications whose objects are gone, and deleted projects and sets that nobody is of: what has them wait for us
 * is taken away, until it is. And the other way: sets are made to wait for us.
 */
import type { JsonPatchOp } from "../../core/model/json-patch.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import type { WriteOutcome } from "../../core/ports/cluster-objects.ts";
import type { Log } from "../../core/ports/log.ts";
import { type Backoff, backoffMs } from "../../lib/backoff.ts";
import { messageOf } from "../../lib/caught.ts";
import { startTimer, type Timer } from "../../lib/timer.ts";

export interface ReleaseParts<Key extends string> {
  /** As it is known now; undefined where it is not there. */
  known(key: Key): KubeObject | undefined;
  /** @throws {Failure} where nothing is to be written now */
  patch(object: KubeObject, steps: readonly JsonPatchOp[]): Promise<WriteOutcome>;
  /** What goes on where it cannot be written: `an application is deleted, and its finalizer cannot be taken away`. */
  trouble: string;
  /** Empty where it is done. */
  steps(object: KubeObject): JsonPatchOp[];
  log: Log;
  again: Backoff;
}

export class Releases<Key extends string> {
  readonly #parts: ReleaseParts<Key>;
  readonly #going = new Map<Key, { uid: string; timer: Timer | undefined }>();

  constructor(parts: ReleaseParts<Key>) {
    this.#parts = parts;
  }

  /** Whether this one is over for us, though it may still be seen. */
  has(key: Key, uid: string): boolean {
    return this.#going.get(key)?.uid === uid;
  }

  begin(key: Key, uid: string): void {
    this.forget(key);
    this.#going.set(key, { uid, timer: undefined });
    void this.#try(key, uid, 1);
  }

  /** It is gone, or another one. */
  forget(key: Key): void {
    this.#going.get(key)?.timer?.cancel();
    this.#going.delete(key);
  }

  stop(): void {
    for (const { timer } of this.#going.values()) timer?.cancel();
    this.#going.clear();
  }

  patch(object: KubeObject, steps: readonly JsonPatchOp[]): Promise<WriteOutcome> {
    return this.#parts.patch(object, steps);
  }

  async #try(key: Key, uid: string, tries: number): Promise<void> {
    const object = this.#parts.known(key);
    if (object === undefined || object.metadata.uid !== uid) return;
    const steps = this.#parts.steps(object);
    if (steps.length === 0) return;
    const answer = await this.patch(object, steps).catch(
      (cause): WriteOutcome => ({ is: "unreachable", why: messageOf(cause) }),
    );
    const going = this.#going.get(key);
    if (going?.uid !== uid || answer.is === "done") return;
    if (answer.is === "refused" && answer.status === 404) return;
    if (tries === 3)
      this.#parts.log.warn(this.#parts.trouble, {
        which: key,
        why: answer.is === "refused" ? answer.message : answer.why,
      });
    going.timer = startTimer(
      backoffMs(tries, this.#parts.again),
      () => void this.#try(key, uid, tries + 1),
    ).unref();
  }
}
