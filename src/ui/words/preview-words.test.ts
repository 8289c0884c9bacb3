import { describe, expect, test } from "bun:test";
import type { ApplicationPreview } from "../../core/model/application-preview.ts";
import type { Effect, ObjectEffect } from "../../core/model/blast-report.ts";
import { asSynced, previewWords } from "./preview-words.ts";

type Compared = Extract<ApplicationPreview["effect"], { is: "compared" }>;

const compared = (syncs: Compared["syncs"], effects: readonly Effect[]) =>
  ({
    ...{ is: "compared", application: "argocd/web", cluster: "c", syncs, same: 0, warnings: [] },
    objects: effects.map((effect, at) => ({ kind: "ConfigMap", name: `m${at}`, effect }) as ObjectEffect),
  }) as unknown as Compared;

describe("asSynced()", () => {
  test.each([
    ["when-asked", "Objects: 1 to update, 2 that stay.", 0],
    ["by-itself", "Objects: 1 to update, 2 to delete.", 2],
  ] as const)("of an application that syncs %s", (syncs, words, deleted) => {
    const effect = asSynced(compared(syncs, ["change", "delete", "delete"]));
    expect(previewWords(effect, "edited")).toBe(words);
    expect(effect.objects.filter((one) => one.effect === "delete")).toHaveLength(deleted);
  });

  test("what stays for a reason of its own keeps it", () => {
    const effect = compared("when-asked", ["stay"]);
    effect.objects[0] = { ...(effect.objects[0] as ObjectEffect), why: "Prune=false" };
    expect(asSynced(effect).objects[0]?.why).toBe("Prune=false");
    expect(previewWords(asSynced(effect))).toBe("Objects: 1 that stays.");
  });
});
