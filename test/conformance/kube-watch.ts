/** What a watch of a Kubernetes API tells, run on the sandbox and on a real kube-apiserver. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { isObject, itemsAt, type Json, type JsonObject, objectAt, textAt } from "../../src/sandbox/json.ts";
import { type ApiUnderTest, type Client, connect } from "./kube-api.ts";

interface Event {
  type: string;
  object: JsonObject;
}

/** @param history `short`: resourceVersion 1 is forgotten. A young real server still has it. */
export function kubeWatchConformance(
  name: string,
  start: () => Promise<ApiUnderTest>,
  history: "short" | "whole",
): void {
  describe(`a watch of ${name}`, () => {
    let under: ApiUnderTest;
    let client: Client;
    let namespaces = 0;

    beforeAll(async () => {
      under = await start();
      client = connect(under.kubeconfig);
    }, 120_000);
    afterAll(() => under.stop(), 60_000);

    async function freshNamespace(): Promise<string> {
      const namespace = `w${++namespaces}`;
      await client.send({
        method: "POST",
        path: "/api/v1/namespaces",
        body: { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
      });
      await client.send({
        method: "GET",
        path: `/api/v1/namespaces/${namespace}/configmaps/kube-root-ca.crt`,
        until: 200,
      });
      return namespace;
    }
    const collection = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;
    async function put(
      namespace: string,
      name: string,
      data: JsonObject,
      labels: JsonObject = { watched: "yes" },
    ): Promise<JsonObject> {
      const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name, labels }, data };
      const answer = await client.send({
        method: "PATCH",
        path: `${collection(namespace)}/${name}?fieldManager=suite&force=true`,
        type: "apply",
        body,
      });
      return isObject(answer.body) ? answer.body : {};
    }
    const remove = (namespace: string, name: string) =>
      client.send({ method: "DELETE", path: `${collection(namespace)}/${name}` });
    const version = (object: Json): string => textAt(object, "metadata", "resourceVersion") ?? "";
    async function listVersion(namespace: string): Promise<string> {
      return version((await client.send({ method: "GET", path: collection(namespace) })).body);
    }

    /** Opens a watch and reads events until there are `count`, or it ends. */
    function watch(path: string): {
      take(count: number): Promise<Event[]>;
      rest(): Promise<Event[]>;
      stop(): void;
    } {
      const stop = new AbortController();
      const events = client.watch(path, stop.signal);
      const take = async (count: number): Promise<Event[]> => {
        const taken: Event[] = [];
        while (taken.length < count) {
          const { value, done } = await events.next();
          if (done === true) break;
          taken.push({ type: textAt(value, "type") ?? "", object: objectAt(value, "object") });
        }
        return taken;
      };
      return { take, rest: () => take(1000), stop: () => stop.abort() };
    }
    const told = (events: Event[]) =>
      events.map(({ type, object }) => `${type} ${textAt(object, "metadata", "name")}`);
    const yes = "labelSelector=watched%3Dyes";

    test("without a resourceVersion it starts with all there is, then tells changes", async () => {
      const namespace = await freshNamespace();
      await put(namespace, "a", { v: "1" });
      await put(namespace, "b", { v: "1" });
      const open = watch(`${collection(namespace)}?watch=true&${yes}`);
      expect(told(await open.take(2)).sort()).toEqual(["ADDED a", "ADDED b"]);
      await put(namespace, "a", { v: "2" });
      await remove(namespace, "b");
      expect(told(await open.take(2))).toEqual(["MODIFIED a", "DELETED b"]);
      open.stop();
    });

    test("from a list's resourceVersion it tells what came after, in order, once each", async () => {
      const namespace = await freshNamespace();
      await put(namespace, "before", {});
      const since = await listVersion(namespace);
      await put(namespace, "c", { v: "1" });
      await put(namespace, "c", { v: "2" });
      await remove(namespace, "c");
      const open = watch(`${collection(namespace)}?watch=true&resourceVersion=${since}`);
      const events = await open.take(3);
      expect(told(events)).toEqual(["ADDED c", "MODIFIED c", "DELETED c"]);
      const versions = events.map(({ object }) => Number(version(object)));
      expect(versions.every((one, index) => one > (versions[index - 1] ?? Number(since)))).toBe(true);
      expect(events.map(({ object }) => textAt(object, "data", "v"))).toEqual(["1", "2", "2"]);
      open.stop();
    });

    test("a write that changes nothing is not told", async () => {
      const namespace = await freshNamespace();
      await put(namespace, "quiet", { v: "1" });
      const since = await listVersion(namespace);
      await put(namespace, "quiet", { v: "1" });
      await put(namespace, "loud", { v: "1" });
      const open = watch(`${collection(namespace)}?watch=true&resourceVersion=${since}`);
      expect(told(await open.take(1))).toEqual(["ADDED loud"]);
      open.stop();
    });

    test("an object that comes into a selector is added, one that leaves it is deleted", async () => {
      const namespace = await freshNamespace();
      await put(namespace, "d", {}, { watched: "no" });
      const since = await listVersion(namespace);
      const open = watch(`${collection(namespace)}?watch=true&${yes}&resourceVersion=${since}`);
      await put(namespace, "d", { v: "1" }, { watched: "no" });
      await put(namespace, "d", { v: "1" }, { watched: "yes" });
      await put(namespace, "d", { v: "2" }, { watched: "yes" });
      await put(namespace, "d", { v: "2" }, { watched: "no" });
      expect(told(await open.take(3))).toEqual(["ADDED d", "MODIFIED d", "DELETED d"]);
      open.stop();
    });

    test("by name it tells of one object only", async () => {
      const namespace = await freshNamespace();
      const since = await listVersion(namespace);
      const open = watch(
        `${collection(namespace)}?watch=true&fieldSelector=metadata.name%3De&resourceVersion=${since}`,
      );
      await put(namespace, "other", {});
      await put(namespace, "e", {});
      expect(told(await open.take(1))).toEqual(["ADDED e"]);
      open.stop();
    });

    test("over all namespaces it tells of each", async () => {
      const first = await freshNamespace();
      const second = await freshNamespace();
      const since = await listVersion(second);
      const open = watch(`/api/v1/configmaps?watch=true&labelSelector=everywhere&resourceVersion=${since}`);
      await put(first, "f", {}, { everywhere: "" });
      await put(second, "g", {}, { everywhere: "" });
      expect(told(await open.take(2))).toEqual(["ADDED f", "ADDED g"]);
      open.stop();
    });

    test("initial events end with a bookmark that says so", async () => {
      const namespace = await freshNamespace();
      await put(namespace, "h", {});
      const open = watch(
        `${collection(namespace)}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&${yes}`,
      );
      const [added, bookmark] = await open.take(2);
      expect(added?.type).toBe("ADDED");
      expect(bookmark?.type).toBe("BOOKMARK");
      expect(objectAt(bookmark?.object, "metadata", "annotations")["k8s.io/initial-events-end"]).toBe("true");
      expect(Number(version(bookmark?.object ?? {}))).toBeGreaterThan(0);
      open.stop();
    });

    if (history === "short")
      test("a resourceVersion that is forgotten is answered by a 410 event", async () => {
        await freshNamespace();
        const events = await watch("/api/v1/configmaps?watch=true&resourceVersion=1").rest();
        expect(
          events.map(({ type, object }) => [type, object["kind"], object["code"], object["reason"]]),
        ).toEqual([["ERROR", "Status", 410, "Expired"]]);
      });

    test("from a resourceVersion that is not reached yet it is accepted, and silent about what happens until then", async () => {
      const namespace = await freshNamespace();
      const since = Number(await listVersion(namespace)) + 1_000_000;
      const path = `${collection(namespace)}?watch=true&resourceVersion=${since}&timeoutSeconds=2`;
      const events = watch(path).rest();
      await put(namespace, "unheard", { v: "1" });
      await remove(namespace, "unheard");
      expect(told(await events)).toEqual([]);
    });

    test("timeoutSeconds ends it", async () => {
      const namespace = await freshNamespace();
      const since = await listVersion(namespace);
      expect(
        await watch(`${collection(namespace)}?watch=true&timeoutSeconds=1&resourceVersion=${since}`).rest(),
      ).toEqual([]);
    });

    test("a table is asked for, a table is told", async () => {
      const namespace = await freshNamespace();
      await put(namespace, "i", { a: "1", b: "2" });
      const answer = await client.send({
        method: "GET",
        path: `${collection(namespace)}?${yes}`,
        accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
      });
      expect(objectAt(answer.body)["kind"]).toBe("Table");
      expect(itemsAt(answer.body, "columnDefinitions").map((column) => column["name"])).toEqual([
        "Name",
        "Data",
        "Age",
      ]);
      expect((itemsAt(answer.body, "rows")[0]?.["cells"] as Json[]).slice(0, 2)).toEqual(["i", 2]);
    });

    test("when a definition goes, the watches of its kind end", async () => {
      const namespace = await freshNamespace();
      const group = `watch-${name.includes("real") ? "real" : "sandbox"}.example.com`;
      const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.${group}`;
      const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
      const spec = {
        group,
        scope: "Namespaced",
        names: { plural: "things", kind: "Thing" },
        versions: [{ name: "v1", served: true, storage: true, schema }],
      };
      await client.send({
        method: "PATCH",
        path: `${path}?fieldManager=suite`,
        type: "apply",
        body: {
          apiVersion: "apiextensions.k8s.io/v1",
          kind: "CustomResourceDefinition",
          metadata: { name: `things.${group}` },
          spec,
        },
      });
      const things = `/apis/${group}/v1/namespaces/${namespace}/things`;
      await client.send({
        method: "POST",
        path: things,
        body: { apiVersion: `${group}/v1`, kind: "Thing", metadata: { name: "one" }, anything: [1] },
        until: 201,
      });
      const open = watch(`${things}?watch=true`);
      expect(told(await open.take(1))).toEqual(["ADDED one"]);
      await client.send({ method: "DELETE", path, body: { propagationPolicy: "Background" } });
      expect(told(await open.rest()).filter((one) => one.startsWith("DELETED"))).toEqual(["DELETED one"]);
    }, 60_000);
  });
}
