import { expect, test } from "bun:test";
import type { KubeObject } from "../core/model/kube-object.ts";
import { refKey } from "../core/model/object-ref.ts";
import type { KindInfo } from "../core/ports/cluster.ts";
import { feedSink } from "./feed-sink.ts";
import { LiveIndex } from "./live-index.ts";

const info = {
  group: "",
  version: "v1",
  kind: "ConfigMap",
  resource: "configmaps",
  scope: "namespaced",
} as unknown as KindInfo;

const object = (name: string, resourceVersion: number): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "shop", uid: `uid-${name}`, resourceVersion: String(resourceVersion) },
});

const names = (index: LiveIndex, ...asked: string[]): string[] =>
  asked.filter(
    (name) => index.get(refKey({ group: "", kind: "ConfigMap", namespace: "shop", name })) !== undefined,
  );

test("a list takes away what it does not name, also what only events had named since the one before", () => {
  const index = new LiveIndex();
  const sink = feedSink(index, info, "", () => 0);
  sink.listing();
  sink.put(object("a", 1), "resync", { listed: "1", since: 0 });
  sink.listed("1", { listed: "1", since: 0 });
  sink.put(object("b", 2), "event", "by-version");
  expect(names(index, "a", "b")).toEqual(["a", "b"]);
  const since = sink.listing();
  sink.put(object("a", 1), "resync", { listed: "3", since });
  sink.listed("3", { listed: "3", since });
  expect(names(index, "a", "b")).toEqual(["a"]);
});

test("a list that broke off counts no more when the next one ends", () => {
  const index = new LiveIndex();
  const sink = feedSink(index, info, "", () => 0);
  sink.put(object("a", 1), "event", "by-version");
  let since = sink.listing();
  sink.put(object("a", 1), "resync", { listed: "1", since });
  since = sink.listing();
  sink.put(object("b", 2), "resync", { listed: "2", since });
  sink.listed("2", { listed: "2", since });
  expect(names(index, "a", "b")).toEqual(["b"]);
});

test("when a list ended last is known of lists that came to their end, and of no other", () => {
  const index = new LiveIndex();
  let nowMs = 1_000;
  const sink = feedSink(index, info, "", () => nowMs);
  sink.listing();
  sink.put(object("a", 1), "resync", { listed: "1", since: 0 });
  expect(index.size()).toEqual({ objects: 1, kinds: 1 });
  sink.listed("1", { listed: "1", since: 0 });
  expect(index.size().listedAt).toBe(1_000);
  nowMs = 2_000;
  sink.put(object("b", 2), "event", "by-version");
  sink.listing();
  expect(index.size().listedAt).toBe(1_000);
  sink.listed("3", { listed: "3", since: 0 });
  expect(index.size().listedAt).toBe(2_000);
});

test("objects that come and go between two lists leave nothing behind", () => {
  const index = new LiveIndex();
  const sink = feedSink(index, info, "", () => 0);
  sink.listing();
  sink.listed("1", { listed: "1", since: 0 });
  let version = 1;
  const comeAndGo = (count: number, name: string): void => {
    for (let at = 0; at < count; at++) {
      sink.put(object(`${name}-${at}`, ++version), "event", "by-version");
      sink.deleted(object(`${name}-${at}`, ++version));
    }
  };
  const held = (): number => {
    Bun.gc(true);
    return process.memoryUsage().heapUsed;
  };
  comeAndGo(5_000, "warm");
  const before = held();
  comeAndGo(100_000, "passer-by-of-a-busy-namespace");
  expect(index.size().objects).toBe(0);
  // One key of each would be over 10 MB.
  expect(held() - before).toBeLessThan(4e6);
});
