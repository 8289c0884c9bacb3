/** Objects by id from one place on disk, through the pool of readers. Every object is proved: its id is its content's hash. */

import type { CommitSha } from "../core/model/commit-sha.ts";
import { Failure } from "../core/model/failure.ts";
import { messageOf } from "../lib/caught.ts";
import { printable } from "../lib/printable.ts";
import { unreachable } from "./failures.ts";
import { BrokenObject, formatOfId, type GitObject, objectId } from "./git-object.ts";
import {
  type Answer,
  asObject,
  ObjectReader,
  type ReaderCommand,
  ReaderEnded,
  TooLarge,
} from "./object-reader.ts";
import type { RoadParts } from "./road.ts";

/** Longest wait for one object: most of it is for the next one in line. */
const ANSWER_MS = 60_000;

export class ObjectDoor {
  /**
   * @param weight of one process of this kind in the pool
   * @param command what answers for the objects of a place
   */
  constructor(
    readonly parts: Pick<RoadParts, "show" | "readers" | "limits">,
    readonly weight: number,
    readonly command: (place: string) => ReaderCommand,
  ) {}

  /**
   * Undefined where there is no such object.
   * @throws {BrokenObject} where it is damaged {Failure} where it is too large or cannot be read
   */
  async read(place: string, id: string): Promise<GitObject | undefined> {
    const answer = await this.ask(place, id);
    if (answer.is === "missing") return undefined;
    const object = asObject(answer);
    if (objectId(formatOfId(id), object) !== id)
      throw new BrokenObject(`object ${id} is damaged: its content has another id`);
    return object;
  }

  /** The one commit that begins with `prefix`, where there is one. */
  async startingWith(place: string, prefix: string): Promise<CommitSha[]> {
    const answer = await this.ask(place, prefix);
    return answer.is === "object" && answer.type === "commit" ? [answer.id as CommitSha] : [];
  }

  /** @throws {Failure} {BrokenObject} */
  async ask(place: string, name: string): Promise<Answer> {
    const { readers, show, limits } = this.parts;
    const open = (): ObjectReader => {
      try {
        return new ObjectReader(this.command(place), {
          maxObjectBytes: limits.maxObjectBytes,
          answerMs: ANSWER_MS,
        });
      } catch (cause) {
        throw new Failure("tool-missing", show, "backoff", {
          cannot: "read from Git",
          why: `the program that reads it does not start (${messageOf(cause)})`,
          fix: "Install git, or start the daemon again where it was installed anew",
          cause,
        });
      }
    };
    try {
      return await readers.use(place, this.weight, open, (reader) => reader.ask(name));
    } catch (cause) {
      if (cause instanceof TooLarge)
        throw new Failure("git-path", show, "after-edit", {
          cannot: "read from Git",
          why: cause.message,
          fix: "Keep files of this size out of what applications are made from",
          cause,
        });
      if (cause instanceof ReaderEnded)
        throw unreachable(
          show,
          `object ${name} cannot be read: ${printable(cause.message)}`,
          "Run `git fsck` in the repository",
          cause,
        );
      throw cause;
    }
  }
}
