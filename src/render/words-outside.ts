import type { Stats } from "node:fs";
import { createReadStream } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";

/** Of all that is looked into: more takes longer than the render that is to be saved. */
const MOST_BYTES = 512 << 20;
const MOST_FILES = 20_000;
/** First bytes of what is packed: gzip, zip, xz, bzip2, zstd, and a zip's end, which may follow a script. */
const PACKED = ["\x1f\x8b", "PK\x03\x04", "\xfd7zXZ", "BZh", "\x28\xb5\x2f\xfd", "PK\x05\x06"];
const PROGRAM = "\x7fELF";
const END_BYTES = 64 << 10;

export interface SearchedWords {
  /** In texts: scripts and settings. */
  inTexts: readonly string[];
  /** In programs, which hold many words that mean something else. */
  inPrograms: readonly string[];
}

/**
 * Which words stand in a file of this machine, or in a folder's files. `unknown` where it cannot be looked into whole:
 * packed, too much, or not for us to read.
 */
export async function wordsOutside(
  path: string,
  words: SearchedWords,
): Promise<readonly string[] | "unknown"> {
  const found = new Set<string>();
  const seen = new Set<string>();
  let bytes = 0;

  const look = async (at: string): Promise<"looked into" | "unknown"> => {
    const real = await realpath(at).catch(() => undefined);
    // A link that leads nowhere holds no word.
    if (real === undefined || seen.has(real)) return "looked into";
    seen.add(real);
    const about = await stat(real);
    if (about.isDirectory()) {
      for (const name of await readdir(real))
        if ((await look(join(real, name))) === "unknown") return "unknown";
      return "looked into";
    }
    bytes += about.size;
    if (!about.isFile() || bytes > MOST_BYTES || seen.size > MOST_FILES) return "unknown";
    return lookInto(real, about);
  };

  const lookInto = async (file: string, { size }: Stats): Promise<"looked into" | "unknown"> => {
    if (isPacked(await Bun.file(file).slice(0, 8).bytes(), "first")) return "unknown";
    if (
      isPacked(
        await Bun.file(file)
          .slice(Math.max(0, size - END_BYTES))
          .bytes(),
        "last",
      )
    )
      return "unknown";
    let wanted: readonly string[] | undefined;
    let before = "";
    for await (const part of createReadStream(file, { highWaterMark: 1 << 20 })) {
      const text = before + (part as Buffer).toString("latin1");
      wanted ??= text.startsWith(PROGRAM) ? words.inPrograms : words.inTexts;
      for (const word of wanted) if (text.includes(word)) found.add(word);
      before = text.slice(-64);
    }
    return "looked into";
  };

  try {
    return (await look(path)) === "unknown" ? "unknown" : [...found];
  } catch {
    // Closed to us, or changed meanwhile.
    return "unknown";
  }
}

function isPacked(bytes: Uint8Array, part: "first" | "last"): boolean {
  const text = Buffer.from(bytes).toString("latin1");
  return part === "first" ? PACKED.some((sign) => text.startsWith(sign)) : text.includes(PACKED.at(-1) ?? "");
}
