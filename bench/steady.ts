/** Whether a figure that is sampled over time stays where it is, or grows. Pure. */

export interface Sample {
  /** Of the clock that all samples share. */
  minute: number;
  /** Which process it was: one that was started anew is another one, and nothing grows from the one to the other. */
  life: number;
  /** Minutes since that process's start. */
  age: number;
  value: number;
}

export interface Slope {
  /** Middle of the slopes between each two samples of one life; in an hour. */
  perHour: number;
  /** Middle of the samples. */
  middle: number;
  samples: number;
}

export type Verdict =
  | { is: "flat"; slope: Slope; mayGrow: number }
  | { is: "grows"; slope: Slope; mayGrow: number }
  | { is: "untold"; why: string };

export interface Bounds {
  /** Samples of a younger process are left out: it is still filling its caches. */
  warmUpMinutes: number;
  /** Growth in an hour that is none: the larger of a share of the middle and so much; less than that, all in all, is none either. */
  share: number;
  least: number;
}

/** Fewer tell nothing. */
const FEWEST = 5;

const middleOf = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/**
 * By the middle of all slopes between pairs (Theil and Sen), which single samples that are far off do not move: a peak
 * while everything is synced is none of what stays.
 */
export function slopeOf(samples: readonly Sample[]): Slope {
  const slopes: number[] = [];
  for (const [at, one] of samples.entries())
    for (const later of samples.slice(at + 1))
      if (later.life === one.life && later.minute > one.minute)
        slopes.push((later.value - one.value) / (later.minute - one.minute));
  return {
    ...{ perHour: middleOf(slopes) * 60, samples: samples.length },
    middle: middleOf(samples.map(({ value }) => value)),
  };
}

/** Minutes that the process was watched which was watched longest. */
const longestOf = (lives: readonly (readonly Sample[])[]): number =>
  Math.max(...lives.map((samples) => (samples.at(-1)?.minute ?? 0) - (samples[0]?.minute ?? 0)));

export function verdictOf(all: readonly Sample[], { warmUpMinutes, share, least }: Bounds): Verdict {
  const warm = all.filter(({ age }) => age >= warmUpMinutes);
  const lives = Map.groupBy(warm, ({ life }) => life);
  const told = [...lives.values()].filter((samples) => samples.length >= FEWEST).flat();
  if (told.length === 0)
    return {
      is: "untold",
      why: `no process has ${FEWEST} samples of ${warmUpMinutes} minutes after its start or later: run it longer`,
    };
  const slope = slopeOf(told);
  const mayGrow = Math.max(least, share * slope.middle);
  // One connection more in eight minutes would be eight in an hour: what was not seen to grow by so much did not.
  const seen = (slope.perHour * longestOf([...lives.values()])) / 60;
  return { is: slope.perHour > mayGrow && seen > least ? "grows" : "flat", slope, mayGrow };
}
