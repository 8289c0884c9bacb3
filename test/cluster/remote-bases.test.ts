/** A kustomization whose base lies in a closed repository of another server, over HTTPS, from its commit to the cluster. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { eventually } from "../lib/eventually.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { configMap } from "../lib/source-folder.ts";
import { conditions, type Shown, type Stage, startStage } from "../lib/stage.ts";

setDefaultTimeout(90_000);

let stage: Stage, bases: GitServer;

const base = (greeting: string): Record<string, string> => ({
  "web/kustomization.yaml": "resources: [map.yaml]\nnamePrefix: base-\n",
  "web/map.yaml": configMap("greeting", { text: greeting }),
});

beforeAll(async () => {
  bases = await startGitServer({
    tls: "private-ca",
    auth: { basic: { username: "ci", password: "geheim-8" } },
  });
  await bases.createRepo("team/bases", base("one"));
  await bases.git("team/bases", "tag", "v1");
  const entry = { url: `${bases.url}/team/`, username: "ci", password: "geheim-8", ca: bases.ca };
  stage = await startStage({ poll: "1s", config: `repositories: ${JSON.stringify([entry])}\n` });
}, 120_000);
afterAll(async () => {
  await stage?.stop();
  await bases?.close();
}, 60_000);

const textOf = async (namespace: string): Promise<string | undefined> =>
  (
    (await stage.find(`/api/v1/namespaces/${namespace}/configmaps/base-greeting`))?.["data"] as
      | Shown
      | undefined
  )?.["text"] as string | undefined;

test("a base is deployed, a moved branch of it too, and a tag stays where it is", async () => {
  const follows = await stage.place({
    name: "follows",
    files: { "kustomization.yaml": `resources: ["${bases.url}/team/bases.git//web?ref=main"]\n` },
  });
  const pinned = await stage.place({
    name: "pinned",
    files: { "kustomization.yaml": `resources: ["${bases.url}/team/bases//web?ref=v1"]\n` },
  });
  const first = await follows.untilSettled();
  await pinned.untilSettled();
  expect([await textOf("follows"), await textOf("pinned")]).toEqual(["one", "one"]);
  const commit = await bases.git("team/bases", "rev-parse", "main");
  expect(conditions(first, "ManifestWarning").join("\n")).toContain(
    `no tag or commit is named for what it takes from other repositories, so their branches are followed: ${bases.url}/team/bases.git main is at ${commit.slice(0, 12)}`,
  );
  // Nothing is told to the daemon: it polls.
  const next = await bases.commit("team/bases", base("two"), "second");
  await eventually("the moved base", async () => (await textOf("follows")) === "two");
  const settled = await follows.untilSettled();
  expect(conditions(settled, "ManifestWarning").join("\n")).toContain(next.slice(0, 12));
  expect(settled.status.sync.status).toBe("Synced");
  expect(await textOf("pinned")).toBe("one");
  expect(conditions(await pinned.get(), "ManifestWarning")).toEqual([]);
  // Nobody lost its own commit by it.
  expect(settled.status.sync.revision).toBe(first.status.sync.revision);
  const log = await stage.daemon.log();
  expect(log).not.toContain("geheim-8");
});

test("while its server fails what is deployed stays, with since when; then it is followed again", async () => {
  const app = await stage.place({
    name: "silent",
    files: { "kustomization.yaml": `resources: ["${bases.url}/team/bases.git//web?ref=main"]\n` },
  });
  await app.untilSettled();
  const mend = bases.fail({ do: "status", status: 503 });
  const silent = await app.until((now) =>
    conditions(now, "ManifestWarning").some((text) => text.includes("it cannot be asked since ")),
  );
  expect(silent.status.sync.status).toBe("Synced");
  expect(conditions(silent, "ComparisonError")).toEqual([]);
  mend();
  await bases.commit("team/bases", base("three"), "third");
  await eventually("the base that answers again", async () => (await textOf("silent")) === "three");
  await app.until(
    (now) => !conditions(now, "ManifestWarning").some((text) => text.includes("cannot be asked")),
  );
});

test("what neither the config nor the project permits is one sentence, and nothing is deployed", async () => {
  const app = await stage.place({
    name: "stranger",
    files: { "kustomization.yaml": `resources: ["${bases.url}/other/bases.git//web?ref=main"]\n` },
  });
  bases.requests.length = 0;
  const refused = await app.until((now) => conditions(now, "ComparisonError").length > 0);
  expect(conditions(refused, "ComparisonError")[0]).toContain(
    `app/kustomization.yaml: cannot render: resources[0] names ${bases.url}/other/bases.git//web?ref=main, which cannot be fetched: its host is in a network of its own`,
  );
  expect(bases.requests.filter(({ path }) => path.startsWith("/other/"))).toEqual([]);
});
