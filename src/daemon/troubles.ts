import type { Trouble } from "../api/context.ts";
import { type DaemonPause, endOfPause, sayPause } from "../core/model/daemon-pause.ts";
import { asFailure } from "../core/model/failure.ts";
import type { Problem } from "../core/model/problem.ts";
import type { Cluster } from "../core/ports/cluster.ts";
import type { StoreCondition } from "../core/ports/store.ts";
import { defined } from "../lib/defined.ts";
import { timestamp } from "../lib/timestamp.ts";

/**
 * What is wrong with the daemon itself, and with its clusters: who looks at it alone must see that what is shown is old.
 * @param config `wrong`: why it does not hold as it is written now; `restart`: what of it waits for the next start;
 *   `clusters`: why files of clusters beside it cannot be used; `argo`: what is wrong with Argo CD's
 *   Secrets and settings in the home cluster, and with repositories that were added
 */
export function troublesOf(
  store: StoreCondition,
  config: {
    wrong: readonly Problem[];
    restart: readonly string[];
    clusters?: readonly Problem[];
    argo?: readonly Problem[];
  },
  clusters: readonly Pick<Cluster, "name" | "connection" | "undiscovered">[],
  pauses: readonly DaemonPause[] = [],
): Trouble[] {
  const ofStore: Trouble[] =
    store.is === "sound"
      ? []
      : [
          {
            what: "store",
            stops: "writing",
            problem: {
              severity: "error",
              object: store.object,
              text: `nothing is written to any cluster, because ${store.why}`,
              fix: store.fix,
            },
          },
        ];
  const ofConfig = config.wrong.map(
    (problem): Trouble => ({
      what: "config",
      stops: "nothing",
      problem: {
        ...problem,
        text: `the config was not reloaded, and the one before it holds: ${problem.text}`,
      },
    }),
  );
  const ofStart = config.restart.map(
    (section): Trouble => ({
      what: "config",
      stops: "nothing",
      problem: {
        severity: "warning",
        path: section,
        text: "its change holds after a restart only",
        fix: "Restart the daemon",
      },
    }),
  );
  // It is meant so: it stays ready, or whoever would resume it might not reach it.
  const ofPauses = pauses.map(
    (pause): Trouble => ({
      what: "pause",
      stops: "nothing",
      problem: { severity: "warning", text: sayPause(pause), fix: endOfPause(pause) },
    }),
  );
  const ofFiles = (config.clusters ?? []).map(
    (problem): Trouble => ({ what: "cluster", stops: "nothing", problem }),
  );
  const ofArgo = (config.argo ?? []).map(
    (problem): Trouble => ({ what: "settings", stops: "nothing", problem }),
  );
  return [
    ...ofStore,
    ...ofPauses,
    ...ofConfig,
    ...ofStart,
    ...ofFiles,
    ...ofArgo,
    ...clusters.flatMap(ofCluster),
  ];
}

function ofCluster({
  name,
  connection,
  undiscovered,
}: Pick<Cluster, "name" | "connection" | "undiscovered">): Trouble[] {
  const trouble = (severity: Problem["severity"], text: string, fix: string): Trouble => ({
    what: "cluster",
    stops: "nothing",
    problem: { severity, object: `cluster ${name}`, text, fix },
  });
  const now = connection();
  if (now.is === "unreachable")
    return [
      trouble(
        "error",
        `unreachable since ${timestamp(now.since)}: ${now.why}; nothing of it is compared, synced or pruned`,
        now.fix ?? "Check its address, its credentials and the network between",
      ),
    ];
  return [...undiscovered()].map(([version, why]) =>
    trouble(
      "warning",
      `kinds of ${version} are not known: ${why}; objects of these kinds are neither compared nor pruned`,
      "Mend the API server behind it, or remove its APIService",
    ),
  );
}

/** Why a config does not hold that was tried. */
export function problemOf(cause: unknown, file: string | undefined): Problem {
  const { object, why, fix } = asFailure(cause, "config", "hold it");
  return {
    severity: "error",
    ...defined({ file }),
    object,
    text: why,
    ...defined({ fix }),
  };
}
