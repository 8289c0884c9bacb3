import { generateApplications } from "../core/generate/generate-applications.ts";
import { type AppKey, keyOfApp } from "../core/model/application.ts";
import { type ApplicationSet, keyOfSet, type SetKey } from "../core/model/application-set.ts";
import { asFailure } from "../core/model/failure.ts";
import type { Problem } from "../core/model/problem.ts";
import { askBudget } from "../core/plan/removal-budget.ts";
import type { KnownSet, SetChild, SetsReading } from "../core/ports/sets-home.ts";
import type { ExistingChild } from "../core/sets/existing-child.ts";
import type { JqAnswers } from "../core/sets/left-alone.ts";
import { jqQuestions, type PlannedChild, planSet, type SetPlan } from "../core/sets/plan-set.ts";
import { backoffMs } from "../lib/backoff.ts";
import { messageOf } from "../lib/caught.ts";
import { repositoryPlace } from "../lib/git-url.ts";
import { hashValue } from "../lib/hash.ts";
import { KeyQueue } from "../lib/key-queue.ts";
import { PushAllowance } from "../lib/push-allowance.ts";
import { startTimer, type Timer } from "../lib/timer.ts";
import { timestamp } from "../lib/timestamp.ts";
import { carryOut } from "./carry-out.ts";
import { askedAgainAfterMs, saysWhatItMeans } from "./due.ts";
import { type Generation, ManagedSet, type SetLook } from "./managed-set.ts";
import type { FactsLook, SetsPorts } from "./sets-ports.ts";
import { statusOf } from "./status-of.ts";

/** Sets looked after at once: each is templates and comparisons, and requests that wait. */
const AT_ONCE = 2;
const AGAIN = { firstMs: 1_000, mostMs: 120_000 };
/** What applications come to is said of their set so often at most. */
const STATUS_MS = 500;
/** Name of the stored value. */
const APPROVED = "approved-set-deletions";

/**
 * Looks after ApplicationSets: makes, changes and deletes their applications, which the engine then delivers. It takes
 * keys, as the engine does: whoever hears that something changed asks for a look at the set.
 */
export class ApplicationSets {
  readonly #ports: SetsPorts;
  readonly #sets = new Map<SetKey, ManagedSet>();
  readonly #queue: KeyQueue<SetKey>;
  readonly #pushes: PushAllowance;
  readonly #endings: (() => void)[];
  readonly #ended = new AbortController();
  #reading: SetsReading = {
    sets: [],
    unreadable: new Set(),
    problems: [],
    incomplete: "nothing was read yet",
  };
  /** Of each set its applications, as they were when it was asked to look last. */
  #children = new Map<SetKey, readonly SetChild[]>();
  #taking: Timer | undefined;
  /** Sets whose applications came to something else since their status was said. */
  readonly #moved = new Set<SetKey>();
  #saying: Timer | undefined;
  #approved: Readonly<Record<string, readonly AppKey[]>> = {};

  constructor(ports: SetsPorts) {
    this.#ports = ports;
    this.#queue = new KeyQueue((key) => this.#pass(key), AT_ONCE);
    this.#pushes = new PushAllowance(
      ports.clock,
      (places) => this.#repositories().filter((url) => places.has(repositoryPlace(url))),
      (url) => void this.#look((repository) => repository === url),
    );
    this.#endings = [
      ports.home.onChange(() => this.#takeSoon()),
      ports.onApplication((key) => this.#applicationMoved(key)),
    ];
  }

  /** Takes up the sets that there are. @throws {Failure} store */
  start(): void {
    this.#approved = JSON.parse(this.#ports.store.value(APPROVED) ?? "{}");
    this.#take();
  }

  async stop(): Promise<void> {
    this.#ended.abort(new Error("the daemon stops"));
    for (const end of this.#endings) end();
    this.#taking?.cancel();
    this.#saying?.cancel();
    this.#pushes.stop();
    await this.#queue.stop();
  }

  /** Sets that wait or are being looked at. */
  get depth(): number {
    return this.#queue.depth;
  }

  get reading(): SetsReading {
    return this.#reading;
  }

  get all(): Iterable<ManagedSet> {
    return this.#sets.values();
  }

  get(key: SetKey): ManagedSet | undefined {
    return this.#sets.get(key);
  }

  childrenOf(key: SetKey): readonly SetChild[] {
    return this.#children.get(key) ?? [];
  }

  // ---------------------------------------------------------------- what has a set looked at

  ask(managed: ManagedSet, look: SetLook): void {
    managed.ask(look);
    this.#queue.add(managed.known.key);
  }

  /** Clusters came, went, or say something else of themselves. */
  clustersChanged(): void {
    const now = this.#ports.facts.clustersVersion();
    for (const managed of this.#sets.values()) {
      const told = managed.generation?.told.clusters;
      if (told !== undefined && told !== now) this.ask(managed, "known");
    }
  }

  /** Everything is looked at again, as it is known. */
  lookAgain(): void {
    for (const managed of this.#sets.values()) this.ask(managed, "known");
  }

  /** A push was announced for these repository addresses. */
  pushed(urls: readonly string[]): void {
    this.#pushes.announce(urls.map(repositoryPlace));
  }

  /** Asks the repositories that generators read, once each; sets that could not be told everything ask again. */
  async poll(): Promise<void> {
    await this.#look(() => true);
    for (const managed of this.#sets.values())
      if (managed.generation?.made.is === "part") this.ask(managed, "latest");
  }

  async #look(isMeant: (repoURL: string) => boolean): Promise<void> {
    await Promise.all(
      [...this.#sets.values()].map(async (managed) => {
        const trees = (managed.generation?.told.trees ?? []).filter(({ repoURL }) => isMeant(repoURL));
        for (const tree of trees) {
          const tip = await this.#ports.facts.tipOf(managed.known.set, tree).catch((cause) => {
            this.#ports.log.warn("a repository cannot be asked", {
              applicationset: managed.known.key,
              why: asFailure(cause, managed.known.key, "ask it").message,
            });
            return tree.commit;
          });
          if (tip === tree.commit) continue;
          this.ask(managed, "known");
          break;
        }
      }),
    );
  }

  #repositories(): string[] {
    const urls = [...this.#sets.values()].flatMap(
      ({ generation }) => generation?.told.trees.map(({ repoURL }) => repoURL) ?? [],
    );
    return [...new Set(urls)];
  }

  /** What happens in one turn of the loop is taken up once. */
  #takeSoon(): void {
    this.#taking ??= startTimer(0, () => {
      this.#taking = undefined;
      this.#take();
    });
  }

  #take(): void {
    const { home } = this.#ports;
    this.#reading = home.sets();
    const { sets, unreadable, incomplete } = this.#reading;
    const there = new Set<SetKey>(unreadable);
    for (const known of sets) {
      there.add(known.key);
      this.#takeOne(known);
    }
    for (const [key, managed] of this.#sets) {
      if (there.has(key) || incomplete !== undefined) continue;
      this.#sets.delete(key);
      this.#queue.forget(key);
      managed.leave();
    }
    this.#takeChildren();
  }

  #takeOne(known: KnownSet): void {
    const managed = this.#sets.get(known.key);
    if (managed === undefined) {
      const fresh = new ManagedSet(known);
      fresh.approved = this.#approved[known.key] ?? [];
      this.#sets.set(known.key, fresh);
      this.ask(fresh, "latest");
      return;
    }
    const before = managed.known;
    managed.known = known;
    if (before.uid !== known.uid || before.set !== known.set) this.ask(managed, "known");
    else if (before.goingSince !== known.goingSince) this.ask(managed, "plan");
    if (known.refresh !== undefined && known.refresh !== before.refresh) this.ask(managed, "latest");
  }

  #takeChildren(): void {
    const now = new Map<SetKey, SetChild[]>();
    for (const child of this.#ports.home.children().children.values())
      if (child.ownedBy !== undefined) {
        const list = now.get(child.ownedBy);
        if (list === undefined) now.set(child.ownedBy, [child]);
        else list.push(child);
      }
    const before = this.#children;
    this.#children = now;
    for (const [key, managed] of this.#sets) {
      const [old = [], current = []] = [before.get(key), now.get(key)];
      const isSame = old.length === current.length && current.every((child, at) => child === old[at]);
      if (!isSame || managed.generation?.made.applications.length !== current.length)
        this.ask(managed, "plan");
    }
  }

  #applicationMoved(key: AppKey): void {
    const owner = this.#ports.home.children().children.get(key)?.ownedBy;
    if (owner === undefined || !this.#sets.has(owner)) return;
    this.#moved.add(owner);
    this.#saying ??= startTimer(STATUS_MS, () => {
      this.#saying = undefined;
      for (const each of this.#moved) {
        const managed = this.#sets.get(each);
        if (managed !== undefined) this.#say(managed);
      }
      this.#moved.clear();
    }).unref();
  }

  // ---------------------------------------------------------------- one pass

  async #pass(key: SetKey): Promise<void> {
    const managed = this.#sets.get(key);
    if (managed === undefined || this.#reading.unreadable.has(key)) return;
    const { look, ended } = managed.begin();
    const { refresh } = managed.known;
    try {
      const again =
        managed.known.goingSince === undefined
          ? await this.#lookAfter(managed, look)
          : await this.#goes(managed);
      managed.failures = again === "again" ? managed.failures + 1 : 0;
      if (again === "again") this.#queue.addAfter(key, backoffMs(managed.failures, AGAIN));
      if (refresh !== undefined) this.#ports.home.refreshed(key, refresh);
    } catch (cause) {
      if (this.#ended.signal.aborted) return;
      this.#ports.log.error("an ApplicationSet could not be looked after", {
        applicationset: key,
        why: messageOf(cause),
      });
      managed.failures++;
      this.#queue.addAfter(key, backoffMs(managed.failures, AGAIN));
    } finally {
      ended();
    }
  }

  async #lookAfter(managed: ManagedSet, look: SetLook): Promise<"done" | "again"> {
    const { known } = managed;
    const { clock } = this.#ports;
    const isKnown = look === "plan" && managed.generation?.of === known.set;
    if (!isKnown) managed.generation = await this.generate(known.set, look === "latest" ? "latest" : "known");
    const { generation } = managed;
    if (generation === undefined || managed.known !== known) return "done";
    const waitMs = generation.at + askedAgainAfterMs(known.set.spec) - clock.monotonic();
    if (waitMs < Number.POSITIVE_INFINITY) this.#askAfter(managed, Math.max(1_000, waitMs));
    const { incomplete } = this.#ports.home.children();
    if (incomplete !== undefined || this.#reading.incomplete !== undefined) {
      managed.problems = [
        { severity: "warning", text: `nothing is changed: ${incomplete ?? this.#reading.incomplete}` },
      ];
      this.#say(managed);
      return "done";
    }
    const children = this.#ports.home.children().children;
    const plan = await this.planOf(known.set, generation, managed.approved);
    const steps = this.#unhurried(managed, plan.steps);
    managed.blocked = plan.blocked;
    const done = await carryOut(known, steps, {
      home: this.#ports.home,
      children,
      stopped: () => this.#stopped(managed, known),
    });
    managed.problems = [...plan.problems, ...done.problems];
    this.#note(known, "daemon", done);
    this.#forgetApproval(managed);
    this.#say(managed);
    return done.is;
  }

  /** What it would make, and what it was told for that. What goes wrong is said in it. */
  async generate(set: ApplicationSet, look: FactsLook): Promise<Generation> {
    const { facts: source, templates, clock } = this.#ports;
    const at = clock.monotonic();
    const { signal } = this.#ended;
    const { facts, told } = source.tell(set, look, signal);
    const made = await generateApplications(set, {
      facts,
      engine: templates(keyOfSet(set), signal),
    }).catch((cause): Generation["made"] => {
      signal.throwIfAborted();
      const object = `ApplicationSet ${keyOfSet(set)}`;
      return {
        applications: [],
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
  ): Promise<SetPlan> {
    const { home, settings } = this.#ports;
    const existing = new Map([...home.children().children].map(([key, child]) => [key, existingOf(child)]));
    // What lives elsewhere, in a file or in the store, has its name too.
    for (const { application } of generated.applications) {
      const key = keyOfApp(application);
      const other = existing.has(key) ? undefined : this.#ports.application(key);
      if (other !== undefined)
        existing.set(key, { key, uid: "", app: other, ownedBy: undefined, going: false });
    }
    const input = { set, generated, existing, budget: settings().removal, approved: { keys: approved } };
    return planSet({ ...input, jq: await this.#askJq(set, jqQuestions(input)) });
  }

  async #askJq(set: ApplicationSet, questions: ReturnType<typeof jqQuestions>): Promise<JqAnswers> {
    return new Map(
      await Promise.all(
        questions.map(
          async ({ id, object, expression }) =>
            [
              id,
              await this.#ports.jq.placesIn({ object, key: hashValue(object) }, expression, keyOfSet(set)),
            ] as const,
        ),
      ),
    );
  }

  /** What others say for a moment is waited for: an application goes when it was wanted by nobody for long enough. */
  #unhurried(managed: ManagedSet, steps: readonly PlannedChild[]): PlannedChild[] {
    const { clock, settings } = this.#ports;
    const now = clock.monotonic();
    const due = new Set(steps.flatMap((step) => (step.do === "delete" ? [step.before.key] : [])));
    for (const key of managed.missing.keys()) if (!due.has(key)) managed.missing.delete(key);
    if (saysWhatItMeans(managed.known.set.spec)) return [...steps];
    return steps.map((step) => {
      if (step.do !== "delete") return step;
      const { key } = step.before;
      const since = managed.missing.get(key) ?? now;
      managed.missing.set(key, since);
      const leftMs = since + settings().removal.missingForMs - now;
      if (leftMs <= 0) return step;
      this.#askAfter(managed, leftMs);
      return {
        do: "held",
        key,
        wanted: "delete",
        why: "it is not generated any more, and goes when that was so for long enough",
      };
    });
  }

  /** Its applications go first. A person's deletion waits for nothing. */
  async #goes(managed: ManagedSet): Promise<"done" | "again"> {
    const { known } = managed;
    const { home, settings } = this.#ports;
    const { children, incomplete } = home.children();
    if (incomplete !== undefined) return "again";
    const own = [...children.values()].filter(({ ownedBy }) => ownedBy === known.key);
    if (own.length === 0) {
      home.release(known.key, known.uid);
      return "done";
    }
    const due = own.filter(({ isGoing }) => !isGoing);
    const answer =
      known.origin.from === "file"
        ? askBudget({
            due: due.map(({ key }) => key),
            missing: new Set(own.map(({ key }) => key)),
            approved: new Set(managed.approved),
            total: children.size,
            budget: settings().removal,
          })
        : { go: due.map(({ key }) => key), blocked: [] };
    managed.blocked = answer.blocked as AppKey[];
    const go = new Set<string>(answer.go);
    const steps = due
      .filter(({ key }) => go.has(key))
      .map((child): PlannedChild => ({ do: "delete", before: existingOf(child) }));
    const done = await carryOut(known, steps, {
      home,
      children,
      stopped: () => this.#stopped(managed, known),
    });
    managed.problems = [...blockedProblem(known, managed.blocked), ...done.problems];
    this.#note(known, "daemon", done);
    this.#say(managed);
    return done.is;
  }

  #stopped(managed: ManagedSet, planned: KnownSet): string | undefined {
    if (this.#ended.signal.aborted) return "the daemon stops";
    if (managed.known.set !== planned.set || managed.known.goingSince !== planned.goingSince)
      return "it was edited";
    return this.#ports.paused() === undefined ? undefined : "writes are paused";
  }

  #askAfter(managed: ManagedSet, ms: number): void {
    // It is looked at anew: what was heard before may be what was wrong.
    startTimer(ms, () => {
      if (!this.#ended.signal.aborted && this.#sets.get(managed.known.key) === managed)
        this.ask(managed, "latest");
    }).unref();
  }

  #note(
    { key }: KnownSet,
    actor: string,
    { created, changed, deleted }: { created: AppKey[]; changed: AppKey[]; deleted: AppKey[] },
  ): void {
    if (created.length + changed.length + deleted.length === 0) return;
    const { store, clock, log } = this.#ports;
    const some = (keys: AppKey[]): AppKey[] => keys.slice(0, 50);
    const counts = { created: created.length, changed: changed.length, deleted: deleted.length };
    log.info("an ApplicationSet changed its applications", { applicationset: key, ...counts });
    store.audit({
      at: timestamp(clock.now()),
      actor,
      action: "applicationset-applied",
      details: {
        applicationset: key,
        ...counts,
        applications: { created: some(created), changed: some(changed), deleted: some(deleted) },
      },
    });
  }

  #say(managed: ManagedSet): void {
    const { home, clock, application } = this.#ports;
    const { key, status } = managed.known;
    home.show(
      key,
      statusOf(
        managed,
        this.childrenOf(key).map(({ key: child }) => application(child)),
        {
          before: status,
          now: timestamp(clock.now()),
        },
      ),
    );
  }

  // ---------------------------------------------------------------- a person's word

  /** Bound to just these deletions. @throws {Failure} store */
  approve(managed: ManagedSet, keys: readonly AppKey[], actor: string): void {
    const { store, clock } = this.#ports;
    const { key } = managed.known;
    managed.approved = [...keys];
    this.#keepApprovals();
    const details = { applicationset: key, applications: [...keys] };
    store.audit({ at: timestamp(clock.now()), actor, action: "approve-removal", details });
    this.ask(managed, "plan");
  }

  /** What was approved and is done, or wanted again, is approved no more. */
  #forgetApproval(managed: ManagedSet): void {
    if (managed.approved.length === 0) return;
    const wanted = new Set(
      managed.generation?.made.applications.map(({ application }) => keyOfApp(application)),
    );
    const { children } = this.#ports.home.children();
    const left = managed.approved.filter((key) => children.has(key) && !wanted.has(key));
    if (left.length === managed.approved.length) return;
    managed.approved = left;
    this.#keepApprovals();
  }

  #keepApprovals(): void {
    const all = [...this.#sets.values()]
      .filter(({ approved }) => approved.length > 0)
      .map(({ known, approved }) => [known.key, approved]);
    this.#ports.store.putValue(
      APPROVED,
      all.length === 0 ? undefined : JSON.stringify(Object.fromEntries(all)),
    );
  }
}

const existing = new WeakMap<SetChild, ExistingChild>();

/** The very same for the same child. */
function existingOf(child: SetChild): ExistingChild {
  const known = existing.get(child) ?? {
    key: child.key,
    uid: child.uid,
    app: child.app,
    ownedBy: child.ownedBy as AppKey | undefined,
    going: child.isGoing,
  };
  existing.set(child, known as ExistingChild);
  return known as ExistingChild;
}

function blockedProblem({ key }: KnownSet, blocked: readonly AppKey[]): Problem[] {
  if (blocked.length === 0) return [];
  return [
    {
      severity: "warning",
      object: `ApplicationSet ${key}`,
      text: `its file is gone, and with it ${blocked.length} applications would go at once, which waits for a person's word`,
      fix: `holdfast appset approve ${key}, or put the file back`,
    },
  ];
}
