import { generateApplications } from "../core/generate/generate-applications.ts";
import { GenerationMemo } from "../core/generate/generation-memo.ts";
import type { AppKey } from "../core/model/application.ts";
import { type ApplicationSet, keyOfSet } from "../core/model/application-set.ts";
import type { ApplicationSetStatus } from "../core/model/application-set-status.ts";
import { asFailure } from "../core/model/failure.ts";
import { type Problem, showProblem } from "../core/model/problem.ts";
import { askBudget } from "../core/plan/removal-budget.ts";
import type { JqPlaces } from "../core/ports/jq.ts";
import type { Children, KnownSet, SetChild } from "../core/ports/sets-home.ts";
import { staysBehind } from "../core/sets/after-its-end.ts";
import { blindStatus } from "../core/sets/blind-status.ts";
import { changedFields } from "../core/sets/changed-fields.ts";
import { ChildIndex } from "../core/sets/child-index.ts";
import { deletionOrder } from "../core/sets/deletion-order.ts";
import type { JqAnswers } from "../core/sets/left-alone.ts";
import { jqQuestions, planSet, type SetPlan, type SetPlanInput } from "../core/sets/plan-set.ts";
import type { PlannedChild } from "../core/sets/planned-child.ts";
import { rollout } from "../core/sets/rollout.ts";
import { isRolling } from "../core/sets/rollout-steps.ts";
import { setStatus } from "../core/sets/set-status.ts";
import { Settled } from "../core/sets/settled.ts";
import { defined } from "../lib/defined.ts";
import { hashValue } from "../lib/hash.ts";
import { timestamp } from "../lib/timestamp.ts";
import { type CarriedOut, carryOut } from "./carry-out.ts";
import { askedAgainAfterMs, saysWhatItMeans } from "./due.ts";
import { lostWith } from "./lost-with.ts";
import type { Generation, ManagedSet, SetLook } from "./managed-set.ts";
import type { FactsLook, SetsPorts } from "./sets-ports.ts";
import { SyncsInTurn } from "./syncs-in-turn.ts";

/** Nobody is asked more often, whatever a set says. */
const MIN_PAUSE_MS = 1_000;
/** Names that an entry of the audit holds of each kind. */
const MOST_NAMES = 50;

export interface SetPassesParts {
  ports: SetsPorts;
  /** Aborted when the daemon stops. */
  signal: AbortSignal;
  /** Why not all sets are known; undefined: they are. */
  unread(): string | undefined;
  /** Has everything that it reads asked again after `ms`. */
  askAfter(managed: ManagedSet, ms: number): void;
  /** What is to be said of an application's set may be another thing. */
  moved(key: AppKey): void;
  /** @throws {Failure} store */
  approvalsChanged(): void;
  /** Sets whose files are gone for good, and which are still there. */
  withoutFile(): readonly ManagedSet[];
  /** Of the set something was said, which may be what was said before. */
  said(managed: ManagedSet, before: ApplicationSetStatus | undefined): void;
}

/** What is done with one set at a time. */
export class SetPasses {
  readonly #parts: SetPassesParts;
  readonly #syncs: SyncsInTurn;

  constructor(parts: SetPassesParts) {
    this.#parts = parts;
    this.#syncs = new SyncsInTurn({ ...parts, again: (managed) => this.say(managed) });
  }

  async lookAfter(managed: ManagedSet, look: SetLook): Promise<"done" | "again"> {
    const { known } = managed;
    const { clock, home } = this.#parts.ports;
    const isKnown = look === "plan" && managed.generation?.of === known.set;
    const generation = isKnown ? managed.generation : await this.#generateNow(managed, look);
    // Whoever edited or deleted it asked for another pass; whoever asked for a refresh, or had it done, did not.
    if (generation === undefined || isEdited(managed, known)) return "done";
    managed.generation = generation;
    this.#forgetApproval(managed, () => {
      const wanted = new Set(generation.made.applications.map(({ key }) => key));
      return (key) => !wanted.has(key);
    });
    const leftMs = generation.at + askedAgainAfterMs(known.set.spec) - clock.monotonic();
    if (leftMs < Number.POSITIVE_INFINITY) this.#parts.askAfter(managed, Math.max(MIN_PAUSE_MS, leftMs));
    // Where not everything is known that there is, a name may be taken, or an application be there already.
    const blind = home.children().incomplete ?? this.#parts.unread();
    if (blind !== undefined) return this.#isBlind(managed, blind);
    if (managed.settled?.of !== known.set) managed.settled = { of: known.set, pairs: new Settled() };
    const plan = await this.planOf(known.set, generation, managed.approved, managed.settled.pairs);
    const open = this.#unhurried(managed, plan.open);
    managed.plan = { ...plan, open };
    managed.blocked = plan.blocked;
    const done = await this.#carryOut(managed, known, open);
    const { children: left } = home.children();
    this.#forgetApproval(managed, () => (key) => left.get(key) !== undefined);
    this.say(managed);
    // jq was ended, or could not be asked: nothing else says when it can be.
    const isUnknown = open.some((step) => step.do === "held" && step.by === "unknown");
    return isUnknown ? "again" : done.is;
  }

  /** Of what was planned before nothing may hold any more. What lasts for one look only is not worth a word. */
  #isBlind(managed: ManagedSet, why: string): "again" {
    const { home, clock } = this.#parts.ports;
    const { known, said: before = known.status } = managed;
    managed.plan = undefined;
    managed.blocked = [];
    if (managed.tries > 0) {
      managed.said = blindStatus(before ?? {}, why, timestamp(clock.now()));
      home.show(known.key, managed.said);
      this.#parts.said(managed, before);
    }
    return "again";
  }

  /** An edit ends it: undefined, and the look is still to come. */
  async #generateNow(managed: ManagedSet, look: SetLook): Promise<Generation | undefined> {
    const { known, edited, memo } = managed;
    const signal = AbortSignal.any([this.#parts.signal, edited]);
    const facts = look === "latest" ? "latest" : "known";
    const generation = await this.generate(known.set, facts, { memo, signal }).catch((cause) => {
      if (!edited.aborted) throw cause;
      return undefined;
    });
    if (!edited.aborted) return generation;
    managed.ask(look);
    return undefined;
  }

  /** What it would make, and what it was told for that. What goes wrong is said in it. @throws why `signal` is aborted */
  async generate(
    set: ApplicationSet,
    look: FactsLook,
    { memo = new GenerationMemo(), signal = this.#parts.signal } = {},
  ): Promise<Generation> {
    const { facts: source, templates, clock } = this.#parts.ports;
    const at = clock.monotonic();
    const { facts, told } = source.tell(set, look, signal);
    const made = await generateApplications(set, {
      facts,
      engine: templates(keyOfSet(set), signal),
      memo,
    }).catch((cause): Generation["made"] => {
      signal.throwIfAborted();
      const object = `ApplicationSet ${keyOfSet(set)}`;
      return {
        applications: [],
        entries: [],
        problems: [
          {
            severity: "error",
            object,
            path: "spec",
            text: asFailure(cause, object, "generate its applications").message,
          },
        ],
        is: "part",
      };
    });
    return { of: set, made, told: told(), at };
  }

  async planOf(
    set: ApplicationSet,
    { made: generated }: Generation,
    approved: readonly AppKey[],
    settled = new Settled(),
  ): Promise<SetPlan> {
    const { settings } = this.#parts.ports;
    const now = {
      ...{ set, generated, settled, existing: this.#existing() },
      budget: settings().removal,
      approved: { keys: approved },
    };
    if (jqQuestions(now).length === 0) return planSet(now);
    // What jq says is said of what it was asked of.
    const input = { ...now, existing: asNow(now) };
    return planSet({ ...input, jq: await this.#askJq(set, jqQuestions(input)) });
  }

  /** Those of each set, and whoever has a name, wherever that one lives. */
  #existing(): Standing {
    const { home, application } = this.#parts.ports;
    const { children } = home.children();
    return {
      ownedBy: (set) => children.ownedBy(set),
      get(key) {
        const child = children.get(key);
        const other = child === undefined ? application(key) : undefined;
        return other === undefined ? child : { key, uid: "", app: other, ownedBy: undefined, isGoing: false };
      },
    };
  }

  async #askJq(set: ApplicationSet, questions: ReturnType<typeof jqQuestions>): Promise<JqAnswers> {
    const { jq } = this.#parts.ports;
    const askedBy = keyOfSet(set);
    const texts = [...new Set(questions.map(({ expression }) => expression))];
    // Of what is no expression jq says that it names nothing: then everything would be written over.
    const broken = new Map(
      await Promise.all(texts.map(async (text) => [text, await jq.problemOf(text, askedBy)] as const)),
    );
    return new Map(
      await Promise.all(
        questions.map(async ({ id, object, expression }) => {
          const problem = broken.get(expression);
          const answer: JqPlaces =
            problem === undefined
              ? await jq.placesIn({ object, key: hashValue(object) }, expression, askedBy)
              : {
                  is: "unknown",
                  why:
                    problem.lasts === "for-good"
                      ? `${expression} is no jq expression: ${problem.why}`
                      : `jq cannot be asked: ${problem.why}`,
                };
          return [id, answer] as const;
        }),
      ),
    );
  }

  /** What others say for a moment is waited for: an application goes when it was wanted by nobody for long enough. */
  #unhurried(managed: ManagedSet, steps: readonly PlannedChild[]): readonly PlannedChild[] {
    const { clock, settings } = this.#parts.ports;
    const now = clock.monotonic();
    // What was heard once stays as it was heard, however long ago that is.
    const heard = managed.generation?.at ?? now;
    const due = new Set<AppKey>();
    for (const step of steps) if (step.do === "delete") due.add(step.before.key);
    if (due.size === 0) {
      managed.missing.clear();
      return steps;
    }
    for (const key of managed.missing.keys()) if (!due.has(key)) managed.missing.delete(key);
    if (saysWhatItMeans(managed.known.set.spec)) return steps;
    return steps.map((step) => {
      if (step.do !== "delete") return step;
      const { key } = step.before;
      const since = managed.missing.get(key) ?? heard;
      managed.missing.set(key, since);
      const until = since + settings().removal.missingForMs;
      if (heard >= until) return step;
      this.#parts.askAfter(managed, until > now ? until - now : MIN_PAUSE_MS);
      return {
        do: "held",
        key,
        wanted: "delete",
        by: "going",
        why: "it is not generated any more, and goes when that was so for long enough",
      };
    });
  }

  /** Its applications go first. A person's deletion waits for nothing. */
  async goes(managed: ManagedSet): Promise<"done" | "again"> {
    const { known } = managed;
    const { home, settings } = this.#parts.ports;
    const { children, incomplete } = home.children();
    // Until the folders are read, nobody knows whether its file is there again.
    const blind = incomplete ?? this.#parts.unread();
    if (blind !== undefined) return this.#isBlind(managed, blind);
    const own = children.ownedBy(known.key);
    if (own.length === 0 || staysBehind(known.set)) {
      home.release(known.key, known.uid);
      return "done";
    }
    const { now } = deletionOrder(known.set, own);
    const due = now.map(({ key }) => key);
    for (const { key } of own) managed.lost.add(key);
    const answer =
      known.origin.from === "file"
        ? askBudget({ due, ...lostWith(this.#parts.withoutFile(), children), budget: settings().removal })
        : { go: due, blocked: [] };
    const waiting = new Set<string>(answer.blocked);
    managed.blocked = own.flatMap(({ key }) => (waiting.has(key) ? [key] : [])).sort();
    const go = new Set<string>(answer.go);
    const steps = now
      .filter(({ key }) => go.has(key))
      .map((before): PlannedChild => ({ do: "delete", before }));
    managed.plan = {
      open: steps,
      problems: blockedProblem(known, managed.blocked),
      blocked: [...managed.blocked],
    };
    const done = await this.#carryOut(managed, known, steps);
    this.say(managed);
    return done.is;
  }

  async #carryOut(managed: ManagedSet, known: KnownSet, steps: readonly PlannedChild[]): Promise<CarriedOut> {
    const done = await carryOut(known, steps, {
      home: this.#parts.ports.home,
      stopped: () => this.#stopped(managed, known),
    });
    managed.failures = done.problems.map(showProblem);
    this.#note(known, done);
    return done;
  }

  #stopped(managed: ManagedSet, planned: KnownSet): string | undefined {
    if (this.#parts.signal.aborted) return "the daemon stops";
    if (isEdited(managed, planned)) return "it was edited";
    return this.#parts.ports.paused() === undefined ? undefined : "writes are paused";
  }

  #note({ key }: KnownSet, { created, changed, deleted }: CarriedOut): void {
    if (created.length + changed.length + deleted.length === 0) return;
    const { store, clock, log } = this.#parts.ports;
    const some = (keys: AppKey[]): AppKey[] => keys.slice(0, MOST_NAMES);
    const counts = { created: created.length, changed: changed.length, deleted: deleted.length };
    log.info("an ApplicationSet changed its applications", { applicationset: key, ...counts });
    store.audit({
      at: timestamp(clock.now()),
      actor: `applicationset:${key}`,
      action: "applicationset-applied",
      details: {
        applicationset: key,
        ...counts,
        applications: { created: some(created), changed: some(changed), deleted: some(deleted) },
      },
    });
  }

  /** What it comes to now; a rollout asks for the syncs whose turn it is. */
  say(managed: ManagedSet): void {
    const { home, clock } = this.#parts.ports;
    const { known, generation, plan } = managed;
    if (generation === undefined || plan === undefined) return;
    const { made: generated } = generation;
    const now = timestamp(clock.now());
    const all = this.#existing();
    const { existing, looked } = isRolling(known.set)
      ? this.#shown(managed, all)
      : { existing: all, looked: undefined };
    const before = managed.said ?? known.status;
    const set = { ...known.set, ...defined({ status: before }) };
    const next = rollout({
      ...{ set, generated, plan, existing, ...defined({ looked }), now },
      before: before?.applicationStatus ?? [],
    });
    const { failures } = managed;
    const { comesTo } = this.#parts.ports;
    const resources = managed.resources.of(home.children().children.namesOf(known.key), comesTo);
    managed.said = setStatus({ set, generated, plan, rollout: next, failures, resources, now });
    home.show(known.key, managed.said);
    this.#parts.said(managed, before);
    if (known.goingSince === undefined) this.#syncs.ask(managed, next.sync);
  }

  /**
   * Its applications as the engine shows them, and why what is shown of some may be over: a rollout that went on by that
   * would sync a later step before an earlier one has heard of the same commit. It is said anew when they have looked.
   */
  #shown(managed: ManagedSet, all: Standing): { existing: Standing; looked: Map<AppKey, string> } {
    const { application, looking } = this.#parts.ports;
    const looked = new Map<AppKey, string>();
    const own = all.ownedBy(managed.known.key).map((child): SetChild => {
      const { key } = child;
      const app = application(key);
      const look = looking(key);
      if (app === undefined || changedFields({ spec: child.app.spec }, { spec: app.spec }).length > 0)
        looked.set(key, "what is written of it is still to be taken up");
      else if (look !== undefined) looked.set(key, "what Git wants of it is being looked up");
      if (look !== undefined) this.#sayAfter(managed, key, look);
      return app === undefined ? child : { ...child, app };
    });
    const shown = new ChildIndex(own);
    return {
      existing: { ownedBy: (set) => shown.ownedBy(set), get: (key) => shown.get(key) ?? all.get(key) },
      looked,
    };
  }

  #sayAfter(managed: ManagedSet, key: AppKey, look: Promise<void>): void {
    if (managed.looking.has(key)) return;
    managed.looking.add(key);
    void look.then(() => {
      managed.looking.delete(key);
      if (!this.#parts.signal.aborted) this.#parts.moved(key);
    });
  }

  /** What was approved and is done, or wanted again, is approved no more. @throws {Failure} store */
  #forgetApproval(managed: ManagedSet, holds: () => (key: AppKey) => boolean): void {
    if (managed.approved.length === 0) return;
    const left = managed.approved.filter(holds());
    if (left.length === managed.approved.length) return;
    managed.approved = left;
    this.#parts.approvalsChanged();
  }
}

function isEdited({ known }: ManagedSet, planned: KnownSet): boolean {
  return known.set !== planned.set || known.uid !== planned.uid || known.goingSince !== planned.goingSince;
}

/** Applications of the home as one set finds them. */
type Standing = Pick<Children, "get" | "ownedBy">;

/** What there is stays as it is here, whatever becomes of it. */
function asNow({ set, generated, existing }: Pick<SetPlanInput, "set" | "generated" | "existing">): Standing {
  return new ChildIndex([
    ...generated.applications.flatMap(({ key }) => existing.get(key) ?? []),
    ...existing.ownedBy(keyOfSet(set)),
  ]);
}

function blockedProblem({ key }: KnownSet, blocked: readonly AppKey[]): Problem[] {
  if (blocked.length === 0) return [];
  return [
    {
      severity: "warning",
      object: `ApplicationSet ${key}`,
      text: `its file is gone, and with it ${blocked.length} applications would go at once, which waits for a person's approval`,
      fix: `holdfast appset approve ${key}, or put the file back`,
    },
  ];
}
