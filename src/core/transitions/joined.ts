import { equalJson } from "../../lib/equal-json.ts";
import type { Transition, TransitionKind, TransitionNote } from "../model/transition.ts";

/** What comes again within so long of the last one is no news of its own. */
const SOON_MS = 10 * 60_000;

/**
 * `joined`: goes to and fro. `of-one-revision`: a sync of another revision is another matter. `of-one-deployment`: what
 * becomes of another deployment is told of that one.
 */
const AGAIN: Readonly<Record<TransitionKind, "joined" | "of-one-revision" | "of-one-deployment" | "apart">> =
  {
    created: "apart",
    deleted: "apart",
    "sync-running": "of-one-revision",
    "sync-succeeded": "of-one-revision",
    "sync-failed": "of-one-revision",
    deployed: "apart",
    "health-degraded": "of-one-deployment",
    "health-recovered": "of-one-deployment",
    "drift-found": "joined",
    "drift-healed": "joined",
    "prune-blocked": "joined",
    "hold-set": "apart",
    "hold-lifted": "apart",
    "cluster-unreachable": "joined",
    "cluster-reachable": "joined",
  };

/**
 * Whether one is told together with the last one of its kind, of the same application or cluster: something that flaps is
 * one line with a count, and not a hundred.
 * @returns of both together, the words of the later one; undefined: it is told by itself
 */
export function joined(
  last: Transition | undefined,
  note: TransitionNote,
): Pick<Transition, "count" | "first"> | undefined {
  if (last === undefined || last.kind !== note.kind || last.uid !== note.uid) return undefined;
  const again = AGAIN[note.kind];
  if (again === "apart") return undefined;
  // A clock may have been set back: then they are as near as can be.
  if (Date.parse(note.at) - Date.parse(last.at) >= SOON_MS) return undefined;
  const isOfOne = equalJson([last.revisions, last.cause], [note.revisions, note.cause]);
  if (again === "of-one-revision" && !isOfOne) return undefined;
  if (again === "of-one-deployment" && last.deployment !== note.deployment) return undefined;
  return { count: last.count + 1, first: last.first };
}
