/** The search over the objects of all applications: what is found, in which order and pages, and for whom. */
import { describe, expect, test } from "bun:test";
import { createApi } from "../../src/api/create-api.ts";
import { AccessPolicy } from "../../src/core/access/access-policy.ts";
import { askerOf } from "../../src/core/access/asker.ts";
import { BUILTIN_POLICY } from "../../src/core/access/builtin-policy.ts";
import { parsePolicy } from "../../src/core/access/policy-text.ts";
import type { FoundResource } from "../../src/core/model/found-resource.ts";
import { fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { recordingLog } from "../lib/recording-log.ts";

const ALL = "p, ann, applications, get, */*, allow";
const WEB = "p, ann, applications, get, default/web, allow";

interface Answer {
  items: FoundResource[];
  total: number;
  cursor?: string;
}

function world(text: string) {
  const control = fakeControl();
  for (const name of ["moonshot", "web"]) control.put(fakeApp("argocd", name));
  const policyOf = (policy: string): AccessPolicy =>
    new AccessPolicy({
      lines: [...BUILTIN_POLICY, ...parsePolicy(policy, "policy.csv").lines],
      ...{ projects: new Map(), matchMode: "glob" as const, defaultRole: undefined },
    });
  let policy = policyOf(text);
  const api = createApi({
    control,
    who: () => ({
      is: "known",
      by: "header",
      asker: askerOf({ actor: "user:ann", subject: { name: "ann", groups: [] } }, () => policy),
    }),
    homeNamespace: "argocd",
    assets: [],
    version: {
      ...{ version: "0", commit: "", buildDate: "", helm: async () => "", kustomize: async () => "" },
      sandbox: { level: "mounts", why: "" },
    },
    metrics: async () => "",
    onHeard: () => undefined,
    log: recordingLog(),
  });
  const reply = (query: string, signal?: AbortSignal): Promise<Response> =>
    api.fetch(
      new Request(`http://127.0.0.1/api/holdfast/v1/resources${query}`, {
        ...(signal === undefined ? {} : { signal }),
      }),
    );
  return {
    control,
    reply,
    may: (other: string) => void (policy = policyOf(other)),
    find: async (query: string): Promise<Answer> => (await (await reply(query)).json()) as Answer,
  };
}

const said = ({ items }: Answer): string[] =>
  items.map(({ is, kind, name, application }) => `${is} ${kind} ${name} of ${application}`);

describe("GET /api/holdfast/v1/resources", () => {
  test("says of which application and of what of it something is", async () => {
    const { find } = world(ALL);
    const { items, total } = await find("?q=kind:replicaset+app:web");
    expect([items[0], total]).toEqual([
      expect.objectContaining({
        ...{ is: "made", kind: "ReplicaSet", name: "web-5d4", application: "argocd/web" },
        of: { kind: "Deployment", name: "web" },
      }) as never,
      1,
    ]);
  });

  test("has what is called so first, page by page, each once", async () => {
    const { find } = world(ALL);
    const whole = await find("?q=web");
    expect(whole.items[0]?.name).toBe("web");
    const pages: string[] = [];
    let cursor: string | undefined = "0";
    while (cursor !== undefined) {
      const page: Answer = await find(`?q=web&limit=3&cursor=${cursor}`);
      expect(page.total).toBe(whole.total);
      pages.push(...said(page));
      cursor = page.cursor;
    }
    expect(pages).toEqual(said(whole));
    expect(new Set(pages).size).toBe(whole.total);
    expect((await find("?q=web&cursor=10000")).items).toEqual([]);
  });

  test("neither shows nor counts what is of an application that one may not see, by whatever is asked", async () => {
    const { find, control } = world(WEB);
    for (const query of ["", "?q=moonshot", "?q=app:moonshot", "?q=-app:web", "?q=kind:deployment"]) {
      const answer = await find(query);
      expect(said(answer).filter((one) => one.includes("moonshot"))).toEqual([]);
      expect(answer.total).toBe(answer.items.length);
    }
    const before = await find("?q=web");
    control.drop("argocd/moonshot" as never);
    expect(await find("?q=web")).toEqual(before);
  });

  test("forgets for whom somebody else asked, and what was taken away meanwhile", async () => {
    const { find, may } = world(ALL);
    expect(said(await find("")).some((one) => one.includes("moonshot"))).toBe(true);
    may(WEB);
    expect(said(await find("")).some((one) => one.includes("moonshot"))).toBe(false);
  });

  test("tells nothing of an application that goes out of sight while it is looked at", async () => {
    const { find, may, control } = world(ALL);
    const { resourceTree } = control;
    control.resourceTree = (key) => {
      may(WEB);
      return resourceTree(key);
    };
    expect(said(await find("")).filter((one) => one.includes("moonshot"))).toEqual([]);
  });

  test("has an orphan of a namespace of two applications once", async () => {
    const { find, control } = world(ALL);
    control.orphanedResources = () => ({
      is: "found",
      value: [
        {
          ref: { group: "", kind: "ConfigMap", namespace: "shop", name: "by-hand" },
          ...{ version: "v1", uid: "o-1", parents: [], resourceVersion: "1", createdAt: undefined },
          ...{ images: [], health: undefined, info: [] },
        },
      ],
    });
    expect(said(await find("?q=is:orphan"))).toEqual(["orphan ConfigMap by-hand of argocd/moonshot"]);
  });

  test("refuses what is no page, and lines that are too long", async () => {
    const { reply } = world(ALL);
    for (const query of ["?limit=0", "?limit=501", "?cursor=x", `?q=${"a".repeat(501)}`, "?query=x"])
      expect([query.slice(0, 9), (await reply(query)).status]).toEqual([query.slice(0, 9), 400]);
  });

  test("frees its place when it is left", async () => {
    const { reply, control } = world(ALL);
    const { resourceTree } = control;
    const leave = new AbortController();
    control.resourceTree = (key) => {
      leave.abort();
      return resourceTree(key);
    };
    for (let at = 0; at < 20; at += 1) await reply("", leave.signal).catch(() => undefined);
    control.resourceTree = resourceTree;
    expect((await reply("")).status).toBe(200);
  });
});
