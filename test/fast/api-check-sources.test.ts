/** Servers that say nothing, or what is not so: what is written by the API is refused with the source, the reason and what to do. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { defaultConfig } from "../../src/config/load-config.ts";
import { type Answer, type HostileServer, startHostileServer } from "../lib/hostile-git-server.ts";
import { type SetsDaemon, startSetsDaemon } from "../lib/sets-daemon.ts";

let server: HostileServer, given: SetsDaemon;
beforeAll(async () => {
  server = await startHostileServer();
  const { git } = defaultConfig("/nowhere");
  given = await startSetsDaemon({ git: { ...git, timeoutMs: 500 } });
});
afterAll(async () => {
  await given?.stop();
  await server?.close();
});

const page: Answer = ({ socket }) => {
  const text = "<html>Sign in</html>";
  socket.write(
    `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`,
  );
};
const silence: Answer = () => new Promise(() => undefined);
const pack = new Uint8Array(Buffer.from("PACK no pack"));

const specOf = (repoURL: string) => ({
  project: "default",
  source: { repoURL, path: "web", targetRevision: "main" },
  destination: { name: "in-cluster", namespace: "x" },
});
const send = (query: string, body: unknown) =>
  given.api(`/api/v1/applications${query}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

test.each([
  ["says nothing at all", { advertisement: silence }, /did not answer within 0\.5 s/],
  ["falls silent in the middle", { "ls-refs": silence }, /did not answer within 0\.5 s/],
  ["shows a page for people", { advertisement: page }, /cannot (list|read|fetch|resolve|look|find)/],
  ["sends what is no pack", {}, /cannot read from Git: what it sent is no pack/],
] as const)("a server that %s", async (name, instead, why) => {
  const repoURL = server.serve(name.replaceAll(" ", "-"), { commit: "a".repeat(40), pack, instead });
  const made = await send("", { metadata: { name: "lied-to" }, spec: specOf(repoURL) });
  expect(made.status).toBeGreaterThanOrEqual(400);
  expect(made.body.details).toMatchObject({ asked: "sources" });
  expect(made.body.message).toMatch(/^application argocd\/lied-to was not written, because it could not be /);
  expect(made.body.message).toContain(repoURL);
  expect(made.body.message).toMatch(why);
  // What to do stands apart from what is the matter.
  expect(made.body.details.fix).toEqual(expect.stringMatching(/^[A-Z].{10}/));
  expect(await given.names()).not.toContain("lied-to");
});

test("what may not be written has no repository asked", async () => {
  const repoURL = server.serve("untouched", { commit: "a".repeat(40), pack });
  const spec = specOf(repoURL);
  const asked = (): number => server.requests.filter((path) => path.includes("untouched")).length;
  const foreign = await send("", { metadata: { name: "foreign" }, spec: { ...spec, project: "nobody" } });
  expect([foreign.status, foreign.body.message]).toEqual([400, expect.stringContaining("nobody")]);
  expect(asked()).toBe(0);
  // Local, so that only the write would have that server asked.
  const source = {
    repoURL: (await given.world.repository("filed", {})).url,
    path: ".",
    targetRevision: "main",
  };
  const filed = { apiVersion: "argoproj.io/v1alpha1", kind: "Application", metadata: { name: "filed" } };
  given.file("filed.yaml", { ...filed, spec: { ...spec, source } });
  await given.untilNames(["filed"]);
  const written = await send("?upsert=true", { metadata: { name: "filed" }, spec });
  expect([written.status, written.body.message]).toEqual([403, expect.stringContaining("filed.yaml")]);
  expect(asked()).toBe(0);
});
