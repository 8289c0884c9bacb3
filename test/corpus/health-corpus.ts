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

/**
 * The levels reached. Falling below one of them fails. All of the first 579 cases are right; the corpus then grew to 873
 * by cases that no rule was written for, of which 22 are wrong yet: each is printed.
 */
const leastByStatus = 851 / 873;
const leastLeaveOneOut = 0.83;

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
  /** An answer of ours that differs for a reason that is argued below. */
  exception: string | undefined;
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
      exception: `is being deleted: we say Progressing, its rule alone says ${one.status}`,
    });
  } else scored.push({ ...one, object, judged, exception: undefined });
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
for (const one of wrong)
  console.log(
    `WRONG ${one.id}: ${one.status} expected, ${statusOf(one.judged)} by ${one.judged.rule}: ${one.judged.because}`,
  );
for (const one of unreadable) console.log(`NOT WELL-FORMED ${one.id}: ${one.why}`);
for (const one of scored.filter(({ exception }) => exception !== undefined))
  console.log(`EXCEPTION ${one.id}: ${one.exception ?? ""}`);

const without = (rules: "families" | "conventions") =>
  scored.filter((one) => statusOf(healthOf(one.object, { rules })) === one.status).length;
const [families, conventions] = [without("families"), without("conventions")];
const right = scored.length - wrong.length;
const rows = [
  ["cases", String(cases.length)],
  ["kinds", String(new Set(scored.map(({ object }) => groupKind(object))).size)],
  ["not well-formed", String(unreadable.length)],
  ["status right", `${right} of ${scored.length}, ${percent(right, scored.length)}`],
  [
    "  of these by the rule alone, being deleted",
    String(scored.filter(({ exception }) => exception !== undefined).length),
  ],
  ["message equal", `${equal.length} of ${said.length}`],
  ["message different", String(different.length)],
  ["message missing", String(missing.length)],
  [
    "status right, each kind without its own rule",
    `${families} of ${scored.length}, ${percent(families, scored.length)}`,
  ],
  [
    "status right by what every kind shares alone",
    `${conventions} of ${scored.length}, ${percent(conventions, scored.length)}`,
  ],
];
for (const [name = "", value = ""] of rows) console.log(`${name.padEnd(48)}${value}`);
const fell = right / scored.length < leastByStatus || families / scored.length < leastLeaveOneOut;
if (fell) console.error("Below the level that was reached before.");
process.exit(fell ? 1 : 0);
