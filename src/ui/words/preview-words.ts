/** What is said of an application that is not there yet, and of what it would make. */
import type { ApplicationPreview } from "../../core/model/application-preview.ts";
import type { Effect, ObjectEffect } from "../../core/model/blast-report.ts";

type Compared = Extract<ApplicationPreview["effect"], { is: "compared" }>;

const SAID: Readonly<Record<Effect, string>> = {
  create: "create",
  change: "change",
  delete: "delete",
  hold: "held back",
  stay: "stays",
  run: "run as a hook",
  refuse: "refused",
  unknown: "cannot be compared",
};

export function effectWord(effect: Effect): string {
  return SAID[effect];
}

/**
 * As a sync that somebody asks for does it: it prunes where that is asked for too, so what Git does not want stays, as the
 * review of a sync says it.
 */
export function asSynced(effect: Compared): Compared {
  if (effect.syncs === "by-itself") return effect;
  return {
    ...effect,
    objects: effect.objects.map((one) =>
      one.effect === "delete"
        ? { ...one, effect: "stay", why: "It is only in the cluster: a sync with prune deletes it" }
        : one,
    ),
  };
}

/** What stops it first. */
const ORDER: readonly Effect[] = ["refuse", "unknown", "hold", "delete", "change", "create", "run", "stay"];

export function inOrder(objects: readonly ObjectEffect[]): ObjectEffect[] {
  return objects.toSorted((a, b) => ORDER.indexOf(a.effect) - ORDER.indexOf(b.effect));
}

/** One sentence, its first word a verb or a number. */
export function previewWords({ objects, same, refused }: Compared, of: "new" | "edited" = "new"): string {
  if (refused !== undefined) return `It would not be synced: ${refused}.`;
  const count = (effect: Effect): number => objects.filter((one) => one.effect === effect).length;
  const parts = (
    [
      ["create", "to create"],
      ["change", of === "new" ? "that others made and it would update" : "to update"],
      ["delete", "to delete"],
      ["stay", count("stay") === 1 ? "that stays" : "that stay"],
      ["run", count("run") === 1 ? "to run as a hook" : "to run as hooks"],
      ["refuse", "that would be refused"],
      ["unknown", "that cannot be compared"],
    ] as const
  ).flatMap(([effect, words]) => (count(effect) === 0 ? [] : [`${count(effect)} ${words}`]));
  if (same > 0) parts.push(`${same} as ${same === 1 ? "it is" : "they are"} already`);
  return parts.length === 0 ? "Git wants nothing there." : `Objects: ${parts.join(", ")}.`;
}
