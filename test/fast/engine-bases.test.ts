/** Kustomizations with bases in other repositories, with the real engine, a real Git server and the real kustomize. */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { appOf, type Rig, startRig, startWorld, type World } from "../lib/engine-rig.ts";
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
