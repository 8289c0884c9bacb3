export type Decoded = { ok: true; text: string } | { ok: false; problem: string };

/** Bytes of a text file: UTF-8, or UTF-16 that says so by its byte order mark. The mark is not part of the text. */
export function decodeText(bytes: Uint8Array): Decoded {
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? "utf-16le"
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? "utf-16be"
        : "utf-8";
  try {
    return { ok: true, text: new TextDecoder(encoding, { fatal: true }).decode(bytes) };
  } catch (cause) {
    if (cause instanceof TypeError)
      return { ok: false, problem: `the file is not valid ${encoding.toUpperCase()}` };
    throw cause;
  }
}
