/** Repositories that the API adds where a cluster is the home: Secrets as Argo CD makes them, beside those of others. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { customResourceDefinitions } from "../../src/core/definitions/custom-resources.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { HOME } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { DEFINITIONS, MERGE } from "../lib/records-stage.ts";
import { type SetsDaemon, startSetsDaemon } from "../lib/sets-daemon.ts";

setDefaultTimeout(60_000);

const USER = { username: "ci", password: "canary-5ec2-password" };
const SECRETS = `/api/v1/namespaces/${HOME}/secrets`;
const TYPE = "argocd.argoproj.io/secret-type";
let given: SetsDaemon, git: GitServer;
beforeAll(async () => {
  git = await startGitServer({ auth: { basic: USER } });
  for (const name of ["shop", "till", "own"]) await git.createRepo(name, { "a.yaml": "{}" });
  given = await startSetsDaemon({ home: "cluster", applications: [] });
  await given.world.makeNamespace(HOME);
  for (const definition of customResourceDefinitions())
    await given.world.must("POST", DEFINITIONS, definition);
});
afterAll(async () => {
  await given?.stop();
  await git?.close();
});

const ask = (method: string, path: string, body?: unknown) =>
  given.api(path, {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const at = (url: string): string => `/api/v1/repositories/${encodeURIComponent(url)}`;
const add = (body: object, query = "") => ask("POST", `/api/v1/repositories${query}`, body);
const secrets = async (): Promise<any[]> =>
  ((await given.world.must("GET", SECRETS)) as { items: KubeObject[] }).items.filter(
    ({ metadata }: any) => metadata.labels?.[TYPE] === "repository",
  );
const text = (secret: any, key: string): string => Buffer.from(secret.data[key], "base64").toString();

test("one is a Secret that Argo CD would read, in use when it is answered, and gone with it", async () => {
  const repo = git.urlOf("shop");
  const added = await add({ repo, ...USER, project: "default" });
  expect(added).toMatchObject({
    status: 200,
    body: { repo, connectionState: { status: "Successful" }, holdfast: { made: "added" } },
  });
  const [secret] = await secrets();
  expect(secret.metadata.annotations).toEqual({ "managed-by": "argocd.argoproj.io" });
  expect(added.body.holdfast.keptIn).toBe(`Secret ${HOME}/${secret.metadata.name}`);
  expect(["url", "username", "password", "project"].map((key) => text(secret, key))).toEqual([
    repo,
    USER.username,
    USER.password,
    "default",
  ]);
  expect((await add({ repo, ...USER, project: "default" })).body.holdfast.made).toBe("same");
  const changed = await ask("PUT", `${at(repo)}?appProject=default`, { repo, name: "shown" });
  expect(changed).toMatchObject({ status: 200, body: { name: "shown", username: "ci" } });
  expect(
    (await secrets()).map((one) => [one.metadata.uid, text(one, "name"), text(one, "password")]),
  ).toEqual([[secret.metadata.uid, "shown", USER.password]]);
  expect((await ask("DELETE", at(repo))).status).toBe(200);
  expect(await secrets()).toEqual([]);
  expect((await ask("GET", at(repo))).status).toBe(404);
  expect(JSON.stringify([added, changed])).not.toContain(USER.password);
});

test("many at once are one Secret", async () => {
  const repo = git.urlOf("till");
  const all = await Promise.all(Array.from({ length: 5 }, () => add({ repo, ...USER })));
  expect(all.map(({ status }) => status)).toEqual(all.map(() => 200));
  expect(await secrets()).toHaveLength(1);
  expect((await ask("DELETE", at(repo))).status).toBe(200);
});

test("one that somebody else wrote is shown and asked, and neither changed nor removed", async () => {
  const repo = git.urlOf("own");
  const name = "by-hand";
  await given.world.must("POST", SECRETS, {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: HOME, labels: { [TYPE]: "repository" } },
    data: Object.fromEntries(
      Object.entries({ url: repo, ...USER }).map(([key, value]) => [
        key,
        Buffer.from(value).toString("base64"),
      ]),
    ),
  });
  await eventually("it is known", async () => (await ask("GET", at(repo))).status === 200);
  expect((await ask("GET", at(repo))).body.connectionState.status).toBe("Successful");
  for (const [method, path, body] of [
    ["PUT", at(repo), { repo, ...USER, name: "x" }],
    ["POST", "/api/v1/repositories?upsert=true", { repo, ...USER, name: "x" }],
    ["DELETE", at(repo), undefined],
  ] as const)
    expect([method, (await ask(method, path, body)).body.message]).toEqual([
      method,
      expect.stringContaining("was not made by the API"),
    ]);
  // Changed by kubectl: what is asked goes by that at once.
  await given.world.must(
    "PATCH",
    `${SECRETS}/${name}`,
    { data: { password: Buffer.from("wrong").toString("base64") } },
    MERGE,
  );
  await eventually("it is turned away", async () => {
    const { body } = await ask("GET", `${at(repo)}?forceRefresh=true`);
    return body.connectionState.status === "Failed";
  });
});

test("a Secret that was changed since it was seen is not written over", async () => {
  const repo = git.urlOf("shop");
  await add({ repo, ...USER });
  const [secret] = (await secrets()).filter((one) => text(one, "url") === repo);
  const path = `${SECRETS}/${secret.metadata.name}`;
  const release = git.fail({ do: "wait", ms: 300 });
  const changing = ask("PUT", at(repo), { repo, ...USER, name: "late" });
  await given.world.must(
    "PATCH",
    path,
    { data: { name: Buffer.from("by kubectl").toString("base64") } },
    MERGE,
  );
  expect((await changing).body.message).toContain("meanwhile");
  release();
  expect(text(await given.world.must("GET", path), "name")).toBe("by kubectl");
  expect((await ask("DELETE", at(repo))).status).toBe(200);
});
