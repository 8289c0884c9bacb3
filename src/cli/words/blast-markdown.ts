/** A report for a pull request. What comes from commits and clusters is text there, and never markup. */
import type { ApplicationEffect, ObjectEffect } from "../../core/model/blast-report.ts";
import { plainText } from "../terminal/plain-text.ts";
import { createTerminal, type Terminal } from "../terminal/terminal.ts";
import {
  type BlastReport,
  blastHeadline,
  caused,
  dangersOf,
  diffItemOf,
  effectWords,
  isAffected,
  limitsOf,
  notesOf,
  objectName,
} from "./blast-words.ts";
import { andMore, count } from "./count.ts";
import { objectDiff } from "./object-diff.ts";

/** GitHub's limit for a comment; GitLab's is a million. */
const GITHUB_CHARACTERS = 65_536;
/** For the sentence that says what was left out. */
const RESERVED = 800;
/** More rows than that are read by nobody. */
const MOST_ROWS = 200;
const MOST_SENTENCES = 20;
/** What a tool failed with may be pages. */
const LONGEST_SENTENCE = 600;

/**
 * At most `most` characters: whole sections, the most important first, and a sentence on what was left out.
 * @param nowMs for the ages of what others set, milliseconds since 1970
 */
export function blastMarkdown(
  report: BlastReport,
  { most = GITHUB_CHARACTERS, nowMs }: { most?: number; nowMs: number },
): string {
  const affected = report.applications.filter(isAffected);
  const parts: string[] = [];
  let length = RESERVED;
  const put = (text: string): "put" | "full" => {
    if (length + text.length + 2 > most) return "full";
    parts.push(text);
    length += text.length + 2;
    return "put";
  };
  const left: string[] = [];
  put(head(report));
  if (affected.length > 0 && put(table(affected)) === "full") left.push("the table of applications");
  const dangers = affected.flatMap((effect) =>
    dangersOf(effect).map((text) => `- ${code(effect.application)}: ${escaped(shortened(text))}`),
  );
  if (dangers.length > 0 && put(list("**Look at this before you merge**", dangers)) === "full")
    left.push(`${count(dangers.length, "warning")}`);
  const limits = limitsOf(report).map((text) => `- ${escaped(text)}`);
  if (limits.length > 0 && put(list("**What this does not tell**", limits)) === "full")
    left.push("what this does not tell");
  const undetailed: string[] = [];
  for (const effect of affected) {
    const text = details(effect, most - length, nowMs);
    if (text === undefined) continue;
    if (text === "full" || put(text) === "full") undetailed.push(effect.application);
  }
  if (undetailed.length > 0)
    left.push(
      `the differences of ${count(undetailed.length, "application")} (${undetailed.slice(0, 5).join(", ")}${undetailed.length > 5 ? ", …" : ""})`,
    );
  if (left.length > 0)
    parts.push(
      `_Left out, because this text may have ${most} characters: ${escaped(left.join("; ")).slice(0, 500)}. The command line shows all of it: ${code("holdfast blast -o wide")}_`,
    );
  return `${parts.join("\n\n")}\n`;
}

function head(report: BlastReport): string {
  const { repository, base, head: end, into } = report;
  return [
    "### What merging this would do",
    "",
    blastHeadline(report),
    "",
    `${code(`${base.asked === "" ? into : base.asked}..${end.asked}`)} at ${code(end.commit.slice(0, 12))}, merged into ${code(into)} of ${code(repository)}, against the clusters as they are now.`,
  ].join("\n");
}

function table(affected: readonly ApplicationEffect[]): string {
  const rows = affected.slice(0, MOST_ROWS).map((effect) => {
    const words =
      effect.is === "failed" ? "cannot be told" : effectWords(caused(effect)) || wordsWithoutObjects(effect);
    const sync = effect.syncs === "by-itself" ? "by itself" : "by hand";
    return `| ${code(effect.application)} | ${code(effect.cluster || "-")} | ${sync} | ${words} |`;
  });
  const more = affected.length - rows.length;
  return [
    "| Application | Cluster | Syncs | Objects |",
    "|---|---|---|---|",
    ...rows,
    ...(more > 0 ? [`| and ${more} more | | | |`] : []),
  ].join("\n");
}

function wordsWithoutObjects({ manifest }: ApplicationEffect): string {
  return manifest?.is === "removed" ? "it would be removed" : "its sync is refused";
}

function list(title: string, lines: readonly string[]): string {
  const more = lines.length - MOST_SENTENCES;
  return [title, "", ...lines.slice(0, MOST_SENTENCES), ...(more > 0 ? [`- and ${more} more`] : [])].join(
    "\n",
  );
}

/** Undefined where there is nothing to fold out; `full` where not even one difference fits. */
function details(effect: ApplicationEffect, room: number, nowMs: number): string | "full" | undefined {
  if (effect.is === "failed") return undefined;
  const objects = caused(effect);
  const diffs = objects.flatMap((object) => {
    const text = fenced(object, nowMs);
    return text === undefined ? [] : [{ text, name: objectName(object) }];
  });
  const others = objects.filter((object) => diffItemOf(object) === undefined);
  const notes = notesOf(effect);
  const open = `<details><summary><b>${html(effect.application)}</b>: ${html(effectWords(objects) || "nothing")}</summary>`;
  const close = "</details>";
  const said = [
    ...(others.length === 0
      ? []
      : [
          others
            .slice(0, MOST_ROWS)
            .map((object) => `- ${object.effect}: ${code(objectName(object))}`)
            .join("\n"),
        ]),
    ...(notes.length === 0
      ? []
      : [
          notes
            .slice(0, MOST_SENTENCES)
            .map((text) => `- ${escaped(text)}`)
            .join("\n"),
        ]),
  ];
  const shown: string[] = [];
  const cut: string[] = [];
  let length = open.length + close.length + said.join("\n\n").length + 400;
  for (const { text, name } of diffs) {
    if (length + text.length + 2 > room) cut.push(name);
    else {
      shown.push(text);
      length += text.length + 2;
    }
  }
  if (length > room || (diffs.length > 0 && shown.length === 0)) return "full";
  const rest =
    cut.length === 0 ? [] : [`_Left out for their length: ${code(andMore(cut, 3).slice(0, 300))}_`];
  return [open, ...shown, ...rest, ...said, close].join("\n\n");
}

function fenced(object: ObjectEffect, nowMs: number): string | undefined {
  const item = diffItemOf(object);
  if (item === undefined) return undefined;
  const lines = objectDiff(PLAIN, item, nowMs).join("\n");
  // A longer fence than any in the text: what a commit says cannot end it.
  const longest = Math.max(2, ...[...lines.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}diff\n${lines}\n${fence}`;
}

const PLAIN: Terminal = createTerminal(
  { isTTY: false, write: () => undefined },
  { LC_ALL: "C.UTF-8" },
  "never",
);

/** A span of code that holds any text; a bar would end a cell of a table all the same. */
function code(text: string): string {
  const plain = plainText(text).replaceAll("|", "¦");
  const longest = Math.max(0, ...[...plain.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const ticks = "`".repeat(longest + 1);
  return longest === 0 ? `${ticks}${plain}${ticks}` : `${ticks} ${plain} ${ticks}`;
}

function shortened(text: string): string {
  return text.length <= LONGEST_SENTENCE ? text : `${text.slice(0, LONGEST_SENTENCE)}…`;
}

/** No link, mention, image, HTML or emphasis comes of it. */
function escaped(text: string): string {
  return html(plainText(text))
    .replace(/[\\`*_{}[\]()#+!|~>-]/g, "\\$&")
    .replace(/@/g, "@\u200b")
    .replace(/:\/\//g, ":\u200b//");
}

function html(text: string): string {
  return plainText(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
