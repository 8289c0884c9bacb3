import type { ObjectHead } from "./stream-types.ts";

/**
 * The order in which API servers write an event of an object that is there. Nothing before these fields can hold a
 * quotation mark of its own, so what is matched are the fields themselves and never a text that looks like them.
 */
const HEAD =
  /^\{"type":"(?:ADDED|MODIFIED)","object":\{"kind":"[^"\\]*","apiVersion":"[^"\\]*","metadata":\{"name":"([^"\\]*)",(?:"generateName":"[^"\\]*",)?(?:"namespace":"([^"\\]*)",)?"uid":"([^"\\]*)","resourceVersion":"([^"\\]*)"/;

/**
 * What a line of a watch begins with, read without parsing the rest: most events say what our own write was answered
 * with. @returns undefined where it does not begin like that, and has to be parsed
 */
export function eventHead(line: string): ObjectHead | undefined {
  const found = HEAD.exec(line);
  if (found === null) return undefined;
  const [, name = "", namespace, uid = "", resourceVersion = ""] = found;
  return { namespace, name, uid, resourceVersion };
}
