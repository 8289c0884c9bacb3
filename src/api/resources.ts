import type { Asker } from "../core/access/asker.ts";
import { keyOfApp } from "../core/model/application.ts";
import type { ArtifactAbout } from "../core/model/artifact-facts.ts";
import { revisionsIn } from "../core/model/hold.ts";
import type { ManagedResource, ResourceNode } from "../engine/control.ts";
import { defined, filled } from "../lib/defined.ts";
import { describe } from "./applications.ts";
import type { ApiContext } from "./context.ts";
import { appName, findApp, orNotFound } from "./find-app.ts";
import { may, type Routes } from "./routes.ts";
import { ofSources } from "./sync-request.ts";

/** What an application consists of: manifests, managed resources, tree, events, commits. Objects come masked from the control. */
export function resourceRoutes(routes: Routes, { control }: ApiContext): void {
  routes.get("/api/v1/applications/:name/manifests", may("applications", "get"), async (c, who) => {
    const app = findApp(control, who, appName(c.req.param("name"), c.req.query()));
    const { manifests, revision, sourceType } = orNotFound(
      await control.manifests(
        who,
        keyOfApp(app),
        revisionsIn(
          ofSources(app.spec, {
            revision: c.req.query("revision") || undefined,
            revisions: c.req.queries("revisions"),
            positions: c.req.queries("sourcePositions")?.map(Number),
          }),
        ),
      ),
      describe(app),
    );
    const { server = "", namespace = "" } = app.spec.destination;
    return c.json({
      manifests: manifests.map((manifest) => JSON.stringify(manifest)),
      namespace,
      server,
      revision,
      sourceType,
    });
  });

  routes.get("/api/v1/applications/:name/managed-resources", may("applications", "get"), async (c, who) => {
    const query = c.req.query();
    // `name` and `namespace` of the query are the resource's, not the application's.
    const app = findApp(control, who, appName(c.req.param("name"), query));
    const resources = orNotFound(await control.managedResources(who, keyOfApp(app)), describe(app));
    const wanted = ({ ref, version }: ManagedResource): boolean =>
      (["group", "kind", "namespace", "name"] as const).every(
        (field) => query[field] === undefined || query[field] === ref[field],
      ) &&
      (query.version === undefined || query.version === version);
    return c.json({ items: resources.filter(wanted).map(managedResource) });
  });

  routes.get("/api/v1/applications/:name/resource-tree", may("applications", "get"), (c, who) => {
    const app = findApp(control, who, appName(c.req.param("name"), c.req.query()));
    return c.json({
      nodes: orNotFound(control.resourceTree(who, keyOfApp(app)), describe(app)).map(treeNode),
      orphanedNodes: orNotFound(control.orphanedResources(who, keyOfApp(app)), describe(app)).map(treeNode),
      hosts: [],
    });
  });

  routes.get("/api/v1/applications/:name/events", may("applications", "get"), async (c, who) => {
    const { resourceName, resourceNamespace = "", resourceUID = "", ...query } = c.req.query();
    const app = findApp(control, who, appName(c.req.param("name"), query));
    const of =
      resourceName === undefined
        ? undefined
        : { name: resourceName, namespace: resourceNamespace, uid: resourceUID };
    const events = orNotFound(await control.events(who, keyOfApp(app), of), describe(app));
    return c.json({ metadata: {}, items: events });
  });

  routes.get(
    "/api/v1/applications/:name/revisions/:revision/metadata",
    may("applications", "get"),
    async (c, who) => {
      const app = findApp(control, who, appName(c.req.param("name"), c.req.query()));
      const revision = c.req.param("revision");
      const { author, date, message } = orNotFound(
        await control.commit(who, keyOfApp(app), revision),
        `revision ${revision}`,
      );
      return c.json({ author, date, message });
    },
  );

  // Argo CD's names.
  routes.get(
    "/api/v1/applications/:name/revisions/:revision/ocimetadata",
    may("applications", "get"),
    async (c, who) => {
      const { facts } = await about(who, c.req.param(), c.req.query());
      return c.json(
        defined({
          createdAt: facts.created,
          authors: facts.authors,
          imageUrl: facts.url,
          docsUrl: facts.documentation,
          sourceUrl: facts.source,
          version: facts.version,
          description: facts.description,
          title: facts.title,
        }),
      );
    },
  );

  routes.get(
    "/api/v1/applications/:name/revisions/:revision/chartdetails",
    may("applications", "get"),
    async (c, who) => {
      const { chart } = await about(who, c.req.param(), c.req.query());
      return c.json(
        orNotFound(chart === undefined ? { is: "absent" } : { is: "found", value: chart }, "a chart"),
      );
    },
  );

  async function about(
    who: Asker,
    { name, revision }: { name: string; revision: string },
    query: Record<string, string>,
  ): Promise<ArtifactAbout> {
    const app = findApp(control, who, appName(name, query));
    return orNotFound(await control.artifact(who, keyOfApp(app), revision), `revision ${revision}`);
  }
}

/** Argo CD's shape: states as JSON in a string, `null` where there is none. */
function managedResource({
  ref,
  version,
  live,
  target,
  predicted,
  modified,
  hook,
  resourceVersion,
}: ManagedResource): Record<string, unknown> {
  return {
    ...ref,
    version,
    liveState: JSON.stringify(live ?? null),
    // The server's own form is the normal form: there is nothing of ours to normalise away.
    normalizedLiveState: JSON.stringify(live ?? null),
    targetState: JSON.stringify(target ?? null),
    predictedLiveState: JSON.stringify(predicted ?? null),
    modified,
    hook,
    resourceVersion,
  };
}

function treeNode({
  ref,
  version,
  uid,
  parents,
  resourceVersion,
  createdAt,
  images,
  health,
  info,
}: ResourceNode): Record<string, unknown> {
  return {
    ...ref,
    version,
    ...defined({ uid }),
    ...filled({ parentRefs: parents, info, resourceVersion, images }),
    ...(health === undefined
      ? {}
      : { health: { status: health.status, ...filled({ message: health.message }) } }),
    ...defined({ createdAt }),
  };
}
