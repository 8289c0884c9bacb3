import { describe, expect, test } from "bun:test";
import type { Home } from "../core/model/home-contents.ts";
import type { KindInfo } from "../core/ports/cluster.ts";
import type { Answer, Ask } from "./api-client.ts";
import { inhabitants } from "./inhabitants.ts";

const kind = (name: string, verbs = ["list"]): KindInfo => ({
  group: "",
  version: "v1",
  kind: name,
  resource: `${name.toLowerCase()}s`,
  scope: "namespaced",
  verbs,
});
const ok = (body: unknown): Answer => ({ is: "ok", code: 200, body, headers: new Headers() });
const refused = (code: number, message: string): Answer => ({
  is: "status",
  status: { code, message, reason: "", causes: [] } as never,
  retryAfterMs: undefined,
  renewals: 0,
});
const list = (names: readonly string[], more = "") =>
  ok({
    kind: "PartialObjectMetadataList",
    apiVersion: "meta.k8s.io/v1",
    metadata: { resourceVersion: "1", continue: more },
    items: names.map((name) => ({ metadata: { name, namespace: "team", uid: name } })),
  });
const TEAM: Home = { is: "namespace", name: "team" };

/** @param answers by path */
function look(
  answers: (path: string) => Answer,
  { kinds = [kind("ConfigMap")], broken = new Map<string, string>(), passedOver = new Set<string>() } = {},
) {
  const asked: string[] = [];
  const found = inhabitants(TEAM, passedOver, "now", {
    client: {
      ask: async ({ path }: Ask) => {
        asked.push(path);
        return answers(path);
      },
    } as never,
    discovery: {
      refresh: async () => ({ is: "ok" }),
      namespaced: () => kinds,
      undiscovered: broken,
    } as never,
    cache: { shows: () => false } as never,
  });
  return found.then(({ objects, unread }) => ({
    names: objects.map(({ ref }) => `${ref.kind} ${ref.namespace}/${ref.name}`),
    unread,
    asked,
  }));
}

describe("inhabitants()", () => {
  test("asks for the kinds that can be listed, one namespace alone, page by page", async () => {
    const { names, unread, asked } = await look(
      (path) =>
        path.includes("secrets") ? list(["s"]) : path.includes("continue=x") ? list(["b"]) : list(["a"], "x"),
      {
        kinds: [kind("ConfigMap"), kind("Secret"), kind("Binding", ["create"]), kind("Event")],
        passedOver: new Set(["Event"]),
      },
    );
    expect(names).toEqual(["ConfigMap team/a", "ConfigMap team/b", "Secret team/s"]);
    expect(unread).toEqual([]);
    expect(asked.sort()).toEqual([
      "/api/v1/namespaces/team/configmaps?limit=500",
      "/api/v1/namespaces/team/configmaps?limit=500&continue=x",
      "/api/v1/namespaces/team/secrets?limit=500",
    ]);
  });

  test("takes the null of a list without objects for none", async () =>
    expect(
      await look(() => ok({ kind: "PartialObjectMetadataList", metadata: {}, items: null })),
    ).toMatchObject({
      names: [],
      unread: [],
    }));

  test.each<[string, Answer, string]>([
    ["an answer that is no list", ok({}), "unreachable"],
    ["a Status in place of a list", ok({ kind: "Status", metadata: {} }), "unreachable"],
    ["a list of something else than objects", ok({ kind: "List", metadata: {}, items: "x" }), "unreachable"],
    ["no right", refused(403, "no"), "forbidden"],
    ["a path that nobody serves", refused(404, "page not found"), "unreachable"],
    ["a place that was forgotten between two pages", refused(410, "expired"), "unreachable"],
    ["no answer", { is: "unreachable", why: "timeout" }, "unreachable"],
  ])("never takes %s for nothing", async (_, answer, because) => {
    const { unread, names } = await look((path) =>
      path.includes("secrets") ? list(["s"]) : path.includes("continue") ? answer : list(["a"], "x"),
    );
    expect([names, unread.map((one) => one.because)]).toEqual([["ConfigMap team/a"], [because as never]]);
    expect((await look(() => answer)).unread).toHaveLength(1);
  });

  test("says of a group that cannot be discovered that its kinds are not known", async () => {
    const broken = new Map([["metrics.k8s.io/v1beta1", "no endpoints"]]);
    expect((await look(() => list([]), { broken })).unread).toEqual([
      { because: "unreachable", why: "kinds of metrics.k8s.io/v1beta1 are not known: no endpoints" },
    ]);
  });

  test("ends where there are more than anybody looks at", async () => {
    const page = Array.from({ length: 500 }, (_, at) => `o${at}`);
    const { names, unread, asked } = await look(() => list(page, "more"));
    expect([names.length, asked.length, unread[0]?.because]).toEqual([10_000, 20, "too-many"]);
  });
});
