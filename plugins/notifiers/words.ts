/** What the notifiers share: other people's words made fit for a channel. */

import type { NotificationMessage } from "../../src/core/model/notification.ts";
import { isMapping } from "../../src/lib/is-mapping.ts";
import type { NotifierRequest } from "../../src/plugin/contract.ts";

/** One line without control characters or marks that turn its direction, at most so many characters. */
export function oneLine(text: string, most: number): string {
  return cut(text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, " ").trim(), most);
}

/** The same with its lines. */
export function someLines(text: string, most: number): string {
  return cut(
    text
      .replace(/\r\n?/g, "\n")
      .replace(/[\u202a-\u202e\u2066-\u2069]/g, "")
      .replace(/[^\P{Cc}\n\t]/gu, " ")
      .trim(),
    most,
  );
}

/** Never half of a character that takes two places. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** An address that may be a link: http and https alone, without who asks; undefined: it is none. */
export function safeUrl(href: string | undefined): string | undefined {
  const url = href === undefined ? null : URL.parse(href);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
    return undefined;
  return url.href;
}

/** What was written in place of our words, else title, reason and what is next, as lines. */
export function plainText(message: NotificationMessage, most: number): string {
  const { written, title, why, facts, next, link } = message;
  if (written?.message !== undefined) return someLines(written.message, most);
  const url = safeUrl(link?.href);
  const lines = [
    oneLine(title, 300),
    ...(why === undefined ? [] : [someLines(why, 1_500)]),
    ...linesOf(message),
    ...(facts.length === 0 ? [] : ["", ...facts.map(({ label, text }) => `${label}: ${oneLine(text, 300)}`)]),
    ...(next === undefined ? [] : ["", someLines(next, 500)]),
    ...(url === undefined ? [] : ["", url]),
  ];
  return someLines(lines.join("\n"), most);
}

/** Of a digest, a line each. */
export function linesOf({ lines = [], count = 0 }: NotificationMessage): string[] {
  const more = count - lines.length;
  return [
    ...lines.map(({ at, title }) => `${at.slice(11, 19)} ${oneLine(title, 150)}`),
    ...(lines.length > 0 && more > 0 ? [`and ${more} more`] : []),
  ];
}

export function jsonTo(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): NotifierRequest {
  return {
    by: "http",
    method: "POST",
    url,
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  };
}

/** JSON that a template wrote. @throws {Error} with what it is of */
export function jsonIn(text: string, what: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Error(`${what} of the template is no JSON`);
  }
}

/** Why an address in the settings is none; empty: it is one. */
export function wrongAddress(key: string, value: string | undefined): string[] {
  if (value === undefined) return [];
  const url = URL.parse(value);
  return url !== null && /^https?:$/.test(url.protocol) ? [] : [`${key} must be an http or https address`];
}

/** An address below a base, which keeps its own path. */
export function below(base: string, path: string): string {
  return `${base.replace(/\/+$/, "")}/${path.replace(/^\/+/, "")}`;
}

/** Texts by the names that recipients have, as JSON; undefined: it is none. */
function byRecipient(text: string | undefined): Record<string, string> | undefined {
  try {
    const read: unknown = JSON.parse(text ?? "{}");
    if (!isMapping(read) || !Object.values(read).every((each) => typeof each === "string")) return undefined;
    return read as Record<string, string>;
  } catch {
    return undefined;
  }
}

/** Which of two keys says it: one for all, or one for each recipient. @throws {Error} where none does */
export function forRecipient(
  one: string | undefined,
  each: string | undefined,
  recipient: string,
  key: string,
): string {
  const all = byRecipient(each) ?? {};
  const found = one ?? (Object.hasOwn(all, recipient) ? all[recipient] : undefined);
  if (found === undefined) throw new Error(`${key} has no ${JSON.stringify(cut(recipient, 60))}`);
  return found;
}

/** Why one of the two and not both is needed; empty: it is so. */
export function wrongPair(
  one: string | undefined,
  each: string | undefined,
  keys: readonly [string, string],
): string[] {
  if ((one === undefined) === (each === undefined))
    return [`one of ${keys.join(" and ")} is needed, and not both`];
  return byRecipient(each) === undefined ? [`${keys[1]} must be a JSON object of texts`] : [];
}

/** Why `url`, or each of `recipientUrls`, is no address, or both or none of them are there; empty: it is so. */
export function wrongUrls({ url, recipientUrls }: Readonly<Record<string, string>>): string[] {
  return [
    ...wrongPair(url, recipientUrls, ["url", "recipientUrls"]),
    ...Object.entries({ url, ...byRecipient(recipientUrls) }).flatMap(([key, value]) =>
      wrongAddress(key, value),
    ),
  ];
}
