/** Lists of an API server, page by page: a page that failed, or is none, is never the end of a list. */
import type { KubeObject } from "../core/model/kube-object.ts";
import type { KindInfo } from "../core/ports/cluster.ts";
import { defined } from "../lib/defined.ts";
import { isMapping } from "../lib/is-mapping.ts";
import type { ApiClient } from "./api-client.ts";
import { collectionPath, query } from "./paths.ts";

const PAGE = 500;

export interface Page {
  metadata: { resourceVersion?: string; continue?: string };
  /** null where there are none, as kube-apiserver writes it for metadata alone. */
  items?: KubeObject[] | null;
}

export const NO_LIST = "the answer is no list of objects";

/**
 * `objects`: those that were read, also where not all were. `too-many`: there are more than were asked for.
 * `forbidden`: whoever asks as we do may not list them.
 */
export type Listed = { objects: readonly KubeObject[] } & (
  | { is: "whole" | "too-many" }
  | { is: "forbidden" | "unreachable"; why: string }
);

interface Listing {
  /** For whom, as fair shares have it. */
  owner: string;
  /** Default whole objects. */
  accept?: string;
  /** No page is asked for once there are so many. Default all. */
  most?: number;
}

/** @param namespace "": everywhere */
export async function listPages(
  client: Pick<ApiClient, "ask">,
  info: KindInfo,
  namespace: string,
  { owner, accept, most = Number.POSITIVE_INFINITY }: Listing,
): Promise<Listed> {
  const objects: KubeObject[] = [];
  let next: string | undefined;
  do {
    const answer = await client.ask({
      verb: "list",
      kind: `${info.group}/${info.kind}`,
      method: "GET",
      path: collectionPath(info, namespace) + query({ limit: PAGE, continue: next }),
      ...defined({ accept }),
      afterCut: "again",
      turn: { owner, urgency: "list" },
    });
    if (answer.is === "unreachable") return { is: "unreachable", objects, why: answer.why };
    if (answer.is === "status") {
      const { code, message } = answer.status;
      return { is: code === 403 ? "forbidden" : "unreachable", objects, why: message };
    }
    const page = pageOf(answer.body);
    if (page === undefined) return { is: "unreachable", objects, why: NO_LIST };
    for (const item of page.items ?? []) objects.push(item);
    next = page.metadata.continue || undefined;
  } while (next !== undefined && objects.length < most);
  return { is: next === undefined ? "whole" : "too-many", objects };
}

/**
 * Definitions may name their lists as they like, so that only what has no items must be called one.
 * @returns undefined where it is something else: what a proxy says in the server's place is no empty list
 */
export function pageOf(body: unknown): Page | undefined {
  if (!isMapping(body) || !isMapping(body["metadata"])) return undefined;
  const { kind, items } = body;
  const isList =
    Array.isArray(items) ||
    ((items === undefined || items === null) && typeof kind === "string" && kind.endsWith("List"));
  return isList ? (body as unknown as Page) : undefined;
}
