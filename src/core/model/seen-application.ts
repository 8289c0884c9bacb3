/** One application as two engines of ours saw it: where what they found is not the same. */
import type { ApplicationStatus, ResourceStatus } from "./application.ts";
import { show } from "./object-ref.ts";
import { shortRevision } from "./short-revision.ts";

/** What an engine found, without what it says of it. */
export interface SeenApplication {
  sync: string;
  /** Commits or versions, one for each source. */
  revisions: string[];
  objects: SeenObject[];
}

export interface SeenObject {
  /** As `show(ref)` prints it. */
  object: string;
  /** Absent: it is a hook. */
  sync?: string;
  /** Absent: it shows none. */
  health?: string;
}

/** `of`: what is not the same; `line`: a sentence without a full stop. `object`: absent for the application as a whole. */
export interface SeenDifference {
  of: "sync" | "health" | "revision";
  object?: string;
  line: string;
}

export function seenIn(status: ApplicationStatus | undefined): SeenApplication {
  const { revisions = [], revision = "" } = status?.sync ?? {};
  return {
    sync: status?.sync.status ?? "Unknown",
    revisions: revisions.length > 0 ? revisions : revision === "" ? [] : [revision],
    objects: (status?.resources ?? []).map(objectOf),
  };
}

/**
 * The application first, then its objects in the order of `look`. What is on its way has a health that changes by itself, so
 * that `Progressing` is like any other.
 */
export function differencesOfSeen(look: SeenApplication, daemon: SeenApplication): SeenDifference[] {
  const found: SeenDifference[] = [];
  if (look.sync !== daemon.sync)
    found.push({ of: "sync", line: `the look said ${look.sync}, and the daemon says ${daemon.sync}` });
  if (look.revisions.join() !== daemon.revisions.join())
    found.push({
      of: "revision",
      line: `the look compared with ${shown(look.revisions)}, and the daemon with ${shown(daemon.revisions)}`,
    });
  // Where one of them compared nothing, its list says nothing of single objects.
  if ([look.sync, daemon.sync].includes("Unknown")) return found;
  const ours = new Map(daemon.objects.map((each) => [each.object, each]));
  for (const theirs of look.objects) {
    const { object } = theirs;
    found.push(...ofObject(object, theirs, ours.get(object)));
    ours.delete(object);
  }
  for (const [object, each] of ours) found.push(...ofObject(object, undefined, each));
  return found;
}

function ofObject(
  object: string,
  look: SeenObject | undefined,
  daemon: SeenObject | undefined,
): SeenDifference[] {
  if (look === undefined)
    return [{ of: "sync", object, line: `${object}: the daemon has it, and the look did not` }];
  if (daemon === undefined)
    return [{ of: "sync", object, line: `${object}: the look had it, and the daemon does not` }];
  const found: SeenDifference[] = [];
  const words = (theirs = "nothing", ours = "nothing"): string =>
    `the look said ${theirs}, and the daemon says ${ours}`;
  if (look.sync !== daemon.sync)
    found.push({ of: "sync", object, line: `${object}: ${words(look.sync, daemon.sync)}` });
  const isOnItsWay = look.health === "Progressing" || daemon.health === "Progressing";
  if (look.health !== daemon.health && !isOnItsWay)
    found.push({
      of: "health",
      object,
      line: `${object}: of its health ${words(look.health, daemon.health)}`,
    });
  return found;
}

function objectOf({ group = "", kind, namespace = "", name, status, health }: ResourceStatus): SeenObject {
  const seen: SeenObject = { object: show({ group, kind, namespace, name }) };
  if (status !== undefined) seen.sync = status;
  if (health !== undefined) seen.health = health.status;
  return seen;
}

function shown(revisions: readonly string[]): string {
  return revisions.length === 0 ? "nothing" : revisions.map(shortRevision).join(", ");
}
