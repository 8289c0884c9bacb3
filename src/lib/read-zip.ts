import { crc32, inflateRawSync } from "node:zlib";

export interface ZipEntry {
  name: string;
  sizeBytes: number;
  /** @throws {Error} where the content is damaged */
  read(): Uint8Array;
}

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const STORED = 0,
  DEFLATED = 8;
/** Of the record at the end of the file, without its comment, which has at most 65,535 bytes. */
const END_BYTES = 22;

/**
 * The files of a zip archive that lies in memory; folders are left out. Sizes are those of the directory at its end.
 * Archives beyond 4 GiB (zip64) and encrypted entries are not known here.
 * @throws {Error} where `bytes` is no zip archive
 */
export function readZip(bytes: Uint8Array): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - END_BYTES;
  while (end >= 0 && view.getUint32(end, true) !== END_OF_DIRECTORY) end--;
  if (end < 0) throw new Error("this is no zip archive: it has no directory");
  const count = view.getUint16(end + 10, true);
  const entries: ZipEntry[] = [];
  for (let index = 0, at = view.getUint32(end + 16, true); index < count; index++) {
    if (view.getUint32(at, true) !== DIRECTORY_ENTRY)
      throw new Error(`the zip directory is damaged at entry ${index}`);
    const method = view.getUint16(at + 10, true),
      crc = view.getUint32(at + 16, true);
    const packed = view.getUint32(at + 20, true),
      sizeBytes = view.getUint32(at + 24, true);
    const nameLength = view.getUint16(at + 28, true);
    const header = view.getUint32(at + 42, true);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (name.endsWith("/")) continue;
    const read = (): Uint8Array => {
      const start = header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
      const data = bytes.subarray(start, start + packed);
      if (method !== STORED && method !== DEFLATED)
        throw new Error(`${name}: compression method ${method} is not known`);
      const content = method === STORED ? data : inflateRawSync(data, { maxOutputLength: sizeBytes });
      if (content.length !== sizeBytes || crc32(content) !== crc)
        throw new Error(`${name}: the content is damaged`);
      return content;
    };
    entries.push({ name, sizeBytes, read });
  }
  return entries;
}
