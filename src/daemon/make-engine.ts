/** The engine, with the outside world at its ports. */

import { parseRefKey } from "../core/model/object-ref.ts";
import type { Log } from "../core/ports/log.ts";
import { Engine } from "../engine/engine.ts";
import type { Settings } from "../engine/settings.ts";
import type { CustomResourceHome } from "../homes/cluster/custom-resource-home.ts";
import { defined } from "../lib/defined.ts";
import { systemClock } from "../lib/system-clock.ts";
import type { Parts } from "./open-parts.ts";

interface EngineNeeds {
  parts: Parts;
  log: Log;
  /** As they are now. */
  settings(): Settings;
  readFolders(): void;
  /** Where a cluster is the home. */
  home: CustomResourceHome | undefined;
}

export function makeEngine({ parts, log, settings, readFolders, home }: EngineNeeds): Engine {
  const { store, git, artifacts, renderers, clusters, parents, checks, userActions, jq, metrics, traces } =
    parts;
  const { journeys } = traces;
  const engine: Engine = new Engine({
    store,
    git,
    artifacts,
    gitWriter: git,
    renderers: traces.around(renderers),
    jq,
    log: traces.inLog(log),
    clock: systemClock,
    clusters: () => parents?.over(clusters.all) ?? clusters.all,
    settings,
    readFolders,
    // What is not held whole (descendants, for the tree) is judged by what every kind shares: a script may read anything.
    userHealth: (live) =>
      (live.detail === undefined || live.detail === "full" ? checks.said(live.object) : undefined) ??
      parents?.healthOf(live) ??
      home?.healthOf(live, (key) => engine.control.application(key)),
    userActions,
    imageProblems: (key) => parts.sources.images?.problemsOf(key) ?? [],
    ...defined({ records: home, parents }),
    observe: {
      reconciled: (app, tookMs) => metrics.apps.reconciled(app, tookMs),
      synced: (app, state) => {
        const { phase, operation, startedAt, finishedAt = startedAt } = state;
        journeys.synced(app, state);
        metrics.apps.syncEnded(app, {
          phase,
          mode: operation.sync?.dryRun === true ? "dry-run" : "write",
          tookMs: Date.parse(finishedAt) - Date.parse(startedAt),
        });
      },
      looked: (app, revisions, stretch) => journeys.looked(app, revisions, stretch),
      compared: (app, stretch) => journeys.compared(app, stretch),
      shown: (key, status) => journeys.shown(key, status),
      fought: (app) => metrics.apps.fought(app),
      changed: (cluster, key) => metrics.clusters.clusterEvent(cluster.server, parseRefKey(key)),
      left: (key) => {
        journeys.left(key);
        metrics.apps.forget(key);
      },
    },
  });
  return engine;
}
