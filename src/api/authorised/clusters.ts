import type { Asker } from "../../core/access/asker.ts";
import { type ClusterEntry, serverKey } from "../../core/model/cluster-entry.ts";
import type { ClusterDesk } from "../../core/ports/cluster-desk.ts";
import type { Asked } from "./asked.ts";
import { demand } from "./demand.ts";
import { clusterObject } from "./object-names.ts";

export interface AuthorisedClusters extends Asked<ClusterDesk> {
  /** Whether somebody may put it there at all: before anything else is done for it. @throws {ApiError} 403 */
  demandPut(who: Asker, entry: ClusterEntry, how: "add" | "upsert" | "update", known?: string): void;
}

export function authorisedClusters(desk: ClusterDesk): AuthorisedClusters {
  const demandOn = (who: Asker, action: string, entry: ClusterEntry | undefined): void => {
    const object = entry === undefined ? "*" : clusterObject(entry);
    const isSeen = entry !== undefined && who.may("clusters", "get", object);
    demand(who, "clusters", action, object, isSeen ? object : "*");
  };
  const named = (name: string): ClusterEntry | undefined =>
    desk.all().find(({ entry }) => entry.name === name)?.entry;
  const demandPut: AuthorisedClusters["demandPut"] = (who, entry, how, known) => {
    if (how !== "update") demand(who, "clusters", "create", clusterObject(entry));
    if (how === "add") return;
    // It takes the place of whichever has its name or its address.
    for (const { entry: old } of desk.all())
      if (old.name === (known ?? entry.name) || serverKey(old.server) === serverKey(entry.server))
        demandOn(who, "update", old);
    demand(who, "clusters", "update", clusterObject(entry));
  };
  return {
    demandPut,
    all(who) {
      const may = who.filter("clusters", "get");
      return desk.all().filter(({ entry }) => may(clusterObject(entry)));
    },
    problems: (who) => (who.may("clusters", "get", "*") ? desk.problems() : []),
    async put(who, entry, how, actor, known) {
      demandPut(who, entry, how, known);
      await desk.put(entry, how, actor, known);
    },
    async test(who, asked) {
      if (typeof asked === "string") demandOn(who, "update", named(asked));
      else demand(who, "clusters", "create", clusterObject(asked));
      return desk.test(asked);
    },
    async remove(who, name, actor) {
      demandOn(who, "delete", named(name));
      await desk.remove(name, actor);
    },
    async rotate(who, name, actor) {
      demandOn(who, "update", named(name));
      await desk.rotate(name, actor);
    },
  };
}
