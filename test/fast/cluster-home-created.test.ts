/** Applications that the API makes where a cluster is the home: the watch shows them a moment after they were written. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { customResourceDefinitions } from "../../src/core/definitions/custom-resources.ts";
import { HOME } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { DEFINITIONS } from "../lib/records-stage.ts";
import { type SetsDaemon, startSetsDaemon } from "../lib/sets-daemon.ts";

let given: SetsDaemon;
beforeAll(async () => {
  given = await startSetsDaemon({ home: "cluster", applications: [] });
  await given.world.makeNamespace(HOME);
  for (const definition of customResourceDefinitions())
    await given.world.must("POST", DEFINITIONS, definition);
  await eventually("applications can be made", async () => (await post("first", "one")).status === 200);
});
afterAll(() => given?.stop());

/** Its repository is nowhere: it is not asked for the source. */
const post = (name: string, targetRevision: string, query = "") =>
  given.api(`/api/v1/applications?validate=false${query}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      metadata: { name },
      spec: {
        project: "default",
        source: { repoURL: "https://git.example.com/x.git", path: "x", targetRevision },
        destination: { server: "https://kubernetes.default.svc", namespace: "x" },
      },
    }),
  });
const revisionOf = async (name: string) => (await given.application(name)).spec?.source.targetRevision;

test("one that is made is answered as it is, and can be asked for at once", async () => {
  for (let round = 0; round < 10; round++) {
    const made = await post(`made-${round}`, "one");
    expect([made.status, made.body.spec?.source.targetRevision]).toEqual([200, "one"]);
    expect(await revisionOf(`made-${round}`)).toBe("one");
  }
});

test("of two that are made under one name one is there, at once or in turn, and the other is told", async () => {
  for (let round = 0; round < 10; round++) {
    const both = await Promise.all([post(`both-${round}`, "one"), post(`both-${round}`, "two")]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 400]);
    const winner = both[0]?.status === 200 ? "one" : "two";
    expect(await revisionOf(`both-${round}`)).toBe(winner);
    expect((await post(`both-${round}`, "three")).status).toBe(400);
    expect(await revisionOf(`both-${round}`)).toBe(winner);
    expect((await post(`both-${round}`, "three", "&upsert=true")).status).toBe(200);
    expect(await revisionOf(`both-${round}`)).toBe("three");
  }
});
