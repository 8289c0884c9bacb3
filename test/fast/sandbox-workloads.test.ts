/** The sandbox's stand-ins: what becomes of workloads without a kubelet. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  itemsAt,
  type Json,
  type JsonObject,
  numberAt,
  objectAt,
  textAt,
  textsAt,
} from "../../src/sandbox/json.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import { type Client, connect } from "../conformance/kube-api.ts";
import { eventually } from "../lib/eventually.ts";

describe("the sandbox's workloads", () => {
  let sandbox: Sandbox;
  let client: Client;
  const failed: unknown[] = [];
  const ns = "work";

  beforeAll(async () => {
    sandbox = await startSandbox({
      listen: "127.0.0.1:0",
      podMs: 30,
      stepMs: 2,
      onError: (cause) => failed.push(cause),
    });
    client = connect(sandbox.kubeconfig);
    await client.send({
      method: "POST",
      path: "/api/v1/namespaces",
      body: { apiVersion: "v1", kind: "Namespace", metadata: { name: ns } },
    });
    await client.send({
      method: "GET",
      path: `/api/v1/namespaces/${ns}/serviceaccounts/default`,
      until: 200,
    });
  });
  afterAll(async () => {
    await sandbox.stop();
    expect(failed).toEqual([]);
  });

  const root: Record<string, string> = {
    Pod: "/api/v1",
    Service: "/api/v1",
    PersistentVolumeClaim: "/api/v1",
    Job: "/apis/batch/v1",
    Ingress: "/apis/networking.k8s.io/v1",
  };
  const pathOf = (kind: string, name: string) =>
    `${root[kind] ?? "/apis/apps/v1"}/namespaces/${ns}/${kind === "Ingress" ? "ingresses" : `${kind.toLowerCase()}s`}/${name}`;
  const template = (app: string, image: string, spec: JsonObject = {}): JsonObject => ({
    metadata: { labels: { app } },
    spec: { containers: [{ name: "main", image }], ...spec },
  });
  async function apply(kind: string, name: string, spec: JsonObject): Promise<void> {
    const path = pathOf(kind, name);
    const apiVersion = path.startsWith("/api/v1") ? "v1" : path.split("/").slice(2, 4).join("/");
    const answer = await client.send({
      method: "PATCH",
      path: `${path}?fieldManager=suite&force=true`,
      type: "apply",
      body: { apiVersion, kind, metadata: { name, namespace: ns }, spec },
    });
    if (answer.status > 201) throw new Error(JSON.stringify(answer.body));
  }
  const workload = (kind: string, name: string, image: string, more: JsonObject = {}) =>
    apply(kind, name, { selector: { matchLabels: { app: name } }, template: template(name, image), ...more });
  const read = async (kind: string, name: string): Promise<Json> =>
    (await client.send({ method: "GET", path: pathOf(kind, name) })).body;
  async function podsOf(app: string): Promise<JsonObject[]> {
    return itemsAt(
      (await client.send({ method: "GET", path: `/api/v1/namespaces/${ns}/pods?labelSelector=app%3D${app}` }))
        .body,
      "items",
    );
  }
  async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
    for (let tries = 0; tries < 2000; tries++) {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      await Bun.sleep(10);
    }
    throw new Error(`never: ${what}`);
  }
  const condition = (object: Json, type: string) =>
    itemsAt(object, "status", "conditions").find((one) => one["type"] === type);
  const imagesOf = (pods: JsonObject[]) =>
    pods.map((pod) => textAt(itemsAt(pod, "spec", "containers")[0], "image")).sort();

  test("a Deployment rolls from one image to the next and never has fewer Pods available than it may", async () => {
    await workload("Deployment", "roll", "a:1", {
      replicas: 4,
      strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    });
    await until(
      "four are available",
      async () => numberAt(await read("Deployment", "roll"), "status", "availableReplicas") === 4,
    );
    const least: number[] = [];
    const stop = new AbortController();
    const watching = (async () => {
      try {
        for await (const event of client.watch(
          `/apis/apps/v1/namespaces/${ns}/deployments?watch=true&fieldSelector=metadata.name%3Droll`,
          stop.signal,
        ))
          least.push(numberAt(event, "object", "status", "availableReplicas") ?? 0);
      } catch (cause) {
        if (!stop.signal.aborted) throw cause;
      }
    })();
    await workload("Deployment", "roll", "a:2", {
      replicas: 4,
      strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    });
    const done = await until("the new ones are available", async () => {
      const now = await read("Deployment", "roll");
      return (
        textAt(condition(now, "Progressing"), "reason") === "NewReplicaSetAvailable" &&
        numberAt(now, "status", "observedGeneration") === 2 &&
        now
      );
    });
    stop.abort();
    await watching;
    expect(objectAt(done, "status")).toMatchObject({
      replicas: 4,
      updatedReplicas: 4,
      readyReplicas: 4,
      availableReplicas: 4,
    });
    expect(Math.min(...least)).toBe(4);
    expect(textAt(objectAt(done, "metadata", "annotations"), "deployment.kubernetes.io/revision")).toBe("2");
    await until("the old Pods are gone", async () => (await podsOf("roll")).length === 4);
    expect(imagesOf(await podsOf("roll"))).toEqual(["a:2", "a:2", "a:2", "a:2"]);
  });

  test("a broken image leaves the old Pods serving, says why, and a return to the old image heals it", async () => {
    await workload("Deployment", "sick", "a:1", { replicas: 2, progressDeadlineSeconds: 1 });
    await until(
      "it is available",
      async () => numberAt(await read("Deployment", "sick"), "status", "availableReplicas") === 2,
    );
    await workload("Deployment", "sick", "a:broken", { replicas: 2, progressDeadlineSeconds: 1 });
    const pod = await until("a Pod crash-loops", async () =>
      (await podsOf("sick")).find((one) =>
        itemsAt(one, "status", "containerStatuses").some(
          (status) => textAt(status, "state", "waiting", "reason") === "CrashLoopBackOff",
        ),
      ),
    );
    expect(itemsAt(pod, "status", "containerStatuses")[0]).toMatchObject({ ready: false, restartCount: 4 });
    const now = await until("the deadline is past", async () => {
      const one = await read("Deployment", "sick");
      return textAt(condition(one, "Progressing"), "reason") === "ProgressDeadlineExceeded" && one;
    });
    expect(numberAt(now, "status", "availableReplicas")).toBeGreaterThanOrEqual(1);
    await workload("Deployment", "sick", "a:1", { replicas: 2, progressDeadlineSeconds: 1 });
    await until("it is whole again", async () => {
      const one = await read("Deployment", "sick");
      return (
        numberAt(one, "status", "updatedReplicas") === 2 &&
        numberAt(one, "status", "availableReplicas") === 2 &&
        numberAt(one, "status", "unavailableReplicas") === undefined
      );
    });
    expect(
      imagesOf(
        await until("the broken Pods are gone", async () => {
          const all = await podsOf("sick");
          return all.length === 2 && all;
        }),
      ),
    ).toEqual(["a:1", "a:1"]);
  }, 120_000);

  test("a Recreate Deployment ends the old Pods before it starts new ones", async () => {
    await workload("Deployment", "again", "a:1", { replicas: 2, strategy: { type: "Recreate" } });
    await until(
      "it is available",
      async () => numberAt(await read("Deployment", "again"), "status", "availableReplicas") === 2,
    );
    await workload("Deployment", "again", "a:2", { replicas: 2, strategy: { type: "Recreate" } });
    const seen = new Set<string>();
    await until("the new ones are available", async () => {
      seen.add([...new Set(imagesOf(await podsOf("again")))].join());
      const now = await read("Deployment", "again");
      return (
        numberAt(now, "status", "updatedReplicas") === 2 && numberAt(now, "status", "availableReplicas") === 2
      );
    });
    expect(seen).not.toContain("a:1,a:2");
  });

  test("a StatefulSet starts one after the other, with a claim each, and updates from the top", async () => {
    await workload("StatefulSet", "base", "a:1", {
      serviceName: "base",
      replicas: 2,
      volumeClaimTemplates: [
        {
          metadata: { name: "data" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        },
      ],
    });
    await until(
      "both are ready",
      async () => numberAt(await read("StatefulSet", "base"), "status", "readyReplicas") === 2,
    );
    const pods = await podsOf("base");
    expect(pods.map((pod) => textAt(pod, "metadata", "name"))).toEqual(["base-0", "base-1"]);
    expect(textAt(await read("PersistentVolumeClaim", "data-base-0"), "status", "phase")).toBe("Bound");
    await workload("StatefulSet", "base", "a:2", {
      serviceName: "base",
      replicas: 2,
      volumeClaimTemplates: [
        {
          metadata: { name: "data" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        },
      ],
    });
    const order: string[] = [];
    await until("both are new", async () => {
      for (const pod of await podsOf("base")) {
        const name = textAt(pod, "metadata", "name") ?? "";
        if (imagesOf([pod])[0] === "a:2" && !order.includes(name)) order.push(name);
      }
      const { observedGeneration, currentRevision, updateRevision, updatedReplicas } = objectAt(
        await read("StatefulSet", "base"),
        "status",
      );
      return observedGeneration === 2 && currentRevision === updateRevision && updatedReplicas === 2;
    });
    expect(order).toEqual(["base-1", "base-0"]);
  });

  test("a DaemonSet has one Pod, and none where no node fits", async () => {
    await workload("DaemonSet", "agent", "a:1");
    await apply("DaemonSet", "lost", {
      selector: { matchLabels: { app: "lost" } },
      template: template("lost", "a:1", { nodeSelector: { nowhere: "yes" } }),
    });
    expect(
      objectAt(
        await until("it is ready", async () => {
          const now = await read("DaemonSet", "agent");
          return numberAt(now, "status", "numberReady") === 1 && now;
        }),
        "status",
      ),
    ).toMatchObject({ desiredNumberScheduled: 1, updatedNumberScheduled: 1, numberAvailable: 1 });
    expect(
      objectAt(
        await until("it is looked at", async () => {
          const now = await read("DaemonSet", "lost");
          return numberAt(now, "status", "observedGeneration") === 1 && now;
        }),
        "status",
      ),
    ).toMatchObject({ desiredNumberScheduled: 0, numberReady: 0 });
  });

  test("a Job completes; a broken one fails once its limit is reached", async () => {
    await apply("Job", "good", { template: template("good", "a:1", { restartPolicy: "Never" }) });
    await apply("Job", "bad", {
      backoffLimit: 1,
      template: template("bad", "a:broken", { restartPolicy: "Never" }),
    });
    expect(
      objectAt(
        await until("it completes", async () => {
          const now = await read("Job", "good");
          return condition(now, "Complete") !== undefined && now;
        }),
        "status",
      ),
    ).toMatchObject({ succeeded: 1 });
    const bad = await until("it fails", async () => {
      const now = await read("Job", "bad");
      return condition(now, "Failed") !== undefined && now;
    });
    expect(textAt(condition(bad, "Failed"), "reason")).toBe("BackoffLimitExceeded");
    expect(numberAt(bad, "status", "failed")).toBe(2);
  });

  test("balancers and Ingresses get an address, Services their endpoints", async () => {
    await apply("Service", "open", {
      type: "LoadBalancer",
      selector: { app: "agent" },
      ports: [{ port: 80 }],
    });
    await apply("Ingress", "door", { defaultBackend: { service: { name: "open", port: { number: 80 } } } });
    await until(
      "the Service has an address",
      async () => itemsAt(await read("Service", "open"), "status", "loadBalancer", "ingress").length === 1,
    );
    await until(
      "the Ingress has one",
      async () => itemsAt(await read("Ingress", "door"), "status", "loadBalancer", "ingress").length === 1,
    );
    await until("an endpoint is ready", async () => {
      const slices = itemsAt(
        (
          await client.send({
            method: "GET",
            path: `/apis/discovery.k8s.io/v1/namespaces/${ns}/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dopen`,
          })
        ).body,
        "items",
      );
      return slices
        .flatMap((slice) => itemsAt(slice, "endpoints"))
        .some((endpoint) => objectAt(endpoint, "conditions")["ready"] === true);
    });
  });

  test("a deleted claim stays while a Pod uses it", async () => {
    await apply("PersistentVolumeClaim", "used", {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
    });
    await apply("Pod", "user", {
      containers: [{ name: "main", image: "a:1" }],
      volumes: [{ name: "v", persistentVolumeClaim: { claimName: "used" } }],
    });
    await client.send({ method: "DELETE", path: pathOf("PersistentVolumeClaim", "used") });
    expect(textsAt(await read("PersistentVolumeClaim", "used"), "metadata", "finalizers")).toEqual([
      "kubernetes.io/pvc-protection",
    ]);
    await client.send({ method: "DELETE", path: pathOf("Pod", "user") });
    await client.send({ method: "GET", path: pathOf("PersistentVolumeClaim", "used"), until: 404 });
  });

  test("when nothing happens nothing is written", async () => {
    const version = async () =>
      textAt(
        (await client.send({ method: "GET", path: "/api/v1/namespaces" })).body,
        "metadata",
        "resourceVersion",
      );
    const settled = await until("it settles", async () => {
      const before = await version();
      await Bun.sleep(150);
      return before === (await version()) && before;
    });
    await Bun.sleep(300);
    expect(await version()).toBe(settled);
  });

  test("say why nothing reaches into a Pod, and what is not there is not there", async () => {
    const path = pathOf("Pod", "reached");
    await apply("Pod", "reached", { containers: [{ name: "main", image: "registry.example.com/main:1" }] });
    const says = async (method: "GET" | "POST", below: string) => {
      const { status, body } = await client.send({ method, path: `${path}/${below}` });
      return [status, textAt(body as Json, "reason"), textAt(body as Json, "message")];
    };
    for (const below of ["exec?command=ls", "attach", "portforward", "proxy/", "proxy/some/where"])
      expect(await says("GET", below)).toEqual([
        501,
        "NotImplemented",
        expect.stringMatching(/^the sandbox runs no containers: Pod reached is an object alone, so \w/),
      ]);
    expect((await says("POST", "exec?command=ls"))[0]).toBe(501);
    const absent = await client.send({ method: "POST", path: `${pathOf("Pod", "nobody")}/exec` });
    expect(absent.status).toBe(404);
    expect((await client.send({ method: "GET", path: `${path}/nothing` })).status).toBe(404);
  });
});

test("Pods of a sandbox with several nodes go where the fewest are, and where their labels fit", async () => {
  const sandbox = await startSandbox({ listen: "127.0.0.1:0", podMs: 10, stepMs: 2, nodes: 3 });
  try {
    const client = connect(sandbox.kubeconfig);
    const make = (name: string, spec: object): Promise<unknown> =>
      client.send({
        method: "POST",
        path: "/api/v1/namespaces/default/pods",
        body: {
          ...{ apiVersion: "v1", kind: "Pod", metadata: { name } },
          spec: { containers: [{ name: "web", image: "web:1" }], ...spec },
        },
      });
    for (let at = 0; at < 6; at++) await make(`web-${at}`, {});
    await make("pinned", { nodeSelector: { "kubernetes.io/hostname": "sandbox-2" } });
    await make("nowhere", { nodeSelector: { disk: "ssd" } });
    const pods = (): Promise<Map<string, JsonObject>> =>
      sandbox
        .fetch(
          new Request(`${sandbox.url}/api/v1/namespaces/default/pods`, {
            headers: { authorization: `Bearer ${sandbox.token}` },
          }),
        )
        .then((answer) => answer.json())
        .then(
          (list) =>
            new Map(
              (list as { items: JsonObject[] }).items.map((pod) => [
                textAt(pod, "metadata", "name") ?? "",
                pod,
              ]),
            ),
        );
    await eventually("each is looked at", async () => {
      const found = [...(await pods()).values()];
      const placed = found.filter((pod) => textAt(pod, "spec", "nodeName") !== undefined);
      return placed.length === 7 && found.some((pod) => itemsAt(pod, "status", "conditions").length > 0);
    });
    const found = await pods();
    const on = (name: string): string | undefined => textAt(found.get(name) ?? {}, "spec", "nodeName");
    const counts = Map.groupBy(
      Array.from({ length: 6 }, (_, at) => on(`web-${at}`)),
      (node) => node,
    );
    expect([...counts].map(([node, pods]) => `${node}: ${pods.length}`).sort()).toEqual([
      ...["sandbox-0: 2", "sandbox-1: 2", "sandbox-2: 2"],
    ]);
    expect([on("pinned"), on("nowhere")]).toEqual(["sandbox-2", undefined]);
    await eventually("one that fits nowhere says so", async () =>
      JSON.stringify((await pods()).get("nowhere")).includes(
        "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.",
      ),
    );
    // Looked at again, as by each write of its status, it is told once.
    await client.send({
      method: "PATCH",
      path: "/api/v1/namespaces/default/pods/nowhere",
      type: "merge",
      body: { metadata: { labels: { seen: "again" } } },
    });
    await make("after", {});
    const told = (name: string): Promise<JsonObject[]> =>
      sandbox
        .fetch(
          new Request(`${sandbox.url}/api/v1/namespaces/default/events`, {
            headers: { authorization: `Bearer ${sandbox.token}` },
          }),
        )
        .then((answer) => answer.json())
        .then((list) =>
          (list as { items: JsonObject[] }).items.filter(
            (event) => textAt(event, "involvedObject", "name") === name,
          ),
        );
    await eventually("what came after it is placed", async () =>
      (await told("after")).some((event) => textAt(event, "reason") === "Scheduled"),
    );
    expect(
      (await told("nowhere")).map((event) => [
        ...[textAt(event, "type"), textAt(event, "reason"), textAt(event, "source", "component")],
        textAt(event, "message"),
      ]),
    ).toEqual([
      [
        ...["Warning", "FailedScheduling", "default-scheduler"],
        "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.",
      ],
    ]);
  } finally {
    await sandbox.stop();
  }
}, 30_000);
