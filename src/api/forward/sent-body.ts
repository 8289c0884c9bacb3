import { ApiError } from "../api-error.ts";

const TAKEN = new Uint8Array();

/**
 * The body of one request on its way to the leader, read as fast as it is taken and never more than the API takes. As long as
 * it is short it is kept, so that it can be sent to another leader where nothing was done by this one.
 */
export class SentBody {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  /** In the order in which they came; what is not to be sent again is let go of as it is taken. */
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;
  #isOver: boolean;
  #reading: Promise<void> | undefined;
  /** Set where it is larger than `bodyBytes`. */
  tooLarge: ApiError | undefined;

  constructor(
    body: ReadableStream<Uint8Array> | null,
    private readonly limits: { bodyBytes: number; keptBytes: number },
  ) {
    this.#reader = body?.getReader();
    this.#isOver = body === null;
  }

  /** Whether it can be sent from its beginning. */
  get isWhole(): boolean {
    return this.#bytes <= this.limits.keptBytes;
  }

  /** From its beginning; the one before is read no more. @returns undefined: there is none */
  stream(): ReadableStream<Uint8Array> | undefined {
    if (this.#reader === undefined) return undefined;
    let at = 0;
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          while (at === this.#chunks.length && !this.#isOver) await this.#more();
          if (this.tooLarge !== undefined) return controller.error(this.tooLarge);
          const chunk = this.#chunks[at];
          if (chunk === undefined) return controller.close();
          if (!this.isWhole) this.#chunks[at] = TAKEN;
          at += 1;
          controller.enqueue(chunk);
        },
      },
      { highWaterMark: 0 },
    );
  }

  /** Nothing of it is wanted any more. */
  leave(): void {
    if (!this.#isOver) this.#reader?.cancel().catch(() => undefined);
  }

  /** One read for whoever waits: what a stream that was given up asked for is the next one's. */
  #more(): Promise<void> {
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #read(): Promise<void> {
    const { done = true, value } = (await this.#reader?.read()) ?? {};
    if (done || value === undefined) {
      this.#isOver = true;
      return;
    }
    this.#bytes += value.length;
    this.#chunks.push(value);
    const { bodyBytes } = this.limits;
    if (this.#bytes > bodyBytes)
      this.tooLarge = new ApiError("InvalidArgument", `the body is larger than ${bodyBytes / 1024} KiB`, {
        http: 413,
      });
  }
}
