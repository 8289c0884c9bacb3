/**
 * YAML to be written: the browser's own field, so that undoing, searching, input methods and readers of screens are what people
 * are used to, with the numbers of its lines beside it and what is wrong at its line.
 */
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import type { FieldProblem } from "../words/form-fields.ts";

export interface EditorProblem extends FieldProblem {
  /** From 1. */
  line: number;
  text: string;
}

interface YamlEditorProps {
  label: string;
  value: string;
  problems: readonly EditorProblem[];
  /** Rows in sight. */
  rows: number;
  onInput(value: string): void;
}

/** Pixels; the styles have the same. */
const LINE = 18;
const MOST_LISTED = 20;

export function YamlEditor({ label, value, problems, rows, onInput }: YamlEditorProps) {
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const numbers = useRef<HTMLDivElement>(null);
  // What was typed and not drawn yet: whoever types fast is ahead of what is drawn, and is not put back to it.
  const typed = useRef<string[]>([]);
  // What somebody else writes into the field (the form) leaves the cursor where it was.
  useLayoutEffect(() => {
    const element = area.current;
    const at = typed.current.indexOf(value);
    typed.current.splice(0, at === -1 ? typed.current.length : at + 1);
    if (at !== -1 || element === null || element.value === value) return;
    const { selectionStart, selectionEnd } = element;
    element.value = value;
    if (document.activeElement === element) element.setSelectionRange(selectionStart, selectionEnd);
  }, [value]);
  const lines = value.split("\n").length;
  const worst = new Map<number, EditorProblem["severity"]>();
  for (const { line, severity } of problems)
    if (worst.get(line) !== "error") worst.set(Math.min(line, lines), severity);
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const goTo = (line: number): void => {
    const element = area.current;
    if (element === null) return;
    const texts = value.split("\n");
    const from = texts.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
    element.focus();
    element.setSelectionRange(from, from + (texts[line - 1]?.length ?? 0));
    element.scrollTop = Math.max(0, (line - 4) * LINE);
  };
  const onKey = (event: KeyboardEvent): void => {
    const element = event.currentTarget as HTMLTextAreaElement;
    if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const { selectionStart, value: text } = element;
    const indent = /[^\n]*$/.exec(text.slice(0, selectionStart))?.[0].match(/^ */)?.[0] ?? "";
    if (indent === "") return;
    event.preventDefault();
    // As if it were typed: it can be undone.
    document.execCommand("insertText", false, `\n${indent}`);
  };
  return (
    <div class="yaml-editor">
      <div class="field" data-invalid={errors > 0}>
        <div class="numbers" ref={numbers} aria-hidden="true">
          <pre>{Array.from({ length: lines }, (_, at) => at + 1).join("\n")}</pre>
          {[...worst].map(([line, severity]) => (
            <span
              key={line}
              data-tone={severity === "error" ? "bad" : "behind"}
              style={{ top: `${(line - 1) * LINE + 8}px` }}
            >
              {severity === "error" ? "✗" : "!"}
            </span>
          ))}
        </div>
        <textarea
          ref={area}
          aria-label={label}
          aria-invalid={errors > 0}
          aria-describedby={problems.length > 0 ? id : undefined}
          wrap="off"
          rows={rows}
          spellcheck={false}
          autocomplete="off"
          autocapitalize="off"
          defaultValue={value}
          onInput={(event) => {
            typed.current.push(event.currentTarget.value);
            onInput(event.currentTarget.value);
          }}
          onKeyDown={onKey}
          onScroll={(event) => {
            if (numbers.current !== null) numbers.current.scrollTop = event.currentTarget.scrollTop;
          }}
        />
      </div>
      <ul
        id={id}
        class="line-problems"
        aria-label={`What is wrong in ${label}`}
        hidden={problems.length === 0}
      >
        {problems.slice(0, MOST_LISTED).map(({ severity, line, text }, at) => (
          <li key={`${line} ${at}`} data-tone={severity === "error" ? "bad" : "behind"}>
            <button type="button" class="link" onClick={() => goTo(line)}>
              Line {line}
            </button>{" "}
            {severity === "warning" && "Warning: "}
            {text}
          </li>
        ))}
        {problems.length > MOST_LISTED && <li>and {problems.length - MOST_LISTED} more</li>}
      </ul>
    </div>
  );
}
