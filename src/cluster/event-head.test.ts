import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { eventHead } from "./event-head.ts";

/** As an API server writes it: type, object, kind, apiVersion, metadata with its fields in the order of its Go struct. */
function eventOf(
  type: string,
  metadata: Record<string, unknown>,
  rest: Record<string, unknown> = {},
): string {
  return JSON.stringify({ type, object: { kind: "Deployment", apiVersion: "apps/v1", metadata, ...rest } });
}

describe("the head of a watch event", () => {
  const metadata = {
    name: "web",
    namespace: "shop",
    uid: "u-1",
    resourceVersion: "42",
    labels: { app: "web" },
  };

  test("says which object at which state", () => {
    expect(eventHead(eventOf("MODIFIED", metadata))).toEqual({
      namespace: "shop",
      name: "web",
      uid: "u-1",
      resourceVersion: "42",
    });
  });

  test("knows objects without a namespace, and those whose name was generated", () => {
    const { namespace: _, ...clusterScoped } = metadata;
    expect(eventHead(eventOf("ADDED", clusterScoped))?.namespace).toBeUndefined();
    const generated = {
      name: "web-x7",
      generateName: "web-",
      namespace: "shop",
      uid: "u-2",
      resourceVersion: "7",
    };
    expect(eventHead(eventOf("ADDED", generated))?.name).toBe("web-x7");
  });

  test.each([
    ["a deletion", eventOf("DELETED", metadata)],
    ["a bookmark", eventOf("BOOKMARK", { resourceVersion: "42" })],
    ["an error", JSON.stringify({ type: "ERROR", object: { kind: "Status", code: 410 } })],
    [
      "fields in another order",
      eventOf("ADDED", { namespace: "shop", name: "web", uid: "u", resourceVersion: "1" }),
    ],
    ["no uid", eventOf("ADDED", { name: "web", namespace: "shop", resourceVersion: "1" })],
    ["half a line", eventOf("ADDED", metadata).slice(0, 90)],
    ["nothing", ""],
  ])("%s is left to be parsed", (_what, line) => {
    expect(eventHead(line)).toBeUndefined();
  });

  test("a text inside of the object that looks like a head is none", () => {
    const hostile = eventOf("ADDED", { ...metadata, uid: "u-2" }).replace(/"/g, '\\"');
    const line = eventOf("ADDED", { annotations: { note: hostile }, ...metadata });
    expect(eventHead(line)).toBeUndefined();
  });

  test("never says anything else than a parser would", () => {
    const names = fc.record({
      name: fc.string(),
      generateName: fc.option(fc.string(), { nil: undefined }),
      namespace: fc.option(fc.string(), { nil: undefined }),
      uid: fc.string(),
      resourceVersion: fc.string(),
    });
    fc.assert(
      fc.property(fc.constantFrom("ADDED", "MODIFIED"), names, (type, written) => {
        const { generateName: _, ...said } = written;
        const head = eventHead(eventOf(type, written));
        if (head !== undefined) expect({ ...head }).toEqual({ ...said, namespace: said.namespace });
        else
          expect(Object.values(written).some((text) => JSON.stringify(text ?? "").includes("\\"))).toBe(true);
      }),
    );
  });
});
