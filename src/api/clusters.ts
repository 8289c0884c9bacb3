import type { Asker } from "../core/access/asker.ts";
import { accountSecretOf } from "../core/model/account-secret-of.ts";
import { type Application, IN_CLUSTER, IN_CLUSTER_NAME, keyOfApp } from "../core/model/application.ts";
import type { ClusterCredential } from "../core/model/cluster-entry.ts";
import { type ClusterEntry, serverKey } from "../core/model/cluster-entry.ts";
import { parseClusterBody, showClusterEntry } from "../core/model/cluster-wire.ts";
import type { KnownEntry } from "../core/ports/cluster-desk.ts";
import type { Control } from "../engine/control.ts";
import { timestamp } from "../lib/timestamp.ts";
import { ApiError, invalid, notFound } from "./api-error.ts";
import type { AuthorisedClusters } from "./authorised/authorised.ts";
import { demand } from "./authorised/demand.ts";
import { clusterObject } from "./authorised/object-names.ts";
import {
  ADD_CLUSTER,
  CHANGE_CLUSTER,
  GET_CLUSTER,
  INVALIDATE_CACHE,
  LIST_CLUSTERS,
  REMOVE_CLUSTER,
  ROTATE_AUTH,
  TEST_CLUSTER,
  TEST_NEW_CLUSTER,
} from "./clusters-terms.ts";
import type { ApiContext } from "./context.ts";
import { OpenPlaces } from "./open-places.ts";
import type { Routes } from "./routes.ts";
import type { Of } from "./terms/wire.ts";

type ClusterFacts = ReturnType<Control["clusters"]>[number];

interface Asked {
  id: string;
  query: Record<string, string>;
}

/** Tests of clusters that are under way: one that does not answer takes some twenty seconds. */
const TESTS = { all: 12, each: 2, kept: 2 };

/** Fields of `?updatedFields=`, as Argo CD names them; without any all of them are taken. */
const FIELDS: Readonly<Record<string, readonly (keyof ClusterEntry)[]>> = {
  name: ["name"],
  namespaces: ["scope"],
  clusterResources: ["scope"],
  config: ["credential", "tls", "proxyUrl", "kept"],
  shard: ["kept"],
  labels: ["labels"],
  annotations: ["annotations"],
  project: ["project"],
};

/** `/api/v1/clusters`, as Argo CD serves it. What is shown is built field by field, so that no credential can ever be in it. */
export function clusterRoutes(routes: Routes, { control, clusters }: ApiContext): void {
  const shown = (who: Asker, facts: ClusterFacts) =>
    show(facts, entryOf(clusters, who, facts.name), control.applications(who));
  const places = new OpenPlaces("clusters are being tested", TESTS);
  const tested = async (who: Asker, asked: ClusterEntry | string) => {
    const leave = places.take(who);
    try {
      const { version, tookMs } = await deskOf(clusters).test(who, asked);
      return { serverVersion: version, tookMs };
    } finally {
      leave();
    }
  };
  const one = (who: Asker, asked: Asked) => found(control.clusters(who), asked);

  routes.get("/api/v1/clusters", LIST_CLUSTERS, (c, who) => {
    const query = c.req.query();
    const name = query["name"] ?? (query["id.type"] === "name" ? query["id.value"] : undefined);
    const server = query["server"] ?? (query["id.type"] !== "name" ? query["id.value"] : undefined);
    const wanted = control
      .clusters(who)
      .filter(
        (cluster) =>
          (!name || cluster.name === name) && (!server || serverKey(cluster.server) === serverKey(server)),
      );
    return c.json({ metadata: {}, items: wanted.map((facts) => shown(who, facts)) });
  });
  routes.get("/api/v1/clusters/:id", GET_CLUSTER, (c, who) =>
    c.json(shown(who, one(who, { id: c.req.param("id"), query: c.req.query() }))),
  );

  routes.post("/api/v1/clusters", ADD_CLUSTER, async (c, who, { query, body }) => {
    const desk = deskOf(clusters);
    const entry = parsed(body);
    const how = query.upsert === true ? "upsert" : "add";
    desk.demandPut(who, entry, how);
    const others = desk
      .all(who)
      .filter(
        ({ entry: { name, server } }) => name === entry.name || serverKey(server) === serverKey(entry.server),
      );
    // Those that the desk refuses in any case are not asked first.
    const isRefused = others.some(({ place }) => how === "add" || place.in === "config");
    if (query.validate !== false && !isRefused) await tested(who, entry);
    await desk.put(who, entry, how, who.actor);
    return c.json(shown(who, one(who, { id: entry.name, query: { "id.type": "name" } })));
  });
  routes.put("/api/v1/clusters/:id", CHANGE_CLUSTER, async (c, who, { query, body }) => {
    const desk = deskOf(clusters);
    const { name } = one(who, { id: c.req.param("id"), query: c.req.query() });
    const known = entryOf(clusters, who, name)?.entry;
    if (known === undefined) throw notFound(`cluster ${name}`);
    const entry = changed(known, body, query.updatedFields ?? []);
    await desk.put(who, entry, "update", who.actor, name);
    return c.json(shown(who, one(who, { id: entry.name, query: { "id.type": "name" } })));
  });
  routes.post("/api/holdfast/v1/clusters/test", TEST_NEW_CLUSTER, async (c, who, { body }) =>
    c.json(await tested(who, parsed(body))),
  );
  routes.post("/api/holdfast/v1/clusters/:id/test", TEST_CLUSTER, async (c, who) => {
    const { name } = one(who, { id: c.req.param("id"), query: c.req.query() });
    return c.json(await tested(who, name));
  });
  routes.delete("/api/v1/clusters/:id", REMOVE_CLUSTER, async (c, who) => {
    const { name } = one(who, { id: c.req.param("id"), query: c.req.query() });
    await deskOf(clusters).remove(who, name, who.actor);
    return c.json({});
  });
  routes.post("/api/v1/clusters/:id/rotate-auth", ROTATE_AUTH, async (c, who) => {
    const { name } = one(who, { id: c.req.param("id"), query: c.req.query() });
    await deskOf(clusters).rotate(who, name, who.actor);
    return c.json({});
  });
  routes.post("/api/v1/clusters/:id/invalidate-cache", INVALIDATE_CACHE, (c, who) => {
    const cluster = one(who, { id: c.req.param("id"), query: c.req.query() });
    const project = entryOf(clusters, who, cluster.name)?.entry.project;
    demand(who, "clusters", "update", clusterObject({ server: cluster.server, project }));
    // Everything of it is listed anew by whoever lives there; nobody waits for that.
    for (const app of applicationsOf(cluster, control.applications(who)))
      void control.refresh(who, keyOfApp(app), "hard");
    return c.json(shown(who, cluster));
  });
}

function deskOf(clusters: AuthorisedClusters | undefined): AuthorisedClusters {
  if (clusters === undefined)
    throw new ApiError("Unimplemented", "clusters are not changed here: they stand in the daemon's config");
  return clusters;
}

function parsed(body: unknown): ClusterEntry {
  const read = parseClusterBody(body);
  if (!read.ok) throw invalid(read.problems);
  return read.value;
}

/** What the request says of the named fields, in place of what was known. */
function changed(
  known: ClusterEntry,
  body: Of<typeof CHANGE_CLUSTER.body>,
  fields: readonly string[],
): ClusterEntry {
  const named = fields.flatMap((field) => field.split(",")).filter((field) => field !== "");
  const unknown = named.find((field) => !Object.hasOwn(FIELDS, field));
  if (unknown !== undefined)
    throw new ApiError(
      "InvalidArgument",
      `updatedFields knows ${Object.keys(FIELDS).join(", ")}, and not ${unknown}`,
    );
  // Parsed whole: what is not named is asked for as it is known.
  const whole = { ...showClusterEntry(known), ...body, server: known.server };
  const entry = parsed("config" in body ? whole : { ...whole, config: {} });
  const keeps = new Set<keyof ClusterEntry>(
    named.length > 0
      ? Object.values(FIELDS)
          .flat()
          .filter((key) => !named.some((field) => FIELDS[field]?.includes(key)))
      : "config" in body
        ? []
        : FIELDS["config"],
  );
  const kept = Object.fromEntries([...keeps].map((key) => [key, known[key]]));
  return { ...entry, ...(kept as Partial<ClusterEntry>), server: known.server };
}

/** By name or address, as `id.type` says; without it by whichever it is. */
function found(clusters: readonly ClusterFacts[], { id, query }: Asked): ClusterFacts {
  const type = query["id.type"] ?? "";
  const byName = type === "server" ? undefined : clusters.find(({ name }) => name === id);
  const byServer =
    type === "name" ? undefined : clusters.find(({ server }) => serverKey(server) === serverKey(id));
  // As destinations are resolved: the name stands for the address where no cluster has it.
  const byAlias =
    type === "server" || id !== IN_CLUSTER_NAME
      ? undefined
      : clusters.find(({ server }) => serverKey(server) === IN_CLUSTER);
  const cluster = byName ?? byServer ?? byAlias;
  if (cluster === undefined) throw notFound(`cluster ${id}`);
  return cluster;
}

function entryOf(clusters: AuthorisedClusters | undefined, who: Asker, name: string): KnownEntry | undefined {
  return clusters?.all(who).find(({ entry }) => entry.name === name);
}

function applicationsOf({ name, server }: ClusterFacts, applications: readonly Application[]): Application[] {
  return applications.filter(
    ({ spec: { destination } }) =>
      destination.name === name ||
      (destination.server !== undefined && serverKey(destination.server) === serverKey(server)),
  );
}

const KEPT_IN = { config: "config", file: "data", secret: "secret" } as const;

function show(
  facts: ClusterFacts,
  known: KnownEntry | undefined,
  applications: readonly Application[],
): Record<string, unknown> {
  const { name, server, connection, kubeVersion = "", size } = facts;
  const connectionState = {
    status: { connected: "Successful", unreachable: "Failed", starting: "Unknown" }[connection.is],
    message: connection.is === "unreachable" ? connection.why : "",
    attemptedAt: connection.is === "starting" ? null : timestamp(connection.since),
  };
  return {
    name,
    server,
    config: { tlsClientConfig: { insecure: false } },
    ...(known === undefined ? {} : showClusterEntry(known.entry)),
    connectionState,
    serverVersion: kubeVersion,
    info: {
      connectionState,
      serverVersion: kubeVersion,
      cacheInfo: {
        ...{ resourcesCount: size.objects, apisCount: size.kinds },
        ...(size.listedAt === undefined ? {} : { lastCacheSyncTime: timestamp(size.listedAt) }),
      },
      applicationsCount: applicationsOf(facts, applications).length,
    },
    ...(known === undefined
      ? {}
      : {
          holdfast: {
            keptIn: KEPT_IN[known.place.in],
            credential: known.entry.credential.by,
            ...tokenOf(known.entry.credential),
          },
        }),
  };
}

/** What is told of a token: never what it says. */
function tokenOf(credential: ClusterCredential): { token?: "of-account-secret" | "other" } {
  if (credential.by !== "token") return {};
  return { token: accountSecretOf(credential.token.reveal()) === undefined ? "other" : "of-account-secret" };
}
