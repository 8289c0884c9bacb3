/** A cluster with more than this part of what one replica has on average is held by its applications, each for itself. */
const SPLIT_ABOVE = 1;
/** One that is split stays so until it has less than this part, so that a few applications more or less move nothing. */
const WHOLE_BELOW = 0.5;
/** Nothing is gained by splitting fewer. */
const FEWEST_APPLICATIONS = 50;

/**
 * Which clusters are too large for one replica. An ordinary one is one unit of work, so that one replica alone watches it.
 *
 * @param applications how many there are, by cluster
 * @param replicas that share them
 * @param split those that are split by now
 * @returns names, sorted
 */
export function splitClusters(
  applications: ReadonlyMap<string, number>,
  replicas: number,
  split: readonly string[],
): string[] {
  if (replicas < 2) return split.filter((cluster) => applications.has(cluster)).sort();
  const share = [...applications.values()].reduce((sum, count) => sum + count, 0) / replicas;
  return [...applications]
    .filter(([cluster, count]) => {
      if (split.includes(cluster)) return count >= share * WHOLE_BELOW;
      return count >= FEWEST_APPLICATIONS && count > share * SPLIT_ABOVE;
    })
    .map(([cluster]) => cluster)
    .sort();
}
