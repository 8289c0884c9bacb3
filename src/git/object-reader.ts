/** One process that answers objects in the format of `git cat-file --batch`, kept open between questions. */

import { codeOf } from "../lib/caught.ts";
import { killGroup, type ResourceLimits, setLimits } from "../lib/posix.ts";
import { printable } from "../lib/printable.ts";
import { BrokenObject, type GitObject } from "./git-object.ts";

export interface ReaderCommand {
  /** Program and arguments: takes names, one a line, and answers each as cat-file does. */
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
  limits: ResourceLimits;
}

export interface ReaderBounds {
  /** A larger object is refused before it is read. */
  maxObjectBytes: number;
  /** Longest wait for one answer. */
  answerMs: number;
}

/** What the process says of one name; `id` in full where the name was the beginning of one. */
export type Answer = { is: "object"; id: string; type: string; data: Buffer } | { is: "missing" };

/** The process ended, or was ended, before it had answered: over this question, or for a reason beside it. */
export class ReaderEnded extends Error {
  override readonly name = "ReaderEnded";
  constructor(
    readonly over: "this question" | "something else",
    message: string,
  ) {
    super(message);
  }
}

/** An object that is larger than anybody needs here. */
export class TooLarge extends Error {
  override readonly name = "TooLarge";
  constructor(
    readonly id: string,
    readonly bytes: number,
    readonly maxBytes: number,
  ) {
    super(`object ${id} has ${bytes} bytes, and at most ${maxBytes} are read`);
  }
}

interface Question {
  resolve(answer: Answer): void;
  reject(cause: Error): void;
}

/** The object whose content is on its way, followed by a newline. */
interface Arriving {
  id: string;
  type: string;
  data: Buffer;
  /** Bytes that have come. */
  at: number;
}

/** Longest first line of an answer; a name and its type need less. */
const MAX_HEAD_BYTES = 4096;
const NEWLINE = 0x0a;

export class ObjectReader {
  readonly #child: Bun.Subprocess<"pipe", "pipe", "pipe">;
  readonly #line: Question[] = [];
  readonly #bounds: ReaderBounds;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ended: Error | undefined;
  #words = "";
  #head: Buffer = Buffer.alloc(0);
  #arriving: Arriving | undefined;

  /** @throws where the program cannot be started */
  constructor(command: ReaderCommand, bounds: ReaderBounds) {
    this.#bounds = bounds;
    this.#child = Bun.spawn([...command.argv], {
      cwd: "/",
      env: { ...command.env },
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
      // A group of its own, so that nothing it started outlives it.
      detached: true,
    });
    setLimits(this.#child.pid, command.limits);
    this.#child.unref();
    void this.#listen();
    void this.#overhear();
  }

  /** Questions that wait for their answer. */
  get waiting(): number {
    return this.#line.length;
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  /**
   * @param name an id, or what this process takes for a name; without spaces
   * @throws {ReaderEnded} {TooLarge} {BrokenObject} where the answer is not in the format
   */
  ask(name: string): Promise<Answer> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.#line.push({ resolve, reject });
    if (this.#line.length === 1) this.#wind();
    this.#tell(`${name}\n`);
    return promise;
  }

  /** A process that does not listen any more is noticed by its end, which says why. */
  #tell(text: string): void {
    try {
      this.#child.stdin.write(text);
      Promise.resolve(this.#child.stdin.flush()).then(undefined, () => undefined);
    } catch (cause) {
      if (codeOf(cause) !== "EPIPE") throw cause;
    }
  }

  /** Ends the process; whoever still waits is told so. */
  async close(): Promise<void> {
    this.#end(new ReaderEnded("something else", "it was closed"));
    await this.#child.exited;
  }

  async #listen(): Promise<void> {
    try {
      for await (const chunk of this.#child.stdout)
        this.#take(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      await this.#child.exited;
      // What it said last, before it ended, may still be on its way.
      await new Promise((resolve) => setImmediate(resolve));
      const { signalCode, exitCode } = this.#child;
      const words = this.#words.trim().split("\n").at(-1) ?? "";
      this.#end(
        new ReaderEnded(
          "this question",
          signalCode !== null || words === ""
            ? `its process ended with ${signalCode ?? `code ${exitCode}`}`
            : words,
        ),
      );
    } catch (cause) {
      this.#end(cause instanceof Error ? cause : new ReaderEnded("this question", String(cause)));
    }
  }

  /** Keeps the last of what it says to people. */
  async #overhear(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.#child.stderr)
      this.#words = (this.#words + decoder.decode(chunk, { stream: true })).slice(-2048);
  }

  #take(chunk: Buffer): void {
    for (let rest = chunk; rest.byteLength > 0 && this.#ended === undefined; ) {
      rest = this.#arriving === undefined ? this.#takeHead(rest) : this.#takeContent(this.#arriving, rest);
    }
  }

  #takeHead(chunk: Buffer): Buffer {
    const end = chunk.indexOf(NEWLINE);
    const part = end < 0 ? chunk : chunk.subarray(0, end);
    if (this.#head.byteLength + part.byteLength > MAX_HEAD_BYTES)
      throw new BrokenObject("an answer is not in the format");
    this.#head = Buffer.concat([this.#head, part]);
    if (end < 0) return chunk.subarray(chunk.byteLength);
    const words = this.#head.toString("utf8").split(" ");
    this.#head = Buffer.alloc(0);
    const [id = "", type = "", size = ""] = words;
    if (type === "missing" || type === "ambiguous") this.#answer({ is: "missing" });
    else if (words.length !== 3 || !/^\d{1,15}$/.test(size))
      throw new BrokenObject("an answer is not in the format");
    else if (Number(size) > this.#bounds.maxObjectBytes)
      throw new TooLarge(id, Number(size), this.#bounds.maxObjectBytes);
    else this.#arriving = { id, type, data: Buffer.allocUnsafeSlow(Number(size)), at: 0 };
    return chunk.subarray(end + 1);
  }

  #takeContent(arriving: Arriving, chunk: Buffer): Buffer {
    const { id, type, data } = arriving;
    const part = chunk.subarray(0, data.byteLength - arriving.at);
    part.copy(data, arriving.at);
    arriving.at += part.byteLength;
    const rest = chunk.subarray(part.byteLength);
    if (arriving.at < data.byteLength || rest.byteLength === 0) return rest;
    if (rest[0] !== NEWLINE) throw new BrokenObject("an answer is not in the format");
    this.#arriving = undefined;
    this.#answer({ is: "object", id, type, data });
    return rest.subarray(1);
  }

  #answer(answer: Answer): void {
    const question = this.#line.shift();
    if (question === undefined) throw new BrokenObject("an answer came unasked");
    this.#wind();
    question.resolve(answer);
  }

  /** Starts the time of whoever is first in line now. */
  #wind(): void {
    clearTimeout(this.#timer);
    if (this.#line.length === 0) return;
    const { answerMs } = this.#bounds;
    this.#timer = setTimeout(
      () => this.#end(new ReaderEnded("this question", `it did not answer within ${answerMs / 1000} s`)),
      answerMs,
    );
    this.#timer.unref();
  }

  #end(cause: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = cause;
    clearTimeout(this.#timer);
    this.#arriving = undefined;
    killGroup(this.#child.pid, "SIGKILL");
    const [first, ...others] = this.#line.splice(0);
    first?.reject(cause);
    // Only the first one's object is at fault.
    for (const each of others)
      each.reject(new ReaderEnded("something else", "its process was ended by another question"));
  }
}

/** The object as Git knows it. @throws {BrokenObject} for what is none */
export function asObject(answer: Extract<Answer, { is: "object" }>): GitObject {
  const { type, data } = answer;
  if (type !== "commit" && type !== "tree" && type !== "blob" && type !== "tag")
    throw new BrokenObject(
      type === "broken" || type === "refused"
        ? printable(data.toString("utf8"))
        : `it has the unknown type ${printable(type)}`,
    );
  return { type, data };
}
