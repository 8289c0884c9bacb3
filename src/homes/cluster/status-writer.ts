/** Writes back into custom resources, each for itself: only what is news, once for many changes, and one request at a time. */
import type { JsonPatchOp } from "../../core/model/json-patch.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import type { WriteOutcome } from "../../core/ports/cluster-objects.ts";
import type { Log } from "../../core/ports/log.ts";
import { type Backoff, backoffMs } from "../../lib/backoff.ts";
import { messageOf } from "../../lib/caught.ts";
import { defined } from "../../lib/defined.ts";
import { startTimer, type Timer } from "../../lib/timer.ts";
import { saysTheSame, type WriteBack } from "./write-back.ts";

export interface StatusWriterParts<Key extends string, Status> {
  /** `an application`. */
  what: string;
  /** As it is known now; undefined where it is not there. */
  known(key: Key): KubeObject | undefined;
  /** The status as it goes out: with what the home itself has to say of it. */
  finish(key: Key, status: Status): Status;
  /** Whether somebody who watches waits for this. */
  isNews(before: Status | undefined, now: Status): boolean;
  /** Empty where the object says all that already. */
  steps(object: KubeObject, write: WriteBack<Status>): JsonPatchOp[];
  /** @throws {Failure} where nothing is to be written now */
  patch(object: KubeObject, steps: readonly JsonPatchOp[]): Promise<WriteOutcome>;
  log: Log;
  pauses: StatusPauses;
}

/** Milliseconds. */
export interface StatusPauses {
  /** What comes within this time goes out in one request. */
  togetherMs: number;
  /** Between two writes of what is no news in itself: how far an operation is, a look that found nothing new. */
  detailsMs: number;
  again: Backoff;
}

export const STATUS_PAUSES: StatusPauses = {
  togetherMs: 300,
  detailsMs: 10_000,
  again: { firstMs: 500, mostMs: 60_000 },
};

interface Writing<Status> {
  /** To be written, and not yet. */
  pending: WriteBack<Status>;
  /**
   * What was written last, and how the server answered: a definition that drops a field of ours makes the two differ,
   * and writing it again would change nothing.
   */
  last: { status: Status; answered: unknown; at: number } | undefined;
  timer: Timer | undefined;
  dueAt: number;
  isWriting: boolean;
  failures: number;
}

export class StatusWriter<Key extends string, Status> {
  readonly #parts: StatusWriterParts<Key, Status>;
  readonly #writings = new Map<Key, Writing<Status>>();
  #isStopped = false;

  constructor(parts: StatusWriterParts<Key, Status>) {
    this.#parts = parts;
  }

  show(key: Key, status: Status): void {
    const writing = this.#of(key);
    const { togetherMs, detailsMs } = this.#parts.pauses;
    const before = writing.pending.status ?? writing.last?.status;
    writing.pending = { ...writing.pending, status };
    const sinceLast = writing.last === undefined ? Number.POSITIVE_INFINITY : this.#now() - writing.last.at;
    const { isNews } = this.#parts;
    const isSoon = isNews(before, status) || isNews(writing.last?.status, status);
    this.#due(key, writing, isSoon ? togetherMs : Math.max(togetherMs, detailsMs - sinceLast));
  }

  took(key: Key, written: unknown): void {
    const writing = this.#of(key);
    writing.pending = { ...writing.pending, taken: written };
    this.#due(key, writing, this.#parts.pauses.togetherMs);
  }

  refreshed(key: Key, value: string): void {
    const writing = this.#of(key);
    writing.pending = { ...writing.pending, refreshed: value };
    this.#due(key, writing, this.#parts.pauses.togetherMs);
  }

  /** It is gone, or another one. */
  forget(key: Key): void {
    this.#writings.get(key)?.timer?.cancel();
    this.#writings.delete(key);
  }

  /** Writes what there is once more, and nothing after that. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const due = [...this.#writings].filter(([, { timer }]) => timer !== undefined);
    for (const [, { timer }] of due) timer?.cancel();
    await Promise.all(due.map(([key, writing]) => this.#write(key, writing)));
  }

  #of(key: Key): Writing<Status> {
    const known = this.#writings.get(key);
    if (known !== undefined) return known;
    const writing: Writing<Status> = {
      pending: {},
      last: undefined,
      timer: undefined,
      dueAt: 0,
      isWriting: false,
      failures: 0,
    };
    this.#writings.set(key, writing);
    return writing;
  }

  /** An earlier time that is set already stands; while a request is under way, and after one that failed, its end decides. */
  #due(key: Key, writing: Writing<Status>, inMs: number): void {
    if (this.#isStopped || writing.isWriting) return;
    const dueAt = this.#now() + inMs;
    if (writing.timer !== undefined && (writing.failures > 0 || writing.dueAt <= dueAt)) return;
    writing.timer?.cancel();
    writing.dueAt = dueAt;
    writing.timer = startTimer(inMs, () => void this.#write(key, writing)).unref();
  }

  async #write(key: Key, writing: Writing<Status>): Promise<void> {
    writing.timer = undefined;
    const object = this.#parts.known(key);
    if (object === undefined || writing.isWriting) return;
    const { pending, last } = writing;
    const status = pending.status === undefined ? undefined : this.#parts.finish(key, pending.status);
    const isSaid =
      status !== undefined &&
      last !== undefined &&
      saysTheSame(last.status, status) &&
      saysTheSame(last.answered, object["status"]);
    const { taken, refreshed } = pending;
    const steps = this.#parts.steps(object, {
      ...defined({ taken, refreshed }),
      ...(isSaid ? {} : defined({ status })),
    });
    writing.pending = {};
    if (steps.length === 0) return;
    writing.isWriting = true;
    const answer = await this.#parts
      .patch(object, steps)
      .catch((cause): WriteOutcome => ({ is: "unreachable", why: messageOf(cause) }));
    writing.isWriting = false;
    if (this.#writings.get(key) !== writing) return;
    if (answer.is === "done") {
      writing.failures = 0;
      const said = status ?? last?.status;
      if (said !== undefined)
        writing.last = { status: said, answered: answer.object["status"], at: this.#now() };
      if (Object.keys(writing.pending).length > 0) this.#due(key, writing, this.#parts.pauses.togetherMs);
      return;
    }
    writing.pending = { ...pending, ...writing.pending };
    this.#failed(key, writing, answer);
  }

  /** A refusal is mostly somebody else's write between: by the next try it is known, and what was asked for then too. */
  #failed(key: Key, writing: Writing<Status>, answer: Exclude<WriteOutcome, { is: "done" }>): void {
    writing.failures++;
    const why = answer.is === "refused" ? answer.message : answer.why;
    const { again } = this.#parts.pauses;
    if (writing.failures === 3)
      this.#parts.log.warn(`the status of ${this.#parts.what} cannot be written`, { which: key, why });
    const pauseMs = backoffMs(writing.failures, again);
    if (this.#isStopped) return;
    writing.timer?.cancel();
    writing.dueAt = this.#now() + pauseMs;
    writing.timer = startTimer(pauseMs, () => void this.#write(key, writing)).unref();
  }

  #now(): number {
    return performance.now();
  }
}
