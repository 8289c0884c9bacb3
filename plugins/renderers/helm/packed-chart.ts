import { gunzipSync } from "node:zlib";
import { Failure } from "../../../src/core/model/failure.ts";

/** Of one packed chart, unpacked; DS-3. */
const MAX_UNPACKED_BYTES = 100 * 1024 * 1024;
const BLOCK = 512;

export interface PackedFile {
  /** Every name that a reader may give it: its header's, and those of long forms before it. */
  names: readonly string[];
  content: Uint8Array;
}

/** @throws {Failure} render for a package that is damaged or too large */
export function unpacked(path: string, content: Uint8Array): Uint8Array {
  try {
    return gunzipSync(content, { maxOutputLength: MAX_UNPACKED_BYTES });
  } catch (cause) {
    const tooLarge =
      cause instanceof RangeError ||
      (cause instanceof Error && "code" in cause && cause.code === "ERR_BUFFER_TOO_LARGE");
    throw cannotRender(
      path,
      tooLarge
        ? `the packed chart unpacks to more than ${MAX_UNPACKED_BYTES >> 20} MiB`
        : "the packed chart is damaged",
      "Pack it with helm package",
      cause,
    );
  }
}

/**
 * The files of an unpacked archive. Takes only plain forms of tar, about which all readers agree.
 * @throws {Failure} render for any other form
 */
export function filesOf(path: string, archive: Uint8Array): PackedFile[] {
  const files: PackedFile[] = [];
  const odd = (what: string): Failure =>
    cannotRender(
      path,
      `the packed chart ${what}`,
      "Pack it with helm package, or unpack it into the charts folder",
    );
  let longNames: string[] = [];
  for (let at = 0; at + BLOCK <= archive.length; ) {
    const header = archive.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) break;
    if (numberAt(header, 148, 8) !== checksum(header)) throw odd("is damaged");
    const type = String.fromCharCode(header[156] ?? 0);
    const written = numberAt(header, 124, 12);
    if (written === undefined) throw odd("holds a file of a size that is not written plainly");
    // Links, devices and folders have no content, whatever their header says.
    const size = "123456".includes(type) ? 0 : written;
    const start = at + BLOCK;
    if (start + size > archive.length) throw odd("is cut off");
    const content = archive.subarray(start, start + size);
    at = start + Math.ceil(size / BLOCK) * BLOCK;
    switch (type) {
      case "0":
      case "\0":
        files.push({
          names: [`${textAt(header, 345, 155)}/${textAt(header, 0, 100)}`, ...longNames],
          content,
        });
        longNames = [];
        break;
      case "x": {
        const records = paxRecords(content);
        if (records === undefined || records.some(([key]) => key === "size" || key.startsWith("GNU.sparse")))
          throw odd("holds a file in an unusual form");
        longNames.push(...records.flatMap(([key, value]) => (key === "path" ? [value] : [])));
        break;
      }
      case "L":
        longNames.push(textAt(content, 0, content.length));
        break;
      case "K":
      case "g":
        break;
      case "1":
      case "2":
      case "5":
        longNames = [];
        break;
      default:
        throw odd(`holds an entry of type ${JSON.stringify(type)}`);
    }
  }
  return files;
}

/** `length key=value\n`, one after the other; undefined for any other form. */
function paxRecords(content: Uint8Array): [key: string, value: string][] | undefined {
  const records: [string, string][] = [];
  for (let rest = Buffer.from(content); rest.length > 0; ) {
    const space = rest.indexOf(" ");
    const length = Number(rest.toString("latin1", 0, Math.max(0, space)));
    if (!Number.isInteger(length) || length <= space + 2 || length > rest.length) return undefined;
    const record = rest.toString("utf8", space + 1, length);
    const equals = record.indexOf("=");
    if (equals < 1 || !record.endsWith("\n")) return undefined;
    records.push([record.slice(0, equals), record.slice(equals + 1, -1)]);
    rest = rest.subarray(length);
  }
  return records;
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  const text = Buffer.from(bytes.subarray(at, at + length)).toString("utf8");
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

/** Octal; undefined for the binary form. */
function numberAt(header: Uint8Array, at: number, length: number): number | undefined {
  const digits = textAt(header, at, length).trim();
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || "0", 8) : undefined;
}

function checksum(header: Uint8Array): number {
  let sum = 0;
  for (const [at, byte] of header.entries()) sum += at >= 148 && at < 156 ? 0x20 : byte;
  return sum;
}

function cannotRender(path: string, why: string, fix: string, cause?: unknown): Failure {
  return new Failure("render", path, "after-edit", { cannot: "render", why, fix, cause });
}
