/** What goes with an application whose manifest would leave. */
import { maskSecret } from "../../core/compare/index.ts";
import { keyOfApp } from "../../core/model/application.ts";
import type { ApplicationEffect, Effect, ObjectEffect } from "../../core/model/blast-report.ts";
import { parseApiVersion } from "../../core/model/kube-object.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import type { RefKey } from "../../core/model/object-ref.ts";
import { planDeletion } from "../../core/plan/plan-deletion.ts";
import { defined } from "../../lib/defined.ts";
import { timestamp } from "../../lib/timestamp.ts";
import { refuseUnreachable } from "../compare/compare-now.ts";
import type { KindFollower } from "../compare/follow-kinds.ts";
import type { Homes } from "../compare/home-contents.ts";
import type { EnginePorts } from "../engine-ports.ts";
import { guardsOf } from "../guard-settings.ts";
import { refusedBy, trackedOf } from "../limits.ts";
import type { ManagedApplication } from "../managed-application.ts";
import { cascadeOf } from "../remove/cascade.ts";
import { withIntended } from "../remove/with-intended.ts";
import type { Snapshot } from "../snapshot.ts";
import { claimantOf } from "../target/place-objects.ts";
import type { Claims } from "./wanted-then.ts";

export async function effectOfRemoval(
  managed: ManagedApplication,
  { cluster, project, settings }: Snapshot,
  {
    ports: { clock },
    claims,
    follower,
    homes,
  }: {
    ports: Pick<EnginePorts, "clock">;
    claims: Claims;
    follower: Pick<KindFollower, "failedOf">;
    homes: Homes;
  },
): Promise<Pick<Extract<ApplicationEffect, { is: "compared" }>, "objects" | "same" | "warnings">> {
  const {
    spec: { app },
    memory,
  } = managed;
  refuseUnreachable(cluster);
  const us = claimantOf(app, settings);
  const tracked = trackedOf(us.app, cluster, settings);
  const cascade = cascadeOf(app);
  if (cascade === "none")
    return {
      objects: [],
      same: 0,
      warnings: [
        `What it has in the cluster stays (${tracked.length}), because it has no finalizer that deletes it.`,
      ],
    };
  const plan = planDeletion({
    app,
    tracked,
    records: withIntended(memory.records, tracked, us),
    us,
    asked: "by-file",
    startedAt: timestamp(clock.now()),
    now: clock.now(),
    contents: await homes.look(tracked, { cluster, project }, us, "lately"),
    propagation: cascade === "background" ? "Background" : "Foreground",
    guards: guardsOf(settings, cluster),
    denied: new Map(
      tracked.flatMap(({ key, ref }): [RefKey, string][] => {
        const heir = claims.otherWanting(keyOfApp(app), cluster, key);
        const why =
          heir === undefined ? refusedBy(project, ref, cluster) : `application ${heir.key} wants it now`;
        return why === undefined ? [] : [[key, why]];
      }),
    ),
  });
  const byKey = new Map(tracked.map((live) => [live.key, live]));
  const effectOn = (key: RefKey, effect: Effect, why?: string): ObjectEffect[] => {
    const live = byKey.get(key);
    return live === undefined ? [] : [{ ...shown(live), effect, cause: "range", ...defined({ why }) }];
  };
  return {
    objects: [
      ...plan.waves.flatMap(({ steps }) =>
        steps.flatMap((step) => (step.do === "prune" ? effectOn(step.key, "delete") : [])),
      ),
      ...plan.waiting.flatMap(({ key, text }) => effectOn(key, "hold", text)),
      ...plan.kept.flatMap(({ key, text }) => effectOn(key, "stay", text)),
    ],
    same: 0,
    warnings: [...follower.failedOf(managed)].map(
      ([kind, why]) => `Whether it has objects of the kind ${kind} cannot be seen: ${why}.`,
    ),
  };
}

function shown({ ref, object }: LiveObject): Omit<ObjectEffect, "effect" | "cause"> {
  return {
    ...ref,
    version: parseApiVersion(object.apiVersion).version,
    fields: [],
    live: maskSecret(object),
  };
}
