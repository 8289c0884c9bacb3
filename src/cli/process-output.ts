import type { Output } from "./host.ts";

/** A stream of the process as the command line writes to it. */
export function processOutput(stream: NodeJS.WriteStream): Output {
  let written = Promise.resolve();
  return {
    isTTY: stream.isTTY === true,
    get columns() {
      return stream.columns;
    },
    get rows() {
      return stream.rows;
    },
    write(text) {
      // Bun calls back for an empty text before what was written earlier has left: each text has its own promise.
      if (text !== "") written = new Promise((resolve) => void stream.write(text, () => resolve()));
    },
    flush: () => written,
  };
}
