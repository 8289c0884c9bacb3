/** Progressive syncs of a running daemon: three steps, one of which fails in the middle. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { eventually } from "../lib/eventually.ts";
import { type SetsDaemon, startSetsDaemon } from "../lib/sets-daemon.ts";

let given: SetsDaemon;
beforeAll(async () => {
  given = await startSetsDaemon();
});
afterAll(async () => {
  await given?.stop();
});

const MAP = (value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\ndata: { value: "${value}" }\n`;
const step = (env: string, maxUpdate?: number) => ({
  matchExpressions: [{ key: "env", operator: "In", values: [env] }],
  ...(maxUpdate === undefined ? {} : { maxUpdate }),
});

test("a step begins when the one before it is well; one that fails holds up those behind it, and goes on when it is mended", async () => {
  const repository = await given.world.repository("rolling", {
    "dev/x.yaml": MAP("1"),
    // The server refuses it: a ConfigMap has no such name.
    "staging/x.yaml": MAP("1").replace("name: x", "name: Not_A_Name"),
    "prod/x.yaml": MAP("1"),
  });
  const envs = ["dev", "staging", "prod"];
  given.file("rolling.yaml", {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "ApplicationSet",
    metadata: { name: "rolling" },
    spec: {
      generators: [{ list: { elements: ["1", "2"].flatMap((n) => envs.map((env) => ({ env, n }))) } }],
      strategy: {
        type: "RollingSync",
        rollingSync: { steps: [step("dev"), step("staging", 1), step("prod")] },
      },
      template: {
        metadata: { name: "{{env}}-{{n}}", labels: { env: "{{env}}" } },
        spec: {
          project: "default",
          source: { repoURL: repository.url, path: "{{env}}", targetRevision: "HEAD" },
          destination: { name: "in-cluster", namespace: "{{env}}-{{n}}" },
          syncPolicy: {
            automated: { prune: true },
            syncOptions: ["CreateNamespace=true"],
            retry: { limit: 0 },
          },
        },
      },
    },
  });
  const all = envs.flatMap((env) => [`${env}-1`, `${env}-2`]);
  await given.untilNames(all);
  const has = (name: string) => given.world.hasConfigMap(name, "x");
  const status = async () => (await given.api("/api/v1/applicationsets/rolling")).body.status;
  const standing = async (): Promise<Record<string, string>> =>
    Object.fromEntries(
      ((await status())?.applicationStatus ?? []).map((one: any) => [one.application, one.status]),
    );
  await eventually("the first step is through", async () => {
    const now = await standing();
    return now["dev-1"] === "Healthy" && now["dev-2"] === "Healthy";
  });
  expect([await has("dev-1"), await has("dev-2")]).toEqual([true, true]);
  await eventually("one of the second failed", async () => {
    const apps = await Promise.all(["staging-1", "staging-2"].map((name) => given.application(name)));
    return apps.some((app) => app.status?.operationState?.phase === "Failed");
  });
  // The other one of its step waits for it, and the last step for both.
  const late = await Promise.all(["staging-1", "staging-2"].map((name) => given.application(name)));
  expect(late.filter((app) => app.status?.operationState !== undefined)).toHaveLength(1);
  expect([await has("prod-1"), await has("prod-2")]).toEqual([false, false]);
  expect(await standing()).toMatchObject({ "prod-1": "Waiting", "prod-2": "Waiting" });
  expect(JSON.stringify((await status()).conditions)).toContain("RolloutProgressing");

  await given.restart();
  await repository.commit({ "staging/x.yaml": MAP("2") });
  await eventually("all of it is through", async () => {
    const now = await standing();
    return all.every((name) => now[name] === "Healthy");
  });
  for (const name of all) expect(await has(name)).toBe(true);
}, 120_000);

test("each commit goes through the steps in their order, though all applications follow it", async () => {
  const elements = ["first", "last"].flatMap((env) => ["1", "2", "3", "4"].map((n) => ({ env, n })));
  const names = elements.map(({ env, n }) => `${env}-${n}`);
  const files = (value: string) => Object.fromEntries(names.map((name) => [`${name}/x.yaml`, MAP(value)]));
  const repository = await given.world.repository("ordered", files("0"));
  given.file("ordered.yaml", {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "ApplicationSet",
    metadata: { name: "ordered" },
    spec: {
      generators: [{ list: { elements } }],
      strategy: { type: "RollingSync", rollingSync: { steps: [step("first"), step("last")] } },
      template: {
        metadata: { name: "{{env}}-{{n}}", labels: { env: "{{env}}" } },
        spec: {
          project: "default",
          source: { repoURL: repository.url, path: "{{env}}-{{n}}", targetRevision: "HEAD" },
          destination: { name: "in-cluster", namespace: "{{env}}-{{n}}" },
          syncPolicy: { automated: {}, syncOptions: ["CreateNamespace=true"] },
        },
      },
    },
  });
  const isThrough = async (commit: string | undefined) => {
    const { status } = (await given.api("/api/v1/applicationsets/ordered")).body;
    const entries: any[] = status?.applicationStatus ?? [];
    return (
      entries.length === names.length &&
      entries.every(
        (one) => one.status === "Healthy" && (commit === undefined || one.targetRevisions[0] === commit),
      )
    );
  };
  for (const value of ["0", "1", "2", "3"]) {
    const begun = given.log.length;
    const commit = value === "0" ? undefined : await repository.commit(files(value));
    await eventually(`commit ${value} is everywhere`, () => isThrough(commit));
    const moves = given.log
      .slice(begun)
      .filter(({ message }) => message === "sync starts" || message === "sync succeeded")
      .map(({ message, fields }) => `${message} ${String(fields?.["app"]).split("/")[1]}`)
      .filter((move) => names.some((name) => move.endsWith(` ${name}`)));
    const ends = moves.findLastIndex((move) => move.startsWith("sync succeeded first"));
    const begins = moves.findIndex((move) => move.startsWith("sync starts last"));
    expect(moves).toHaveLength(2 * names.length);
    expect([ends, begins]).toEqual([names.length - 1, names.length]);
  }
}, 120_000);
