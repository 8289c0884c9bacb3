/** What lives in a Namespace and belongs to no application. */

import { ANYWHERE, matchesGlob } from "../../lib/glob.ts";
import { owningApp } from "../compare/index.ts";
import type { Inhabitants } from "../model/home-contents.ts";
import { parseApiVersion } from "../model/kube-object.ts";
import { type ObjectRef, type RefKey, show } from "../model/object-ref.ts";
import type { OrphanSettings, Project } from "../model/project.ts";
import { isMadeForEach } from "./home-contents.ts";

/** One object that is nobody else's descendant. */
export interface Stray {
  ref: ObjectRef;
  key: RefKey;
  version: string;
  uid: string;
  resourceVersion: string;
  createdAt: string | undefined;
  /** Which application it says that it is of, by the name in tracking ids; `elsewhere`: one of another installation. */
  says: { is: "nobody" } | { is: "elsewhere" } | { is: "application"; name: string };
}

const NAMED_AT_MOST = 3;

/** Source of the exceptions: Argo CD, and what controllers put into every Namespace. */
export function straysIn(
  { objects }: Inhabitants,
  { installationId }: { installationId: string | undefined },
): Stray[] {
  return objects.flatMap((live): Stray[] => {
    const { ref, key, uid, resourceVersion, object } = live;
    const { deletionTimestamp, creationTimestamp } = object.metadata;
    const isServers = ref.namespace === "default" && ref.kind === "Service" && ref.name === "kubernetes";
    if (uid === "" || deletionTimestamp !== undefined || isServers || isMadeForEach(live)) return [];
    // Lists of two kinds are of two moments: an owner that is in none of them may have come in between.
    if (live.owners.length > 0) return [];
    const { version } = parseApiVersion(live.apiVersion);
    const owner = owningApp(live, { app: "", installationId });
    const says: Stray["says"] =
      owner.is !== "other"
        ? { is: "nobody" }
        : owner.app === undefined
          ? { is: "elsewhere" }
          : { is: "application", name: owner.app };
    return [{ ref, key, version, uid, resourceVersion, createdAt: creationTimestamp ?? undefined, says }];
  });
}

/** @param isApplication by the name in tracking ids: one that is gone has left what says its name */
export function orphansAmong(
  strays: readonly Stray[],
  settings: OrphanSettings,
  {
    isApplication,
    isWanted,
    maySee,
  }: {
    isApplication(name: string): boolean;
    /** Git says it, and it is not taken over yet. */
    isWanted(key: RefKey): boolean;
    maySee(ref: ObjectRef): boolean;
  },
): Stray[] {
  const isIgnored = ({ group, kind, name }: ObjectRef): boolean =>
    settings.ignore?.some(
      (rule) =>
        matchesGlob(rule.group ?? "", group, ANYWHERE) &&
        ((rule.kind ?? "") === "" || matchesGlob(rule.kind ?? "", kind, ANYWHERE)) &&
        ((rule.name ?? "") === "" || matchesGlob(rule.name ?? "", name, ANYWHERE)),
    ) ?? false;
  return strays
    .filter(
      ({ ref, key, says }) =>
        says.is !== "elsewhere" &&
        !(says.is === "application" && isApplication(says.name)) &&
        !isWanted(key) &&
        !isIgnored(ref) &&
        maySee(ref),
    )
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** The first words are Argo CD's. @returns undefined where there is nothing to warn of */
export function warnOfOrphans(
  orphans: readonly Stray[],
  namespace: string,
  { metadata: { name }, spec: { orphanedResources } }: Project,
): string | undefined {
  if (orphans.length === 0 || orphanedResources?.warn === false) return undefined;
  const isOne = orphans.length === 1;
  const named = orphans.slice(0, NAMED_AT_MOST).map(({ ref }) => show(ref));
  const more = orphans.length - named.length;
  const names = `${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  const them = isOne ? "it" : "them";
  return `Application has ${orphans.length} orphaned ${isOne ? "resource" : "resources"}: in its namespace ${namespace} no application has ${names}. Put ${them} into Git, delete ${them}, or name ${them} in orphanedResources.ignore of project ${name}`;
}
