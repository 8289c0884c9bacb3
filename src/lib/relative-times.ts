import { ago } from "./ago.ts";

/** A part of a sentence; `at`: it stands for this time, RFC 3339. */
export interface TimedPart {
  text: string;
  at?: string;
}

/** RFC 3339 in UTC, as the daemon's sentences have it, with the word before it that says how it is meant. */
const TIME = /(?:\b(since|at|until) )?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/g;

/** A sentence whose times are said from now: `since T` is `for 25 min`, `at T` is `in 30 s` or `25 min ago`. */
export function relativeTimes(text: string, nowMs: number): TimedPart[] {
  const parts: TimedPart[] = [];
  let end = 0;
  for (const { 0: whole, 1: word, 2: at = "", index } of text.matchAll(TIME)) {
    if (index > end) parts.push({ text: text.slice(end, index) });
    parts.push({ text: said(word, at, nowMs), at });
    end = index + whole.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

/** The same as one text. */
export function withRelativeTimes(text: string, nowMs: number): string {
  return relativeTimes(text, nowMs)
    .map((part) => part.text)
    .join("");
}

function said(word: string | undefined, at: string, nowMs: number): string {
  const leftMs = Date.parse(at) - nowMs;
  if (Number.isNaN(leftMs)) return word === undefined ? at : `${word} ${at}`;
  if (leftMs > 0) return `${word === "until" ? "for another" : "in"} ${span(leftMs)}`;
  if (word === "since") return leftMs > -10_000 ? "since just now" : `for ${span(-leftMs)}`;
  return word === "until" ? `until ${ago(at, nowMs)}` : ago(at, nowMs);
}

/** `25 min`: as `ago` has it, without that word. */
function span(ms: number): string {
  const words = ago(new Date(0).toISOString(), ms).replace(/ ago$/, "");
  return words === "just now" ? `${Math.max(1, Math.floor(ms / 1_000))} s` : words;
}
