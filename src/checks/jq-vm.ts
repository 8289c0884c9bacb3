import { type Jq, loadJq } from "jq-wasm";
import wasmFile from "jq-wasm/jq.wasm" with { type: "file" };
import type { JqPlace } from "../core/model/jq-place.ts";
import type { JqAnswer } from "./job.ts";

/** More places than that in one object are a mistake, and a burden. */
const MOST_PLACES = 20_000;

/** jq's exit code for a text that is no expression. */
const NO_EXPRESSION = 3;

/** The interpreter gives up at 256 MiB, which is written in its own module. */
const MEMORY = "it needs more than 256 MiB of memory";

/**
 * jq itself, compiled to WebAssembly. It has no file, no environment and no network to look into. Takes as long as the
 * expression does: whoever calls must be able to end the process.
 */
export class JqVm {
  #jq: Promise<Jq> | undefined;

  /** Loads the interpreter, which takes some 50 ms. */
  load(): Promise<Jq> {
    this.#jq ??= readWasm().then((wasmBinary) => loadJq({ wasmBinary }));
    return this.#jq;
  }

  /** Why a text is no expression; undefined where it is one. It is not run. */
  async problemOf(expression: string): Promise<string | undefined> {
    const { exitCode, stderr } = await this.#run("null", `empty |\n${expression}`);
    return exitCode === NO_EXPRESSION ? said(stderr, 1) : undefined;
  }

  /**
   * The places that an expression has in an object. Where jq stops with an error, such as at the items of something that
   * is no list, there are none, as with `del(…)`, which takes nothing out then.
   */
  async placesIn(object: unknown, expression: string): Promise<JqAnswer> {
    // The line end closes a comment.
    const program = `[limit(${MOST_PLACES + 1}; path(${expression}\n))]`;
    const { exitCode, stdout, stderr } = await this.#run(JSON.stringify(object), program);
    if (exitCode !== 0) {
      const why = said(stderr, 0);
      // Of this expression alone, whatever the object: it makes a value, and no value is a place.
      return why.startsWith("Invalid path expression") ? { why } : { places: [] };
    }
    if (stdout.trim() === "") return { why: "jq ended without an answer" };
    const places = JSON.parse(stdout) as JqPlace[];
    return places.length > MOST_PLACES ? { why: `it names more than ${MOST_PLACES} places` } : { places };
  }

  async #run(input: string, program: string): Promise<ReturnType<Jq["raw"]>> {
    const jq = await this.load();
    try {
      return jq.raw(input, program, ["-c"]);
    } catch (cause) {
      // Nothing of an interpreter that gave up is used again, nor its memory held.
      this.#jq = undefined;
      throw new Error(MEMORY, { cause });
    }
  }
}

async function readWasm(): Promise<Uint8Array> {
  return new Uint8Array(await Bun.file(wasmFile).arrayBuffer());
}

/** jq's first sentence; its lines count from where the expression begins. */
function said(stderr: string, linesBefore: number): string {
  const sentence = stderr.match(/^jq: error(?: \(at [^)]*\))?: (.*)$/m)?.[1] ?? "";
  return sentence
    .replace(/ at <top-level>, line (\d+), column (\d+):?$/, (_, line: string, column: string) =>
      Number(line) - linesBefore <= 1
        ? ` at column ${column}`
        : ` at line ${Number(line) - linesBefore}, column ${column}`,
    )
    .replace(/ \(at <[^)]*\)/, "");
}
