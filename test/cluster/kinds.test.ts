/** Kinds that come, go and change while they are followed, and groups that cannot be discovered. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { connectCluster } from "../../src/cluster/cluster.ts";
import type { Timings } from "../../src/cluster/timings.ts";
import type { GroupVersionKind, KubeObject } from "../../src/core/model/kube-object.ts";
import type { Cluster } from "../../src/core/ports/cluster.ts";
import { type ApiProxy, startApiProxy } from "../lib/api-proxy.ts";
import { type ControlPlane, startControlPlane } from "../lib/control-plane.ts";
import { eventually } from "../lib/eventually.ts";
import { crd, deadApiService, tracked } from "../lib/manifests.ts";
import type { RawApi } from "../lib/raw-api.ts";
import { recordingLog } from "../lib/recording-log.ts";

setDefaultTimeout(60_000);

const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const MERGE = "application/merge-patch+json";
const configMaps: GroupVersionKind = { group: "", version: "v1", kind: "ConfigMap" };

let plane: ControlPlane, proxy: ApiProxy, cluster: Cluster;
let told: string[] = [];
let groups = 0;

beforeAll(async () => {
  plane = await startControlPlane();
}, 120_000);
afterAll(() => plane?.stop(), 60_000);

async function connect(timings: Partial<Timings> = {}): Promise<Cluster> {
  const connected = await connectCluster({
    name: "kinds",
    server: "https://kinds",
    kubeconfig: { file: proxy.kubeconfig },
    log: recordingLog(),
    timings: { firstPauseMs: 40, ...timings },
  });
  connected.onKindsChange((owners) => told.push(...owners));
  return connected;
}
beforeEach(async () => {
  proxy = await startApiProxy(plane.kubeconfig);
  told = [];
  cluster = await connect();
});
afterEach(async () => {
  await cluster.stop();
  await proxy.stop();
});

const must: RawApi["must"] = (...asked) => plane.api.must(...asked);

/** A kind of a group of its own. */
function kindOf(name: string): GroupVersionKind & { plural: string; definition: string } {
  const group = `g${++groups}.example.com`;
  const plural = `${name.toLowerCase()}s`;
  return { group, version: "v1", kind: name, plural, definition: `${plural}.${group}` };
}
type Kind = ReturnType<typeof kindOf>;
const gvk = ({ group, version, kind }: Kind): GroupVersionKind => ({ group, version, kind });
const define = (kind: Kind, scope: "Namespaced" | "Cluster" = "Namespaced"): Promise<KubeObject> => {
  const definition = crd(kind) as KubeObject & { spec: { scope: string } };
  return must("POST", DEFINITIONS, { ...definition, spec: { ...definition.spec, scope } });
};
async function undefine(kind: Kind): Promise<void> {
  await must("DELETE", `${DEFINITIONS}/${kind.definition}`);
  await eventually("its definition is gone", async () => {
    const answer = await plane.api.request("GET", `${DEFINITIONS}/${kind.definition}`);
    return answer.status === 404;
  });
}
const follow = (...kinds: GroupVersionKind[]) => cluster.follow("app", kinds, ["default"]);
const scopeOf = async (kind: Kind): Promise<string> => {
  const lookup = await cluster.kind(gvk(kind));
  return lookup.is === "known" ? lookup.info.scope : lookup.is;
};

test("a kind that comes: whoever lacked it is told, nobody else, and it is another generation", async () => {
  const kind = kindOf("Late");
  await cluster.follow("other", [configMaps], ["default"]);
  expect((await follow(configMaps, gvk(kind))).failed.size).toBe(1);
  const before = cluster.kindsGeneration();
  expect(before).toBeGreaterThan(0);
  await define(kind);
  await eventually("its owner is told", () => told.includes("app"));
  expect(told).not.toContain("other");
  expect(cluster.kindsGeneration()).not.toBe(before);
  expect(await scopeOf(kind)).toBe("namespaced");
  expect((await follow(configMaps, gvk(kind))).failed.size).toBe(0);
});

test("asking for kinds that are not there makes no new generation, and neither does looking again", async () => {
  await follow(configMaps);
  const before = cluster.kindsGeneration();
  for (let at = 0; at < 3; at++) {
    expect((await cluster.kind({ group: "none.example.com", version: "v1", kind: "None" })).is).toBe(
      "absent",
    );
    await Bun.sleep(400);
  }
  await cluster.relist("app");
  expect(cluster.kindsGeneration()).toBe(before);
});

test("a kind that was absent a moment ago is known as soon as its definition is seen, however often it was asked for", async () => {
  await cluster.stop();
  // Memory would answer for a minute.
  cluster = await connect({ discoverEveryMs: 60_000 });
  const kind = kindOf("Soon");
  await follow(configMaps);
  expect(await scopeOf(kind)).toBe("absent");
  await define(kind);
  await eventually("it is known", async () => (await scopeOf(kind)) === "namespaced");
});

test("a kind whose scope changes is another kind: told, followed where it is now, and never taken for the old one", async () => {
  const kind = kindOf("Turning");
  await define(kind);
  await eventually("it is known", async () => (await scopeOf(kind)) === "namespaced");
  const name = {
    apiVersion: `${kind.group}/v1`,
    kind: kind.kind,
    metadata: { name: "one", namespace: "default" },
  };
  await eventually("its objects are taken", async () => {
    const answer = await plane.api.request(
      "POST",
      `/apis/${kind.group}/v1/namespaces/default/${kind.plural}`,
      tracked("turning", name),
    );
    return answer.status < 300;
  });
  expect((await follow(gvk(kind))).failed.size).toBe(0);
  expect(cluster.trackedBy("turning")).toHaveLength(1);
  told = [];
  const before = cluster.kindsGeneration();
  await undefine(kind);
  await define(kind, "Cluster");
  await eventually("the new scope is known", async () => (await scopeOf(kind)) === "cluster");
  expect(cluster.kindsGeneration()).not.toBe(before);
  await eventually("its owner is told", () => told.includes("app"));
  expect(cluster.trackedBy("turning")).toEqual([]);
  const wide = { ...name, metadata: { name: "wide" } };
  await eventually("its objects are taken", async () => {
    const answer = await plane.api.request("POST", `/apis/${kind.group}/v1/${kind.plural}`, wide);
    return answer.status < 300;
  });
  await follow(gvk(kind));
  await eventually("they are seen", () => cluster.get(`${kind.group}/${kind.kind}//wide` as never));
});

test("a kind that changes its scope between two looks is noticed, though its name is the same", async () => {
  const kind = kindOf("Sly");
  await define(kind);
  await eventually("it is known", async () => (await scopeOf(kind)) === "namespaced");
  const before = cluster.kindsGeneration();
  // Nobody follows anything: no watch of definitions hints at it.
  await undefine(kind);
  await define(kind, "Cluster");
  await eventually("it is served anew", async () => {
    const { resources } = (await plane.api.request("GET", `/apis/${kind.group}/v1`)).body as {
      resources?: { namespaced: boolean }[];
    };
    return resources?.[0]?.namespaced === false;
  });
  await eventually("the new scope is known", async () => {
    // What is not known has it look again.
    await cluster.kind({ group: "none.example.com", version: "v1", kind: "None" });
    return (await scopeOf(kind)) === "cluster";
  });
  expect(cluster.kindsGeneration()).not.toBe(before);
});

test("a version that is served no more gives way to one that is", async () => {
  const kind = kindOf("Moving");
  const definition = crd(kind) as KubeObject & { spec: { versions: Record<string, unknown>[] } };
  const [v1] = definition.spec.versions as [Record<string, unknown>];
  const versions = (served: string[]) =>
    ["v1", "v2"].map((name) => ({ ...v1, name, served: served.includes(name), storage: name === "v1" }));
  await must("POST", DEFINITIONS, {
    ...definition,
    spec: { ...definition.spec, versions: versions(["v1"]) },
  });
  await eventually("v1 is known", async () => (await cluster.kind(gvk(kind))).is === "known");
  await follow(gvk(kind));
  told = [];
  await must("PATCH", `${DEFINITIONS}/${kind.definition}`, { spec: { versions: versions(["v2"]) } }, MERGE);
  await eventually("v1 is gone", async () => (await cluster.kind(gvk(kind))).is === "absent");
  expect((await cluster.kind({ ...gvk(kind), version: "v2" })).is).toBe("known");
  await eventually("its owner is told", () => told.includes("app"));
  expect((await follow({ ...gvk(kind), version: "" })).failed.size).toBe(0);
});

test("a field that its definition came to know is seen, though the watch was open before", async () => {
  const kind = kindOf("Growing");
  await define(kind);
  await eventually("it is known", async () => (await scopeOf(kind)) === "namespaced");
  await follow(gvk(kind));
  const objects = `/apis/${kind.group}/v1/namespaces/default/${kind.plural}`;
  const name = tracked("growing", {
    apiVersion: `${kind.group}/v1`,
    kind: kind.kind,
    metadata: { name: "one", namespace: "default" },
  });
  await eventually(
    "its objects are taken",
    async () => (await plane.api.request("POST", objects, name)).status < 300,
  );
  const seen = (): unknown =>
    (cluster.get(`${kind.group}/${kind.kind}/default/one` as never)?.object["spec"] as { came?: unknown })
      ?.came;
  await eventually("it is seen", () => cluster.trackedBy("growing").length === 1);
  const schema = {
    openAPIV3Schema: {
      type: "object",
      properties: { spec: { type: "object", properties: { came: { type: "string" } } } },
    },
  };
  const versions = [{ name: "v1", served: true, storage: true, schema }];
  await must("PATCH", `${DEFINITIONS}/${kind.definition}`, { spec: { versions } }, MERGE);
  // Somebody else writes it, again and again: each is told by the watch that was open.
  let at = 0;
  await eventually("the server takes the field", async () => {
    const taken = await must("PATCH", `${objects}/one`, { spec: { came: `${++at}` } }, MERGE);
    return (taken["spec"] as { came?: string } | undefined)?.came === `${at}`;
  });
  await eventually("the field is seen", () => seen() === `${at}`);
});

test("objects of a kind whose definition changes without end are not listed without end", async () => {
  const kind = kindOf("Restless");
  await define(kind);
  await eventually("it is known", async () => (await scopeOf(kind)) === "namespaced");
  await follow(gvk(kind));
  const lists = (): number =>
    proxy.requests.filter(({ path }) => path.includes(`/${kind.plural}?limit=500`)).length;
  const before = lists();
  const schema = (at: number) => ({ openAPIV3Schema: { type: "object", description: `${at}` } });
  for (let at = 0; at < 120; at++) {
    const versions = [{ name: "v1", served: true, storage: true, schema: schema(at) }];
    await must("PATCH", `${DEFINITIONS}/${kind.definition}`, { spec: { versions } }, MERGE);
    await Bun.sleep(50);
  }
  await eventually("it is listed anew", () => lists() > before);
  expect(lists() - before).toBeLessThan(20);
});

test("definitions that change without end do not put off that a kind comes", async () => {
  const noisy = kindOf("Noisy"),
    kind = kindOf("Quiet");
  await define(noisy);
  await follow(configMaps, gvk(kind));
  let is: "noisy" | "over" = "noisy";
  const noise = (async () => {
    for (let at = 0; is === "noisy"; at++) {
      await must(
        "PATCH",
        `${DEFINITIONS}/${noisy.definition}`,
        { metadata: { labels: { at: `${at}` } } },
        MERGE,
      );
      await Bun.sleep(50);
    }
  })();
  try {
    await define(kind);
    await eventually("its owner is told", () => told.includes("app"));
  } finally {
    is = "over";
    await noise;
  }
});

test("where definitions cannot be watched, kinds that come are found all the same", async () => {
  await cluster.stop();
  proxy.inject(({ path }) => path.startsWith(DEFINITIONS) || path.includes("/apiservices"), {
    do: "answer",
    status: 403,
    body: { kind: "Status", code: 403, reason: "Forbidden", message: "no" },
  });
  cluster = await connect({ discoverUnseenMs: 300 });
  const kind = kindOf("Unwatched");
  await follow(configMaps, gvk(kind));
  await define(kind);
  await eventually("its owner is told", () => told.includes("app"));
});

test("an APIService that is down: its group is named with a reason, its kinds are not known, all others are as they were", async () => {
  const group = `g${++groups}.example.com`;
  await follow(configMaps);
  await must("POST", "/apis/apiregistration.k8s.io/v1/apiservices", deadApiService(group));
  await eventually("it is named", () => cluster.undiscovered().has(`${group}/v1`));
  expect([...cluster.undiscovered().keys()]).toEqual([`${group}/v1`]);
  expect(await cluster.kind({ group, version: "v1", kind: "Thing" })).toMatchObject({
    is: "unreachable",
    group,
    why: expect.stringContaining(`kinds of ${group}/v1 are not known: `),
  });
  expect((await cluster.kind({ group: "none.example.com", version: "v1", kind: "None" })).is).toBe("absent");
  expect((await cluster.kind(configMaps)).is).toBe("known");
  expect(cluster.connection().is).toBe("connected");
  const { failed } = await follow(configMaps, { group, version: "", kind: "Thing" });
  expect([...failed]).toEqual([[`${group}/Thing`, expect.stringContaining("are not known")]]);
  told = [];
  await must("DELETE", `/apis/apiregistration.k8s.io/v1/apiservices/v1.${group}`);
  await eventually("nothing is missing any more", () => cluster.undiscovered().size === 0);
  expect((await cluster.kind({ group, version: "v1", kind: "Thing" })).is).toBe("absent");
  await eventually("who missed it is told", () => told.includes("app"));
});
