/** Who lives in a Namespace, or is of a definition's kind: by lists, or where it may be older from the live cache as far as that shows it. */
import type { Home, Inhabitants, Unread } from "../core/model/home-contents.ts";
import type { LiveObject } from "../core/model/live-object.ts";
import { groupKind } from "../core/model/object-ref.ts";
import type { KindInfo } from "../core/ports/cluster.ts";
import type { ApiClient } from "./api-client.ts";
import type { Discovery } from "./discovery.ts";
import { listPages } from "./list-pages.ts";
import type { LiveCache } from "./live-cache.ts";
import { observe } from "./observe.ts";

/** Objects of one kind that are looked at; beyond that it is said that there are more. */
const MOST = 10_000;
const METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

interface Parts {
  client: ApiClient;
  discovery: Discovery;
  cache: LiveCache;
}

/**
 * @param passedOver kinds that are not looked for in a Namespace, as `groupKind` writes them
 * @param age see `Cluster.inhabitants`
 */
export async function inhabitants(
  home: Home,
  passedOver: ReadonlySet<string>,
  age: "now" | "lately",
  parts: Parts,
): Promise<Inhabitants> {
  const kinds = home.is === "namespace" ? await kindsIn(parts, passedOver) : await kindOf(home, parts);
  const namespace = home.is === "namespace" ? home.name : "";
  const found = await Promise.all(kinds.infos.map((info) => ofKind(info, namespace, age, parts)));
  return {
    objects: found.flatMap(({ objects }) => objects),
    unread: [...kinds.unread, ...found.flatMap(({ unread }) => unread)],
  };
}

interface Kinds {
  infos: KindInfo[];
  unread: Unread[];
}

/** Every kind that may have objects in a Namespace, as the server says now: a definition may have come a moment ago. */
async function kindsIn({ discovery }: Parts, passedOver: ReadonlySet<string>): Promise<Kinds> {
  const outcome = await discovery.refresh();
  if (outcome.is === "failed") return { infos: [], unread: [{ because: "unreachable", why: outcome.why }] };
  return {
    infos: discovery
      .namespaced()
      .filter((info) => info.verbs.includes("list") && !passedOver.has(groupKind(info))),
    unread: [...discovery.undiscovered].map(([version, why]) => ({
      because: "unreachable",
      why: `kinds of ${version} are not known: ${why}`,
    })),
  };
}

async function kindOf(
  { group, kind }: Extract<Home, { is: "definition" }>,
  { discovery }: Parts,
): Promise<Kinds> {
  const lookup = await discovery.kind({ group, version: "", kind });
  if (lookup.is === "known") return { infos: [lookup.info], unread: [] };
  const why =
    lookup.is === "absent"
      ? `the cluster does not serve ${groupKind({ group, kind })}, so that its objects cannot be listed`
      : lookup.why;
  // What is not served may be stored all the same, and no list will ever tell.
  return { infos: [], unread: [{ because: lookup.is === "absent" ? "forbidden" : "unreachable", why }] };
}

async function ofKind(
  info: KindInfo,
  namespace: string,
  age: "now" | "lately",
  parts: Parts,
): Promise<Inhabitants> {
  const { cache } = parts;
  // A watch that hangs shows what was, for minutes.
  if (age === "lately" && cache.shows(info, namespace))
    return { objects: cache.index.ofKind(info).filter(isIn(namespace)), unread: [] };
  return listed(info, namespace, parts);
}

const isIn =
  (namespace: string) =>
  ({ ref }: LiveObject): boolean =>
    namespace === "" || ref.namespace === namespace;

async function listed(info: KindInfo, namespace: string, { client }: Parts): Promise<Inhabitants> {
  const owner = `looks into homes for ${info.group}/${info.kind}`;
  const found = await listPages(client, info, namespace, { owner, accept: METADATA, most: MOST });
  const objects = found.objects.map((item) => observe(item, info, "by-tracking"));
  switch (found.is) {
    case "whole":
      return { objects, unread: [] };
    case "too-many":
      return {
        objects,
        unread: [unreadOf(info, found.is, `there are more than ${MOST}, and not all were looked at`)],
      };
    case "forbidden":
    case "unreachable":
      return { objects, unread: [unreadOf(info, found.is, found.why)] };
  }
}

function unreadOf(info: KindInfo, because: Unread["because"], why: string): Unread {
  return { because, why: `${groupKind(info)} cannot be listed whole: ${why}` };
}
