/** Where two texts differ, with a little of what is around. */
import type { PlainLine } from "./line-diff.ts";

/** Lines that are the same and shown beside one that is not. */
const AROUND = 3;

/** A run of lines. Places in the whole are from 0, numbers of lines from 1. */
export interface Hunk {
  /** The place of its first line among all, of both texts together. */
  from: number;
  /** The place after its last one. */
  to: number;
  /** Number that its first line has, or would have, in the text before, and in the one after. */
  before: number;
  after: number;
}

/** 1 where a line differs or stands near one that does, else 0. */
function nearChanges(lines: readonly Pick<PlainLine, "is">[]): Uint8Array {
  const near = new Uint8Array(lines.length);
  for (let at = 0; at < lines.length; at += 1)
    if (lines[at]?.is !== "same") near.fill(1, Math.max(0, at - AROUND), at + AROUND + 1);
  return near;
}

/** In their order; those that would touch are one. */
export function hunksOf(lines: readonly Pick<PlainLine, "is">[]): Hunk[] {
  const near = nearChanges(lines);
  const hunks: Hunk[] = [];
  let [before, after] = [1, 1];
  for (let at = 0; at < lines.length; at += 1) {
    const last = hunks.at(-1);
    if (near[at] === 1 && last?.to === at) last.to += 1;
    else if (near[at] === 1) hunks.push({ from: at, to: at + 1, before, after });
    const is = lines[at]?.is;
    if (is !== "new") before += 1;
    if (is !== "gone") after += 1;
  }
  return hunks;
}
