import { sourcesOf } from "../../core/model/application.ts";
import { asFailure } from "../../core/model/failure.ts";
import type { RepositoryAccess } from "../../core/model/repository-access.ts";
import type { Git } from "../../core/ports/git.ts";
import type { UsedBase } from "../../core/ports/renderers.ts";
import { withoutUserinfo } from "../../lib/url-userinfo.ts";
import type { Applications } from "../applications.ts";
import type { EnginePorts } from "../engine-ports.ts";
import { nameOfProject } from "../limits.ts";
import type { ManagedApplication } from "../managed-application.ts";
import { type Settings, settingsFor } from "../settings.ts";
import { accessOfBase, isFollowed, refusalOfBase, resolveTree } from "../target/base-fetcher.ts";
import { askOf, type ResolvingPlaces } from "../target/locate.ts";
import type { Look } from "../target/target.ts";

/** What several applications use, and at which state each of them is. */
interface FollowedBase {
  base: UsedBase;
  access: RepositoryAccess;
  /** Of the users' project, where they reach it by an entry of their own. */
  settings: Settings;
  users: { managed: ManagedApplication; base: UsedBase }[];
}

/**
 * Follows what kustomizations name elsewhere: one question for each branch of a repository and each file and poll, however
 * many applications use it. Tags and commits are not asked about.
 */
export class FollowedBases {
  /** Whose target names something elsewhere, as far as it was looked at. */
  readonly #using = new Set<ManagedApplication>();
  /** Applications whose target may be another one since. */
  readonly #stale = new Set<ManagedApplication>();

  constructor(
    private readonly ports: Pick<EnginePorts, "settings" | "clock" | "log"> & {
      git: Pick<Git, "resolve" | "noteHeard">;
    } & Pick<ResolvingPlaces, "artifacts">,
    private readonly applications: Pick<Applications, "get" | "onChange" | "onLook" | typeof Symbol.iterator>,
    private readonly ask: (managed: ManagedApplication, look: Look, since: number) => void,
  ) {
    for (const managed of applications) this.#stale.add(managed);
    applications.onChange((managed) => this.#stale.add(managed));
    applications.onLook((managed) => this.#stale.add(managed));
  }

  /** Of the repositories. */
  urls(): string[] {
    return [...this.#followed().values()].flatMap(({ base }) =>
      base.is === "tree" ? [base.asked.repoURL] : [],
    );
  }

  /** @param url of one repository, absent for all that is followed */
  async poll(url?: string, signal?: AbortSignal): Promise<void> {
    const { settings, clock } = this.ports;
    const all = [...this.#followed().values()].filter(
      ({ base }) => url === undefined || (base.is === "tree" && base.asked.repoURL === url),
    );
    await Promise.all(
      all.map(async (followed, at) => {
        if (at > 0)
          await clock
            .sleep(Math.floor(Math.random() * settings().pollSpreadMs), signal)
            .catch(() => undefined);
        if (signal?.aborted !== true) await this.#pollOne(followed);
      }),
    );
  }

  async #pollOne({ base, access, settings, users }: FollowedBase): Promise<void> {
    const { clock, log } = this.ports;
    const since = clock.now();
    try {
      const isNow = await this.#look({ base, access, settings }, since);
      if (isNow === undefined) return;
      for (const { managed, base: own } of users) {
        const hasSilence = own.found.old !== undefined;
        if (stateOf(own) !== isNow.state || hasSilence !== isNow.isSilent) this.ask(managed, "latest", since);
      }
    } catch (cause) {
      const shown = withoutUserinfo(addressOf(base));
      log.warn("what a kustomization names elsewhere cannot be asked", {
        address: shown,
        why: asFailure(cause, shown, "ask it").message,
      });
      for (const { managed, base: own } of users)
        if (own.found.old === undefined) this.ask(managed, "latest", since);
    }
  }

  /** @returns undefined where it is permitted no more: who uses it says so himself */
  async #look(
    { base, access, settings }: Omit<FollowedBase, "users">,
    since: number,
  ): Promise<{ state: string; isSilent: boolean } | undefined> {
    if (refusalOfBase(addressOf(base), settings, undefined) !== undefined) return undefined;
    if (base.is === "tree") {
      const { revision } = base.asked;
      const { commit, ref } = await resolveTree(this.ports.git, access, revision, "latest", since);
      this.ports.git.noteHeard(access, revision, { commit, ref, heardAt: since });
      return { state: commit, isSilent: false };
    }
    const reference = { kind: "file", repository: access, version: "" } as const;
    const { digest, old } = await this.ports.artifacts.resolve(reference, askOf("latest", since));
    return { state: digest, isSilent: old !== undefined };
  }

  #followed(): Map<string, FollowedBase> {
    const followed = new Map<string, FollowedBase>();
    for (const managed of this.#stale)
      if (this.applications.get(managed.key) === managed && (managed.target?.bases.length ?? 0) > 0)
        this.#using.add(managed);
      else this.#using.delete(managed);
    this.#stale.clear();
    for (const managed of this.#using) {
      const { bases = [] } = managed.target ?? {};
      const settings = settingsFor(this.ports.settings(), nameOfProject(managed.aim.app));
      for (const base of bases) {
        if (base.is === "tree" && !isFollowed(base.found)) continue;
        const access = accessOfBase(addressOf(base), settings, sourcesOf(managed.aim.app.spec));
        const asked = base.is === "tree" ? `${base.asked.repoURL} ${base.asked.revision}` : base.asked;
        const key = `${access.scope ?? ""} ${access.reach ?? "anywhere"} ${asked}`;
        const one = followed.get(key) ?? { base, access, settings, users: [] };
        one.users.push({ managed, base });
        followed.set(key, one);
      }
    }
    return followed;
  }
}

function addressOf(base: UsedBase): string {
  return base.is === "tree" ? base.asked.repoURL : base.asked;
}

function stateOf(base: UsedBase): string {
  return base.is === "tree" ? base.found.commit : base.found.digest;
}
