import { beforeEach, describe, expect, test } from "bun:test";
import { memoryStore } from "../../../test/fakes/memory-store.ts";
import { noArtifacts } from "../../../test/fakes/no-artifacts.ts";
import { application } from "../../../test/lib/core-objects.ts";
import { eventually } from "../../../test/lib/eventually.ts";
import { recordingLog } from "../../../test/lib/recording-log.ts";
import { appKey, type Source, sourcesOf } from "../../core/model/application.ts";
import type { CommitSha } from "../../core/model/commit-sha.ts";
import { Failure } from "../../core/model/failure.ts";
import { isSameRevision } from "../../core/model/source-revision.ts";
import type { Git, TreeAtCommit } from "../../core/ports/git.ts";
import { systemClock } from "../../lib/system-clock.ts";
import { Applications } from "../applications.ts";
import type { Compared } from "../compare/compared.ts";
import { ManagedApplication } from "../managed-application.ts";
import { Memory } from "../memory.ts";
import type { Settings } from "../settings.ts";
import type { Look, Target } from "../target/target.ts";
import { revisionNamesOf, type Tip, Tips } from "../target/tips.ts";
import { FollowedRepositories } from "./followed-repositories.ts";
import type { Schedule } from "./schedule.ts";

const sha = (digit: string): CommitSha => digit.repeat(40) as CommitSha;
const READS = [{ source: 0, path: "app" }];
const targetOf = (tips: readonly Tip[], inputs: Target["inputs"] = READS): Target => ({
  generation: 1,
  tips,
  sourceProblems: [],
  charts: [],
  bases: [],
  addresses: [],
  inputs,
  renderKey: "",
  objectsKey: "",
  contentKey: "",
  scopes: new Map(),
  desired: [],
  problems: [],
  leftOut: [],
  sourceTypes: [],
});

/** A repository of which each commit changes `app`, or only `other`. */
function treeAt(commit: CommitSha): TreeAtCommit {
  const app = commit === sha("3") ? "2" : commit.slice(0, 1);
  const entries = [
    { name: "app", kind: "file" as const, oid: app },
    { name: "other", kind: "file" as const, oid: commit },
  ];
  return {
    commit,
    subject: `about ${commit.slice(0, 1)}`,
    oid: async () => undefined,
    entry: async () => undefined,
    read: async () => new Uint8Array(),
    list: async () => entries,
  };
}

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
    spec: {
      app,
      origin: { from: "api" },
      uid: name,
      past: undefined,
      last: undefined,
      deleting: undefined,
      hold: undefined,
    },
    operation: { is: "none", state: undefined },
    status: undefined,
  });
  see(it, commits);
  return it;
}

/** It was looked at, at these commits. */
function see(it: ManagedApplication, commits: CommitSha[]): void {
  const shared = sourcesOf(it.spec.app.spec).map((source, at) =>
    tips.at(source, { revision: { is: "commit", commit: commits[at] as CommitSha } }),
  );
  it.target = targetOf(shared);
  it.seen = { is: "compared", compared: { target: it.target } as Compared };
  it.inbox.take().answer();
}

let tips = new Tips();
beforeEach(() => {
  tips = new Tips();
});

function repositories(
  applications: ManagedApplication[],
  { poll = { everyMs: 60_000 } as Schedule, spreadMs = 0 } = {},
) {
  const asked: string[] = [],
    resolved: string[] = [],
    heads = new Map<string, CommitSha>(),
    fails = new Set<string>(),
    broken = new Set<CommitSha>(),
    sleeps: number[] = [];
  const settings: Settings = {
    namespace: "argocd",
    globalProjects: [],
    impersonation: "off",
    installationId: undefined,
    faults: "repair",
    unsupported: "refuse",
    ignore: [],
    resources: { exclusions: [], inclusions: [] },
    objectsPerApplication: 5_000,
    pods: "judge",
    pauses: [],
    prune: { budgetPercent: 50, budgetObjects: 5, confirmKinds: [], perSecond: 10 },
    keepDeletedForMs: 0,
    removal: { missingForMs: 0, percent: 20, count: 5 },
    hookTimeoutMs: 0,
    syncTimeoutMs: 0,
    poll,
    pollSpreadMs: spreadMs,
    repositories: [],
    remoteBases: [],
    fights: { flips: 5, withinMs: 600_000, againMs: 3_600_000 },
    retry: { firstMs: 1, mostMs: 1 },
  };
  const resolve: Git["resolve"] = async ({ url }, revision) => {
    resolved.push(`${url} ${revision}`);
    if (fails.has(url))
      throw new Failure("git-unreachable", url, "backoff", { cannot: "list its refs", why: "it is down" });
    return { commit: heads.get(url) ?? sha("1"), ref: "refs/heads/main" };
  };
  const tree: Git["tree"] = async ({ url }, commit) => {
    if (broken.has(commit))
      throw new Failure("git-unreachable", url, "backoff", { cannot: "read a commit", why: "it is gone" });
    return treeAt(commit);
  };
  let elapsed = 7;
  const clock = {
    now: () => 7,
    monotonic: () => elapsed,
    sleep: (ms: number, signal?: AbortSignal) => {
      sleeps.push(ms);
      return systemClock.sleep(ms, signal);
    },
  };
  const registered = new Applications(() => settings);
  for (const each of applications) registered.add(each);
  const it = new FollowedRepositories(
    {
      settings: () => settings,
      clock,
      log: recordingLog(),
      git: { resolve, tree, noteHeard: () => undefined },
      artifacts: noArtifacts,
    },
    registered,
    tips,
    ({ key }: ManagedApplication, look: Look, since: number) => void asked.push(`${key} ${look} ${since}`),
  );
  return {
    it,
    applications: registered,
    asked,
    resolved,
    heads,
    fails,
    broken,
    sleeps,
    settings,
    later: (ms: number) => void (elapsed += ms),
  };
}

describe("a push", () => {
  test.each([
    A,
    "https://GIT.example.com/a",
    "https://someone@git.example.com/a.git/",
    "git@git.example.com:a.git",
    "ssh://git@git.example.com/a",
    "http://git.example.com/a.git",
    "https://git.example.com:8443/a.git",
    "ssh://git@git.example.com:22/a",
    "ssh://git@ssh.git.example.com:443/a.git",
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
      "https://other.git.example.com/a.git",
    ]);
    await Bun.sleep(0);
    expect(resolved).toEqual([]);
  });
});

describe("what a push names", () => {
  const main = { repoURL: A, targetRevision: "main" };
  const ref = (name: string, head: "is" | "is not" = "is not") => ({ name, head });

  test("asks nothing where nobody follows that branch, and where somebody does, all that is followed there", async () => {
    const { it, resolved } = repositories([
      managed("a", [main]),
      managed("b", [{ repoURL: A, targetRevision: "v1" }]),
      managed("c", [{ repoURL: B }]),
    ]);
    it.pushed([A], "known", ref("feature"));
    it.pushed([B], "known", ref("feature"));
    await Bun.sleep(150);
    expect(resolved).toEqual([]);
    it.pushed([A], "known", ref("main"));
    it.pushed([B], "known", ref("main", "is"));
    await eventually("asked", () => resolved.length === 3);
    expect([...resolved].sort()).toEqual([`${A} main`, `${A} v1`, `${B} `]);
  });

  test("is a chart of a registry to who follows that chart, and to nobody else", async () => {
    const chart = { repoURL: "registry-1.docker.io/acme", chart: "web", targetRevision: "1.*" };
    const { it, asked } = repositories([managed("a", [chart]), managed("b", [{ repoURL: B }])]);
    it.pushed(["oci://docker.io/acme/other"], "known");
    await Bun.sleep(150);
    expect(asked).toEqual([]);
    it.pushed(["oci://docker.io/acme/web"], "known");
    // Nothing answers for charts here, so that it asks for itself.
    await eventually("asked", () => asked.length === 1);
    expect(asked).toEqual(["argocd/a latest 7"]);
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

  test("has those look who use the newest version of a chart that no lock file names", async () => {
    const [follows, locked] = [managed("a", [{ repoURL: A }]), managed("b", [{ repoURL: A }])];
    const uses = (it: ManagedApplication, version: "newest" | "locked"): void => {
      const found = { repoURL: "https://charts.example.com", version: "1.0.0", digest: "sha256:1" };
      const asked = { repoURL: found.repoURL, name: "redis", version: "1.x" };
      it.target = { ...(it.target as Target), charts: [{ asked, found, version, by: "app/Chart.yaml" }] };
    };
    uses(follows, "newest");
    uses(locked, "locked");
    const { it, asked } = repositories([follows, locked], { poll: { everyMs: 5 } });
    it.start();
    await eventually("asked", () => asked.length > 0);
    it.stop();
    expect(new Set(asked)).toEqual(new Set(["argocd/a latest 7"]));
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

describe("a commit", () => {
  const main = { repoURL: A, targetRevision: "main" };

  test("that one application found is told to those whom it concerns and who are behind, once", async () => {
    const behind = managed("behind", [main]),
      other = managed("other", [{ repoURL: A, targetRevision: "v1" }]),
      fresh = managed("fresh", [main]),
      found = managed("found", [main], [sha("2")]);
    fresh.target = undefined;
    const { it, asked } = repositories([behind, other, fresh, found]);
    it.located(found);
    await it.told();
    // The fresh one may be looking at the commit before.
    expect(asked.toSorted()).toEqual(["argocd/behind known 0", "argocd/fresh known 0"]);
    see(fresh, [sha("2")]);
    // It is at the commit before until it has looked.
    expect(revisionNamesOf(behind.target as Target)).toEqual([sha("1")]);
    expect(tips.get(`${A}  main `)?.revision).toEqual({ is: "commit", commit: sha("2") });
    // All are told what it is about, whom it concerns or not.
    expect(tips.get(`${A}  main `)?.subject).toBe("about 2");
    see(behind, [sha("2")]);
    it.located(behind);
    it.located(found);
    await it.told();
    expect(asked).toHaveLength(2);
    expect(revisionNamesOf(other.target as Target)).toEqual([sha("1")]);
  });

  describe("after one that concerned nobody", () => {
    /** At sha 2, of which sha 3 changes nothing that they read, and sha 4 does. */
    async function resting(others: ManagedApplication[] = []) {
      const many = Array.from({ length: 20 }, (_, at) => managed(`many-${at}`, [main], [sha("2")]));
      const given = repositories([...many, ...others]);
      const finder = managed("finder", [main], [sha("3")]);
      given.applications.add(finder);
      given.it.located(finder);
      await given.it.told();
      expect(given.asked).toEqual([]);
      const [first] = many as [ManagedApplication];
      const next = async (digit = "4"): Promise<string[]> => {
        see(finder, [sha(digit)]);
        given.it.located(finder);
        await given.it.told();
        return given.asked.map((line) => line.split(" ")[0] as string).toSorted();
      };
      return { ...given, many, first, next };
    }

    test("the next one that concerns all is told to all", async () => {
      const { many, next } = await resting();
      expect(await next()).toEqual(many.map(({ key }) => key).toSorted());
    });

    test("whoever reads other paths by then is asked about by those", async () => {
      const { many, next } = await resting();
      for (const one of many.slice(1))
        one.target = { ...(one.target as Target), inputs: [{ source: 0, path: "elsewhere" }] };
      expect(await next()).toEqual(["argocd/many-0"]);
    });

    test.each([
      [
        "failed",
        (one: ManagedApplication) => {
          const failure = new Failure("render", "a", "after-edit", { cannot: "render", why: "it is wrong" });
          one.seen = { is: "failed", before: undefined, failure, times: 1 };
        },
      ],
      ["was asked to look", (one: ManagedApplication) => one.inbox.need("known", 0)],
      ["has no target", (one: ManagedApplication) => void (one.target = undefined)],
      [
        "reads nobody knows what",
        (one: ManagedApplication) => void (one.target = { ...(one.target as Target), inputs: "unknown" }),
      ],
      [
        "is at a commit of its own",
        (one: ManagedApplication) =>
          void (one.target = targetOf(
            [{ revision: { is: "commit", commit: sha("2") } }],
            [{ source: 0, path: "elsewhere" }],
          )),
      ],
    ])("whoever %s since looks, whatever a commit changes", async (_, change) => {
      const { many, first, next } = await resting();
      for (const one of many)
        one.target = { ...(one.target as Target), inputs: [{ source: 0, path: "elsewhere" }] };
      change(first);
      expect(await next()).toEqual([first.key]);
    });

    test("whoever says that a server is silent is asked when it answers", async () => {
      const { first, it, asked, heads } = await resting();
      heads.set(A, sha("3"));
      first.target = {
        ...(first.target as Target),
        sourceProblems: [{ severity: "warning", object: "a", text: "it cannot be asked" }],
      };
      it.pushed([A]);
      await eventually("asked", () => asked.length > 0);
      expect(asked).toEqual([`${first.key} known 7`]);
    });

    test("nobody whom the next one does not concern is looked at", async () => {
      const { many, next } = await resting();
      for (const one of many)
        one.target = { ...(one.target as Target), inputs: [{ source: 0, path: "elsewhere" }] };
      expect(await next()).toEqual([]);
      let looks = 0;
      for (const one of many) {
        const { target } = one;
        Object.defineProperty(one, "target", {
          get: () => {
            looks++;
            return target;
          },
        });
      }
      expect(await next("5")).toEqual([]);
      expect(looks).toBe(0);
      expect(tips.get(`${A}  main `)?.revision).toEqual({ is: "commit", commit: sha("5") });
    });

    test("one that comes, or has another spec, is asked about anew", async () => {
      const { first, applications, next } = await resting();
      const late = managed("late", [main], [sha("2")]);
      applications.add(late);
      first.spec = { ...first.spec, app: application({ sources: [{ repoURL: B }] }, { name: "many-0" }) };
      const told = await next();
      expect(told).toContain("argocd/late");
      expect(told).not.toContain("argocd/many-0");
    });
  });

  test("that changes nothing which an application read is learnt by it without a look", async () => {
    // sha 2 and sha 3 have the same `app`.
    const many = Array.from({ length: 50 }, (_, at) => managed(`many-${at}`, [main], [sha("2")]));
    const reader = managed("reads-all", [main], [sha("2")]);
    reader.target = targetOf(reader.target?.tips ?? [], [{ source: 0, path: "" }]);
    const unknown = managed("unknown", [main], [sha("2")]);
    unknown.target = targetOf(unknown.target?.tips ?? [], "unknown");
    const failed = managed("failed", [main], [sha("2")]);
    const failure = new Failure("render", "a", "after-edit", { cannot: "render", why: "it is wrong" });
    failed.seen = { is: "failed", failure, times: 1, before: undefined };
    const { it, asked, heads } = repositories([...many, reader, unknown, failed]);
    heads.set(A, sha("3"));
    it.pushed([A]);
    await eventually("told", () => asked.length >= 4);
    expect(new Set(asked)).toEqual(
      new Set([
        "argocd/reads-all known 7",
        "argocd/unknown known 7",
        "argocd/failed known 7",
        "argocd/failed latest 7",
      ]),
    );
    expect(many.every(({ target }) => revisionNamesOf(target as Target)[0] === sha("3"))).toBe(true);
    expect(many.every(({ compared }) => revisionNamesOf(compared?.target as Target)[0] === sha("3"))).toBe(
      true,
    );
    expect(revisionNamesOf(reader.target as Target)).toEqual([sha("2")]);
  });

  test("concerns who follows now, and by what each reads now: who came, left, turned elsewhere or reads otherwise", async () => {
    const stays = managed("stays", [main]),
      leaves = managed("leaves", [main]),
      turns = managed("turns", [main]),
      comes = managed("comes", [main], [sha("2")]),
      reads = managed("reads", [main]);
    const all = [stays, leaves, turns, reads];
    const { it, applications, asked, heads, later } = repositories(all);
    const told = async (commit: CommitSha): Promise<string[]> => {
      asked.length = 0;
      // Pushes that come one upon the other are not all looked after at once.
      later(10_000);
      heads.set(A, commit);
      it.pushed([A]);
      await eventually("the commit is known", () =>
        isSameRevision(tips.get(`${A}  main `)?.revision, { is: "commit", commit }),
      );
      for (const one of all) if (asked.includes(`${one.key} known 7`)) see(one, [commit]);
      return [...asked];
    };
    expect(await told(sha("2"))).toHaveLength(4);
    applications.remove(leaves);
    applications.add(comes);
    see(comes, [sha("2")]);
    see(turns, [sha("2")]);
    turns.spec = { ...turns.spec, app: application({ sources: [{ repoURL: B }] }, { name: "turns" }) };
    // sha 3 changes `other` alone.
    reads.target = targetOf(reads.target?.tips ?? [], [{ source: 0, path: "other" }]);
    expect(await told(sha("3"))).toEqual(["argocd/reads known 7"]);
    const fourth = await told(sha("4"));
    expect(fourth.sort()).toEqual(["argocd/comes known 7", "argocd/reads known 7", "argocd/stays known 7"]);
    // It turns back, and nothing else moves.
    turns.spec = { ...turns.spec, app: application({ sources: [main] }, { name: "turns" }) };
    see(turns, [sha("3")]);
    expect(await told(sha("6"))).toContain("argocd/turns known 7");
    applications.remove(turns);
    applications.remove(comes);
    reads.target = targetOf(reads.target?.tips ?? [], []);
    expect(await told(sha("5"))).toEqual(["argocd/stays known 7"]);
    stays.target = targetOf(stays.target?.tips ?? [], []);
    expect(await told(sha("6"))).toEqual([]);
  });

  test("concerns nobody where all have left, and those who share an entry by the entries of now", async () => {
    const all = [managed("a", [main]), managed("b", [main])];
    const { it, applications, resolved, asked, settings, heads, later } = repositories(all);
    heads.set(A, sha("2"));
    const push = (): void => {
      later(10_000);
      it.pushed([A]);
    };
    push();
    await eventually("asked", () => asked.length === 2);
    for (const one of all) see(one, [sha("2")]);
    // From now on each project has an entry of its own, so that each asks for itself.
    const [a, b] = all as [ManagedApplication, ManagedApplication];
    a.spec = { ...a.spec, app: { ...a.spec.app, spec: { ...a.spec.app.spec, project: "own" } } };
    Object.assign(settings, {
      repositories: [
        { url: A, project: "own" },
        { url: A, project: "default" },
      ],
    });
    resolved.length = 0;
    push();
    await eventually("both asked", () => resolved.length === 2);
    Object.assign(settings, { repositories: [] });
    resolved.length = 0;
    push();
    await eventually("one asked", () => resolved.length > 0);
    applications.remove(b);
    applications.remove(a);
    push();
    await new Promise((resolve) => setImmediate(resolve));
    expect(resolved).toEqual([`${A} main`]);
  });

  test("whose change cannot be told has everybody look", async () => {
    const all = [managed("a", [main], [sha("2")]), managed("b", [main], [sha("2")])];
    const { it, asked, heads, broken } = repositories(all);
    heads.set(A, sha("3"));
    broken.add(sha("2"));
    it.pushed([A]);
    await eventually("asked", () => asked.length === 2);
    expect(asked).toEqual(["argocd/a known 7", "argocd/b known 7"]);
  });

  test("that was taken back is told again", async () => {
    const one = managed("one", [main]),
      two = managed("two", [main]);
    const { it, asked } = repositories([one, two]);
    see(one, [sha("2")]);
    it.located(one);
    await it.told();
    see(two, [sha("2")]);
    see(one, [sha("1")]);
    it.located(one);
    await it.told();
    expect(asked).toEqual(["argocd/two known 0", "argocd/two known 0"]);
  });

  test("concerns those for whom it is one of several sources", async () => {
    const several = managed("several", [{ repoURL: B }, { repoURL: A }]);
    several.target = targetOf(several.target?.tips ?? [], [{ source: 1, path: "app" }]);
    several.seen = { is: "compared", compared: { target: several.target } as Compared };
    const found = managed("found", [{ repoURL: A }], [sha("2")]);
    const { it, asked } = repositories([several, found]);
    it.located(found);
    await it.told();
    expect(asked).toEqual(["argocd/several known 0"]);
  });
});
