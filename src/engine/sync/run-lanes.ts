/** How far one try of a sync is in each phase and wave of its plan. */
import type { RunLane } from "../../core/model/operation.ts";
import type { Plan, Wave } from "../../core/model/plan.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { timestamp } from "../../lib/timestamp.ts";

export class RunLanes {
  readonly #clock: Pick<Clock, "now">;
  #lanes: readonly RunLane[] = [];

  /** Of what would follow a failure nothing is known to come. */
  constructor({ waves }: Pick<Plan, "waves">, clock: Pick<Clock, "now">) {
    this.#clock = clock;
    for (const wave of waves) this.#put(wave, ({ steps }) => ({ steps: steps + wave.steps.length }));
  }

  all(): RunLane[] {
    return [...this.#lanes];
  }

  mark(wave: Wave, is: "begun" | "ended"): void {
    const now = timestamp(this.#clock.now());
    this.#put(wave, ({ startedAt = now, steps }) => ({
      ...{ startedAt, steps: Math.max(steps, wave.steps.length) },
      ...(is === "ended" ? { finishedAt: now } : {}),
    }));
  }

  /** Waves of one number in one phase are one lane: the destination's Namespace is made in a wave of its own. */
  #put({ phase, wave }: Wave, change: (before: RunLane) => Omit<RunLane, "phase" | "wave">): void {
    const at = this.#lanes.findIndex((one) => one.phase === phase && one.wave === wave);
    const before = this.#lanes[at] ?? { phase, wave, steps: 0 };
    const lane = { phase, wave, ...change(before) };
    this.#lanes =
      at < 0 ? [...this.#lanes, lane] : this.#lanes.map((one, index) => (index === at ? lane : one));
  }
}
