/** A commit made by the git program without a checkout, and pushed. */

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CommitSha } from "../core/model/commit-sha.ts";
import { Failure } from "../core/model/failure.ts";
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import type { PutBack, PutBackEnd, WriteFiles } from "../core/ports/git-writer.ts";
import { messageOf } from "../lib/caught.ts";
import { defined } from "../lib/defined.ts";
import { printable } from "../lib/printable.ts";
import { makeBare } from "./bare-store.ts";
import { formatOfId, isObjectId } from "./git-object.ts";
import { programFailure } from "./program-failure.ts";
import type { GitResult } from "./run-git.ts";
import { type Signer, signedCommit, signerOf } from "./sign-commit.ts";

const AUTHOR = { name: "Holdfast", email: "holdfast@localhost" };
/** Of a list of files. */
const MAX_LIST_BYTES = 32 * 1024 * 1024;

export interface CommitParts {
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
export async function pushCommit(ask: PutBack | WriteFiles, parts: CommitParts): Promise<PutBackEnd> {
  const { tip, to, message, at } = ask;
  const folder = join(parts.scratch, `commit-${crypto.randomUUID()}`);
  makeBare(folder, formatOfId(tip));
  try {
    writeFileSync(join(folder, "objects", "info", "alternates"), `${parts.objects}\n`);
    if (parts.history === "cut")
      writeFileSync(
        join(folder, "shallow"),
        `${[...new Set("files" in ask ? [tip] : [tip, ask.from])].join("\n")}\n`,
      );
    const author = ("files" in ask ? ask.author : undefined) ?? AUTHOR;
    const date = `${Math.floor(at / 1_000)} +0000`;
    const env = {
      GIT_INDEX_FILE: join(folder, "index"),
      // A path is a path, whatever stands in it.
      GIT_LITERAL_PATHSPECS: "1",
      GIT_AUTHOR_NAME: author.name,
      GIT_AUTHOR_EMAIL: author.email,
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_NAME: author.name,
      GIT_COMMITTER_EMAIL: author.email,
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
    await git(["read-tree", tip]);
    if ("files" in ask)
      await git(["update-index", "-z", "--index-info"], await writtenFiles(ask, git, parts));
    else await git(["update-index", "-z", "--replace", "--index-info"], await putBackPaths(ask, git));
    const tree = (await git(["write-tree"])).trim();
    if (tree === (await git(["rev-parse", `${tip}^{tree}`])).trim()) return { is: "same" };
    const signer = signerOf("files" in ask ? ask.signedBy : undefined);
    const [config, option] = sshSigning(signer);
    const made = (
      await git([...config, "commit-tree", tree, "-p", tip, "-F", "-", ...option], message)
    ).trim();
    if (!isObjectId(made)) throw new Error(`git commit-tree said ${JSON.stringify(made)}`);
    const commit = signer.by === "openpgp" ? await signed(made, signer.key, git, parts) : made;
    const pushed = await parts.run(
      [`--git-dir=${folder}`, "push", "--porcelain", "--no-verify", "--", parts.url, `${commit}:${to}`],
      { env, maxOutputBytes: 65_536 },
    );
    if (pushed.code === 0) return { is: "pushed", commit: commit as CommitSha };
    // By git's row of the ref alone: a server's own words may speak of anything.
    const rows = pushed.stdout.split("\n").filter((line) => line.startsWith("!"));
    if (/\[rejected\]|cannot lock ref|incorrect old value/i.test(rows.join("\n"))) return { is: "moved" };
    // One that moved after it had told where it is says so beside the row.
    const isLate = /cannot lock ref .* is at [0-9a-f]+ but expected/.test(pushed.stderr);
    if (isLate && rows.join("\n").includes("(failed to update ref)")) return { is: "moved" };
    throw notPushed(parts, pushed, to);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type RunGit = (argv: readonly string[], stdin?: string) => Promise<string>;

/** By a key of SSH: the one program of Git's that needs no daemon of its own. */
function sshSigning(signer: Signer): readonly [config: readonly string[], option: readonly string[]] {
  return signer.by === "ssh"
    ? [["-c", "gpg.format=ssh", "-c", `user.signingKey=${signer.file}`], ["-S"]]
    : [[], []];
}

/** @returns the name of the same commit, signed by a key of OpenPGP @throws {Failure} refused */
async function signed(commit: string, key: string, git: RunGit, { show }: CommitParts): Promise<string> {
  const text = await git(["cat-file", "commit", commit]);
  const whole = await signedCommit(text, key, formatOfId(commit)).catch((cause) => {
    throw new Failure("refused", show, "after-edit", {
      cannot: "sign a commit",
      why: messageOf(cause),
      fix: "Correct images.signingKey of the config",
      cause,
    });
  });
  const named = (await git(["hash-object", "-t", "commit", "-w", "--stdin"], whole)).trim();
  if (!isObjectId(named)) throw new Error(`git hash-object said ${JSON.stringify(named)}`);
  return named;
}

/** What `update-index --index-info` reads, of some paths as they were. */
async function putBackPaths({ tip, from, paths }: PutBack, git: RunGit): Promise<string> {
  const below = paths.filter((path) => path !== "");
  const only = below.length < paths.length ? [] : ["--", ...below];
  const old = await git(["ls-tree", "-r", "-z", "--full-tree", tip, ...only]);
  const wanted = await git(["ls-tree", "-r", "-z", "--full-tree", from, ...only]);
  return changes(old, wanted, tip.length);
}

/** The same of files with new texts. @throws {Failure} git-path */
async function writtenFiles({ tip, files }: WriteFiles, git: RunGit, parts: CommitParts): Promise<string> {
  const entries: string[] = [];
  for (const [path, text] of Object.entries(files)) {
    const steps = path.split("/");
    const places = steps.map((_, at) => steps.slice(0, at + 1).join("/"));
    const listed = await git(["ls-tree", "-z", "--full-tree", tip, "--", ...places]);
    const known = new Map(
      listed
        .split("\0")
        .filter((entry) => entry !== "")
        .map((entry) => [entry.slice(entry.indexOf("\t") + 1), entry.slice(0, 6)]),
    );
    const inTheWay = places.slice(0, -1).find((place) => ![undefined, "040000"].includes(known.get(place)));
    const mode = known.get(path) ?? "100644";
    if (inTheWay !== undefined || !mode.startsWith("100"))
      throw new Failure("git-path", `${parts.show}, ${path}`, "after-edit", {
        cannot: "write the file",
        why:
          inTheWay === undefined
            ? "there is no file but a link, a folder or a submodule"
            : `${inTheWay} is no folder`,
        fix: "Name the file itself, by its own path",
      });
    const blob = (await git(["hash-object", "-w", "--stdin"], text)).trim();
    if (!isObjectId(blob)) throw new Error(`git hash-object said ${JSON.stringify(blob)}`);
    entries.push(`${mode} ${blob}\t${path}\0`);
  }
  return entries.join("");
}

/** What goes, and then what comes. */
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

function notMade({ show }: CommitParts, { stderr }: GitResult): Failure {
  return new Failure("refused", show, "after-edit", {
    cannot: "make a commit",
    why: printable(stderr) || "git failed and said nothing",
    fix: "Make it by hand",
  });
}

/** The server's own words, without anything that is ours to keep. */
function notPushed({ show, access }: CommitParts, ran: GitResult, to: string): Failure {
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
