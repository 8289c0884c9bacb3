/**
 * What may be deleted, said once more and in another way: from what a case is, and from what is there at that moment.
 * It knows nothing of the product's plans and guards. Source: DESIGN section 5, security-and-reliability section 3.
 */
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { GuardCase, Slot } from "./cases.ts";

/** One object as it is when the sync is asked for. */
export interface Standing {
  slot: Slot;
  /** undefined: nothing is there. */
  live: KubeObject | undefined;
  /** Whose mark it bears: ours, another's, or none. */
  bears: "ours" | "other" | "none";
  /** An apply of ours made exactly this one, or it bore our mark while Git wanted it and we looked: both are recorded. */
  isRecorded: boolean;
}

const CONFIRMED: readonly string[] = ["Namespace", "PersistentVolumeClaim", "CustomResourceDefinition"];
const KEEPS: readonly Slot["mark"][] = ["Prune=false", "helm", "flux", "detach"];

const isHome = ({ slot }: Standing): boolean =>
  slot.kind === "Namespace" || slot.kind === "CustomResourceDefinition";

/** What the guards speak of, each object alone: approvals and the guards of all together come after that. */
export function candidates(of: GuardCase, all: readonly Standing[]): Standing[] {
  const { asked, appOption } = of;
  const isPerson = asked.by === "person";
  const prunes = isPerson ? asked.prune : of.automated === "prune";
  const isNamed = (one: Standing): boolean =>
    isPerson && (asked.named === "all" || (asked.named === "planted" && one.slot.before === "planted"));
  return all.filter((one) => {
    const { slot, live, bears, isRecorded } = one;
    if (live === undefined || slot.after === "wanted" || live.metadata.deletionTimestamp !== undefined)
      return false;
    if (!prunes || bears !== "ours" || slot.otherWants || slot.kind === of.denied) return false;
    if (slot.which === "own" && (slot.kind === "Namespace" || slot.kind === "CustomResourceDefinition"))
      return false;
    const selectsSome = isPerson && asked.named !== "none" && all.some(isNamed);
    if (selectsSome && !isNamed(one)) return false;
    // A home of which nobody can say what is in it.
    if (isHome(one) && slot.holds === "unreadable") return false;
    const saysItself = slot.mark !== "none";
    if (KEEPS.includes(slot.mark) || (!saysItself && appOption === "Prune=false")) return false;
    return isRecorded || isNamed(one);
  });
}

/** uids of what may be deleted, by what is asked for and by the automated sync of the same commit; anything else is a fault. */
export function allowed(of: GuardCase, all: readonly Standing[]): Set<string> {
  // By then what Git wants is there, as far as anybody wrote it.
  const then = all.map((one) =>
    one.slot.after === "wanted" && one.live === undefined ? { ...one, live: NEW } : one,
  );
  const byCommit = { ...of, asked: { by: "commit" } } as const;
  return allowedBy(of, all).union(allowedBy(byCommit, all)).union(allowedBy(byCommit, then));
}

const NEW: KubeObject = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "new" } };

function allowedBy(of: GuardCase, all: readonly Standing[]): Set<string> {
  const { asked, appOption, budget } = of;
  const isSeen = ({ slot }: Standing): boolean =>
    of.fault !== "kind-unseen" || slot.kind !== "PersistentVolumeClaim";
  const going = candidates(of, all).filter(isSeen);
  const uids = (ones: readonly Standing[]) => new Set(ones.map(({ live }) => live?.metadata.uid ?? ""));
  const isPerson = asked.by === "person";
  const nothing = new Set<string>();
  // A sync that does not happen, a rehearsal, and one whose reading failed or is not whole.
  if (!isPerson && of.automated !== "prune") return nothing;
  if (isPerson && (asked.mode === "dry-run" || asked.confirm === "wrong")) return nothing;
  if (of.fault !== "none" && of.fault !== "kind-unseen") return nothing;
  if (all.some(({ slot }) => slot.before === "wanted" && slot.after === "left-out")) return nothing;
  if (of.approved === "after" || (isPerson && asked.confirm === "right")) return uids(going);
  const stays = all.filter(({ slot }) => slot.after === "wanted" && !KEEPS.includes(slot.mark));
  // The application whose mark some bear does not exist: what Git wants of these is taken over, and counts.
  const there = stays.filter(({ live }) => live !== undefined);
  if (stays.length === 0 && !of.allowEmpty) return nothing;
  // Two or more Namespaces, and none is left: Git's, or one of ours that this sync does not mean.
  const spaces = (ones: readonly Standing[]) => ones.filter(({ slot }) => slot.kind === "Namespace");
  const unmeant = candidates({ ...of, asked: { by: "commit" }, automated: "prune" }, all).filter(
    (one) => !going.includes(one),
  );
  if (spaces(going).length > 1 && spaces([...stays, ...unmeant]).length === 0) return nothing;
  if (going.length > budget.count && going.length * 100 > budget.percent * (there.length + going.length))
    return nothing;
  return uids(
    going.filter((one) => {
      const { slot } = one;
      // What others have in it goes only with somebody's word for just that.
      if (isHome(one) && slot.holds === "others") return false;
      if (slot.mark !== "none") return slot.mark === "Prune=true";
      return (
        appOption !== "Prune=confirm" && !(of.confirmKinds === "as built" && CONFIRMED.includes(slot.kind))
      );
    }),
  );
}
