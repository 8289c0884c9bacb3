/** Repositories that the API adds where a cluster is the home: Secrets as Argo CD makes them, beside those of others. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { customResourceDefinitions } from "../../src/core/definitions/custom-resources.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { chart, startChartRepository } from "../lib/chart-repository.ts";
import { HOME } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { DEFINITIONS, MERGE } from "../lib/records-stage.ts";
import { type SetsDaemon, startSetsDaemon } from "../lib/sets-daemon.ts";

setDefaultTimeout(60_000);

const USER = { username: "ci", password: "canary-5ec2-password" };
const SECRETS = `/api/v1/namespaces/${HOME}/secrets`;
const TYPE = "argocd.argoproj.io/secret-type";
const WRONG = { username: "nobody", password: "canary-5ec2-wrong" };
/** As `Basic` has it. */
const basic = ({ username, password }: typeof USER): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
let given: SetsDaemon, git: GitServer;
/** Whoever asks it as nobody else does is let in. */
const charts = startChartRepository({ authorization: basic(USER) });
const registry = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request) {
    if (request.headers.get("authorization") !== basic(USER))
      return new Response("", { status: 401, headers: { "www-authenticate": 'Basic realm="registry"' } });
    return Response.json({ name: "shop", tags: ["1.0.0"] });
  },
});
beforeAll(async () => {
  git = await startGitServer({ auth: { basic: USER } });
  for (const name of ["shop", "till", "own", "given", "scoped", "twice", "lent"])
    await git.createRepo(name, { "a.yaml": "{}" });
  charts.publish(chart("shop", "1.0.0"));
  given = await startSetsDaemon({ home: "cluster", applications: [] });
  await given.world.makeNamespace(HOME);
  for (const definition of customResourceDefinitions())
    await given.world.must("POST", DEFINITIONS, definition);
});
afterAll(async () => {
  await given?.stop();
  await git?.close();
  await charts.stop();
  await registry.stop(true);
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

describe("what is given is asked with, and not what is kept:", () => {
  const base64 = (value: string): string => Buffer.from(value).toString("base64");
  const pathOf = (secret: any): string => `${SECRETS}/${secret.metadata.name}`;
  const secretOf = async (url: string): Promise<any> =>
    (await secrets()).find((one) => text(one, "url") === url);
  const validate = (repo: string, body: object) => ask("POST", `${at(repo)}/validate`, body);
  const audits = async (): Promise<number> => (await ask("GET", "/api/holdfast/v1/audit")).body.items.length;

  test.each<[string, () => string, Record<string, unknown>]>([
    ["of Git", () => git.urlOf("given"), {}],
    ["of a project's own", () => git.urlOf("scoped"), { project: "default" }],
    ["of charts", () => charts.url, { type: "helm", name: "charts" }],
    [
      "of a registry",
      () => `oci://${registry.url.host}/shop`,
      { type: "oci", name: "shop", insecureOCIForceHttp: true },
    ],
  ])("%s", async (_, urlOf, more) => {
    const repo = urlOf();
    const query = "project" in more ? `?appProject=${more["project"]}` : "";
    expect((await add({ repo, ...more, ...USER })).body).toMatchObject({
      connectionState: { status: "Successful" },
    });
    const before = await secretOf(repo);
    const told = await audits();
    for (const [how, answer] of [
      ["test", await validate(repo, { ...more, ...WRONG })],
      ["upsert", await add({ repo, ...more, ...WRONG }, "?upsert=true")],
      ["the page's form", await ask("PUT", `${at(repo)}${query}`, { repo, ...more, ...WRONG })],
    ] as const)
      expect([how, answer.status, answer.body.message]).toEqual([
        how,
        400,
        expect.stringMatching(/credentials|HTTP 401/),
      ]);
    expect([await secretOf(repo), await audits()]).toEqual([before, told]);
    // The password was changed at the server: what is kept is the old one, and the new one takes its place.
    await given.world.must("PATCH", pathOf(before), { data: { password: base64("old") } }, MERGE);
    await eventually("the kept one is turned away", async () => {
      const { body } = await ask("GET", `${at(repo)}?forceRefresh=true${query.replace("?", "&")}`);
      return body.connectionState.status === "Failed";
    });
    expect((await validate(repo, { ...more, ...USER })).status).toBe(200);
    expect(await add({ repo, ...more, ...USER }, "?upsert=true")).toMatchObject({
      status: 200,
      body: { connectionState: { status: "Successful" }, holdfast: { made: "changed" } },
    });
    expect(text(await secretOf(repo), "password")).toBe(USER.password);
    expect((await ask("DELETE", `${at(repo)}${query}`)).status).toBe(200);
  });

  test("of two Secrets of one address that which counts is changed, and neither is asked with in its place", async () => {
    const repo = git.urlOf("twice");
    await add({ repo, ...USER });
    const counts = await secretOf(repo);
    // Younger, or of the same second and later by name.
    await given.world.must("POST", SECRETS, {
      ...{ apiVersion: "v1", kind: "Secret", data: { ...counts.data, password: base64("other") } },
      metadata: { ...counts.metadata, name: "younger", uid: undefined, resourceVersion: undefined },
    });
    await eventually("both are known", async () =>
      JSON.stringify((await ask("GET", "/api/holdfast/v1/status")).body).includes("younger"),
    );
    expect((await validate(repo, WRONG)).status).toBe(400);
    expect((await add({ repo, ...WRONG }, "?upsert=true")).status).toBe(400);
    expect((await add({ repo, ...USER, name: "shown" }, "?upsert=true")).body).toMatchObject({
      name: "shown",
      holdfast: { made: "changed", keptIn: `Secret ${HOME}/${counts.metadata.name}` },
    });
    for (const one of (await secrets()).filter((each) => text(each, "url") === repo))
      await given.world.must("DELETE", pathOf(one));
  });

  test("a repository without credentials is asked with those that are lent to it now", async () => {
    const repo = git.urlOf("lent");
    const creds = (password: string) =>
      ask("POST", "/api/v1/repocreds?upsert=true", { url: git.url, username: "ci", password });
    await creds(WRONG.password);
    expect((await validate(repo, {})).status).toBe(400);
    expect((await validate(repo, USER)).status).toBe(200);
    expect(await creds(USER.password)).toMatchObject({ status: 200 });
    expect((await validate(repo, {})).status).toBe(200);
    expect((await validate(repo, WRONG)).status).toBe(400);
    expect((await ask("DELETE", `/api/v1/repocreds/${encodeURIComponent(git.url)}`)).status).toBe(200);
  });
});
