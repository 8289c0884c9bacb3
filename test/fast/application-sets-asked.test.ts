/** ApplicationSets whose generators ask others: a provider's API that fails in many ways, and resources of the cluster. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { Secret } from "../../src/core/model/secret.ts";
import type { Repository } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { type SetsDaemon, startSetsDaemon } from "../lib/sets-daemon.ts";

interface Pull {
  number: number;
  branch: string;
}
let given: SetsDaemon, repository: Repository;
/** What the stand-in for GitHub's API says, page by page. */
let answer: (page: number) => Response;
const asked: { page: number; authorization: string | null }[] = [];
const api = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request) {
    const page = Number(new URL(request.url).searchParams.get("page") ?? "1");
    asked.push({ page, authorization: request.headers.get("authorization") });
    return answer(page);
  },
});
const pulls = (all: readonly Pull[]) => (page: number) => {
  const one = all.slice((page - 1) * 2, page * 2);
  const body = one.map(({ number, branch }) => ({
    number,
    title: `change ${number}`,
    head: { ref: branch, sha: `${number}`.repeat(40).slice(0, 40) },
    base: { ref: "main" },
    labels: [],
    user: { login: "somebody" },
  }));
  const next =
    page * 2 < all.length ? { link: `<${api.url}repos/o/r/pulls?page=${page + 1}>; rel="next"` } : {};
  return Response.json(body, { headers: next });
};

beforeAll(async () => {
  const address = api.url.href.replace(/\/$/, "");
  given = await startSetsDaemon({
    applicationSets: {
      allowedApis: [address],
      secrets: [{ name: "github", key: "token", value: new Secret("s3cret") }],
      configMaps: [
        { name: "placement", key: "apiVersion", value: "cluster.example.org/v1" },
        { name: "placement", key: "kind", value: "decisions" },
        { name: "placement", key: "statusListKey", value: "chosen" },
        { name: "placement", key: "matchKey", value: "clusterName" },
      ],
    },
  });
  repository = await given.world.repository("estate", {
    "a/cm.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\n",
  });
});
afterAll(async () => {
  await given?.stop();
  await api.stop(true);
});

const templateOf = (name: string, namespace: string) => ({
  metadata: { name },
  spec: {
    project: "default",
    source: { repoURL: repository.url, path: "a", targetRevision: "HEAD" },
    destination: { name: "in-cluster", namespace },
    syncPolicy: { automated: {}, syncOptions: ["CreateNamespace=true"] },
  },
});
const refresh = (name: string) =>
  given.api(`/api/holdfast/v1/applicationsets/argocd/${name}/refresh`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });

test("pull requests become applications; no way in which their provider can fail takes one away", async () => {
  const all = [1, 2, 3].map((number) => ({ number, branch: `feature/${number}` }));
  answer = pulls(all);
  given.file("pulls.yaml", {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "ApplicationSet",
    metadata: { name: "pulls" },
    spec: {
      generators: [
        {
          pullRequest: {
            github: {
              owner: "o",
              repo: "r",
              api: api.url.href.replace(/\/$/, ""),
              tokenRef: { secretName: "github", key: "token" },
            },
          },
        },
      ],
      template: templateOf("pr-{{number}}-{{branch_slug}}", "pr-{{number}}"),
    },
  });
  const names = all.map(({ number }) => `pr-${number}-feature-${number}`);
  await given.untilNames(names);
  expect(asked.map(({ page }) => page)).toEqual(expect.arrayContaining([1, 2]));
  expect(asked.every(({ authorization }) => authorization?.endsWith("s3cret"))).toBe(true);

  const wrong: Record<string, (page: number) => Response> = {
    "an outage": () => new Response("down", { status: 503 }),
    "a limit": () => new Response("{}", { status: 403, headers: { "x-ratelimit-remaining": "0" } }),
    "a token that does not count": () => Response.json({ message: "Bad credentials" }, { status: 401 }),
    "a page that is cut": () =>
      new Response('[{"number": 1,', { headers: { "content-type": "application/json" } }),
    "a page of a portal": () =>
      new Response("<html>log in</html>", { headers: { "content-type": "text/html" } }),
    "a second page that fails": (page) => (page === 1 ? pulls(all)(1) : new Response("", { status: 502 })),
    "no list": () => Response.json({ items: [] }),
    "an empty page": () => Response.json([]),
  };
  for (const [what, way] of Object.entries(wrong)) {
    answer = way;
    expect([what, (await refresh("pulls")).status]).toEqual([what, 200]);
    expect([what, await given.names()]).toEqual([what, names]);
  }
  expect(JSON.stringify(given.log)).not.toContain("s3cret");
  expect(JSON.stringify((await given.api("/api/v1/applicationsets/pulls")).body)).not.toContain("s3cret");

  answer = pulls(all.slice(1));
  await refresh("pulls");
  await given.untilNames(names.slice(1));
});

test("resources that decide about clusters are followed; a list that says nothing takes nothing away", async () => {
  const { must } = given.world;
  await must("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "decisions.cluster.example.org" },
    spec: {
      group: "cluster.example.org",
      scope: "Namespaced",
      names: { kind: "Decision", plural: "decisions", singular: "decision", listKind: "DecisionList" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
        },
      ],
    },
  });
  await given.world.makeNamespace("argocd");
  const path = "/apis/cluster.example.org/v1/namespaces/argocd/decisions";
  await eventually(
    "the kind is served",
    async () => (await given.world.api.request("GET", path)).status === 200,
  );
  const decision = (chosen: string[]) => ({
    apiVersion: "cluster.example.org/v1",
    kind: "Decision",
    metadata: { name: "where", namespace: "argocd", labels: { of: "shop" } },
    status: { chosen: chosen.map((clusterName) => ({ clusterName, reason: "near" })) },
  });
  await must("POST", path, decision(["in-cluster"]));
  given.file("decided.yaml", {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "ApplicationSet",
    metadata: { name: "decided" },
    spec: {
      generators: [
        {
          clusterDecisionResource: {
            configMapRef: "placement",
            labelSelector: { matchLabels: { of: "shop" } },
          },
        },
        { list: { elements: [{ name: "always" }] } },
      ],
      template: templateOf("shop-{{name}}", "shop-{{name}}"),
    },
  });
  const others = (await given.names()).filter((name) => !name.startsWith("shop-"));
  await given.untilNames([...others, "shop-always", "shop-in-cluster"]);
  // It says nothing for a moment: nobody had to be asked, and nothing was polled.
  const { removal } = given.config();
  await given.configure({ removal: { ...removal, missingForMs: 3_600_000 } });
  const now = await given.world.find(`${path}/where`);
  await must("PUT", `${path}/where`, { ...now, status: { chosen: [] } });
  await eventually("it is waited for", async () =>
    JSON.stringify((await given.api("/api/v1/applicationsets/decided")).body).includes("long enough"),
  );
  expect(await given.names()).toEqual([...others, "shop-always", "shop-in-cluster"].sort());
  await given.configure({ removal });
  await given.untilNames([...others, "shop-always"]);
});
