import { canonicalJson } from "../../lib/canonical-json.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { hashSha256 } from "../../lib/hash.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { type Secrecy, secrecyOf } from "../../lib/secret-values.ts";
import { withoutUserinfo } from "../../lib/url-userinfo.ts";
import { CHANGED_MASK, MASK } from "../compare/index.ts";

/** Characters of JSON: of what was before, of what is after, and of the rest. */
const MOST = 8_192;
const LONG_TEXT = 1_024;
const LONG_LIST = 64;
const DEEPEST = 64;

/** Below these stands what people write, in which values of charts may be. */
const SPECS: ReadonlySet<string> = new Set(["spec", "source", "sources"]);

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * What may be kept of a value for ever: as JSON, values of Secrets masked by their kind, names and passwords out of
 * addresses, and no larger than a page of text.
 *
 * Source: security-and-reliability, SL-1, SL-2, SL-7.
 */
export function cleaned(value: unknown): unknown {
  return bounded(walked(value, "plain", "named-by-kind", 0));
}

/**
 * Two states of one thing. Where they are large only what differs is kept. What looks secret by the name of its key is
 * masked too: these are specs, in which people write values of charts. A value that changed behind its mask says so.
 */
export function cleanedPair(before: unknown, after: unknown): { before?: unknown; after?: unknown } {
  const old = walked(before, "plain", "named-by-key", 0);
  const fresh = walked(after, "plain", "named-by-key", 0);
  if (before === undefined) return { after: bounded(fresh) };
  if (after === undefined) return { before: bounded(old) };
  const marked = withChangesMarked(before, after, fresh);
  if (sizeOf(old) + sizeOf(marked) <= MOST) return { before: old, after: marked };
  const [left, right] = differing(old, marked);
  return { before: bounded(left), after: bounded(right) };
}

/** A text of somebody else: without control characters, and no longer than this. */
export function cleanedText(text: string, most: number): string {
  const plain = withoutUserinfo(text.replace(/[\p{Cc}\p{Cf}]+/gu, " ")).trim();
  return plain.length <= most ? plain : `${plain.slice(0, most - 1)}…`;
}

type Names = "named-by-kind" | "named-by-key";

function walked(value: unknown, is: Secrecy, names: Names, depth: number): unknown {
  if (depth > DEEPEST) return "…";
  if (typeof value === "string") return is === "secret" ? MASK : plainText(value, names);
  if (typeof value === "number")
    return is === "secret" ? MASK : Number.isFinite(value) ? value : String(value);
  if (typeof value === "bigint") return is === "secret" ? MASK : String(value);
  if (typeof value === "boolean" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => walked(item, is, names, depth + 1) ?? null);
  if (typeof value !== "object") return undefined;
  if ("toJSON" in value && typeof value.toJSON === "function")
    return walked(value.toJSON(), is, names, depth + 1);
  const fields = value as Record<string, unknown>;
  const isSecret = fields["kind"] === "Secret";
  // `{name: db.password, value: …}`, as parameters are written.
  const named = names === "named-by-key" && typeof fields["name"] === "string" ? fields["name"] : "";
  const out: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(fields)) {
    if (key === LAST_APPLIED) continue;
    const holds = isSecret && (key === "data" || key === "stringData");
    const above = holds || (key === "value" && secrecyOf(named, "plain") === "secret") ? "secret" : is;
    const inside = names === "named-by-key" && !holds ? secrecyOf(key, above) : above;
    const shown = walked(inner, inside, SPECS.has(key) ? "named-by-key" : names, depth + 1);
    // A key of this name would set what objects inherit from.
    if (shown !== undefined && key !== "__proto__") out[key] = shown;
  }
  return out;
}

/** Values of charts are written as a text too: lines of it whose key tells of a secret. */
function plainText(text: string, names: Names): string {
  const plain = withoutUserinfo(text);
  if (names === "named-by-kind" || !text.includes(":")) return plain;
  return plain.replace(
    /^([ \t-]*["']?([\w.-]+)["']?[ \t]*[:=][ \t]*)(\S.*)$/gm,
    (line, head: string, key: string) => (secrecyOf(key, "plain") === "secret" ? `${head}${MASK}` : line),
  );
}

/** Where a mask stands for a value that is another one than before. */
function withChangesMarked(before: unknown, after: unknown, shown: unknown): unknown {
  if (shown === MASK) return before === undefined || equalJson(before, after) ? MASK : CHANGED_MASK;
  if (isMapping(shown) && isMapping(before) && isMapping(after)) {
    return Object.fromEntries(
      Object.entries(shown).map(([key, inner]) => [key, withChangesMarked(before[key], after[key], inner)]),
    );
  }
  if (Array.isArray(shown) && Array.isArray(before) && Array.isArray(after))
    return shown.map((inner, at) => withChangesMarked(before[at], after[at], inner));
  return shown;
}

/** Both without what is the same in both. */
function differing(before: unknown, after: unknown): [unknown, unknown] {
  if (!isMapping(before) || !isMapping(after)) return [before, after];
  const [left, right]: [Record<string, unknown>, Record<string, unknown>] = [{}, {}];
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (equalJson(before[key], after[key])) continue;
    const [old, fresh] = differing(before[key], after[key]);
    if (old !== undefined) left[key] = old;
    if (fresh !== undefined) right[key] = fresh;
  }
  return [left, right];
}

function bounded(value: unknown): unknown {
  if (sizeOf(value) <= MOST) return value;
  const shortened = short(value);
  if (sizeOf(shortened) <= MOST) return shortened;
  const text = canonicalJson(value);
  return { leftOut: `${text.length} characters`, sha256: hashSha256(text) };
}

function short(value: unknown): unknown {
  if (typeof value === "string" && value.length > LONG_TEXT)
    return `${value.slice(0, LONG_TEXT)}… (${value.length} characters)`;
  if (Array.isArray(value)) {
    const kept = value.slice(0, LONG_LIST).map(short);
    return value.length > LONG_LIST ? [...kept, `… (${value.length - LONG_LIST} more)`] : kept;
  }
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, short(inner)]));
}

function sizeOf(value: unknown): number {
  return value === undefined ? 0 : canonicalJson(value).length;
}
