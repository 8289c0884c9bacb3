import type { Asker } from "../core/access/asker.ts";
import { type AppKey, keyOfApp } from "../core/model/application.ts";
import type { ResourceNode } from "../engine/control.ts";
import { defined, filled } from "../lib/defined.ts";
import { ApiError } from "./api-error.ts";
import { describe } from "./applications.ts";
import type { ApiContext } from "./context.ts";
import { appName, findApp, NAMING, orNotFound } from "./find-app.ts";
import { OpenStreams } from "./open-stream.ts";
import { may, type Routes } from "./routes.ts";
import { OBJECT, REF } from "./terms/answers.ts";
import { json, stream } from "./terms/terms.ts";
import { list, map, optional, text, told } from "./terms/wire.ts";

/** What of an application is told by nobody, such as a Pod that comes and is healthy at once, is looked for so often. */
const EVERY_MS = 2_000;

const NODES = list(
  told({
    ...REF,
    version: text(),
    uid: optional(text()),
    parentRefs: optional(list(told({ ...REF, uid: text() }))),
    info: optional(list(told({ name: text(), value: text() }))),
    resourceVersion: optional(text()),
    images: optional(list(text())),
    health: optional(told({ status: text(), message: optional(text()) })),
    createdAt: optional(text()),
    networkingInfo: optional(
      told({
        labels: optional(map(text())),
        targetLabels: optional(map(text())),
        targetRefs: optional(list(told(REF))),
        sourceRefs: optional(list(told(REF))),
        externalURLs: optional(list(text())),
      }),
    ),
  }),
);
const TREE_OF = told({ nodes: NODES, orphanedNodes: NODES, hosts: list(OBJECT) });
const READING = { asks: may("applications", "get"), query: NAMING };
const TREE = {
  id: "getResourceTree",
  says: "Objects of an application and what descends from them.",
  ...READING,
  answers: json(TREE_OF),
} as const;
const FOLLOW = {
  id: "followResourceTree",
  says: "The objects of an application as they are, and again whenever one of them is another one.",
  ...READING,
  answers: stream(told({ result: TREE_OF })),
} as const;

interface Tree {
  type: "MODIFIED";
  tree: Record<string, unknown>;
}

/** The objects of an application and what descends from them, once and as a stream. */
export function resourceTreeRoutes(routes: Routes, { control }: ApiContext): void {
  const treeOf = (who: Asker, key: AppKey): Record<string, unknown> => ({
    nodes: orNotFound(control.resourceTree(who, key), `application ${key}`).map(treeNode),
    orphanedNodes: orNotFound(control.orphanedResources(who, key), `application ${key}`).map(treeNode),
    hosts: [],
  });
  routes.get("/api/v1/applications/:name/resource-tree", TREE, (c, who) => {
    const app = findApp(control, who, appName(c.req.param("name"), c.req.query()));
    return c.json(treeOf(who, keyOfApp(app)));
  });

  const streams = new OpenStreams();
  routes.get("/api/v1/stream/applications/:name/resource-tree", FOLLOW, (c, who) => {
    const app = findApp(control, who, appName(c.req.param("name"), c.req.query()));
    const key = keyOfApp(app);
    let last = JSON.stringify(treeOf(who, key));
    return streams.open<Tree>(c, {
      keyOf: () => key,
      first: () => [{ type: "MODIFIED", tree: JSON.parse(last) as Tree["tree"] }],
      follow(listener, over) {
        const look = (): void => {
          try {
            const tree = treeOf(who, key);
            const now = JSON.stringify(tree);
            if (now === last) return;
            last = now;
            listener({ type: "MODIFIED", tree });
          } catch (cause) {
            stop();
            over(cause instanceof ApiError ? cause : new ApiError("Internal", `${describe(app)}: no tree`));
          }
        };
        // It has ended, or whoever asks is not to see it any more: the same to them.
        const followed = control.onEvent(
          who,
          ({ app: changed }) => keyOfApp(changed) === key && look(),
          over,
        );
        const timer = setInterval(look, EVERY_MS);
        const stop = (): void => {
          clearInterval(timer);
          followed.stop();
        };
        return {
          told: (event) => (control.application(who, key) === undefined ? undefined : event),
          stop,
        };
      },
      wanted: () => true,
      lines: (events) => events.map(({ tree }) => ({ result: tree })),
    });
  });
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
  networking,
}: ResourceNode): Record<string, unknown> {
  return {
    ...ref,
    version,
    ...defined({ uid }),
    ...filled({ parentRefs: parents, info, resourceVersion, images }),
    ...(health === undefined
      ? {}
      : { health: { status: health.status, ...filled({ message: health.message }) } }),
    ...defined({ createdAt, networkingInfo: networking }),
  };
}
