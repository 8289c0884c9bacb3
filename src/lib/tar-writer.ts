/** Writes tar archives of the plain form (ustar), which `tar` and lib/tar.ts read. */

const BLOCK = 512;

/**
 * @param name with `/`, at most 100 bytes behind its last one and 155 before
 * @throws {RangeError} where the name, or the size (8 GiB), does not fit
 */
export function tarHeader(name: string, size: number): Uint8Array {
  const cut = name.lastIndexOf("/");
  const [folder, own] = [cut === -1 ? "" : name.slice(0, cut), name.slice(cut + 1)];
  if (Buffer.byteLength(own) > 100 || Buffer.byteLength(folder) > 155 || size >= 8 ** 11)
    throw new RangeError(`${JSON.stringify(name)} does not fit into a tar archive`);
  const header = Buffer.alloc(BLOCK);
  header.write(own, 0);
  header.write("0000600\0", 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  header.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  header.write("00000000000\0", 136);
  header.write("0", 156);
  header.write("ustar\x0000", 257);
  header.write(folder, 345);
  header.fill(" ", 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

/** Behind content of so many bytes. */
export function tarPadding(size: number): Uint8Array {
  return new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
}

export const TAR_END: Uint8Array = new Uint8Array(2 * BLOCK);
