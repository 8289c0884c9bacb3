import type { Control } from "../engine/control.ts";
import { notFound } from "./api-error.ts";
import type { ApiContext, Router } from "./context.ts";

type ClusterFacts = ReturnType<Control["clusters"]>[number];

/** `/api/v1/clusters`: read only, and built field by field, so that no credential can ever be in it. */
export function clusterRoutes(router: Router, { control }: ApiContext): void {
  router.get("/api/v1/clusters", (c) => {
    const { name, server } = c.req.query();
    const wanted = control
      .clusters()
      .filter((cluster) => (!name || cluster.name === name) && (!server || cluster.server === server));
    return c.json({ metadata: {}, items: wanted.map((cluster) => show(cluster, control)) });
  });
  /** By name; an address has slashes, and goes as `?server=` above. */
  router.get("/api/v1/clusters/:name", (c) => {
    const cluster = control.clusters().find(({ name }) => name === c.req.param("name"));
    if (cluster === undefined) throw notFound(`cluster ${c.req.param("name")}`);
    return c.json(show(cluster, control));
  });
}

function show(
  { name, server, connection, kubeVersion = "" }: ClusterFacts,
  control: Control,
): Record<string, unknown> {
  const connectionState = {
    status: { connected: "Successful", unreachable: "Failed", starting: "Unknown" }[connection.is],
    message: connection.is === "unreachable" ? connection.why : "",
    attemptedAt:
      connection.is === "starting" ? null : new Date(connection.since).toISOString().replace(/\.\d+Z$/, "Z"),
  };
  const applicationsCount = control
    .applications()
    .filter(({ spec: { destination } }) => destination.server === server || destination.name === name).length;
  return {
    name,
    server,
    config: { tlsClientConfig: { insecure: false } },
    connectionState,
    serverVersion: kubeVersion,
    info: { connectionState, serverVersion: kubeVersion, cacheInfo: {}, applicationsCount },
  };
}
