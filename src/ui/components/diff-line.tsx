/** One line of what differs: its numbers, its sign, what of it is another word, and who set it. */
import { keptOn } from "../../lib/kept-on.ts";
import { type DiffLine, type Setter, setterWords } from "../words/diff-rows.ts";
import { visibleParts } from "../words/visible-text.ts";
import { cutLine, indented, type WordPart, wordParts } from "../words/word-diff.ts";
import { Ago } from "./time.tsx";

const KINDS = { " ": "same", "-": "gone", "+": "new" } as const;
const SIGNS = { " ": " ", "-": "−", "+": "+" } as const;

export function kindOf({ sign }: DiffLine): "same" | "gone" | "new" {
  return KINDS[sign];
}

/** Both numbers, for texts that stand below each other. */
export function UnifiedLine({ line }: { line: DiffLine }) {
  return (
    <>
      <span class="no">{line.before}</span>
      <span class="no">{line.after}</span>
      <SignedLine line={line} />
    </>
  );
}

/** Of one side. @param line absent: nothing of it stands beside the other side's line */
export function HalfLine({ line, side }: { line: DiffLine | undefined; side: "before" | "after" }) {
  return (
    // What has no room is told to whoever points at it.
    <div class="half" data-is={line === undefined ? "none" : kindOf(line)} title={line && textOf(line)}>
      {line !== undefined && (
        <>
          <span class="no">{line[side]}</span>
          <SignedLine line={line} room="half" />
        </>
      )}
    </div>
  );
}

function textOf(line: DiffLine): string {
  return partsOf(line)
    .map(({ text }) => text)
    .join("");
}

/**
 * Its sign and its text.
 *
 * @param room `half`: of a long line the beginning gives way to what differs; `wraps`: it goes on below its own beginning
 */
export function SignedLine({ line, room = "whole" }: { line: DiffLine; room?: "whole" | "half" | "wraps" }) {
  const parts = partsOf(line);
  const cut = room === "half" ? cutLine(parts) : undefined;
  const { indent, text } = room === "wraps" ? indented(parts) : { indent: [], text: parts };
  return (
    <>
      <span class="sign">{SIGNS[line.sign]}</span>
      {indent.length > 0 && (
        <span class="indent">
          <Parts parts={indent} />
        </span>
      )}
      <span class="code">
        {cut !== undefined && (
          <span class="head" style={{ "--needs": `${cut.needs}ch` }}>
            <Visible text={cut.head} />
          </span>
        )}
        <Parts parts={cut?.rest ?? text} />
      </span>
      {line.setter !== undefined && <Who setter={line.setter} />}
    </>
  );
}

function Parts({ parts }: { parts: readonly WordPart[] }) {
  return (
    <>
      {parts.map(({ is, text }, at) =>
        is === "other" ? (
          <mark key={at}>
            <Visible text={text} />
          </mark>
        ) : (
          <Visible key={at} text={text} />
        ),
      )}
    </>
  );
}

/** Once, of lines that are in sight. */
const known = keptOn<DiffLine, readonly WordPart[]>();

function partsOf(line: DiffLine): readonly WordPart[] {
  const before = known.get(line);
  if (before !== undefined) return before;
  const parts = wordParts(line.text, line.twin);
  known.set(line, parts);
  return parts;
}

/** A text whose every character is seen. */
export function Visible({ text }: { text: string }) {
  return (
    <>
      {visibleParts(text).map((part, at) =>
        part.is === "text" ? (
          part.text
        ) : (
          <abbr key={at} title={part.name}>
            {part.sign}
          </abbr>
        ),
      )}
    </>
  );
}

/** Who set it: whole where the line leaves room, or on hover and focus. */
function Who({ setter }: { setter: Setter }) {
  return (
    <button type="button" class="who">
      <span aria-hidden="true">◂</span>
      <span class="told">
        <Visible text={setterWords(setter)} /> {setter.time !== "" && <Ago at={setter.time} />}
      </span>
    </button>
  );
}
