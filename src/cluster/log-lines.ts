import type { PodLogLine } from "../core/model/pod-log.ts";

const NEWLINE = 10;
/** A longer line comes in pieces: what writes without a break must not fill our memory. */
const LONGEST_BYTES = 64 * 1024;
const STAMPED = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))(?: |$)/;

/**
 * The lines of a log that was asked for with `timestamps=true`, as they come; nothing is read before it is asked for.
 * Pieces of a long line bear the time of its beginning.
 */
export async function* logLines(
  body: AsyncIterable<Uint8Array>,
  longestBytes = LONGEST_BYTES,
): AsyncGenerator<PodLogLine> {
  const decoder = new TextDecoder();
  let rest: Uint8Array = new Uint8Array();
  let time = "";
  let isMiddle = false;
  const piece = (bytes: Uint8Array, end: "of line" | "of piece"): PodLogLine => {
    const raw = decoder.decode(bytes);
    const [stamp = "", at] = (isMiddle ? null : STAMPED.exec(raw)) ?? [];
    time = at ?? (isMiddle ? time : "");
    isMiddle = end === "of piece";
    const text = raw.slice(stamp.length);
    return { text: end === "of line" ? text.replace(/\r$/, "") : text, time };
  };
  for await (const chunk of body) {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const end = bytes.indexOf(NEWLINE);
      if (end >= 0 && end <= longestBytes) {
        yield piece(bytes.subarray(0, end), "of line");
        bytes = bytes.subarray(end + 1);
      } else if (bytes.length > longestBytes) {
        const cut = characterStart(bytes, longestBytes);
        yield piece(bytes.subarray(0, cut), "of piece");
        bytes = bytes.subarray(cut);
      } else break;
    }
    rest = bytes.slice();
  }
  if (rest.length > 0) yield piece(rest, "of line");
}

/** The last place at or before `at` where a character of UTF-8 begins. */
function characterStart(bytes: Uint8Array, at: number): number {
  for (let place = at; place > at - 4 && place > 0; place--)
    if (((bytes[place] ?? 0) & 0xc0) !== 0x80) return place;
  return at;
}
