/** Which repositories there are beside those of the config: kept in files, or as Secrets where a cluster is the home. */
import type { HeldRepository } from "../core/argocd/held.ts";
import { type HostTrust, NO_TRUST } from "../core/argocd/host-trust.ts";
import { type KeptRepository, newKept, sayFaults } from "../core/argocd/kept-repository.ts";
import { trusting } from "../core/argocd/repositories.ts";
import { Failure } from "../core/model/failure.ts";
import { type Problem, showProblem } from "../core/model/problem.ts";
import type { RepositoryAccess, RepositoryType } from "../core/model/repository-access.ts";
import { repositoryId } from "../core/model/repository-key.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { ListedRefs } from "../core/ports/git.ts";
import type { AuditEntry } from "../core/ports/journal.ts";
import type { Log } from "../core/ports/log.ts";
import type { Sees } from "../core/ports/repository-contents.ts";
import type {
  KeptOutcome,
  KnownRepository,
  RepositoryDesk,
  RepositoryId,
  RepositoryLook,
  WantedRepository,
} from "../core/ports/repository-desk.ts";
import type { StoreCondition } from "../core/ports/store.ts";
import { entriesFor, repositoryAccess } from "../engine/target/repository-access.ts";
import { defined } from "../lib/defined.ts";
import { timestamp } from "../lib/timestamp.ts";
import { withoutUserinfo } from "../lib/url-userinfo.ts";
import type { RepositoryLooks } from "./repository-looks.ts";
import { demandOurs, type RepositoryShelf } from "./repository-shelf.ts";
import {
  idOf,
  inTheConfig,
  isMeant,
  isSame,
  isSameAddress,
  isSameId,
  isSameType,
  nameOf,
  nameOfId,
  taken,
  told,
} from "./repository-words.ts";
import {
  type AddedRepository,
  byAge,
  type Configured,
  goesItsOwnWay,
  type SettledRepositories,
  settleRepositories,
} from "./settle-repositories.ts";
import { mergedData, whyNotWanted } from "./wanted-repository.ts";

export interface RepositoryBookParts {
  shelf: RepositoryShelf;
  looks: RepositoryLooks;
  clock: Clock;
  log: Log;
  store: { condition(): StoreCondition; audit(entry: AuditEntry): void };
}

/** What was found where the wanted one is to stand. */
type Place = { is: "free" } | { is: "taken"; by: AddedRepository };

export class RepositoryBook implements RepositoryDesk {
  #written: Configured = { repositories: [], git: { implementation: "auto" } };
  /** With whose certificates and keys are right. */
  #configured = this.#written;
  #trust: HostTrust = NO_TRUST;
  #settled: SettledRepositories = { entries: [], known: [], problems: [] };
  #said = "";
  /** One change at a time. */
  #changing: Promise<void> = Promise.resolve();
  #apply: () => Promise<void> = async () => undefined;

  constructor(private readonly parts: RepositoryBookParts) {}

  /** @param apply has everybody use what is in the book now */
  onChange(apply: () => Promise<void>): void {
    this.#apply = apply;
  }

  /** The config says these from now on. */
  configure({ repositories, git }: Configured): void {
    this.#written = { repositories, git };
    this.#settle();
  }

  /** Certificates and host keys that were added, where no cluster is the home. */
  trusts(trust: HostTrust): void {
    this.#trust = trust;
    this.#settle();
  }

  /** The home cluster's Secrets and ConfigMaps say these from now on. */
  inSecrets(secrets: readonly HeldRepository[], trust: HostTrust): void {
    this.parts.shelf.inSecrets(secrets);
    this.#trust = trust;
    this.#settle();
  }

  /** What the home cluster said is in use now. */
  inUse(): void {
    this.parts.shelf.inUse();
  }

  /** Reads the folder again. */
  read(): void {
    this.parts.shelf.read();
    this.#settle();
  }

  /** Those of the config first. */
  entries(): readonly RepositoryAccess[] {
    return [...this.#configured.repositories, ...this.#settled.entries];
  }

  all(): readonly KnownRepository[] {
    return this.#settled.known;
  }

  problems(): readonly Problem[] {
    return [...this.parts.shelf.problems(), ...this.#settled.problems];
  }

  async put(...[wanted, how, actor]: Parameters<RepositoryDesk["put"]>): Promise<KeptOutcome> {
    const before = this.#placeFor(wanted, how);
    const standing = before.is === "taken" ? before.by : undefined;
    const { kept, warnings } = this.#read(wanted, how === "update" ? standing : undefined);
    const shown = nameOf(kept);
    if (standing !== undefined && isSame(standing.kept, kept))
      return { known: this.#known(standing.kept), made: "same", warnings };
    if (standing !== undefined && how === "add") throw taken(kept, standing);
    this.#refuseUnsound(shown);
    if (kept.read.use === "repository") await this.parts.looks.prove(this.#access(kept));
    return this.#change(shown, async () => {
      const now = this.#placeFor(wanted, how);
      const there = now.is === "taken" ? now.by : undefined;
      // Somebody was quicker while it was asked: with the very same there is nothing left to do.
      if (there !== undefined && isSame(there.kept, kept))
        return { known: this.#known(there.kept), made: "same", warnings };
      if (there !== undefined && how === "add") throw taken(kept, there);
      if (there?.kept !== standing?.kept)
        throw new Failure("conflict", shown, "after-edit", {
          cannot: "keep it",
          why: "somebody changed it meanwhile",
          fix: "Look at it, and try again",
        });
      await this.parts.shelf.write(kept, there, {
        made: () => this.#audit(actor, there === undefined ? "add" : "set", kept, there?.kept),
        taken: () => this.#taken(),
      });
      return { known: this.#known(kept), made: there === undefined ? "added" : "changed", warnings };
    });
  }

  async remove(id: RepositoryId, actor: string): Promise<void> {
    const shown = nameOfId(id);
    await this.#change(shown, async () => {
      const there = this.#standing(id);
      if (there === undefined) throw this.#isMissing(id, "remove it");
      await this.parts.shelf.erase(there, {
        made: () => this.#audit(actor, "rm", there.kept),
        taken: () => this.#taken(),
      });
    });
  }

  async test(wanted: WantedRepository): Promise<string> {
    const { kept } = this.#read(wanted, undefined);
    return this.parts.looks.prove(this.#access(kept));
  }

  async look(id: RepositoryId, freshness: "known" | "latest"): Promise<RepositoryLook> {
    const known = this.#settled.known.find((each) => isSameId(each.id, id));
    return known === undefined ? { is: "unheard" } : this.parts.looks.look(known.entry, freshness);
  }

  async refs(id: RepositoryId): Promise<ListedRefs> {
    return this.parts.looks.refs(this.entry(id, "list its refs"));
  }

  /** As applications of a project reach what they name, by the entries that somebody sees. */
  reachOf(project: string, sees: Sees): (url: string, type: RepositoryType) => RepositoryAccess {
    const seen = this.entries().filter((entry) => sees({ url: entry.url, project: entry.project ?? "" }));
    const opened = entriesFor(seen, project);
    return (url, type) => repositoryAccess(url, opened, type);
  }

  /** With its credentials. @throws {Failure} not-found */
  entry(id: RepositoryId, cannot: string): RepositoryAccess {
    const known = this.#settled.known.find((each) => isSameId(each.id, id));
    if (known === undefined) throw this.#isMissing(id, cannot);
    return known.entry;
  }

  // -------------------------------------------------------------- what there is

  #added(): readonly AddedRepository[] {
    return this.parts.shelf.added();
  }

  #settle(): void {
    const { repositories, git } = this.#written;
    this.#configured = { git, repositories: repositories.map((entry) => trusting(entry, this.#trust)) };
    this.#settled = settleRepositories(this.#configured, this.#added(), this.#trust);
    const said = this.problems().map(showProblem).join("\n");
    if (said !== this.#said && said !== "")
      this.parts.log.warn("repositories that were added are not all as they can be used", {
        problems: said.split("\n"),
      });
    this.#said = said;
  }

  /** Of several for one address, which Secrets may be, the one that counts. */
  #standing(id: RepositoryId): AddedRepository | undefined {
    return this.#added()
      .filter((each) => isMeant(each, id))
      .sort(byAge)[0];
  }

  #known(kept: KeptRepository): KnownRepository {
    const { entry, use } = kept.read;
    const id = { use, url: entry.url, project: entry.project ?? "" };
    const known = this.#settled.known.find((each) => each.place.in !== "config" && isSameId(each.id, id));
    if (known === undefined)
      throw new Failure("conflict", nameOf(kept), "after-edit", {
        cannot: "show it",
        why: "it was removed meanwhile, or another one has its place",
      });
    return known;
  }

  /** How it would be reached beside all others, in place of what is kept of the same address. */
  #access(kept: KeptRepository): RepositoryAccess {
    const added: AddedRepository[] = [
      ...this.#added().filter((each) => !isMeant(each, idOf(kept))),
      { kept, place: { in: "file", file: "" } },
    ];
    const id = repositoryId(kept.read.entry);
    const { entries } = settleRepositories(
      { ...this.#configured, repositories: this.#around(id) },
      added,
      this.#trust,
    );
    return entries.find((entry) => repositoryId(entry) === id) ?? kept.read.entry;
  }

  #around(id: string): readonly RepositoryAccess[] {
    return this.#configured.repositories.filter((entry) => repositoryId(entry) !== id);
  }

  // -------------------------------------------------------------- what is wanted

  /** @throws {Failure} invalid-spec */
  #read(
    wanted: WantedRepository,
    standing: AddedRepository | undefined,
  ): { kept: KeptRepository; warnings: string[] } {
    const asked = wanted.data.reveal();
    const shown = `${wanted.use === "repository" ? "repository" : "credentials for"} ${withoutUserinfo(asked["url"] ?? "")}`;
    const invalid = (why: string, fix?: string): Failure =>
      new Failure("invalid-spec", shown, "after-edit", {
        cannot: "keep it",
        why,
        ...defined({ fix }),
      });
    const merged = mergedData(asked, standing?.kept.data.reveal());
    if (merged.is === "refused") throw invalid(merged.why, merged.fix);
    const refused = whyNotWanted(merged.data);
    if (refused !== undefined) throw invalid(refused.why, refused.fix);
    const about = { shown, at: timestamp(this.parts.clock.now()) };
    const parsed = newKept(wanted.use, merged.data, about);
    if (!parsed.ok) {
      const { why, fix } = sayFaults(parsed.problems);
      throw invalid(why, fix);
    }
    // Whose credentials it would have can change at any time, and nobody asks those about its way.
    const isClosed = parsed.value.read.credentials === "none" && goesItsOwnWay(parsed.value.read.entry);
    const closed = isClosed ? newKept(wanted.use, merged.data, { ...about, inherits: "never" }) : parsed;
    return {
      kept: closed.ok ? closed.value : parsed.value,
      warnings: parsed.warnings.map(
        ({ path = "", text, fix }) => `${path} ${text}${fix === undefined ? "" : `. ${fix}`}`,
      ),
    };
  }

  /** @throws {Failure} not-found, refused, conflict */
  #placeFor(wanted: WantedRepository, how: "add" | "upsert" | "update"): Place {
    const { url = "", project = "" } = wanted.data.reveal();
    const id = { use: wanted.use, url, project: project.trim() };
    const there = this.#standing(id);
    if (there !== undefined) {
      if (how !== "add") demandOurs(there, "change it");
      return { is: "taken", by: there };
    }
    if (how === "update") throw this.#isMissing(id, "change it");
    const inConfig = this.#settled.known.find(
      (each) => each.place.in === "config" && isSameAddress(each.id, id),
    );
    if (inConfig !== undefined && isSameType(inConfig, wanted)) throw inTheConfig(id, "add it");
    return { is: "free" };
  }

  #isMissing(id: RepositoryId, cannot: string): Failure {
    const known = this.#settled.known.find((each) => isSameId(each.id, id));
    if (known?.place.in === "config") return inTheConfig(id, cannot);
    return new Failure("not-found", nameOfId(id), "after-edit", { cannot, why: "there is no such entry" });
  }

  // -------------------------------------------------------------- changes

  /** @throws {Failure} store; what `work` throws */
  #change<T>(shown: string, work: () => Promise<T>): Promise<T> {
    const done = this.#changing.then(async () => {
      this.#refuseUnsound(shown);
      this.read();
      return work();
    });
    this.#changing = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  }

  /** @throws {Failure} store */
  #refuseUnsound(shown: string): void {
    const store = this.parts.store.condition();
    if (store.is !== "sound")
      throw new Failure("store", store.object, "backoff", {
        cannot: `change ${shown}`,
        why: store.why,
        fix: store.fix,
      });
  }

  /** What a file says now is in use when it resolves. */
  async #taken(): Promise<void> {
    this.read();
    await this.#apply();
  }

  #audit(actor: string, verb: "add" | "set" | "rm", kept: KeptRepository, before?: KeptRepository): void {
    this.parts.store.audit({
      at: timestamp(this.parts.clock.now()),
      actor,
      action: `${kept.read.use === "repository" ? "repository" : "repocreds"}-${verb}`,
      ...(before === undefined ? {} : { before: told(before), after: told(kept) }),
      details: told(kept),
    });
  }
}
