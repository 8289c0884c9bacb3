/** Where applications and ApplicationSets live: custom resources of a cluster, or files and what parents render. */
import type { ReadApplications } from "../config/application-folders.ts";
import type { Config } from "../config/config.ts";
import { homeClusterIn } from "../config/home-cluster.ts";
import type { ImageUpdater } from "../core/images/image-updater.ts";
import type { UpdaterLook } from "../core/images/updater-status.ts";
import type { Cluster } from "../core/ports/cluster.ts";
import type { Log } from "../core/ports/log.ts";
import type { SetsHome } from "../core/ports/sets-home.ts";
import type { Settings } from "../engine/settings.ts";
import { ClusterSets } from "../homes/cluster/cluster-sets.ts";
import { ClusterUpdaters } from "../homes/cluster/cluster-updaters.ts";
import { CustomResourceHome } from "../homes/cluster/custom-resource-home.ts";
import { systemClock } from "../lib/system-clock.ts";
import { FileSets } from "../sets/file-sets.ts";
import { StandaloneSets } from "../sets/standalone-sets.ts";
import type { Parts } from "./open-parts.ts";

interface HomesNeed {
  /** That the daemon started with: where it is at home is the same for as long as it runs. */
  config: Config;
  parts: Parts;
  log: Log;
  /** As they are now. */
  settings(): Settings;
  readFolders(): void;
}

export interface Homes {
  /** Custom resources, where a cluster is the home. */
  readonly resources: CustomResourceHome | undefined;
  readonly sets: SetsHome | undefined;
  /** Which images of which applications are kept up to date, beside their annotations. */
  updaters(): readonly ImageUpdater[];
  /** Said in their status, where they live in a cluster: that they are being looked at. @returns ends it */
  looking(updaters: ReadonlySet<ImageUpdater>): () => void;
  /** Likewise what was found. */
  lookedBy(looks: ReadonlyMap<ImageUpdater, UpdaterLook>): void;
  /** What the folders hold. @throws {Failure} store */
  read(reading: ReadApplications): void;
  /** The home's cluster may be connected anew. */
  follow(clusters: readonly Cluster[]): void;
  stop(): Promise<void> | void;
}

export function homesOf({ config, parts, log, settings, readFolders }: HomesNeed): Homes {
  return config.home === "files" ? inFiles() : inCluster();

  function inFiles(): Homes {
    const { parents, store } = parts;
    let updaters: readonly ImageUpdater[] = [];
    const files = parents && new FileSets({ store, clock: systemClock, settings, readAgain: readFolders });
    return {
      resources: undefined,
      sets: parents && files && new StandaloneSets(files, parents.sets, store, log),
      updaters: () => updaters,
      looking: () => () => undefined,
      lookedBy: () => undefined,
      read(reading) {
        files?.read(reading);
        updaters = reading.imageUpdaters.map(({ updater }) => updater);
      },
      follow: () => undefined,
      stop: () => files?.stop(),
    };
  }

  function inCluster(): Homes {
    const { name, namespaces, uid } = config.homeCluster;
    const at = { cluster: name, namespace: config.namespace, namespaces, log };
    const resources = new CustomResourceHome({ ...at, uid, store: parts.store });
    const updaters = new ClusterUpdaters({ ...at, clock: systemClock });
    const sets = new ClusterSets({ ...at, applications: resources.standing, clock: systemClock });
    return {
      resources,
      sets,
      updaters: () => updaters.all,
      looking: (those) => updaters.looking(those),
      lookedBy: (looks) => updaters.lookedBy(looks),
      read: () => undefined,
      follow(clusters) {
        const cluster = homeClusterIn(clusters, name);
        resources.follow(cluster);
        sets.follow(cluster);
        updaters.follow(cluster);
      },
      async stop() {
        await updaters.stop();
        await sets.stop();
        await resources.stop();
      },
    };
  }
}
