import { describe, expect, test } from "bun:test";
import { memoryStore } from "../../../test/fakes/memory-store.ts";
import { application } from "../../../test/lib/core-objects.ts";
import { eventually } from "../../../test/lib/eventually.ts";
import { recordingLog } from "../../../test/lib/recording-log.ts";
import { appKey, type Source } from "../../core/model/application.ts";
import { Failure } from "../../core/model/failure.ts";
import type { CommitSha, Git } from "../../core/ports.ts";
import { systemClock } from "../../lib/system-clock.ts";
import { ManagedApplication } from "../managed-application.ts";
import { Memory } from "../memory.ts";
import type { Settings } from "../settings.ts";
import type { Look, Target } from "../target/target.ts";
import { Repositories } from "./repositories.ts";
import type { Schedule } from "./schedule.ts";

const sha = (digit: string): CommitSha => digit.repeat(40) as CommitSha;
const targetOf = (...commits: CommitSha[]): Target => ({
  generation: 1,
  commits,
  refs: [],
  objectsKey: "",
  scopes: new Map(),
  desired: [],
  images: [],
  problems: [],
  leftOut: [],
  sourceTypes: [],
});
const A = "https://git.example.com/a.git",
  B = "https://git.example.com/b.git";

function managed(
  name: string,
  sources: Source[],
  commits: CommitSha[] = sources.map(() => sha("1")),
): ManagedApplication {
  const key = appKey("argocd", name);
  const app = application({ sources }, { name });
  const it = new ManagedApplication(key, new Memory(key, memoryStore()), {
    spec: { app, origin: { from: "api" }, uid: name, last: undefined, deleting: undefined },
    operation: { is: "none", state: undefined },
    status: undefined,
  });
  it.target = targetOf(...commits);
  return it;
}

function repositories(
  applications: ManagedApplication[],
  { poll = { everyMs: 60_000 } as Schedule, spreadMs = 0 } = {},
) {
  const asked: string[] = [],
    resolved: string[] = [],
    heads = new Map<string, CommitSha>(),
    fails = new Set<string>(),
    sleeps: number[] = [];
  const settings: Settings = {
    namespace: "argocd",
    installationId: undefined,
    faults: "repair",
    unsupported: "refuse",
    objectsPerApplication: 5_000,
    pods: "judge",
    prune: { budgetPercent: 50, budgetObjects: 5, confirmKinds: [] },
    removal: { missingForMs: 0, percent: 20, count: 5 },
    poll,
    pollSpreadMs: spreadMs,
    repositories: [],
    retry: { firstMs: 1, mostMs: 1 },
  };
  const resolve: Git["resolve"] = async ({ url }, revision) => {
    resolved.push(`${url} ${revision}`);
    if (fails.has(url))
      throw new Failure("git-unreachable", url, "backoff", { cannot: "list its refs", why: "it is down" });
    return { commit: heads.get(url) ?? sha("1"), ref: "refs/heads/main" };
  };
  const clock = {
    now: () => 7,
    monotonic: () => 7,
    sleep: (ms: number, signal?: AbortSignal) => {
      sleeps.push(ms);
      return systemClock.sleep(ms, signal);
    },
  };
  const it = new Repositories(
    { settings: () => settings, clock, log: recordingLog(), git: { resolve } },
    applications,
    ({ key }: ManagedApplication, look: Look, since: number) => void asked.push(`${key} ${look} ${since}`),
  );
  return { it, asked, resolved, heads, fails, sleeps, settings };
}

describe("a push", () => {
  test.each([
    A,
    "https://GIT.example.com/a",
    "https://someone@git.example.com/a.git/",
    "git@git.example.com:a.git",
    "ssh://git@git.example.com/a",
    "http://git.example.com/a.git",
  ])("announced as %s is looked after for those who follow it", async (url) => {
    const { it, asked, resolved, heads } = repositories([
      managed("a", [{ repoURL: A }]),
      managed("b", [{ repoURL: B }]),
    ]);
    heads.set(A, sha("2")).set(B, sha("2"));
    it.pushed([url]);
    await eventually("asked", () => asked.length > 0);
    expect(resolved).toEqual([`${A} `]);
    expect(asked).toEqual(["argocd/a known 7"]);
  });

  test("of something else concerns nobody", async () => {
    const { it, resolved } = repositories([managed("a", [{ repoURL: A }])]);
    it.pushed([
      "https://git.example.com/aa.git",
      "https://git.example.community/a.git",
      "https://example.com/git.example.com/a.git",
      "https://git.example.com:8443/a.git",
    ]);
    await Bun.sleep(0);
    expect(resolved).toEqual([]);
  });
});

describe("a poll", () => {
  test("asks once for each revision of a repository, whoever follows it, and wakes those who are behind", async () => {
    const main = { repoURL: A, targetRevision: "main" },
      tag = { repoURL: A, targetRevision: "v1" };
    const behind = managed("behind", [main]),
      current = managed("current", [main], [sha("2")]),
      tagged = managed("tagged", [{ repoURL: B }, tag]);
    const { it, asked, resolved, heads } = repositories([behind, current, tagged]);
    heads.set(A, sha("2"));
    it.pushed([A]);
    await eventually("both were asked for", () => asked.length === 2);
    expect(resolved).toEqual([`${A} main`, `${A} v1`]);
    expect(asked).toEqual(["argocd/behind known 7", "argocd/tagged known 7"]);
  });

  test("that fails has everybody ask for himself, so that each says why", async () => {
    const { it, asked, fails } = repositories([
      managed("a", [{ repoURL: A }]),
      managed("also a", [{ repoURL: A }]),
    ]);
    fails.add(A);
    it.pushed([A]);
    await eventually("asked", () => asked.length === 2);
    expect(asked).toEqual(["argocd/a latest 7", "argocd/also a latest 7"]);
  });

  test("looks again at those in trouble though nothing moved", async () => {
    const troubled = managed("a", [{ repoURL: A }]);
    troubled.seen = {
      is: "failed",
      before: undefined,
      failure: new Failure("render", "a", "after-edit", { cannot: "render", why: "it is wrong" }),
      times: 1,
    };
    const { it, asked } = repositories([troubled]);
    it.pushed([A]);
    await eventually("asked", () => asked.length === 1);
  });

  test("goes round by its schedule: the first repository at once, the others spread", async () => {
    const { it, resolved, sleeps } = repositories(
      [managed("a", [{ repoURL: A }]), managed("b", [{ repoURL: B }])],
      { poll: { everyMs: 5 }, spreadMs: 4 },
    );
    it.start();
    await eventually("both, twice", () => resolved.length >= 4);
    it.stop();
    expect(sleeps.every((ms) => ms >= 0 && ms < 4)).toBe(true);
    expect(resolved.slice(0, 2)).toEqual([`${A} `, `${B} `]);
  });

  test("that is spread over a long time ends with the schedule", async () => {
    const { it, resolved, sleeps } = repositories(
      [
        managed("a", [{ repoURL: A }]),
        ...Array.from({ length: 5 }, (_, at) => managed(`b${at}`, [{ repoURL: `${B}${at}` }])),
      ],
      { poll: { everyMs: 5 }, spreadMs: 50 },
    );
    it.start();
    await eventually("it has begun", () => sleeps.length === 5);
    it.stop();
    const { length } = resolved;
    await Bun.sleep(70);
    expect(resolved).toHaveLength(length);
  });

  test("settings that change nothing of the schedule do not begin it anew", async () => {
    const { it, resolved } = repositories([managed("a", [{ repoURL: A }])], { poll: { everyMs: 15 } });
    it.start();
    const again = setInterval(() => it.start(), 2);
    await eventually("it fires all the same", () => resolved.length > 0, 2_000);
    clearInterval(again);
    it.stop();
  });
});

describe("a commit that one application found", () => {
  test("is told to those who follow the same and are behind, once", () => {
    const main = { repoURL: A, targetRevision: "main" };
    const found = managed("found", [main], [sha("2")]),
      behind = managed("behind", [main]),
      there = managed("there", [main], [sha("2")]),
      other = managed("other", [{ repoURL: A, targetRevision: "v1" }]),
      fresh = managed("fresh", [main]);
    fresh.target = undefined;
    const { it, asked } = repositories([found, behind, there, other, fresh]);
    it.located(found);
    expect(asked).toEqual(["argocd/behind known 0"]);
    // It comes to it by itself, and has nothing to tell.
    behind.target = targetOf(sha("2"));
    it.located(behind);
    it.located(there);
    expect(asked).toHaveLength(1);
  });

  test("and that was taken back later is told again", () => {
    const main = { repoURL: A, targetRevision: "main" };
    const one = managed("one", [main], [sha("2")]),
      two = managed("two", [main]);
    const { it, asked } = repositories([one, two]);
    it.located(one);
    two.target = targetOf(sha("2"));
    one.target = targetOf(sha("1"));
    it.located(one);
    expect(asked).toEqual(["argocd/two known 0", "argocd/two known 0"]);
  });

  test("concerns those for whom it is one of several sources", () => {
    const found = managed("found", [{ repoURL: A }], [sha("2")]),
      several = managed("several", [{ repoURL: B }, { repoURL: A }]);
    const { it, asked } = repositories([found, several]);
    it.located(found);
    expect(asked).toEqual(["argocd/several known 0"]);
  });
});
