/** Reads tar archives of the plain forms, about which all readers agree. */

export type TarEntry =
  | {
      is: "file";
      name: string /** Every name that some reader may give it, its header's among them. */;
      names: readonly string[];
      content: Uint8Array;
    }
  | { is: "link"; name: string; target: string }
  | { is: "hard-link"; name: string }
  | { is: "folder"; name: string };

/** Any other form. Its message goes on from "the archive". */
export class OddTar extends Error {}

const BLOCK = 512;

const ODD_KINDS: Readonly<Record<string, string>> = { 3: "a device", 4: "a device", 6: "a pipe" };

/** @throws {OddTar} */
export function readTar(archive: Uint8Array): TarEntry[] {
  const entries: TarEntry[] = [];
  let longNames: string[] = [];
  let longTarget: string | undefined;
  if (archive.length < BLOCK) throw new OddTar("is no tar archive");
  for (let at = 0; at < archive.length; ) {
    if (at + BLOCK > archive.length) throw new OddTar("is cut off");
    const header = archive.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) break;
    if (numberAt(header, 148, 8) !== checksum(header)) throw new OddTar("is damaged");
    const type = String.fromCharCode(header[156] ?? 0);
    const written = numberAt(header, 124, 12);
    if (written === undefined) throw new OddTar("holds a file of a size that is not written plainly");
    // Links, devices and folders have no content, whatever their header says.
    const size = "123456".includes(type) ? 0 : written;
    const start = at + BLOCK;
    if (start + size > archive.length) throw new OddTar("is cut off");
    const content = archive.subarray(start, start + size);
    at = start + Math.ceil(size / BLOCK) * BLOCK;
    const [prefix, own] = [textAt(header, 345, 155), textAt(header, 0, 100)];
    const name = longNames.at(-1) ?? (prefix === "" ? own : `${prefix}/${own}`);
    switch (type) {
      case "0":
      case "\0":
        entries.push({ is: "file", name, names: [`${prefix}/${own}`, ...longNames], content });
        break;
      case "1":
        entries.push({ is: "hard-link", name });
        break;
      case "2":
        entries.push({ is: "link", name, target: longTarget ?? textAt(header, 157, 100) });
        break;
      case "5":
        entries.push({ is: "folder", name });
        break;
      case "x": {
        const records = paxRecords(content);
        if (records === undefined || records.some(([key]) => key === "size" || key.startsWith("GNU.sparse")))
          throw new OddTar("holds a file in an unusual form");
        for (const [key, value] of records) {
          if (key === "path") longNames.push(value);
          if (key === "linkpath") longTarget = value;
        }
        continue;
      }
      case "L":
        longNames.push(textAt(content, 0, content.length));
        continue;
      case "K":
        longTarget = textAt(content, 0, content.length);
        continue;
      case "g":
        continue;
      default:
        throw new OddTar(
          `holds ${JSON.stringify(name)}, which is ${ODD_KINDS[type] ?? "neither file, folder nor link"}`,
        );
    }
    longNames = [];
    longTarget = undefined;
  }
  return entries;
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
