import { type BareCall, type SystemCallName, systemCallNumber } from "../../lib/posix.ts";

/**
 * System calls as data, for a process that is to make them before it becomes a tool. It knows no folder, no version and
 * no number but those that stand here: whoever writes the list decides all of it, and the process only obeys.
 */
export class JailSteps {
  readonly #steps: Step[] = [];
  readonly #pointers: { from: Uint8Array; at: number; to: Uint8Array }[] = [];
  #failsTo: Label | "the end" = "the end";

  /** @param args numbers as they are; texts and bytes by their address; `ANSWER` is what the call before answered */
  call(name: SystemCallName, ...args: readonly StepArgument[]): void {
    this.#steps.push({ name, args, failsTo: this.#failsTo });
  }

  /** Writes what the last call answered, in 32 bits, into bytes that a later call is given. */
  keep(into: Uint8Array, at: number): void {
    const last = this.#steps.at(-1);
    if (last !== undefined) last.keep = { into, at };
  }

  /** Writes into bytes that a call is given where other bytes lie. */
  point(from: Uint8Array, at: number, to: Uint8Array): void {
    this.#pointers.push({ from, at, to });
  }

  /** Where a call of `work` fails, the rest of it is left out, and `otherwise` is done in its place. */
  orElse(work: () => void, otherwise?: () => void): void {
    const [failed, done]: [Label, Label] = [{}, {}];
    const outer = this.#failsTo;
    this.#failsTo = failed;
    work();
    this.#failsTo = outer;
    if (otherwise !== undefined) this.#goTo(done);
    failed.step = this.#steps.length;
    otherwise?.();
    done.step = this.#steps.length;
  }

  /** The end of all that was said so far, with these words. */
  fail(words: string): void {
    this.#steps.push({ ...NO_CALL, failsTo: "the end", words });
  }

  /** @throws {Error} where it would be larger than `IMAGE_BYTES` */
  image(): Uint8Array {
    const data = new ImageData(this.#steps.length * STEP_BYTES);
    const nowhere = data.addressOf(new Uint8Array(8));
    const steps = this.#steps.map((step, at) => {
      const { keep } = this.#steps[at - 1] ?? {};
      const answerAt = step.args.indexOf(ANSWER);
      const keptAt =
        keep === undefined
          ? answerAt < 0
            ? nowhere
            : IMAGE_AT + BigInt(at * STEP_BYTES + 8 * (2 + answerAt))
          : data.addressOf(keep.into) + BigInt(keep.at);
      const words = new TextEncoder().encode(`${JAIL_WORDS}${step.words ?? step.name}: ??\n`);
      return [
        keptAt,
        BigInt(systemCallNumber(step.name)),
        ...ARGUMENTS.map((index) => data.valueOf(step.args[index] ?? 0)),
        step.failsTo === "the end" ? 0n : IMAGE_AT + BigInt((step.failsTo.step ?? 0) * STEP_BYTES),
        data.addressOf(words),
        BigInt(words.length),
      ];
    });
    for (const { from, at, to } of this.#pointers)
      new DataView(from.buffer, from.byteOffset).setBigUint64(at, data.addressOf(to), true);
    return data.imageWith(steps.flat());
  }

  #goTo(label: Label): void {
    this.#steps.push({ ...NO_CALL, failsTo: label });
  }
}

export type StepArgument = number | string | Uint8Array | readonly string[] | typeof ANSWER;
export const ANSWER = Symbol("what the call before answered");

/** A process that could not shut itself in ends with this code, and its words begin so. */
export const JAIL_FAILED = 125;
export const JAIL_WORDS = "jail: ";

/** Where the process puts the list in its memory; addresses in it count on it. Free in a program that has just begun. */
export const IMAGE_AT = 0x10_0000_0000n;
const IMAGE_BYTES = 8 << 20;
/**
 * Of one step, in words of 64 bits: the address that takes the last answer, the call's number, six arguments, the step
 * to go on with where it fails (0: none), address and length of the words for that end.
 */
const STEP_BYTES = 88;
const ARGUMENTS = [0, 1, 2, 3, 4, 5];

interface Label {
  /** Its place in the list. */
  step?: number;
}

interface Step {
  name: SystemCallName;
  args: readonly StepArgument[];
  failsTo: Label | "the end";
  words?: string;
  keep?: { into: Uint8Array; at: number };
}

/** No file is open by that number: it always fails, and nothing else happens. */
const NO_CALL = { name: "close", args: [0x7fff_ffff] } as const;

/** What the steps point to, behind them. */
class ImageData {
  readonly #placeByBytes = new Map<Uint8Array, number>();
  readonly #written: [number, Uint8Array][] = [];
  #end: number;

  constructor(start: number) {
    this.#end = start;
  }

  addressOf(bytes: Uint8Array): bigint {
    const place = this.#placeByBytes.get(bytes) ?? this.#end;
    if (place === this.#end) {
      this.#placeByBytes.set(bytes, place);
      this.#written.push([place, bytes]);
      this.#end += Math.ceil((bytes.length + 1) / 8) * 8;
    }
    return IMAGE_AT + BigInt(place);
  }

  valueOf(arg: StepArgument): bigint {
    if (arg === ANSWER) return 0n;
    if (typeof arg === "number") return BigInt(arg);
    if (typeof arg === "string") return this.addressOf(bytesOf(arg));
    if (arg instanceof Uint8Array) return this.addressOf(arg);
    return this.addressOf(
      new Uint8Array(new BigUint64Array([...arg.map((text) => this.addressOf(bytesOf(text))), 0n]).buffer),
    );
  }

  imageWith(steps: readonly bigint[]): Uint8Array {
    if (this.#end > IMAGE_BYTES)
      throw new Error(`the tool's arguments take more than ${IMAGE_BYTES >> 20} MiB`);
    const image = Buffer.alloc(this.#end);
    for (const [at, value] of steps.entries()) image.writeBigUInt64LE(BigInt.asUintN(64, value), at * 8);
    for (const [place, bytes] of this.#written) image.set(bytes, place);
    return image;
  }
}

/** Everything behind it in the image is 0, so that it ends there. */
function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/**
 * Does what launcher.ts does, in this process: for machines where the launcher cannot run.
 * @returns the code to end with
 */
export function obey(image: DataView, call: BareCall, say: (words: string) => void): number {
  const place = (address: bigint): number => Number(address - IMAGE_AT);
  const word = (at: number): bigint => image.getBigUint64(at, true);
  let answer = 0n;
  for (let at = 0; ; ) {
    image.setUint32(place(word(at)), Number(BigInt.asUintN(32, answer)), true);
    answer = call(Number(word(at + 8)), ...ARGUMENTS.map((index) => word(at + 16 + 8 * index)));
    const failsTo = word(at + 64);
    if (answer >= 0n) at += STEP_BYTES;
    else if (failsTo !== 0n) at = place(failsTo);
    else {
      const words = new Uint8Array(image.buffer, place(word(at + 72)), Number(word(at + 80)));
      const error = Number(-answer);
      const letters = String.fromCharCode(A + (error >> 4), A + (error & 15));
      say(new TextDecoder().decode(words).replace("??\n", `${letters}\n`));
      return JAIL_FAILED;
    }
  }
}

const A = 65;

/** What a process said that could not shut itself in; undefined for the words of anybody else. */
export function readJailWords(words: string): { what: string; error: number } | undefined {
  const found = /^jail: (.*): ([A-P]{2})$/m.exec(words);
  if (found === null || !words.startsWith(JAIL_WORDS)) return undefined;
  const [, what = "", letters = ""] = found;
  return { what, error: ((letters.charCodeAt(0) - A) << 4) | (letters.charCodeAt(1) - A) };
}
