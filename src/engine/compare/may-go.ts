import type { Difference } from "../../core/model/comparison.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import type { RefKey } from "../../core/model/object-ref.ts";
import type { SyncRequest } from "../../core/model/operation.ts";
import { isGoing } from "../../core/plan/guard-input.ts";
import { homeOf } from "../../core/plan/home-contents.ts";
import type { Unproven } from "../../core/plan/proof-read.ts";
import { refusedAlone } from "../../core/plan/prune-alone.ts";
import { isSelected } from "../../core/plan/selection.ts";
import { defined } from "../../lib/defined.ts";
import { guardsOf } from "../guard-settings.ts";
import type { Snapshot } from "../snapshot.ts";

export interface Going {
  request: SyncRequest;
  asked: "by-person" | "automatically";
  /** Whom others want. */
  handedOver: ReadonlyMap<RefKey, string>;
  unproven: Unproven | undefined;
}

/**
 * Namespaces and definitions that nothing about themselves keeps from a prune: what is in them decides. To look into
 * others asks a server for every kind that there is, for nothing.
 */
export function homesThatMayGo(
  differences: readonly Difference[],
  { app, settings, cluster }: Pick<Snapshot, "app" | "settings" | "cluster">,
  { request, asked, handedOver, unproven }: Going,
): LiveObject[] {
  if (request.prune !== true) return [];
  const input = {
    app,
    request,
    asked,
    guards: guardsOf(settings, cluster),
    denied: handedOver,
    ...defined({ unproven }),
  };
  return differences.flatMap((difference) =>
    difference.is === "extra" &&
    homeOf(difference.live) !== undefined &&
    isSelected(difference.live.ref, request.resources) &&
    !isGoing(difference) &&
    refusedAlone(difference, input) === undefined
      ? [difference.live]
      : [],
  );
}

/** What an automated sync would ask for. */
export function automatedRequest({ app }: Pick<Snapshot, "app">): SyncRequest {
  return { prune: app.spec.syncPolicy?.automated?.prune === true };
}
