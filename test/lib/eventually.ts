/**
 * The first value that `look` returns which is not undefined or false. Looks again every few milliseconds; what it throws
 * last is what the test shows.
 * @param withinMs how long something slow may take before it counts as never; no test is about speed
 */
export async function eventually<T>(
  what: string | (() => string),
  look: () => T | undefined | false | Promise<T | undefined | false>,
  withinMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  let failure: unknown;
  for (;;) {
    try {
      const value = await look();
      failure = undefined;
      if (value !== undefined && value !== false) return value;
    } catch (cause) {
      failure = cause;
    }
    if (Date.now() > deadline)
      throw new Error(
        `never happened: ${typeof what === "string" ? what : what()}`,
        failure === undefined ? undefined : { cause: failure },
      );
    await Bun.sleep(20);
  }
}
