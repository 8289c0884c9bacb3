/** Deliveries with parts missing, null, of another type, endless or hostile: the same ones for the same seed. */
import type { Sample } from "./samples.ts";

const STRANGE: readonly unknown[] = [
  null,
  [],
  {},
  "",
  0,
  -1,
  1e308,
  true,
  [null],
  [[[]]],
  { length: 1e9 },
  "\ud800",
  "refs/heads/",
  "(a+)+$",
  ".*",
  "javascript:alert(1)",
  "https://x/".padEnd(5_000, "y"),
  "file:///etc/passwd",
  "ssh://-oProxyCommand=x/y",
  "\u0000",
  "%%",
  { toString: 1, valueOf: null, constructor: null },
];

/** mulberry32: a whole number below `below`. */
export function dice(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** What is sent in place of a sample. Of a hundred, some are no JSON any more. */
export function mutatedDelivery(
  { headers, payload }: Sample,
  random: (below: number) => number,
): { headers: Record<string, string>; body: string } {
  const kept = Object.entries(headers).flatMap(([name, value]): [string, string][] => {
    if (name === "content-type" || random(12) > 0) return [[name, value]];
    return random(2) === 0 ? [] : [[name, ["", "push", "x".repeat(300), "repo:push"][random(4)] ?? ""]];
  });
  const text = JSON.stringify(mutated(payload, random, 1 + random(12)) ?? null);
  return { headers: Object.fromEntries(kept), body: random(20) === 0 ? torn(text, random) : text };
}

/** @param rate one part in so many is another, or is missing */
function mutated(value: unknown, random: (below: number) => number, rate: number): unknown {
  if (random(4 * rate) === 0) return STRANGE[random(STRANGE.length)];
  if (Array.isArray(value)) {
    const items = value.map((item) => mutated(item, random, rate));
    return random(20) === 0 ? Array.from({ length: 200 }, (_, at) => items[at % items.length]) : items;
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
      if (random(3 * rate) === 0) return [];
      return [[random(60) === 0 ? "__proto__" : key, mutated(inner, random, rate)]];
    }),
  );
}

function torn(text: string, random: (below: number) => number): string {
  const at = random(text.length + 1);
  switch (random(3)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return `${text.slice(0, at)}\u0000${text.slice(at)}`;
    default:
      return "[".repeat(random(50_000));
  }
}
