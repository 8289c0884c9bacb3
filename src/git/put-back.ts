/** A commit that gives some paths the state that they had at another commit, made by the git program without a checkout. */

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CommitSha } from "../core/model/commit-sha.ts";
import { Failure } from "../core/model/failure.ts";
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import type { PutBack, PutBackEnd } from "../core/ports/git-writer.ts";
import { defined } from "../lib/defined.ts";
import { printable } from "../lib/printable.ts";
import { makeBare } from "./bare-store.ts";
import { formatOfId, isObjectId } from "./git-object.ts";
import { programFailure } from "./program-failure.ts";
import type { GitResult } from "./run-git.ts";

const AUTHOR = { name: "Holdfast", email: "holdfast@localhost" };
/** Of a list of files. */
const MAX_LIST_BYTES = 32 * 1024 * 1024;

export interface PutBackParts {
  show: string;
  access: RepositoryAccess;
  /** Where the commit is made: nothing of it stays. */
  scratch: string;
  /** Folder of the objects that both commits are among. */
  objects: string;
  /** Whether their history is there too. */
  history: "whole" | "cut";
  /** Where it is pushed to. */
  url: string;
  run(
    argv: readonly string[],
    more: { env: Record<string, string>; stdin?: string; maxOutputBytes: number },
  ): Promise<GitResult>;
}

/** @throws {Failure} git-auth, git-unreachable, refused */
export async function putBack(ask: PutBack, parts: PutBackParts): Promise<PutBackEnd> {
  const { tip, from, paths, to, message, at } = ask;
  const folder = join(parts.scratch, `put-back-${crypto.randomUUID()}`);
  makeBare(folder, formatOfId(tip));
  try {
    writeFileSync(join(folder, "objects", "info", "alternates"), `${parts.objects}\n`);
    if (parts.history === "cut")
      writeFileSync(join(folder, "shallow"), `${[...new Set([tip, from])].join("\n")}\n`);
    const date = `${Math.floor(at / 1_000)} +0000`;
    const env = {
      GIT_INDEX_FILE: join(folder, "index"),
      // A path is a path, whatever stands in it.
      GIT_LITERAL_PATHSPECS: "1",
      GIT_AUTHOR_NAME: AUTHOR.name,
      GIT_AUTHOR_EMAIL: AUTHOR.email,
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_NAME: AUTHOR.name,
      GIT_COMMITTER_EMAIL: AUTHOR.email,
      GIT_COMMITTER_DATE: date,
    };
    const git = async (argv: readonly string[], stdin?: string): Promise<string> => {
      const ran = await parts.run([`--git-dir=${folder}`, ...argv], {
        env,
        maxOutputBytes: MAX_LIST_BYTES,
        ...defined({ stdin }),
      });
      if (ran.code !== 0) throw notMade(parts, ran);
      return ran.stdout;
    };
    const below = paths.filter((path) => path !== "");
    const only = below.length < paths.length ? [] : ["--", ...below];
    await git(["read-tree", tip]);
    const old = await git(["ls-tree", "-r", "-z", "--full-tree", tip, ...only]);
    const wanted = await git(["ls-tree", "-r", "-z", "--full-tree", from, ...only]);
    await git(["update-index", "-z", "--replace", "--index-info"], changes(old, wanted, tip.length));
    const tree = (await git(["write-tree"])).trim();
    if (tree === (await git(["rev-parse", `${tip}^{tree}`])).trim()) return { is: "same" };
    const commit = (await git(["commit-tree", tree, "-p", tip, "-F", "-"], message)).trim();
    if (!isObjectId(commit)) throw new Error(`git commit-tree said ${JSON.stringify(commit)}`);
    const pushed = await parts.run(
      [`--git-dir=${folder}`, "push", "--porcelain", "--no-verify", "--", parts.url, `${commit}:${to}`],
      { env, maxOutputBytes: 65_536 },
    );
    if (pushed.code === 0) return { is: "pushed", commit: commit as CommitSha };
    // By git's row of the ref alone: a server's own words may speak of anything.
    const rows = pushed.stdout.split("\n").filter((line) => line.startsWith("!"));
    if (/\[rejected\]|cannot lock ref|incorrect old value/i.test(rows.join("\n"))) return { is: "moved" };
    throw notPushed(parts, pushed, to);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What `update-index --index-info` reads: what goes, and then what comes. */
function changes(old: string, wanted: string, idLength: number): string {
  const pathOf = (entry: string): string => entry.slice(entry.indexOf("\t") + 1);
  const entries = (list: string): string[] => list.split("\0").filter((entry) => entry !== "");
  const kept = new Set(entries(wanted).map(pathOf));
  const gone = entries(old)
    .map(pathOf)
    .filter((path) => !kept.has(path))
    .map((path) => `0 ${"0".repeat(idLength)}\t${path}`);
  return [...gone, ...entries(wanted)].map((entry) => `${entry}\0`).join("");
}

function notMade({ show }: PutBackParts, { stderr }: GitResult): Failure {
  return new Failure("refused", show, "after-edit", {
    cannot: "make a commit",
    why: printable(stderr) || "git failed and said nothing",
    fix: "Make it by hand",
  });
}

/** The server's own words, without anything that is ours to keep. */
function notPushed({ show, access }: PutBackParts, ran: GitResult, to: string): Failure {
  const branch = to.replace(/^refs\/heads\//, "");
  const said = ran.stderr
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.startsWith("remote: "))
    .map((line) => line.slice("remote: ".length));
  // A rule of the server is none of the credentials, whatever it says of what is allowed.
  const reason = /\[remote rejected\] \((.+)\)/.exec(ran.stdout)?.[1];
  if (reason === undefined) {
    const failure = programFailure(ran, show, access);
    const why = secretless(failure.why, access);
    if (failure.code === "git-auth")
      return new Failure("git-auth", show, "after-edit", {
        cannot: `push to ${branch}`,
        why,
        fix: "Give this repository credentials in the config that may write to it",
      });
    return new Failure("git-unreachable", show, "backoff", {
      cannot: `push to ${branch}`,
      why,
      ...defined({ fix: failure.fix }),
    });
  }
  const isCheckedOut = /checked out/i.test(reason + said.join(" "));
  return new Failure("refused", show, "after-edit", {
    cannot: `push to ${branch}`,
    why: secretless(
      printable([`the server refuses it (${reason})`, ...(isCheckedOut ? [] : said)].join(": ")),
      access,
    ),
    fix: isCheckedOut
      ? "It is a working copy that has this branch checked out: push to a bare repository, or to another branch with --branch"
      : "Push to a branch of its own with --branch, and merge it as your rules say",
  });
}

function secretless(text: string, { username = "", password, bearerToken }: RepositoryAccess): string {
  const secrets = [password, bearerToken].flatMap((secret) =>
    secret === undefined ? [] : [secret.reveal()],
  );
  const basic = secrets.map((secret) => Buffer.from(`${username}:${secret}`).toString("base64"));
  return [...secrets, ...basic]
    .filter((secret) => secret !== "")
    .reduce((shown, secret) => shown.replaceAll(secret, "…"), text);
}
