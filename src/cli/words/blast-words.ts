import type { ApplicationEffect, BlastRange, Effect, ObjectEffect } from "../../core/model/blast-report.ts";
import { show } from "../../core/model/object-ref.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { count } from "./count.ts";
import type { DiffItem } from "./object-diff.ts";

/** All of an answer. */
export interface BlastReport extends BlastRange {
  applications: ApplicationEffect[];
}

type Compared = Extract<ApplicationEffect, { is: "compared" }>;

/** What these commits would do; what differs already is not theirs. */
export function caused(effect: ApplicationEffect): ObjectEffect[] {
  return effect.is === "compared" ? effect.objects.filter(({ cause }) => cause === "range") : [];
}

function differedBefore({ objects }: Compared): ObjectEffect[] {
  return objects.filter(({ cause, effect }) => cause === "before" && effect !== "run");
}

const WORDS: readonly (readonly [Effect, string])[] = [
  ["create", "created"],
  ["change", "changed"],
  ["delete", "deleted"],
  ["hold", "held back"],
  ["refuse", "refused"],
  ["unknown", "not known"],
];

/** `1 created, 2 changed, 1 hook run`; "" where there is nothing. What stays is no effect. */
export function effectWords(objects: readonly ObjectEffect[]): string {
  const words = WORDS.flatMap(([effect, word]) => {
    const many = objects.filter((object) => object.effect === effect).length;
    return many === 0 ? [] : [`${many} ${word}`];
  });
  const hooks = objects.filter(({ effect }) => effect === "run").length;
  return [...words, ...(hooks === 0 ? [] : [`${count(hooks, "hook")} run`])].join(", ");
}

/** Whether a sync because of these commits would do anything, or could not be told. */
export function isAffected(effect: ApplicationEffect): boolean {
  return (
    effect.is === "failed" ||
    effect.manifest?.is === "removed" ||
    effect.refused !== undefined ||
    caused(effect).some(({ effect: what }) => what !== "stay")
  );
}

/** One sentence on all of it. */
export function blastHeadline(report: BlastReport): string {
  const { applications, concerned, untouched } = report;
  const affected = applications.filter(isAffected);
  const follow = concerned + untouched;
  const of = `of ${count(follow, "application")} that ${follow === 1 ? "follows" : "follow"} ${report.into}`;
  if (affected.length === 0) return `Nothing would change: none ${of} is affected.`;
  const words = effectWords(applications.flatMap(caused));
  const failed = applications.filter(({ is }) => is === "failed").length;
  const removed = applications.filter(({ manifest }) => manifest?.is === "removed").length;
  const refused = applications.filter((one) => one.is === "compared" && one.refused !== undefined).length;
  const parts = [
    ...(words === "" ? [] : [`objects: ${words}`]),
    ...(failed === 0 ? [] : [`${count(failed, "application")} cannot be told`]),
    ...(removed === 0 ? [] : [`${count(removed, "application")} would be removed`]),
    ...(refused === 0 ? [] : [`${count(refused, "sync", "syncs")} would be refused`]),
  ];
  return `${affected.length} ${of} ${affected.length === 1 ? "is" : "are"} affected; ${parts.join("; ")}.`;
}

/** As a script reads it, the worst first. */
export function blastExit({ applications }: Pick<BlastReport, "applications">): ExitCode {
  const failures = applications.flatMap((one) => (one.is === "failed" ? [one.code] : []));
  const effects = new Set(applications.flatMap(caused).map(({ effect }) => effect));
  const isAway = (code: string): boolean => /unreachable$|^not-ready$/.test(code);
  if (
    failures.some((code) => !isAway(code)) ||
    effects.has("refuse") ||
    applications.some((one) => one.is === "compared" && one.refused !== undefined)
  )
    return EXIT.invalid;
  if (failures.length > 0 || effects.has("unknown")) return EXIT.unreachable;
  if (effects.has("hold")) return EXIT.conflict;
  return applications.some(isAffected) ? EXIT.differs : EXIT.done;
}

/** As `app diff` has it, for what has two sides. */
export function diffItemOf(object: ObjectEffect): DiffItem | undefined {
  const change = ({ create: "create", change: "change", delete: "prune" } as const)[object.effect as string];
  return change === undefined ? undefined : { ...object, change, hook: false };
}

export function objectName(object: ObjectEffect): string {
  return show(object);
}

/** What stands in the way of a sync, and what a person has to know before a merge; whole sentences. */
export function dangersOf(effect: ApplicationEffect): string[] {
  if (effect.is === "failed")
    return [
      `It cannot be told what would change: ${full(effect.why)}${effect.fix === undefined ? "" : ` ${full(effect.fix)}`}`,
    ];
  const sentences = [
    ...(effect.refused === undefined ? [] : [`A sync would not start: ${full(effect.refused)}`]),
    ...caused(effect).flatMap((object) => {
      if (object.why === undefined || object.effect === "stay") return [];
      if (object.effect === "hold") return [full(object.why)];
      const says = object.effect === "refuse" ? "is refused" : "cannot be compared";
      return [`${objectName(object)} ${says}: ${full(object.why)}`];
    }),
  ];
  // A guard that looks at all of them says the same of each.
  return [...new Set(sentences)];
}

/** What is there to know besides. */
export function notesOf(effect: ApplicationEffect): string[] {
  const manifest = manifestWords(effect);
  if (effect.is === "failed") return manifest;
  const before = differedBefore(effect);
  return [
    ...manifest,
    // An application that goes takes its objects along whoever syncs it.
    ...(effect.syncs === "by-itself" || effect.manifest?.is === "removed"
      ? []
      : ["It is synced by hand: nothing of this happens until somebody does."]),
    ...(before.length === 0
      ? []
      : [
          `${count(before.length, "object")} ${before.length === 1 ? "differs" : "differ"} already, whatever these commits say.`,
        ]),
    ...caused(effect).flatMap(({ effect: what, why }) =>
      what === "stay" && why !== undefined ? [full(why)] : [],
    ),
    ...effect.warnings,
  ];
}

/** Whether the daemon's folders of applications will hold that file is theirs to say. */
function manifestWords({ manifest }: ApplicationEffect): string[] {
  if (manifest === undefined) return [];
  const { is, file } = manifest;
  const words = {
    new: "It would be a new application",
    changed: "It is looked at with its changed manifest",
    removed: "It would be removed",
  }[is];
  return [`${words}, where the folder of applications takes ${file} as the branch has it.`];
}

/** What none of it looked at, in whole sentences. */
export function limitsOf({ elsewhere, notes }: BlastRange): string[] {
  const byWhy = Map.groupBy(elsewhere, ({ why }) => why);
  return [
    ...notes,
    ...[...byWhy].map(
      ([why, those]) =>
        `Not affected, because ${why}: ${those
          .slice(0, 10)
          .map(({ application }) => application)
          .join(", ")}${those.length > 10 ? ` and ${those.length - 10} more` : ""}.`,
    ),
  ];
}

function full(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
