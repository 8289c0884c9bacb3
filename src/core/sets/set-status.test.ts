import { describe, expect, test } from "bun:test";
import type { GeneratedApplications } from "../generate/generated.ts";
import { type ApplicationSet, keyOfSet, setKey } from "../model/application-set.ts";
import type { SetChild } from "../ports/sets-home.ts";
import { planSet } from "./plan-set.ts";
import type { Rollout } from "./rollout.ts";
import { SetResources } from "./set-resources.ts";
import { type SetStatusInput, setStatus } from "./set-status.ts";
import { app, byKey, child, generated, part, setOf } from "./testdata/set-cases.ts";

const NO_ROLLOUT: Rollout = { applicationStatus: [], sync: [], conditions: [], problems: [] };
const NOW = "2026-01-02T00:00:00Z";

function status(
  made: GeneratedApplications,
  children: SetChild[],
  { set = setOf(), ...more }: Partial<SetStatusInput> = {},
) {
  const existing = byKey(children);
  const plan = planSet({ set, generated: made, existing, budget: { percent: 20, count: 0 } });
  return setStatus({
    set,
    generated: made,
    plan,
    rollout: NO_ROLLOUT,
    failures: [],
    resources: new SetResources().of(existing.namesOf(keyOfSet(set)), (key) => existing.get(key)?.app.status),
    now: NOW,
    ...more,
  });
}

/** `ErrorOccurred False ApplicationSetUpToDate: …`. */
const said = ({ conditions = [] }: ReturnType<typeof status>) =>
  conditions.map(({ type, status: is, reason, message }) => `${type} ${is} ${reason}: ${message}`);

describe("setStatus()", () => {
  test("all is as the set wants it", () => {
    const shown = status(generated(app("a")), [child(app("a"))]);
    expect(said(shown)).toEqual([
      "ErrorOccurred False ApplicationSetUpToDate: All 1 applications were generated",
      "ParametersGenerated True ParametersGenerated: All 1 applications were generated",
      "ResourcesUpToDate True ApplicationSetUpToDate: All applications are as the set wants them",
    ]);
    expect(shown.health).toMatchObject({ status: "Healthy", lastTransitionTime: NOW });
  });

  test("what could not be generated is said, and what is held for it", () => {
    const shown = status(part(generated(app("a"))), [child(app("a")), child(app("b"))]);
    expect(said(shown)).toEqual([
      "ErrorOccurred True ApplicationGenerationFromParamsError: the repository did not answer",
      "ParametersGenerated False ApplicationGenerationFromParamsError: the repository did not answer",
      "ResourcesUpToDate False ApplicationGenerationFromParamsError: the repository did not answer",
    ]);
    expect(shown.health?.status).toBe("Degraded");
  });

  test("a deletion that waits for a person is no error, and nothing is up to date", () => {
    expect(said(status(generated(app("a")), [child(app("a")), child(app("b"))])).slice(1)).toEqual([
      "ParametersGenerated True ParametersGenerated: All 1 applications were generated",
      "ResourcesUpToDate False ApplicationsHeld: argocd/b is not deleted: 1 of the 2 applications of the set would go at once, which waits for a person's approval",
    ]);
  });

  test("a taken name and what failed to be written are errors", () => {
    const taken = status(generated(app("a")), [child(app("a"), { ownedBy: undefined })]);
    expect(said(taken)[0]).toStartWith(
      "ErrorOccurred True ApplicationValidationError: ApplicationSet argocd/web: spec.template.metadata.name: set 0: Application argocd/a is there already",
    );
    const failures = ["Application argocd/a was not written: the store is full"];
    expect(said(status(generated(app("a")), [child(app("a"))], { failures }))[2]).toBe(
      "ResourcesUpToDate False UpdateApplicationError: Application argocd/a was not written: the store is full",
    );
  });

  test("what its policy leaves as it is, is up to date", () => {
    const set = setOf({ syncPolicy: { applicationsSync: "create-only" } });
    expect(said(status(generated(app("a")), [child(app("a")), child(app("b"))], { set }))[2]).toBe(
      "ResourcesUpToDate True ApplicationSetUpToDate: All applications are as the set wants them, but for 1 that its policy leaves as they are",
    );
  });

  test("a rollout that goes on makes it Progressing", () => {
    const rollout: Rollout = {
      ...NO_ROLLOUT,
      applicationStatus: [
        {
          application: "a",
          status: "Pending",
          step: "1",
          targetRevisions: ["r"],
          message: "m",
          lastTransitionTime: NOW,
        },
      ],
      conditions: [
        {
          type: "RolloutProgressing",
          status: "True",
          reason: "ApplicationSetModified",
          message: "Step 1 of 2",
        },
      ],
    };
    const shown = status(generated(app("a")), [child(app("a"))], { rollout });
    expect(shown.health?.status).toBe("Progressing");
    expect(shown.applicationStatus).toEqual(rollout.applicationStatus);
    expect(said(shown).at(-1)).toBe("RolloutProgressing True ApplicationSetModified: Step 1 of 2");
  });

  test("times move where a condition changes, and not with its words", () => {
    const before = status(generated(app("a")), [child(app("a"))]);
    const set: ApplicationSet = { ...setOf(), status: before };
    const later = "2026-01-03T00:00:00Z";
    const times = ({ conditions = [], health }: ReturnType<typeof status>) =>
      [...conditions, health].map((one) => one?.lastTransitionTime);
    const same = status(generated(app("a"), app("b")), [child(app("a")), child(app("b"))], {
      set,
      now: later,
    });
    expect(same.conditions?.[0]?.message).toBe("All 2 applications were generated");
    expect(times(same)).toEqual([NOW, NOW, NOW, NOW]);
    const broken = status(part(generated(app("a"))), [child(app("a"))], { set, now: later });
    expect(times(broken)).toEqual([later, later, later, later]);
    const held = status(generated(app("a")), [child(app("a")), child(app("b"))], { set, now: later });
    expect(times(held).slice(0, 3)).toEqual([NOW, NOW, later]);
  });

  test("its own applications, in order, and 5,000 of them at most", () => {
    const b = app("b", {
      status: {
        sync: { status: "OutOfSync", comparedTo: { destination: {} } },
        health: { status: "Degraded", message: "no Pods" },
      },
    });
    const common = { group: "argoproj.io", version: "v1alpha1", kind: "Application", namespace: "argocd" };
    const shown = status(generated(app("a"), b), [
      child(b),
      child(app("a")),
      child(app("c"), { ownedBy: undefined }),
      child(app("d"), { ownedBy: setKey("argocd", "shop") }),
    ]);
    expect(shown.resources).toEqual([
      { ...common, name: "a" },
      { ...common, name: "b", status: "OutOfSync", health: { status: "Degraded", message: "no Pods" } },
    ]);
    expect(shown.resourcesCount).toBe(2);
    const many = Array.from({ length: 5_001 }, (_, at) => app(`a${at}`));
    const full = status(
      generated(...many),
      many.map((one) => child(one)),
    );
    expect([full.resources?.length, full.resourcesCount]).toEqual([5_000, 5_001]);
  });
});
