/** A repository on this machine: refs and objects are read where they are, and nothing is copied. */

import { existsSync, readFileSync, type Stats, statSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import type { CommitSha } from "../core/model/commit-sha.ts";
import { Failure } from "../core/model/failure.ts";
import type { History, MergeBase } from "../core/ports/git.ts";
import type { PutBack, PutBackEnd, WriteFiles } from "../core/ports/git-writer.ts";
import { printable } from "../lib/printable.ts";
import { unreachable } from "./failures.ts";
import { BrokenObject, type GitObject, isObjectId } from "./git-object.ts";
import { LIBRARY_WEIGHT, libraryObjects } from "./library/library-command.ts";
import type { LocalRefs } from "./library/local-refs.ts";
import { needsGit, onlyByProgram } from "./library-road.ts";
import { parseLsRemote } from "./ls-remote.ts";
import { walkToBase } from "./merge-base.ts";
import { ObjectDoor } from "./object-door.ts";
import { programFailure } from "./program-failure.ts";
import { cutIn } from "./program-history.ts";
import { catFile } from "./program-store.ts";
import { type CommitParts, pushCommit } from "./push-commit.ts";
import { type RunReading, readHistory, readingBy } from "./read-history.ts";
import { isRefName, isWanted, MAX_REFS, type Refs } from "./refs.ts";
import type { Histories, Objects, Remote, Road, RoadParts } from "./road.ts";
import { GIT_LIMITS, type GitResult, READING_FILE_BYTES, runGit } from "./run-git.ts";
import { type HistoryWalk, walkHistory } from "./walk-history.ts";

/** As many refs as we take, as show-ref prints them. */
const MAX_LIST_BYTES = 16 * 1024 * 1024;

/** What reads it: the git program by its path, or isomorphic-git by what starts its process. */
export type LocalReader = { by: "program"; git: string } | { by: "library"; host: readonly string[] };

export class LocalRoad implements Road, Objects, Remote {
  readonly kind = "in-place";
  readonly #door: ObjectDoor;

  constructor(
    readonly path: string,
    readonly parts: RoadParts,
    readonly reader: LocalReader,
  ) {
    this.#door =
      reader.by === "program"
        ? new ObjectDoor(parts, 1, (place) => catFile(reader.git, place, parts.env))
        : new ObjectDoor(parts, LIBRARY_WEIGHT, (place) => libraryObjects(reader.host, place));
  }

  get objects(): Objects {
    return this;
  }

  remote(): Remote {
    return this;
  }

  async listRefs(extra: readonly string[], signal: AbortSignal): Promise<Refs> {
    return this.reader.by === "program"
      ? this.#listByProgram(this.reader.git, extra, signal)
      : this.#listByLibrary(extra, signal);
  }

  /** There is nothing to bring: whoever misses an object hears of it when reading. */
  async fetch(): Promise<void> {}

  /** The whole history is here: it is walked where it is. */
  async mergeBase(histories: Histories): Promise<MergeBase> {
    try {
      return await walkToBase(histories);
    } catch (cause) {
      if (!(cause instanceof Failure) || cause.code !== "git-revision") throw cause;
      return { is: "unknown", why: "the repository holds a part of its history only" };
    }
  }

  async history(walk: HistoryWalk, signal: AbortSignal): Promise<History> {
    const { reader, parts } = this;
    if (reader.by === "library") return { is: "read", commits: await walkHistory(walk, signal) };
    const folder = this.#gitFolder();
    const run: RunReading = (argv, more) =>
      readingBy(reader.git, parts, signal)([`--git-dir=${folder}`, ...argv], more);
    // A linked worktree has it elsewhere.
    const asked = await run(["rev-parse", "--git-path", "shallow"], { maxOutputBytes: 65_536 });
    if (asked.code !== 0) throw programFailure(asked, parts.show, { url: parts.show });
    const cutAt = cutIn(resolve(folder, asked.stdout.trim()));
    const commits = await readHistory({ commit: walk.commit, most: walk.most, cutAt }, run);
    return commits === undefined
      ? { is: "unknown", why: "the repository's history cannot be read" }
      : { is: "read", commits };
  }

  async commit(ask: PutBack | WriteFiles, signal: AbortSignal): Promise<PutBackEnd> {
    const { reader, parts } = this;
    if (reader.by === "library") throw onlyByProgram(parts.show);
    const folder = this.#gitFolder();
    const run: CommitParts["run"] = (argv, { env, ...more }) =>
      runGit({
        git: reader.git,
        argv,
        protocol: "file",
        env: { ...parts.env, ...env },
        limits: { ...GIT_LIMITS, fileBytes: parts.limits.maxPackBytes },
        signal,
        ...more,
      });
    // A linked worktree has its objects elsewhere.
    const asked = await run([`--git-dir=${folder}`, "rev-parse", "--git-path", "objects"], {
      env: {},
      maxOutputBytes: 65_536,
    });
    if (asked.code !== 0) throw programFailure(asked, parts.show, { url: parts.show });
    return pushCommit(ask, {
      show: parts.show,
      access: { url: parts.show },
      scratch: parts.scratch,
      objects: resolve(folder, asked.stdout.trim()),
      history: "whole",
      url: folder,
      run,
    });
  }

  isHere(): boolean {
    return true;
  }

  startingWith(prefix: string): Promise<CommitSha[]> {
    return this.#door.startingWith(this.#gitFolder(), prefix);
  }

  async read(_commit: CommitSha, id: string): Promise<GitObject | undefined> {
    return this.#door.read(this.#gitFolder(), id);
  }

  async discard(): Promise<void> {
    await this.close();
  }

  async tidy(): Promise<"not needed"> {
    return "not needed";
  }

  async close(): Promise<void> {
    const folder = gitFolderOf(this.path);
    if (folder !== undefined) await this.parts.readers.close(folder);
  }

  /** @throws {Failure} git-unreachable where there is no repository, or none any more */
  #gitFolder(): string {
    const folder = gitFolderOf(this.path);
    if (folder !== undefined) return folder;
    throw unreachable(
      this.parts.show,
      "there is no Git repository in this folder that we may read",
      "Correct the path or its rights, or make the repository",
    );
  }

  async #listByProgram(git: string, extra: readonly string[], signal: AbortSignal): Promise<Refs> {
    const { show, env, limits } = this.parts;
    const folder = this.#gitFolder();
    const ask = (argv: readonly string[]): Promise<GitResult> =>
      runGit({
        git,
        argv: [`--git-dir=${folder}`, ...argv],
        protocol: "",
        env,
        limits: {
          ...GIT_LIMITS,
          cpuSeconds: Math.ceil(limits.timeoutMs / 1000),
          fileBytes: READING_FILE_BYTES,
        },
        signal,
        maxOutputBytes: MAX_LIST_BYTES,
      });
    const [refs, head] = await Promise.all([
      ask(["show-ref", "--head", "--dereference"]),
      ask(["symbolic-ref", "--quiet", "HEAD"]),
    ]);
    // 1 with no word: there is no ref yet.
    if (refs.code !== 0 && !(refs.code === 1 && refs.stderr.trim() === ""))
      throw programFailure(refs, show, { url: show });
    const symref = head.code === 0 ? `ref: ${head.stdout.trim()}\tHEAD\n` : "";
    return parseLsRemote(symref + refs.stdout, show, extra);
  }

  async #listByLibrary(extra: readonly string[], signal: AbortSignal): Promise<Refs> {
    const { show } = this.parts;
    const answer = await Promise.race([this.#door.ask(this.#gitFolder(), "refs"), aborted(signal)]);
    if (answer.is === "object" && answer.type === "refused")
      throw needsGit(show, answer.data.toString("utf8"));
    if (answer.is !== "object" || answer.type !== "refs")
      throw unreachable(
        show,
        answer.is === "object" ? printable(answer.data.toString("utf8")) : "it gives no list of refs",
        "Run `git fsck` in the repository",
      );
    const { refs, head } = JSON.parse(answer.data.toString("utf8")) as LocalRefs;
    const commitByName = new Map<string, CommitSha>();
    for (const [name, id] of refs)
      if (isRefName(name) && isWanted(name, extra) && isObjectId(id)) commitByName.set(name, id as CommitSha);
    if (commitByName.size > MAX_REFS) throw new BrokenObject(`it has more than ${MAX_REFS} refs`);
    return {
      commitByName,
      head: head === undefined ? undefined : { commit: head.commit as CommitSha, ref: head.ref },
      format: "sha1",
    };
  }
}

/** The folder with the refs and objects of a working copy, a linked worktree or a bare repository. */
function gitFolderOf(path: string): string | undefined {
  for (const candidate of [join(path, ".git"), path]) {
    const stat = statOf(candidate);
    if (stat?.isFile() === true && stat.size < 4096) {
      const target = /^gitdir: (.+)$/m.exec(readFileSync(candidate, "utf8"))?.[1]?.trim();
      if (target !== undefined) return isAbsolute(target) ? target : join(dirname(candidate), target);
    }
    if (
      stat?.isDirectory() === true &&
      existsSync(join(candidate, "HEAD")) &&
      (existsSync(join(candidate, "objects")) || existsSync(join(candidate, "commondir")))
    )
      return candidate;
  }
  return undefined;
}

/** Undefined where there is nothing, and where nothing can be looked for: below a file, in a circle of links, without rights. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    if (
      cause instanceof Error &&
      "code" in cause &&
      /^(ENOTDIR|ELOOP|EACCES|ENAMETOOLONG)$/.test(String(cause.code))
    )
      return undefined;
    throw cause;
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.then(undefined, () => undefined);
  if (signal.aborted) reject(signal.reason);
  signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  return promise;
}
