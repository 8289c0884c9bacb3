/**
 * Which commit changed last what an application reads: the tip of a branch may be a commit of others. Git is asked when
 * somebody looks at an application, once for all applications of a repository, and never because a commit came.
 */
import { type Application, sourcesOf } from "../../core/model/application.ts";
import type { ChangeAbout } from "../../core/model/commit-about.ts";
import { type CommitChange, type LastChange, lastChangeOf } from "../../core/model/last-change.ts";
import type { Project } from "../../core/model/project.ts";
import { type Source, sourceKind } from "../../core/model/source.ts";
import { refuseSource } from "../../core/policy/refuse-source.ts";
import { defined } from "../../lib/defined.ts";
import { hashText } from "../../lib/hash.ts";
import { pauses } from "../../lib/in-steps.ts";
import { withoutUserinfo } from "../../lib/url-userinfo.ts";
import type { Deployments } from "../control.ts";
import type { EnginePorts } from "../engine-ports.ts";
import { nameOfProject } from "../limits.ts";
import type { ManagedApplication } from "../managed-application.ts";
import { entriesFor, repositoryAccess, scopeOf } from "../target/repository-access.ts";
import { pathsDeclared, pathsRead, touchingEach } from "../target/source-paths.ts";
import type { Target } from "../target/target.ts";
import { CommitLists, MOST_COMMITS, type Place } from "./commit-lists.ts";
import { Gathered } from "./gathered.ts";

/** Enough for most: what is found by it needs no more. */
const FIRST_COMMITS = 100;
/** Somebody who waits for it waits no longer. */
const WAIT_MS = 3_000;
/** Rows that are shown meanwhile are found out together. */
const GATHER_MS = 250;

const ELSEWHERE = "its commit is not among those that led to what it is at now";
const NOT_LOOKED = "its repository is not looked into";
const NOT_YET = "it is not known yet";

/** What is to be found out of one source, as of one commit of it. */
export interface ChangeQuestion {
  place: Place;
  commit: string;
  /** Paths that are read of it. */
  paths: readonly string[];
}

export type Told = Extract<ChangeAbout, { is: "commit" }>;
type Answer = { is: "found"; told: Told } | { is: "none" } | { is: "beyond" };

/** One source of an application. */
interface Known extends ChangeQuestion {
  managed: ManagedApplication;
  at: number;
  /** The paths, to be held against others. */
  reads: string;
  answer: Answer | undefined;
}

/** What was found out last of a source, whatever its target is now. */
interface Before {
  place: string;
  reads: string;
  commit: string;
  answer: Answer;
}

export class LastChanges {
  readonly #lists: CommitLists;
  /** While a target stays, so does what is known: commits that do not concern it are learnt by their names. */
  readonly #byTarget = new WeakMap<Target, readonly (Known | undefined)[]>();
  readonly #before = new WeakMap<ManagedApplication, (Before | undefined)[]>();
  /** One for all whose change it is, without the paths that it changed. */
  readonly #told = new WeakMap<CommitChange, Told>();
  readonly #open: Gathered<ManagedApplication>;

  constructor(
    private readonly ports: Pick<EnginePorts, "git" | "settings" | "clock" | "log">,
    /** In force, by name. */
    private readonly projects: { readonly all: ReadonlyMap<string, Project> },
    /** Something became known of an application that is shown. */
    private readonly tell: (managed: ManagedApplication) => void,
  ) {
    this.#lists = new CommitLists(ports);
    this.#open = new Gathered(ports.clock, GATHER_MS, (all) => this.#findAll(all));
  }

  /** Of its first source in Git, from memory. What is not known is found out, and told by `tell`. */
  shown(managed: ManagedApplication): Told | undefined {
    const known = this.#knownOf(managed);
    if (openOf(known).length > 0) this.#open.want(managed);
    const [first] = known.flatMap((one) => (one === undefined ? [] : [aboutOf(one.answer)]));
    return first?.is === "commit" ? first : undefined;
  }

  /** What `shown` says of these is known, or was waited for a moment. */
  async found(all: readonly ManagedApplication[]): Promise<void> {
    const open = all.flatMap((managed) => openOf(this.#knownOf(managed)));
    if (open.length > 0) await this.#soon(this.#find(open), new Map());
  }

  /** Of each source, as of what it is compared with. Waits a moment for what is not known. */
  async of(managed: ManagedApplication): Promise<ChangeAbout[]> {
    const known = this.#knownOf(managed);
    const open = openOf(known);
    const whys = open.length === 0 ? new Map<Known, string>() : await this.#soon(this.#find(open), new Map());
    const app = appOf(managed);
    const project = this.projects.all.get(nameOfProject(app));
    return sourcesOf(app.spec).map((source, at): ChangeAbout => {
      if (sourceKind(source) !== "git") return { is: "version" };
      const refused = refusedBy(project, source);
      if (refused !== undefined) return { is: "unknown", why: refused };
      const one = known[at];
      const why = one === undefined ? "it was not compared yet" : whys.get(one);
      return one?.answer === undefined ? { is: "unknown", why: why ?? NOT_YET } : aboutOf(one.answer);
    });
  }

  /** As of what Git has beyond that: it waits for a hold to end, or cannot be used. Waits a moment for what is not known. */
  async ahead(managed: ManagedApplication): Promise<Deployments["ahead"]> {
    if (managed.seen.is !== "failed" && managed.spec.hold === undefined) return undefined;
    return this.#soon(this.#ahead(managed), undefined);
  }

  /** Of these the first that changed something of it since; undefined: none did, or it is not known. Waits a moment. */
  async beyond(managed: ManagedApplication): Promise<Told | undefined> {
    const ahead = await this.ahead(managed);
    const known = this.#knownOf(managed).map((one) => one && commitOf(aboutOf(one.answer)));
    return ahead?.changed.find((one, at): one is Told => one.is === "commit" && one.commit !== known[at]);
  }

  async #ahead(managed: ManagedApplication): Promise<Deployments["ahead"]> {
    const sources = sourcesOf(managed.spec.app.spec);
    const known = this.#knownOf(managed);
    const told = await Promise.all(
      sources.map(async (source, at): Promise<{ revision: string; changed: ChangeAbout }> => {
        const place = this.placeOf(managed, source);
        if (place === undefined) return { revision: "", changed: { is: "unknown", why: NOT_LOOKED } };
        const revision = managed.beside?.commits[at] ?? (await this.#tipOf(place, source));
        if (revision === undefined) return { revision: "", changed: { is: "unknown", why: NOT_YET } };
        // What it fails on may be something that it did not read before.
        const paths = [...new Set([...(known[at]?.paths ?? []), ...pathsDeclared(sources, at)])];
        const asked = { place, commit: revision, paths };
        const [changed = { is: "unknown", why: NOT_YET } as const] = await this.asOf(
          [asked],
          new Map([[place.name, revision]]),
        );
        return { revision, changed };
      }),
    );
    const revisions = told.map(({ revision }) => revision);
    const isNew = revisions.some((one, at) => one !== "" && one !== known[at]?.commit);
    return isNew ? { revisions, changed: told.map(({ changed }) => changed) } : undefined;
  }

  /** Where its branch is, as far as that was heard. */
  async #tipOf({ access }: Place, { targetRevision = "", tagPrefix }: Source): Promise<string | undefined> {
    try {
      const asked = { freshness: "known", ...defined({ tagPrefix }) } as const;
      return (await this.ports.git.resolve(access, targetRevision, asked)).commit;
    } catch (cause) {
      const repository = withoutUserinfo(access.url);
      this.ports.log.debug("where a branch is cannot be told", { repository, why: String(cause) });
      return undefined;
    }
  }

  /** As of commits that led to what its sources are at. Waits a moment, and asks for no more than one list a source. */
  async asOf(asked: readonly ChangeQuestion[], tips: ReadonlyMap<string, string>): Promise<ChangeAbout[]> {
    const lists = new Map<string, readonly CommitChange[]>();
    const read = async (): Promise<void> => {
      for (const { place } of new Map(asked.map((one) => [one.place.name, one])).values()) {
        const tip = tips.get(place.name);
        if (tip === undefined) continue;
        const short = await this.#lists.read(place, tip, FIRST_COMMITS);
        if (short.is === "unknown") continue;
        lists.set(place.name, short.commits);
        const own = asked.filter((one) => one.place.name === place.name);
        if (answersOf(own, lists).every(({ is }) => is !== "beyond")) continue;
        const found = await this.#lists.read(place, tip, MOST_COMMITS);
        if (found.is === "read") lists.set(place.name, found.commits);
      }
    };
    await this.#soon(read(), undefined);
    const answers = answersOf(asked, lists);
    return asked.map(({ place, commit }, at): ChangeAbout => {
      const list = lists.get(place.name);
      if (list === undefined) return { is: "unknown", why: NOT_YET };
      if (!list.some((one) => one.commit === commit)) return { is: "unknown", why: ELSEWHERE };
      return aboutOf(this.#answerOf(answers[at]));
    });
  }

  /** What is read of that source, as of what it is compared with. */
  readOf(managed: ManagedApplication, at: number): ChangeQuestion | undefined {
    return this.#knownOf(managed)[at];
  }

  /** Undefined where nothing may be asked. */
  placeOf(managed: ManagedApplication, source: Source): Place | undefined {
    if (sourceKind(source) !== "git") return undefined;
    const project = nameOfProject(appOf(managed));
    if (refusedBy(this.projects.all.get(project), source) !== undefined) return undefined;
    const { repositories } = this.ports.settings();
    return {
      name: `${scopeOf(source.repoURL, repositories, project)} ${source.repoURL}`,
      access: repositoryAccess(source.repoURL, entriesFor(repositories, project)),
    };
  }

  #knownOf(managed: ManagedApplication): readonly (Known | undefined)[] {
    const target = managed.compared?.target;
    if (target === undefined) return [];
    const known = this.#byTarget.get(target) ?? this.#begun(managed, target);
    this.#byTarget.set(target, known);
    known.forEach((one, at) => {
      const { revision } = target.tips[at] ?? {};
      // It moved on by commits that change nothing here.
      if (one !== undefined && revision?.is === "commit" && one.commit !== revision.commit) {
        one.commit = revision.commit;
        this.#note(one);
      }
    });
    return known;
  }

  #begun(managed: ManagedApplication, target: Target): (Known | undefined)[] {
    const sources = sourcesOf(appOf(managed).spec);
    return sources.map((source, at): Known | undefined => {
      const { revision } = target.tips[at] ?? {};
      const place = this.placeOf(managed, source);
      if (place === undefined || revision?.is !== "commit") return undefined;
      const paths = target.inputs === "unknown" ? pathsDeclared(sources, at) : pathsRead(target.inputs, at);
      const reads = hashText([...paths].sort().join("\0"));
      const before = this.#beforeOf({ managed, at, place, reads });
      const answer = before?.commit === revision.commit ? before.answer : undefined;
      return { ...{ managed, at, place, paths, reads, answer }, commit: revision.commit };
    });
  }

  #beforeOf({
    managed,
    at,
    place,
    reads,
  }: Pick<Known, "managed" | "at" | "place" | "reads">): Before | undefined {
    const before = this.#before.get(managed)?.[at];
    return before?.place === place.name && before.reads === reads ? before : undefined;
  }

  #note({ managed, at, place, reads, commit, answer }: Known): void {
    if (answer === undefined) return;
    const all = this.#before.get(managed) ?? [];
    all[at] = { place: place.name, reads, commit, answer };
    this.#before.set(managed, all);
  }

  async #findAll(wanted: readonly ManagedApplication[]): Promise<void> {
    const open = wanted.flatMap((managed) => openOf(this.#knownOf(managed)));
    await this.#find(open);
    const found = open.filter(({ answer }) => answer?.is === "found");
    for (const managed of new Set(found.map((one) => one.managed))) this.tell(managed);
  }

  /** @returns why nothing was found out of those that are still open */
  async #find(open: readonly Known[]): Promise<Map<Known, string>> {
    const whys = new Map<Known, string>();
    const byList = Map.groupBy(open, ({ place, commit }) => `${place.name} ${commit}`);
    await Promise.all(
      [...byList.values()].map(async (all) => {
        const late = await this.#findIn(all, FIRST_COMMITS, whys);
        if (late.length > 0) await this.#findIn(late, MOST_COMMITS, whys);
      }),
    );
    return whys;
  }

  /** @returns those whose change is not in the list */
  async #findIn(all: readonly Known[], most: number, whys: Map<Known, string>): Promise<Known[]> {
    const [first] = all;
    if (first === undefined) return [];
    const { place, commit } = first;
    const found = await this.#lists.read(place, commit, most);
    if (found.is === "unknown") {
      for (const one of all) whys.set(one, found.why);
      return [];
    }
    const touchingOf = touchingEach(new Map(all.map((one) => [one, one.paths])));
    const late: Known[] = [];
    const pause = pauses();
    for (const one of all) {
      const before = this.#beforeOf(one);
      const last = lastChangeOf(
        found.commits,
        commit,
        touchingOf(one),
        before && { ...before, known: before.answer },
      );
      if (last.is === "beyond" && most < MOST_COMMITS) late.push(one);
      else {
        one.answer = last.is === "as known" ? last.known : this.#answerOf(last);
        this.#note({ ...one, commit });
      }
      await pause();
    }
    return late;
  }

  #answerOf(last: LastChange = { is: "beyond" }): Answer {
    if (last.is !== "found") return { is: last.is === "none" ? "none" : "beyond" };
    const { commit, subject, author, date, signedOffBy } = last.change;
    const known = this.#told.get(last.change);
    const told: Told = known ?? { is: "commit", commit, subject, author, date, signedOffBy };
    this.#told.set(last.change, told);
    return { is: "found", told };
  }

  async #soon<T>(work: Promise<T>, otherwise: T): Promise<T> {
    const ended = new AbortController();
    const late = this.ports.clock.sleep(WAIT_MS, ended.signal).then(
      () => otherwise,
      () => otherwise,
    );
    try {
      return await Promise.race([work, late]);
    } finally {
      ended.abort();
    }
  }
}

function answersOf(
  asked: readonly ChangeQuestion[],
  lists: ReadonlyMap<string, readonly CommitChange[]>,
): LastChange[] {
  const touchingOf = touchingEach(new Map(asked.map((one) => [one, one.paths])));
  return asked.map((one) => lastChangeOf(lists.get(one.place.name) ?? [], one.commit, touchingOf(one)));
}

function openOf(known: readonly (Known | undefined)[]): Known[] {
  return known.flatMap((one) => (one === undefined || one.answer !== undefined ? [] : [one]));
}

/** As it was when it was compared: its sources are those of what is known. */
function appOf({ compared, spec }: ManagedApplication): Application {
  return compared?.snapshot.app ?? spec.app;
}

function refusedBy(project: Project | undefined, { repoURL }: Source): string | undefined {
  return project === undefined ? "its project is not known" : refuseSource(project, repoURL);
}

function commitOf(about: ChangeAbout | undefined): string | undefined {
  return about?.is === "commit" ? about.commit : undefined;
}

function aboutOf(answer: Answer | undefined): ChangeAbout {
  switch (answer?.is) {
    case undefined:
      return { is: "unknown", why: NOT_YET };
    case "none":
      return { is: "unknown", why: "no commit changed what it reads" };
    case "beyond":
      return { is: "unknown", why: `it is further back than is looked, which is ${MOST_COMMITS} commits` };
    case "found":
      return answer.told;
  }
}
