/** The fights of one application that are known of: when each is tried once more, and when it is over. */
import { appliedHash, NOTHING_IGNORED } from "../core/compare/index.ts";
import type { Difference } from "../core/model/comparison.ts";
import type { DesiredObject } from "../core/model/desired-object.ts";
import type { Fight } from "../core/model/fight.ts";
import type { RefKey } from "../core/model/object-ref.ts";
import { type Contested, type FightSettings, pauseMs, settersOnce } from "../core/plan/fights.ts";
import type { Clock } from "../core/ports/clock.ts";
import { timestamp } from "../lib/timestamp.ts";
import type { Compared } from "./compare/compared.ts";

interface Fought {
  fight: Fight;
  /** When it is tried once more, by the clock that never steps; undefined: counted from the next look on. */
  tryAt: number | undefined;
  /** Since when the object was seen as Git has it. */
  quietSince: number | undefined;
}

/** An end, and why. */
export interface EndedFight {
  key: RefKey;
  because: string;
}

/** Objects of one application at most: what is beyond is healed with pauses that grow. */
const MOST = 500;

/** A restart keeps what is fought over, and begins each pause anew: no clock that could be set decides. */
export class Fights {
  readonly #byKey = new Map<RefKey, Fought>();

  constructor(stored: readonly Fight[] = []) {
    for (const fight of stored.slice(0, MOST))
      this.#byKey.set(fight.key, { fight, tryAt: undefined, quietSince: undefined });
  }

  get all(): Fight[] {
    return [...this.#byKey.values()].map(({ fight }) => fight);
  }

  get size(): number {
    return this.#byKey.size;
  }

  known(key: RefKey): Fight | undefined {
    return this.#byKey.get(key)?.fight;
  }

  of(key: RefKey, ticks: number): { fight: Fight; again: "now" | "later" } | undefined {
    const fought = this.#byKey.get(key);
    if (fought === undefined) return undefined;
    return { fight: fought.fight, again: ticks >= (fought.tryAt ?? Infinity) ? "now" : "later" };
  }

  /** @returns undefined where there are too many already */
  notice(
    { drift: { key }, fields, how, heals, since, setters }: Contested,
    { target, ignored }: Pick<Compared, "target" | "ignored">,
    settings: FightSettings,
    clock: Pick<Clock, "now" | "monotonic">,
  ): Fight | undefined {
    const before = this.#byKey.get(key)?.fight;
    if (before === undefined && this.#byKey.size >= MOST) return undefined;
    const [now, ticks] = [clock.now(), clock.monotonic()];
    const fight: Fight = {
      key,
      fields,
      how,
      desired: hashOf(
        target.desired.find((one) => one.key === key),
        ignored,
      ),
      heals: (before?.heals ?? 0) + heals,
      since: before?.since ?? timestamp(now - (ticks - since)),
      last: timestamp(now),
      setters: settersOnce([...(before?.setters ?? []), ...setters]),
      tries: before?.tries ?? 0,
    };
    this.#byKey.set(key, { fight, tryAt: ticks + pauseMs(fight, settings), quietSince: undefined });
    return fight;
  }

  /** It is healed once more. */
  tried(key: RefKey, settings: FightSettings, clock: Pick<Clock, "now" | "monotonic">): void {
    const fought = this.#byKey.get(key);
    if (fought === undefined) return;
    const fight = { ...fought.fight, tries: fought.fight.tries + 1, last: timestamp(clock.now()) };
    this.#byKey.set(key, {
      fight,
      tryAt: clock.monotonic() + pauseMs(fight, settings),
      quietSince: undefined,
    });
  }

  forget(concerns: (key: RefKey) => boolean): void {
    for (const key of [...this.#byKey.keys()]) if (concerns(key)) this.#byKey.delete(key);
  }

  /**
   * What was seen ends some: the object is not wanted any more, Git or what is ignored says something else of it, or it
   * has been as Git has it for as long as a fight is counted in.
   * @returns those that ended, and when the next one has something to do
   */
  review(
    compared: Pick<Compared, "comparison" | "reown" | "drifted" | "target" | "ignored">,
    settings: FightSettings,
    ticks: number,
  ): { ended: EndedFight[]; againInMs: number | undefined } {
    if (this.#byKey.size === 0) return { ended: [], againInMs: undefined };
    const differences = new Map(
      compared.comparison.differences.map((difference) => [difference.key, difference]),
    );
    const desired = new Map(compared.target.desired.map((one) => [one.key, one]));
    const ended: EndedFight[] = [],
      waits: number[] = [];
    for (const [key, fought] of this.#byKey) {
      fought.tryAt ??= ticks + pauseMs(fought.fight, settings);
      const difference = differences.get(key);
      const hash = hashOf(desired.get(key), compared.ignored);
      const because = over(fought, difference, hash, compared, settings.withinMs, ticks);
      if (because === undefined) {
        waits.push(
          (fought.quietSince === undefined ? fought.tryAt : fought.quietSince + settings.withinMs) - ticks,
        );
        continue;
      }
      this.#byKey.delete(key);
      ended.push({ key, because });
    }
    return { ended, againInMs: waits.length === 0 ? undefined : Math.max(0, Math.min(...waits)) };
  }
}

/** @returns why it is over, undefined while it is not; notes since when it is quiet */
function over(
  fought: Fought,
  difference: Difference | undefined,
  desiredHash: string,
  compared: Pick<Compared, "reown" | "drifted">,
  withinMs: number,
  ticks: number,
): string | undefined {
  const { fight } = fought;
  if (difference === undefined || difference.is === "extra" || difference.is === "foreign")
    return "Git does not want it here any more";
  if (difference.is === "unknown") return undefined;
  if (desiredHash !== fight.desired) return "its manifest, or what is ignored of it, is another";
  if (isAsFoughtFor(fight, difference, compared)) fought.quietSince ??= ticks;
  else fought.quietSince = undefined;
  return fought.quietSince !== undefined && ticks - fought.quietSince >= withinMs
    ? "it stays as Git has it"
    : undefined;
}

/** Nothing differs of what was fought over, whatever else does. */
function isAsFoughtFor(
  { key, fields }: Fight,
  { is }: Difference,
  { reown, drifted }: Pick<Compared, "reown" | "drifted">,
): boolean {
  if (is === "same") return !reown.has(key);
  if (is !== "changed") return false;
  const differing = drifted.get(key)?.fields ?? [];
  return differing.length > 0 && !differing.some((path) => fields.includes(path));
}

function hashOf(desired: DesiredObject | undefined, ignored: Compared["ignored"]): string {
  return desired === undefined ? "" : appliedHash(desired, ignored.get(desired.key) ?? NOTHING_IGNORED);
}
