/** Every key that does something on the page, once: what handles them and the sheet that tells of them read it here. */
import { useEffect, useRef } from "preact/hooks";
import { areKeysOn } from "./key-setting.ts";
import { PLACES } from "./places.ts";

interface Shortcut {
  /** As `KeyboardEvent.key` has them; what needs Ctrl or the key before is handled by whoever it is of. */
  keys: readonly string[];
  /** For people. */
  shown: string;
  does: string;
}

const EVERYWHERE = {
  palette: { keys: [], shown: "Ctrl+K", does: "go anywhere, and do anything, by a few letters" },
  find: { keys: ["/"], shown: "/", does: "find applications" },
  close: { keys: ["Escape"], shown: "Esc", does: "close the topmost of what is open" },
  sheet: { keys: ["?"], shown: "?", does: "this sheet" },
} as const;
const LISTS = {
  down: { keys: ["j"], shown: "j, ↓", does: "down" },
  up: { keys: ["k"], shown: "k, ↑", does: "up" },
  open: { keys: ["Enter"], shown: "Enter", does: "open" },
  beside: { keys: ["o"], shown: "o", does: "open beside the list" },
  select: { keys: ["x"], shown: "x", does: "select" },
  range: { keys: ["X"], shown: "Shift+x", does: "select up to here" },
} as const;
/** Of the application that is shown, and of the row that the focus is on. */
const APPLICATION = {
  sync: { keys: ["s"], shown: "s", does: "review and sync" },
  diff: { keys: ["d"], shown: "d", does: "what differs" },
  history: { keys: ["h"], shown: "h", does: "history" },
  refresh: { keys: ["r"], shown: "r", does: "refresh" },
  "hard-refresh": { keys: ["R"], shown: "Shift+r", does: "refresh, and render again" },
  star: { keys: ["f"], shown: "f", does: "make it a favourite, or none" },
} as const;
/** Of the one that is shown alone. */
const PAGE = {
  view: { keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"], shown: "1 … 9", does: "its tabs" },
  logs: { keys: ["l"], shown: "l", does: "logs of what is open, or of what is not well" },
  link: { keys: ["c"], shown: "c", does: "copy the link" },
  actions: { keys: ["."], shown: ".", does: "all actions" },
  previous: { keys: ["["], shown: "[", does: "the resource before" },
  next: { keys: ["]"], shown: "]", does: "the resource after" },
} as const;
/** Of what has the focus: a diff, a graph. */
const WITHIN = {
  change: { keys: ["n", "p"], shown: "n, p", does: "next change and the one before, in a diff" },
  zoom: { keys: ["+", "-", "0"], shown: "+ - 0", does: "zoom, in a graph" },
} as const;

export const SHORTCUTS = {
  ...EVERYWHERE,
  ...LISTS,
  ...APPLICATION,
  ...PAGE,
  ...WITHIN,
} as const satisfies Readonly<Record<string, Shortcut>>;
export type ShortcutId = keyof typeof SHORTCUTS;

/** As the sheet has them. */
export const SHEET: readonly { title: string; lines: readonly Pick<Shortcut, "shown" | "does">[] }[] = [
  { title: "Everywhere", lines: Object.values(EVERYWHERE) },
  { title: "In lists", lines: Object.values(LISTS) },
  { title: "An application, and its row in the list", lines: Object.values(APPLICATION) },
  { title: "An application's page", lines: [...Object.values(PAGE), ...Object.values(WITHIN)] },
  { title: "Go to", lines: PLACES.map(({ key, word }) => ({ shown: `g ${key}`, does: word })) },
];

const ID_BY_KEY: ReadonlyMap<string, ShortcutId> = new Map(
  Object.entries(SHORTCUTS).flatMap(([id, { keys }]) => keys.map((key) => [key, id as ShortcutId] as const)),
);

/** @param key as it was pressed: of several keys of one shortcut which */
type Handler = (key: string) => void;
export type Handlers = Readonly<Partial<Record<ShortcutId, Handler>>>;

/** By the key, for whatever handles its keys by itself. */
export function handlersByKey(handlers: Handlers): Readonly<Record<string, Handler>> {
  return Object.fromEntries(
    Object.entries(handlers).flatMap(([id, act]) =>
      SHORTCUTS[id as ShortcutId].keys.map((key) => [key, act] as const),
    ),
  );
}

/** Those that are drawn, the topmost last. */
const drawn: { current: Handlers }[] = [];

/** For as long as it is drawn these keys do that, in place of what lies below. */
export function useShortcuts(handlers: Handlers): void {
  const latest = useRef(handlers);
  latest.current = handlers;
  useEffect(() => {
    drawn.push(latest);
    return () => void drawn.splice(drawn.indexOf(latest), 1);
  }, []);
}

/** Where letters are letters: fields, menus that one types into, and questions, which are answered first. */
const TYPED_INTO =
  "input, select, textarea, dialog, [contenteditable]:not([contenteditable=false]), [role=menu], [role=listbox]";

/** Fields in which nothing is written that Esc would throw away. A browser empties a search by the first Esc. */
function isLeftByEscape(field: Element): boolean {
  if (field instanceof HTMLSelectElement) return true;
  return (
    field instanceof HTMLInputElement &&
    (field.type === "checkbox" || (field.type === "search" && field.value === ""))
  );
}

/** Whether it may be a shortcut at all. */
export function isShortcut(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.isComposing || event.metaKey || event.ctrlKey || event.altKey)
    return false;
  const typedInto = event.target instanceof Element ? event.target.closest(TYPED_INTO) : null;
  if (typedInto !== null && !(event.key === "Escape" && isLeftByEscape(typedInto))) return false;
  if (document.querySelector("dialog[open]") !== null) return false;
  // Esc is no key that one types by mistake.
  return areKeysOn.value || event.key === "Escape";
}

/** @returns whether somebody took it */
export function pressed(event: KeyboardEvent): boolean {
  const id = ID_BY_KEY.get(event.key);
  const handler = id && drawn.findLast(({ current }) => current[id] !== undefined)?.current[id];
  if (handler === undefined) return false;
  event.preventDefault();
  event.stopPropagation();
  handler(event.key);
  return true;
}
