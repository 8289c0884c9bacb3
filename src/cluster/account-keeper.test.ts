import { expect, test } from "bun:test";
import { endingOf } from "../../test/lib/ending-of.ts";
import { recordingLog } from "../../test/lib/recording-log.ts";
import { AccountKeeper } from "./account-keeper.ts";

/** An end all the same, for a client that would read all of it. */
const ALL = 256 << 20;

test.each([200, 500])(
  "of an answer of %i that has no end no more is read than any is long",
  async (status) => {
    const sizes: number[] = [];
    const server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch() {
        const at = sizes.push(0) - 1;
        const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
          const sent = (sizes[at] ?? 0) + (1 << 20);
          sizes[at] = sent;
          if (sent > ALL) controller.close();
          else controller.enqueue(new Uint8Array(1 << 20).fill(0x20));
        };
        return new Response(new ReadableStream<Uint8Array>({ pull }), { status });
      },
    });
    const url = `http://127.0.0.1:${server.port}`;
    const keeper = new AccountKeeper({
      ...{ cluster: "c", context: undefined, environment: {}, log: recordingLog() },
      source: {
        text: JSON.stringify({
          "current-context": "c",
          clusters: [{ name: "c", cluster: { server: url } }],
          users: [{ name: "u", user: {} }],
          contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
        }),
      },
    });
    try {
      expect(await endingOf(keeper.look([]))).toThrow("longer than");
      expect(Math.max(...sizes)).toBeLessThan(ALL);
    } finally {
      keeper.stop();
      await server.stop(true);
    }
  },
  30_000,
);
