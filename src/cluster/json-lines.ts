const NEWLINE = 10;
/** No object is larger: etcd takes 1.5 MB. A stream that sends more without a line's end is no watch. */
const LONGEST_LINE_BYTES = 64 * 1024 * 1024;

/**
 * Calls `onLine` for each line of a stream of JSON lines, in order, all that one chunk completes at once.
 * @param pause awaited before each chunk is read; default none
 * @throws {Error} where a line outgrows all reason, and what reading throws
 */
export async function eachLine(
  body: ReadableStream<Uint8Array>,
  onLine: (line: string) => void,
  pause?: () => Promise<void>,
): Promise<void> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    await pause?.();
    let start = 0;
    for (let end = value.indexOf(NEWLINE, start); end >= 0; end = value.indexOf(NEWLINE, start)) {
      const tail = value.subarray(start, end);
      onLine(decoder.decode(restBytes === 0 ? tail : Buffer.concat([...rest, tail])));
      rest = [];
      restBytes = 0;
      start = end + 1;
    }
    if (start === value.length) continue;
    rest.push(value.subarray(start));
    restBytes += value.length - start;
    if (restBytes > LONGEST_LINE_BYTES) throw new Error(`a line of more than ${LONGEST_LINE_BYTES} bytes`);
  }
}
