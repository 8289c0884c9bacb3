import type { KubeObject } from "../core/model/kube-object.ts";
import { groupKind, type RefKey, refKey, refOf } from "../core/model/object-ref.ts";
import type { CheckVerdict, HealthChecks } from "../core/ports/health-checks.ts";
import { Lru } from "../lib/lru.ts";
import { type Check, checksOf, healthFrom, judgeBy, type UserChecks } from "./check.ts";
import { CheckProcess, type CheckProcessOptions, checkProcessDefaults } from "./check-process.ts";
import { forKind } from "./for-kind.ts";
import type { Answer } from "./job.ts";

export interface HealthChecksOptions extends UserChecks {
  /** Starts the process for Lua and CEL, see run-check-host.ts. */
  command: readonly string[];
  limits?: Partial<Omit<CheckProcessOptions, "command">>;
  /** A check that had to be ended is left alone for so long: other checks wait behind it. */
  restMs?: number;
}

interface Ask {
  id: string;
  check: Check;
  object: KubeObject;
  subject: string;
  state: string;
}

interface Remembered {
  /** Whose verdict it is: uid and generation of the object. */
  subject: string;
  /** And which state of it was judged, by which version of the checks. */
  state: string;
  verdict: CheckVerdict;
}

/** Objects whose verdicts are kept. The one looked at longest ago goes first. */
const MOST_REMEMBERED = 50_000;

export class UserHealthChecks implements HealthChecks {
  readonly #runner: CheckProcess;
  readonly #restMs: number;
  readonly #remembered = new Lru<string, Remembered>(MOST_REMEMBERED);
  readonly #listeners = new Set<(keys: readonly RefKey[]) => void>();
  /** Objects that wait for their turn, each in its newest state only. */
  readonly #waiting = new Map<string, Ask>();
  #current: Ask | undefined;
  #find: (groupKind: string) => Check | undefined;
  /** Of the checks; rises with each `configure`. */
  #version = 0;

  constructor(options: HealthChecksOptions) {
    this.#runner = new CheckProcess({
      ...checkProcessDefaults,
      ...options.limits,
      command: options.command,
    });
    this.#restMs = options.restMs ?? 30_000;
    this.#find = forKind(checksOf(options));
  }

  said(object: KubeObject): CheckVerdict | undefined {
    const check = this.#find(groupKind(object));
    if (check === undefined) return undefined;
    if (check.is === "plugin") return judgeBy(check, object);
    const { uid = "", generation = "", resourceVersion = "" } = object.metadata;
    // Clusters may hold objects of one name: the uid tells them apart.
    const id = `${uid} ${refKey(refOf(object))}`;
    const subject = `${uid} ${generation}`;
    const state = `${this.#version} ${subject} ${resourceVersion}`;
    const known = this.#remembered.get(id);
    if (known?.state === state && resourceVersion !== "") return known.verdict;
    this.#judgeLater({ id, check, object, subject, state });
    // A verdict on an older generation is about something else: a wave must not take it for this one's.
    if (known?.subject === subject) return known.verdict;
    return {
      check: check.name,
      health: { status: "Progressing", message: `Waiting for ${check.name} to judge it` },
    };
  }

  async judge(object: KubeObject, signal?: AbortSignal): Promise<CheckVerdict | undefined> {
    const check = this.#find(groupKind(object));
    return check === undefined ? undefined : this.#evaluate(check, object, signal);
  }

  onChange(listener: (keys: readonly RefKey[]) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Other checks from now on. Last verdicts stand until the new ones are there. */
  configure(checks: UserChecks): void {
    this.#find = forKind(checksOf(checks));
    this.#version++;
  }

  async stop(): Promise<void> {
    this.#waiting.clear();
    this.#listeners.clear();
    await this.#runner.stop();
  }

  #judgeLater(asked: Ask): void {
    const { id, state } = asked;
    const isUnderWay = this.#current?.id === id && this.#current.state === state;
    if (isUnderWay || this.#waiting.get(id)?.state === state) return;
    this.#waiting.set(id, asked);
    if (this.#current === undefined) void this.#judgeWaiting();
  }

  async #judgeWaiting(): Promise<void> {
    for (const [id, asked] of this.#waiting) {
      this.#waiting.delete(id);
      this.#current = asked;
      const { check, object, subject, state } = asked;
      const verdict = await this.#evaluate(check, object);
      const before = this.#remembered.get(id);
      // A check at rest was not asked: whoever looks next asks again.
      const resting = check.is === "script" && check.rest.until > performance.now();
      this.#remembered.set(id, { subject, state: resting ? "" : state, verdict });
      const isSaid =
        before?.subject === subject && before.verdict.health?.message === verdict.health?.message;
      if (resting && isSaid) continue;
      for (const listener of this.#listeners) listener([refKey(refOf(object))]);
    }
    this.#current = undefined;
  }

  async #evaluate(check: Check, object: KubeObject, signal?: AbortSignal): Promise<CheckVerdict> {
    if (check.is === "plugin") return judgeBy(check, object);
    const answer = await this.#run(check, object, signal);
    return { check: check.name, health: healthFrom(check.name, answer, check.read) };
  }

  async #run(
    check: Extract<Check, { is: "script" }>,
    object: KubeObject,
    signal?: AbortSignal,
  ): Promise<Answer> {
    if (check.rest.until > performance.now()) return { is: "failed", why: check.rest.why };
    const answer = await this.#runner.run(check.job(object), signal);
    if (answer.is !== "ended") return answer;
    Object.assign(check.rest, { until: performance.now() + this.#restMs, why: answer.why });
    return { is: "failed", why: answer.why };
  }
}
