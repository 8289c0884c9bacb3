/**
 * Sources that move while their application is being looked at: at each moment what is wanted is of one commit for each
 * repository, and the revisions that are said are those that the objects are of.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import type { Application, Source } from "../../src/core/model/application.ts";
import { AUTOMATED, appOf, type Rig, startRig, startWorld, type World } from "../lib/engine-rig.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";
import { npmToolSets } from "../lib/render-host.ts";

let world: World, server: GitServer, rig: Rig;
let programs: Record<string, string>;

beforeAll(async () => {
  programs = (await npmToolSets())[0]?.programs ?? {};
  world = await startWorld();
});
afterAll(() => world.stop());
beforeEach(async () => {
  server = await startGitServer();
});
afterEach(async () => {
  await rig.stop();
  await server.close();
});

const map = (name: string, of: string): string => JSON.stringify(configMap("", name, { of }));

/** Commits whose files all say the same, oldest first; the branch stays at the first. */
async function commits(
  repo: string,
  filesOf: (of: string) => Record<string, string>,
  count: number,
): Promise<string[]> {
  await server.createRepo(repo, filesOf("0"));
  const made = [await server.git(repo, "rev-parse", "main")];
  for (let at = 1; at < count; at++) made.push(await server.commit(repo, filesOf(String(at)), String(at)));
  moveTo(repo, made[0] ?? "");
  return made;
}

function moveTo(repo: string, commit: string): void {
  writeFileSync(`${server.pathOf(repo)}/refs/heads/main`, `${commit}\n`);
}

/** Moves the branch on before each question for it. */
function keepMoving(repo: string, made: readonly string[]): { moves: number } {
  const state = { moves: 0 };
  server.fail({ do: "status", status: 500 }, ({ path }) => {
    if (path.startsWith(`/${repo}.git/info/refs`))
      moveTo(repo, made[Math.min(++state.moves, made.length - 1)] ?? "");
    return false;
  });
  return state;
}

function place(name: string, sources: Source[]): void {
  const app = appOf({ name, repository: { url: "", commit: async () => "" } });
  const { source: _, ...spec } = app.spec;
  rig.place({ ...app, spec: { ...spec, sources, syncPolicy: AUTOMATED } } as Application);
}

const said = async (namespace: string, ...names: string[]): Promise<string[]> =>
  Promise.all(names.map(async (name) => (await world.find(configMapPath(namespace, name)))?.data?.of));

test("sources of one repository, a base in it and a file of values are of one commit, though its branch moves with each question", async () => {
  const url = server.urlOf("shop");
  const made = await commits(
    "shop",
    (of) => ({
      "plain/map.yaml": map("plain", of),
      "built/kustomization.yaml": `resources: [own.yaml, "${url}//base?ref=main"]\n`,
      "built/own.yaml": map("own", of),
      "base/kustomization.yaml": "resources: [map.yaml]\n",
      "base/map.yaml": map("base", of),
      "chart/Chart.yaml": "apiVersion: v2\nname: chart\nversion: 1.0.0\n",
      "chart/templates/map.yaml":
        'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: chart }\ndata: { of: "{{ .Values.of }}" }\n',
      "values.yaml": `of: "${of}"\n`,
    }),
    40,
  );
  rig = await startRig(world, { programs, settings: { remoteBases: [`${server.url}/**`] } });
  await world.makeNamespace("moving");
  const moving = keepMoving("shop", made);
  const main = { repoURL: url, targetRevision: "main" };
  place("moving", [
    { ...main, path: "plain" },
    { ...main, path: "built" },
    { ...main, path: "chart", helm: { valueFiles: ["$values/values.yaml"] } },
    { ...main, ref: "values" },
  ]);
  for (let round = 0; round < 4; round++) {
    const { status } = await rig.untilSettled("moving");
    const revisions = new Set(status?.sync.revisions);
    expect(revisions.size).toBe(1);
    const of = String(made.indexOf([...revisions][0] ?? ""));
    expect(await said("moving", "plain", "own", "chart", "base")).toEqual([of, of, of, of]);
    await rig.refresh("moving");
  }
  expect(moving.moves).toBeGreaterThan(3);
}, 60_000);

test("a source that moves while another one's content is on its way changes nothing of what was begun, and is taken next", async () => {
  const [first = "", second = ""] = await commits(
    "a",
    (of) => ({ "one.yaml": map("one", of), "two.yaml": map("two", of) }),
    2,
  );
  const [slow = "", slower = ""] = await commits("b", (of) => ({ "three.yaml": map("three", of) }), 2);
  rig = await startRig(world, { programs });
  await world.makeNamespace("slow");
  place("slow", [
    { repoURL: server.urlOf("a"), path: ".", targetRevision: "main" },
    { repoURL: server.urlOf("b"), path: ".", targetRevision: "main" },
  ]);
  await rig.untilSettled("slow");
  expect(await said("slow", "one", "two", "three")).toEqual(["0", "0", "0"]);
  // The second source's new commit is slow to come, and the first moves meanwhile.
  moveTo("b", slower);
  let isAsked = (): void => undefined;
  const asked = new Promise<void>((resolve) => {
    isAsked = resolve;
  });
  const end = server.fail({ do: "wait", ms: 500 }, ({ method, path }) => {
    if (method !== "POST" || !path.startsWith("/b.git/git-upload-pack")) return false;
    isAsked();
    return true;
  });
  const refreshed = rig.refresh("slow");
  await asked;
  moveTo("a", second);
  await refreshed;
  end();
  const { status } = await rig.untilSettled("slow");
  const revisions = status?.sync.revisions ?? [];
  expect([
    [first, slower],
    [second, slower],
  ]).toContainEqual(revisions);
  const of = revisions[0] === first ? "0" : "1";
  expect(await said("slow", "one", "two", "three")).toEqual([of, of, "1"]);
  await rig.refresh("slow");
  await rig.until(
    "slow",
    ({ status: now }) => now?.sync.revisions?.[0] === second && now.sync.status === "Synced",
  );
  expect(await said("slow", "one", "two", "three")).toEqual(["1", "1", "1"]);
  expect(slow).not.toBe(slower);
}, 60_000);
