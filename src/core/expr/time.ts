/** Go's times and durations, as far as expressions use them: https://pkg.go.dev/time */

export class Duration {
  constructor(readonly ns: bigint) {}

  toString(): string {
    if (this.ns === 0n) return "0s";
    const sign = this.ns < 0n ? "-" : "";
    const ns = this.ns < 0n ? -this.ns : this.ns;
    if (ns < 1_000n) return `${sign}${ns}ns`;
    if (ns < 1_000_000n) return `${sign}${withFraction(ns, 1_000n)}µs`;
    if (ns < SECOND) return `${sign}${withFraction(ns, 1_000_000n)}ms`;
    const hours = ns / (3_600n * SECOND);
    const minutes = (ns / (60n * SECOND)) % 60n;
    const seconds = `${withFraction(ns % (60n * SECOND), SECOND)}s`;
    if (hours > 0n) return `${sign}${hours}h${minutes}m${seconds}`;
    return minutes > 0n ? `${sign}${minutes}m${seconds}` : sign + seconds;
  }
}

export const SECOND = 1_000_000_000n;

function withFraction(ns: bigint, unit: bigint): string {
  const rest = (ns % unit)
    .toString()
    .padStart(unit.toString().length - 1, "0")
    .replace(/0+$/, "");
  return `${ns / unit}${rest === "" ? "" : `.${rest}`}`;
}

const UNITS: Readonly<Record<string, bigint>> = {
  ...{ ns: 1n, us: 1_000n, µs: 1_000n, μs: 1_000n, ms: 1_000_000n },
  ...{ s: SECOND, m: 60n * SECOND, h: 3_600n * SECOND },
};
const PART = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/y;
const MOST_NS = 2n ** 63n - 1n;

/** `1h30m`, `-1.5s`, `0`. @returns undefined where it is none, or none of 64 bits */
export function parseDuration(text: string): Duration | undefined {
  const sign = /^[+-]/.exec(text)?.[0] ?? "";
  let at = sign.length;
  if (text.slice(at) === "0") return new Duration(0n);
  if (at >= text.length || text.length > 100) return undefined;
  let ns = 0n;
  while (at < text.length) {
    PART.lastIndex = at;
    const found = PART.exec(text);
    if (found === null) return undefined;
    const [whole, amount = "", fraction = "", unit = ""] = found;
    if (amount === "" && fraction === "") return undefined;
    const of = UNITS[unit] ?? 0n;
    ns += BigInt(amount === "" ? "0" : amount) * of;
    if (fraction !== "") ns += (BigInt(fraction) * of) / 10n ** BigInt(fraction.length);
    at += whole.length;
  }
  return ns > MOST_NS ? undefined : new Duration(sign === "-" ? -ns : ns);
}

/** How far a wall clock is ahead of UTC at an instant, and what that is called. */
export interface Zone {
  name: string;
  /** Seconds. @param ms since 1970 */
  ahead(ms: number): { seconds: number; name: string };
}

export const UTC: Zone = { name: "UTC", ahead: () => ({ seconds: 0, name: "UTC" }) };

/** @param name as it is printed; "": the offset stands for it */
export function fixedZone(seconds: number, name = ""): Zone {
  return { name, ahead: () => ({ seconds, name }) };
}

/** Years that four digits write, which is what texts can say. */
const FIRST_NS = BigInt(Date.parse("0001-01-01T00:00:00Z")) * 1_000_000n;
const LAST_NS = BigInt(Date.parse("9999-12-31T00:00:00Z")) * 1_000_000n;

export interface Wall {
  year: number;
  /** From 1. */
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  ns: number;
  /** 0 is Sunday. */
  weekday: number;
  /** From 1. */
  yearDay: number;
  zone: { seconds: number; name: string };
}

export class Time {
  /** @param ns since 1970 */
  constructor(
    readonly ns: bigint,
    readonly zone: Zone = UTC,
  ) {}

  /** Of what a calendar has days for. */
  get isKnown(): boolean {
    return this.ns >= FIRST_NS && this.ns <= LAST_NS;
  }

  get ms(): number {
    return Number(floorDiv(this.ns, 1_000_000n));
  }

  wall(): Wall {
    const zone = this.zone.ahead(this.ms);
    const ns = this.ns + BigInt(zone.seconds) * SECOND;
    const date = new Date(Number(floorDiv(ns, 1_000_000n)));
    const year = date.getUTCFullYear();
    const start = new Date(0);
    start.setUTCFullYear(year, 0, 1);
    return {
      year,
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      hour: date.getUTCHours(),
      minute: date.getUTCMinutes(),
      second: date.getUTCSeconds(),
      ns: Number(ns - floorDiv(ns, SECOND) * SECOND),
      weekday: date.getUTCDay(),
      yearDay: Math.floor((date.getTime() - start.getTime()) / 86_400_000) + 1,
      zone,
    };
  }
}

export function floorDiv(one: bigint, other: bigint): bigint {
  const whole = one / other;
  return one % other !== 0n && one < 0n !== other < 0n ? whole - 1n : whole;
}
