/**
 * Plays the tables of Argo CD's own tests, which are not part of this repository, against what is built: equal,
 * different, or not applicable, by kind. A difference that is not argued below fails, and so does one that is argued
 * and is none any more, and an equal that was reached and is lost.
 *
 * `bun run vectors [--quiet]`; HOLDFAST_CORPUS names the folder, by default `../shared/corpus`.
 */
import { join } from "node:path";
import { canonicalJson } from "../../src/lib/canonical-json.ts";
import { corpusFolder } from "../lib/corpus.ts";
import { APPSETS, stopTemplating } from "./vectors/appsets.ts";
import { ORDER } from "./vectors/order.ts";
import { PROJECTS } from "./vectors/projects.ts";
import { RBAC } from "./vectors/rbac.ts";
import { RENDER, stopRendering } from "./vectors/render.ts";
import { RULES } from "./vectors/rules.ts";
import type { Player, Vector } from "./vectors/vector.ts";
import { WINDOWS } from "./vectors/windows.ts";

/** By table: its players, and how many of it were equal when it was last looked at. */
const TABLES: Readonly<Record<string, { players: Readonly<Record<string, Player>>; equal: number }>> = {
  render: { players: RENDER, equal: 72 },
  rules: { players: RULES, equal: 162 },
  projects: { players: PROJECTS, equal: 77 },
  order: { players: ORDER, equal: 70 },
  windows: { players: WINDOWS, equal: 77 },
  rbac: { players: RBAC, equal: 104 },
  appsets: { players: APPSETS, equal: 122 },
};

const NEW_GLOBBING =
  "asked of an Argo CD whose file patterns end at a slash by a switch; they are read here as they are without it, which is its default";

/** Differences that are meant, by the hash at the end of the vector's id. */
const ARGUED: Readonly<Record<string, string>> = {
  "6cf97a39":
    "ssh://git@github.com:test.git has a port that is no number: git itself cannot reach it, so it is refused",
  "6cf5b862":
    "an image that is a name alone sets nothing: kustomize edit refuses it, and so is it refused here",
  d25a108c:
    "six heals in a row that did not hold: Argo CD's cap of this table is two minutes, ours is five, and the first two were free",
  "48a0f4f9":
    "a null among windows is a limit that somebody began to write: the project is refused, and Argo CD passes over it",
  "gap:windows/closed in the first instant":
    "Argo CD closes a window for the first instant of each firing; a freeze of every minute would let a sync through once a minute, and one that waits is begun at just such an instant",
  "0e41f830":
    "the expression asks a list for a name, which jq refuses, so that it leaves nothing alone: `[]` is missing in it. Argo CD's program does the same, and its test holds its expectation against itself",
  "7a161c8b": NEW_GLOBBING,
  "265372e5": NEW_GLOBBING,
  "6ee3b761": NEW_GLOBBING,
  c473e9dd: "Skip beside other types has no effect: the object is a hook of the other types, as in Argo CD",
};

interface Count {
  equal: number;
  different: number;
  "not applicable": number;
}

const quiet = process.argv.includes("--quiet");
const folder = join(corpusFolder(), "vectors");
let failed = false;
const fail = (text: string): void => {
  failed = true;
  console.log(`FAILED ${text}`);
};
const seen = new Set<string>();

for (const [table, { players, equal }] of Object.entries(TABLES)) {
  const vectors = (await Bun.file(join(folder, `${table}.jsonl`)).text())
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Vector);
  const counts = new Map<string, Count>();
  const reasons = new Map<string, Set<string>>();
  for (const vector of vectors) {
    const { id, kind } = vector;
    const count = counts.get(kind) ?? { equal: 0, different: 0, "not applicable": 0 };
    counts.set(kind, count);
    const hash = id.slice(id.lastIndexOf("~") + 1);
    const player = players[kind];
    if (player === undefined) {
      fail(`${id}: nobody plays the kind ${kind}`);
      continue;
    }
    const result = await player(vector);
    if (result.is === "not applicable") {
      count["not applicable"]++;
      reasons.set(kind, (reasons.get(kind) ?? new Set()).add(result.why));
      continue;
    }
    const [ours, theirs] = [canonicalJson(result.ours ?? null), canonicalJson(result.theirs ?? null)];
    const argued = ARGUED[hash];
    if (argued !== undefined) seen.add(hash);
    if (ours === theirs) {
      count.equal++;
      if (argued !== undefined) fail(`${id}: is equal, and stands among the differences that are argued`);
    } else {
      count.different++;
      if (argued === undefined) fail(`${id} (${kind})`);
      if (argued === undefined || !quiet) {
        console.log(`  theirs: ${theirs}\n  ours:   ${ours}`);
        if (argued !== undefined) console.log(`  meant, ${id}: ${argued}`);
      }
    }
  }
  console.log(
    `\n${table.padEnd(30)}${"equal".padStart(8)}${"different".padStart(11)}${"not applicable".padStart(16)}`,
  );
  for (const [kind, count] of counts) {
    const why = [...(reasons.get(kind) ?? [])].join("; ");
    console.log(
      `  ${kind.padEnd(28)}${String(count.equal).padStart(8)}${String(count.different).padStart(11)}${String(count["not applicable"]).padStart(16)}${why === "" ? "" : `  ${why}`}`,
    );
  }
  const sum = (of: keyof Count): number => [...counts.values()].reduce((all, count) => all + count[of], 0);
  console.log(
    `  ${"all".padEnd(28)}${String(sum("equal")).padStart(8)}${String(sum("different")).padStart(11)}${String(sum("not applicable")).padStart(16)}`,
  );
  if (sum("equal") < equal) fail(`${table}: ${sum("equal")} are equal, and ${equal} were`);
}
await stopRendering();
await stopTemplating();
for (const hash of Object.keys(ARGUED))
  if (!seen.has(hash)) fail(`${hash} is argued, and is no vector that is played`);
process.exit(failed ? 1 : 0);
