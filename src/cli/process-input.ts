import type { Input } from "./host.ts";

const INTERRUPT = "\x03";
const END = "\x04";

type InputStream = NodeJS.ReadableStream & { isTTY?: boolean; setRawMode?(mode: boolean): unknown };

/**
 * Standard input as the command line reads it. What was read and not asked for yet is kept: two questions may be answered
 * by one paste.
 * @param interrupt does what Ctrl-C does: a terminal that shows nothing sends it as a character
 */
export function processInput(stream: InputStream, interrupt: () => void): Omit<Input, "text"> {
  let rest = "";
  let isOver = false;

  /** More of it, or undefined at its end. */
  async function more(): Promise<string | undefined> {
    if (isOver) return undefined;
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const onData = (chunk: unknown): void => resolve(String(chunk));
    const onEnd = (): void => {
      isOver = true;
      resolve(undefined);
    };
    stream.on("data", onData);
    stream.on("end", onEnd);
    stream.resume();
    try {
      return await promise;
    } finally {
      stream.pause();
      stream.off("data", onData);
      stream.off("end", onEnd);
    }
  }

  async function until(end: RegExp): Promise<string> {
    for (;;) {
      const found = end.exec(rest);
      if (found !== null) {
        const line = rest.slice(0, found.index);
        rest = rest.slice(found.index + found[0].length);
        return line;
      }
      const chunk = await more();
      if (chunk === undefined) {
        const line = rest;
        rest = "";
        return line;
      }
      if (chunk.includes(INTERRUPT)) {
        interrupt();
        throw new Error("interrupted");
      }
      rest += chunk;
    }
  }

  const line = (): Promise<string> => until(/\r?\n/);
  return {
    isTTY: stream.isTTY === true,
    line,
    async hiddenLine() {
      if (stream.isTTY !== true || stream.setRawMode === undefined) return line();
      stream.setRawMode(true);
      try {
        return withoutErased(await until(new RegExp(`\r\n?|\n|${END}`)));
      } finally {
        stream.setRawMode(false);
      }
    },
  };
}

/** A terminal that hides what is typed leaves the erase key to us: it takes away one character, Ctrl-U all of them. */
function withoutErased(typed: string): string {
  const kept: string[] = [];
  for (const character of typed) {
    if (character === "\x7f" || character === "\b") kept.pop();
    else if (character === "\x15") kept.length = 0;
    else kept.push(character);
  }
  return kept.join("");
}
