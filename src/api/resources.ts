import type { Asker } from "../core/access/asker.ts";
import { keyOfApp } from "../core/model/application.ts";
import type { ArtifactAbout } from "../core/model/artifact-facts.ts";
import { revisionsIn } from "../core/model/hold.ts";
import type { ManagedResource } from "../engine/control.ts";
import { defined } from "../lib/defined.ts";
import { describe } from "./applications.ts";
import type { ApiContext } from "./context.ts";
import { appName, findApp, NAMING, orNotFound } from "./find-app.ts";
import { may, type Routes } from "./routes.ts";
import { OBJECT, REF } from "./terms/answers.ts";
import { json } from "./terms/terms.ts";
import { flag, list, optional, text, told, whole } from "./terms/wire.ts";

const READING = { asks: may("applications", "get") };
const MANIFESTS = {
  id: "getManifests",
  says: "What Git wants, rendered, Secrets masked.",
  ...READING,
  query: {
    ...NAMING,
    revision: optional(text({ says: "Of the only source." })),
    revisions: optional(list(text(), { says: "Of the sources in their order, or at `sourcePositions`." })),
    sourcePositions: optional(list(whole(), { says: "From 1." })),
  },
  answers: json(
    told({
      manifests: list(text({ says: "JSON in a text." })),
      namespace: text(),
      server: text(),
      revision: text(),
      sourceType: text(),
    }),
  ),
} as const;
const STATE = text({ says: "JSON in a text, `null` where there is none." });
const MANAGED = {
  id: "listManagedResources",
  says: "Objects as they are, as Git wants them, and as a sync would make them.",
  ...READING,
  query: {
    ...NAMING,
    group: optional(text({ empty: "kept", says: 'Of the object; "" is the core group.' })),
    version: optional(text({ empty: "kept" })),
    kind: optional(text({ empty: "kept" })),
    namespace: optional(text({ empty: "kept" })),
    name: optional(text({ empty: "kept" })),
  },
  answers: json(
    told({
      items: list(
        told({
          ...REF,
          version: text(),
          liveState: STATE,
          normalizedLiveState: STATE,
          targetState: STATE,
          predictedLiveState: STATE,
          modified: flag(),
          hook: flag(),
          resourceVersion: text(),
        }),
      ),
    }),
  ),
} as const;
const EVENTS = {
  id: "listApplicationEvents",
  says: "Events of the application, or of one of its objects.",
  ...READING,
  query: {
    ...NAMING,
    resourceName: optional(text()),
    resourceNamespace: optional(text()),
    resourceUID: optional(text()),
  },
  answers: json(told({ metadata: told({}), items: list(OBJECT) })),
} as const;
const COMMIT = {
  id: "getRevisionMetadata",
  says: "Who made a commit, when, and in which words.",
  ...READING,
  query: NAMING,
  answers: json(told({ author: text(), date: text(), message: text() })),
} as const;
const ARTIFACT = {
  id: "getOciMetadata",
  says: "What its publisher says of an artifact of a registry.",
  ...READING,
  query: NAMING,
  answers: json(
    told({
      createdAt: optional(text()),
      authors: optional(text()),
      imageUrl: optional(text()),
      docsUrl: optional(text()),
      sourceUrl: optional(text()),
      version: optional(text()),
      description: optional(text()),
      title: optional(text()),
    }),
  ),
} as const;
const CHART = {
  id: "getChartDetails",
  says: "What a chart says of itself.",
  ...READING,
  query: NAMING,
  answers: json(told({ description: text(), home: text(), maintainers: list(text()) })),
} as const;

import { ofSources } from "./sync-request.ts";

/** What an application consists of: manifests, managed resources, tree, events, commits. Objects come masked from the control. */
export function resourceRoutes(routes: Routes, { control, looks }: ApiContext): void {
  routes.get("/api/v1/applications/:name/manifests", MANIFESTS, async (c, who) => {
    const app = findApp(control, who, appName(c.req.param("name"), c.req.query()));
    const revisions = revisionsIn(
      ofSources(app.spec, {
        revision: c.req.query("revision") || undefined,
        revisions: c.req.queries("revisions"),
        positions: c.req.queries("sourcePositions")?.map(Number),
      }),
    );
    const { signal } = c.req.raw;
    const ask = () => control.manifests(who, keyOfApp(app), revisions, signal);
    // What is followed is known; anything else is rendered for whoever asks.
    const found = await (revisions.length === 0 ? ask() : looks.hold(who, signal, ask));
    const { manifests, revision, sourceType } = orNotFound(found, describe(app));
    const { server = "", namespace = "" } = app.spec.destination;
    return c.json({
      manifests: manifests.map((manifest) => JSON.stringify(manifest)),
      namespace,
      server,
      revision,
      sourceType,
    });
  });

  routes.get("/api/v1/applications/:name/managed-resources", MANAGED, async (c, who) => {
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

  routes.get("/api/v1/applications/:name/events", EVENTS, async (c, who) => {
    const { resourceName, resourceNamespace = "", resourceUID = "", ...query } = c.req.query();
    const app = findApp(control, who, appName(c.req.param("name"), query));
    const of =
      resourceName === undefined
        ? undefined
        : { name: resourceName, namespace: resourceNamespace, uid: resourceUID };
    const events = orNotFound(await control.events(who, keyOfApp(app), of), describe(app));
    return c.json({ metadata: {}, items: events });
  });

  routes.get("/api/v1/applications/:name/revisions/:revision/metadata", COMMIT, async (c, who) => {
    const app = findApp(control, who, appName(c.req.param("name"), c.req.query()));
    const revision = c.req.param("revision");
    const { author, date, message } = orNotFound(
      await control.commit(who, keyOfApp(app), revision),
      `revision ${revision}`,
    );
    return c.json({ author, date, message });
  });

  // Argo CD's names.
  routes.get("/api/v1/applications/:name/revisions/:revision/ocimetadata", ARTIFACT, async (c, who) => {
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
  });

  routes.get("/api/v1/applications/:name/revisions/:revision/chartdetails", CHART, async (c, who) => {
    const { chart } = await about(who, c.req.param(), c.req.query());
    return c.json(
      orNotFound(chart === undefined ? { is: "absent" } : { is: "found", value: chart }, "a chart"),
    );
  });

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
