/** Tables of what the guards of prunes say to a few differences. */
import { expect, test } from "bun:test";
import type { Application } from "../../src/core/model/application.ts";
import type { Difference } from "../../src/core/model/comparison.ts";
import type { HomeContents } from "../../src/core/model/home-contents.ts";
import type { RefKey } from "../../src/core/model/object-ref.ts";
import type { Guard } from "../../src/core/model/plan.ts";
import type { GuardInput } from "../../src/core/plan/guard-input.ts";
import { pruneVerdicts, type Verdicts } from "../../src/core/plan/prune-guards.ts";
import { application, extra, paired, type Sketch } from "./core-objects.ts";

/** An automated sync at 11:00; what is to go has been known since 10:00. */
export const base: Omit<GuardInput, "differences" | "contents"> = {
  app: application(),
  request: { prune: true },
  asked: "automatically",
  startedAt: "2026-01-01T10:00:00Z",
  now: Date.parse("2026-01-01T11:00:00Z"),
  revision: "abc",
};

export const CRD: Sketch = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  name: "widgets.example.com",
  namespace: "",
  fields: { spec: { group: "example.com", names: { kind: "Widget" } } },
};
export const SPACE: Sketch = { kind: "Namespace", name: "n", namespace: "" };

export const named = (name: string, more: Sketch = {}): Sketch => ({ name, ...more });
/** Wanted, and there. */
export const kept = paired("same", named("kept"));
export const some = (count: number, sketch: Sketch = {}): Difference[] =>
  Array.from({ length: count }, (_, at) => extra(named(`gone-${at}`, sketch)));
export const options = (text: string): Sketch => ({
  annotations: { "argocd.argoproj.io/sync-options": text },
});
export const approvedApp = (at: string, from: Application = application()): Application => ({
  ...from,
  metadata: { ...from.metadata, annotations: { "argocd.argoproj.io/deletion-approved": at } },
});

export interface VerdictCase {
  name: string;
  input: Partial<GuardInput> & Pick<GuardInput, "differences">;
  allowed: number;
  guards: Guard[];
  /** The first refusal. */
  says?: RegExp;
}

/** Where a case does not say what is in a Namespace or a definition, nothing of others is. */
export function verdictsOn(input: VerdictCase["input"]): Verdicts {
  const contents = new Map<RefKey, HomeContents>(
    input.differences.map(({ key }) => [key, { is: "ours-alone", uids: new Set() }]),
  );
  return pruneVerdicts({ ...base, contents, ...input });
}

export function testVerdicts(cases: readonly VerdictCase[]): void {
  test.each(cases)("$name", ({ input, allowed, guards, says }) => {
    const verdicts = verdictsOn(input);
    expect(verdicts.allowed).toHaveLength(allowed);
    expect(verdicts.refusals.map(({ guard }) => guard)).toEqual(guards);
    if (says !== undefined) expect(verdicts.refusals[0]?.text).toMatch(says);
  });
}
