/** Ways to repositories for the contract suite of Git, and the Git under test. */

import { renameSync } from "node:fs";
import type { RepositoryAccess } from "../../src/core/model/repository-access.ts";
import { Secret } from "../../src/core/model/secret.ts";
import type { Clock } from "../../src/core/ports/clock.ts";
import type { Git } from "../../src/core/ports/git.ts";
import type { Log } from "../../src/core/ports/log.ts";
import { type GitOptions, Repositories } from "../../src/git/repositories.ts";
import { defined } from "../../src/lib/defined.ts";
import type { GitRemote } from "../conformance/git.ts";
import { type GitServerOptions, startGitServer } from "./git-server.ts";

export const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms) => Bun.sleep(ms),
};
export const quiet: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  with: () => quiet,
};
export const systemGit = Bun.which("git") ?? undefined;
export const makeGit = (dataDir: string, more: Partial<GitOptions> = {}): Git =>
  new Repositories({ dataDir, systemGit, clock, log: quiet, timeoutMs: 10_000, ...more });

export type Implementation = NonNullable<RepositoryAccess["implementation"]>;

export const overHttp =
  (implementation: Implementation, options: GitServerOptions = {}) =>
  async (): Promise<GitRemote> => {
    const server = await startGitServer(options);
    return {
      access: (repo) => ({
        url: server.urlOf(repo),
        implementation,
        ...defined({ ca: server.ca }),
        ...(options.auth === undefined
          ? {}
          : "bearer" in options.auth
            ? { bearerToken: new Secret(options.auth.bearer) }
            : { username: options.auth.basic.username, password: new Secret(options.auth.basic.password) }),
      }),
      ...server,
      objects: "copies",
      breakOff: (repo) =>
        server.fail({ do: "status", status: 503 }, ({ path }) => path.startsWith(`/${repo}.git/`)),
    };
  };

export const onDisk =
  (access: (path: string) => RepositoryAccess = (path) => ({ url: path })) =>
  async (): Promise<GitRemote> => {
    const server = await startGitServer();
    return {
      ...server,
      access: (repo) => access(server.pathOf(repo)),
      objects: "in-place",
      breakOff(repo) {
        renameSync(server.pathOf(repo), `${server.pathOf(repo)}.away`);
        return () => renameSync(`${server.pathOf(repo)}.away`, server.pathOf(repo));
      },
    };
  };

/** As on a machine without the git program. */
export const withoutGit = (dataDir: string, more: Partial<GitOptions> = {}): Git =>
  makeGit(dataDir, { ...more, systemGit: undefined });
export const basic = { basic: { username: "ci", password: "p:ss wörd" } };
