/** What may be asked of the blast radius, by which names, and what a question costs. */
import { describe, expect, test } from "bun:test";
import type { BlastAsk } from "../../src/core/model/blast-report.ts";
import type { Failure } from "../../src/core/model/failure.ts";
import { blastOf, effectsOf, inRepository, propose, settled } from "../lib/blast-of.ts";
import { endingOf } from "../lib/ending-of.ts";
import { type Files, type Rig, sharedRig, type World } from "../lib/engine-rig.ts";
import { configMap } from "../lib/manifests.ts";

let world: World, rig: Rig;
sharedRig((...both) => {
  [world, rig] = both;
});
const blast = (ask: BlastAsk) => blastOf(rig, ask);
const failureOf = (ask: BlastAsk): Promise<Failure> =>
  blast(ask).then(
    () => Promise.reject(new Error("it answered")),
    (cause: Failure) => cause,
  );

const placed = (name: string, files: Files, spec?: object) => settled(rig, name, files, spec);

describe("what is asked", () => {
  test("a repository that nobody follows is not asked, and says which there are", async () => {
    for (const ns of ["blast-one", "blast-two"]) await placed(ns, { "a.yaml": configMap(ns, "a") });
    const before = rig.gitRequests.length;
    const failure = await failureOf({
      repository: "https://internal.example.com/secrets.git",
      base: "main",
      head: "x",
    });
    expect(failure).toMatchObject({
      code: "config",
      why: expect.stringContaining("no application here reads"),
    });
    expect(failure.fix).toContain("Name one of these: /");
    expect(rig.gitRequests.length).toBe(before);
    expect(await failureOf({ base: "main", head: "x" })).toMatchObject({
      code: "config",
      fix: expect.stringContaining("--repo"),
    });
  });

  test("commits that are not there, names of none, and histories that share nothing", async () => {
    const ns = "blast-asked";
    const repository = await placed(ns, { "a.yaml": configMap(ns, "a") });
    const ask = { repository: repository.url, base: "main" };
    for (const head of [
      "no-such-branch",
      "refs/pull/7/head",
      "f".repeat(40),
      "abcdef1",
      "a..b",
      "--upload-pack=x",
    ]) {
      const failure = await failureOf({ ...ask, head });
      expect({ head, code: failure.code, fix: failure.fix }).toEqual({
        head,
        code: "git-revision",
        fix: expect.stringContaining("Push it first"),
      } as never);
    }
    expect((await failureOf({ ...ask, base: "gone", head: "main" })).code).toBe("git-revision");
    expect((await failureOf({ ...ask, head: "main", into: "gone" })).code).toBe("git-revision");
    const tree = await inRepository(repository, "rev-parse", "main^{tree}");
    const alone = await inRepository(repository, "commit-tree", "-m", "alone", tree);
    await inRepository(repository, "update-ref", "refs/heads/alone", alone);
    expect(await failureOf({ ...ask, head: "alone" })).toMatchObject({
      code: "git-revision",
      why: "it has no commit in common with main",
    });
  });

  test("by branch, by ref of a pull request, by tag, by a whole SHA and by its beginning", async () => {
    const ns = "blast-names";
    const repository = await placed(ns, { "a.yaml": configMap(ns, "a") });
    const base = await inRepository(repository, "rev-parse", "main");
    const head = await propose(repository, { "b.yaml": configMap(ns, "b") });
    await inRepository(repository, "update-ref", "refs/pull/3/head", head);
    await inRepository(repository, "update-ref", "refs/merge-requests/4/head", head);
    await inRepository(repository, "tag", "-a", "-m", "annotated", "v9", head);
    for (const [from, to] of [
      ["main", "proposed"],
      ["", "refs/pull/3/head"],
      [base, "refs/merge-requests/4/head"],
      [base.slice(0, 10), "v9"],
      ["refs/heads/main", head],
      ["main", head.slice(0, 10)],
    ] as const) {
      const { range, applications } = await blast({ repository: repository.url, base: from, head: to });
      expect({ to, into: range.into, commit: range.head.commit as string }).toEqual({
        to,
        into: "main",
        commit: head,
      });
      expect(effectsOf(applications[0])).toEqual([`create ConfigMap ${ns}/b`]);
    }
  });
});

test("a kind that nobody watches is read once, and not watched for the question", async () => {
  const ns = "blast-unwatched";
  const repository = await placed(ns, { "a.yaml": configMap(ns, "a") });
  await world.must("POST", `/api/v1/namespaces/${ns}/serviceaccounts`, {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "there", labels: { by: "hand" } },
  });
  const account = (name: string) => ({
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name, namespace: ns, labels: { by: "git" } },
  });
  await propose(repository, { "s.yaml": [account("there"), account("new")] });
  const before = rig.cluster.size().kinds;
  const { applications } = await blast({ repository: repository.url, base: "main", head: "proposed" });
  expect(effectsOf(applications[0]).sort()).toEqual([
    `change ServiceAccount ${ns}/there`,
    `create ServiceAccount ${ns}/new`,
  ]);
  expect(rig.cluster.size().kinds).toBe(before);
});

test("whoever stops reading ends the work, and a crowd is told to come again", async () => {
  const ns = "blast-crowd";
  const repository = await placed(ns, { "a.yaml": configMap(ns, "a") });
  await propose(repository, { "b.yaml": configMap(ns, "b") });
  const ask = { repository: repository.url, base: "main", head: "proposed" };
  const begun = Array.from({ length: 8 }, () => rig.control.blast(ask, new AbortController().signal));
  for (const one of begun) expect((await one.next()).value).toMatchObject({ is: "range" });
  expect(await failureOf(ask)).toMatchObject({ code: "not-ready" });
  for (const one of begun) await one.return(undefined);
  expect((await blast(ask)).applications).toHaveLength(1);
  const gone = new AbortController();
  const cut = rig.control.blast(ask, gone.signal);
  await cut.next();
  gone.abort(new Error("gone"));
  expect(await endingOf(cut.next())).toThrow("gone");
  expect((await blast(ask)).applications).toHaveLength(1);
});
