/** What the git program has fetched of one repository, and reads again through `git cat-file --batch`. */
import { existsSync, rmSync } from "node:fs";
import type { CommitSha } from "../core/model/commit-sha.ts";
import { BareStore, formatOf } from "./bare-store.ts";
import type { GitObject, ObjectFormat } from "./git-object.ts";
import { ObjectDoor } from "./object-door.ts";
import type { ReaderCommand } from "./object-reader.ts";
import type { Objects, RoadParts } from "./road.ts";
import { GIT_LIMITS, gitEnvironment, READING_FILE_BYTES, runGit } from "./run-git.ts";
import { SizeMark, tidyDue } from "./tidy-due.ts";

/** The git program that reads objects of a Git folder. It opens no file of the network and starts nothing. */
export function catFile(git: string, gitFolder: string, env: Record<string, string>): ReaderCommand {
  return {
    argv: [git, `--git-dir=${gitFolder}`, "cat-file", "--batch"],
    env: gitEnvironment("", [], env),
    // As many seconds as a reader may live through: it is opened anew where they are used up.
    limits: { ...GIT_LIMITS, fileBytes: READING_FILE_BYTES },
  };
}

/** Commits that stay when a store is made smaller, the latest used first. */
const KEPT_COMMITS = 16;

export class ProgramStore implements Objects {
  readonly kind = "copies";
  readonly #door: ObjectDoor;
  #store: BareStore | undefined;

  constructor(
    readonly parts: RoadParts,
    readonly git: string,
  ) {
    this.#door = new ObjectDoor(parts, 1, (place) => catFile(git, place, parts.env));
  }

  /** Made where there is none yet. */
  async open(format: ObjectFormat): Promise<BareStore> {
    // A repository that was made anew in the other format has nothing in common with the old one.
    const isOther = (this.#store?.format ?? formatOf(this.parts.folder) ?? format) !== format;
    if (isOther || this.#wasRemoved()) await this.#remove();
    this.#store ??= new BareStore(this.parts.folder, format);
    return this.#store;
  }

  isHere(commit: CommitSha): boolean {
    const store = this.#known();
    if (store === undefined || !store.isKept(commit)) return false;
    store.touch(commit, this.parts.clock.now());
    return true;
  }

  async startingWith(prefix: string): Promise<CommitSha[]> {
    return (
      this.#known()
        ?.kept()
        .filter((commit) => commit.startsWith(prefix)) ?? []
    );
  }

  read(_commit: CommitSha, id: string): Promise<GitObject | undefined> {
    return this.#door.read(this.parts.folder, id);
  }

  /** Whether an object of this id has arrived, beside what is kept. */
  async peek(id: string): Promise<"there" | "missing"> {
    const answer = await this.#door.ask(this.parts.folder, id);
    return answer.is === "object" ? "there" : "missing";
  }

  /** Its packs are shared by all commits: they go together. */
  async discard(_commit: CommitSha): Promise<void> {
    await this.#remove();
  }

  async tidy(signal: AbortSignal): Promise<"done" | "not needed"> {
    const store = this.#known();
    if (store === undefined) return "not needed";
    const mark = new SizeMark(store.at("tidied"));
    const packs = store.packs();
    const due = tidyDue(packs, mark, this.parts.slackBytes);
    if (due === "nothing") return "not needed";
    if (due === "join") await this.#run(store, ["repack", "-d", "-q", "--geometric=2"], signal);
    else {
      store.forget(store.kept().slice(KEPT_COMMITS));
      await this.#run(store, ["repack", "-a", "-d", "-q"], signal);
      await this.#run(store, ["prune", "--expire=now"], signal);
      mark.write(store.packs());
    }
    // A reader that is open holds on to the packs that are gone.
    await this.parts.readers.close(this.parts.folder);
    return "done";
  }

  close(): Promise<void> {
    return this.parts.readers.close(this.parts.folder);
  }

  #known(): BareStore | undefined {
    if (this.#wasRemoved()) return undefined;
    const format = this.#store === undefined ? formatOf(this.parts.folder) : undefined;
    if (format !== undefined) this.#store = new BareStore(this.parts.folder, format);
    return this.#store;
  }

  /** Somebody cleared the data folder under us: nothing is here any more, and it is fetched anew. */
  #wasRemoved(): boolean {
    return this.#store !== undefined && !existsSync(this.#store.at("HEAD"));
  }

  async #remove(): Promise<void> {
    this.#store = undefined;
    await this.parts.readers.close(this.parts.folder);
    if (existsSync(this.parts.folder)) rmSync(this.parts.folder, { recursive: true, force: true });
  }

  async #run(store: BareStore, argv: readonly string[], signal: AbortSignal): Promise<void> {
    const { maxPackBytes } = this.parts.limits;
    const { code, stderr } = await runGit({
      git: this.git,
      argv: [`--git-dir=${store.folder}`, ...argv],
      protocol: "",
      env: this.parts.env,
      limits: { ...GIT_LIMITS, fileBytes: 2 * maxPackBytes },
      priority: "background",
      signal,
      maxOutputBytes: 65_536,
    });
    if (code !== 0) throw new Error(stderr.trim().split("\n").at(-1) ?? `git ${argv[0]} failed`);
  }
}
