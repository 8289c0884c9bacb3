/**
 * Git servers that an application's repository names, for a base or a submodule, times what can be wrong with one: an
 * application of two sources, of which the other one has a change too, says one sentence, keeps what is there and takes
 * nothing of the change.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Application, Source } from "../../src/core/model/application.ts";
import { Secret } from "../../src/core/model/secret.ts";
import type { RepositoryEntry } from "../../src/engine/target/repository-access.ts";
import { issueCertificate } from "../../src/lib/issue-certificate.ts";
import {
  AUTOMATED,
  appOf,
  conditions,
  type Repository,
  type Rig,
  startRig,
  startWorld,
  type World,
} from "../lib/engine-rig.ts";
import { type Changes, type GitServer, runGit, startGitServer } from "../lib/git-server.ts";
import { endless, type Front, half, handOn, startFront } from "../lib/hostile-front.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";
import { commit as commitObject, idOf, type RawObject, tree as treeObject } from "../lib/pack-builder.ts";
import { npmToolSets } from "../lib/render-host.ts";
import { addSubmodule, putGitlink } from "../lib/submodules.ts";

const CANARY = "s3cret-canary";
const BASIC = `Basic ${Buffer.from(`ci:${CANARY}`).toString("base64")}`;
const LOOPBACK = new Uint8Array([127, 0, 0, 1]);
const nowMs = Date.now();
const DAY = 86_400_000;
const authority = issueCertificate({ commonName: "authority", uses: ["authority"], nowMs, days: 2 });
const certificate = (names: (string | Uint8Array)[], atMs = nowMs) => {
  const issued = issueCertificate(
    { commonName: "x", names, uses: ["server"], nowMs: atMs, days: 2 },
    authority,
  );
  return { cert: issued.certificate, key: issued.key };
};
const TLS = certificate([LOOPBACK]);

/** Whose content the application takes; `own` is its own repository's server, and always honest. */
interface Kind {
  name: string;
  /** The repository behind the front. */
  repo: "base" | "sub";
  /** Has `own` take a commit of it. @param branch leads to it */
  take(at: { own: GitServer; front: Front; commit: string; branch: string }): Promise<unknown>;
  source: Partial<Source>;
}

const naming =
  (ref: "branch" | "commit"): Kind["take"] =>
  ({ own, front, ...to }) =>
    own.commit(
      "app",
      { "kustomization.yaml": `resources: ["${front.origin}/base.git?ref=${to[ref]}"]\n` },
      "takes another",
    );
const kinds: Kind[] = [
  { name: "a base by its branch", repo: "base", take: naming("branch"), source: { path: "." } },
  { name: "a base by its commit", repo: "base", take: naming("commit"), source: { path: "." } },
  {
    name: "a submodule",
    repo: "sub",
    async take({ own, front, commit }) {
      if ((await own.git("app", "ls-tree", "main", "m/lib")) === "")
        await addSubmodule(own, "app", "m/lib", "other", `${front.origin}/sub.git`);
      await putGitlink(own, "app", "m/lib", commit);
    },
    source: { path: "m", directory: { recurse: true } },
  },
];

type Row = {
  name: string;
  says: RegExp;
  /** Absent: all. */
  of?: string;
  lie?: (at: { sink: Front; before: Response[] }) => Front["lie"];
  tls?: { cert: string; key: string };
  /** In place of the honest second version. @returns its commit */
  publish?: (honest: GitServer, repo: string) => Promise<string>;
};

const asks = (request: Request): string => new URL(request.url).pathname + new URL(request.url).search;
const isContent = ({ method }: Request): boolean => method === "POST";
const typed = (answer: Response, type: string): Response =>
  new Response(answer.body, { headers: { "content-type": `application/x-git-upload-pack-${type}` } });
const slowly = () => new Response("slowly", { status: 429, headers: { "retry-after": "600" } });
const away = (sink: Front, request: Request): Response =>
  Response.redirect(`${sink.origin}${asks(request)}`, 302);

/** A commit of objects that git itself would not make. */
async function byHand(honest: GitServer, repo: string, objects: readonly RawObject[]): Promise<string> {
  for (const { type, data } of objects)
    await runGit(
      ["-C", honest.pathOf(repo), "hash-object", "-t", type, "-w", "--literally", "--stdin"],
      data,
    );
  const top = idOf(objects.at(-1) as RawObject);
  await honest.git(repo, "update-ref", "refs/heads/v2", top);
  return top;
}
const named =
  (...names: string[]): NonNullable<Row["publish"]> =>
  async (honest, repo) => {
    const file = await honest.git(repo, "rev-parse", "v1:map.yaml");
    const root = treeObject([
      ["100644", "map.yaml", file],
      ...names.map((name) => ["100644", name, file] as const),
    ]);
    return byHand(honest, repo, [root, commitObject(idOf(root))]);
  };
const linked =
  (target: string): NonNullable<Row["publish"]> =>
  (honest, repo) =>
    honest.commit(repo, { "map.yaml": { link: target } }, "a link", { branch: "v2", parent: "v1" });

/** By git's words, which differ by where it notices. */
const REFUSED = /what it sent is refused|is missing|the answer ends|hung up|RPC failed|early EOF|expected '/;
const rows: Row[] = [
  {
    name: "a version that is not there",
    publish: async () => "1".repeat(40),
    says: /there is no branch, tag or commit|the server does not have it/,
  },
  {
    name: "credentials that are refused",
    lie: () => () => new Response("no", { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } }),
    says: /it refused the credentials/,
  },
  {
    name: "a redirect of everything to another host",
    lie:
      ({ sink }) =>
      (request) =>
        away(sink, request),
    says: /redirects to another (?:server|place)/,
  },
  {
    name: "a redirect of the content to another host",
    lie:
      ({ sink }) =>
      (request, truth) =>
        isContent(request) ? away(sink, request) : truth(),
    says: /redirects to another/,
  },
  {
    // Where a commit and its server are known the git program reads it, for minutes, until its own limits end it.
    name: "an answer without end",
    of: "a base by its branch",
    lie: () => (request) => typed(endless(), isContent(request) ? "result" : "advertisement"),
    says: /is no|not (?:in )?Git|longer than|format/,
  },
  {
    name: "content without end",
    lie: () => (request, truth) => (isContent(request) ? typed(endless(), "result") : truth()),
    says: /./,
  },
  {
    name: "content that is cut in its middle",
    lie: () => (request, truth) => (isContent(request) ? half(truth) : truth()),
    says: REFUSED,
  },
  {
    name: "content with a byte that was turned round",
    lie: () => async (_request, truth) => {
      const answer = await truth();
      const body = new Uint8Array(await answer.arrayBuffer());
      // Behind the lists of refs, which have no pack.
      const at = Buffer.from(body).indexOf("PACK");
      if (at >= 0) body[at + 14] = (body[at + 14] ?? 0) ^ 0xff;
      return new Response(body, { status: answer.status, headers: answer.headers });
    },
    says: REFUSED,
  },
  {
    name: "the content of another commit",
    lie:
      ({ before }) =>
      async (request, truth) => {
        const answer = await truth();
        const isPack = Buffer.from(await answer.clone().arrayBuffer()).includes("PACK");
        return isContent(request) && isPack ? (before.at(-1)?.clone() ?? answer) : answer;
      },
    says: REFUSED,
  },
  {
    name: "a login page",
    lie: () => () =>
      new Response("<html>log in: please</html>", { headers: { "content-type": "text/html" } }),
    says: /it answers with text\/html and is no Git repository|dumb http transport/,
  },
  { name: "429 and a pause", lie: () => slowly, says: /it asks for fewer requests \(HTTP 429\)/ },
  {
    name: "429 and a pause for the content alone",
    lie: () => (request, truth) => (isContent(request) ? slowly() : truth()),
    says: /it asks for fewer requests \(HTTP 429\)/,
  },
  {
    name: "a certificate of another name",
    tls: certificate(["elsewhere.example.com"]),
    says: /its certificate is not trusted/,
  },
  {
    name: "a certificate that has expired",
    tls: certificate([LOOPBACK], nowMs - 30 * DAY),
    says: /its certificate is not trusted/,
  },
  {
    name: "a link that leads out",
    publish: linked("../../../../etc/passwd"),
    says: /leads out of the repository/,
  },
  {
    name: "a link with an absolute path",
    publish: linked("/etc/passwd"),
    says: /leads out of the repository/,
  },
  { name: "a file named ..", publish: named(".."), says: /refused/ },
  { name: "a file named .git", publish: named(".git"), says: /refused/ },
  { name: "a file with a slash in its name", publish: named("../x"), says: /refused/ },
  {
    name: "a folder with more names than anybody needs",
    publish: named(
      ...Array.from({ length: 25_000 }, (_, at) => `${"n".repeat(200)}${String(at).padStart(6, "0")}`),
    ),
    says: /its list of names has \d+ bytes, and at most \d+ are read/,
  },
];

let world: World, programs: Record<string, string>;
beforeAll(async () => {
  world = await startWorld();
  programs = (await npmToolSets())[0]?.programs ?? {};
});
afterAll(() => world.stop());

describe.each(kinds)("$name", (kind) => {
  let honest: GitServer, own: GitServer, front: Front, sink: Front, rig: Rig, beside: Repository;
  let second: string;
  let at = 0;
  /** The packs of the first version. */
  const before: Response[] = [];

  const files = (version: string): Changes => ({
    "map.yaml": JSON.stringify(configMap("", "it", { version })),
    ...(kind.repo === "base" ? { "kustomization.yaml": "resources: [map.yaml]\n" } : {}),
  });
  const answer = async (request: Request): Promise<Response> => {
    if (request.headers.get("authorization") !== BASIC)
      return new Response("no", { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } });
    const said = await handOn(request, honest.url);
    if (isContent(request) && Buffer.from(await said.clone().arrayBuffer()).includes("PACK"))
      before.push(said.clone());
    return said;
  };

  beforeEach(async () => {
    before.length = 0;
    [honest, own] = await Promise.all([startGitServer(), startGitServer()]);
    await honest.createRepo(kind.repo, files("1"));
    await honest.git(kind.repo, "branch", "v1", "main");
    second = await honest.commit(kind.repo, files("2"), "second", { branch: "v2", parent: "v1" });
    await own.createRepo("app", { "m/README.md": "" });
    await own.createRepo("other", { "README.md": "" });
    sink = startFront(async () => new Response("nothing", { status: 404 }), TLS);
    front = startFront(answer, TLS);
    rig = await startRig(world, {
      programs,
      settings: {
        repositories: [
          {
            type: "git",
            url: front.origin,
            match: "prefix",
            ca: authority.certificate,
            username: "ci",
            password: new Secret(CANARY),
          } as RepositoryEntry,
        ],
      },
    });
  });
  afterEach(async () => {
    await rig.stop();
    await Promise.all([front.stop(), sink.stop(), honest.close(), own.close()]);
  });

  async function deployed(name: string): Promise<void> {
    const commit = await honest.git(kind.repo, "rev-parse", "v1");
    await kind.take({ own, front, commit, branch: "v1" });
    await world.makeNamespace(name);
    beside = await world.repository(name, { "b.yaml": configMap(name, "beside", { value: "1" }) });
    const app = appOf({ name, repository: beside, spec: { syncPolicy: AUTOMATED } });
    const { source, ...spec } = app.spec;
    const its = { repoURL: own.urlOf("app"), targetRevision: "main", ...kind.source } as Source;
    rig.place({ ...app, spec: { ...spec, sources: [source as Source, its] } } as Application);
    await rig.untilSettled(name);
    expect(await versionOf(name)).toBe("1");
  }
  const versionOf = async (name: string): Promise<unknown> =>
    (await world.find(configMapPath(name, "it")))?.data?.version;

  /** Both sources change; the application sees it and says why it cannot have it. */
  async function refused(name: string, commit: string): Promise<string> {
    await beside.commit({ "b.yaml": configMap(name, "beside", { value: "2" }) });
    await kind.take({ own, front, commit, branch: commit === "1".repeat(40) ? "v9" : "v2" });
    await rig.refresh(name);
    const seen = await rig.until(name, (now) => conditions(now, "ComparisonError").length > 0, 40_000);
    const errors = conditions(seen, "ComparisonError");
    expect(errors).toHaveLength(1);
    expect(errors[0]?.length).toBeLessThan(1_500);
    expect(JSON.stringify(seen.status)).not.toContain(CANARY);
    // Nothing of the change is there, and all of what was.
    expect((await world.find(configMapPath(name, "beside")))?.data).toEqual({ value: "1" });
    expect(await versionOf(name)).toBe("1");
    return errors[0] ?? "";
  }

  test.each(rows.filter(({ of = kind.name }) => of === kind.name))(
    "$name",
    async ({ says, lie, tls, publish }) => {
      const name = `t${kinds.indexOf(kind)}n${at++}`;
      await deployed(name);
      const commit = (await publish?.(honest, kind.repo)) ?? second;
      if (tls !== undefined) {
        // Somebody else answers at the same address.
        const port = Number(new URL(front.origin).port);
        await front.stop();
        front = startFront(answer, tls, port);
      }
      front.lie = lie?.({ sink, before: [...before] });
      front.requests.length = 0;
      expect(await refused(name, commit)).toMatch(says);
      for (const { authorization } of sink.requests) expect(authorization).toBeNull();
      if (/429/.test(says.source)) {
        const asked = front.requests.length;
        expect(asked).toBeGreaterThan(0);
        await rig.refresh(name);
        await rig.untilIdle();
        expect(front.requests.length).toBe(asked);
      }
    },
    60_000,
  );

  test("that is down: what is there stays, and the sentence names it", async () => {
    const name = `t${kinds.indexOf(kind)}down`;
    await deployed(name);
    await front.stop();
    expect(await refused(name, second)).toContain(front.origin);
  }, 60_000);
});
