/** What commits that are not merged yet would do: which applications, which objects, with the real difference to the clusters. */

import { type AppKey, type Application, keyOfApp, sourcesOf } from "../../core/model/application.ts";
import { applicationTooLarge } from "../../core/model/application-size.ts";
import type { BlastAsk, BlastEvent } from "../../core/model/blast-report.ts";
import { Failure } from "../../core/model/failure.ts";
import { sourceKind } from "../../core/model/source.ts";
import { comparableGitUrl, repositoryPlace } from "../../lib/git-url.ts";
import { Slots } from "../../lib/slots.ts";
import { withoutUserinfo } from "../../lib/url-userinfo.ts";
import type { Applications } from "../applications.ts";
import type { CompareRooms } from "../compare/compare-now.ts";
import type { Previewed } from "../control.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type { ManagedApplication } from "../managed-application.ts";
import { imagesOf } from "../show/tree.ts";
import type { Snapshots } from "../snapshot.ts";
import { revisionNamesOf } from "../target/tips.ts";
import { changedManifests } from "./changed-manifests.ts";
import { checkAsWritten } from "./check-as-written.ts";
import { whomItConcerns } from "./concerned.ts";
import { effectOn } from "./evaluate.ts";
import { basePlace, type Prepared, prepare } from "./prepare.ts";
import { prepareAsWritten } from "./prepare-as-written.ts";
import { findRange } from "./range.ts";
import { claimsThen } from "./wanted-then.ts";

/** Applications that are rendered and compared for questions at once: the others' passes go on beside them. */
const AT_ONCE = 2;
/** Questions that are answered or wait for their turn. */
const MOST_QUESTIONS = 8;

export interface BlastRadiusParts extends CompareRooms {
  ports: EnginePorts;
  snapshots: Snapshots;
  applications: Applications;
}

export class BlastRadius {
  readonly #parts: BlastRadiusParts;
  readonly #slots = new Slots(AT_ONCE);
  readonly #checks = new Slots(AT_ONCE);
  #questions = 0;

  constructor(parts: BlastRadiusParts) {
    this.#parts = parts;
  }

  /**
   * The range first, then each application that it concerns, by key.
   * @throws {Failure} where it is not clear what is meant, or Git cannot say; of a single application it is in its part
   */
  async *of(ask: BlastAsk, signal: AbortSignal): AsyncGenerator<BlastEvent> {
    this.#begin("the range");
    const ended = new AbortController();
    try {
      yield* this.#answer(ask, AbortSignal.any([signal, ended.signal]));
    } finally {
      // Whoever reads no further wants nothing more rendered.
      ended.abort(new Error("nobody reads the answer"));
      this.#questions--;
    }
  }

  /** What an application would make that is not there. @throws {Failure} not-ready */
  async ofNew(app: Application, signal: AbortSignal): Promise<Previewed> {
    const key = keyOfApp(app);
    const tooLarge = applicationTooLarge(app);
    if (tooLarge !== undefined) return { is: "invalid", problems: [tooLarge] };
    if (this.#parts.applications.get(key) !== undefined)
      return {
        is: "conflict",
        why: `an application ${key} exists already; what a sync of it would do is told by its own diff (holdfast app diff ${key})`,
      };
    return this.#asWritten(undefined, app, signal);
  }

  /** What the next sync would do, were the application written so. @throws {Failure} not-ready */
  async ofEdited(app: Application, signal: AbortSignal): Promise<Previewed> {
    const tooLarge = applicationTooLarge(app);
    if (tooLarge !== undefined) return { is: "invalid", problems: [tooLarge] };
    const managed = this.#parts.applications.get(keyOfApp(app));
    if (managed === undefined) return { is: "absent" };
    return this.#asWritten(managed, app, signal);
  }

  /** @throws {Failure} why an application cannot be delivered as it is written, as far as a look tells */
  async check(app: Application, signal: AbortSignal): Promise<void> {
    const managed = this.#parts.applications.get(keyOfApp(app));
    await this.#checks.hold(() => checkAsWritten(managed, app, this.#parts, signal), signal);
  }

  /** @param managed as it is; undefined where it would be new */
  async #asWritten(
    managed: ManagedApplication | undefined,
    app: Application,
    signal: AbortSignal,
  ): Promise<Previewed> {
    this.#begin("the preview");
    try {
      return await this.#slots.hold(async () => {
        const prepared = await prepareAsWritten(managed, app, this.#parts, signal);
        const { namespace } = this.#parts.ports.settings();
        const claims = claimsThen([prepared], this.#parts.claims, namespace);
        const effect = await effectOn(prepared, { ...this.#parts, claims }, signal);
        const target = prepared.is === "ready" ? prepared.target : undefined;
        const images = new Set(target?.desired.flatMap(({ object }) => imagesOf(object)));
        const revisions = target === undefined ? [] : revisionNamesOf(target);
        return { is: "previewed", preview: { revisions, images: [...images].sort(), effect } };
      }, signal);
    } finally {
      this.#questions--;
    }
  }

  /** @throws {Failure} not-ready */
  #begin(what: string): void {
    if (this.#questions >= MOST_QUESTIONS)
      throw new Failure("not-ready", what, "backoff", {
        cannot: "tell what would change",
        why: `${MOST_QUESTIONS} such questions are being answered`,
        fix: "Try again in a moment",
      });
    this.#questions++;
  }

  async *#answer(ask: BlastAsk, signal: AbortSignal): AsyncGenerator<BlastEvent> {
    const { applications, ports } = this.#parts;
    const settings = ports.settings();
    const { git } = ports;
    const all = [...applications];
    const range = await findRange(
      ask,
      all.map(({ spec }) => spec.app),
      { git, settings },
      signal,
    );
    const known = (key: AppKey) => applications.get(key);
    const { changes, notes } = await changedManifests(range, known, settings.namespace);
    const concern = await whomItConcerns(all, range, changes, { git, settings });
    const { concerned, untouched, elsewhere } = concern;
    const { repository, base, head, into, parted, changedPaths } = range;
    const told = { repository, base, head, into, parted, changedPaths, notes: [...range.notes, ...notes] };
    yield { is: "range", range: { ...told, concerned: concerned.length, untouched, elsewhere } };
    const reviewed = {
      places: placesOf(all),
      charts: chartPlacesOf(all),
      bases: basePlacesOf(all),
      projects: projectsOf(all, range.place),
    };
    // All of them first: what one lets go of, another may take over.
    const prepared: Prepared[] = [];
    const rendered = this.#inTurn(
      concerned,
      (one) => prepare(one, range, { ...this.#parts, reviewed }, signal),
      signal,
    );
    for await (const one of rendered) prepared.push(one);
    const claims = claimsThen(prepared, this.#parts.claims, settings.namespace);
    const effects = this.#inTurn(
      prepared,
      (one) => effectOn(one, { ...this.#parts, claims }, signal),
      signal,
    );
    for await (const effect of effects) yield { is: "application", effect };
    yield { is: "end" };
  }

  /** A few at once, the outcomes in their order. */
  async *#inTurn<One, Outcome>(
    all: readonly One[],
    work: (one: One) => Promise<Outcome>,
    signal: AbortSignal,
  ): AsyncGenerator<Outcome> {
    const underWay: Promise<Outcome>[] = [];
    let next = 0;
    const begin = (): void => {
      const one = all[next++];
      if (one === undefined) return;
      const outcome = this.#slots.hold(() => work(one), signal);
      // Whoever waits for it hears of it; where nobody does any more, it is no fault.
      outcome.catch(() => undefined);
      underWay.push(outcome);
    };
    for (let at = 0; at < AT_ONCE; at++) begin();
    for (let outcome = underWay.shift(); outcome !== undefined; outcome = underWay.shift()) {
      const found = await outcome;
      begin();
      yield found;
    }
  }
}

function placesOf(applications: readonly ManagedApplication[]): Set<string> {
  return new Set(
    applications.flatMap(({ spec: { app } }) =>
      sourcesOf(app.spec).map(({ repoURL }) => repositoryPlace(repoURL)),
    ),
  );
}

/** Those that a source names, and those that a chart of one does. */
function chartPlacesOf(applications: readonly ManagedApplication[]): Set<string> {
  return new Set(
    applications.flatMap(({ spec: { app }, target }) => [
      ...sourcesOf(app.spec).flatMap((source) =>
        sourceKind(source) === "git" ? [] : [comparableGitUrl(source.repoURL)],
      ),
      ...(target?.charts ?? []).map(({ found }) => comparableGitUrl(found.repoURL)),
    ]),
  );
}

function basePlacesOf(applications: readonly ManagedApplication[]): Set<string> {
  return new Set(
    applications.flatMap(({ spec: { app }, target }) => [
      ...sourcesOf(app.spec).flatMap((source) =>
        sourceKind(source) === "git" ? [basePlace(withoutUserinfo(source.repoURL), "tree")] : [],
      ),
      ...(target?.bases ?? []).map((base) =>
        basePlace(withoutUserinfo(base.is === "tree" ? base.asked.repoURL : base.asked), base.is),
      ),
      // Submodules, too.
      ...(target?.addresses ?? []).map((url) => basePlace(url, "tree")),
    ]),
  );
}

function projectsOf(applications: readonly ManagedApplication[], place: string): Set<string> {
  return new Set(
    applications.flatMap(({ spec: { app } }) =>
      sourcesOf(app.spec).some(
        (source) => sourceKind(source) === "git" && repositoryPlace(source.repoURL) === place,
      )
        ? [app.spec.project]
        : [],
    ),
  );
}
