/** What Git says of an application while it is held. */

import { type Application, sourcesOf } from "../../core/model/application.ts";
import { asFailure } from "../../core/model/failure.ts";
import { type HeldUntil, isSameWish, type Wish } from "../../core/model/hold.ts";
import type { RepositoryType } from "../../core/model/repository-access.ts";
import { revisionName } from "../../core/model/source-revision.ts";
import { equalJson } from "../../lib/equal-json.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type { Asked } from "../inbox.ts";
import { nameOfProject } from "../limits.ts";
import type { ManagedApplication } from "../managed-application.ts";
import type { Snapshot } from "../snapshot.ts";
import { inputsOf, targetAt } from "../target/find-target.ts";
import { resolveSources } from "../target/locate.ts";
import { entriesFor, repositoryAccess } from "../target/repository-access.ts";

export interface BesideHoldRooms {
  ports: Pick<EnginePorts, "git" | "artifacts" | "renderers" | "clock" | "settings">;
  /** As it is written, whatever it is held at. @throws {Failure} invalid-spec */
  snapshotAsWritten(managed: ManagedApplication): Snapshot;
  /** The hold is over. @throws {Failure} store */
  lift(managed: ManagedApplication, why: string): void;
}

type Look = Pick<Asked, "look" | "since">;

/**
 * Notes what Git says beside the hold, and ends a hold that was to last until the next commit. What cannot be asked or
 * rendered ends none: then it is still not known what would come.
 * @throws {Failure} store
 */
export async function lookBesideHold(
  managed: ManagedApplication,
  asked: Look,
  rooms: BesideHoldRooms,
): Promise<void> {
  const { hold, app } = managed.spec;
  if (hold === undefined) {
    managed.beside = undefined;
    return;
  }
  if (asked.look === "nothing" && managed.beside !== undefined) return;
  let commits = managed.beside?.commits ?? [];
  let end: "stays" | "over";
  try {
    commits = await followedCommits(app, asked, rooms.ports);
    end = await endOf(managed, hold.until, commits, asked, rooms);
  } catch (cause) {
    const { why } = asFailure(cause, `Application ${managed.key}`, "tell what waits");
    managed.beside = { commits, trouble: why };
    return;
  }
  managed.beside = { commits, trouble: undefined };
  // It may have been lifted, or made anew, while Git was asked.
  if (end === "over" && managed.spec.hold === hold) rooms.lift(managed, `Git has ${commits.join(", ")}`);
}

async function endOf(
  managed: ManagedApplication,
  until: HeldUntil,
  commits: readonly string[],
  asked: Look,
  rooms: BesideHoldRooms,
): Promise<"stays" | "over"> {
  if (until.is === "lifted") return "stays";
  const isSame =
    equalJson(sourcesOf(managed.spec.app.spec), until.sources) && equalJson(commits, until.commits);
  if (isSame) return "stays";
  // A commit that changes nothing of it is none of its business.
  return isSameWish(await wishAt(managed, commits, asked, rooms), until) ? "stays" : "over";
}

/** Of the sources that the spec names. @throws {Failure} of Git, or invalid-spec */
export async function followedCommits(
  app: Application,
  { look, since }: Look,
  { settings, ...places }: BesideHoldRooms["ports"],
): Promise<string[]> {
  const access = (url: string, type: RepositoryType) =>
    repositoryAccess(url, entriesFor(settings().repositories, nameOfProject(app)), type);
  const resolved = await resolveSources(app, places, { look, since, revisions: [], access });
  return resolved.map(({ revision }) => revisionName(revision));
}

/** Of the spec as it is written, at these commits. @throws {Failure} */
export async function wishAt(
  managed: ManagedApplication,
  commits: readonly string[],
  { look, since }: Look,
  { ports, snapshotAsWritten }: BesideHoldRooms,
): Promise<Wish> {
  const { records } = managed.memory;
  const asked = {
    look: look === "hard" ? "hard" : "known",
    since,
    known: undefined,
    records,
    revisions: commits,
  } as const;
  const snapshot = snapshotAsWritten(managed);
  const target = await targetAt(snapshot, asked, ports);
  return { content: target.contentKey, inputs: inputsOf(target, snapshot.cluster) };
}
