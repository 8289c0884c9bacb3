/** Submodules of sources and of bases, over real Git servers. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { CommitSha } from "../../src/core/model/commit-sha.ts";
import { asFailure } from "../../src/core/model/failure.ts";
import type { SourceTree } from "../../src/core/ports/source-tree.ts";
import { withSubmodules } from "../../src/engine/target/with-submodules.ts";
import { Repositories } from "../../src/git/repositories.ts";
import { systemClock } from "../../src/lib/system-clock.ts";
import { type BaseStand, baseStand } from "../lib/base-stand.ts";
import { appOf, type Rig, startRig, startWorld, type World } from "../lib/engine-rig.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { npmToolSets, silent } from "../lib/render-host.ts";
import { configMap } from "../lib/source-folder.ts";
import { addSubmodule, putGitlink } from "../lib/submodules.ts";

let server: GitServer;
let programs: Record<string, string>;

beforeAll(async () => {
  programs = (await npmToolSets())[0]?.programs ?? {};
});
beforeEach(async () => {
  server = await startGitServer();
  await server.createRepo("team/lib", { "map.yaml": configMap("of-lib"), "deep/a.txt": "a\n" });
  await server.createRepo("team/shop", {
    "m/own.yaml": configMap("own"),
    "m/link.txt": { link: "lib/deep/a.txt" },
  });
  await addSubmodule(server, "team/shop", "m/lib", "team/lib", "../lib.git");
});
afterEach(() => server.close());

describe("withSubmodules()", () => {
  let stand: BaseStand, git: Repositories;
  beforeEach(async () => {
    const [tools] = await npmToolSets();
    if (tools === undefined) throw new Error("there are no tools");
    stand = await baseStand(tools);
    git = new Repositories({
      dataDir: `${stand.host.folder}/git`,
      clock: systemClock,
      log: silent,
      systemGit: Bun.which("git") ?? undefined,
      env: { PATH: process.env["PATH"] ?? "" },
      timeoutMs: 2_000,
    });
  });
  afterEach(async () => {
    await git.stop();
    await stand.close();
  });
  const tree = async (
    repo: string,
    refuse: Parameters<typeof withSubmodules>[2]["refuse"] = () => undefined,
  ): Promise<SourceTree> => {
    const url = server.urlOf(repo);
    const commit = (await server.git(repo, "rev-parse", "main")) as CommitSha;
    return withSubmodules(await git.tree({ url }, commit), url, {
      git,
      refuse,
      access: (of) => ({ url: of }),
    });
  };
  const text = async (of: SourceTree, path: string) => new TextDecoder().decode(await of.read(path));
  const failureOf = (work: Promise<unknown>) =>
    work.then(
      () => {
        throw new Error("it was read");
      },
      (cause: unknown) => asFailure(cause, "it", "read").message,
    );
  const fetches = (repo: string) =>
    server.requests.filter(({ path }) => path.startsWith(`/${repo}.git/git-upload-pack`)).length;

  test("shows a submodule as a folder, and fetches it when something of it is read", async () => {
    const shop = await tree("team/shop");
    expect((await shop.list("m")).map(({ name, kind }) => `${kind} ${name}`).sort()).toEqual([
      "file own.yaml",
      "folder lib",
      "link link.txt",
    ]);
    expect(fetches("team/lib")).toBe(0);
    expect(await text(shop, "m/lib/deep/a.txt")).toBe("a\n");
    expect((await shop.list("m/lib")).map(({ name }) => name).sort()).toEqual(["deep", "map.yaml"]);
    expect(await shop.entry("m/lib/gone")).toBeUndefined();
    const asked = server.requests.length;
    await (await tree("team/shop")).read("m/lib/map.yaml");
    expect(server.requests.length).toBe(asked);
  });

  test("has another object id with another commit of it", async () => {
    const before = await (await tree("team/shop")).oid("m");
    await putGitlink(
      server,
      "team/shop",
      "m/lib",
      await server.commit("team/lib", { "map.yaml": "b: 2\n" }, "second"),
    );
    const shop = await tree("team/shop");
    expect(await shop.oid("m")).not.toBe(before);
    expect(await text(shop, "m/lib/map.yaml")).toBe("b: 2\n");
  });

  test("reads submodules of submodules, eight deep", async () => {
    await server.createRepo("n0", { "a.txt": "the end\n" });
    for (let at = 1; at <= 9; at++) {
      await server.createRepo(`n${at}`, { "a.txt": "" });
      await addSubmodule(server, `n${at}`, "in", `n${at - 1}`, `../n${at - 1}.git`);
    }
    expect(await text(await tree("n8"), `${"in/".repeat(8)}a.txt`)).toBe("the end\n");
    expect(await failureOf((await tree("n9")).read(`${"in/".repeat(9)}a.txt`))).toContain(
      "submodules are nested more than 8 deep",
    );
  });

  test("tells no id and no content of one that is not permitted, not even after others fetched it", async () => {
    await (await tree("team/shop")).read("m/lib/map.yaml");
    const shop = await tree("team/shop", () => ({ why: "nobody permits it", fix: "Ask for it" }));
    const said = `${server.urlOf("team/lib")}: nobody permits it`;
    for (const work of [shop.read("m/lib/map.yaml"), shop.oid("m"), shop.list("m/lib"), shop.oid("")])
      expect(await failureOf(work)).toContain(said);
    expect(await text(shop, "m/own.yaml")).toContain("own");
  });

  test("one that cannot be had is one sentence with its path and address", async () => {
    await putGitlink(server, "team/shop", "m/lib", "1".repeat(40));
    expect(await failureOf((await tree("team/shop")).read("m/lib/map.yaml"))).toMatch(
      new RegExp(`^m/lib: cannot fetch the submodule: ${server.urlOf("team/lib")}: `),
    );
    await addSubmodule(server, "team/shop", "up", "team/lib", "../../../../x.git");
    expect(await failureOf((await tree("team/shop")).read("up/a"))).toContain(
      "its address ../../../../x.git leads above its host",
    );
  });

  test("what .gitmodules does not name, or what is no submodule, stays what it is", async () => {
    await putGitlink(server, "team/shop", "other", "1".repeat(40));
    const before = await server.git("team/shop", "show", "main:.gitmodules");
    await server.commit(
      "team/shop",
      { ".gitmodules": `${before}\n[submodule "m"]\n\tpath = m/own.yaml\n\turl = ../lib.git\n` },
      "a file",
    );
    const shop = await tree("team/shop");
    expect((await shop.entry("other"))?.kind).toBe("submodule");
    expect((await shop.entry("m/own.yaml"))?.kind).toBe("file");
  });

  test("a base has its submodules too", async () => {
    await server.commit("team/shop", { "b/kustomization.yaml": "resources: [../s/map]\n" }, "a base");
    await server.createRepo("team/parts", {
      "map/kustomization.yaml": "resources: [map.yaml]\n",
      "map/map.yaml": configMap("of-parts"),
    });
    await addSubmodule(server, "team/shop", "s", "team/parts", "../parts.git");
    stand.remoteBases = [`${server.url}/**`];
    stand.source.write({
      "app/kustomization.yaml": `resources: ["${server.urlOf("team/shop")}//b?ref=main"]\n`,
    });
    expect((await stand.objects()).map(({ metadata }) => metadata.name)).toEqual(["of-parts"]);
    stand.remoteBases = [server.urlOf("team/shop")];
    expect((await stand.failure()).message).toContain(
      "neither remoteBases nor repositories in the config names it",
    );
  });
});

describe("with the engine", () => {
  let world: World, rig: Rig;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterEach(() => rig.stop());
  afterAll(() => world.stop());

  test("a source has its submodules, follows them by its own commits, and blast brings those that it has", async () => {
    rig = await startRig(world, { programs, settings: { remoteBases: [`${server.url}/**`] } });
    await world.makeNamespace("a");
    const repository = await world.repository("a", {});
    const source = { repoURL: server.urlOf("team/shop"), path: "m", directory: { recurse: true } };
    const app = appOf({ name: "a", repository });
    rig.place({ ...app, spec: { ...app.spec, source } });
    await rig.untilSettled("a");
    expect((await world.find("/api/v1/namespaces/a/configmaps/of-lib"))?.data?.of).toBeUndefined();
    const pushed = await server.commit(
      "team/lib",
      { "map.yaml": configMap("of-lib", { of: "push" }) },
      "second",
    );
    const base = await putGitlink(server, "team/shop", "m/lib", pushed);
    await rig.refresh("a");
    await rig.until("a", ({ status }) => status?.sync.status === "Synced" && status.sync.revision === base);
    expect((await world.find("/api/v1/namespaces/a/configmaps/of-lib"))?.data?.of).toBe("push");
    await server.git("team/shop", "branch", "stays", base);
    const next = await server.commit(
      "team/lib",
      { "map.yaml": configMap("of-lib", { of: "blast" }) },
      "third",
    );
    const head = await putGitlink(server, "team/shop", "m/lib", next);
    const lines: string[] = [];
    for await (const line of rig.control.blast(
      { base, head, into: "main", repository: server.urlOf("team/shop") },
      new AbortController().signal,
    ))
      lines.push(JSON.stringify(line));
    expect(lines.join("\n")).not.toContain("cannot");
    expect(lines.join("\n")).toContain("of-lib");
  });
});
