/** Kustomizations with bases in other repositories, with the real engine, a real Git server and the real kustomize. */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { AUTOMATED, appOf, type Rig, startRig, startWorld, type World } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { npmToolSets } from "../lib/render-host.ts";
import { configMap } from "../lib/source-folder.ts";

let world: World, rig: Rig, bases: GitServer;
let programs: Record<string, string>;

const BASE = {
  "kustomization.yaml": "resources: [map.yaml]\n",
  "map.yaml": configMap("map", { of: "base" }),
};

beforeAll(async () => {
  programs = (await npmToolSets())[0]?.programs ?? {};
});
beforeEach(async () => {
  world = await startWorld();
  bases = await startGitServer();
  await bases.createRepo("known", BASE);
  await bases.createRepo("stranger", BASE);
  rig = await startRig(world, { programs, settings: { remoteBases: [`${bases.url}/**`] } });
});
afterEach(async () => {
  await rig.stop();
  await bases.close();
  await world.stop();
});

const uses = (repo: string) => ({
  "kustomization.yaml": `resources: ["${bases.urlOf(repo)}?ref=main"]\n`,
});
const asked = (repo: string) => bases.requests.filter(({ path }) => path.startsWith(`/${repo}.git`)).length;

test("a push to a base is heard by whoever uses it", async () => {
  await rig.placeNew("a", uses("known"));
  await rig.untilSettled("a");
  await bases.commit("known", { "map.yaml": configMap("map", { of: "the push" }) }, "second");
  rig.engine.pushed([bases.urlOf("known")]);
  await eventually(
    "the base that was pushed",
    async () => (await world.find("/api/v1/namespaces/a/configmaps/map"))?.data?.of === "the push",
  );
});

test("a base that is mended is seen by who could never be rendered", async () => {
  await rig.stop();
  rig = await startRig(world, {
    programs,
    settings: { remoteBases: [`${bases.url}/**`], poll: { everyMs: 200 }, pollSpreadMs: 0 },
  });
  await bases.commit("known", { "kustomization.yaml": null }, "broken");
  await rig.placeNew("c", uses("known"));
  await rig.until("c", ({ status }) =>
    status?.conditions?.some(({ message }) => message.includes("which holds no kustomization")),
  );
  await bases.commit("known", { "kustomization.yaml": BASE["kustomization.yaml"] }, "mended");
  await eventually(
    "the mended base",
    async () => (await world.find("/api/v1/namespaces/c/configmaps/map")) !== undefined,
  );
});

describe("a base whose server is silent when the daemon starts", () => {
  /** Settled once, and started again while every request for bases is answered so. */
  const again = async (name: string, status: number) => {
    const repository = await rig.placeNew(name, uses("known"));
    await rig.untilSettled(name);
    await rig.stop();
    bases.fail({ do: "status", status });
    rig = await startRig(world, { programs, settings: { remoteBases: [`${bases.url}/**`] } });
    rig.place(appOf({ name, repository }));
  };

  test("is what it was when it was heard last, and the application says since when", async () => {
    const last = await bases.git("known", "rev-parse", "main");
    await again("d", 503);
    const { status } = await rig.untilSettled("d");
    const said = status?.conditions?.map(({ message }) => message).join("\n") ?? "";
    expect(said).toMatch(/cannot be asked since \d{4}-\d\d-\d\dT/);
    expect(said).toContain(`is at ${last.slice(0, 12)}`);
  });

  test("is not had where the server says no", async () => {
    await again("e", 401);
    await rig.until("e", ({ status }) =>
      status?.conditions?.some(({ message }) => message.includes("which cannot be fetched")),
    );
  });
});

describe("a base that a tag or a commit names", () => {
  const restart = async (name: string, repository: Awaited<ReturnType<Rig["placeNew"]>>) => {
    await rig.stop();
    rig = await startRig(world, { programs, settings: { remoteBases: [`${bases.url}/**`] } });
    rig.place(appOf({ name, repository, spec: { syncPolicy: AUTOMATED } }));
  };
  const mapOf = async (name: string) =>
    (await world.find(`/api/v1/namespaces/${name}/configmaps/map`))?.data?.of;
  const naming = (ref: string) => ({
    "kustomization.yaml": `resources: ["${bases.urlOf("known")}?ref=${ref}"]\n`,
  });

  test.each(["v1", "a commit", "seven digits of one"])(
    "%s is here after a restart while its server is down, and nobody is asked",
    async (ref) => {
      await bases.git("known", "tag", "v1");
      const commit = await bases.git("known", "rev-parse", "main");
      const name = `down-${ref.replaceAll(" ", "-")}`;
      const at = ref === "v1" ? ref : ref === "a commit" ? commit : commit.slice(0, 7);
      const repository = await rig.placeNew(name, naming(at));
      await rig.untilSettled(name);
      bases.fail({ do: "status", status: 503 });
      const before = asked("known");
      await restart(name, repository);
      await rig.untilSettled(name);
      await rig.refresh(name);
      expect((await rig.untilSettled(name)).status?.conditions ?? []).toEqual([]);
      expect(asked("known")).toBe(before);
    },
  );

  test("is where it was when the tag is moved, which is said, until a hard refresh", async () => {
    await bases.git("known", "tag", "v1");
    const repository = await rig.placeNew("moved", naming("v1"));
    await rig.untilSettled("moved");
    await bases.commit("known", { "map.yaml": configMap("map", { of: "the moved tag" }) }, "second");
    await bases.git("known", "tag", "--force", "v1", "main");
    await restart("moved", repository);
    // Its branch is followed by another one, so that the list of refs is known.
    await rig.placeNew("follows", uses("known"));
    await rig.untilSettled("follows");
    await rig.refresh("moved");
    const said = (await rig.until("moved", ({ status }) => (status?.conditions ?? []).length > 0)).status;
    expect(said?.conditions?.[0]?.message).toMatch(
      /v1 was moved: it is used at [0-9a-f]{12}, where it was when it was looked up, and is at [0-9a-f]{12} by now/,
    );
    await rig.untilIdle();
    expect(await mapOf("moved")).toBe("base");
    await rig.refresh("moved", "hard");
    await eventually("the moved tag", async () => (await mapOf("moved")) === "the moved tag");
    await rig.until("moved", ({ status }) => (status?.conditions ?? []).length === 0);
  });
});

test("since when a branch's server is silent is when it was heard last, by whatever asked it", async () => {
  await rig.stop();
  const settings = { remoteBases: [`${bases.url}/**`], poll: { everyMs: 100 }, pollSpreadMs: 0 };
  rig = await startRig(world, { programs, settings });
  await rig.placeNew("heard", uses("known"));
  await rig.untilSettled("heard");
  rig.clock.advance(3_600_000);
  const from = rig.clock.now();
  const before = asked("known");
  await eventually("a poll of the base", async () => asked("known") > before + 1);
  bases.fail({ do: "status", status: 503 });
  const { status } = await rig.until("heard", (app) =>
    app.status?.conditions?.some(({ message }) => message.includes("cannot be asked since")),
  );
  const said = status?.conditions?.map(({ message }) => message).join("\n") ?? "";
  const [, since = ""] = /cannot be asked since (\S+):/.exec(said) ?? [];
  expect(Date.parse(since)).toBeGreaterThanOrEqual(from - 1000);
});

test("a commit that is not merged brings bases only from where bases come from", async () => {
  const lines = await blastOf("b", uses("known"), uses("stranger"));
  expect(lines).toContain(STRANGE);
  expect(asked("stranger")).toBe(0);
});

test("a file of a host that somebody uses is no reason to ask a repository there", async () => {
  bases.fail({ do: "status", status: 200, body: configMap("raw") }, ({ path }) => path.startsWith("/raw/"));
  const file = (path: string) => ({ "kustomization.yaml": `resources: ["${bases.url}/raw/${path}"]\n` });
  const other = await blastOf("d", file("1/map.yaml"), file("2/map.yaml"));
  expect(other).not.toContain(STRANGE);
  expect(bases.requests.filter(({ path }) => path === "/raw/2/map.yaml").length).toBeGreaterThan(0);
  expect(await blastOf("e", file("1/map.yaml"), uses("stranger"))).toContain(STRANGE);
  expect(asked("stranger")).toBe(0);
});

test("a repository that somebody uses is no reason to ask its host for a file", async () => {
  const file = { "kustomization.yaml": `resources: ["${bases.url}/raw/map.yaml"]\n` };
  expect(await blastOf("f", uses("known"), file)).toContain(STRANGE);
  expect(bases.requests.filter(({ path }) => path.startsWith("/raw/"))).toEqual([]);
});

const STRANGE =
  "which cannot be fetched: no application here reads this address yet, and a commit that is not merged is no reason to ask it";

/** What is said of a commit that is not merged and changes the application's files to others. */
async function blastOf(name: string, files: Record<string, string>, then: Record<string, string>) {
  const repository = await rig.placeNew(name, files);
  await rig.untilSettled(name);
  const base = await repository.commit({ "README.md": "nothing\n" });
  await rig.refresh(name);
  await rig.until(name, ({ status }) => status?.sync.revision === base);
  const head = await repository.commit(then);
  const lines: string[] = [];
  for await (const line of rig.control.blast(
    { base, head, into: "main", repository: repository.url },
    new AbortController().signal,
  ))
    lines.push(JSON.stringify(line));
  return lines.join("\n");
}
