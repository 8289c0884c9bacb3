/** Applications whose source is a chart of a chart repository, with the real engine, a real server and the real helm. */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { appKey } from "../../src/core/model/application.ts";
import { type ChartRepository, chart, startChartRepository } from "../lib/chart-repository.ts";
import { endingOf } from "../lib/ending-of.ts";
import { AUTOMATED, appOf, HOME, type Rig, startRig, startWorld, type World } from "../lib/engine-rig.ts";
import { npmToolSets } from "../lib/render-host.ts";

let world: World, rig: Rig, charts: ChartRepository;
let programs: Record<string, string>;

beforeAll(async () => {
  programs = (await npmToolSets())[0]?.programs ?? {};
});
beforeEach(async () => {
  world = await startWorld();
  charts = startChartRepository();
  charts.publish(chart("shop", "1.0.0"), chart("shop", "1.1.0"), chart("shop", "2.0.0-rc.1"));
  // Dependencies may name a server on this machine where the config does.
  const repositories = [{ url: "http://127.0.0.1:", type: "helm" as const }];
  rig = await startRig(world, { programs, settings: { repositories } });
});
afterEach(async () => {
  await rig.stop();
  await charts.stop();
  await world.stop();
});

const read = async (name: string) =>
  (await world.find(`/api/v1/namespaces/${name}/configmaps/${name}-shop`))?.data;

async function place(name: string, targetRevision: string, more: object = {}): Promise<void> {
  await world.makeNamespace(name);
  const app = appOf({
    name,
    repository: { url: charts.url, commit: async () => "" },
    spec: { syncPolicy: AUTOMATED },
  });
  app.spec.source = { repoURL: charts.url, chart: "shop", targetRevision, ...more };
  rig.place(app);
}

describe("a dependency", () => {
  const said = async (name: string, words: RegExp) =>
    rig.until(name, ({ status }) => status?.conditions?.some(({ message }) => words.test(message)));
  const withDependency = (version: string) => ({
    "Chart.yaml": `apiVersion: v2\nname: own\nversion: 1.0.0\ndependencies:\n- name: shop\n  version: "${version}"\n  repository: ${charts.url}\n`,
  });

  test("whose version is withdrawn is what it was, and that is said until it is there again", async () => {
    await rig.placeNew("gone", withDependency("1.0.0"), { spec: { syncPolicy: AUTOMATED } });
    await rig.untilSettled("gone");
    charts.withdraw("shop", "1.0.0");
    await rig.refresh("gone", "hard");
    const app = await said("gone", /does not name shop 1\.0\.0 any more/);
    expect(app.status?.sync.status).toBe("Synced");
    charts.publish(chart("shop", "1.0.0"));
    await rig.refresh("gone", "hard");
    await rig.until("gone", ({ status }) =>
      status?.conditions?.every(({ message }) => !message.includes("any more")),
    );
  });

  test("whose server is silent is what it was, and since when is when it was heard last", async () => {
    await rig.placeNew("silent", withDependency("^1.0.0"), { spec: { syncPolicy: AUTOMATED } });
    await rig.untilSettled("silent");
    rig.clock.advance(3_600_000);
    const heardFrom = rig.clock.now();
    await rig.refresh("silent");
    charts.answer = () => new Response("busy", { status: 503 });
    rig.clock.advance(60_000);
    await rig.refresh("silent");
    const app = await said("silent", /shop in version 1\.1\.0 is what it said then/);
    const [, since = ""] =
      /asked since (\S+): it answered HTTP 503/.exec(
        (app.status?.conditions ?? []).map(({ message }) => message).join("\n"),
      ) ?? [];
    expect(Date.parse(since)).toBeGreaterThanOrEqual(heardFrom - 1000);
    charts.answer = undefined;
    rig.clock.advance(3_600_000);
    await rig.refresh("silent");
    await rig.until("silent", ({ status }) =>
      status?.conditions?.every(({ message }) => !message.includes("cannot be asked")),
    );
  });
});

describe("a chart of a chart repository", () => {
  test("is synced, and its version is the revision in status and history", async () => {
    await place("a", "1.0.0");
    const app = await rig.untilSettled("a");
    expect(app.status?.sync.revision).toBe("1.0.0");
    expect(app.status?.history?.map(({ revision }) => revision)).toEqual(["1.0.0"]);
    expect(app.status?.sourceType).toBe("Helm");
    expect(await read("a")).toEqual({ version: "1.0.0", greeting: "hello" });
  });

  test("a range follows the newest release, and a new version is a new revision", async () => {
    await place("b", "^1.0.0");
    expect((await rig.untilSettled("b")).status?.sync.revision).toBe("1.1.0");
    charts.publish(chart("shop", "1.2.0"));
    await rig.refresh("b");
    await rig.until("b", ({ status }) => status?.history?.at(-1)?.revision === "1.2.0");
    expect((await rig.untilSettled("b")).status?.sync.revision).toBe("1.2.0");
    expect(await read("b")).toEqual({ version: "1.2.0", greeting: "hello" });
  });

  test("values from Git beside it are its own by $ref", async () => {
    await world.makeNamespace("c");
    const repository = await world.repository("c", { "env/prod.yaml": "greeting: from Git\n" });
    const app = appOf({ name: "c", repository, spec: { syncPolicy: AUTOMATED } });
    delete app.spec.source;
    app.spec.sources = [
      {
        repoURL: charts.url,
        chart: "shop",
        targetRevision: "1.*",
        helm: { valueFiles: ["$values/env/prod.yaml"] },
      },
      { repoURL: repository.url, targetRevision: "main", ref: "values" },
    ];
    rig.place(app);
    const settled = await rig.untilSettled("c");
    expect(await read("c")).toEqual({ version: "1.1.0", greeting: "from Git" });
    expect(settled.status?.sync.revisions?.[0]).toBe("1.1.0");
    const commit = await repository.commit({ "env/prod.yaml": "greeting: changed\n" });
    await rig.refresh("c");
    await rig.until("c", ({ status }) => status?.history?.at(-1)?.revisions?.[1] === commit);
    expect(await read("c")).toEqual({ version: "1.1.0", greeting: "changed" });
  });

  test("a chart that bears a ref lends its files, and is rendered itself too", async () => {
    charts.publish(chart("shop", "1.3.0", { "envs/prod.yaml": "greeting: from the chart\n" }));
    await world.makeNamespace("lends");
    const repository = await world.repository("lends", {
      "own/Chart.yaml": "apiVersion: v2\nname: own\nversion: 1.0.0\n",
      "own/templates/map.yaml":
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own}\ndata: {greeting: {{ .Values.greeting | quote }}}\n",
    });
    const app = appOf({ name: "lends", repository, spec: { syncPolicy: AUTOMATED } });
    delete app.spec.source;
    app.spec.sources = [
      { repoURL: charts.url, chart: "shop", targetRevision: "1.3.0", ref: "chart" },
      {
        repoURL: repository.url,
        targetRevision: "main",
        path: "own",
        helm: { valueFiles: ["$chart/envs/prod.yaml"] },
      },
    ];
    rig.place(app);
    await rig.untilSettled("lends");
    expect(await read("lends")).toEqual({ version: "1.3.0", greeting: "hello" });
    expect((await world.find("/api/v1/namespaces/lends/configmaps/own"))?.data).toEqual({
      greeting: "from the chart",
    });
  });

  test("what is known is not asked for again", async () => {
    await place("d", "1.0.0");
    await rig.untilSettled("d");
    const asked = charts.requests.length;
    expect(charts.requests.map(({ path }) => path)).toEqual(["/stable/index.yaml", "/stable/shop-1.0.0.tgz"]);
    await rig.refresh("d");
    expect(charts.requests).toHaveLength(asked);
    // A person who insists is told by the server itself.
    await rig.refresh("d", "hard");
    expect(charts.requests.slice(asked).map(({ path, status }) => `${path} ${status}`)).toEqual([
      "/stable/index.yaml 304",
    ]);
  });

  test("a server that is down leaves everything as it is, and is said with since when", async () => {
    await place("e", "1.*");
    await rig.untilSettled("e");
    charts.answer = () => new Response("busy", { status: 503 });
    await rig.refresh("e");
    const app = await rig.until("e", ({ status }) =>
      status?.conditions?.some(({ type }) => type === "ManifestWarning"),
    );
    expect(app.status?.sync).toMatchObject({ status: "Synced", revision: "1.1.0" });
    expect(app.status?.conditions?.[0]?.message).toMatch(
      /^http:\/\/127\.0\.0\.1:\d+\/stable: it cannot be asked since \d{4}-.*Z: it answered HTTP 503\. shop in version 1\.1\.0 is what it said then, and stays until it answers$/,
    );
    charts.answer = undefined;
    rig.clock.advance(3_600_000);
    await rig.refresh("e");
    await rig.until("e", ({ status }) => (status?.conditions ?? []).length === 0);
  });

  test("a rollback goes to the version, and a rollback in Git says that it cannot", async () => {
    await place("f", "1.0.0");
    await rig.untilSettled("f");
    await place("f", "1.1.0");
    await rig.until("f", ({ status }) => status?.history?.at(-1)?.revision === "1.1.0");
    await rig.untilSettled("f");
    const key = appKey(HOME, "f");
    expect(await endingOf(rig.control.revertPlan(key, 0))).toThrow(
      /it is deployed from the chart shop of http:.*, which is not in Git\. Edit the version where the Application is written/,
    );
    await rig.control.rollback(key, { deployment: 0, actor: "user:ada", until: "lifted" });
    await rig.until("f", ({ status }) => status?.history?.at(-1)?.revision === "1.0.0");
    expect(await read("f")).toEqual({ version: "1.0.0", greeting: "hello" });
  });

  test("a commit that is not merged brings charts only from where charts come from", async () => {
    const stranger = startChartRepository();
    try {
      stranger.publish(chart("shop", "1.0.0"));
      await place("h", "1.0.0");
      await rig.untilSettled("h");
      const dependsOn = (url: string): string =>
        `apiVersion: v2\nname: app\nversion: 0.1.0\ndependencies: [{ name: shop, version: 1.x, repository: "${url}" }]\n`;
      const repository = await rig.placeNew("i", { "Chart.yaml": dependsOn(charts.url) });
      await rig.untilSettled("i");
      const base = await repository.commit({ "values.yaml": "shop: { greeting: now }\n" });
      await rig.refresh("i");
      await rig.until("i", ({ status }) => status?.history?.at(-1)?.revision === base);
      const head = await repository.commit({ "Chart.yaml": dependsOn(stranger.url) });
      const asked: string[] = [];
      for await (const line of rig.control.blast(
        { base, head, into: "main", repository: repository.url },
        new AbortController().signal,
      ))
        asked.push(JSON.stringify(line));
      expect(asked.join("\n")).toContain("no application here reads this address yet");
      expect(stranger.requests).toEqual([]);
    } finally {
      await stranger.stop();
    }
  });

  test.each([
    {
      is: "a version that there is not",
      source: { targetRevision: "9.9.9" },
      says: /cannot find shop 9\.9\.9: no version of shop is 9\.9\.9\. The newest are 2\.0\.0-rc\.1, 1\.1\.0, 1\.0\.0/,
    },
    {
      is: "a chart that there is not",
      source: { chart: "shopp" },
      says: /cannot find shopp 1\.0\.0: there is no chart "shopp" in its index\. It holds shop/,
    },
  ])("$is is one sentence", async ({ source, says }) => {
    await place("g", "1.0.0", source);
    const app = await rig.until("g", ({ status }) => status?.conditions?.length);
    expect(app.status?.conditions?.[0]).toMatchObject({ type: "ComparisonError" });
    expect(app.status?.conditions?.[0]?.message).toMatch(says);
    expect(await read("g")).toBeUndefined();
  });
});
