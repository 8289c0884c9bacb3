/** How the process with isomorphic-git is started, and what it may use up. */
import type { ReaderCommand } from "../object-reader.ts";

/** It writes no file, but Bun's memory for compiled code counts as one. */
const RUNTIME_FILE_BYTES = 64 * 2 ** 20;

/** Weight of such a process in the pool of readers, where one `git cat-file` counts 1: it holds whole packs. */
export const LIBRARY_WEIGHT = 4;

/** @param host as `gitHostCommand` makes it */
export function libraryObjects(host: readonly string[], gitFolder: string): ReaderCommand {
  return libraryCommand([...host, "objects", gitFolder], RUNTIME_FILE_BYTES);
}

/** @param maxPackBytes the largest file that it may write */
export function libraryFetch(host: readonly string[], maxPackBytes: number): ReaderCommand {
  return libraryCommand([...host, "fetch"], Math.max(maxPackBytes, RUNTIME_FILE_BYTES));
}

function libraryCommand(argv: string[], fileBytes: number): ReaderCommand {
  return {
    argv,
    env: {},
    // Its memory it limits itself, when it is up: see run-git-host.ts.
    limits: { cpuSeconds: 300, openFiles: 256, fileBytes, coreBytes: 0 },
  };
}
