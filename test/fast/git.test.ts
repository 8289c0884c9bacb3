/** The contract suite of Git on every road that needs no more than the git program, and what is special to HTTP. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Secret } from "../../src/core/model/secret.ts";
import type { CommitSha, Git, RepositoryAccess } from "../../src/core/ports.ts";
import { failureOf, gitConformance } from "../conformance/git.ts";
import { eventually } from "../lib/eventually.ts";
import {
  basic,
  clock,
  type Implementation,
  makeGit,
  onDisk,
  overHttp,
  systemGit,
  withoutGit,
} from "../lib/git-remotes.ts";
import { type GitServer, type GitServerOptions, runGit, startGitServer } from "../lib/git-server.ts";

// The rest of the roads (HTTPS with a private CA, older servers, ssh) is in test/servers.
gitConformance("Git without the git program, over HTTP", withoutGit, overHttp("auto"));
gitConformance("Git without the git program, from a local folder", withoutGit, onDisk());
gitConformance("Git with the git program, over HTTP", makeGit, overHttp("auto"));
gitConformance("Git with the git program, from a local folder", makeGit, onDisk());

let dataDir: string;
beforeAll(() => {
  dataDir = mkdtempSync(join(tmpdir(), "holdfast-git-data-"));
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));
const files = { "README.md": "read me\n", "apps/web.yaml": "a: 1\n" };

describe.each<Implementation>(["isomorphic", "system"])("credentials, %s", (implementation) => {
  const servers: GitServer[] = [];
  const start = async (options: GitServerOptions): Promise<GitServer> => {
    const server = await startGitServer(options);
    servers.push(server);
    await server.createRepo("shop", files);
    return server;
  };
  let git: Git;
  beforeAll(() => {
    git = makeGit(join(dataDir, implementation));
  });
  afterAll(async () => {
    await git.stop();
    for (const server of servers) await server.close();
  });
  const resolve = (access: Omit<RepositoryAccess, "implementation">) =>
    git.resolve({ ...access, implementation }, "main", { freshness: "latest" });

  test("a wrong password, a wrong token and none are git-auth, and the failure names no secret", async () => {
    const server = await start({ auth: basic });
    for (const wrong of [
      { username: "ci", password: new Secret("guess-1") },
      { bearerToken: new Secret("guess-2") },
      {},
    ]) {
      const failure = await failureOf(resolve({ url: server.urlOf("shop"), ...wrong }));
      expect(failure.code).toBe("git-auth");
      expect(failure.message).not.toContain("guess");
    }
  });

  test("userinfo in the URL is used and never printed", async () => {
    const server = await start({ auth: { basic: { username: "ci", password: "s3cret/" } } });
    const url = server.urlOf("shop").replace("://", "://ci:s3cret%2F@");
    expect((await resolve({ url })).ref).toBe("refs/heads/main");
    expect(server.requests.some(({ path }) => path.includes("s3cret"))).toBe(false);
    const failure = await failureOf(resolve({ url: url.replace("s3cret", "wr0ng") }));
    expect(failure.code).toBe("git-auth");
    expect(failure.message).not.toContain("wr0ng");
    expect(failure.object).toBe(server.urlOf("shop"));
  });

  test("a certificate of an unknown authority, or for another name, is not trusted", async () => {
    const server = await start({ tls: "private-ca" });
    const other = await start({ tls: "private-ca" });
    const url = server.urlOf("shop");
    for (const access of [
      { url },
      { url, ca: other.ca ?? "" },
      { url: url.replace("localhost", "127.0.0.1"), ca: server.ca ?? "" },
    ]) {
      const failure = await failureOf(resolve(access));
      expect(failure.code).toBe("git-unreachable");
      expect(failure.message).toMatch(/certificate/i);
    }
    expect((await resolve({ url, ca: server.ca ?? "" })).ref).toBe("refs/heads/main");
    expect((await failureOf(resolve({ url, ca: other.ca ?? "" }))).code).toBe("git-unreachable");
  });

  test("a redirect to another host gets no request", async () => {
    const elsewhere = await start({});
    const server = await start({ auth: basic });
    elsewhere.requests.length = 0;
    server.fail({
      do: "status",
      status: 302,
      headers: { Location: `${elsewhere.urlOf("shop")}/info/refs?service=git-upload-pack` },
    });
    const failure = await failureOf(
      resolve({ url: server.urlOf("shop"), username: "ci", password: new Secret(basic.basic.password) }),
    );
    expect(failure.code).toBe("git-unreachable");
    expect(failure.message).toContain("redirect");
    expect(elsewhere.requests).toEqual([]);
  });
});

describe("HTTP servers on bad days", () => {
  let server: GitServer;
  let git: Git;
  let repos = 0;
  const mends: (() => void)[] = [];
  beforeAll(async () => {
    server = await startGitServer();
    git = makeGit(join(dataDir, "bad-days"), { timeoutMs: 700 });
  });
  afterAll(async () => {
    await git.stop();
    await server.close();
  });
  const repo = async (): Promise<{ access: RepositoryAccess; name: string; commit: CommitSha }> => {
    for (const mend of mends.splice(0)) mend();
    const name = `bad-${++repos}`;
    const url = await server.createRepo(name, files);
    return { access: { url }, name, commit: (await server.git(name, "rev-parse", "main")) as CommitSha };
  };
  const fail = (...args: Parameters<GitServer["fail"]>): void => void mends.push(server.fail(...args));
  const resolve = (access: RepositoryAccess) => git.resolve(access, "main", { freshness: "latest" });

  test("a server that does not answer is unreachable after the timeout", async () => {
    const { access } = await repo();
    fail({ do: "wait", ms: 5000 });
    expect((await failureOf(resolve(access))).message).toContain("did not answer within 0.7 s");
  });

  test("a server that stops in the middle of a pack is given up", async () => {
    const { access, commit } = await repo();
    await resolve(access);
    fail({ do: "stall", bytes: 100 });
    const failure = await failureOf(git.tree(access, commit));
    expect(failure.message).toContain("sent nothing for");
  });

  test("answers that are cut or changed at any place move nothing, and the next good one is taken", async () => {
    const { access, commit, name } = await repo();
    await resolve(access);
    const isFetch = ({ method }: { method: string }): boolean => method === "POST";
    for (const bytes of [0, 4, 20, 60, 120, 200]) {
      fail({ do: "cut", bytes }, isFetch);
      expect((await failureOf(git.tree(access, commit))).code).toBe("git-unreachable");
      for (const mend of mends.splice(0)) mend();
    }
    for (const fromEnd of [8, 20, 60, 100]) {
      fail({ do: "flip", fromEnd }, isFetch);
      expect((await failureOf(git.tree(access, commit))).code).toBe("git-unreachable");
      for (const mend of mends.splice(0)) mend();
    }
    const left = (readdirSync(join(dataDir, "bad-days"), { recursive: true }) as string[]).filter(
      (path) => /(pack|idx)$/.test(path) && path.includes("pack-"),
    );
    expect(left).toEqual([]);
    expect(new TextDecoder().decode(await (await git.tree(access, commit)).read("README.md"))).toBe(
      "read me\n",
    );
    const next = (await server.commit(name, { a: "1" }, "next")) as CommitSha;
    fail({ do: "cut", bytes: 150 }, isFetch);
    expect((await failureOf(git.tree(access, next))).code).toBe("git-unreachable");
    expect(await (await git.tree(access, commit)).oid("README.md")).toBeString();
  });

  test("a list of refs that is cut is no list with fewer branches", async () => {
    const { access } = await repo();
    fail({ do: "cut", bytes: 60 }, ({ method }) => method === "POST");
    expect((await failureOf(resolve(access))).code).toBe("git-unreachable");
  });

  test.each([
    { status: 404, code: "git-unreachable" },
    { status: 403, code: "git-auth" },
    { status: 401, code: "git-auth" },
    { status: 500, code: "git-unreachable" },
    { status: 200, code: "git-unreachable" },
  ] as const)("HTTP $status with a page is $code", async ({ status, code }) => {
    const { access } = await repo();
    fail({ do: "status", status, headers: { "Content-Type": "text/html" }, body: "<html>log in</html>" });
    const failure = await failureOf(resolve(access));
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(status === 200 ? "text/html" : String(status));
  });

  test("Retry-After is passed on, and the server is left alone until then", async () => {
    const { access } = await repo();
    fail({ do: "status", status: 429, headers: { "Retry-After": "7" } });
    expect((await failureOf(resolve(access))).retryAfterMs).toBe(7000);
    server.requests.length = 0;
    expect((await failureOf(resolve(access))).retryAfterMs).toBe(7000);
    expect(server.requests).toEqual([]);
  });

  test("the pause grows with each failure, and a failing server is asked once a second at most", async () => {
    const { access } = await repo();
    fail({ do: "status", status: 500 });
    expect((await failureOf(resolve(access))).retryAfterMs).toBe(1000);
    server.requests.length = 0;
    await Promise.all(Array.from({ length: 20 }, () => failureOf(resolve(access))));
    expect(server.requests).toEqual([]);
    await Bun.sleep(1050);
    expect((await failureOf(resolve(access))).retryAfterMs).toBe(2000);
  });

  test("a redirect on the same server is followed, for the discovery and for what comes after it", async () => {
    const { access, name, commit } = await repo();
    const moved = access.url.replace(`${name}.git`, `old-${name}.git`);
    fail(
      { do: "status", status: 301, headers: { Location: `/${name}.git/info/refs?service=git-upload-pack` } },
      ({ path }) => path.startsWith(`/old-${name}.git`),
    );
    expect((await resolve({ url: moved })).commit).toBe(commit);
    expect(await (await git.tree({ url: moved }, commit)).oid("apps")).toBeString();
  });

  test("a list of refs is one request once the server is known", async () => {
    const { access } = await repo();
    await resolve(access);
    server.requests.length = 0;
    await resolve(access);
    expect(server.requests.map(({ method }) => method)).toEqual(["POST"]);
  });

  test("a connection that nobody takes is unreachable", async () => {
    const closed = await startGitServer();
    await closed.close();
    expect((await failureOf(resolve({ url: closed.urlOf("x") }))).message).toContain("nothing listens there");
  });
});

describe("repository URLs", () => {
  const cases = [
    "ext::sh -c touch% x",
    "ext::sh",
    "fd::17",
    "git://host/x",
    "--upload-pack=x",
    "ssh://-oProxyCommand=x/y",
    "-oProxyCommand=x@host:y",
    "ssh://host/-x",
    "git@-host:x",
    "git@host:-x",
    "ssh://host/$(touch x)",
    "https://host/x\nHost: y",
    "https://host/x?y=1",
    "file://host/x",
    "",
    "shop",
    "ssh://u:p@host/x",
  ];
  test.each(cases)("%j is refused until somebody edits it", async (url) => {
    const git = makeGit(join(dataDir, "urls"));
    const failure = await failureOf(
      git.resolve(
        { url, implementation: "system", sshKnownHosts: "x", sshPrivateKey: new Secret("x") },
        "main",
        { freshness: "latest" },
      ),
    );
    expect({ code: failure.code, retry: failure.retry }).toEqual({
      code: "git-unreachable",
      retry: "after-edit",
    });
    await git.stop();
  });

  test("ssh without the git program names what to install", async () => {
    const git = makeGit(join(dataDir, "urls"), { systemGit: undefined });
    expect(
      (await failureOf(git.resolve({ url: "git@example.com:a/b" }, "main", { freshness: "latest" }))).code,
    ).toBe("tool-missing");
    await git.stop();
  });

  test("local repositories can be ruled out, and the daemon's own copies always are", async () => {
    const server = await startGitServer();
    await server.createRepo("shop", files);
    const closed = makeGit(join(dataDir, "closed"), { localRepositories: "refused" });
    expect(
      (await failureOf(closed.resolve({ url: server.pathOf("shop") }, "main", { freshness: "latest" })))
        .message,
    ).toContain("not allowed");
    const git = makeGit(join(dataDir, "own"));
    const { commit } = await git.resolve({ url: server.urlOf("shop") }, "main", { freshness: "latest" });
    await git.tree({ url: server.urlOf("shop") }, commit);
    const own = join(dataDir, "own", "git", readdirSync(join(dataDir, "own", "git"))[0] ?? "");
    expect((await failureOf(git.resolve({ url: own }, "main", { freshness: "latest" }))).message).toContain(
      "the daemon's own copy",
    );
    await Promise.all([git.stop(), closed.stop(), server.close()]);
  });
});

describe("the git program", () => {
  test("gets no secret on its command line, none of our environment, and runs nothing of the repository", async () => {
    const folder = mkdtempSync(join(dataDir, "spy-"));
    const spy = join(folder, "git");
    writeFileSync(
      spy,
      `#!/bin/sh\necho "$@" >> ${folder}/argv\nenv | grep -v '^GIT_CONFIG_VALUE_' >> ${folder}/env\nexec ${systemGit} "$@"\n`,
    );
    chmodSync(spy, 0o755);
    const server = await startGitServer({ auth: basic });
    await server.createRepo("shop", {
      ...files,
      ".gitattributes": "* filter=evil\n",
      ".gitmodules": `[submodule "x"]\n\tpath = x\n\turl = ext::touch ${folder}/pwned\n`,
    });
    process.env["HOLDFAST_TEST_SECRET"] = "from-our-environment";
    const git = makeGit(join(folder, "data"), { systemGit: spy });
    const access: RepositoryAccess = {
      url: server.urlOf("shop"),
      implementation: "system",
      username: "ci",
      password: new Secret(basic.basic.password),
    };
    const { commit } = await git.resolve(access, "main", { freshness: "latest" });
    await (await git.tree(access, commit)).list("");
    delete process.env["HOLDFAST_TEST_SECRET"];
    await Promise.all([git.stop(), server.close()]);
    const encoded = Buffer.from(`ci:${basic.basic.password}`).toString("base64");
    const argv = readFileSync(join(folder, "argv"), "utf8");
    expect(argv).toContain("ls-remote");
    for (const secret of [basic.basic.password, encoded]) expect(argv).not.toContain(secret);
    expect(readFileSync(join(folder, "env"), "utf8")).not.toContain("from-our-environment");
    expect(existsSync(join(folder, "pwned"))).toBe(false);
  });
});

describe("a repository on this machine with settings of its own", () => {
  test.each([
    ["with", systemGit],
    ["without", undefined],
  ])("runs none of the programs that they name, %s the git program", async (_, program) => {
    const folder = mkdtempSync(join(dataDir, "settings-"));
    const work = join(folder, "work");
    const marker = join(folder, "pwned");
    const trap = join(folder, "trap");
    writeFileSync(trap, `#!/bin/sh\ntouch ${marker}\n`);
    chmodSync(trap, 0o755);
    await runGit(["init", "-q", "-b", "main", work]);
    writeFileSync(join(work, "a.yaml"), "a: 1\n");
    writeFileSync(join(work, ".gitattributes"), "* filter=evil diff=evil\n");
    await runGit(["-C", work, "add", "."]);
    await runGit(["-C", work, "commit", "-q", "-m", "one"]);
    const blob = await runGit(["-C", work, "rev-parse", "main:a.yaml"]);
    writeFileSync(
      join(work, ".git", "config"),
      [
        "[core]",
        "repositoryformatversion = 1",
        `fsmonitor = ${trap}`,
        `hooksPath = ${folder}`,
        `sshCommand = ${trap}`,
        `pager = ${trap}`,
        `editor = ${trap}`,
        `alternateRefsCommand = ${trap}`,
        "[extensions]",
        "partialClone = origin",
        '[remote "origin"]',
        "promisor = true",
        `url = ext::${trap}`,
        `uploadpack = ${trap}`,
        '[filter "evil"]',
        `smudge = ${trap}`,
        `clean = ${trap}`,
        '[diff "evil"]',
        `textconv = ${trap}`,
        "[alias]",
        `cat-file = !${trap}`,
        `show-ref = !${trap}`,
        "[uploadpack]",
        `packObjectsHook = ${trap}`,
        "[credential]",
        `helper = ${trap}`,
        "",
      ].join("\n"),
    );
    for (const hook of ["post-checkout", "reference-transaction", "pre-auto-gc"])
      writeFileSync(join(work, ".git", "hooks", hook), `#!/bin/sh\ntouch ${marker}\n`, { mode: 0o755 });
    const git = makeGit(join(folder, "data"), { systemGit: program });
    const access = { url: work };
    const { commit } = await git.resolve(access, "main", { freshness: "latest" });
    const tree = await git.tree(access, commit);
    expect(new TextDecoder().decode(await tree.read("a.yaml"))).toBe("a: 1\n");
    // One object less: git would ask the remote that the settings name.
    rmSync(join(work, ".git", "objects", blob.slice(0, 2), blob.slice(2)));
    expect((await failureOf(tree.read("a.yaml"))).code).toBe("git-unreachable");
    expect(existsSync(marker)).toBe(false);
    await git.stop();
  });

  test("a pack whose index names one object as another is found out", async () => {
    const folder = mkdtempSync(join(dataDir, "lying-"));
    const work = join(folder, "work");
    await runGit(["init", "-q", "-b", "main", work]);
    writeFileSync(join(work, "a.yaml"), "password: guess\n");
    writeFileSync(join(work, "b.yaml"), "a: 1\n");
    await runGit(["-C", work, "add", "."]);
    await runGit(["-C", work, "commit", "-q", "-m", "one"]);
    await runGit(["-C", work, "gc", "-q"]);
    const packs = join(work, ".git", "objects", "pack");
    const name = readdirSync(packs).find((each) => each.endsWith(".idx")) ?? "";
    chmodSync(join(packs, name), 0o644);
    const ids = await Promise.all(
      ["a", "b"].map((file) => runGit(["-C", work, "rev-parse", `main:${file}.yaml`])),
    );
    writeFileSync(join(packs, name), withSwapped(readFileSync(join(packs, name)), ids));
    for (const program of [systemGit, undefined]) {
      const git = makeGit(join(folder, "data"), { systemGit: program });
      const { commit } = await git.resolve({ url: work }, "main", { freshness: "latest" });
      const failure = await failureOf((await git.tree({ url: work }, commit)).read("b.yaml"));
      expect(failure.message).toContain("is damaged: its content has another id");
      await git.stop();
    }
  });

  test("a place that is no repository, or hangs whoever opens it, is a sentence", async () => {
    const folder = mkdtempSync(join(dataDir, "places-"));
    await runGit(["init", "-q", "--bare", "-b", "main", join(folder, "fifo.git")]);
    rmSync(join(folder, "fifo.git", "HEAD"));
    Bun.spawnSync(["mkfifo", join(folder, "fifo.git", "HEAD"), join(folder, "fifo")]);
    mkdirSync(join(folder, "empty"));
    writeFileSync(join(folder, "file"), "x");
    for (const program of [systemGit, undefined]) {
      const git = makeGit(join(folder, "data"), { systemGit: program, timeoutMs: 1_000 });
      for (const name of ["none", "empty", "file", "fifo", "fifo.git"]) {
        const failure = await failureOf(
          git.resolve({ url: `file://${join(folder, name)}` }, "main", { freshness: "latest" }),
        );
        expect({ name, code: failure.code }).toEqual({ name, code: "git-unreachable" });
      }
      await git.stop();
    }
  });
});

describe("the store of a repository", () => {
  test("stays small over many commits with the git program, and git finds no fault in it", async () => {
    const server = await startGitServer();
    const folder = join(dataDir, "long");
    const git = makeGit(folder);
    const url = await server.createRepo(
      "mono",
      Object.fromEntries(
        Array.from({ length: 60 }, (_, i) => [`apps/app-${i}/values.yaml`, `name: app-${i}\n`.repeat(20)]),
      ),
    );
    let commit = "" as CommitSha;
    for (let i = 0; i < 30; i++) {
      commit = (await server.commit(
        "mono",
        { [`apps/app-${i}/values.yaml`]: `name: changed-${i}\n`.repeat(20) },
        `commit ${i}`,
      )) as CommitSha;
      await (await git.tree({ url }, commit)).list("apps");
    }
    await git.stop();
    const store = storesIn(folder)[0] ?? "";
    expect(packsIn(store).length).toBeLessThan(25);
    expect(await runGit(["-C", store, "fsck", "--full", "--strict", "--no-dangling"])).toBe("");
    expect(await runGit(["-C", store, "ls-tree", "-r", commit])).toBe(
      await server.git("mono", "ls-tree", "-r", commit),
    );
    await server.close();
  }, 60_000);

  test("one that has outgrown itself is written anew with the commits in use alone", async () => {
    const server = await startGitServer();
    const folder = join(dataDir, "grown");
    const git = makeGit(folder, { stores: { maxAgeMs: 1e12, maxBytes: 1e12, slackBytes: 0 } });
    const noise = (): Uint8Array => crypto.getRandomValues(new Uint8Array(60_000));
    const url = await server.createRepo("mono", { ...files, noise: noise() });
    const commits = [(await server.git("mono", "rev-parse", "main")) as CommitSha];
    await git.tree({ url }, commits[0] ?? ("" as CommitSha));
    const store = storesIn(folder)[0] ?? "";
    const keptIn = (): string[] => readdirSync(join(store, "refs", "kept"));
    for (let i = 0; i < 40; i++) {
      commits.push((await server.commit("mono", { noise: noise() }, `commit ${i}`)) as CommitSha);
      await git.tree({ url }, commits.at(-1) ?? ("" as CommitSha));
    }
    await eventually("commits that are not in use go", () => keptIn().length < commits.length);
    for (const commit of [commits.at(-1), commits[0]]) {
      const tree = await git.tree({ url }, commit ?? ("" as CommitSha));
      expect(new TextDecoder().decode(await tree.read("README.md"))).toBe("read me\n");
    }
    await git.stop();
    expect(await runGit(["-C", store, "fsck", "--full", "--strict", "--no-dangling"])).toBe("");
    await server.close();
  }, 60_000);

  test.each([
    ["with", systemGit],
    ["without", undefined],
  ])("those that nobody uses any more go after their age, %s the git program", async (_, program) => {
    const server = await startGitServer();
    const folder = mkdtempSync(join(dataDir, "unused-"));
    let now = Date.now();
    const git = makeGit(folder, { systemGit: program, clock: { ...clock, now: () => now } });
    const use = async (name: string): Promise<void> => {
      const access = { url: server.urlOf(name) };
      const { commit } = await git.resolve(access, "main", { freshness: "latest" });
      await (await git.tree(access, commit)).list("");
    };
    for (const name of ["used", "left"]) {
      await server.createRepo(name, files);
      await use(name);
      await use(name);
    }
    expect(storesIn(folder)).toHaveLength(2);
    now += 6 * 24 * 3_600_000;
    await use("used");
    await git.info(
      { url: server.urlOf("used") },
      (await server.git("used", "rev-parse", "main")) as CommitSha,
    );
    expect(storesIn(folder)).toHaveLength(2);
    now += 2 * 24 * 3_600_000;
    await use("used");
    await eventually("the store that nobody uses goes", () => storesIn(folder).length === 1);
    await use("used");
    await use("left");
    await Promise.all([git.stop(), server.close()]);
  });

  test("keys of a run that was killed do not outlive the next start", async () => {
    const folder = mkdtempSync(join(dataDir, "keys-"));
    mkdirSync(join(folder, "git", "run", "x"), { recursive: true });
    writeFileSync(join(folder, "git", "run", "x", "key"), "secret");
    const git = makeGit(folder);
    expect(existsSync(join(folder, "git", "run"))).toBe(false);
    await git.stop();
  });

  test("holds the commits in use alone where there is no git program", async () => {
    const server = await startGitServer();
    const folder = join(dataDir, "long-without");
    let now = Date.now();
    const git = withoutGit(folder, { clock: { ...clock, now: () => now } });
    const url = await server.createRepo("mono", files);
    for (let i = 0; i < 8; i++) {
      const commit = (await server.commit("mono", { "README.md": `${i}\n` }, `commit ${i}`)) as CommitSha;
      await (await git.tree({ url }, commit)).list("");
      now += 10 * 60_000;
    }
    await git.stop();
    expect(readdirSync(storesIn(folder)[0] ?? "").filter((name) => /^[0-9a-f]{40}$/.test(name))).toHaveLength(
      4,
    );
    await server.close();
  }, 60_000);

  test("holds SHA-256 repositories where the git program is, and says what is missing where it is not", async () => {
    const server = await startGitServer();
    await runGit(["init", "-q", "--bare", "-b", "main", "--object-format=sha256", server.pathOf("new")]);
    await server.commit("new", files, "one");
    const git = makeGit(join(dataDir, "sha256"));
    const without = withoutGit(join(dataDir, "sha256-without"));
    for (const url of [server.urlOf("new"), server.pathOf("new")]) {
      for (const revision of ["main", "", await server.git("new", "rev-parse", "main")]) {
        const { commit } = await git.resolve({ url }, revision, { freshness: "latest" });
        expect(commit).toHaveLength(64);
        expect(new TextDecoder().decode(await (await git.tree({ url }, commit)).read("README.md"))).toBe(
          "read me\n",
        );
      }
      const failure = await failureOf(
        without
          .resolve({ url }, "main", { freshness: "latest" })
          .then(({ commit }) => without.tree({ url }, commit)),
      );
      expect({ code: failure.code, object: failure.object }).toEqual({
        code: "git-unreachable",
        object: url,
      });
      expect(failure.message).toContain(
        "SHA-256 ids, which only the git program reads. Install the git program",
      );
    }
    const second = (await server.commit("new", { "README.md": "two\n" }, "two")) as CommitSha;
    expect(
      new TextDecoder().decode(
        await (await git.tree({ url: server.urlOf("new") }, second)).read("README.md"),
      ),
    ).toBe("two\n");
    await Promise.all([git.stop(), without.stop(), server.close()]);
  });

  test.each([
    ["with", systemGit, /tmp_pack/],
    ["without", undefined, /arriving-.*\.pack$/],
  ])(
    "a process that was killed in a fetch %s the git program leaves nothing that counts",
    async (_, program, half) => {
      const server = await startGitServer();
      const folder = mkdtempSync(join(dataDir, "killed-"));
      const url = await server.createRepo("shop", {
        ...files,
        "large.bin": crypto.getRandomValues(new Uint8Array(60_000)),
      });
      const script = `
      import { Repositories } from ${JSON.stringify(join(import.meta.dir, "../../src/git/repositories.ts"))};
      const log = { debug() {}, info() {}, warn() {}, error() {}, with: () => log };
      const git = new Repositories({ dataDir: ${JSON.stringify(folder)}, systemGit: ${JSON.stringify(program)}, log, clock: { now: Date.now, sleep: Bun.sleep } });
      const { commit } = await git.resolve({ url: ${JSON.stringify(url)} }, "main", { freshness: "latest" });
      await git.tree({ url: ${JSON.stringify(url)} }, commit);`;
      const mend = server.fail(
        { do: "stall", bytes: 30_000 },
        ({ headers }) =>
          headers["content-type"] === "application/x-git-upload-pack-request" && server.requests.length > 2,
      );
      const child = Bun.spawn([process.execPath, "-e", script], { stdout: "ignore", stderr: "ignore" });
      const partial = (): string[] =>
        (readdirSync(folder, { recursive: true }) as string[]).filter((name) => half.test(name));
      while (partial().length === 0 && child.exitCode === null) await Bun.sleep(10);
      child.kill("SIGKILL");
      await child.exited;
      expect(partial().length).toBe(1);
      mend();
      const git = makeGit(folder, { systemGit: program });
      const { commit } = await git.resolve({ url }, "main", { freshness: "latest" });
      expect(await (await git.tree({ url }, commit)).oid("README.md")).toBeString();
      expect(partial()).toEqual([]);
      await Promise.all([git.stop(), server.close()]);
    },
  );
});

/** A pack's index (version 2) in which two objects have each other's place. Format: git's gitformat-pack. */
function withSwapped(index: Buffer, ids: readonly string[]): Buffer {
  const count = index.readUInt32BE(8 + 255 * 4);
  const idsAt = 8 + 256 * 4;
  const offsetsAt = idsAt + count * 24;
  const [first, second] = ids.map((id) => {
    for (let i = 0; i < count; i++)
      if (index.toString("hex", idsAt + i * 20, idsAt + i * 20 + 20) === id) return offsetsAt + i * 4;
    throw new Error(`the index does not hold ${id}`);
  }) as [number, number];
  const swapped = Buffer.from(index);
  swapped.writeUInt32BE(index.readUInt32BE(second), first);
  swapped.writeUInt32BE(index.readUInt32BE(first), second);
  swapped.set(
    new Bun.CryptoHasher("sha1").update(swapped.subarray(0, -20)).digest(),
    swapped.byteLength - 20,
  );
  return swapped;
}

/** Folders of stores below a data folder. */
function storesIn(folder: string): string[] {
  return readdirSync(join(folder, "git"))
    .filter((name) => /^[0-9a-f]{64}$/.test(name))
    .map((name) => join(folder, "git", name));
}

function packsIn(store: string): string[] {
  return readdirSync(join(store, "objects", "pack")).filter((name) => name.endsWith(".pack"));
}

describe("a local working copy", () => {
  test("is read from its .git folder, packed or not, and through a linked worktree", async () => {
    const folder = mkdtempSync(join(dataDir, "copy-"));
    const work = join(folder, "work");
    await runGit(["init", "-q", "-b", "main", work]);
    writeFileSync(join(work, "a.yaml"), "a: 1\n");
    await runGit(["-C", work, "add", "."]);
    await runGit(["-C", work, "commit", "-q", "-m", "one"]);
    await runGit(["-C", work, "tag", "-a", "-m", "x", "v1.0.0"]);
    const git = makeGit(join(folder, "data"), { systemGit: undefined });
    const access = { url: `file://${work}` };
    const read = async (url: string, revision: string): Promise<string> => {
      const { commit } = await git.resolve({ url }, revision, { freshness: "latest" });
      return new TextDecoder().decode(await (await git.tree({ url }, commit)).read("a.yaml"));
    };
    expect(await read(access.url, "")).toBe("a: 1\n");
    expect(await read(access.url, "1.x")).toBe("a: 1\n");
    await runGit(["-C", work, "gc", "-q"]);
    expect(await read(access.url, "v1.0.0")).toBe("a: 1\n");
    await runGit(["-C", work, "worktree", "add", "-q", "-b", "side", join(folder, "side")]);
    writeFileSync(join(folder, "side", "a.yaml"), "a: 2\n");
    await runGit(["-C", join(folder, "side"), "commit", "-q", "-a", "-m", "two"]);
    expect(await read(join(folder, "side"), "")).toBe("a: 2\n");
    await runGit(["clone", "-q", "--shared", work, join(folder, "borrower")]);
    expect(await read(join(folder, "borrower"), "")).toBe("a: 1\n");
    await git.stop();
  });
});
