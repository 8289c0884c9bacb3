/**
 * How long other work waits while the manifests of one application are read: files made to hold the daemon up, and a
 * large one of the ordinary sort. Beside it the same without a pause, which is what everything else would wait for.
 *
 *     bun bench/parse.ts [--rounds 5]      prints a table, then one line of JSON
 */
import { parseArgs } from "node:util";
import { normaliseInSteps } from "../src/core/manifest/normalise.ts";
import { parseManifestsInSteps } from "../src/core/manifest/parse-manifests.ts";
import { atOnce, inSlices } from "../src/lib/in-steps.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "5" } } });
const rounds = Number(values.rounds);
const TICK_MS = 1;

const head = (name: string, data = "data:") =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${data}\n`;
const keys = (count: number) => Array.from({ length: count }, (_, at) => `  k${at}: v`).join("\n");
const texts: Record<string, string> = {
  "an ordinary 5,000 objects": Array.from(
    { length: 5_000 },
    (_, at) => `${head(`a${at}`)}  key: value\n  text: |\n    several\n    lines\n`,
  ).join("---\n"),
  "one object of 90,000 keys": `${head("a")}${keys(90_000)}\n`,
  "3.8 MB of 300,000 keys": `${head("a")}${keys(300_000)}\n`,
  "the same with an anchor": `${head("a", "data: &a")}${keys(300_000)}\n`,
  "10,000 keys with an anchor": `${head("a", "data: &a")}${keys(10_000)}\n`,
  "one line of 300,000 items": `${head("a")}  a: [${"1,".repeat(300_000)}1]\n`,
  "150,000 documents": Array.from({ length: 150_000 }, (_, at) => head(`a${at}`, "")).join("---\n"),
  "9 MB of separators": "---\n".repeat(2_250_000),
  "10,000 wrong annotations": `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  annotations:\n${Array.from({ length: 10_000 }, (_, at) => `    k${at}: ${at}`).join("\n")}\n`,
};

function reading(text: string) {
  return (function* () {
    const sources = [
      { source: 0, documents: [{ text, file: "a.yaml", line: 1, onParseError: "refuse" as const }] },
    ];
    const parsed = yield* parseManifestsInSteps(sources, { validate: "repair" });
    yield* normaliseInSteps(parsed.manifests, {
      app: "bench",
      destinationNamespace: "bench",
      scopeOf: () => "namespaced",
    });
    const [problem] = parsed.problems;
    return problem === undefined ? `${parsed.manifests.length} objects` : problem.text;
  })();
}

/** Milliseconds by which timers of one millisecond were late while `work` ran. */
async function latenessDuring(work: () => Promise<void>): Promise<number[]> {
  const late: number[] = [];
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    late.push(Math.max(0, now - last - TICK_MS));
    last = now;
  }, TICK_MS);
  await Bun.sleep(5);
  late.length = 0;
  last = performance.now();
  await work();
  await Bun.sleep(5);
  clearInterval(timer);
  return late;
}

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
const round = (ms: number): number => Math.round(ms * 10) / 10;

const rows: {
  text: string;
  mb: number;
  outcome: string;
  totalMs: number;
  p99Ms: number;
  maxMs: number;
  atOnceMs: number;
}[] = [];
for (const [name, text] of Object.entries(texts)) {
  let outcome = "";
  const late: number[] = [];
  const totals: number[] = [],
    wholes: number[] = [];
  for (let at = 0; at < rounds; at++) {
    late.push(
      ...(await latenessDuring(async () => {
        const begun = performance.now();
        outcome = await inSlices(reading(text));
        totals.push(performance.now() - begun);
      })),
    );
    const begun = performance.now();
    atOnce(reading(text));
    wholes.push(performance.now() - begun);
  }
  late.sort((a, b) => a - b);
  rows.push({
    text: name,
    mb: round(text.length / 1e6),
    outcome: outcome.slice(0, 60),
    totalMs: round(
      quantile(
        totals.sort((a, b) => a - b),
        0.5,
      ),
    ),
    p99Ms: round(quantile(late, 0.99)),
    maxMs: round(late.at(-1) ?? 0),
    atOnceMs: round(
      quantile(
        wholes.sort((a, b) => a - b),
        0.5,
      ),
    ),
  });
}
console.table(rows);
console.log(JSON.stringify({ bench: "parse", rounds, rows }));
