/** Lines of a log in rows of one height, of which those in sight are drawn. It stays at its end until somebody scrolls up. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useShortcuts } from "../app/shortcuts.ts";
import { zone } from "../store/zone.ts";
import type { Entry, Row } from "../words/log-book.ts";
import type { LogFilter } from "../words/log-filter.ts";
import { jsonLines, piecesOf, type Style } from "../words/log-line.ts";
import type { FollowedLog } from "./follow-log.ts";

/** Pixels; the style sheet has it too. */
const ROW = 18;
const BEYOND = 12;
/** Of a line that is one row. What is longer is read with lines wrapped. */
const MOST_IN_ROW = 2_000;
const FEWEST_COLUMNS = 20;
/** Where names have less room than what is written. */
const FEW_COLUMNS = 64;
const AT_END = 24;

export interface LogColumns {
  times: boolean;
  pods: boolean;
  containers: boolean;
}

export function LogRows({
  label,
  log: { book, version, gone },
  filter,
  wrap,
  columns: { times, pods, containers },
  empty,
}: {
  label: string;
  log: FollowedLog;
  filter: LogFilter | undefined;
  wrap: boolean;
  columns: LogColumns;
  /** What is said where there is no line. */
  empty: string;
}) {
  const box = useRef<HTMLElement>(null);
  const rule = useRef<HTMLSpanElement>(null);
  const [size, setSize] = useState({ width: 800, height: 400, letter: 7.2 });
  const [top, setTop] = useState(0);
  /** The last line that there was when somebody scrolled up; undefined: it is followed. */
  const [seenTo, setSeenTo] = useState<number>();
  const [chosen, setChosen] = useState<number>();
  const [isFocused, setFocused] = useState(false);
  const [, setFolds] = useState(0);
  // Of a name its end tells Pods apart.
  const [mostOfPod, mostOfContainer] = size.width / size.letter < FEW_COLUMNS ? [6, 6] : [24, 16];
  const podWidth = pods ? widthOf(book.entries, ({ pod }) => pod, mostOfPod) : 0;
  const containerWidth = containers
    ? widthOf(book.entries, ({ container }) => container, mostOfContainer)
    : 0;
  const before =
    2 + (times ? 13 : 0) + (podWidth > 0 ? podWidth + 1 : 0) + (containerWidth > 0 ? containerWidth + 1 : 0);
  const fitting = Math.max(FEWEST_COLUMNS, Math.floor((size.width - 24) / size.letter) - before);
  book.wrap(wrap ? fitting : undefined);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const measure = (): void => {
      const letter = (rule.current?.getBoundingClientRect().width ?? 0) / 100;
      setSize({
        width: element.clientWidth,
        height: element.clientHeight,
        letter: letter > 0 ? letter : 7.2,
      });
    };
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  // At its end, or where somebody reads: what went at the beginning moves nothing.
  const goneBefore = useRef(gone);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    if (seenTo === undefined) element.scrollTop = element.scrollHeight;
    else if (gone > goneBefore.current) element.scrollTop -= (gone - goneBefore.current) * ROW;
    goneBefore.current = gone;
  }, [version, book.rows, seenTo, size]);
  useEffect(() => {
    // Another log.
    if (book.size === 0) {
      setSeenTo(undefined);
      setChosen(undefined);
    }
  }, [version]);

  const from = Math.max(0, Math.floor(top / ROW) - BEYOND);
  const rows = book.between(from, Math.ceil((top + size.height) / ROW) + BEYOND);
  const last = book.shown.at(-1)?.id ?? 0;
  const later = seenTo === undefined ? 0 : countAfter(book.shown, seenTo);
  const chosenEntry = chosen === undefined ? undefined : book.shown.find(({ id }) => id === chosen);
  const fold = (entry: Entry): void => {
    book.toggle(entry);
    setSeenTo(seenTo ?? last);
    setFolds((folds) => folds + 1);
  };
  const move = (steps: number): void => {
    const at = book.shown.findIndex(({ id }) => id === chosen);
    const next = at < 0 ? rows.find((_, row) => (from + row) * ROW >= top)?.entry : book.shown[at + steps];
    if (next === undefined) return;
    setSeenTo(seenTo ?? last);
    setChosen(next.id);
    const y = book.topOf(next) * ROW;
    const element = box.current;
    if (element !== null && (y < element.scrollTop || y + ROW > element.scrollTop + element.clientHeight))
      element.scrollTop = y - element.clientHeight / 2;
  };
  // For as long as the log has the focus, in place of what these keys do elsewhere.
  const keys = {
    ...{ down: () => move(1), up: () => move(-1) },
    open: () => chosenEntry !== undefined && fold(chosenEntry),
  };
  useShortcuts(isFocused ? keys : {});
  return (
    <div class="log-box">
      {chosen !== undefined && isFocused && <LeaveKey onLeave={() => setChosen(undefined)} />}
      <section
        class="log-rows"
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is to be reached by keys
        tabIndex={0}
        ref={box}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          setTop(scrollTop);
          const isAtEnd = scrollHeight - scrollTop - clientHeight < AT_END;
          if (isAtEnd) setSeenTo(undefined);
          else if (seenTo === undefined) setSeenTo(last);
        }}
        onFocus={() => setFocused(true)}
        onBlur={() => setFocused(false)}
      >
        <span class="rule" aria-hidden="true">
          <span ref={rule}>{"0".repeat(100)}</span>
        </span>
        <div class="all" style={{ height: `${book.rows * ROW}px` }}>
          {rows.map((row, at) => (
            // biome-ignore lint/a11y/noStaticElementInteractions lint/a11y/useKeyWithClickEvents: j, k and Enter do the same
            <div
              key={`${row.entry.id} ${row.at}`}
              class="log-line"
              style={{ transform: `translateY(${(from + at) * ROW}px)` }}
              data-level={row.entry.level}
              data-is={row.entry.is === "break" ? "break" : undefined}
              data-chosen={row.entry.id === chosen ? "yes" : undefined}
              onClick={() => setChosen(row.entry.id)}
            >
              <span class="sign">{row.at === 0 ? (row.entry.level ?? " ") : " "}</span>
              {times && <Fixed width={12} text={row.at === 0 ? clockOf(row.entry.time) : ""} />}
              {podWidth > 0 && <Fixed width={podWidth} text={row.at === 0 ? row.entry.pod : ""} />}
              {containerWidth > 0 && (
                <Fixed width={containerWidth} text={row.at === 0 ? row.entry.container : ""} />
              )}
              <Text row={row} filter={filter} />
            </div>
          ))}
          {book.rows === 0 && <span class="dim">{empty}</span>}
        </div>
      </section>
      {later > 0 && (
        <button type="button" class="later" onClick={() => setSeenTo(undefined)}>
          {later === 1 ? "1 new line" : `${later.toLocaleString("en")} new lines`} ↓
        </button>
      )}
      {chosenEntry !== undefined && (
        <p class="facts chosen">
          <span class="mono">{chosenEntry.time}</span>
          <span>{[chosenEntry.pod, chosenEntry.container].filter(Boolean).join(" · ")}</span>
          {(book.isOpen(chosenEntry) || jsonLines(chosenEntry.text) !== undefined) && (
            <button type="button" class="link" onClick={() => fold(chosenEntry)}>
              {book.isOpen(chosenEntry) ? "Fold its JSON" : "Open its JSON"}
            </button>
          )}
        </p>
      )}
    </div>
  );
}

/** Drawn last, it is the topmost that Escape closes. */
function LeaveKey({ onLeave }: { onLeave(): void }) {
  useShortcuts({ close: onLeave });
  return null;
}

function Text({ row: { entry, json, from, to }, filter }: { row: Row; filter: LogFilter | undefined }) {
  if (json !== undefined) return <span class="json">{json}</span>;
  const end = Math.min(to, from + MOST_IN_ROW);
  const found = filter === undefined || entry.is !== "line" ? [] : filter.places(entry.text);
  return (
    <span class="text">
      {piecesOf(entry, from, end, found).map(({ text, style, found: isFound }, at) =>
        isFound ? (
          <mark key={at} {...looks(style)}>
            {text}
          </mark>
        ) : style.color === undefined && !style.bold && !style.dim && !style.underline ? (
          text
        ) : (
          <span key={at} {...looks(style)}>
            {text}
          </span>
        ),
      )}
      {end < to && (
        <span class="dim">
          {" "}
          … and {(to - end).toLocaleString("en")} more characters: wrap lines to read them
        </span>
      )}
    </span>
  );
}

/** By attributes: the content policy lets nothing else colour a text. */
function looks({ color, bold, dim, underline }: Style): Record<string, string | undefined> {
  return {
    "data-color": color === undefined ? undefined : String(color),
    "data-bold": bold && "yes",
    "data-dim": dim && "yes",
    "data-underline": underline && "yes",
  };
}

function Fixed({ width, text }: { width: number; text: string }) {
  const shown = text.length > width ? `…${text.slice(1 - width)}` : text;
  return (
    <span class="fixed" title={shown === text ? undefined : text}>
      {shown.padEnd(width + 1)}
    </span>
  );
}

/** Of the last lines, so that a column keeps its place while lines come. */
function widthOf(entries: readonly Entry[], text: (entry: Entry) => string, most: number): number {
  let width = 0;
  for (const entry of entries.slice(-500)) width = Math.max(width, text(entry).length);
  return Math.min(width, most);
}

function countAfter(shown: readonly Entry[], id: number): number {
  let count = 0;
  for (let at = shown.length - 1; at >= 0 && (shown[at]?.id ?? 0) > id; at--) count += 1;
  return count;
}

/** `04:31:08.123`, in the zone that times are shown in; nothing where it is no time. */
function clockOf(time: string): string {
  const at = new Date(time);
  if (time === "" || Number.isNaN(at.getTime())) return "";
  if (zone.value === "UTC") return at.toISOString().slice("2026-11-23T".length, -1);
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}
