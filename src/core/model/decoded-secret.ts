/** What a Secret holds, decoded, for who reads it as settings. Reports repeat no value. */
import { isMapping } from "../../lib/is-mapping.ts";

/** `path`: of the field. */
export type Report = (path: string, text: string, fix?: string) => void;

/** `data` decoded, with `stringData` over it. */
export function decodedData(value: Record<string, unknown>, report: Report): Record<string, string> {
  const decoded: Record<string, string> = {};
  for (const [key, text] of Object.entries(textsOf(value["data"], "data", report))) {
    const bytes = fromBase64(text);
    if (bytes === undefined)
      report(`data.${key}`, "is not written in base64", "Write it under stringData as it is");
    else decoded[key] = bytes;
  }
  return { ...decoded, ...textsOf(value["stringData"], "stringData", report) };
}

/** @returns undefined where it is none */
export function fromBase64(text: string): string | undefined {
  const plain = text.replace(/\s/g, "");
  return /^[A-Za-z0-9+/]*={0,2}$/.test(plain) && plain.length % 4 === 0
    ? Buffer.from(plain, "base64").toString()
    : undefined;
}

/** A mapping of texts; what is none is reported and left out. */
export function textsOf(value: unknown, path: string, report: Report): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!isMapping(value)) {
    report(path, "must be a mapping");
    return {};
  }
  const entries = Object.entries(value).filter(([, text]) => text !== null);
  for (const [key, text] of entries) if (typeof text !== "string") report(`${path}.${key}`, "must be a text");
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
