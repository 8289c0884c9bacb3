import { expect, test } from "bun:test";
import { endingOf } from "../../test/lib/ending-of.ts";
import { untilEnded } from "./serve.ts";

const never = new Promise<never>(() => undefined);
const stopping = (stop: () => Promise<void>) =>
  endingOf(untilEnded({ reload: async () => undefined, stop }, AbortSignal.abort(), "reload", never, 20));

test("a stop that does not end is left in time, and is no good end", async () => {
  expect(await stopping(() => never)).toThrow(
    "this process: cannot end well: its stop did not end within 0 s",
  );
});

test("one that ends well is one, and what it fails of is told", async () => {
  expect(await stopping(async () => undefined)).not.toThrow();
  expect(await stopping(() => Promise.reject(new Error("the Lease is not let go")))).toThrow(
    "the Lease is not let go",
  );
});
