/** A plan becomes requests: everything is asked by dry run first, then written wave by wave. */
import { recordAfterApply } from "../../core/compare/index.ts";
import { gvkOf } from "../../core/model/kube-object.ts";
import { groupKind, type ObjectRef, type RefKey, show } from "../../core/model/object-ref.ts";
import type { SyncPhase } from "../../core/model/operation.ts";
import type { Impossible, Plan, Step, StepOutcome, StepResult, Wave } from "../../core/model/plan.ts";
import { kindOrder } from "../../core/plan/kind-order.ts";
import { isFoundation, type Preflight, preflight } from "../../core/plan/preflight.ts";
import { defined } from "../../lib/defined.ts";
import { heldBy } from "../compare/held-by.ts";
import { sendObject } from "../send/send-object.ts";
import { type ApplyStep, type Carrying, type PruneStep, sendOf } from "./carrying.ts";
import { askAll } from "./preflight.ts";
import { pruneObject } from "./prune-object.ts";
import { WOULD_RUN } from "./results.ts";
import { failedStep, messageOf, refOf, sayFailed, sentenceOf, versionOf } from "./step-words.ts";
import { untilObeyed, untilServed } from "./until-served.ts";
import { writeNamespace } from "./write-namespace.ts";

/** Of one group. Something is wrong that nobody foresaw by then, and what was not asked to go is still there. */
const FAILED_DELETIONS_AT_MOST = 3;
const DELETIONS_AT_ONCE = 10;

export type Carried =
  | { is: "done"; writes: number }
  /** The same revision may fail again the same way, though a retry may find the cluster changed. */
  | { is: "stopped"; message: string; writes: number };

export async function carryOut(carrying: Carrying): Promise<Carried> {
  const { plan, mode } = carrying;
  let writes = 0;
  const stopped = (message: string): Carried => ({ is: "stopped", message, writes });
  const impossible = plan.impossible ?? [];
  if (impossible.some(({ until }) => until === undefined) || (impossible.length > 0 && mode === "dry-run"))
    return stopped(`nothing was written, because of ${sayImpossible(impossible, carrying)}`);

  const later = new Set<Step>();
  const stages = preflight(plan);
  const first = await askAll(stages.now, carrying, later);
  if (first !== undefined) return stopped(`nothing was written, because ${first}`);
  if (mode === "dry-run") {
    for (const [wave, step] of stepsOf(plan.waves))
      carrying.report({ ...placeOf(step, wave), ...rehearsed(step, stages.waitsFor, carrying) });
    return { is: "done", writes: 0 };
  }

  const counted = { writes: 0 };
  const failure = carrying.hooks.hadFailed(plan) ?? (await writeAll(carrying, stages, later, counted));
  ({ writes } = counted);
  if (failure === undefined) {
    const left = await carrying.hooks.tidy("HookSucceeded");
    return left.length === 0
      ? { is: "done", writes }
      : stopped(`everything was applied, but hooks stay that were to be deleted: ${sentenceOf(left)}`);
  }
  const second = await writeWaves(
    carrying,
    { ...carrying.plan, waves: carrying.plan.onFailure },
    later,
    counted,
  );
  const left = await carrying.hooks.tidy("HookFailed");
  return {
    is: "stopped",
    message: [
      failure,
      ...(second === undefined ? [] : [`What was to follow the failure failed too: ${second}`]),
      ...(left.length === 0 ? [] : [`Hooks stay that were to be deleted: ${sentenceOf(left)}`]),
    ].join(". "),
    writes: counted.writes,
  };
}

/** A row for each. Whoever has read the texts in the rows may leave them out: the rest is a whole sentence. */
function sayImpossible(impossible: readonly Impossible[], { plan, report }: Carrying): string {
  for (const { key, ref, text } of impossible) {
    const hook = hookTypeOf(key, plan);
    report({
      ref,
      version: "",
      phase: hook ?? "Sync",
      wave: 0,
      outcome: "failed",
      message: text,
      ...defined({ hook }),
    });
  }
  return sentenceOf(impossible.map(({ ref, text }) => `${show(ref)}: ${text}`));
}

/** @returns why it stopped, undefined where all is written and all hooks are through */
async function writeAll(
  carrying: Carrying,
  stages: Preflight,
  later: Set<Step>,
  counted: { writes: number },
): Promise<string | undefined> {
  const { plan, signal } = carrying;
  const written = new Set<Step>();
  const impossible = plan.impossible ?? [];
  if (stages.afterNamespacesAndCrds.length + impossible.length > 0) {
    for (const [wave, step] of stepsOf(plan.waves).filter(([, step]) => isFoundation(step))) {
      signal.throwIfAborted();
      carrying.mark(wave, "begun");
      const outcome = await carryStep(step, wave, carrying);
      carrying.report({ ...placeOf(step, wave), ...outcome });
      written.add(step);
      if (outcome.outcome === "failed") return sayFailed(step, outcome.message);
      counted.writes += 1;
    }
    await untilServed(stages.afterNamespacesAndCrds, carrying);
    await untilObeyed([...stages.redefined], carrying);
    if (impossible.length > 0)
      return `nothing but Namespaces and CustomResourceDefinitions was written, because of ${sayImpossible(impossible, carrying)}. The next sync finds another definition`;
    const second = await askAll(stages.afterNamespacesAndCrds, carrying, later);
    if (second !== undefined)
      return `nothing but Namespaces and CustomResourceDefinitions was written, because ${second}`;
  }
  return writeWaves(carrying, plan, later, counted, written);
}

async function writeWaves(
  carrying: Carrying,
  { waves }: Pick<Plan, "waves">,
  later: ReadonlySet<Step>,
  counted: { writes: number },
  written: ReadonlySet<Step> = new Set(),
): Promise<string | undefined> {
  const going: Going[] = [];
  for (const wave of waves) {
    const then = wave === waves.at(-1) ? "is-over" : "goes-on";
    carrying.mark(wave, "begun");
    const failed = await writeWave(carrying, wave, { later, counted, written, going, then });
    carrying.mark(wave, "ended");
    if (failed !== undefined) return failed;
  }
  if (going.length > 0) await carrying.untilGone(going.map(({ step }) => step));
  sayGone(going, carrying);
  return undefined;
}

interface Writing {
  later: ReadonlySet<Step>;
  counted: { writes: number };
  written: ReadonlySet<Step>;
  /** What was asked to go, of this wave and those before it. */
  going: Going[];
  /** After the last wave nothing waits for its objects. */
  then: "goes-on" | "is-over";
}

/** @returns why it stopped, undefined where the next wave may begin */
async function writeWave(
  carrying: Carrying,
  wave: Wave,
  { later, counted, written, going, then }: Writing,
): Promise<string | undefined> {
  const { signal } = carrying;
  /** Deletions that did not happen: their objects stay, and nothing waits for them to go. */
  const kept = new Set<RefKey>();
  for (const group of groupsOf(wave)) {
    if (group.some((step) => step.do === "prune")) await carrying.othersLooked();
    signal.throwIfAborted();
    const left = group.filter((step) => !written.has(step));
    const outcomes = await carryTogether(left, async (step, after) => {
      if (step.do === "prune") await carrying.pruneTurn(step, after);
      const refusal = later.has(step) ? await askAll([step], carrying, undefined) : undefined;
      signal.throwIfAborted();
      const outcome: StepOutcome =
        refusal === undefined ? await carryStep(step, wave, carrying) : failedStep(step, refusal);
      // Hooks say themselves what became of them, under the name that they got.
      if (step.do !== "hook" || refusal !== undefined)
        carrying.report({ ...placeOf(step, wave), ...outcome });
      return { step, outcome };
    });
    counted.writes += outcomes.filter(
      ({ outcome: { outcome } }) => outcome !== "failed" && outcome !== "unchanged",
    ).length;
    for (const { step, outcome } of outcomes) {
      if (step.do === "prune" && outcome.outcome === "prune-skipped") kept.add(step.key);
      if (step.do === "prune" && outcome.outcome === "going") going.push({ wave, step });
    }
    const failed = outcomes.flatMap(({ step, outcome }) =>
      outcome.outcome === "failed" ? [sayFailed(step, outcome.message)] : [],
    );
    if (failed.length > 0) {
      // What else was started is seen to its end: nothing runs on behind an operation that has ended.
      await carrying.untilCompleted(wave);
      sayGone(going, carrying);
      const untried = left.length - outcomes.length;
      return untried === 0
        ? sentenceOf(failed)
        : `${sentenceOf(failed)}. No other of the deletions was begun after that: ${untried} were left`;
    }
  }
  const hookFailed = await carrying.untilCompleted(wave);
  if (hookFailed !== undefined) {
    sayGone(going, carrying);
    return hookFailed;
  }
  if (then === "is-over") return undefined;
  const shut = await carrying.untilOpen(wave.gate.filter(({ key }) => !kept.has(key)));
  sayGone(going, carrying);
  return shut;
}

interface Going {
  wave: Wave;
  step: PruneStep;
}

/** What was asked to go is called pruned once it was seen gone, and what holds the others is said. */
function sayGone(going: Going[], { cluster, report, undoWords }: Carrying): void {
  for (const { wave, step } of going.splice(0)) {
    const live = cluster.get(step.key);
    if (live?.uid !== step.uid) {
      const message = withUndo("pruned", undoWords(step.ref));
      report({ ...placeOf(step, wave), outcome: "pruned", message });
      continue;
    }
    const [held] = heldBy([live], cluster);
    const why = held ?? `It goes when ${whatEnds(step.ref)}`;
    report({ ...placeOf(step, wave), outcome: "going", message: `deletion asked for. ${why}` });
  }
}

function withUndo(said: string, undo: string | undefined): string {
  return undo === undefined ? said : `${said}. ${undo.charAt(0).toUpperCase()}${undo.slice(1)}`;
}

/** A namespace says for itself what is left in it, some seconds after it was asked to go. */
function whatEnds(ref: ObjectRef): string {
  return groupKind(ref) === "Namespace" ? "everything in it is gone" : "what it owns, or runs, has ended";
}

/** What a dry run says of a step: that the server answered for it, or why it could not be asked. */
function rehearsed(
  step: Step,
  waitsFor: ReadonlyMap<Step, string>,
  { notes, unasked, undoWords }: Pick<Carrying, "notes" | "unasked" | "undoWords">,
): StepOutcome {
  const isMade = step.do === "create-namespace" ? "it is made where it is missing" : undefined;
  const why = unasked.get(step) ?? waitsFor.get(step) ?? isMade;
  const hook = step.do === "hook" ? { hook: step.type } : {};
  if (why !== undefined)
    return {
      outcome: "not-asked",
      message: `dry run: not asked. ${why.charAt(0).toUpperCase()}${why.slice(1)}`,
      ...hook,
    };
  if (step.do === "hook") return { outcome: "not-asked", message: WOULD_RUN, ...hook };
  const [outcome, said] =
    step.do === "prune"
      ? (["pruned", withUndo("would be pruned", undoWords(step.ref))] as const)
      : (["applied", "would pass"] as const);
  return { outcome, message: `dry run: ${notes.get(step) ?? said}` };
}

/**
 * All of a group at once, but for deletions: these are some at a time, and none is begun once several have failed.
 * @param carry is told how many of the group are not begun yet
 * @returns what was begun, in the order of the steps
 */
async function carryTogether(
  steps: readonly Step[],
  carry: (step: Step, after: number) => Promise<{ step: Step; outcome: StepOutcome }>,
): Promise<{ step: Step; outcome: StepOutcome }[]> {
  const isDeleting = steps[0]?.do === "prune";
  const waiting = [...steps];
  const ended: { step: Step; outcome: StepOutcome }[] = [];
  const isGivenUp = (): boolean =>
    isDeleting &&
    ended.filter(({ outcome }) => outcome.outcome === "failed").length >= FAILED_DELETIONS_AT_MOST;
  const workers = Array.from({ length: isDeleting ? DELETIONS_AT_ONCE : steps.length }, async () => {
    while (!isGivenUp()) {
      const step = waiting.shift();
      if (step === undefined) return;
      ended.push(await carry(step, waiting.length));
    }
  });
  await settled(workers);
  const byStep = new Map(ended.map((one) => [one.step, one]));
  return steps.flatMap((step) => byStep.get(step) ?? []);
}

/** All of them have ended when it returns or throws: nothing is written after an operation's end. */
async function settled<T>(works: readonly Promise<T>[]): Promise<T[]> {
  const ends = await Promise.allSettled(works);
  const thrown = ends.find((end) => end.status === "rejected");
  if (thrown !== undefined) throw thrown.reason;
  return ends.flatMap((end) => (end.status === "fulfilled" ? [end.value] : []));
}

// ---------------------------------------------------------------- writing

async function carryStep(step: Step, wave: Wave, carrying: Carrying): Promise<StepOutcome> {
  // It asks for itself, and says of itself what came of it.
  if (step.do === "hook") return carrying.hooks.start(step, wave);
  // Of a Namespace that is there nothing is written, so that nobody has to permit it.
  if (step.do === "create-namespace") return writeNamespace(step, carrying);
  const forbidden = carrying.permits(refOf(step));
  if (forbidden !== undefined) return { outcome: "failed", message: forbidden };
  switch (step.do) {
    case "apply":
      return applyStep(step, carrying);
    case "prune":
      return pruneObject(step, carrying);
  }
}

async function applyStep(step: ApplyStep, carrying: Carrying): Promise<StepOutcome> {
  const { desired } = step;
  const kind = await carrying.cluster.kind(gvkOf(desired.object));
  const isNamespaced = desired.ref.namespace !== "";
  if (kind.is === "absent")
    return {
      outcome: "failed",
      message: `the cluster does not know the kind ${desired.object.apiVersion} ${desired.object.kind}`,
    };
  if (kind.is === "unreachable")
    return { outcome: "failed", message: `the cluster did not answer: ${kind.why}` };
  // It was placed when nobody knew its kind. The kinds' coming wakes the application, and the next sync places it right.
  if ((kind.info.scope === "namespaced") !== isNamespaced)
    return {
      outcome: "failed",
      message: `its kind turned out to be ${kind.info.scope === "cluster" ? "cluster-scoped" : "namespaced"}; it is placed anew in the next try`,
    };
  // Somebody else may have made or taken it since it was compared. The next try sees it as that one's.
  const now = carrying.cluster.get(step.desired.key);
  const holder = now === undefined ? undefined : await carrying.holder(now);
  if (holder !== undefined)
    return { outcome: "failed", message: `it belongs to ${holder} by now: it is not applied` };
  // Once more: the answers took their time.
  const forbidden = carrying.permits(desired.ref);
  if (forbidden !== undefined) return { outcome: "failed", message: forbidden };
  const sent = await sendObject(sendOf(step, carrying), carrying);
  if (sent.is !== "done") return { outcome: "failed", message: messageOf(sent.outcome) };
  const { live, warnings } = sent.outcome;
  carrying.keep(
    recordAfterApply(live, {
      hash: sent.hash,
      objectHash: desired.hash,
      wanted: {
        object: desired.object,
        ignored: carrying.ignoredOf(desired),
        owned: sent.outcome.object,
      },
      by: sent.by,
      known: carrying.recordOf(desired.key),
      repairs: sent.repairs,
      from: desired.origin,
    }),
  );
  const what =
    step.live === undefined
      ? "created"
      : live.resourceVersion === step.live.resourceVersion
        ? "unchanged"
        : "configured";
  const said = [what, ...sent.notes, ...sent.repairs.map(({ text }) => text), ...warnings].join(". ");
  return { outcome: what === "unchanged" ? "unchanged" : "applied", message: said };
}

// ---------------------------------------------------------------- order

/** Deletions together first; then the writes, one kind after the other. */
function groupsOf({ steps }: Wave): Step[][] {
  const groups: Step[][] = [];
  let last: string | undefined;
  for (const step of steps) {
    const ref = refOf(step);
    const name = step.do === "prune" ? "prune" : `${kindOrder(ref)} ${groupKind(ref)}`;
    if (name === last) groups.at(-1)?.push(step);
    else groups.push([step]);
    last = name;
  }
  return groups;
}

function stepsOf(waves: readonly Wave[]): [Wave, Step][] {
  return waves.flatMap((wave) => wave.steps.map((step): [Wave, Step] => [wave, step]));
}

/** The first phase in which an object is a hook of this plan. */
function hookTypeOf(key: RefKey, { waves, onFailure }: Plan): SyncPhase | undefined {
  const steps = [...waves, ...onFailure].flatMap(({ steps }) => steps);
  return steps.flatMap((step) => (step.do === "hook" && step.desired.key === key ? [step.type] : []))[0];
}

function placeOf(step: Step, { phase, wave }: Wave): Pick<StepResult, "ref" | "version" | "phase" | "wave"> {
  return { ref: refOf(step), version: versionOf(step), phase, wave };
}
