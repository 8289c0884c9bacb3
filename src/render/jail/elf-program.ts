/** Where the program lies when it runs, and where its code begins: behind the header and one entry of its table. */
const LOAD_AT = 0x40_0000n;
const HEADER = 64,
  ENTRY = 56;

/**
 * An ELF file of one segment, readable and executable, that begins with its first instruction. Source: elf(5).
 * @param machine `e_machine`: 62 is x64, 183 arm64
 * @param code and the data that it refers to by their distance
 */
export function elfProgram(machine: number, code: Uint8Array): Uint8Array {
  const file = Buffer.alloc(HEADER + ENTRY + code.length);
  file.write("\x7fELF\x02\x01\x01", "latin1");
  file.writeUInt16LE(2, 16); // an executable
  file.writeUInt16LE(machine, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(LOAD_AT + BigInt(HEADER + ENTRY), 24);
  file.writeBigUInt64LE(BigInt(HEADER), 32);
  file.writeUInt16LE(HEADER, 52);
  file.writeUInt16LE(ENTRY, 54);
  file.writeUInt16LE(1, 56);
  file.writeUInt32LE(1, HEADER); // to be loaded
  file.writeUInt32LE(5, HEADER + 4); // read and execute
  file.writeBigUInt64LE(LOAD_AT, HEADER + 16);
  file.writeBigUInt64LE(LOAD_AT, HEADER + 24);
  file.writeBigUInt64LE(BigInt(file.length), HEADER + 32);
  file.writeBigUInt64LE(BigInt(file.length), HEADER + 40);
  file.writeBigUInt64LE(0x1000n, HEADER + 48);
  file.set(code, HEADER + ENTRY);
  return file;
}
