import type { Asker } from "../../core/access/asker.ts";
import type { Application } from "../../core/model/application.ts";
import { type ApplicationSet, keyOfSet, type SetKey } from "../../core/model/application-set.ts";
import type { Control } from "../../engine/control.ts";
import type { SetEvent, SetsControl, ShownElements, ShownSet } from "../../sets/control.ts";
import type { ApiError } from "../api-error.ts";
import { ABSENT, type Asked, EVERYWHERE } from "./asked.ts";
import { demand } from "./demand.ts";
import { type Followed, follow } from "./in-sight.ts";
import { setObject, setObjects } from "./object-names.ts";
import { inSight, type Sight, veiled } from "./veil.ts";

export interface AuthorisedSets extends Omit<Asked<SetsControl>, "onEvent" | "elements"> {
  /**
   * @returns `parameters`: what generators learn is told to whoever may change the set, who may have it told by a template
   * anyway; to others only what came of it
   */
  elements(who: Asker, key: SetKey): { elements: ShownElements; parameters: "shown" | "hidden" } | undefined;
  /** @param over as `follow` has it */
  onEvent(who: Asker, listener: (event: SetEvent) => void, over: (why: ApiError) => void): Followed<SetEvent>;
}

interface SetRooms {
  control: Control;
  homeNamespace: string;
  objectOf(app: Application): string;
  sight: Sight;
}

export function authorisedSets(
  sets: SetsControl,
  { control, homeNamespace, objectOf, sight }: SetRooms,
): AuthorisedSets {
  const objectOfSet = (set: ApplicationSet): string => setObject(set, homeNamespace);
  const demandAll = (who: Asker, action: string, set: ApplicationSet): void => {
    const isSeen = who.may("applicationsets", "get", objectOfSet(set));
    const projects = control.projects().map(({ metadata }) => metadata.name);
    for (const object of setObjects(set, homeNamespace, projects))
      demand(who, "applicationsets", action, object, isSeen ? object : EVERYWHERE);
  };
  const visible = (who: Asker, shown: ShownSet | undefined): ShownSet | undefined =>
    who.may("applicationsets", "get", shown === undefined ? EVERYWHERE : objectOfSet(shown.set))
      ? shown
      : undefined;
  /** What a set makes is told, and its generators ask with the daemon's logins: as if it were made. */
  const mayTry = (who: Asker, set: ApplicationSet): void => {
    demandAll(who, "create", set);
    const there = sets.set(keyOfSet(set));
    if (there !== undefined) demand(who, "applicationsets", "get", objectOfSet(there.set), EVERYWHERE);
  };
  const mayAll = (who: Asker, action: string, set: ApplicationSet): boolean => {
    const projects = control.projects().map(({ metadata }) => metadata.name);
    return setObjects(set, homeNamespace, projects).every((object) =>
      who.may("applicationsets", action, object),
    );
  };
  const change = (who: Asker, key: SetKey, action: string): "may" | "absent" => {
    const there = visible(who, sets.set(key));
    if (there === undefined) return "absent";
    demandAll(who, action, there.set);
    return "may";
  };
  const all = (who: Asker): ShownSet[] => {
    const may = who.filter("applicationsets", "get");
    return sets.sets().filter(({ set }) => may(objectOfSet(set)));
  };
  const asked: AuthorisedSets = {
    sets: all,
    onEvent(who, listener, over) {
      const { told, stop } = follow<SetEvent>(
        who,
        all(who).map(({ set }) => keyOfSet(set)),
        {
          what: "applicationsets",
          keyOf: ({ shown: { set } }) => keyOfSet(set),
          may: ({ shown: { set } }) => who.may("applicationsets", "get", objectOfSet(set)),
          now(key) {
            const shown = sets.set(key as SetKey);
            return shown && { type: "MODIFIED", shown };
          },
          gone: goneSet,
        },
        (heard) => sets.onEvent(heard),
        { listener: (event) => listener(inSight(event, who, sight)), over },
      );
      return { told: (event) => inSight(told(event), who, sight), stop };
    },
    set: (who, key) => visible(who, sets.set(key)),
    elements(who, key) {
      const there = visible(who, sets.set(key));
      const elements = there && sets.elements(key);
      if (there === undefined || elements === undefined) return undefined;
      return { elements, parameters: mayAll(who, "update", there.set) ? "shown" : "hidden" };
    },
    events: async (who, key) => (visible(who, sets.set(key)) === undefined ? undefined : sets.events(key)),
    problems: (who) => (who.may("applicationsets", "get", EVERYWHERE) ? sets.problems() : []),
    async generate(who, set, signal) {
      mayTry(who, set);
      const generated = await sets.generate(set, signal);
      // It may have taken long.
      mayTry(who, set);
      return generated;
    },
    async preview(who, set, signal) {
      const mayAsk = (): void => {
        mayTry(who, set);
        // Beside what would come of it stands what is there, in full: no more than whoever may change it reads.
        const there = sets.set(keyOfSet(set));
        if (there !== undefined) demandAll(who, "update", there.set);
      };
      mayAsk();
      const previewed = await sets.preview(set, signal);
      mayAsk();
      return previewed;
    },
    async put(who, set, options) {
      const there = sets.set(keyOfSet(set));
      if (options.how !== "update") demandAll(who, "create", set);
      if (options.how !== "create" && there !== undefined) {
        demandAll(who, "update", there.set);
        demandAll(who, "update", set);
      }
      return sets.put(set, options);
    },
    remove: async (who, key, actor) =>
      change(who, key, "delete") === "absent" ? ABSENT : sets.remove(key, actor),
    refresh: async (who, key) => (visible(who, sets.set(key)) === undefined ? undefined : sets.refresh(key)),
    async approve(who, key, keys, actor) {
      if (change(who, key, "update") === "absent") return ABSENT;
      for (const each of keys) {
        const app = control.application(each);
        const object = app === undefined ? EVERYWHERE : objectOf(app);
        const isSeen = app !== undefined && who.may("applications", "get", object);
        demand(who, "applications", "delete", object, isSeen ? object : EVERYWHERE);
      }
      return sets.approve(key, keys, actor);
    },
    waitingRemovals: (who) =>
      sets.waitingRemovals().filter((key) => visible(who, sets.set(key)) !== undefined),
    async approveRemoval(who, keys, actor) {
      for (const key of keys)
        if (change(who, key, "delete") === "absent")
          return { is: "conflict", why: `no ApplicationSet of this name waits for approval: ${key}` };
      return sets.approveRemoval(keys, actor);
    },
  };
  return veiled(
    asked,
    [
      "sets",
      "set",
      "elements",
      "events",
      "problems",
      "generate",
      "preview",
      "put",
      "remove",
      "refresh",
      "approve",
      "waitingRemovals",
      "approveRemoval",
    ],
    sight,
  );
}

function goneSet({ shown: { set, origin } }: SetEvent): SetEvent {
  const { name, namespace } = set.metadata;
  const { apiVersion, kind } = set;
  const spec = { generators: [], template: {} } as unknown as ApplicationSet["spec"];
  const bare = { apiVersion, kind, metadata: { name, namespace }, spec };
  return { type: "DELETED", shown: { set: bare, status: {}, origin, applications: [], blocked: [] } };
}
