import { describe, expect, test } from "bun:test";
import type { ClusterScope } from "../core/model/cluster-entry.ts";
import type { Answer } from "./api-client.ts";
import { Nodes } from "./nodes.ts";

const node = (name: string, cpu = "4"): Answer => ({
  ...{ is: "ok", code: 200, headers: new Headers() },
  body: {
    ...{ apiVersion: "v1", kind: "Node", metadata: { name } },
    status: { capacity: { cpu, memory: "16Gi", pods: "110" }, allocatable: { cpu: "3", memory: "15Gi" } },
  },
});
const refused = (code: number, message: string): Answer => ({
  is: "status",
  status: { code, message, reason: "", causes: [] } as never,
  retryAfterMs: undefined,
  renewals: 0,
});

function given(answers: (name: string) => Answer | Promise<Answer>, scope: ClusterScope = { is: "whole" }) {
  const asked: string[] = [];
  let now = 0;
  const ending = new AbortController();
  const nodes = new Nodes(
    {
      ask: async ({ path }: { path: string }) => {
        const name = decodeURIComponent(path.slice("/api/v1/nodes/".length));
        asked.push(name);
        return answers(name);
      },
      clock: { monotonic: () => now },
      ending: ending.signal,
    } as never,
    scope,
  );
  return { nodes, asked, pass: (ms: number) => (now += ms), end: () => ending.abort() };
}
const whyOf = (nodes: Nodes, name: string): string | undefined => {
  const lookup = nodes.get(name);
  return lookup.is === "unknown" ? lookup.why : undefined;
};

describe("nodes", () => {
  test("are read once a minute, however many look at them at once", async () => {
    const { nodes, asked, pass } = given((name) => node(name));
    expect(whyOf(nodes, "a")).toBe("it was not read yet");
    await Promise.all([nodes.learn(["a", "b"]), nodes.learn(["b", "a"])]);
    expect(asked).toEqual(["a", "b"]);
    expect(nodes.get("a")).toMatchObject({ is: "known", node: { capacity: { cpu: 4_000, pods: 110 } } });
    pass(59_999);
    await nodes.learn(["a"]);
    expect(asked).toEqual(["a", "b"]);
    pass(1);
    await nodes.learn(["a"]);
    expect(asked).toEqual(["a", "b", "a"]);
  });

  test("that the daemon may not read are not asked for one by one, and what was read before counts no more", async () => {
    let may = true;
    const { nodes, asked, pass } = given((name) =>
      may ? node(name) : refused(403, 'nodes "a" is forbidden'),
    );
    await nodes.learn(["a"]);
    may = false;
    pass(60_000);
    await nodes.learn(["a"]);
    await nodes.learn(Array.from({ length: 50 }, (_, at) => `n-${at}`));
    expect(asked).toEqual(["a", "a"]);
    const why = 'the daemon may not read Nodes (nodes "a" is forbidden): grant get on nodes';
    expect(["a", "n-7"].map((name) => whyOf(nodes, name))).toEqual([why, why]);
    may = true;
    pass(60_000);
    await nodes.learn(["a"]);
    expect(nodes.get("a").is).toBe("known");
  });

  test("are a hundred at most of one application, and four at once", async () => {
    let open = 0;
    let most = 0;
    const { nodes, asked } = given(async (name) => {
      most = Math.max(most, ++open);
      await Promise.resolve();
      open--;
      return node(name);
    });
    await nodes.learn(Array.from({ length: 150 }, (_, at) => `n-${at}`));
    expect([asked.length, most]).toEqual([100, 4]);
    expect(whyOf(nodes, "n-149")).toBe("of one application 100 nodes are read");
  });

  test("that are gone, or that a proxy speaks for, are not known; what was known stays while nobody answers", async () => {
    let answer: Answer = node("a");
    const { nodes, pass } = given(() => answer);
    await nodes.learn(["a"]);
    pass(60_000);
    answer = { is: "unreachable", why: "it answers nothing" } as Answer;
    await nodes.learn(["a"]);
    expect(nodes.get("a").is).toBe("known");
    pass(60_000);
    answer = refused(404, 'nodes "a" not found');
    await nodes.learn(["a"]);
    expect(whyOf(nodes, "a")).toBe('nodes "a" not found');
    pass(60_000);
    answer = node("another");
    await nodes.learn(["a"]);
    expect(whyOf(nodes, "a")).toBe("the answer is no Node");
    nodes.forget();
    expect(whyOf(nodes, "a")).toBe("it was not read yet");
  });

  test("of a cluster that is confined to namespaces are left alone", async () => {
    const scope: ClusterScope = {
      ...{ is: "namespaces", namespaces: ["a", "b"], clusterResources: "left-out" },
    };
    const { nodes, asked } = given((name) => node(name), scope);
    await nodes.learn(["a"]);
    expect(asked).toEqual([]);
    expect(whyOf(nodes, "a")).toContain("confined to namespaces (a, b) without clusterResources");
  });

  test("nobody is told of a connection that was closed meanwhile", async () => {
    const { nodes, end } = given(async () => {
      end();
      throw new Error("closed");
    });
    await nodes.learn(["a"]);
    expect(whyOf(nodes, "a")).toBe("it was not read yet");
  });
});
