/**
 * Judges the real objects of a corpus that is not part of this repository, and compares with what their users see
 * today: by status (the aim is all of them) and by message (facts to compare with, not texts to copy). A line of it is
 * `{id, kind, input, status, message}`, see its own README.
 *
 * `bun run health:corpus [--quiet]`; HOLDFAST_CORPUS names the folder, by default `../shared/corpus`.
 */
import { join } from "node:path";
import { healthOf, type Judged } from "../../src/core/health/health-of.ts";
import type { HealthStatus } from "../../src/core/model/health.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { groupKind } from "../../src/core/model/object-ref.ts";
import { readObjects } from "../../src/verbs/health.ts";

/** The levels reached. Falling below fails, and so does a wrong status that is not argued below. */
const leastByStatus = 872 / 873;
const leastLeaveOneOut = 772 / 873;

/** Answers of ours that differ on purpose, by case: the reason of the expected one, and of ours. */
const argued: Readonly<Record<string, { theirs: string; ours: string }>> = {
  "game.kruise.io/GameServer/testdata/unknown.yaml": {
    theirs: "no status at all is Unknown, with the message that it waits to become ready",
    ours: "Progressing: every object is without a status for a moment after it was made, and Unknown is the worst there is, so that each new game server would turn its application Unknown. What is waited for is under way, as for every other kind that reports",
  },
};

interface Case {
  id: string;
  input: string;
  status: HealthStatus;
  /** null where only the status is known. */
  message: string | null;
}

interface Scored extends Case {
  object: KubeObject;
  judged: Judged;
  /** Whether it is judged as before its deletion. */
  deleting: boolean;
}

const folder = process.env["HOLDFAST_CORPUS"] ?? join(import.meta.dir, "..", "..", "..", "shared", "corpus");
const file = Bun.file(join(folder, "health-cases.jsonl"));
if (!(await file.exists())) {
  console.error(`No corpus at ${folder}. Set HOLDFAST_CORPUS to the folder that holds health-cases.jsonl.`);
  process.exit(2);
}
const cases = (await file.text())
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line) as Case);

/** By the road of `admin health`. The first document counts. */
function readObject({ id, input }: Case): KubeObject | Error {
  try {
    return readObjects(input, id)[0] ?? new Error("no document");
  } catch (cause) {
    if (cause instanceof Error) return cause;
    throw cause;
  }
}

/**
 * An object that is being deleted is Progressing for its users, whatever its status still says. The corpus has a few
 * whose expected answer is that of the kind's rule alone: they are judged as their rule would, without the deletion and
 * without the generation that deleting raised.
 */
function asBeforeDeletion(object: KubeObject): KubeObject {
  const { deletionTimestamp, generation, ...metadata } = object.metadata;
  return { ...object, metadata };
}

const unreadable: { id: string; why: string }[] = [];
const scored: Scored[] = [];
for (const one of cases) {
  const object = readObject(one);
  if (object instanceof Error) {
    unreadable.push({ id: one.id, why: object.message });
    continue;
  }
  const judged = healthOf(object);
  if (judged.rule === "deletion" && one.status !== "Progressing") {
    scored.push({
      ...one,
      object: asBeforeDeletion(object),
      judged: healthOf(asBeforeDeletion(object)),
      deleting: true,
    });
  } else scored.push({ ...one, object, judged, deleting: false });
}

const statusOf = (judged: Judged): string => judged.health?.status ?? "none";
const percent = (part: number, all: number): string => `${((100 * part) / Math.max(1, all)).toFixed(1)} %`;
const quiet = process.argv.includes("--quiet");

const wrong = scored.filter((one) => statusOf(one.judged) !== one.status);
const said = scored.filter((one) => one.message !== null);
const mine = (one: Scored): string => (one.judged.health?.message ?? "").trim();
const theirs = (one: Scored): string => (one.message ?? "").trim();
const equal = said.filter((one) => mine(one) === theirs(one));
const missing = said.filter((one) => mine(one) === "" && theirs(one) !== "");
const different = said.filter((one) => mine(one) !== theirs(one) && !missing.includes(one));

if (!quiet) {
  for (const one of [...different, ...missing])
    console.log(`${one.id}\n  theirs: ${theirs(one)}\n  ours:   ${mine(one)}`);
}
const unargued = wrong.filter(({ id }) => argued[id] === undefined);
for (const one of unargued)
  console.log(
    `WRONG ${one.id}: ${one.status} expected, ${statusOf(one.judged)} by ${one.judged.rule}: ${one.judged.because}`,
  );
for (const one of unreadable) console.log(`NOT WELL-FORMED ${one.id}: ${one.why}`);
for (const one of wrong) {
  const argument = argued[one.id];
  if (argument === undefined) continue;
  console.log(
    `EXCEPTION ${one.id}: ${one.status} expected, since ${argument.theirs}; ours is ${argument.ours}.`,
  );
}
for (const one of scored.filter(({ deleting }) => deleting))
  console.log(
    `EXCEPTION ${one.id}: ${one.status} expected, which is what its kind's rule alone says of it (here too); ours is Progressing, since it is being deleted, and that is what its users see as well.`,
  );
const settled = Object.keys(argued).filter((id) => !wrong.some((one) => one.id === id));
for (const id of settled) console.log(`SETTLED ${id}: argued as an exception, but it is right or gone.`);

const isRight = (one: Scored, judged: Judged): boolean => statusOf(judged) === one.status;
const without = (rules: "families" | "conventions") =>
  scored.filter((one) => isRight(one, healthOf(one.object, { rules })));
const [families, conventions] = [new Set(without("families")), without("conventions")];

/** By kind: cases, those with the right status, and those that keep it without the kind's own rule. */
const byKind = Map.groupBy(scored, ({ object }) => groupKind(object));
const kindRows = [...byKind]
  .map(([kind, ones]) => ({
    kind,
    all: ones.length,
    right: ones.filter((one) => isRight(one, one.judged)).length,
    leftOut: ones.filter((one) => families.has(one)).length,
  }))
  .sort((a, b) => a.kind.localeCompare(b.kind));
if (!quiet) {
  console.log(`\n${"kind".padEnd(64)}cases  right  without its own rule`);
  for (const { kind, all, right, leftOut } of kindRows)
    console.log(
      `${kind.padEnd(64)}${String(all).padStart(5)}${String(right).padStart(7)}${String(leftOut).padStart(7)}`,
    );
}

const right = scored.length - wrong.length;
const rows = [
  ["cases", String(cases.length)],
  ["kinds", String(byKind.size)],
  ["not well-formed", String(unreadable.length)],
  ["status right", `${right} of ${scored.length}, ${percent(right, scored.length)}`],
  ["  of these by the rule alone, being deleted", String(scored.filter(({ deleting }) => deleting).length)],
  ["  wrong, and argued", String(wrong.length - unargued.length)],
  ["message equal", `${equal.length} of ${said.length}`],
  ["message different", String(different.length)],
  ["message missing", String(missing.length)],
  [
    "status right, each kind without its own rule",
    `${families.size} of ${scored.length}, ${percent(families.size, scored.length)}`,
  ],
  [
    "  kinds that lose nothing by it",
    `${kindRows.filter(({ right, leftOut }) => leftOut >= right).length} of ${byKind.size}`,
  ],
  [
    "status right by what every kind shares alone",
    `${conventions.length} of ${scored.length}, ${percent(conventions.length, scored.length)}`,
  ],
];
for (const [name = "", value = ""] of rows) console.log(`${name.padEnd(48)}${value}`);
const fell = right / scored.length < leastByStatus || families.size / scored.length < leastLeaveOneOut;
if (fell) console.error("Below the level that was reached before.");
process.exit(fell || unargued.length > 0 || settled.length > 0 ? 1 : 0);
