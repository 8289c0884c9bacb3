/** The contract suite of Git on every road that needs no more than the git program, and what is special to HTTP. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommitSha } from "../../src/core/model/commit-sha.ts";
import type { Failure } from "../../src/core/model/failure.ts";
import type { RepositoryAccess } from "../../src/core/model/repository-access.ts";
import { Secret } from "../../src/core/model/secret.ts";
import type { Git } from "../../src/core/ports/git.ts";
import { failureOf, gitConformance } from "../conformance/git.ts";
import {
  basic,
  type Implementation,
  makeGit,
  onDisk,
  overHttp,
  systemGit,
  withoutGit,
} from "../lib/git-remotes.ts";
import { type GitServer, type GitServerOptions, startGitServer } from "../lib/git-server.ts";

// The rest of the roads (HTTPS with a private CA, older servers, ssh) is in test/servers.
const NOT_TOLD = /only the git program reads histories/;
gitConformance("Git without the git program, over HTTP", withoutGit, overHttp("auto"), NOT_TOLD);
gitConformance("Git without the git program, from a local folder", withoutGit, onDisk());
gitConformance("Git with the git program, over HTTP", makeGit, overHttp("auto"));
gitConformance("Git with the git program, from a local folder", makeGit, onDisk());

let dataDir: string;
beforeAll(() => {
  dataDir = mkdtempSync(join(tmpdir(), "holdfast-git-data-"));
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));
const files = { "README.md": "read me\n", "apps/web.yaml": "a: 1\n" };

describe.each<Implementation>(["auto", "isomorphic", "system"])("credentials, %s", (implementation) => {
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
  let stalling: GitServer;
  let waiting: Git;
  /** The git program looks at the speed of five seconds: this wait begins before the others, and is seen to end after them. */
  let stalled: Promise<Failure>;
  beforeAll(async () => {
    [server, stalling] = await Promise.all([startGitServer(), startGitServer()]);
    git = makeGit(join(dataDir, "bad-days"), { timeoutMs: 700 });
    waiting = makeGit(join(dataDir, "stalled"), { timeoutMs: 700 });
    const access = { url: await stalling.createRepo("stalled", files) };
    const { commit } = await waiting.resolve(access, "main", { freshness: "latest" });
    stalling.fail({ do: "stall", bytes: 100 });
    stalled = failureOf(waiting.tree(access, commit));
  });
  afterAll(async () => {
    await Promise.all([git.stop(), waiting.stop()]);
    await Promise.all([server.close(), stalling.close()]);
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

  test("a server that stops in the middle of a pack is given up", async () => {
    expect((await stalled).message).toContain("sent nothing for");
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
