/** What the words of a range mean in the Git checkout of the current folder: the daemon sees the server alone. */
import { Failure } from "../core/model/failure.ts";
import { defined } from "../lib/defined.ts";
import { withoutUserinfo } from "../lib/url-userinfo.ts";
import type { Surroundings } from "./surroundings.ts";

interface LocalRange {
  base: string;
  head: string;
  /** Address that the checkout was made from; undefined outside of a checkout. */
  repository?: string;
}

/** Words that mean something in a checkout only. */
const LOCAL = /^(?:HEAD|@)$|[~^]|@\{/;
const SHORT_ID = /^[0-9a-f]{4,39}$/i;

/** @throws {Failure} config where a word means a commit of a checkout, and there is none */
export async function localRange(
  { env, cwd }: Pick<Surroundings, "env" | "cwd">,
  { base, head, signal }: { base: string; head: string; signal: AbortSignal },
): Promise<LocalRange> {
  const { program, git, remotes, url } = await checkoutAt({ env, cwd }, signal);
  const meaningOf = async (word: string): Promise<string> => {
    if (word === "") return "";
    const followed = remotes.find(
      (name) => word.startsWith(`${name}/`) || word.startsWith(`refs/remotes/${name}/`),
    );
    if (followed !== undefined && !LOCAL.test(word))
      return word.slice(word.indexOf(`${followed}/`) + followed.length + 1);
    if (!LOCAL.test(word) && !SHORT_ID.test(word)) return word;
    const commit = await git("rev-parse", "--verify", "--quiet", "--end-of-options", `${word}^{commit}`);
    if (commit !== undefined && /^[0-9a-f]{40,64}$/.test(commit)) return commit;
    if (SHORT_ID.test(word)) return word;
    throw new Failure("config", word, "after-edit", {
      cannot: "tell which commit it is",
      why:
        program === null
          ? "the git program knows, and there is none on PATH"
          : `that is known in a Git checkout only, and ${cwd} has no such commit`,
      fix: "Name a branch or a full SHA, or run this in the checkout",
    });
  };
  return {
    base: await meaningOf(base),
    head: await meaningOf(head),
    ...defined({ repository: url === undefined ? undefined : withoutUserinfo(url) }),
  };
}

/** What the git program says of the checkout that a folder lies in: nothing where there is none. */
export async function checkoutAt(
  { env, cwd }: Pick<Surroundings, "env" | "cwd">,
  signal: AbortSignal,
): Promise<{
  program: string | null;
  /** undefined where it says no. */
  git(...argv: string[]): Promise<string | undefined>;
  remotes: string[];
  /** Address that it was made from. */
  url: string | undefined;
}> {
  const program = Bun.which("git", { PATH: env.PATH ?? "", cwd });
  const git = async (...argv: string[]): Promise<string | undefined> =>
    program === null ? undefined : ask([program, ...argv], { env, cwd }, signal);
  const remotes = (await git("remote"))?.split("\n").filter((name) => name !== "") ?? [];
  const remote = remotes.includes("origin") ? "origin" : remotes.length === 1 ? remotes[0] : undefined;
  const url = remote === undefined ? undefined : await git("remote", "get-url", "--", remote);
  return { program, git, remotes, url };
}

/** What git says; undefined where it says no. */
async function ask(
  argv: readonly string[],
  { env, cwd }: Pick<Surroundings, "env" | "cwd">,
  signal: AbortSignal,
): Promise<string | undefined> {
  signal.throwIfAborted();
  const child = Bun.spawn([...argv], {
    cwd,
    env: { ...env, GIT_OPTIONAL_LOCKS: "0", LC_ALL: "C" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
    signal,
  });
  const [text, code] = await Promise.all([new Response(child.stdout).text(), child.exited]);
  return code === 0 ? text.trim() : undefined;
}
