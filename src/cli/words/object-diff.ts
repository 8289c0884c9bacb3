import type { FieldDifference } from "../../core/model/comparison.ts";
import { FIELD_MANAGER } from "../../core/model/field-manager.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import { show } from "../../core/model/object-ref.ts";
import { plainObject } from "../../core/model/plain-object.ts";
import { ago } from "../../lib/ago.ts";
import { printYaml } from "../../lib/yaml.ts";
import { plainLines, plainText } from "../terminal/plain-text.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { type DiffLine, lineDiff } from "./line-diff.ts";
import { shortLines } from "./short-lines.ts";

/** One object as the API's `diff` has it. */
export interface DiffItem {
  group: string;
  kind: string;
  namespace: string;
  name: string;
  version: string;
  /** `unknown`: the cluster could not be asked. */
  change: "create" | "change" | "prune" | "none" | "unknown";
  hook: boolean;
  fields: FieldDifference[];
  live?: KubeObject;
  /** Absent where it would be pruned, and where nothing could be foretold. */
  predicted?: KubeObject;
  /** Why it was not compared. */
  why?: string;
}

/** What a sync would do to it. */
export function actionOf({
  change,
}: Pick<DiffItem, "change">): "create" | "update" | "prune" | "none" | "unknown" {
  return change === "change" ? "update" : change;
}

/**
 * One object in the manner of a unified diff: each field with both values, and who set the live one.
 * @param gone why it is to go
 */
export function objectDiff(
  terminal: Terminal,
  item: DiffItem,
  nowMs: number,
  gone = "is not in Git: to prune",
): string[] {
  const { paint } = terminal;
  const name = plainText(show(item));
  const heads = (live: string, desired: string): string[] => [
    paint("bold", `--- ${live}`),
    paint("bold", `+++ ${desired}`),
  ];
  switch (actionOf(item)) {
    case "none":
      return [];
    case "unknown":
      return [
        paint("bold", `=== ${name}: ${item.why === undefined ? "cannot be compared" : plainText(item.why)}`),
      ];
    case "create":
      return [
        ...heads("live     (is not there)", `desired  ${name}`),
        ...written(terminal, block("+", item.predicted)),
      ];
    case "prune":
      return [
        ...heads(`live     ${name}`, `desired  (${gone})`),
        ...written(terminal, block("-", item.live && plainObject(item.live))),
      ];
    case "update":
      return [
        ...heads(`live     ${name}`, `desired  ${name}`),
        ...item.fields.flatMap((field) => fieldDiff(terminal, field, nowMs)),
      ];
  }
}

function fieldDiff(
  terminal: Terminal,
  { path, live, desired, owner }: FieldDifference,
  nowMs: number,
): string[] {
  // That it is as we left it is no news: Git, or what is gone back to, says otherwise.
  const who =
    owner === undefined || owner.manager === FIELD_MANAGER
      ? ""
      : `   ${terminal.paint("dim", `set by ${ownerWords(owner, nowMs)}`)}`;
  const lines = [`${terminal.paint("moving", `@@ ${plainText(path)} @@`)}${who}`];
  const isText =
    typeof live === "string" &&
    typeof desired === "string" &&
    (live.includes("\n") || desired.includes("\n"));
  const changed = isText
    ? lineDiff(live.split("\n"), desired.split("\n"))
    : [...block("-", live), ...block("+", desired)];
  return [...lines, ...written(terminal, changed)];
}

/** Two values as YAML, in the manner of a unified diff, without its heads. */
export function valueDiff(terminal: Terminal, before: unknown, after: unknown): string[] {
  const linesOf = (value: unknown): string[] => printYaml(value).trimEnd().split("\n");
  return written(terminal, lineDiff(linesOf(before), linesOf(after)));
}

/** `kubectl-edit (Update) 2 min ago`. */
function ownerWords(
  { manager, operation, time, subresource }: NonNullable<FieldDifference["owner"]>,
  nowMs: number,
): string {
  const when = ago(time, nowMs);
  return plainText(
    `${manager} (${operation}${subresource === "" ? "" : ` of ${subresource}`})${when === "" ? "" : ` ${when}`}`,
  );
}

/** A value as YAML, each line with its sign; nothing where there is none. */
function block(sign: "-" | "+", value: unknown): DiffLine[] {
  if (value === undefined) return [];
  return printYaml(value)
    .trimEnd()
    .split("\n")
    .map((text) => ({ sign, text }));
}

function written(terminal: Terminal, lines: readonly DiffLine[]): string[] {
  return shortLines(lines).map((line) => signed(terminal, line));
}

function signed({ paint, symbols }: Terminal, { sign, text }: DiffLine): string {
  if (sign === " " && text === "…") return paint("dim", symbols.ellipsis);
  return paint(sign === "-" ? "bad" : sign === "+" ? "good" : "plain", `${sign}${plainLines(text)}`);
}
