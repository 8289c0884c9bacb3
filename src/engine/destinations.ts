import {
  type Application,
  type Destination,
  IN_CLUSTER,
  IN_CLUSTER_NAME,
  keyOfApp,
} from "../core/model/application.ts";
import { Failure } from "../core/model/failure.ts";
import type { Cluster } from "../core/ports/cluster.ts";

/** What a destination can name a cluster by. */
export type Named = Pick<Cluster, "name" | "server" | "project" | "is">;
export type Reached<C extends Named = Cluster> =
  | { is: "found"; cluster: C }
  | { is: "problem"; text: string; fix: string };

/** The cluster that a destination names, by server (a trailing slash does not count) or by name. */
export function clusterFor<C extends Named>(destination: Destination, clusters: readonly C[]): Reached<C> {
  const { server, name } = destination;
  const wanted =
    name === IN_CLUSTER_NAME && !clusters.some((cluster) => cluster.name === name)
      ? { server: IN_CLUSTER }
      : { server, name };
  const found = clusters.filter((cluster) =>
    wanted.server !== undefined && wanted.server !== ""
      ? bare(cluster.server) === bare(wanted.server)
      : cluster.name === wanted.name,
  );
  if (found.length === 1 && found[0] !== undefined) return { is: "found", cluster: found[0] };
  const asked = server !== undefined && server !== "" ? `server ${server}` : `name ${name ?? ""}`;
  if (found.length > 1)
    return {
      is: "problem",
      text: `there are ${found.length} clusters with the ${asked}`,
      fix: "Give each cluster in the config file its own name and server",
    };
  const real = clusters.filter(({ is }) => is !== "a-stand-in");
  const known = real.map((cluster) => `${cluster.name} (${cluster.server})`).join(", ");
  return {
    is: "problem",
    text: `there is no cluster with the ${asked}`,
    fix: known === "" ? "Add it to clusters in the config file" : `Known clusters: ${known}`,
  };
}

/** Why the cluster is not for applications of this project; undefined where it is. */
export function keptFrom(
  app: Application,
  { name, project }: Pick<Cluster, "name" | "project">,
): string | undefined {
  const own = app.spec.project === "" ? "default" : app.spec.project;
  return project === undefined || project === own
    ? undefined
    : `cluster ${name} is for applications of project ${project} alone, and this one is of project ${own}`;
}

function bare(server: string): string {
  return server.replace(/\/+$/, "");
}

/** @throws {Failure} invalid-spec where no such cluster is known */
export function destinationOf(app: Application, clusters: readonly Cluster[]): Cluster {
  const reached = clusterFor(app.spec.destination, clusters);
  if (reached.is === "found") return reached.cluster;
  throw new Failure("invalid-spec", `Application ${keyOfApp(app)}`, "after-edit", {
    cannot: "find its destination",
    why: reached.text,
    fix: reached.fix,
  });
}
