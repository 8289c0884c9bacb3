import type { Asker } from "../core/access/asker.ts";
import { type AppKey, keyOfApp } from "../core/model/application.ts";
import type { Host } from "../core/model/node-room.ts";
import type { ResourceNode } from "../engine/control.ts";
import { defined, filled } from "../lib/defined.ts";
import { ApiError } from "./api-error.ts";
import { describe } from "./applications.ts";
import type { ApiContext } from "./context.ts";
import { appName, findApp, NAMING, orNotFound } from "./find-app.ts";
import { OpenStreams } from "./open-stream.ts";
import { may, type Routes } from "./routes.ts";
import { REF } from "./terms/answers.ts";
import { json, stream } from "./terms/terms.ts";
import { choice, list, map, number, optional, text, told } from "./terms/wire.ts";

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
        targetWords: optional(
          list(list(text()), {
            says: "By what each of `targetRefs` is led to, in their order: host, path and port.",
          }),
        ),
        sourceRefs: optional(list(told(REF))),
        opens: optional(
          choice(["LoadBalancer", "NodePort"], "A Service that is reached from outside the cluster."),
        ),
        ports: optional(list(text(), { says: "Of a Service: `80 to 8080`." })),
        externalURLs: optional(list(text())),
      }),
    ),
  }),
);
/** Of a kind of room, all in thousandths, as Argo CD has them: of cores, bytes and Pods. */
const ROOM = told({
  resourceName: choice(["cpu", "memory", "pods"]),
  requestedByApp: optional(number()),
  requestedByNeighbors: optional(number({ says: "By all other Pods there. Absent: 0, or see `holdfast`." })),
  capacity: optional(number()),
  allocatable: optional(number({ says: "What of it Pods may have." })),
});
const HOSTS = list(
  told({
    name: text(),
    resourcesInfo: optional(list(ROOM)),
    systemInfo: map(text()),
    holdfast: told({
      neighbors: choice(["all", "unknown"], "`unknown`: not all Pods of the cluster are seen."),
      why: optional(text({ says: "Why nothing is known of what the node has." })),
    }),
  }),
);
const TREE_OF = told({ nodes: NODES, orphanedNodes: NODES, hosts: HOSTS });
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
  const treeOf = async (who: Asker, key: AppKey): Promise<Record<string, unknown>> => {
    const hosts = orNotFound(await control.hosts(who, key), `application ${key}`).map(hostInfo);
    return {
      nodes: orNotFound(control.resourceTree(who, key), `application ${key}`).map(treeNode),
      orphanedNodes: orNotFound(control.orphanedResources(who, key), `application ${key}`).map(treeNode),
      hosts,
    };
  };
  routes.get("/api/v1/applications/:name/resource-tree", TREE, async (c, who) => {
    const app = findApp(control, who, appName(c.req.param("name"), c.req.query()));
    return c.json(await treeOf(who, keyOfApp(app)));
  });

  const streams = new OpenStreams();
  routes.get("/api/v1/stream/applications/:name/resource-tree", FOLLOW, async (c, who) => {
    const app = findApp(control, who, appName(c.req.param("name"), c.req.query()));
    const key = keyOfApp(app);
    let last = JSON.stringify(await treeOf(who, key));
    return streams.open<Tree>(c, {
      keyOf: () => key,
      first: () => [{ type: "MODIFIED", tree: JSON.parse(last) as Tree["tree"] }],
      follow(listener, over) {
        const left = new AbortController();
        let wanted = 0;
        // One at a time; what is told meanwhile is looked at once more.
        const look = async (): Promise<void> => {
          if (++wanted > 1) return;
          for (let seen = 0; seen !== wanted && !left.signal.aborted; ) {
            seen = wanted;
            try {
              const tree = await treeOf(who, key);
              const now = JSON.stringify(tree);
              if (left.signal.aborted || now === last) continue;
              last = now;
              listener({ type: "MODIFIED", tree });
            } catch (cause) {
              stop();
              over(cause instanceof ApiError ? cause : new ApiError("Internal", `${describe(app)}: no tree`));
            }
          }
          wanted = 0;
        };
        // It has ended, or whoever asks is not to see it any more: the same to them.
        const followed = control.onEvent(
          who,
          ({ app: changed }) => keyOfApp(changed) === key && void look(),
          over,
        );
        const timer = setInterval(() => void look(), EVERY_MS);
        const stop = (): void => {
          left.abort();
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

/** By the names of Argo CD's `HostInfo`. What is 0 is left out there too. */
function hostInfo({ name, facts, byApp, byOthers }: Host): Record<string, unknown> {
  const node = facts.is === "known" ? facts.node : undefined;
  // Of cores there are thousandths already.
  const inThousandths = { cpu: 1, memory: 1_000, pods: 1_000 } as const;
  const resourcesInfo = (["cpu", "memory", "pods"] as const).map((resourceName) => {
    const of = (room: Record<typeof resourceName, number> | undefined): number | undefined =>
      room === undefined || room[resourceName] === 0
        ? undefined
        : room[resourceName] * inThousandths[resourceName];
    return {
      resourceName,
      ...defined({
        requestedByApp: of(byApp),
        requestedByNeighbors: of(byOthers),
        capacity: of(node?.capacity),
        allocatable: of(node?.allocatable),
      }),
    };
  });
  return {
    name,
    resourcesInfo,
    systemInfo: { ...NO_SYSTEM, ...node?.system },
    holdfast: {
      neighbors: byOthers === undefined ? "unknown" : "all",
      ...(facts.is === "unknown" ? { why: facts.why } : {}),
    },
  };
}

/** Clients of Argo CD read all of them. What a machine is known by stays empty. */
const NO_SYSTEM = {
  ...{ architecture: "", bootID: "", containerRuntimeVersion: "", kernelVersion: "", kubeProxyVersion: "" },
  ...{ kubeletVersion: "", machineID: "", operatingSystem: "", osImage: "", systemUUID: "" },
};

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
