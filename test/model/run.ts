/**
 * `bun run model -- --seeds 300`: plays so many seeds, and says of the first that breaks each rule what is left of its
 * script when all that does not matter is taken out, and what happened then. Ends with 1 where any rule is broken.
 *
 *   --seeds N     seeds 1 to N (default 300)      --from N    the first of them
 *   --seed N      this one alone, with its trace   --rules a,b  these rules alone
 */
import { parseArgs } from "node:util";
import { type Counts, play } from "./play.ts";
import type { Rule } from "./safety.ts";
import { scriptOf, showScript } from "./script.ts";
import { shrink } from "./shrink.ts";

/** In one process: what a daemon that was killed held is given back by its end alone. */
const SEEDS_A_PROCESS = 250;
/** Of a trace: its end tells how it came about. */
const LINES_SHOWN = 80;

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "300" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    rules: { type: "string", default: "" },
    /** For a process of many: prints a JSON line for each seed that breaks a rule. */
    lines: { type: "boolean", default: false },
  },
});
const rules = values.rules.split(",").filter((rule) => rule !== "");
const counts: Counts = (rule) => rules.length === 0 || rules.includes(rule);
const from = numberOf("from", values.from),
  count = numberOf("seeds", values.seeds);

if (values.seed !== undefined) process.exit(await one(numberOf("seed", values.seed)));
process.exit(values.lines ? await lines() : await many());

interface Broken {
  seed: number;
  rule: Rule;
  text: string;
}

function numberOf(name: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  process.stderr.write(`--${name} takes a whole number, not ${text}\n`);
  process.exit(2);
}

async function one(seed: number): Promise<number> {
  const { violation, trace } = await play(scriptOf(seed), counts);
  process.stdout.write(`${showScript(scriptOf(seed))}\n${trace.join("\n")}\n`);
  if (violation === undefined) process.stdout.write("no rule is broken\n");
  else await explain({ seed, ...violation });
  return violation === undefined ? 0 : 1;
}

async function lines(): Promise<number> {
  for (let seed = from; seed < from + count; seed++) {
    const { violation } = await play(scriptOf(seed), counts);
    if (violation !== undefined) process.stdout.write(`${JSON.stringify({ seed, ...violation })}\n`);
  }
  return 0;
}

async function many(): Promise<number> {
  const began = performance.now();
  const broken: Broken[] = [];
  for (let first = from; first < from + count; first += SEEDS_A_PROCESS)
    broken.push(...(await inProcess(first, Math.min(SEEDS_A_PROCESS, from + count - first))));
  const byRule = Map.groupBy(broken, ({ rule }) => rule);
  for (const [first] of byRule.values()) if (first !== undefined) await explain(first);
  for (const [rule, all] of byRule)
    process.stdout.write(
      `${rule}: ${all.length} seeds: ${all
        .slice(0, 20)
        .map(({ seed }) => seed)
        .join(", ")}\n`,
    );
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  process.stdout.write(`${count} seeds, ${broken.length} of them break a rule (${seconds} s)\n`);
  return broken.length === 0 ? 0 : 1;
}

async function inProcess(first: number, seeds: number): Promise<Broken[]> {
  const child = Bun.spawn(
    [
      process.execPath,
      import.meta.path,
      "--lines",
      ...["--from", String(first), "--seeds", String(seeds), "--rules", rules.join(",")],
    ],
    { stdout: "pipe", stderr: "inherit" },
  );
  const text = await new Response(child.stdout).text();
  if ((await child.exited) !== 0)
    throw new Error(`seeds ${first} to ${first + seeds - 1} could not be played`);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Broken);
}

async function explain({ seed, rule, text }: Broken): Promise<void> {
  process.stdout.write(`\n==== seed ${seed} breaks ${rule}: ${text}\nWhat is left of its script:\n`);
  const small = await shrink(scriptOf(seed), rule);
  const { trace } = await play(small, (one) => one === rule);
  process.stdout.write(`${showScript(small)}\n${trace.slice(-LINES_SHOWN).join("\n")}\n`);
}
