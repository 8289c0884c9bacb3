import { type ApplicationSet, keyOfSet, type SetKey } from "../core/model/application-set.ts";
import type { Problem } from "../core/model/problem.ts";
import { changed } from "../core/model/written-part.ts";
import type { PlannedChild } from "../core/sets/planned-child.ts";
import { setElements } from "../core/sets/set-elements.ts";
import { eventsOfConditions } from "../core/sets/set-events.ts";
import { defined } from "../lib/defined.ts";
import { timestamp } from "../lib/timestamp.ts";
import type { ApplicationSets } from "./application-sets.ts";
import type { PreviewedChild, SetsControl, SetWritten, ShownSet } from "./control.ts";
import type { ManagedSet } from "./managed-set.ts";
import { sayClash } from "./say-clash.ts";
import type { SetsPorts } from "./sets-ports.ts";

/** What the API may ask, of sets that are being looked after. */
export function makeSetsControl(
  sets: ApplicationSets,
  { home, store, clock }: Pick<SetsPorts, "home" | "store" | "clock">,
): SetsControl {
  const clashOf = (key: SetKey): string | undefined => {
    const clash = sets.reading.clashes?.get(key);
    return clash === undefined ? undefined : sayClash(key, clash);
  };

  const shown = ({ known, blocked, said = known.status }: ManagedSet): ShownSet => ({
    set: known.set,
    status: said ?? {},
    origin: known.origin,
    applications: sets
      .childrenOf(known.key)
      .map(({ key }) => key)
      .sort(),
    blocked: [...blocked],
    ...defined({ clash: clashOf(known.key) }),
  });

  const elsewhere = (key: SetKey): SetWritten | undefined => {
    const why = clashOf(key);
    if (why !== undefined) return { is: "conflict", why };
    const origin = sets.get(key)?.known.origin;
    if (origin?.from === "file") return { is: "managed-by-file", file: origin.file };
    return origin?.from === "parent" ? { is: "managed-by-parent", parent: origin.parent } : undefined;
  };

  const generated = async (set: ApplicationSet, signal: AbortSignal) => {
    const generation = await sets.generate(set, "latest");
    signal.throwIfAborted();
    return generation;
  };

  const audit = (action: string, actor: string, key: SetKey, change: ReturnType<typeof changed>): void => {
    store.audit({ at: timestamp(clock.now()), actor, action, ...change, details: { applicationset: key } });
  };

  return {
    sets: () => [...sets.all].map(shown).sort((a, b) => (keyOfSet(a.set) < keyOfSet(b.set) ? -1 : 1)),
    set(key) {
      const managed = sets.get(key);
      return managed === undefined ? undefined : shown(managed);
    },
    async events(key) {
      const managed = sets.get(key);
      if (managed === undefined) return undefined;
      const { known, said = known.status } = managed;
      return (await home.events(known)) ?? eventsOfConditions(known.set, known.uid, said?.conditions ?? []);
    },
    elements(key) {
      const managed = sets.get(key);
      if (managed === undefined) return undefined;
      const { known, generation, plan, failures } = managed;
      if (generation === undefined) return { is: "unknown" };
      const own = sets.childrenOf(key).map((child) => child.key);
      return {
        is: generation.of === known.set ? "current" : "stale",
        at: timestamp(clock.now() - (clock.monotonic() - generation.at)),
        ...setElements({ generated: generation.made, plan, own, failures }),
      };
    },
    onEvent: (listener) => sets.onEvent((type, managed) => listener({ type, shown: shown(managed) })),
    problems: (): Problem[] => [...sets.reading.problems],
    async generate(set, signal) {
      const { made } = await generated(set, signal);
      return {
        applications: made.applications.map(({ application }) => application),
        problems: made.problems,
      };
    },
    async preview(set, signal) {
      const generation = await generated(set, signal);
      const plan = await sets.planOf(set, generation, sets.get(keyOfSet(set))?.approved ?? []);
      return {
        steps: plan.steps.map(previewed),
        problems: [...generation.made.problems, ...plan.problems],
        is: generation.made.is,
      };
    },
    async put(set, { how, actor, over }) {
      const key = keyOfSet(set);
      const refusal = elsewhere(key);
      if (refusal !== undefined) return refusal;
      const before = sets.get(key)?.known;
      if (before === undefined && how === "update") return { is: "absent" };
      if (before !== undefined && how === "create")
        return { is: "conflict", why: `there is an ApplicationSet ${key} already` };
      if (before?.goingSince !== undefined)
        return { is: "conflict", why: `ApplicationSet ${key} is being deleted` };
      const shown = before === undefined ? ("nothing" as const) : { asSeen: before.set };
      const any = how === "create" ? ("nothing" as const) : ("what-there-is" as const);
      const answer = await home.putSet(set, over === "what-is-shown" ? shown : any);
      if (answer.is === "invalid") return { is: "invalid", problems: [answer.problem] };
      if (answer.is !== "written") return answer;
      audit(
        before === undefined ? "applicationset-create" : "applicationset-update",
        actor,
        key,
        changed(before?.set, set),
      );
      sets.takeUp();
      return { is: "written", set };
    },
    async remove(key, actor) {
      const managed = sets.get(key);
      if (managed === undefined) return { is: "absent" };
      // Of two, the one that the API can delete: the file's stays, with the applications.
      const other = sets.reading.clashes?.get(key)?.other;
      const refusal = other?.origin.from === "api" ? undefined : elsewhere(key);
      if (refusal !== undefined) return refusal;
      const answer = await home.deleteSet(key);
      if (answer.is === "invalid") return { is: "invalid", problems: [answer.problem] };
      if (answer.is !== "written") return answer;
      const { set } = other ?? managed.known;
      audit("applicationset-delete", actor, key, changed(set, undefined));
      sets.takeUp();
      return { is: "written", set };
    },
    async refresh(key) {
      const managed = sets.get(key);
      if (managed === undefined) return undefined;
      const done = managed.nextPass();
      sets.ask(managed, "latest");
      await done;
      return shown(managed);
    },
    async approve(key, keys, actor) {
      const managed = sets.get(key);
      if (managed === undefined) return { is: "absent" };
      const { blocked } = managed;
      const isJust = keys.length === blocked.length && keys.every((one) => blocked.includes(one));
      if (!isJust || keys.length === 0)
        return {
          is: "conflict",
          why:
            blocked.length === 0
              ? `no deletion of ApplicationSet ${key} waits for approval`
              : `these are not the applications that wait for approval now: ${blocked.join(", ")}`,
        };
      sets.approve(managed, keys, actor);
      return { is: "written", set: managed.known.set };
    },
    waitingRemovals: () => [...(home.waiting?.() ?? [])],
    async approveRemoval(keys, actor) {
      const waiting = home.waiting?.() ?? [];
      const others = keys.filter((key) => !waiting.includes(key));
      if (others.length > 0)
        return {
          is: "conflict",
          why: `no ApplicationSet of this name waits for approval: ${others.join(", ")}`,
        };
      // The word first: what it lets go may be gone the moment after.
      const details = { applicationsets: [...keys] };
      store.audit({ at: timestamp(clock.now()), actor, action: "approve-removal", details });
      home.letGo?.(keys);
      return { is: "approved" };
    },
  };
}

function previewed(step: PlannedChild): PreviewedChild {
  if (step.do === "update") {
    const { app, before, from, changed } = step;
    return { do: "update", app, before: before.app, from, changed };
  }
  return step.do === "delete" ? { do: "delete", before: step.before.app } : step;
}
