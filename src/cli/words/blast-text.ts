import type { ApplicationEffect, Effect } from "../../core/model/blast-report.ts";
import { plainText } from "../terminal/plain-text.ts";
import type { Tone } from "../terminal/symbols.ts";
import type { Terminal } from "../terminal/terminal.ts";
import {
  type BlastReport,
  caused,
  dangersOf,
  diffItemOf,
  effectWords,
  limitsOf,
  notesOf,
  objectName,
} from "./blast-words.ts";
import { objectDiff } from "./object-diff.ts";

const LOOKS: Record<Effect, { tone: Tone; sign: string }> = {
  create: { tone: "good", sign: "+" },
  change: { tone: "behind", sign: "~" },
  delete: { tone: "bad", sign: "-" },
  hold: { tone: "paused", sign: "!" },
  stay: { tone: "dim", sign: "=" },
  run: { tone: "moving", sign: ">" },
  refuse: { tone: "bad", sign: "!" },
  unknown: { tone: "unknown", sign: "?" },
};

/** Application by application, for people; `fields` shows each difference. */
export function blastText(
  terminal: Terminal,
  report: BlastReport,
  { detail, nowMs }: { detail: "names" | "fields"; nowMs: number },
): string[] {
  return [
    ...report.applications.flatMap((effect) => [
      ...applicationLines(terminal, effect, { detail, nowMs }),
      "",
    ]),
    ...limitsOf(report).map((sentence) => terminal.paint("dim", plainText(sentence))),
  ];
}

function applicationLines(
  terminal: Terminal,
  effect: ApplicationEffect,
  { detail, nowMs }: { detail: "names" | "fields"; nowMs: number },
): string[] {
  const { paint, symbols } = terminal;
  const objects = caused(effect);
  const words = effect.is === "failed" ? "cannot be told" : effectWords(objects) || "nothing would change";
  const where = effect.cluster === "" ? "" : ` on ${plainText(effect.cluster)}`;
  return [
    `${paint("bold", effect.application)}${where}: ${words}`,
    ...objects.flatMap((object) => {
      const { tone, sign } = LOOKS[object.effect];
      const paths = object.fields.map(({ path }) => plainText(path));
      const some = `${paths.slice(0, 3).join(", ")}${paths.length > 3 ? ` ${symbols.ellipsis}` : ""}`;
      return `  ${paint(tone, `${sign} ${object.effect}`.padEnd(9))} ${plainText(objectName(object))}${some === "" ? "" : `   ${paint("dim", some)}`}`;
    }),
    ...dangersOf(effect).map((text) => `  ${paint("bad", symbols.warning)} ${plainText(text)}`),
    ...notesOf(effect).map((text) => `  ${paint("dim", plainText(text))}`),
    ...(detail === "names"
      ? []
      : objects.flatMap((object) => {
          const item = diffItemOf(object);
          return item === undefined ? [] : ["", ...objectDiff(terminal, item, nowMs)];
        })),
  ];
}
