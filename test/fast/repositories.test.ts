/** Repositories that are added, changed and removed while a daemon runs: a whole daemon in this process, real Git over HTTP. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Secret } from "../../src/core/model/secret.ts";
import { addedClusters, type Given } from "../lib/added-clusters.ts";
import { chart, startChartRepository } from "../lib/chart-repository.ts";
import { startWorld, type World } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { configMap } from "../lib/manifests.ts";

const { start, stops } = addedClusters();

const USER = { username: "ci", password: "canary-5e11-password" };
let git: GitServer, world: World;
beforeAll(async () => {
  [git, world] = [await startGitServer({ auth: { basic: USER } }), await startWorld()];
  for (const name of ["shop", "till", "held"])
    await git.createRepo(name, { "a.yaml": JSON.stringify(configMap(name, "a")) });
});
afterAll(async () => {
  await git?.close();
  await world?.stop();
});

const begin = (change: Parameters<typeof start>[0] = {}, from?: Given) =>
  start(change, from, { searchPath: process.env["PATH"] ?? "" });
const at = (url: string): string => `/api/v1/repositories/${encodeURIComponent(url)}`;
const kept = ({ dir }: Given): string[] => {
  const folder = join(dir, "data", "repositories");
  return existsSync(folder) ? readdirSync(folder).sort() : [];
};
const add = (given: Given, body: object, query = "") =>
  given.ask("POST", `/api/v1/repositories${query}`, body);
const urls = async (given: Given): Promise<string[]> =>
  (await given.ask("GET", "/api/v1/repositories")).body.items.map(({ repo }: { repo: string }) => repo);
const audits = async (given: Given): Promise<any[]> =>
  (await given.ask("GET", "/api/holdfast/v1/audit")).body.items;

describe("a repository that is added by the API", () => {
  test("is used at once, outlives a restart, and its secrets are in no answer, log, file that others read, or activity", async () => {
    const given = await begin({ clusters: [] });
    const repo = git.urlOf("shop");
    await given.ask("POST", "/api/v1/clusters", {
      name: "prod",
      server: world.sandbox.url,
      config: {
        bearerToken: world.sandbox.token,
        tlsClientConfig: { caData: Buffer.from(world.sandbox.ca).toString("base64") },
      },
    });
    await world.makeNamespace("shop");
    const app = {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: { name: "shop", namespace: "argocd" },
      spec: {
        project: "default",
        source: { repoURL: repo, path: ".", targetRevision: "main" },
        destination: { name: "prod", namespace: "shop" },
        syncPolicy: { automated: {} },
      },
    };
    writeFileSync(join(given.dir, "apps", "shop.json"), JSON.stringify(app));
    const status = async (of = given) => (await of.ask("GET", "/api/v1/applications/shop")).body.status ?? {};
    await eventually("it wants credentials", async () =>
      JSON.stringify((await status()).conditions ?? "").includes("credentials"),
    );
    const added = await add(given, { repo, ...USER });
    expect(added).toMatchObject({
      status: 200,
      body: {
        repo,
        type: "git",
        username: "ci",
        inheritedCreds: false,
        connectionState: {
          status: "Successful",
          message: expect.stringMatching(/^main@\w{7}, 1 branch, 0 tags$/),
        },
        holdfast: { keptIn: "data", made: "added", credentials: "own" },
      },
    });
    await eventually("it is Synced", async () => (await status()).sync?.status === "Synced");
    const [file = ""] = kept(given);
    expect(statSync(join(given.dir, "data", "repositories", file)).mode & 0o777).toBe(0o600);
    expect(statSync(join(given.dir, "data", "repositories")).mode & 0o777).toBe(0o700);
    const all = [
      added,
      await given.ask("GET", "/api/v1/repositories?forceRefresh=true"),
      await given.ask("GET", at(repo)),
      await given.ask("GET", "/api/holdfast/v1/status"),
      await given.ask("GET", "/api/holdfast/v1/audit"),
      given.log,
    ];
    expect(JSON.stringify(all)).not.toContain(USER.password);
    expect((await audits(given))[0]).toMatchObject({
      action: "repository-add",
      details: { repository: repo, type: "git", says: ["password", "username"] },
    });
    await given.daemon.stop();
    const again = await begin({ clusters: [] }, given);
    expect(await again.ask("GET", at(repo))).toMatchObject({
      body: { connectionState: { status: "Successful" } },
    });
    await again.ask("GET", "/api/v1/applications/shop?refresh=hard");
    await eventually("it is Synced again", async () => (await status(again)).sync?.status === "Synced");
  });

  test("proves itself first: a wrong password, another server and nobody are told, and nothing is kept", async () => {
    const given = await begin();
    const wrong = await add(given, {
      repo: git.urlOf("shop"),
      username: "ci",
      password: "canary-5e11-wrong",
    });
    expect(wrong).toMatchObject({ status: 400, body: { message: expect.stringContaining("credentials") } });
    const nobody = await add(given, { repo: "http://127.0.0.1:1/team/shop", ...USER });
    expect(nobody).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining("nothing listens") },
    });
    const page = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("a page") });
    stops.push(() => page.stop(true));
    const other = await add(given, { repo: `${page.url.origin}/team/shop`, ...USER });
    expect(other.status).not.toBe(200);
    expect(JSON.stringify([wrong, nobody, other, given.log])).not.toContain("canary-5e11");
    expect([await urls(given), kept(given), await audits(given)]).toEqual([[], [], []]);
  });

  test("answers that never end, and that lead elsewhere with the credentials, are no proof", async () => {
    const given = await begin({ git: { ...(await begin()).config.git, timeoutMs: 300 } });
    const seen: string[] = [];
    const thief = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch(request) {
        seen.push(request.headers.get("authorization") ?? "none");
        return new Response("no");
      },
    });
    const hangs = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      idleTimeout: 0,
      fetch: () => new Response(new ReadableStream({ start: () => undefined })),
    });
    const leads = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: () => new Response("", { status: 302, headers: { location: `${thief.url.origin}/x` } }),
    });
    for (const server of [thief, hangs, leads]) stops.push(() => server.stop(true));
    for (const { url } of [hangs, leads])
      expect((await add(given, { repo: `${url.origin}/shop`, ...USER })).status).not.toBe(200);
    expect(seen.filter((one) => one !== "none")).toEqual([]);
    expect(kept(given)).toEqual([]);
  });

  test("is one however it is written: a retry is answered with what is there, other settings are a conflict until --upsert", async () => {
    const given = await begin();
    const repo = git.urlOf("shop");
    expect((await add(given, { repo, ...USER })).body.holdfast.made).toBe("added");
    expect((await add(given, { repo, ...USER })).body.holdfast.made).toBe("same");
    const bare = repo.replace(/\.git$/, "");
    for (const other of [bare, `${repo}/`, `${bare}/`, repo.replace("http", "HTTP")]) {
      const { status, body } = await add(given, { repo: other, ...USER, name: "another" });
      expect([other, status]).toEqual([other, 400]);
      expect(body.message).toContain("it is there with other settings");
    }
    expect((await add(given, { repo: bare, ...USER, name: "another" }, "?upsert=true")).body).toMatchObject({
      repo: bare,
      name: "another",
      holdfast: { made: "changed" },
    });
    expect([await urls(given), kept(given).length]).toEqual([[bare], 1]);
    expect((await audits(given)).map(({ action }) => action)).toEqual(["repository-set", "repository-add"]);
  });

  test("by many at once is one, and those that differ are told", async () => {
    const given = await begin();
    const repo = git.urlOf("shop");
    const same = await Promise.all(Array.from({ length: 6 }, () => add(given, { repo, ...USER })));
    expect(same.map(({ status }) => status)).toEqual(same.map(() => 200));
    expect(same.filter(({ body }) => body.holdfast.made === "added")).toHaveLength(1);
    const differ = await Promise.all(
      ["one", "two", "three"].map((name) => add(given, { repo: git.urlOf("till"), ...USER, name })),
    );
    expect(differ.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
    expect(kept(given)).toHaveLength(2);
  });

  test.each<[string, object, string]>([
    [
      "a password in the address",
      { repo: "https://ci:canary-5e11@git.example.com/x" },
      "Write it into username",
    ],
    [
      "a token in place of a user",
      { repo: "https://ghp_canary5e11aaaaaaaaaaaaaaaa@github.com/x" },
      "a token in it",
    ],
    ["a folder of the machine", { repo: "/etc" }, "lies on the daemon's machine"],
    ["a file", { repo: "file:///etc" }, "lies on the daemon's machine"],
    ["a cloud's credentials", { repo: "http://169.254.169.254/latest" }, "a cloud tells its machines"],
    ["the same by ssh", { repo: "root@169.254.169.254:x" }, "a cloud tells its machines"],
    [
      "the same behind a proxy",
      { repo: "https://git.example.com/x", proxy: "http://169.254.169.254:80" },
      "a cloud tells",
    ],
    ["steps that lead away", { repo: "https://git.example.com/team/../other" }, "step . or .."],
    ["a program", { repo: "ext::sh -c canary-5e11" }, "space"],
    ["an option", { repo: "ssh://-oProxyCommand=canary-5e11/x" }, "host"],
    ["an unknown type", { repo: "https://git.example.com/x", type: "svn" }, "git, helm or oci"],
    ["a slip", { repo: "https://git.example.com/x", pasword: "canary-5e11" }, "Did you mean password"],
    ["no key", { repo: "https://git.example.com/x", githubAppID: 1 }, "githubAppPrivateKey is missing"],
    [
      "a key that is none",
      { repo: "https://git.example.com/x", githubAppID: 1, githubAppPrivateKey: "canary-5e11" },
      "githubAppPrivateKey",
    ],
  ])("with %s is refused with a sentence, and nothing is kept", async (_, body, says) => {
    const given = await begin();
    const { status, body: answer } = await add(given, body);
    expect([status, answer.message]).toEqual([400, expect.stringContaining(says)]);
    if (!("pasword" in body)) expect(JSON.stringify([answer, given.log])).not.toContain("canary-5e11-");
    expect(JSON.stringify([given.log])).not.toContain("canary");
    expect(kept(given)).toEqual([]);
  });

  test("of charts says how many there are, and a page that is none is refused", async () => {
    const given = await begin();
    const charts = startChartRepository({ authorization: `Basic ${btoa("ci:secret")}` });
    stops.push(() => charts.stop());
    charts.publish(chart("shop", "1.0.0"), chart("till", "1.0.0"), chart("till", "1.1.0"));
    const body = { repo: charts.url, type: "helm", name: "ours", username: "ci", password: "secret" };
    expect((await add(given, body)).body.connectionState).toMatchObject({
      status: "Successful",
      message: "2 charts",
    });
    charts.answer = () => new Response("<html>sign in</html>");
    const { body: looked } = await given.ask("GET", `${at(charts.url)}?forceRefresh=true`);
    expect(looked.connectionState).toMatchObject({ status: "Failed" });
    expect((await add(given, { ...body, repo: `${charts.url}/other` })).status).toBe(400);
  });
});

describe("what the config says", () => {
  test("cannot be changed or removed, counts before what was added, and what it displaced can still be removed", async () => {
    const repo = git.urlOf("shop");
    const own = { url: repo, username: USER.username, password: new Secret(USER.password) };
    const given = await begin({ repositories: [own] });
    const sentence = "it stands in repositories of the config";
    for (const [method, path, body] of [
      ["POST", "/api/v1/repositories?upsert=true", { repo: `${repo}/`, username: "other", password: "x" }],
      ["PUT", at(repo), { repo, username: "other", password: "x" }],
      ["DELETE", at(repo), undefined],
    ] as const) {
      const { status, body: answer } = await given.ask(method, path, body);
      expect([method, status, answer.message]).toEqual([method, 400, expect.stringContaining(sentence)]);
    }
    expect((await given.ask("GET", at(repo))).body).toMatchObject({
      connectionState: { status: "Successful" },
      holdfast: { keptIn: "config" },
    });
    given.write({ repositories: [] });
    await given.daemon.reload();
    expect((await add(given, { repo, ...USER, name: "added" })).status).toBe(200);
    given.write({ repositories: [own] });
    await given.daemon.reload();
    const listed = await given.ask("GET", "/api/v1/repositories");
    expect(listed.body.items.map(({ holdfast }: any) => holdfast.keptIn)).toEqual(["config"]);
    expect(JSON.stringify((await given.ask("GET", "/api/holdfast/v1/status")).body)).toContain(
      "that of the config counts",
    );
    expect((await given.ask("DELETE", at(repo))).status).toBe(200);
    expect(kept(given)).toEqual([]);
    expect((await given.ask("DELETE", at(repo))).body.message).toContain(sentence);
  });

  test("lends to what is added below it, which says so", async () => {
    const own = { url: `${git.url}/`, username: USER.username, password: new Secret(USER.password) };
    const given = await begin({ repositories: [own] });
    expect((await add(given, { repo: git.urlOf("till") })).body).toMatchObject({
      inheritedCreds: true,
      connectionState: { status: "Successful" },
    });
    expect((await given.ask("GET", "/api/v1/repocreds")).body.items).toMatchObject([{ url: `${git.url}/` }]);
  });
});

describe("a change", () => {
  test("that says nothing of who asks leaves it, and is refused where it would be sent by another way", async () => {
    const given = await begin();
    const repo = git.urlOf("shop");
    await add(given, { repo, ...USER });
    const seen = (await given.ask("GET", at(repo))).body;
    expect(await given.ask("PUT", at(repo), { ...seen, username: undefined, name: "shown" })).toMatchObject({
      status: 200,
      body: { name: "shown", username: "ci", connectionState: { status: "Successful" } },
    });
    for (const way of [{ proxy: "http://127.0.0.1:9" }, { insecure: true }]) {
      const { status, body } = await given.ask("PUT", at(repo), { repo, name: "shown", ...way });
      expect([status, body.message]).toEqual([400, expect.stringContaining("Give the credentials again")]);
    }
    const moved = await given.ask("PUT", at(repo), { repo: git.urlOf("till"), ...USER });
    expect(moved.body.message).toContain("keeps its address");
    const wrong = await given.ask("PUT", at(repo), { repo, username: "ci", password: "wrong" });
    expect(wrong.status).toBe(400);
    expect((await given.ask("GET", `${at(repo)}?forceRefresh=true`)).body.connectionState.status).toBe(
      "Successful",
    );
  });

  test("of a file is followed: half of one leaves what was read, one that is gone takes it along", async () => {
    const given = await begin();
    const repo = git.urlOf("shop");
    await add(given, { repo, ...USER });
    const [file = ""] = kept(given);
    const path = join(given.dir, "data", "repositories", file);
    const whole = readFileSync(path, "utf8");
    writeFileSync(path, whole.slice(0, 200));
    await eventually("it is told", async () =>
      JSON.stringify((await given.ask("GET", "/api/holdfast/v1/status")).body).includes(
        "the repository is as it was read last",
      ),
    );
    expect((await given.ask("GET", `${at(repo)}?forceRefresh=true`)).body.connectionState.status).toBe(
      "Successful",
    );
    rmSync(path);
    await eventually("it is forgotten", async () => (await urls(given)).length === 0);
    writeFileSync(path, whole);
    await eventually("it is back", async () => (await urls(given)).length === 1);
  });

  test("that cannot be written is told, and nothing of it is used", async () => {
    if (process.getuid?.() === 0) return;
    const given = await begin();
    await add(given, { repo: git.urlOf("shop"), ...USER });
    const folder = join(given.dir, "data", "repositories");
    chmodSync(folder, 0o500);
    const { status, body } = await add(given, { repo: git.urlOf("till"), ...USER });
    chmodSync(folder, 0o700);
    expect([status, body.message]).toEqual([503, expect.stringContaining("cannot be written")]);
    expect(await urls(given)).toEqual([git.urlOf("shop")]);
  });
});

describe("credentials for all that begins with an address", () => {
  test("are lent to a repository that is added without, and are gone with their entry", async () => {
    const given = await begin();
    const creds = { url: git.url, ...USER };
    expect((await add(given, { repo: git.urlOf("shop") })).status).toBe(400);
    expect((await given.ask("POST", "/api/v1/repocreds", creds)).body).toMatchObject({
      url: git.url,
      username: "ci",
      holdfast: { keptIn: "data" },
    });
    expect((await add(given, { repo: git.urlOf("shop") })).body).toMatchObject({
      inheritedCreds: true,
      connectionState: { status: "Successful" },
    });
    expect((await given.ask("GET", "/api/v1/repocreds")).body.items).toHaveLength(1);
    const path = `/api/v1/repocreds/${encodeURIComponent(git.url)}`;
    expect((await given.ask("DELETE", path)).status).toBe(200);
    expect((await given.ask("DELETE", path)).status).toBe(404);
    expect((await given.ask("GET", `${at(git.urlOf("shop"))}?forceRefresh=true`)).body).toMatchObject({
      inheritedCreds: false,
      connectionState: { status: "Failed" },
    });
  });
});

test("others' credentials are not sent by a way that an entry says itself, whichever of them was written down first", async () => {
  const given = await begin();
  const open = await startGitServer();
  stops.push(() => open.close());
  const seen: string[] = [];
  const proxy = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      seen.push(request.headers.get("authorization") ?? "none");
      return fetch(request.url, {
        method: request.method,
        headers: request.headers,
        body: await request.arrayBuffer(),
      });
    },
  });
  stops.push(() => proxy.stop(true));
  const repo = await open.createRepo("mine", { "a.yaml": "{}" });
  const mine = { repo, proxy: proxy.url.origin };
  expect((await add(given, mine)).status).toBe(200);
  await given.ask("POST", "/api/v1/repocreds", { url: open.url, ...USER });
  expect((await given.ask("GET", `${at(repo)}?forceRefresh=true`)).body).toMatchObject({
    inheritedCreds: false,
    connectionState: { status: "Successful" },
  });
  expect([seen.length > 0, seen.filter((one) => one !== "none")]).toEqual([true, []]);
  expect((await add(given, { ...mine, name: "again" }, "?upsert=true")).body.inheritedCreds).toBe(false);
  await given.ask("POST", `${at(repo)}/validate`, { proxy: mine.proxy });
  expect(await given.ask("DELETE", `/api/v1/repocreds/${encodeURIComponent(open.url)}`)).toMatchObject({
    status: 200,
  });
  // Those of the config neither, once nothing else stands before them.
  given.write({ repositories: [{ url: `${open.url}/`, ...USER, password: new Secret(USER.password) }] });
  await given.daemon.reload();
  expect((await given.ask("GET", `${at(repo)}?forceRefresh=true`)).body.inheritedCreds).toBe(false);
  expect(seen.filter((one) => one !== "none")).toEqual([]);
});

test("validate asks and keeps nothing, refs are told, and credentials in an address are refused", async () => {
  const given = await begin();
  const repo = git.urlOf("held");
  expect((await given.ask("POST", `${at(repo)}/validate`, USER)).body.holdfast.saw).toContain("main@");
  expect((await given.ask("POST", `${at(repo)}/validate?password=x`, {})).body.message).toContain(
    "not taken from the address",
  );
  expect(kept(given)).toEqual([]);
  await add(given, { repo, ...USER });
  expect((await given.ask("GET", `${at(repo)}/refs`)).body).toEqual({ branches: ["main"], tags: [] });
  expect((await given.ask("GET", `${at("https://git.example.com/none")}/refs`)).status).toBe(404);
  expect((await given.ask("GET", `${at(repo)}/anything`)).status).toBe(501);
});

test("one that is a project's is of applications of that project alone, and two projects may have the same", async () => {
  const given = await begin();
  const repo = git.urlOf("shop");
  for (const project of ["one", "two"])
    expect((await add(given, { repo, ...USER, project })).body).toMatchObject({ project });
  expect((await given.ask("GET", at(repo))).body.message).toContain("Name one in appProject");
  expect((await given.ask("DELETE", `${at(repo)}?appProject=one`)).status).toBe(200);
  expect((await given.ask("GET", at(repo))).body).toMatchObject({ project: "two" });
});
