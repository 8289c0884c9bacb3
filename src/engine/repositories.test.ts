import { describe, expect, test } from "bun:test";
import { application } from "../../test/lib/core-objects.ts";
import { eventually } from "../../test/lib/eventually.ts";
import { recordingLog } from "../../test/lib/recording-log.ts";
import { appKey, type Source } from "../core/model/application.ts";
import { Failure } from "../core/model/failure.ts";
import type { CommitSha, Git } from "../core/ports.ts";
import { systemClock } from "../lib/system-clock.ts";
import type { Aim, Look } from "./look.ts";
import { Repositories } from "./repositories.ts";
import type { Schedule } from "./schedule.ts";
import { AppSession } from "./session.ts";
import type { Settings } from "./settings.ts";

const sha = (digit: string): CommitSha => digit.repeat(40) as CommitSha;
const aimAt = (...commits: CommitSha[]): Aim => ({
  commits,
  refs: [],
  renderKey: "",
  desired: [],
  images: [],
  problems: [],
  sourceTypes: [],
});
const A = "https://git.example.com/a.git",
  B = "https://git.example.com/b.git";

function session(
  name: string,
  sources: Source[],
  commits: CommitSha[] = sources.map(() => sha("1")),
): AppSession {
  const key = appKey("argocd", name);
  const it = new AppSession(key, application({ sources }, { name }), { from: "api" }, { key, uid: name });
  it.aim = aimAt(...commits);
  return it;
}

function repositories(sessions: AppSession[], { poll = { everyMs: 60_000 } as Schedule, spreadMs = 0 } = {}) {
  const asked: string[] = [],
    resolved: string[] = [],
    heads = new Map<string, CommitSha>(),
    fails = new Set<string>(),
    sleeps: number[] = [];
  const settings: Settings = {
    namespace: "argocd",
    installationId: undefined,
    faults: "repair",
    pods: "judge",
    prune: { budgetPercent: 50, budgetObjects: 5, confirmKinds: [] },
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
    () => sessions,
    ({ key }: AppSession, look: Look, since: number) => void asked.push(`${key} ${look} ${since}`),
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
      session("a", [{ repoURL: A }]),
      session("b", [{ repoURL: B }]),
    ]);
    heads.set(A, sha("2")).set(B, sha("2"));
    it.pushed([url]);
    await eventually("asked", () => asked.length > 0);
    expect(resolved).toEqual([`${A} `]);
    expect(asked).toEqual(["argocd/a known 7"]);
  });

  test("of something else concerns nobody", async () => {
    const { it, resolved } = repositories([session("a", [{ repoURL: A }])]);
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
    const behind = session("behind", [main]),
      current = session("current", [main], [sha("2")]),
      tagged = session("tagged", [{ repoURL: B }, tag]);
    const { it, asked, resolved, heads } = repositories([behind, current, tagged]);
    heads.set(A, sha("2"));
    it.pushed([A]);
    await eventually("both were asked for", () => asked.length === 2);
    expect(resolved).toEqual([`${A} main`, `${A} v1`]);
    expect(asked).toEqual(["argocd/behind known 7", "argocd/tagged known 7"]);
  });

  test("that fails has everybody ask for himself, so that each says why", async () => {
    const { it, asked, fails } = repositories([
      session("a", [{ repoURL: A }]),
      session("also a", [{ repoURL: A }]),
    ]);
    fails.add(A);
    it.pushed([A]);
    await eventually("asked", () => asked.length === 2);
    expect(asked).toEqual(["argocd/a latest 7", "argocd/also a latest 7"]);
  });

  test("looks again at those in trouble though nothing moved", async () => {
    const troubled = session("a", [{ repoURL: A }]);
    troubled.trouble = {
      failure: new Failure("render", "a", "after-edit", { cannot: "render", why: "it is wrong" }),
      times: 1,
    };
    const { it, asked } = repositories([troubled]);
    it.pushed([A]);
    await eventually("asked", () => asked.length === 1);
  });

  test("goes round by its schedule: the first repository at once, the others spread", async () => {
    const { it, resolved, sleeps } = repositories(
      [session("a", [{ repoURL: A }]), session("b", [{ repoURL: B }])],
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
        session("a", [{ repoURL: A }]),
        ...Array.from({ length: 5 }, (_, at) => session(`b${at}`, [{ repoURL: `${B}${at}` }])),
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
    const { it, resolved } = repositories([session("a", [{ repoURL: A }])], { poll: { everyMs: 15 } });
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
    const found = session("found", [main], [sha("2")]),
      behind = session("behind", [main]),
      there = session("there", [main], [sha("2")]),
      other = session("other", [{ repoURL: A, targetRevision: "v1" }]),
      fresh = session("fresh", [main]);
    fresh.aim = undefined;
    const { it, asked } = repositories([found, behind, there, other, fresh]);
    it.moved(found);
    expect(asked).toEqual(["argocd/behind known 0"]);
    // It comes to it by itself, and has nothing to tell.
    behind.aim = aimAt(sha("2"));
    it.moved(behind);
    it.moved(there);
    expect(asked).toHaveLength(1);
  });

  test("and that was taken back later is told again", () => {
    const main = { repoURL: A, targetRevision: "main" };
    const one = session("one", [main], [sha("2")]),
      two = session("two", [main]);
    const { it, asked } = repositories([one, two]);
    it.moved(one);
    two.aim = aimAt(sha("2"));
    one.aim = aimAt(sha("1"));
    it.moved(one);
    expect(asked).toEqual(["argocd/two known 0", "argocd/two known 0"]);
  });

  test("concerns those for whom it is one of several sources", () => {
    const found = session("found", [{ repoURL: A }], [sha("2")]),
      several = session("several", [{ repoURL: B }, { repoURL: A }]);
    const { it, asked } = repositories([found, several]);
    it.moved(found);
    expect(asked).toEqual(["argocd/several known 0"]);
  });
});
