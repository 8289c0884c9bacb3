/** Of two lines, one in the other's place: which words of it are other ones. */
import { sequenceDiff } from "../../lib/line-diff.ts";

export interface WordPart {
  is: "same" | "other";
  text: string;
}

/** Words of a line beyond which only its beginning and its end are held against the other's. */
const MOST_WORDS = 300;
/** Of all characters: where less is the same, the line is another one as a whole. */
const LEAST_SAME = 0.25;

/** @param twin the line that it is held against; absent: there is none, and nothing of it is marked */
export function wordParts(text: string, twin: string | undefined): WordPart[] {
  if (twin === undefined || text === twin) return text === "" ? [] : [{ is: "same", text }];
  const [own, others] = [wordsIn(text), wordsIn(twin)];
  const parts =
    own.length + others.length > 2 * MOST_WORDS
      ? byEnds(text, twin)
      : joined(
          sequenceDiff(others, own).flatMap(({ is, text: word }): WordPart[] =>
            is === "gone" ? [] : [{ is: is === "same" ? "same" : "other", text: word }],
          ),
        );
  const same = parts.reduce((sum, { is, text: part }) => sum + (is === "same" ? part.trim().length : 0), 0);
  return same < LEAST_SAME * text.trim().length ? [{ is: "same", text }] : parts;
}

/** Characters that are kept before what differs: `payments-worker:4.` tells what the `1` is of. */
const KEPT = 14;
/** Of what is to be in sight; what differs further on is told to whoever points at it. */
const MOST_REST = 60;

/** A line in whose beginning some may be left out, so that what differs is seen where there is little room. */
export interface CutLine {
  /** May lose its end. */
  head: string;
  rest: WordPart[];
  /** Characters from there to the end of what differs. */
  needs: number;
}

/** @returns undefined where nothing of it differs, or that stands near its beginning */
export function cutLine(parts: readonly WordPart[]): CutLine | undefined {
  const [first, ...more] = parts;
  const last = parts.findLastIndex(({ is }) => is === "other");
  if (first?.is !== "same" || last < 0 || first.text.length <= 2 * KEPT) return undefined;
  const head = first.text.slice(0, -KEPT);
  const rest: WordPart[] = [{ is: "same", text: first.text.slice(-KEPT) }, ...more];
  const needs = rest.slice(0, last + 1).reduce((sum, { text }) => sum + text.length, 0);
  return { head, rest, needs: Math.min(needs, MOST_REST) };
}

/** A line parted where its text begins: what wraps of it goes on there. */
export interface IndentedLine {
  indent: WordPart[];
  text: WordPart[];
}

export function indented(parts: readonly WordPart[]): IndentedLine {
  const at = parts.findIndex(({ text }) => text.trimStart() !== "");
  const first = parts[at];
  if (first === undefined) return { indent: [...parts], text: [] };
  const { is } = first;
  const text = first.text.trimStart();
  const space = first.text.slice(0, -text.length);
  return {
    indent: joined([...parts.slice(0, at), { is, text: space }]),
    text: [{ is, text }, ...parts.slice(at + 1)],
  };
}

function wordsIn(text: string): string[] {
  return text.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? [];
}

function byEnds(text: string, twin: string): WordPart[] {
  const most = Math.min(text.length, twin.length);
  let start = 0;
  while (start < most && text[start] === twin[start]) start += 1;
  let end = 0;
  while (end < most - start && text[text.length - 1 - end] === twin[twin.length - 1 - end]) end += 1;
  return joined([
    { is: "same", text: text.slice(0, start) },
    { is: "other", text: text.slice(start, text.length - end) },
    { is: "same", text: text.slice(text.length - end) },
  ]);
}

function joined(parts: readonly WordPart[]): WordPart[] {
  const all: WordPart[] = [];
  for (const { is, text } of parts) {
    const last = all.at(-1);
    if (text === "") continue;
    if (last?.is === is) last.text += text;
    else all.push({ is, text });
  }
  return all;
}
