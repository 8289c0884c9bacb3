/**
 * Every route with every role, on what the role is about and on what it is not: the golden table is what each is answered.
 * Beside the table: what one may not see is answered as what is not there, and where one is refused nothing was done.
 */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DeclaredRoute } from "../../src/api/routes.ts";
import type { AppKey } from "../../src/core/model/application.ts";
import { shopsSet } from "../fakes/fake-sets.ts";
import { app, cluster, LOOKER, ROLES, type Role, set, type Target, twoTeams } from "../lib/api-world.ts";
import { endingOf } from "../lib/ending-of.ts";
import { eventually } from "../lib/eventually.ts";

// Some thousands of requests, each to an API of its own.
setDefaultTimeout(60_000);

const { world, ask, remove } = await twoTeams();
afterAll(remove);

const GOLDEN = join(import.meta.dir, "../golden/permissions.md");

const routes = (await world(ROLES[0])).api.routes;
const of = ({ method, path }: DeclaredRoute): string => `${method} ${path}`;
const asksOf = ({ permission }: DeclaredRoute): string =>
  typeof permission === "string" ? permission : `${permission.resource}, ${permission.action}`;

describe("every route, with every role", () => {
  test("is answered as the table says", async () => {
    const lines = [
      `| Route | Asks | ${ROLES.map(({ role }) => role).join(" | ")} |`,
      `|---|---|${ROLES.map(() => "---").join("|")}|`,
    ];
    for (const route of routes) {
      const cells: string[] = [];
      for (const role of ROLES) {
        const [own, other] = [await ask(role, route, "a"), await ask(role, route, "b")];
        cells.push(own.status === other.status ? `${own.status}` : `${own.status} / ${other.status}`);
      }
      lines.push(`| ${of(route)} | ${asksOf(route)} | ${cells.join(" | ")} |`);
    }
    const text = `${lines.join("\n")}\n`;
    if (Bun.env["UPDATE_GOLDEN"] === "1") writeFileSync(GOLDEN, text);
    expect(text).toBe(readFileSync(GOLDEN, "utf8"));
  });

  test.each(ROLES.map((role) => [role.role, role] as const))(
    "%s: nothing is done where it is refused, and nothing is refused by a fault of ours",
    async (_, role) => {
      for (const route of routes)
        for (const target of ["a", "b"] as const) {
          const { status, wrote } = await ask(role, route, target);
          expect([of(route), status === 401 || status === 403 ? wrote : []]).toEqual([of(route), []]);
          expect([of(route), status === 500]).toEqual([of(route), false]);
        }
    },
  );

  test.each(ROLES.filter(({ subject }) => subject === "dev" || subject === "proj:team-a:ci"))(
    "$role: what is another team's is answered as what is not there",
    async (role) => {
      for (const route of routes) {
        const [hidden, absent] = [await ask(role, route, "b"), await ask(role, route, "c")];
        const name = (text: string, target: Target): string =>
          text
            .replaceAll(
              new RegExp(
                `(?<=(?:app|set|team|new|cluster|shop)-)${target}\\b|\\b${target}(?=\\.example)`,
                "g",
              ),
              "X",
            )
            // A row's version is of the clock.
            .replaceAll(/\[\d{16},/g, "[0,");
        expect([of(route), hidden.status, name(hidden.text, "b")]).toEqual([
          of(route),
          absent.status,
          name(absent.text, "c"),
        ]);
      }
    },
  );

  test("an own application cannot be moved into another team's project, nor a set made that chooses one", async () => {
    const dev = ROLES.find(({ subject }) => subject === "dev") as Role;
    const { api, written } = await world(dev);
    const before = written().length;
    const send = async (method: string, path: string, body: unknown) =>
      await api.fetch(
        new Request(`http://127.0.0.1${path}`, {
          method,
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        }),
      );
    const moved = app("a", { project: "team-b" });
    const chooses = shopsSet(["eu"], { name: "chooses", project: "{{project}}" });
    const patches = { ...set("a"), metadata: { name: "patches", namespace: "argocd" } };
    patches.spec = { ...patches.spec, goTemplate: true, templatePatch: "spec: {project: team-b}" };
    const inner = { ...set("a"), metadata: { name: "inner", namespace: "argocd" } };
    inner.spec = {
      ...inner.spec,
      generators: [
        { list: { elements: [{ region: "eu" }], template: { metadata: {}, spec: { project: "team-b" } } } },
      ] as never,
    };
    const replies = [
      await send("PUT", "/api/v1/applications/app-a", moved),
      await send("PATCH", "/api/v1/applications/app-a", {
        patch: '{"spec":{"project":"team-b"}}',
        patchType: "merge",
      }),
      await send("PUT", "/api/v1/applications/app-a/spec", moved.spec),
      await send("POST", "/api/v1/applications?upsert=true", moved),
      await send("POST", "/api/v1/applications?upsert=true", { ...app("b"), spec: app("a").spec }),
      await send("POST", "/api/v1/applicationsets", chooses),
      await send("POST", "/api/v1/applicationsets", patches),
      await send("POST", "/api/v1/applicationsets", inner),
      await send("POST", "/api/v1/applicationsets?dryRun=true", chooses),
    ];
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 403));
    expect(written().slice(before)).toEqual([]);
    // Of what is another team's not even that is told.
    expect(await replies[4]?.text()).not.toContain("team-b");
  });
});

describe("who sees a part", () => {
  const stream = async (
    api: Awaited<ReturnType<typeof world>>["api"],
    path = "/api/v1/stream/applications",
  ) => {
    const reply = await api.fetch(new Request(`http://127.0.0.1${path}`));
    const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    const until = async (mark: string): Promise<string> => {
      while (!text.includes(mark)) {
        const { done, value } = await reader.read();
        if (done) throw new Error(`ended without ${mark}: ${text}`);
        text += value;
      }
      return text;
    };
    return { until, cancel: () => reader.cancel() };
  };

  test("has lists, counts and streams of that part alone, and an application that moves out of sight goes", async () => {
    const dev = ROLES.find(({ subject }) => subject === "dev") as Role;
    const { api, control } = await world(dev);
    const get = async (path: string) =>
      await (await api.fetch(new Request(`http://127.0.0.1${path}`))).json();
    const names = (list: unknown) =>
      (list as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name);
    expect(names(await get("/api/v1/applications"))).toEqual(["app-a", "shop-a"]);
    expect(names(await get("/api/v1/applicationsets"))).toEqual(["set-a"]);
    expect(names(await get("/api/v1/projects"))).toEqual(["team-a"]);
    expect(await get("/api/holdfast/v1/status")).toMatchObject({ applications: { total: 2 } });
    const followed = await stream(api);
    expect(await followed.until("shop-a")).not.toContain("app-b");
    control.put(app("b"));
    control.put({ ...app("a"), spec: app("b").spec });
    const sets = await stream(api, "/api/v1/stream/applicationsets");
    expect(await sets.until("set-a")).not.toContain("set-b");
    await sets.cancel();
    const [before = "", after = ""] = (await followed.until('"DELETED"')).split('"DELETED"');
    expect(before).not.toContain("app-b");
    expect(after).toContain("app-a");
    expect(before + after).not.toContain("team-b");
    await followed.cancel();
  });

  test("is told parameters of a set where it may change the set, and else what became of them alone", async () => {
    const told = async (subject: string, set: string) => {
      const role = ROLES.find((one) => one.subject === subject) as Role;
      const { api } = await world(role);
      const path = `/api/holdfast/v1/applicationsets/argocd/${set}/elements`;
      const { parameters, generators } = (await (
        await api.fetch(new Request(`http://127.0.0.1${path}`))
      ).json()) as {
        parameters: string;
        generators: { elements: { name: string; parameters?: object }[] }[];
      };
      return { parameters, of: generators[0]?.elements[0]?.parameters };
    };
    expect(await told("dev", "set-a")).toEqual({ parameters: "shown", of: { region: "a" } });
    expect(await told("reader", "set-a")).toEqual({ parameters: "hidden", of: undefined });
  });

  test("hears nothing any more once the session that it rests on has ended", async () => {
    const dev = ROLES.find(({ subject }) => subject === "dev") as Role;
    let holds = true;
    const { api, control } = await world(dev, () => holds);
    const followed = await stream(api);
    await followed.until("shop-a");
    holds = false;
    expect(await endingOf(followed.until("never"))).toThrow("ended without never");
    await eventually("it is left", () => control.listeners() === 0);
  });
});

describe("what was made to get around it", () => {
  const send = async (role: string, method: string, path: string, body: unknown) => {
    const found = [...ROLES, LOOKER].find(({ subject }) => subject === role) as Role;
    const { api, written, control } = await world(found);
    const before = written().length;
    const reply = await api.fetch(
      new Request(`http://127.0.0.1${path}`, {
        method,
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    );
    return { status: reply.status, text: await reply.text(), wrote: written().slice(before), control };
  };

  test("a cluster that has another name and another team's address takes no place", async () => {
    const { server } = cluster("b");
    const mine = { name: "mine", server, project: "team-a", config: { bearerToken: "mine" } };
    for (const address of [server, `${server}/`, server.toUpperCase().replace("HTTPS", "https")]) {
      const { status, wrote, text } = await send("dev", "POST", "/api/v1/clusters?upsert=true", {
        ...mine,
        server: address,
      });
      expect([address, status, wrote]).toEqual([address, 403, []]);
      expect(text).not.toContain("team-b");
    }
  });

  test("a repository takes no other team's place, project or credentials, however its address is written", async () => {
    const other = "https://repo-b.example.com/x";
    for (const [method, path, body] of [
      ["POST", "/api/v1/repositories?upsert=true", { repo: other, project: "team-b" }],
      [
        "POST",
        "/api/v1/repositories?upsert=true",
        { repo: "https://REPO-B.example.com:443/x.git/", project: "team-b" },
      ],
      ["POST", "/api/v1/repositories", { repo: other }],
      ["PUT", `/api/v1/repositories/${encodeURIComponent(other)}`, { project: "team-b" }],
      ["DELETE", `/api/v1/repositories/${encodeURIComponent(other)}?appProject=team-b`, {}],
    ] as const) {
      const { status, wrote, text } = await send("dev", method, path, body);
      expect([path, body, status, wrote]).toEqual([path, body, 403, []]);
      if (!JSON.stringify([path, body]).includes("team-b")) expect(text).not.toContain("team-b");
    }
    // A policy goes by the text, and the entry that is there stands in another one.
    for (const repo of ["https://held.example.com/X", "https://held.example.com/x.git"])
      for (const query of ["", "?upsert=true"])
        expect([repo, query, await send("most", "POST", `/api/v1/repositories${query}`, { repo })]).toEqual([
          repo,
          query,
          expect.objectContaining({ status: 403, wrote: [] }),
        ]);
    const twisted = { repo: other, project: "team-a/../team-b" };
    expect(await send("dev", "POST", "/api/v1/repositories", twisted)).toMatchObject({
      status: 400,
      wrote: [],
    });
    const mine = { repo: "https://repo-a.example.com/y", project: "team-a", password: "p" };
    expect((await send("dev", "POST", "/api/v1/repositories", mine)).status).toBe(200);
  });

  test("a preview under the name of another team's set shows none of its applications", async () => {
    const mine = shopsSet([], { name: "set-b", project: "team-a" });
    const path = "/api/holdfast/v1/applicationsets/preview";
    const { status, text } = await send("looker", "POST", path, mine);
    expect([status, text]).toEqual([403, expect.not.stringContaining("shop-b")]);
  });

  test("an operation in an Application is none", async () => {
    const operation = { initiatedBy: { automated: true, username: "admin" }, sync: { prune: true } };
    const fresh = { ...app("a"), metadata: { name: "fresh", namespace: "argocd" }, operation };
    const made = await send("dev", "POST", "/api/v1/applications", fresh);
    expect(made.status).toBe(200);
    expect(made.control.application("argocd/fresh" as AppKey)?.operation).toBeUndefined();
    for (const [method, body] of [
      ["PUT", { ...app("a"), operation }],
      ["PATCH", { patch: JSON.stringify({ operation }), patchType: "merge" }],
    ] as const) {
      const { status, control } = await send("dev", method, "/api/v1/applications/app-a", body);
      expect([method, status]).toEqual([method, 200]);
      expect(control.application("argocd/app-a" as AppKey)?.operation).toBeUndefined();
    }
  });

  test("what is denied is denied for all of it: removals, sets whose project is chosen later, the same application again", async () => {
    const chooses = shopsSet(["eu"], { name: "chooses", project: "{{project}}" });
    for (const [path, body] of [
      ["/api/holdfast/v1/removals/approve", { applications: ["argocd/app-b"] }],
      ["/api/v1/applicationsets", chooses],
      ["/api/v1/applications?upsert=true", { ...app("b"), spec: app("a").spec }],
      ["/api/v1/applications", { ...app("b"), metadata: { ...app("b").metadata, labels: { x: "y" } } }],
    ] as const)
      expect([path, await send("most", "POST", path, body)]).toEqual([
        path,
        expect.objectContaining({ status: 403, wrote: [] }),
      ]);
    const { api } = await world(ROLES.find(({ subject }) => subject === "most") as Role);
    const runs = await (await api.fetch(new Request("http://127.0.0.1/api/holdfast/v1/audit"))).text();
    expect(runs).not.toContain("app-b");
  });
});
