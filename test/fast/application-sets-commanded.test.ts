/** ApplicationSets of a running daemon through its API and the command line. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultConfig } from "../../src/config/load-config.ts";
import { customResourceDefinitions } from "../../src/core/definitions/custom-resources.ts";
import type { ApplicationSet } from "../../src/core/model/application-set.ts";
import { Secret } from "../../src/core/model/secret.ts";
import { applicationSetsApiConformance, type SetsApiUnderTest } from "../conformance/application-sets-api.ts";
import { shopsSet } from "../fakes/fake-sets.ts";
import { cli } from "../lib/cli.ts";
import { freePort } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { DEFINITIONS } from "../lib/records-stage.ts";
import { type SetsDaemon, startSetsDaemon } from "../lib/sets-daemon.ts";

const JSON_TYPE = { "content-type": "application/json" };

for (const home of ["files", "cluster"] as const)
  applicationSetsApiConformance(`on a daemon whose home is ${home}`, home, (token) => underTest(home, token));

async function underTest(home: "files" | "cluster", token: string | undefined): Promise<SetsApiUnderTest> {
  const regions = ["a", "b", "c"];
  const server = {
    ...defaultConfig("/").server,
    listen: { hostname: "127.0.0.1", port: await freePort() },
    token: token === undefined ? undefined : new Secret(token),
  };
  const given = await startSetsDaemon(
    home === "files" ? { server } : { server, home: "cluster", applications: [] },
  );
  if (home === "cluster") {
    await given.world.makeNamespace("argocd");
    for (const definition of customResourceDefinitions())
      await given.world.must("POST", DEFINITIONS, definition);
  }
  const headers: Record<string, string> = { ...JSON_TYPE };
  if (token !== undefined) headers["authorization"] = `Bearer ${token}`;
  const put = async (set: ApplicationSet) => {
    const path = "/api/v1/applicationsets?upsert=true";
    const { status, body } = await given.api(path, { method: "POST", headers, body: JSON.stringify(set) });
    expect(status, JSON.stringify(body)).toBe(200);
  };
  const told = async (name: string) =>
    (await given.api(`/api/holdfast/v1/applicationsets/argocd/${name}`, { headers })).body;
  const repository = await given.world.repository("made", {
    "shop/x.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\n",
  });
  const { url: repoURL } = repository;
  const set = shopsSet(["given"], { name: "given", repoURL });
  if (home === "files") given.file("given.yaml", set);
  else
    await eventually("its definition is known", async () => {
      const sent = { method: "POST", headers, body: JSON.stringify(set) };
      return (await given.api("/api/v1/applicationsets", sent)).status === 200;
    });
  await put(shopsSet(regions, { name: "shrunk", repoURL }));
  await eventually("both sets have their applications", async () => {
    const [filed, shrunk] = [await told("given"), await told("shrunk")];
    return filed.applications?.length === 1 && shrunk.applications?.length === regions.length;
  });
  await put(shopsSet([], { name: "shrunk", repoURL }));
  await eventually(
    "its deletions wait",
    async () => (await told("shrunk")).blocked?.length === regions.length,
  );
  return {
    url: given.daemon.url,
    namespace: "argocd",
    app: "shop-given",
    gone: regions.map((region) => `argocd/shop-${region}`),
    spec: {
      project: "default",
      source: { repoURL, path: "shop" },
      destination: { server: "https://kubernetes.default.svc", namespace: "made" },
    },
    stop: given.stop,
  };
}

describe("the command line and a daemon", () => {
  let given: SetsDaemon;
  let repository: string;
  const folder = mkdtempSync(join(tmpdir(), "holdfast-asked-"));
  beforeAll(async () => {
    given = await startSetsDaemon();
    repository = (
      await given.world.repository("estate", {
        "shop/x.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\n",
      })
    ).url;
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await given?.stop();
  });
  const run = (argv: string) => cli(argv.split(" "), { server: given.daemon.url });
  const fileOf = (set: ApplicationSet): string => {
    const file = join(folder, "set.yaml");
    const { template } = set.spec;
    const spec = {
      ...template.spec,
      source: { ...(template.spec?.["source"] as object), repoURL: repository },
      syncPolicy: { automated: { prune: true }, syncOptions: ["CreateNamespace=true"] },
    };
    writeFileSync(file, JSON.stringify({ ...set, spec: { ...set.spec, template: { ...template, spec } } }));
    return file;
  };

  test("a set from its preview to its end: made, synced, shrunk, refused, approved, deleted", async () => {
    const three = fileOf(shopsSet(["eu", "us", "jp"]));
    expect((await run("appset list")).stderr).toBe("There are no ApplicationSets yet.\n");
    const preview = await run(`appset preview -f ${three} --name-only`);
    expect(preview.stdout).toBe("create argocd/shop-eu\ncreate argocd/shop-us\ncreate argocd/shop-jp\n");
    expect(preview.code).toBe(1);
    expect((await run(`appset create -f ${three} --dry-run`)).code).toBe(0);
    expect(await given.names()).toEqual([]);
    expect((await run(`appset create -f ${three}`)).code).toBe(0);
    await given.untilNames(["shop-eu", "shop-jp", "shop-us"]);
    for (const namespace of ["eu", "us", "jp"])
      await eventually(`${namespace} has its object`, () => given.world.hasConfigMap(namespace, "x"));
    expect((await run(`appset preview -f ${three}`)).code).toBe(0);

    const got = await run("appset get shops");
    expect(got.stdout).toContain("Applications     3\n");
    expect(got.stdout).toContain("argocd/shop-eu");

    const two = fileOf(shopsSet(["eu", "us"]));
    expect((await run(`appset preview -f ${two} --name-only`)).stdout).toBe("delete argocd/shop-jp\n");
    expect((await run(`appset create -f ${two}`)).code).toBe(7);
    expect((await run(`appset create -f ${two} --upsert`)).code).toBe(0);
    await given.untilNames(["shop-eu", "shop-us"]);
    await eventually("its object is gone", async () => !(await given.world.hasConfigMap("jp", "x")));

    const none = fileOf(shopsSet([]));
    expect((await run(`appset preview -f ${none} --name-only`)).stdout).toBe(
      "held argocd/shop-eu\nheld argocd/shop-us\n",
    );
    expect((await run(`appset create -f ${none} --upsert`)).code).toBe(0);
    expect((await run("appset refresh shops")).stdout).toBe(
      "◌ Waiting argocd/shops: 2 applications, 2 deletions wait for a person\n",
    );
    expect(await given.names()).toEqual(["shop-eu", "shop-us"]);
    expect((await run("status")).stdout).toContain("1 ApplicationSet: 2 deletions wait for a person");
    expect((await given.api("/metrics")).body).toContain(
      'holdfast_appset_waiting_deletions{namespace="argocd",name="shops"} 2\n',
    );
    expect((await run("appset approve shops --confirm 1")).code).toBe(7);
    expect((await run("appset approve shops --confirm 2")).code).toBe(0);
    await given.untilNames([]);
    await eventually("no object is left", async () => !(await given.world.hasConfigMap("eu", "x")));

    expect((await run("appset delete shops -y")).code).toBe(0);
    await eventually("it is gone", async () => (await run("appset get shops")).code === 3);
  });

  test("a generator that breaks is said with the set, and takes no application away", async () => {
    const set = shopsSet(["eu"], { name: "broken" });
    expect((await run(`appset create -f ${fileOf(set)}`)).code).toBe(0);
    await given.untilNames(["shop-eu"]);
    const nowhere = { repoURL: `${repository}-nowhere`, revision: "HEAD", directories: [{ path: "*" }] };
    const broken = fileOf({ ...set, spec: { ...set.spec, generators: [{ git: nowhere }] } });
    const preview = await run(`appset preview -f ${broken} --name-only`);
    expect(preview.stdout).toBe("held argocd/shop-eu\n");
    expect(preview.code).toBe(8);
    expect((await run(`appset create -f ${broken} --upsert`)).code).toBe(0);
    const refreshed = await run("appset refresh broken");
    expect(refreshed.stderr).toContain("-nowhere");
    expect(refreshed.code).toBe(8);
    expect(await given.names()).toEqual(["shop-eu"]);
    const { stdout } = await run("appset list");
    expect(stdout).toContain("✗ Error");
    expect((await run("status")).stdout).toContain(
      "1 ApplicationSet: 1 with errors\n✗ ApplicationSet argocd/broken: ",
    );
    const gone = await run("appset delete broken -y --wait --timeout 60");
    expect([gone.code, gone.stdout]).toEqual([
      0,
      expect.stringContaining("argocd/broken: is deleted, and its 1 application with it\n"),
    ]);
    expect(gone.stdout).toContain("argocd/shop-eu: is gone");
    expect(await given.names()).toEqual([]);
  });
});
