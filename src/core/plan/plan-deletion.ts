import { type Claimant, definedKind, isHook, keepMark, owningApp } from "../compare/index.ts";
import { ANNOTATION, type Application, keyOfApp } from "../model/application.ts";
import type { ObjectRecord } from "../model/comparison.ts";
import type { DesiredObject } from "../model/desired-object.ts";
import type { HomeContents } from "../model/home-contents.ts";
import type { LiveObject } from "../model/live-object.ts";
import { groupKind, type RefKey, show } from "../model/object-ref.ts";
import type { GateEntry, Guard, Propagation, Refusal, Step, Wave } from "../model/plan.ts";
import { waveOf } from "../model/sync-wave.ts";
import { annotatedApproval } from "./approval.ts";
import { DEFAULT_GUARDS, type GuardSettings } from "./guard-input.ts";
import { homeOf, sayOthers } from "./home-contents.ts";
import { hookStep } from "./hook-step.ts";
import { isListedKind, kindOrder } from "./kind-order.ts";
import { selfProtection } from "./self-protection.ts";
import { compareText, inWaves, type Task } from "./task-order.ts";

export interface DeletionInput {
  app: Application;
  /** Live objects that bear the application's tracking id. */
  tracked: readonly LiveObject[];
  records: ReadonlyMap<RefKey, ObjectRecord>;
  us: Claimant;
  /** `by-person`: somebody said so, here and now. `by-file`, `by-parent`: its manifest left a folder, or the parent that rendered it. */
  asked: "by-person" | "by-file" | "by-parent";
  /** When the deletion began, RFC 3339: approvals from before do not count. */
  startedAt: string;
  /** Milliseconds since 1970: an approval grows old. */
  now: number;
  propagation: Propagation;
  /** What is in the Namespaces and definitions among them. Of one that is not named here nothing is known. */
  contents: ReadonlyMap<RefKey, HomeContents>;
  guards?: GuardSettings;
  denied?: ReadonlyMap<RefKey, string>;
}

export interface DeletionPlan {
  /**
   * One by one, each when the objects of the one before are gone: what was applied first goes last. `wave` is the
   * objects' own. A wave that holds an object that waits for a person has a gate, and perhaps no step.
   */
  waves: Wave[];
  /** Stay behind; the deletion ends without them. */
  kept: Refusal[];
  /** Wait for a person's approval; the deletion does not end before. */
  waiting: Refusal[];
}

/**
 * How an application's objects go with it. CustomResourceDefinitions stay, as in Argo CD, unless they are marked
 * `Delete=true`: with one of them would go every object of its kind.
 */
export function planDeletion(input: DeletionInput): DeletionPlan {
  const verdicts = withHomes(
    input.tracked.map((live): Judged => ({ live, verdict: verdictOn(live, input) })),
  );
  const refused = (is: "keep" | "wait"): Refusal[] =>
    verdicts.flatMap(({ live: { key, ref }, verdict }) =>
      verdict.is === is ? [{ key, ref, guard: verdict.guard, text: verdict.text }] : [],
    );
  const there = verdicts.filter(({ verdict }) => verdict.is !== "keep");
  return { waves: wavesOf(there, input.propagation), kept: refused("keep"), waiting: refused("wait") };
}

/** The hooks around a deletion, in waves of their own: all of `before` end well before anything is deleted. */
export function planDeletionHooks(desired: readonly DesiredObject[]): { before: Wave[]; after: Wave[] } {
  const tasks = (phase: "PreDelete" | "PostDelete"): Task[] =>
    desired.flatMap((one) =>
      one.role.is === "hook" && one.role.types.includes(phase)
        ? [{ phase, wave: one.wave, ref: one.ref, step: hookStep(one, one.role, phase, undefined) }]
        : [],
    );
  return { before: inWaves(tasks("PreDelete")), after: inWaves(tasks("PostDelete")) };
}

/** Whether a live object is what a hook of this application left: it bears our mark, and the name of the run that made it. */
function isLeftByHook(live: LiveObject, us: Claimant): boolean {
  return (
    isHook(live.object) &&
    live.object.metadata.annotations?.[ANNOTATION.hookRun] !== undefined &&
    owningApp(live, us).is === "us"
  );
}

// ---------------------------------------------------------------- order

/**
 * Within a wave: kinds that the order of kinds does not list (custom resources) first, so that the operator that lets go
 * of them is still there; Namespaces and definitions last, so that what is in them is seen to go.
 */
type Turn = 0 | 1 | 2;

function turnOf({ ref }: LiveObject): Turn {
  if (isHome(ref)) return 2;
  return isListedKind(ref) ? 1 : 0;
}

function wavesOf(there: readonly Judged[], propagation: Propagation): Wave[] {
  const sorted = there
    .map((judged) => ({ ...judged, wave: waveIn(judged.live, there), turn: turnOf(judged.live) }))
    .sort(
      (a, b) =>
        b.wave - a.wave ||
        a.turn - b.turn ||
        kindOrder(b.live.ref) - kindOrder(a.live.ref) ||
        compareText(a.live.ref.kind, b.live.ref.kind) ||
        compareText(a.live.ref.namespace, b.live.ref.namespace) ||
        compareText(a.live.ref.name, b.live.ref.name),
    );
  const waves: Wave[] = [];
  let last: { wave: number; turn: Turn } | undefined;
  for (const { live, verdict, wave, turn } of sorted) {
    const { ref, key, uid } = live;
    const gate: GateEntry = { until: "gone", ref, key, uid };
    const steps: Step[] = verdict.is === "delete" ? [{ do: "prune", ref, key, uid, propagation }] : [];
    if (last?.wave === wave && last.turn === turn) {
      waves.at(-1)?.gate.push(gate);
      waves.at(-1)?.steps.push(...steps);
    } else waves.push({ phase: "Sync", wave, steps, gate: [gate] });
    last = { wave, turn };
  }
  return waves;
}

/** What holds others goes with the last of them, whatever wave its own annotation says. */
function waveIn(live: LiveObject, there: readonly Judged[]): number {
  const own = waveOf(live.object);
  if (!isHome(live.ref)) return own;
  return Math.min(
    own,
    ...there.filter(({ live: one }) => isIn(one, live)).map(({ live: one }) => waveOf(one.object)),
  );
}

/** A Namespace, or a definition: whoever deletes it deletes what is in it. */
function isHome(ref: LiveObject["ref"]): boolean {
  const kind = groupKind(ref);
  return kind === "Namespace" || kind === "apiextensions.k8s.io/CustomResourceDefinition";
}

function isIn({ ref }: LiveObject, home: LiveObject): boolean {
  if (groupKind(home.ref) === "Namespace") return ref.namespace === home.ref.name;
  return definedKind(home.object) === groupKind(ref);
}

// ---------------------------------------------------------------- what goes

interface Judged {
  live: LiveObject;
  verdict: Verdict;
}

type Verdict =
  | { is: "delete" }
  /** `holds` nothing: another's business, for whose sake nothing else stays. */
  | { is: "keep"; guard: Guard; text: string; holds?: "nothing" }
  | { is: "wait"; guard: Guard; text: string };

/** What holds an object that stays, stays: it would take that along. */
function withHomes(all: readonly Judged[]): Judged[] {
  return all.map(({ live, verdict }) => {
    if (verdict.is === "keep" || !isHome(live.ref)) return { live, verdict };
    const inside = all.find(
      (one) => one.verdict.is === "keep" && one.verdict.holds === undefined && isIn(one.live, live),
    );
    if (inside === undefined) return { live, verdict };
    const text = `${show(live.ref)} stays, because ${show(inside.live.ref)} stays and would go with it.`;
    return { live, verdict: { is: "keep", guard: "disabled", text } };
  });
}

function verdictOn(live: LiveObject, input: DeletionInput): Verdict {
  const { app, records, us, asked, guards = DEFAULT_GUARDS, denied } = input;
  const what = show(live.ref),
    kind = groupKind(live.ref);
  const keep = (guard: Guard, text: string): Verdict => ({ is: "keep", guard, text });
  const own = selfProtection(live, guards);
  if (own.is === "lives-on-it") return keep("disabled", own.text);
  if (own.is === "unknown") return { is: "wait", guard: "unseen", text: own.text };
  const no = denied?.get(live.key);
  if (no !== undefined) return keep("disabled", `${what} stays: ${no}.`);
  if (live.object.metadata.ownerReferences?.some(({ controller }) => controller === true))
    return {
      is: "keep",
      guard: "disabled",
      text: `${what} stays with the object that made it.`,
      holds: "nothing",
    };
  if (records.get(live.key)?.uid !== live.uid && !isLeftByHook(live, us))
    return {
      is: "keep",
      guard: "unrecorded",
      text: `${what} bears this application's tracking id, but Holdfast has no record of having applied it, so it stays.`,
      // Controllers copy annotations to what they make.
      ...(owningApp(live, us).is === "us" ? {} : { holds: "nothing" }),
    };
  const mark = keepMark("Delete", live.object, app.spec.syncPolicy?.syncOptions ?? []);
  if (mark.is === "keep") return keep("disabled", `${what} stays, because ${mark.mark} says so.`);
  if (mark.is !== "delete" && kind === "apiextensions.k8s.io/CustomResourceDefinition")
    return keep(
      "disabled",
      `${what} stays, because every object of its kind in the cluster would go with it. To delete it with the application, give it the option Delete=true.`,
    );
  const inside = contentsVerdict(live, input);
  if (inside !== undefined) return inside;
  if (mark.is === "confirm") return askPerson(live, "confirm", mark.mark, input);
  return mark.is !== "delete" && asked !== "by-person" && guards.confirmKinds.includes(kind)
    ? askPerson(live, "confirm", "losing a file is no order to delete it", input)
    : { is: "delete" };
}

/** What the person who deletes an application has not spoken of: what others have in its Namespaces and definitions. */
function contentsVerdict(live: LiveObject, input: DeletionInput): Verdict | undefined {
  const home = homeOf(live);
  if (home === undefined) return undefined;
  const inside = input.contents.get(live.key) ?? { is: "unknown", why: "it was not looked into" };
  switch (inside.is) {
    case "ours-alone":
      return undefined;
    case "unknown":
      return {
        is: "wait",
        guard: "contents",
        text: `${show(live.ref)} stays for now, because what would go with it cannot be told: ${inside.why}. It is looked at again.`,
      };
    case "hidden":
      return askPerson(
        live,
        "contents",
        `what would go with it may not be looked at by Holdfast: ${inside.why}`,
        input,
      );
    case "others":
      return askPerson(live, "contents", sayOthers(inside, home), input);
  }
}

function askPerson(live: LiveObject, guard: Guard, why: string, input: DeletionInput): Verdict {
  const annotated = annotatedApproval(input.app, input);
  if (annotated.is === "approved") return { is: "delete" };
  const inVain = annotated.is === "not-taken" ? ` ${annotated.why}` : "";
  return {
    is: "wait",
    guard,
    text: `${show(live.ref)} waits for a person's approval (${why}): holdfast app confirm-deletion ${keyOfApp(input.app)}, or annotate the Application with ${ANNOTATION.deletionApproved} and the time.${inVain}`,
  };
}
