/**
 * How a promise ends, for `expect`. Its own `.rejects` and `.resolves`, and `toThrow` of an async function, run the event
 * loop inside the turn that asks: what that turn still has to do, as the next `setImmediate`, waits for them, and they
 * may wait for that. On a machine with much to do such a test hangs, and its process never ends.
 */

/** @returns for `toThrow`: throws what the promise was rejected with, or returns what it came to */
export async function endingOf<T>(promise: Promise<T> | undefined): Promise<() => T | undefined> {
  try {
    const value = await promise;
    return () => value;
  } catch (cause) {
    return () => {
      throw cause;
    };
  }
}

/** What the promise was rejected with. @throws where it was not */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (cause) {
    return cause;
  }
  throw new Error(`it was not rejected, and came to ${Bun.inspect(value)}`);
}
