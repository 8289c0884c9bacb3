/** Methods of times and durations, as Go's package time has them. */
import { Arguments } from "./arguments.ts";
import { format, MONTHS, showTime, WEEKDAYS } from "./layout.ts";
import { binary, moved } from "./operators.ts";
import { Duration, floorDiv, SECOND, Time, UTC } from "./time.ts";
import { bounded, Func, int64, Named, type Value } from "./values.ts";
import { Wrong } from "./wrong.ts";

type Methods<T> = Readonly<Record<string, (self: T, args: Arguments) => Value>>;

const OF_TIME: Methods<Time> = {
  Year: (time) => BigInt(time.wall().year),
  Month: (time) => monthOf(time.wall().month),
  Day: (time) => BigInt(time.wall().day),
  Hour: (time) => BigInt(time.wall().hour),
  Minute: (time) => BigInt(time.wall().minute),
  Second: (time) => BigInt(time.wall().second),
  Nanosecond: (time) => BigInt(time.wall().ns),
  Weekday: (time) => weekdayOf(time.wall().weekday),
  YearDay: (time) => BigInt(time.wall().yearDay),
  Unix: (time) => floorDiv(time.ns, SECOND),
  UnixMilli: (time) => floorDiv(time.ns, 1_000_000n),
  UnixMicro: (time) => floorDiv(time.ns, 1_000n),
  UnixNano: (time) => int64(time.ns),
  Add: (time, args) => moved(time, args.duration(0).ns),
  AddDate: (time, args) => addDate(time, args),
  Sub: (time, args) => binary("-", time, args.time(0), args.budget),
  Before: (time, args) => time.ns < args.time(0).ns,
  After: (time, args) => time.ns > args.time(0).ns,
  Equal: (time, args) => time.ns === args.time(0).ns,
  Compare: (time, args) => (time.ns < args.time(0).ns ? -1n : time.ns > args.time(0).ns ? 1n : 0n),
  IsZero: (time) =>
    time.wall().year === 1 && time.wall().yearDay === 1 && time.ns % (86_400n * SECOND) === 0n,
  UTC: (time) => new Time(time.ns, UTC),
  Truncate: (time, args) => truncated(time, args.duration(0).ns),
  Format: (time, args) => bounded(format(time.wall(), layoutOf(args.text(0))), args.budget),
  String: (time) => showTime(time),
};

const OF_DURATION: Methods<Duration> = {
  Hours: ({ ns }) => Number(ns) / 3_600e9,
  Minutes: ({ ns }) => Number(ns) / 60e9,
  Seconds: ({ ns }) => Number(ns) / 1e9,
  Milliseconds: ({ ns }) => ns / 1_000_000n,
  Microseconds: ({ ns }) => ns / 1_000n,
  Nanoseconds: ({ ns }) => ns,
  Abs: ({ ns }) => new Duration(ns < 0n ? -ns : ns),
  Truncate: ({ ns }, args) => new Duration(toMultiple(ns, args.duration(0).ns)),
  Round: ({ ns }, args) => new Duration(rounded(ns, args.duration(0).ns)),
  String: (duration) => duration.toString(),
};

const OF_NAMED: Methods<Named> = { String: ({ text }) => text };

/** @returns undefined where a value of that type has none of that name */
export function methodOf(self: Value, name: string): Func | undefined {
  if (self instanceof Time) return bound(OF_TIME, self, name);
  if (self instanceof Duration) return bound(OF_DURATION, self, name);
  if (self instanceof Named) return bound(OF_NAMED, self, name);
  return undefined;
}

function bound<T>(methods: Methods<T>, self: T, name: string): Func | undefined {
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  return method && new Func(name, (args, budget) => method(self, new Arguments(name, args, budget)));
}

function monthOf(number: number): Named {
  return new Named("time.Month", number, MONTHS[number - 1] ?? "");
}

function weekdayOf(number: number): Named {
  return new Named("time.Weekday", number, WEEKDAYS[number] ?? "");
}

const LONGEST_LAYOUT = 200;
function layoutOf(text: string): string {
  if (text.length <= LONGEST_LAYOUT) return text;
  throw new Wrong(`a layout of more than ${LONGEST_LAYOUT} characters is none`);
}

function addDate(time: Time, args: Arguments): Time {
  const [years, months, days] = [args.int(0), args.int(1), args.int(2)].map(Number) as [
    number,
    number,
    number,
  ];
  if (Math.abs(years) + Math.abs(months) + Math.abs(days) > 4_000_000)
    throw new Wrong("it leads to a year before 1 or after 9999");
  const wall = time.wall();
  const date = new Date(0);
  date.setUTCFullYear(wall.year + years, wall.month - 1 + months, wall.day + days);
  date.setUTCHours(wall.hour, wall.minute, wall.second);
  const wallNs = BigInt(date.getTime()) * 1_000_000n + BigInt(wall.ns);
  const seconds = time.zone.ahead(date.getTime() - wall.zone.seconds * 1_000).seconds;
  return moved(new Time(wallNs - BigInt(seconds) * SECOND, time.zone), 0n);
}

/** Since Go's zero time, which is the first day of the year 1. */
const ZERO_NS = BigInt(Date.parse("0001-01-01T00:00:00Z")) * 1_000_000n;

function truncated(time: Time, by: bigint): Time {
  return by <= 0n ? time : new Time(ZERO_NS + toMultiple(time.ns - ZERO_NS, by), time.zone);
}

const toMultiple = (ns: bigint, by: bigint): bigint => (by <= 0n ? ns : ns - (ns % by));

function rounded(ns: bigint, by: bigint): bigint {
  if (by <= 0n) return ns;
  const rest = ns % by;
  const magnitude = rest < 0n ? -rest : rest;
  const away = ns < 0n ? -by : by;
  return magnitude * 2n < by ? ns - rest : ns - rest + away;
}
