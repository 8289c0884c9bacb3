import { open, rm, stat } from "node:fs/promises";
import { codeOf } from "../../lib/caught.ts";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";

const PAUSE_MS = 20;
/** A change takes milliseconds: whoever holds it longer was cut off. */
const STALE_MS = 10_000;
const PATIENCE_MS = 30_000;

/**
 * Has one program at a time change a file, by another one beside it (`FILE.lock`) that only one can make. What a program
 * that was killed left there is taken away after ten seconds.
 * @throws {CliError} usage where it stays held
 */
export async function oneAtATime<T>(file: string, work: () => Promise<T>): Promise<T> {
  const lock = `${file}.lock`;
  for (const until = performance.now() + PATIENCE_MS; !(await take(lock)); ) {
    if (performance.now() > until)
      throw new CliError(EXIT.usage, `${file} is being changed by another program, without an end.`, [
        `Where none runs: rm ${lock}`,
      ]);
    await Bun.sleep(PAUSE_MS);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function take(lock: string): Promise<boolean> {
  try {
    await (await open(lock, "wx", 0o600)).close();
    return true;
  } catch (cause) {
    if (codeOf(cause) !== "EEXIST") throw cause;
  }
  const { mtimeMs } = await stat(lock).catch(() => ({ mtimeMs: Date.now() }));
  if (Date.now() - mtimeMs > STALE_MS) await rm(lock, { force: true });
  return false;
}
