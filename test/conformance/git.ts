/** What every implementation of the `Git` port must do, whatever lies between it and the repository. */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommitSha } from "../../src/core/model/commit-sha.ts";
import { Failure } from "../../src/core/model/failure.ts";
import { type CommitChange, lastChangeOf } from "../../src/core/model/last-change.ts";
import type { RepositoryAccess } from "../../src/core/model/repository-access.ts";
import type { Git, GitRequest } from "../../src/core/ports/git.ts";
import type { SourceTree } from "../../src/core/ports/source-tree.ts";
import { defined } from "../../src/lib/defined.ts";
import type { Changes } from "../lib/git-server.ts";

/** A place that has repositories; what is done to them here is done behind the back of the Git under test. */
export interface GitRemote {
  access(repo: string): RepositoryAccess;
  createRepo(name: string, files: Changes): Promise<unknown>;
  commit(
    repo: string,
    changes: Changes,
    message: string,
    options?: { branch?: string; parent?: string },
  ): Promise<string>;
  git(repo: string, ...argv: string[]): Promise<string>;
  /** Path of the bare repository. */
  pathOf(repo: string): string;
  /** Makes the repository unreachable until the returned function is called. */
  breakOff(repo: string): () => void;
  /** `copies`: objects are copied below the data folder. `in-place`: they are read where they are. */
  objects: "copies" | "in-place";
  close(): Promise<void>;
}

// An ssh login takes a tenth of a second and more, and a test makes dozens.
setDefaultTimeout(60_000);

export function gitConformance(
  name: string,
  makeGit: (dataDir: string) => Git,
  makeRemote: () => Promise<GitRemote>,
  /** Whether where two histories part is told, or why it is not. */
  histories: "told" | RegExp = "told",
): void {
  describe(name, () => {
    let remote: GitRemote;
    let dataDir: string;
    let git: Git;
    const requests: GitRequest[] = [];

    beforeAll(async () => {
      remote = await makeRemote();
      dataDir = mkdtempSync(join(tmpdir(), "holdfast-git-data-"));
      git = makeGit(dataDir);
      git.onRequest((request) => requests.push(request));
    });
    afterAll(async () => {
      await git.stop();
      await remote.close();
      rmSync(dataDir, { recursive: true, force: true });
    });

    let repos = 0;
    const makeRepo = async (
      files: Changes = {
        "apps/web/deployment.yaml": "kind: Deployment\n",
        "apps/api/service.yaml": "kind: Service\n",
        "README.md": "read me\n",
      },
    ): Promise<string> => {
      const repo = `repo-${++repos}`;
      await remote.createRepo(repo, files);
      return repo;
    };
    const latest = (repo: string, revision: string, tagPrefix?: string) =>
      git.resolve(remote.access(repo), revision, {
        freshness: "latest",
        ...defined({ tagPrefix }),
      });
    const treeOf = async (repo: string, revision = ""): Promise<SourceTree> =>
      git.tree(remote.access(repo), (await latest(repo, revision)).commit);
    const text = async (tree: SourceTree, path: string): Promise<string> =>
      new TextDecoder().decode(await tree.read(path));

    describe("resolve()", () => {
      test("finds branches, tags, full refs, SHAs and versions", async () => {
        const repo = await makeRepo();
        const first = await remote.git(repo, "rev-parse", "main");
        await remote.git(repo, "tag", "v1.2.3");
        await remote.git(repo, "tag", "-a", "-m", "annotated", "v1.3.0");
        const second = await remote.commit(repo, { "README.md": "two\n" }, "second");
        await remote.git(repo, "tag", "v2.0.0-rc.1");
        await remote.git(repo, "tag", "shop-1.9.0", first);
        await remote.git(repo, "update-ref", "refs/heads/feature/x", first);
        await remote.git(repo, "update-ref", "refs/heads/both", second);
        await remote.git(repo, "tag", "both", first);
        await remote.git(repo, "update-ref", "refs/pull/7/head", first);
        const cases: [revision: string, commit: string, ref: string, tagPrefix?: string][] = [
          ["", second, "refs/heads/main"],
          ["HEAD", second, "refs/heads/main"],
          ["main", second, "refs/heads/main"],
          ["refs/heads/main", second, "refs/heads/main"],
          ["feature/x", first, "refs/heads/feature/x"],
          ["v1.2.3", first, "refs/tags/v1.2.3"],
          ["v1.3.0", first, "refs/tags/v1.3.0"],
          ["refs/tags/v1.3.0", first, "refs/tags/v1.3.0"],
          ["refs/pull/7/head", first, "refs/pull/7/head"],
          ["both", second, "refs/heads/both"],
          [first, first, ""],
          [second.toUpperCase(), second, ""],
          [second.slice(0, 9), second, ""],
          ["1.2.*", first, "refs/tags/v1.2.3"],
          ["1.x", first, "refs/tags/v1.3.0"],
          [">=1.0 <2", first, "refs/tags/v1.3.0"],
          [">=2.0.0-0", second, "refs/tags/v2.0.0-rc.1"],
          ["*", first, "refs/tags/v1.3.0"],
          ["^1", first, "refs/tags/shop-1.9.0", "shop-"],
          ["1.9.0", first, "refs/tags/shop-1.9.0", "shop-"],
        ];
        for (const [revision, commit, ref, tagPrefix] of cases) {
          const resolved = await latest(repo, revision, tagPrefix);
          expect({ revision, ...resolved }).toEqual({ revision, commit: commit as CommitSha, ref });
        }
      });

      test("says what is missing, and what to do", async () => {
        const repo = await makeRepo();
        for (const revision of ["no-such-branch", "refs/heads/none", "9.x", "1.2", "abcdef0"]) {
          const failure = await failureOf(latest(repo, revision));
          expect(failure.code).toBe("git-revision");
          expect(failure.message).toContain(revision);
          expect(failure.fix).not.toBeUndefined();
        }
      });

      test("refuses what could be taken for something else than a name", async () => {
        const repo = await makeRepo();
        for (const revision of [
          "--upload-pack=touch x",
          "-oProxyCommand=x",
          "@{-1}",
          "HEAD:../x",
          "main\nx",
          "refs/heads/../x",
          "refs/heads/a.lock",
          "refs/x/",
        ]) {
          expect((await failureOf(latest(repo, revision))).code).toBe("git-revision");
        }
      });

      test("answers from memory where `known` is enough, and asks for what it does not know", async () => {
        const repo = await makeRepo();
        const before = await latest(repo, "main");
        const pushed = await remote.commit(repo, { a: "1" }, "pushed");
        requests.length = 0;
        expect(await git.resolve(remote.access(repo), "main", { freshness: "known" })).toEqual(before);
        expect(requests).toEqual([]);
        expect((await latest(repo, "main")).commit).toBe(pushed as CommitSha);
        await remote.git(repo, "branch", "new", "main");
        // For a second, a branch that was not listed counts as missing.
        await Bun.sleep(1050);
        expect((await git.resolve(remote.access(repo), "new", { freshness: "known" })).commit).toBe(
          pushed as CommitSha,
        );
      });

      test("asks once for a thousand who ask at the same time, and never answers with what was before a push", async () => {
        const repo = await makeRepo();
        await latest(repo, "main");
        const pushed = await remote.commit(repo, { a: "1" }, "pushed");
        requests.length = 0;
        const answers = await Promise.all(
          Array.from({ length: 1000 }, (_, i) => latest(repo, i % 2 === 0 ? "main" : "")),
        );
        expect(new Set(answers.map(({ commit }) => commit))).toEqual(new Set([pushed as CommitSha]));
        expect(requests.map(({ type }) => type)).toEqual(["ls-remote"]);
        const later = await remote.commit(repo, { a: "2" }, "pushed again");
        expect((await latest(repo, "main")).commit).toBe(later as CommitSha);
      });

      test("takes an answer that is as new as asked for", async () => {
        const repo = await makeRepo();
        const asOf = Date.now();
        await latest(repo, "main");
        requests.length = 0;
        await git.resolve(remote.access(repo), "main", { freshness: "latest", asOf });
        expect(requests).toEqual([]);
      });

      test("follows a force-push, a deleted branch and a renamed default branch", async () => {
        const repo = await makeRepo();
        const first = await remote.git(repo, "rev-parse", "main");
        const second = await remote.commit(repo, { "README.md": "second\n" }, "second");
        expect(await text(await treeOf(repo, "main"), "README.md")).toBe("second\n");
        const sideways = await remote.commit(repo, { "README.md": "sideways\n" }, "sideways", {
          parent: first,
        });
        expect((await latest(repo, "main")).commit).toBe(sideways as CommitSha);
        expect(await text(await treeOf(repo, "main"), "README.md")).toBe("sideways\n");
        await remote.git(repo, "update-ref", "refs/heads/main", first);
        expect(await text(await treeOf(repo, "main"), "README.md")).toBe("read me\n");
        await remote.git(repo, "branch", "-m", "main", "trunk");
        expect(await latest(repo, "")).toEqual({ commit: first as CommitSha, ref: "refs/heads/trunk" });
        expect((await failureOf(latest(repo, "main"))).code).toBe("git-revision");
        expect(await text(await git.tree(remote.access(repo), second as CommitSha), "README.md")).toBe(
          "second\n",
        );
      });

      test("says that an empty repository has no commit", async () => {
        const repo = await makeRepo();
        await remote.git(repo, "update-ref", "-d", "refs/heads/main");
        expect((await failureOf(latest(repo, ""))).code).toBe("git-revision");
      });
    });

    describe("tree()", () => {
      test("reads files and folders, and knows what is not there", async () => {
        const repo = await makeRepo();
        const tree = await treeOf(repo);
        expect((await tree.list("")).map(({ name, kind }) => `${kind} ${name}`)).toEqual([
          "file README.md",
          "folder apps",
        ]);
        expect((await tree.list("apps/")).map(({ name }) => name)).toEqual(["api", "web"]);
        expect(await text(tree, "apps/web/deployment.yaml")).toBe("kind: Deployment\n");
        expect(await tree.oid("apps/web")).toBe(await remote.git(repo, "rev-parse", "main:apps/web"));
        expect(await tree.oid("")).toBe(await remote.git(repo, "rev-parse", "main^{tree}"));
        expect(await tree.entry("apps/web/deployment.yaml")).toMatchObject({
          name: "deployment.yaml",
          kind: "file",
        });
        expect(await tree.oid("apps/none")).toBeUndefined();
        expect(await tree.entry("README.md/x")).toBeUndefined();
        for (const work of [
          tree.list("gone"),
          tree.list("README.md"),
          tree.read("gone"),
          tree.read("apps"),
        ]) {
          expect((await failureOf(work)).code).toBe("git-path");
        }
        for (const path of ["/etc/passwd", "../x", "apps/../../x"])
          expect((await failureOf(tree.read(path))).code).toBe("path-outside-source");
      });

      test("keeps the id of a folder that a commit does not touch", async () => {
        const repo = await makeRepo();
        const before = await treeOf(repo);
        await remote.commit(repo, { "apps/web/deployment.yaml": "kind: Deployment # 2\n" }, "one file");
        const after = await treeOf(repo);
        expect(await after.oid("apps/api")).toBe((await before.oid("apps/api")) ?? "");
        expect(await after.oid("apps/web")).not.toBe(await before.oid("apps/web"));
        expect(await text(before, "apps/web/deployment.yaml")).toBe("kind: Deployment\n");
        expect(await text(after, "apps/web/deployment.yaml")).toBe("kind: Deployment # 2\n");
      });

      test("gives a commit that is no tip any more, and an annotated tag's commit", async () => {
        const repo = await makeRepo();
        const first = await remote.git(repo, "rev-parse", "main");
        await remote.git(repo, "tag", "-a", "-m", "annotated", "v1");
        const tag = await remote.git(repo, "rev-parse", "v1");
        await remote.commit(repo, { "README.md": "two\n" }, "second");
        expect(await text(await git.tree(remote.access(repo), first as CommitSha), "README.md")).toBe(
          "read me\n",
        );
        const byTag = await git.tree(remote.access(repo), tag as CommitSha);
        expect(byTag.commit).toBe(first as CommitSha);
      });

      test("refuses commits that the repository does not have, and things that are no commit", async () => {
        const repo = await makeRepo();
        expect(
          (
            await failureOf(
              git.tree(remote.access(repo), "1234567890123456789012345678901234567890" as CommitSha),
            )
          ).code,
        ).toBe("git-revision");
        const blob = await remote.git(repo, "rev-parse", "main:README.md");
        expect((await failureOf(git.tree(remote.access(repo), blob as CommitSha))).code).toBe("git-revision");
      });

      test("shares one fetch among all who ask, and lets one of them leave", async () => {
        const repo = await makeRepo();
        const { commit } = await latest(repo, "main");
        requests.length = 0;
        const leaving = new AbortController();
        const left = git.tree(remote.access(repo), commit, leaving.signal);
        const stayed = Array.from({ length: 50 }, () => git.tree(remote.access(repo), commit));
        leaving.abort(new Error("left"));
        if (remote.objects === "copies") expect(await left.then(() => "stayed", String)).toContain("left");
        else await left;
        for (const tree of await Promise.all(stayed)) expect(await text(tree, "README.md")).toBe("read me\n");
        expect(requests.map(({ type }) => type)).toEqual(remote.objects === "copies" ? ["fetch"] : []);
      });

      test("keeps what it has over a restart, and over a long row of commits", async () => {
        const repo = await makeRepo();
        const first = await latest(repo, "main");
        for (let i = 0; i < 15; i++) {
          await remote.commit(repo, { "README.md": `${i}\n` }, `commit ${i}`);
          expect(await text(await treeOf(repo), "README.md")).toBe(`${i}\n`);
        }
        const last = await latest(repo, "main");
        const again = makeGit(dataDir);
        const seen: GitRequest[] = [];
        again.onRequest((request) => seen.push(request));
        expect(await text(await again.tree(remote.access(repo), last.commit), "README.md")).toBe("14\n");
        expect(seen).toEqual([]);
        expect(await text(await again.tree(remote.access(repo), first.commit), "README.md")).toBe(
          "read me\n",
        );
        await again.stop();
      });

      test("fetches again what was damaged on disk", async () => {
        if (remote.objects === "in-place") return;
        const repo = await makeRepo();
        const { commit } = await latest(repo, "main");
        await git.tree(remote.access(repo), commit);
        const packs = (readdirSync(dataDir, { recursive: true }) as string[]).filter((path) =>
          path.endsWith(".pack"),
        );
        for (const pack of packs) truncateSync(join(dataDir, pack), 40);
        const again = makeGit(dataDir);
        expect(await text(await again.tree(remote.access(repo), commit), "README.md")).toBe("read me\n");
        await again.stop();
      });
    });

    describe("links and odd names", () => {
      test("links are followed while they stay inside", async () => {
        const repo = await makeRepo({
          "base/values.yaml": "a: 1\n",
          "apps/web/values.yaml": { link: "../../base/values.yaml" },
          "apps/base": { link: "../base" },
          chain: { link: "apps/base/values.yaml" },
          out: { link: "../../../etc/passwd" },
          absolute: { link: "/etc/passwd" },
          dangling: { link: "nowhere" },
          "loop-a": { link: "loop-b" },
          "loop-b": { link: "loop-a" },
          sly: { link: "apps/base/../../../x" },
        });
        const tree = await treeOf(repo);
        expect(await text(tree, "apps/web/values.yaml")).toBe("a: 1\n");
        expect(await text(tree, "apps/base/values.yaml")).toBe("a: 1\n");
        expect(await text(tree, "chain")).toBe("a: 1\n");
        expect((await tree.list("apps/base")).map(({ name }) => name)).toEqual(["values.yaml"]);
        expect((await tree.entry("apps/base"))?.kind).toBe("link");
        expect(await tree.readLink?.("chain")).toBe("apps/base/values.yaml");
        for (const path of ["out", "absolute", "sly"]) {
          const failure = await failureOf(tree.read(path));
          expect(failure.code).toBe("path-outside-source");
          expect(failure.message).not.toContain("root:");
        }
        for (const path of ["dangling", "loop-a"])
          expect((await failureOf(tree.read(path))).code).toBe("git-path");
      });

      const refused = ["..", ".", ".git", ".GIT", "git~1", ".git ", ".git.", ".g\u200cit", "a/b"];
      test.each(refused)("a tree with an entry named %j is refused", async (name) => {
        const repo = await makeRepo();
        await plant(remote, repo, [["100644", name, "blob"]]);
        expect(["git-path", "git-unreachable"]).toContain(
          (await failureOf(treeOf(repo).then((tree) => tree.list("")))).code,
        );
      });

      test("a tree with one name twice, a link and a file of the same path, is refused", async () => {
        const repo = await makeRepo();
        await plant(remote, repo, [
          ["120000", "a", "blob"],
          ["100644", "a", "blob"],
        ]);
        expect(["git-path", "git-unreachable"]).toContain(
          (await failureOf(treeOf(repo).then((tree) => tree.list("")))).code,
        );
      });

      test("a submodule is an entry that cannot be read", async () => {
        const repo = await makeRepo();
        const head = await remote.git(repo, "rev-parse", "main");
        await plant(remote, repo, [["160000", "sub", head]]);
        const tree = await treeOf(repo);
        expect(await tree.entry("sub")).toEqual({ name: "sub", kind: "submodule", oid: head });
        expect((await failureOf(tree.read("sub"))).code).toBe("git-path");
        expect(await tree.entry("sub/x")).toBeUndefined();
      });
    });

    describe("mergeBase()", () => {
      const base = async (repo: string, one: string, other: string) => {
        const access = remote.access(repo);
        for (const commit of [one, other]) await git.tree(access, commit as CommitSha);
        return git.mergeBase(access, one as CommitSha, other as CommitSha);
      };
      const row = async (repo: string, branch: string, commits: number): Promise<string> => {
        let last = "";
        for (let at = 0; at < commits; at++)
          last = await remote.commit(repo, { [`${branch}.txt`]: `${at}` }, `${branch} ${at}`, { branch });
        return last;
      };

      test("of a commit and itself, and of one that follows on the other", async () => {
        const repo = await makeRepo();
        const first = await remote.git(repo, "rev-parse", "main");
        const second = await remote.commit(repo, { a: "1" }, "second");
        const found = { is: "found", commit: first as CommitSha } as const;
        expect(await base(repo, first, first)).toEqual(found);
        expect(await base(repo, first, second)).toEqual(found);
        expect(await base(repo, second, first)).toEqual(found);
      });

      test("of branches that parted some commits ago, and many commits ago", async () => {
        const repo = await makeRepo();
        const [longAgo, first] = [await remote.git(repo, "rev-parse", "main"), await row(repo, "main", 3)];
        await remote.git(repo, "update-ref", "refs/heads/near", first);
        await remote.git(repo, "update-ref", "refs/heads/far", longAgo);
        const [main, near, far] = [
          await row(repo, "main", 4),
          await row(repo, "near", 3),
          await row(repo, "far", 70),
        ];
        const told = (commit: string) =>
          histories === "told"
            ? { is: "found", commit }
            : { is: "unknown", why: expect.stringMatching(histories) };
        expect(await base(repo, main, near)).toEqual(told(first) as never);
        expect(await base(repo, near, main)).toEqual(told(first) as never);
        expect(await base(repo, main, far)).toEqual(told(longAgo) as never);
      });

      test("of histories that share nothing", async () => {
        const repo = await makeRepo();
        const main = await row(repo, "main", 2);
        const tree = await remote.git(repo, "rev-parse", "main^{tree}");
        const alone = await remote.git(repo, "commit-tree", "-m", "alone", tree);
        await remote.git(repo, "update-ref", "refs/heads/alone", alone);
        expect(await base(repo, main, alone)).toEqual(
          (histories === "told"
            ? { is: "none" }
            : { is: "unknown", why: expect.stringMatching(histories) }) as never,
        );
      });
    });

    describe("history()", () => {
      /** Changes and merges, and what each path was changed by last as git itself says. */
      const makeHistory = async (): Promise<{ repo: string; tip: string; paths: string[] }> => {
        const repo = await makeRepo({ "pay/a": "0", "web/a": "0", 'odd/"a\n b': "0", README: "0" });
        await remote.commit(repo, { "web/a": "1" }, "web: one");
        const fork = await remote.commit(repo, { "pay/a": "1" }, "pay: one");
        await remote.git(repo, "update-ref", "refs/heads/feature", fork);
        const own = await remote.commit(repo, { "pay/a": "2" }, "pay: two", { branch: "feature" });
        const thrown = await remote.commit(repo, { "web/a": "bad" }, "web: a try", {
          ...{ branch: "aside", parent: fork },
        });
        const main = await remote.commit(repo, { 'odd/"a\n b': "1" }, "odd: one");
        const merged = await mergeOf(repo, [main, own], "main", { "pay/a": "2" });
        // It keeps what main has of what was changed aside.
        const kept = await mergeOf(repo, [merged, thrown], "main", {});
        await remote.commit(repo, { README: "1" }, "README: one", { parent: kept });
        const tip = await remote.commit(repo, { README: null }, "README: none");
        return { repo, tip, paths: ["pay/a", "web/a", 'odd/"a\n b', "README"] };
      };
      const mergeOf = async (repo: string, parents: string[], onto: string, changes: Changes) => {
        const [first = "", ...others] = parents;
        const tree = await remote.commit(repo, changes, "its files", { branch: "files", parent: first });
        const merge = await remote.git(
          ...([repo, "commit-tree", "-m", "a merge", "-p", first] as const),
          ...others.flatMap((parent) => ["-p", parent]),
          `${tree}^{tree}`,
        );
        await remote.git(repo, "update-ref", `refs/heads/${onto}`, merge);
        return merge;
      };
      const read = async (repo: string, tip: string, most: number) => {
        const found = await git.history(remote.access(repo), tip as CommitSha, most);
        if (histories === "told") {
          if (found.is !== "read") throw new Error(found.why);
          return found.commits;
        }
        expect(found).toEqual({ is: "unknown", why: expect.stringMatching(histories) });
        return undefined;
      };
      const last = (commits: readonly CommitChange[], tip: string, path: string): string => {
        const found = lastChangeOf(commits, tip, (paths) =>
          paths.some((one) => one === path || path.startsWith(`${one}/`)),
        );
        return found.is === "found" ? found.change.commit : found.is;
      };

      test.each(["gives files out alone", "gives all or nothing"])(
        "tells of each path what git tells, of a server that %s",
        async (what) => {
          const { repo, tip, paths } = await makeHistory();
          if (what === "gives files out alone")
            await remote.git(repo, "config", "uploadpack.allowFilter", "true");
          const commits = await read(repo, tip, 50);
          if (commits === undefined) return;
          for (const path of paths)
            expect([path, last(commits, tip, path)]).toEqual([
              path,
              await remote.git(repo, "log", "-1", "--format=%H", tip, "--", path),
            ]);
          const places = new Map(commits.map(({ commit }, at) => [commit, at]));
          for (const { commit, parents, changed } of commits) {
            expect(changed.length).toBe(Math.max(1, parents.length));
            for (const parent of parents)
              expect(places.get(parent) ?? 0).toBeGreaterThan(places.get(commit) ?? 0);
          }
          expect(commits[0]).toMatchObject({
            ...{ commit: tip, subject: "README: none", changed: [["README"]] },
            ...{ author: "Tester <tester@example.com>", date: expect.stringMatching(/^\d{4}-.*Z$/) },
          });
        },
      );

      test("ends where it is told to, and nobody takes that for the beginning", async () => {
        const { repo, tip } = await makeHistory();
        const commits = await read(repo, tip, 3);
        if (commits === undefined) return;
        expect(commits.length).toBeLessThanOrEqual(3);
        expect(last(commits, tip, "README")).toBe(tip);
        expect(last(commits, tip, "web/a")).toBe("beyond");
        expect(last(commits, tip, "nothing")).toBe("beyond");
        expect(last((await read(repo, tip, 50)) ?? [], tip, "nothing")).toBe("none");
      });

      test("of the next commit, after that; and of one whose history has nothing in common", async () => {
        const { repo, tip } = await makeHistory();
        await read(repo, tip, 50);
        const next = await remote.commit(
          repo,
          { "web/a": "2" },
          "web: two\n\nat https://ana:pass@example.com",
        );
        const commits = await read(repo, next, 50);
        const alone = await remote.git(repo, "commit-tree", "-m", "alone", `${next}^{tree}`);
        await remote.git(repo, "update-ref", "refs/heads/alone", alone);
        const others = await read(repo, alone, 50);
        if (commits === undefined || others === undefined) return;
        expect(last(commits, next, "web/a")).toBe(next);
        expect(last(commits, next, "pay/a")).toBe(
          await remote.git(repo, "log", "-1", "--format=%H", next, "--", "pay/a"),
        );
        expect(others.map(({ commit }) => commit)).toEqual([alone]);
        expect(last(others, alone, "pay/a")).toBe(alone);
      });

      test("addresses in its words are without those who wrote themselves into them", async () => {
        const repo = await makeRepo();
        const tip = await remote.commit(
          repo,
          { a: "1" },
          "from https://ana:secret@example.com/x\u001b[1m\nb",
        );
        const [first] = (await read(repo, tip, 5)) ?? [{ subject: "from https://example.com/x\u001b[1m" }];
        expect(first?.subject).toBe((await git.info(remote.access(repo), tip as CommitSha)).subject);
        expect(first?.subject).not.toContain("secret");
      });

      test("of a commit that is not there nothing is told", async () => {
        const repo = await makeRepo();
        const gone = "1".repeat(40) as CommitSha;
        const found = await git.history(remote.access(repo), gone, 5).catch((cause: unknown) => cause);
        expect(found instanceof Failure ? found.code : (found as { is: string }).is).toMatch(
          /^(unknown|git-revision)$/,
        );
      });
    });

    test("a ref that is of interest once is not asked for with every list from then on", async () => {
      const repo = await makeRepo();
      const first = await remote.git(repo, "rev-parse", "main");
      await remote.git(repo, "update-ref", "refs/pull/9/head", first);
      const ask = (interest: "once" | "lasting", freshness: "latest" | "known") =>
        git.resolve(remote.access(repo), "refs/pull/9/head", { freshness, interest });
      const found = { commit: first as CommitSha, ref: "refs/pull/9/head" };
      expect(await ask("once", "latest")).toEqual(found);
      await latest(repo, "main");
      const before = requests.length;
      expect(await ask("lasting", "known")).toEqual(found);
      expect(requests.length - before).toBe(1);
      await latest(repo, "main");
      expect(await ask("once", "known")).toEqual(found);
      expect(requests.length - before).toBe(2);
    });

    test("info() tells who wrote a commit, and what for", async () => {
      const repo = await makeRepo();
      const commit = await remote.commit(repo, { a: "1" }, "Raise the limit\n\nBecause of the feast.\n");
      const info = await git.info(remote.access(repo), commit as CommitSha);
      expect(info).toMatchObject({
        commit: commit as CommitSha,
        author: "Tester <tester@example.com>",
        subject: "Raise the limit",
        message: "Raise the limit\n\nBecause of the feast.",
      });
      expect(info.date).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    });

    test("a repository that is away is unreachable, never empty; what is known stays", async () => {
      const repo = await makeRepo();
      const before = await latest(repo, "main");
      await git.tree(remote.access(repo), before.commit);
      const mend = remote.breakOff(repo);
      const failure = await failureOf(latest(repo, "main"));
      expect(failure.code).toBe("git-unreachable");
      expect(failure.retryAfterMs).toBeGreaterThanOrEqual(1000);
      expect(await git.resolve(remote.access(repo), "main", { freshness: "known" })).toEqual(before);
      if (remote.objects === "copies")
        expect(await text(await git.tree(remote.access(repo), before.commit), "README.md")).toBe("read me\n");
      mend();
      // The shortest pause after a failure is a second.
      await Bun.sleep(1100);
      expect(await latest(repo, "main")).toEqual(before);
    });
  });
}

/** What the work failed with. */
export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const outcome = await work.then(
    (value) => ({ value }),
    (cause: unknown) => cause,
  );
  if (outcome instanceof Failure) return outcome;
  throw new Error(`expected a Failure, got ${Bun.inspect(outcome)}`);
}

/** Puts a hand-made root tree on main; `blob` stands for some blob of the repository. */
async function plant(
  remote: GitRemote,
  repo: string,
  entries: [mode: string, name: string, id: string][],
): Promise<void> {
  const blob = await remote.git(repo, "rev-parse", "main:README.md");
  const bytes = entries.map(([mode, name, id]) =>
    Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id === "blob" ? blob : id, "hex")]),
  );
  const file = join(remote.pathOf(repo), "planted");
  await Bun.write(file, Buffer.concat(bytes));
  const tree = await remote.git(repo, "hash-object", "-t", "tree", "-w", "--literally", file);
  const commit = await remote.git(repo, "commit-tree", tree, "-m", "planted");
  await remote.git(repo, "update-ref", "refs/heads/main", commit);
}
