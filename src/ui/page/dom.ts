import { lookOf } from "./states.ts";
import { ago } from "./words.ts";

type Child = Node | string | undefined;
type Attributes = Record<string, string | undefined>;

/** An element with attributes and children. Text is always text: nothing here reads markup. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/** The element of the page's own markup with that id. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element as T;
}

const SVG = "http://www.w3.org/2000/svg";

/** A state's shape, tone and word. */
export function stateOf(word: string, kind: "pill" | "bare" = "pill"): HTMLElement {
  const { tone, shape } = lookOf(word);
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#shape-${shape}`);
  picture.append(use);
  return el("span", { class: kind === "pill" ? "state" : "state bare", "data-tone": tone }, picture, word);
}

/** How long ago that was; `tickTimes` keeps it true. */
export function agoOf(at: string): HTMLElement {
  const title = new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" });
  return el("time", { datetime: at, title, "data-ago": "" }, ago(at, Date.now()));
}

/** A time to come, in the reader's own zone. */
export function untilOf(at: string): HTMLElement {
  const words = new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  return el("time", { datetime: at }, words);
}

/** Writes the relative times within anew, and touches nothing else. */
export function tickTimes(within: ParentNode): void {
  for (const time of within.querySelectorAll<HTMLTimeElement>("time[data-ago]")) {
    const words = ago(time.dateTime, Date.now());
    if (time.textContent !== words) time.textContent = words;
  }
}

/** @param name of its class, where it looks otherwise than others */
export function tableOf(heads: readonly string[], rows: readonly HTMLElement[][], name = ""): HTMLElement {
  const head = el("tr", {}, ...heads.map((word) => el("th", { scope: "col" }, word)));
  const body = rows.map((cells) => el("tr", {}, ...cells));
  return el(
    "div",
    { class: `table ${name}`.trim() },
    el("table", {}, el("thead", {}, head), el("tbody", {}, ...body)),
  );
}
