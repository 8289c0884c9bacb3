/** What a Git server asks for with Retry-After holds for everything that it is asked for, until it is over. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommitSha } from "../../src/core/model/commit-sha.ts";
import type { RepositoryAccess } from "../../src/core/model/repository-access.ts";
import type { Git } from "../../src/core/ports/git.ts";
import { failureOf } from "../conformance/git.ts";
import { clock, type Implementation, makeGit } from "../lib/git-remotes.ts";
import { type GitServer, type SeenRequest, startGitServer } from "../lib/git-server.ts";

let server: GitServer;
beforeAll(async () => {
  server = await startGitServer();
});
afterAll(() => server.close());

const isPost = ({ method }: SeenRequest): boolean => method === "POST";

describe.each<Implementation>(["auto", "isomorphic"])(
  "a fetch of a commit that is known, %s",
  (implementation) => {
    let dataDir: string, git: Git, now: number, access: RepositoryAccess, commit: CommitSha;
    let mend: () => void;
    let count = 0;

    beforeEach(async () => {
      dataDir = mkdtempSync(join(tmpdir(), "holdfast-git-pauses-"));
      now = Date.now();
      git = makeGit(dataDir, { clock: { ...clock, now: () => now } });
      mend = () => undefined;
      const name = `${implementation}-${count++}`;
      const url = await server.createRepo(name, { "a.yaml": "a: 1\n" });
      commit = (await server.git(name, "rev-parse", "main")) as CommitSha;
      access = { url, implementation };
    });
    afterEach(async () => {
      mend();
      await git.stop();
      rmSync(dataDir, { recursive: true, force: true });
    });

    const slow = (when?: (request: SeenRequest) => boolean, headers = { "Retry-After": "600" }): void => {
      mend = server.fail({ do: "status", status: 429, headers }, when);
    };
    const fetching = () => failureOf(git.tree(access, commit));
    const resolving = () => failureOf(git.resolve(access, "main", { freshness: "latest" }));
    /** Requests that `work` leads to. */
    const asked = async (work: () => Promise<unknown>): Promise<number> => {
      server.requests.length = 0;
      await work();
      return server.requests.length;
    };

    test.each<{ what: string; before: "nothing" | "its refs"; when?: (request: SeenRequest) => boolean }>([
      { what: "a server that was never asked before", before: "nothing" },
      { what: "a server that is known already", before: "its refs" },
      { what: "a server that refuses what is posted alone", before: "its refs", when: isPost },
    ])("leaves $what alone as long as it asks for", async ({ before, when }) => {
      if (before === "its refs") await git.resolve(access, "main", { freshness: "latest" });
      slow(when);
      const first = await fetching();
      expect(first.message).toContain("it asks for fewer requests (HTTP 429)");
      expect(first.retryAfterMs).toBe(600_000);
      now += 599_000;
      expect(await asked(async () => expect((await fetching()).retryAfterMs).toBe(1_000))).toBe(0);
      mend();
      now += 1_000;
      expect(await (await git.tree(access, commit)).list("")).toMatchObject([{ name: "a.yaml" }]);
    });

    test("asks for nothing else either, and a list that was refused keeps a fetch back", async () => {
      slow();
      await fetching();
      expect(await asked(resolving)).toBe(0);
      now += 600_000;
      expect(await asked(resolving)).toBe(1);
      expect(await asked(fetching)).toBe(0);
    });

    test("a refusal without a time holds up nobody", async () => {
      mend = server.fail({ do: "status", status: 503 });
      await fetching();
      mend();
      slow(undefined, { "Retry-After": "0" });
      expect(
        await asked(async () => expect((await fetching()).retryAfterMs).toBeUndefined()),
      ).toBeGreaterThan(0);
      mend();
      expect((await git.tree(access, commit)).commit).toBe(commit);
    });

    test("whoever comes with other credentials is not held up, and a clock that was set back ends it", async () => {
      slow();
      await fetching();
      mend();
      now -= 1;
      expect((await git.tree(access, commit)).commit).toBe(commit);
      slow();
      const other = await server.createRepo(`other-${implementation}`, { "a.yaml": "a: 2\n" });
      const its = (await server.git(`other-${implementation}`, "rev-parse", "main")) as CommitSha;
      await failureOf(git.tree({ url: other, implementation }, its));
      mend();
      expect((await git.tree({ url: other, implementation, username: "ci" }, its)).commit).toBe(its);
    });
  },
);
