import { AnswerTooLong } from "../remote/http.ts";
import type { Answer, Api } from "./api.ts";
import type { Fields } from "./fields.ts";

/** What comes after a page. `maybe`: it does not say so, and whoever asks learns that there was nothing more. */
export type Then = { is: "last" } | { is: "next"; url: string } | { is: "maybe"; url: string };

export interface Page {
  items: readonly unknown[];
  then: Then;
}

export type ListApi = Pick<Api, "get" | "forget" | "fields" | "failure">;

export interface ListTerms<T> {
  first: string;
  /**
   * @param seen how many elements came before this page
   * @param size how many a page may have, as was asked for
   */
  page: (answer: Answer, seen: number, size: number) => Page;
  item: (fields: Fields) => T;
  /** What is one and the same on two pages. */
  key: (item: T) => string;
}

/** Nobody has as many open, and as many applications are a slip. */
const MOST_ITEMS = 20_000;
const MOST_PAGES = 1000;
const MOST_READINGS = 4;
/** Elements of a page, where what people wrote of a hundred is more than is read at once. */
const SMALLER_PAGES = [10, 1] as const;

/**
 * A whole list. Pages are counted by place, so what is closed between two of them moves others across the border, where
 * they are missed: a list of more than one page counts once two readings of it have the same elements.
 * @throws {Failure} for a page that is empty where more is said to follow, that comes again, or that leads elsewhere
 */
export async function readList<T>(api: ListApi, terms: ListTerms<T>): Promise<T[]> {
  let { first } = terms;
  for (const smaller of SMALLER_PAGES) {
    try {
      return await readTwice(api, { ...terms, first });
    } catch (cause) {
      if (!(cause instanceof AnswerTooLong)) throw cause;
      first = withSize(first, smaller);
    }
  }
  return readTwice(api, { ...terms, first });
}

async function readTwice<T>(api: ListApi, terms: ListTerms<T>): Promise<T[]> {
  let before: string | undefined;
  for (let reading = 0; reading < MOST_READINGS; reading++) {
    const { byKey, pages } = await readOnce(api, terms);
    if (pages === 1) return [...byKey.values()];
    // What is in them may be edited all the time, and then the last word counts.
    const found = JSON.stringify([...byKey.keys()].sort());
    if (found === before) return [...byKey.values()];
    before = found;
  }
  throw api.failure(
    "provider-unreachable",
    `its list changed each time it was read (${MOST_READINGS} times)`,
    "Wait until less is going on there",
  );
}

async function readOnce<T>(
  api: ListApi,
  terms: ListTerms<T>,
): Promise<{ byKey: Map<string, T>; pages: number }> {
  const { first, page, item, key } = terms;
  let hasKept = false;
  const byKey = new Map<string, T>();
  const asked = new Set<string>();
  let seen = 0;
  let then: Then = { is: "next", url: first };
  while (then.is !== "last") {
    const { url, is } = then;
    if (asked.has(url)) throw repeats(api);
    if (asked.size >= MOST_PAGES || seen > MOST_ITEMS)
      throw api.failure(
        "provider-unreachable",
        `its list has more than ${asked.size >= MOST_PAGES ? `${MOST_PAGES} pages` : `${MOST_ITEMS} elements`}`,
        "Ask for less: labels, a smaller group or project",
      );
    asked.add(url);
    const answer = await api.get(url);
    hasKept ||= answer.is === "kept";
    const read: Page = page(answer, seen, sizeIn(first));
    if (read.items.length === 0) {
      const isMissing = read.then.is === "next" || (is === "next" && asked.size > 1);
      if (isMissing && hasKept) {
        // A page that has not changed may have lost those after it, which only an answer that is sent whole tells.
        for (const each of asked) api.forget(each);
        return readOnce(api, terms);
      }
      if (isMissing)
        throw api.failure(
          "provider-unreachable",
          `page ${asked.size} of its list is empty, and more was said to be there`,
          "Wait, or look at the provider's own status",
        );
      break;
    }
    const knownBefore = byKey.size;
    read.items.forEach((raw, index) => {
      const one = item(api.fields(raw, `[${seen + index}]`));
      byKey.set(key(one), one);
    });
    if (byKey.size === knownBefore) throw repeats(api);
    seen += read.items.length;
    then = read.then;
  }
  return { byKey, pages: asked.size };
}

function repeats(api: ListApi): Error {
  return api.failure(
    "provider-unreachable",
    "a page of its list comes again and again",
    "Look at the provider, or at what lies before it",
  );
}

/** The address that a `Link` header calls `rel`. Source: RFC 8288. */
export function linkTo(rel: string, header: string | undefined): string | undefined {
  for (const [, url, parameters = ""] of (header ?? "").matchAll(/<([^>]*)>((?:\s*;\s*[^,;<]+)*)/g))
    if (new RegExp(`;\\s*rel="?(?:[^"]*\\s)?${rel}(?:\\s[^"]*)?"?\\s*(?:;|$)`).test(parameters)) return url;
  return undefined;
}

/** The same question, about the page after. */
export function pageAfter(url: string): string {
  const next = new URL(url);
  next.searchParams.set("page", String(Number(next.searchParams.get("page") ?? "1") + 1));
  return next.href;
}

/** What providers call the number of elements that a page may have. */
const SIZES = ["per_page", "limit", "pagelen", "$top"];

/** How many elements a question asks for at once. */
function sizeIn(url: string): number {
  const { searchParams } = new URL(url);
  return Number(SIZES.map((name) => searchParams.get(name)).find((size) => size !== null) ?? Number.NaN);
}

function withSize(url: string, size: number): string {
  const smaller = new URL(url);
  for (const name of SIZES) if (smaller.searchParams.has(name)) smaller.searchParams.set(name, String(size));
  return smaller.href;
}
