/** Clusters that are added, changed and removed while a daemon runs: a whole daemon in this process, its clusters sandboxes. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  addedClusters,
  bodyOf,
  type Given,
  statusOf,
  untilConnected,
  untilSynced,
} from "../lib/added-clusters.ts";
import { appOf, startWorld, type World } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap } from "../lib/manifests.ts";

const { start, stops } = addedClusters();

let one: World, two: World;
beforeAll(async () => {
  [one, two] = [await startWorld(), await startWorld()];
});
afterAll(async () => {
  await one?.stop();
  await two?.stop();
});

describe("a cluster that is added by the API", () => {
  test("is asked first: one that does not answer, or not to these credentials, is not kept and takes nobody's place", async () => {
    const given = await start();
    const away = { name: "away", server: "https://127.0.0.1:1", config: { bearerToken: "t" } };
    expect(await given.ask("POST", "/api/v1/clusters", away)).toMatchObject({
      status: 503,
      body: { details: { reason: "cluster-unreachable" } },
    });
    const wrong = bodyOf(one, "prod");
    wrong.config.bearerToken = "of-nobody";
    expect(await given.ask("POST", "/api/v1/clusters", wrong)).toMatchObject({
      status: 400,
      body: { details: { reason: "cluster-auth" } },
    });
    expect((await given.ask("GET", "/api/v1/clusters")).body.items).toEqual([]);
    expect(existsSync(join(given.dir, "data", "clusters"))).toBe(false);

    await given.ask("POST", "/api/v1/clusters", bodyOf(one, "prod"));
    await untilConnected(given, "prod");
    expect((await given.ask("POST", "/api/v1/clusters?upsert=true", wrong)).status).toBe(400);
    expect((await given.ask("POST", "/api/holdfast/v1/clusters/prod/test")).status).toBe(200);
    // A conflict is one before anybody is asked.
    const taken = { ...away, name: "prod" };
    expect((await given.ask("POST", "/api/v1/clusters", taken)).body.details.reason).toBe("conflict");

    expect((await given.ask("POST", "/api/v1/clusters?validate=false", away)).status).toBe(200);
    expect((await given.ask("GET", "/api/v1/clusters")).body.items).toHaveLength(2);
  });

  test("is written to by name and by server at once, and its secrets are in no answer, log or event", async () => {
    const given = await start();
    await given.place(one, "by-name", { name: "prod" });
    await given.place(one, "by-server", { server: one.sandbox.url });
    await eventually("they are known, and their cluster is not", async () =>
      JSON.stringify((await statusOf(given, "by-name")).conditions ?? "").includes(
        "no clusters with the name prod",
      ),
    );
    const added = await given.ask(
      "POST",
      "/api/v1/clusters",
      bodyOf(one, "prod", { labels: { env: "prod" } }),
    );
    expect(added).toMatchObject({
      status: 200,
      body: { name: "prod", server: one.sandbox.url, labels: { env: "prod" } },
    });
    await untilSynced(given, "by-name");
    await untilSynced(given, "by-server");
    await untilConnected(given, "prod");
    const shown = await given.ask("GET", "/api/v1/clusters/prod");
    expect(shown.body).toMatchObject({
      config: { tlsClientConfig: { insecure: false } },
      serverVersion: expect.stringMatching(/^v1/),
      info: {
        applicationsCount: 2,
        cacheInfo: {
          resourcesCount: expect.any(Number),
          lastCacheSyncTime: expect.stringMatching(/^\d{4}-.*Z$/),
        },
      },
    });
    const [file = ""] = given.files();
    expect(statSync(join(given.dir, "data", "clusters", file)).mode & 0o777).toBe(0o600);
    const all = [
      added,
      shown,
      await given.ask("GET", "/api/v1/clusters"),
      await given.ask("GET", "/api/holdfast/v1/status"),
      await given.ask("GET", "/api/holdfast/v1/audits"),
      given.log,
    ];
    expect(JSON.stringify(all)).not.toContain(one.sandbox.token);
  });

  test("is asked before it is kept, with what keeps it from answering, and nothing of that is kept", async () => {
    const given = await start({ clusters: [] });
    const path = "/api/holdfast/v1/clusters/test";
    const good = await given.ask("POST", path, bodyOf(one, "prod"));
    expect(good).toEqual({
      status: 200,
      body: { serverVersion: expect.stringMatching(/^v1/), tookMs: expect.any(Number) },
    });
    const token = "not-the-token-0123456789";
    const wrong = await given.ask("POST", path, { ...bodyOf(one, "prod"), config: { bearerToken: token } });
    expect(wrong.status).toBe(503);
    const denied = await given.ask("POST", path, {
      ...bodyOf(one, "prod"),
      config: { ...bodyOf(one, "prod").config, bearerToken: token },
    });
    expect(denied.status).not.toBe(200);
    expect(denied.body.message).toMatch(/401|[Uu]nauthorized/);
    const away = await given.ask("POST", path, { name: "away", server: "https://127.0.0.1:1" });
    expect(away.body.message).toContain("cluster away");
    const program = await given.ask("POST", path, {
      ...bodyOf(one, "prod"),
      config: { execProviderConfig: { command: "/bin/sh" } },
    });
    expect(program.body.message).toContain("does not allow added clusters to run it");
    expect(existsSync(join(given.dir, "data", "clusters"))).toBe(false);
    expect((await given.ask("GET", "/api/v1/clusters/prod")).status).toBe(404);
    expect(JSON.stringify([wrong, denied, given.log])).not.toContain(token);

    await given.ask("POST", "/api/v1/clusters", bodyOf(one, "prod"));
    expect((await given.ask("POST", "/api/holdfast/v1/clusters/prod/test", {})).body.serverVersion).toMatch(
      /^v1/,
    );
    expect((await given.ask("GET", "/api/v1/clusters/prod")).body.holdfast).toEqual({
      keptIn: "data",
      credential: "token",
      token: "other",
    });
    expect((await given.ask("POST", "/api/holdfast/v1/clusters/nothing/test", {})).status).toBe(404);
  }, 60_000);

  test("is found by its address, encoded, with and without a slash behind", async () => {
    const given = await start();
    await given.ask("POST", "/api/v1/clusters", bodyOf(one, "eu/prod"));
    for (const id of [
      encodeURIComponent(one.sandbox.url),
      `${encodeURIComponent(`${one.sandbox.url}/`)}?id.type=server`,
      `${encodeURIComponent("eu/prod")}?id.type=name`,
    ])
      expect([id, (await given.ask("GET", `/api/v1/clusters/${id}`)).body.name]).toEqual([id, "eu/prod"]);
    expect(
      (await given.ask("GET", `/api/v1/clusters/${encodeURIComponent("eu/prod")}?id.type=server`)).status,
    ).toBe(404);
    const listed = await given.ask("GET", `/api/v1/clusters?server=${encodeURIComponent(one.sandbox.url)}`);
    expect(listed.body.items).toHaveLength(1);
  });

  test("outlives a restart", async () => {
    const given = await start();
    await given.ask("POST", "/api/v1/clusters", bodyOf(one, "prod"));
    await given.daemon.stop();
    const again = await start({}, given);
    await again.place(one, "again", { name: "prod" });
    await untilSynced(again, "again");
  });

  test("is refused where another one has its name or its address, and takes its place by upsert", async () => {
    const given = await start();
    await given.ask("POST", "/api/v1/clusters", bodyOf(one, "prod"));
    const sameName = await given.ask("POST", "/api/v1/clusters", bodyOf(two, "prod"));
    const sameServer = await given.ask("POST", "/api/v1/clusters", bodyOf(one, "other"));
    for (const { status, body } of [sameName, sameServer]) {
      expect(status).toBe(400);
      expect(body.message).toContain(`that of cluster prod (${one.sandbox.url}) in clusters/`);
    }
    expect((await given.ask("GET", "/api/v1/clusters")).body.items).toHaveLength(1);
    expect((await given.ask("POST", "/api/v1/clusters?upsert=true", bodyOf(one, "other"))).status).toBe(200);
    expect((await given.ask("GET", "/api/v1/clusters")).body.items.map(({ name }: any) => name)).toEqual([
      "other",
    ]);
    expect(given.files()).toHaveLength(1);
  });

  test.each([
    [{ server: "https://169.254.169.254" }, "where a cloud tells its machines"],
    [
      { config: { execProviderConfig: { command: "/bin/sh", args: ["-c", "canary"] } } },
      "does not allow added clusters to run it",
    ],
    [{ name: "a\u0007b" }, "does not print"],
    // Copied behind `holdfast cluster rm` it would be an option of that.
    [{ name: "--server=https://away.example.com" }, "begins with -"],
  ])("as %j is refused with a sentence, and nothing is kept", async (more, says) => {
    const given = await start();
    const { status, body } = await given.ask("POST", "/api/v1/clusters", bodyOf(one, "prod", more));
    expect(status).toBe(400);
    expect(body.message).toContain(says);
    expect(body.message).not.toContain("canary");
    expect((await given.ask("GET", "/api/v1/clusters")).body.items).toEqual([]);
  });
});

describe("a cluster that is changed", () => {
  test("by new credentials keeps its connection, and uses them from then on", async () => {
    const given = await start();
    await given.ask("POST", "/api/v1/clusters", bodyOf(one, "prod"));
    await given.place(one, "steady", { name: "prod" });
    await untilSynced(given, "steady");
    const wrong = { ...bodyOf(one, "prod"), config: { ...bodyOf(one, "prod").config, bearerToken: "wrong" } };
    await given.ask("PUT", "/api/v1/clusters/prod?updatedFields=config", wrong);
    await eventually("its credentials are refused", async () => {
      const { body } = await given.ask("GET", "/api/v1/applications/steady?refresh=hard");
      return JSON.stringify(body.status?.conditions ?? "").includes("Unauthorized");
    });
    expect(JSON.stringify(await statusOf(given, "steady"))).not.toContain("wrong");
    await given.ask("PUT", "/api/v1/clusters/prod?updatedFields=config", bodyOf(one, "prod"));
    await untilConnected(given, "prod");
    await untilSynced(given, "steady");
  }, 120_000);

  test("in its labels and its name keeps its credentials", async () => {
    const given = await start();
    await given.ask("POST", "/api/v1/clusters", bodyOf(one, "prod"));
    const put = await given.ask(
      "PUT",
      "/api/v1/clusters/prod?id.type=name&updatedFields=name&updatedFields=labels",
      {
        name: "live",
        labels: { env: "live" },
        project: "not-asked-for",
      },
    );
    expect(put.body).toMatchObject({ name: "live", labels: { env: "live" } });
    expect(put.body.project).toBeUndefined();
    await given.place(one, "renamed", { name: "live" });
    await untilSynced(given, "renamed");
    expect((await given.ask("GET", "/api/v1/clusters/prod")).status).toBe(404);
    // Names that every object of JavaScript has are none of its fields.
    expect((await given.ask("PUT", "/api/v1/clusters/live?updatedFields=constructor", {})).status).toBe(400);
    expect((await given.ask("PUT", "/api/v1/clusters/live?updatedFields=colour", {})).body.message).toContain(
      "colour",
    );
  });

  test("to be one project's is nobody else's", async () => {
    const given = await start();
    await given.ask("POST", "/api/v1/clusters", bodyOf(one, "prod"));
    await given.place(one, "others", { name: "prod" });
    await untilSynced(given, "others");
    await given.ask("PUT", "/api/v1/clusters/prod?updatedFields=project", { project: "team" });
    await eventually("it is said", async () =>
      JSON.stringify(await statusOf(given, "others")).includes(
        "cluster prod is for applications of project team alone, and this one is of project default",
      ),
    );
    expect(await one.hasConfigMap("others", "a")).toBe(true);
  });
});

test("a cluster that is confined to namespaces has what has no namespace left alone, until it is told otherwise", async () => {
  const given = await start();
  const role = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "wide" },
    rules: [],
  };
  await one.makeNamespace("narrow");
  const repository = await one.repository("narrow", {
    "a.yaml": configMap("narrow", "a"),
    "b.yaml": role,
    "c.yaml": configMap("elsewhere", "a"),
  });
  await one.makeNamespace("elsewhere");
  await given.ask("POST", "/api/v1/clusters", bodyOf(one, "prod", { namespaces: ["narrow"] }));
  writeFileSync(
    join(given.dir, "apps", "narrow.json"),
    JSON.stringify(
      appOf({ name: "narrow", repository, spec: { destination: { name: "prod", namespace: "narrow" } } }),
    ),
  );
  await eventually("both are said", async () => {
    const said = JSON.stringify(await statusOf(given, "narrow"));
    return (
      said.includes("ClusterRole has no namespace, and this cluster is confined to namespaces (narrow)") &&
      said.includes("namespace elsewhere is outside of the namespaces")
    );
  });
  const isThere = async (): Promise<boolean> =>
    (await one.find("/apis/rbac.authorization.k8s.io/v1/clusterroles/wide")) !== undefined;
  expect([await isThere(), await one.hasConfigMap("elsewhere", "a")]).toEqual([false, false]);
  await given.ask("PUT", "/api/v1/clusters/prod?updatedFields=namespaces", {
    namespaces: ["narrow", "elsewhere"],
    clusterResources: true,
  });
  await untilSynced(given, "narrow");
  expect([await isThere(), await one.hasConfigMap("elsewhere", "a")]).toEqual([true, true]);
}, 120_000);

describe("a cluster that is removed", () => {
  test("leaves its objects as they are, and its applications say that there is none", async () => {
    const given = await start();
    await given.ask("POST", "/api/v1/clusters", bodyOf(one, "prod"));
    await given.place(one, "stays", { name: "prod" });
    await untilSynced(given, "stays");
    const { metadata } = await one.find("/api/v1/namespaces/stays/configmaps/a");
    expect((await given.ask("DELETE", "/api/v1/clusters/prod")).status).toBe(200);
    await eventually("it is said", async () =>
      JSON.stringify((await statusOf(given, "stays")).conditions ?? "").includes(
        "no clusters with the name prod",
      ),
    );
    expect((await one.find("/api/v1/namespaces/stays/configmaps/a")).metadata.uid).toBe(metadata.uid);
    expect(given.files()).toEqual([]);
    expect((await given.ask("DELETE", "/api/v1/clusters/prod")).status).toBe(404);
  });

  test("ends an operation that waits there, with a sentence", async () => {
    const given = await start();
    await given.ask("POST", "/api/v1/clusters", bodyOf(one, "prod"));
    await one.makeNamespace("waits");
    const never = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "never", namespace: "waits", annotations: { "argocd.argoproj.io/sync-wave": "-1" } },
      spec: { containers: [{ name: "a", image: "x:broken" }] },
    };
    const repository = await one.repository("waits", {
      "a.yaml": never,
      "b.yaml": configMap("waits", "late"),
    });
    writeFileSync(
      join(given.dir, "apps", "waits.json"),
      JSON.stringify(
        appOf({ name: "waits", repository, spec: { destination: { name: "prod", namespace: "waits" } } }),
      ),
    );
    await eventually(
      "it runs",
      async () => (await statusOf(given, "waits")).operationState?.phase === "Running",
    );
    await given.ask("DELETE", "/api/v1/clusters/prod");
    await eventually("it has ended", async () => {
      const { operationState } = await statusOf(given, "waits");
      return /Failed|Error/.test(operationState?.phase ?? "");
    });
    const { operationState } = await statusOf(given, "waits");
    expect(operationState.message).toMatch(/cluster/);
    expect(await one.hasConfigMap("waits", "late")).toBe(false);
  }, 120_000);
});

describe("files of clusters", () => {
  const secretOf = (world: World, name: string) => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, labels: { "argocd.argoproj.io/secret-type": "cluster" } },
    stringData: { name, server: world.sandbox.url, config: JSON.stringify(bodyOf(world, name).config) },
  });
  const place = ({ dir }: Given, file: string, text: string): void => {
    mkdirSync(join(dir, "data", "clusters"), { recursive: true });
    writeFileSync(join(dir, "data", "clusters", file), text);
  };

  test("that somebody else writes are taken up, a broken one leaves what was, and is said", async () => {
    const given = await start();
    place(given, "mine.json", JSON.stringify(secretOf(one, "prod")));
    await untilConnected(given, "prod");
    await given.place(one, "by-file", { name: "prod" });
    await untilSynced(given, "by-file");
    place(given, "mine.json", `{"kind": "Secret", "data": {"config": "${one.sandbox.token}`);
    await eventually("it is said", async () =>
      JSON.stringify((await given.ask("GET", "/readyz")).body).includes("clusters/mine.json"),
    );
    expect((await given.ask("GET", "/api/v1/clusters/prod")).body.connectionState.status).toBe("Successful");
    expect(JSON.stringify([given.log, (await given.ask("GET", "/readyz")).body])).not.toContain(
      one.sandbox.token,
    );
    rmSync(join(given.dir, "data", "clusters", "mine.json"));
    await eventually(
      "it is gone",
      async () => (await given.ask("GET", "/api/v1/clusters/prod")).status === 404,
    );
  });

  test("that bear Argo CD's skip-reconcile are written to by nobody until they do not", async () => {
    const given = await start();
    const secret = secretOf(one, "prod");
    const annotated = (value: string): string =>
      JSON.stringify({
        ...secret,
        metadata: { ...secret.metadata, annotations: { "argocd.argoproj.io/skip-reconcile": value } },
      });
    place(given, "mine.json", annotated("true"));
    await untilConnected(given, "prod");
    await given.place(one, "held", { name: "prod" });
    await eventually("it is said", async () => {
      const { status } = (await given.ask("GET", "/api/v1/applications/held")).body;
      return JSON.stringify(status ?? {}).includes(
        "its annotation argocd.argoproj.io/skip-reconcile says that it is to be left alone",
      );
    });
    expect(await one.hasConfigMap("held", "a")).toBe(false);
    place(given, "mine.json", annotated("false"));
    await untilSynced(given, "held");
  }, 120_000);

  test("that want another one's name get nothing, and both are named", async () => {
    const given = await start();
    await given.ask("POST", "/api/v1/clusters", bodyOf(one, "prod"));
    place(given, "0.json", JSON.stringify(secretOf(two, "prod")));
    await eventually("it is said", async () => {
      const said = JSON.stringify(given.log);
      return said.includes("clusters/0.json") && said.includes(`cluster prod (${one.sandbox.url})`);
    });
    expect((await given.ask("GET", "/api/v1/clusters/prod")).body.server).toBe(one.sandbox.url);
  });

  test("that name a program which the config does not allow are held as unreachable, with the reason", async () => {
    const given = await start();
    const secret = secretOf(one, "cloud");
    const config = { execProviderConfig: { command: "no-such-helper" } };
    place(
      given,
      "cloud.json",
      JSON.stringify({ ...secret, stringData: { ...secret.stringData, config: JSON.stringify(config) } }),
    );
    await eventually("it is said", async () => {
      const { body } = await given.ask("GET", "/api/v1/clusters/cloud");
      return (
        body.connectionState?.message?.includes("the config does not allow added clusters to run it") === true
      );
    });
    // Allowed from now on: then it is the program that is not there.
    given.write({ clusterPrograms: ["no-such-helper"] });
    await given.daemon.reload();
    await given.place(one, "cloudy", { name: "cloud" });
    await eventually("it is tried", async () => {
      const { body } = await given.ask("GET", "/api/v1/clusters/cloud");
      return (
        /no-such-helper/.test(body.connectionState?.message ?? "") &&
        !/does not allow/.test(body.connectionState.message)
      );
    });
  }, 120_000);
});

describe("the config", () => {
  const configured = (world: World, name: string) => ({
    name,
    server: world.sandbox.url,
    kubeconfig: world.kubeconfig,
    context: undefined,
    namespaces: [],
    clusterResources: true,
    project: "",
    labels: {},
  });

  test("that takes the name of an added cluster does not hold, and names both", async () => {
    const given = await start();
    await given.ask("POST", "/api/v1/clusters", bodyOf(one, "prod"));
    given.write({ clusters: [configured(two, "prod")] });
    await given.daemon.reload();
    expect(JSON.stringify(given.log)).toContain(`that of cluster prod (${one.sandbox.url}) in clusters/`);
    expect((await given.ask("GET", "/api/v1/clusters/prod")).body.server).toBe(one.sandbox.url);
    given.write({ clusters: [configured(two, "other")] });
    await given.daemon.reload();
    expect(
      (await given.ask("GET", "/api/v1/clusters")).body.items.map(({ name }: any) => name).sort(),
    ).toEqual(["other", "prod"]);
  });

  test("has clusters that nobody changes but its file", async () => {
    const given = await start({ clusters: [configured(one, "prod")] });
    for (const [method, path, body] of [
      ["PUT", "/api/v1/clusters/prod", { name: "other" }],
      ["DELETE", "/api/v1/clusters/prod", undefined],
      ["POST", "/api/v1/clusters?upsert=true", bodyOf(one, "prod")],
      ["POST", "/api/v1/clusters/prod/rotate-auth", {}],
    ] as const) {
      const { status, body: said } = await given.ask(method, path, body);
      expect(status).toBe(400);
      expect(said.message).toContain("it stands in clusters of the config");
    }
  });
});

test("a cluster that hangs in TLS slows nobody else", async () => {
  const silent = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  stops.push(() => silent.stop(true));
  const given = await start();
  const hangs = { ...bodyOf(two, "hangs"), server: `https://127.0.0.1:${silent.port}` };
  const claims = {
    "kubernetes.io/serviceaccount/namespace": "kube-system",
    "kubernetes.io/serviceaccount/service-account.name": "a",
    "kubernetes.io/serviceaccount/secret.name": "a-token",
  };
  hangs.config.bearerToken = `x.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.x`;
  expect((await given.ask("POST", "/api/v1/clusters?validate=false", hangs)).status).toBe(200);
  expect((await given.ask("GET", "/api/v1/clusters/hangs")).body.holdfast.token).toBe("of-account-secret");
  // Nobody waits for its end but who asked.
  const renewing = given.ask("POST", "/api/v1/clusters/hangs/rotate-auth", {}).catch(() => undefined);
  await given.place(two, "hanging", { name: "hangs" });
  await given.ask("POST", "/api/v1/clusters", bodyOf(one, "prod"));
  await given.place(one, "swift", { name: "prod" });
  await untilSynced(given, "swift");
  const twice = await given.ask("POST", "/api/v1/clusters/hangs/rotate-auth", {});
  expect([twice.status, twice.body.message]).toEqual([
    400,
    expect.stringContaining("they are being renewed"),
  ]);
  expect((await given.ask("GET", "/api/v1/clusters/hangs")).body.connectionState.status).not.toBe(
    "Successful",
  );
  silent.stop(true);
  await renewing;
}, 120_000);
