/** What is said on the line of a terminal beside what is typed and shown, as JSON; those are bytes. */
import { isMapping } from "../../lib/is-mapping.ts";
import type { TerminalSize } from "./pod-exec.ts";

/** The name of it all among a WebSocket's protocols. */
export const TERMINAL_PROTOCOL = "terminal.holdfast.v1";
/** Before a token in base64url, among those protocols: a browser lets a page set no header of a WebSocket. */
export const TOKEN_PROTOCOL = "bearer.holdfast.v1.";

export type FromPage =
  | ({ is: "size" } & TerminalSize)
  /** So many bytes more were shown: there is room for as many. */
  | { is: "shown"; bytes: number };

export type ToPage =
  | { is: "began"; container: string; shell: string }
  /** The last one. `why`: a sentence without a full stop. `code`: what the shell ended with, where it did. */
  | { is: "ended"; why: string; code?: number };

const LONGEST = 200;
const MOST_CELLS = 1_000;

/** @returns undefined for what is none */
export function readMessage(text: string): FromPage | undefined {
  if (text.length > LONGEST) return undefined;
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isMapping(said)) return undefined;
  const { is, columns, rows, bytes } = said;
  if (is === "size" && isCount(columns) && isCount(rows) && columns <= MOST_CELLS && rows <= MOST_CELLS)
    return { is, columns, rows };
  if (is === "shown" && isCount(bytes)) return { is, bytes };
  return undefined;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}
