/** What an undo does, as a plan like any other: applies of what prunes had deleted, and the reasons why not of the others. */
import { definedKind } from "../../core/compare/index.ts";
import { normalise } from "../../core/manifest/normalise.ts";
import type { DesiredObject } from "../../core/model/desired-object.ts";
import type { KeptObject } from "../../core/model/kept-object.ts";
import { type KubeObject, parseApiVersion } from "../../core/model/kube-object.ts";
import { type RefKey, refKey, show } from "../../core/model/object-ref.ts";
import type { ResourceResult } from "../../core/model/operation.ts";
import type { Plan } from "../../core/model/plan.ts";
import { inWaves } from "../../core/plan/task-order.ts";
import type { ClusterObjects } from "../../core/ports/cluster-objects.ts";
import { type MadeAgain, madeAgain } from "../../core/undo/made-again.ts";
import { defined } from "../../lib/defined.ts";
import { claimantOf } from "../target/place-objects.ts";
import { type JudgedUnder, judgeKept, type KeptVerdict } from "./judge-kept.ts";

export interface UndoPlan {
  is: "planned";
  plan: Plan;
  /** Of those that are not made. */
  skipped: ResourceResult[];
  /** What others had set is given back when the object is there: the whole object by key. */
  wholes: ReadonlyMap<RefKey, KubeObject>;
}

/** Objects that are asked about at once. */
const AT_ONCE = 8;

/** Verdicts in the order of the objects. */
export async function judgeAll(
  kept: readonly KeptObject[],
  under: Omit<JudgedUnder, "together" | "kindsTogether">,
): Promise<KeptVerdict[]> {
  const withContent = kept.filter(({ content }) => content !== undefined);
  const asked: JudgedUnder = {
    ...under,
    together: new Set(withContent.map(({ ref }) => refKey(ref))),
    kindsTogether: new Set(
      withContent.flatMap(({ content }) => {
        const kind = content === undefined ? undefined : definedKind(content.object);
        return kind === undefined ? [] : [kind];
      }),
    ),
  };
  const verdicts: KeptVerdict[] = [];
  for (let at = 0; at < kept.length; at += AT_ONCE)
    verdicts.push(...(await Promise.all(kept.slice(at, at + AT_ONCE).map((one) => judgeKept(one, asked)))));
  return verdicts;
}

/** `refused`: none of them can be made again, and none is there. */
export async function planUndo(
  kept: readonly KeptObject[],
  under: Omit<JudgedUnder, "together" | "kindsTogether">,
  objects: ClusterObjects,
): Promise<UndoPlan | { is: "refused"; why: string }> {
  const { app, settings } = under.snapshot;
  const verdicts = await judgeAll(kept, under);
  const possible = verdicts.filter((verdict) => verdict.is === "possible");
  const [first] = verdicts.filter((verdict) => verdict.is === "impossible");
  if (possible.length === 0 && (first !== undefined || verdicts.length === 0))
    return {
      is: "refused",
      why: `nothing was made again. ${first === undefined ? "What was deleted is not kept any more" : `${show(first.kept.ref)}: ${first.why}`}`,
    };
  const us = claimantOf(app, settings);
  const made = await Promise.all(
    // Of two under one name the last counts: that is to be the one that was deleted last.
    possible
      .toSorted((one, other) => one.kept.id - other.kept.id)
      .map(async (verdict) => {
        const { kept: one, owners } = verdict;
        const again = await passing(madeAgain(one, owners), objects);
        const origin = { source: 0, file: `undo of run ${one.run}`, line: 1 };
        return { verdict, whole: again.whole, object: again.ours, origin };
      }),
  );
  const scopes = new Map(
    possible.map(
      ({ kept: { ref } }) =>
        [`${ref.group}/${ref.kind}`, ref.namespace === "" ? "cluster" : "namespaced"] as const,
    ),
  );
  const { desired, problems } = normalise(made, {
    app: us.app,
    destinationNamespace: app.spec.destination.namespace ?? "",
    scopeOf: ({ group, kind }) => scopes.get(`${group}/${kind}`) ?? "unknown",
    ...defined({ installationId: us.installationId }),
  });
  const said = new Map(problems.map((one) => [one.object, one] as const));
  const wrong = new Map(desired.map(({ ref, origin }) => [origin, said.get(show(ref))] as const));
  const planned = desired.filter(({ origin }) => wrong.get(origin) === undefined);
  const origins = new Set(planned.map(({ origin }) => origin));
  const wholes = new Map<RefKey, KubeObject>();
  const leftOut: ResourceResult[] = [];
  for (const { verdict, whole, origin } of made) {
    const { kept: one } = verdict;
    if (origins.has(origin)) {
      if (whole !== undefined) wholes.set(refKey(one.ref), whole);
      continue;
    }
    const why = wrong.get(origin)?.text ?? "another one of its name was deleted later, and that one counts";
    leftOut.push(resultOf({ is: "impossible", kept: one, why }));
  }
  return {
    is: "planned",
    plan: planOf(planned),
    skipped: [
      ...verdicts.flatMap((verdict) => (verdict.is === "possible" ? [] : [resultOf(verdict)])),
      ...leftOut,
    ],
    wholes,
  };
}

/**
 * What was ours may not be enough: somebody had taken over a field that must be there. Then all of it is ours again.
 */
async function passing(again: MadeAgain, objects: ClusterObjects): Promise<MadeAgain> {
  if (again.whole === undefined) return again;
  const asked = await objects.apply(again.ours, "dry-run");
  if (asked.is !== "refused" || asked.status !== 422) return again;
  const whole = await objects.apply(again.whole, "dry-run");
  return whole.is === "done" ? { ours: again.whole, whole: undefined } : again;
}

/** No wave waits for another one's health: what comes back in a hurry comes back whole. */
function planOf(desired: readonly DesiredObject[]): Plan {
  const waves = inWaves(
    desired.map((one) => ({
      phase: "Sync",
      wave: one.wave,
      ref: one.ref,
      step: { do: "apply", desired: one, live: undefined, how: "server-side", missingKind: "refuse" },
    })),
  );
  return {
    waves: waves.map((wave) => ({ ...wave, gate: [] })),
    onFailure: [],
    refusals: [],
    intended: desired.map(({ key }) => key),
  };
}

function resultOf({ is, kept, why }: Exclude<KeptVerdict, { is: "possible" }>): ResourceResult {
  const { group, kind, namespace, name } = kept.ref;
  return {
    group,
    kind,
    namespace,
    name,
    version: kept.content === undefined ? "" : parseApiVersion(kept.content.object.apiVersion).version,
    status: is === "there" ? "Synced" : "SyncFailed",
    message: is === "there" ? `unchanged. ${why}` : `not made again: ${why}`,
    syncPhase: "Sync",
    ...(is === "there" ? {} : { hookPhase: "Failed" }),
  };
}
