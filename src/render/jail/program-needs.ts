import { closeSync, existsSync, openSync, readSync, realpathSync } from "node:fs";

/** What a program has to see of the machine to run at all. */
export interface ProgramNeeds {
  /** The file itself, every link followed. */
  program: string;
  /** Itself, and for what is not whole in itself the folders it loads from. Absolute. */
  readable: readonly string[];
  /** Devices and the like, to be shown as they are. */
  devices: readonly string[];
  /** Whom it has to signal: what is whole in itself starts no others that it would have to end. */
  signals: "itself" | "its own";
  /** Where it finds other programs: nowhere, unless it is a script. */
  searchPath: string;
}

const LIBRARIES = [
  "/lib",
  "/lib64",
  "/lib32",
  "/usr/lib",
  "/usr/lib64",
  "/usr/lib32",
  "/usr/local/lib",
  "/etc/ld.so.cache",
  "/usr/share/zoneinfo",
  "/nix/store",
];
const PROGRAMS = ["/bin", "/usr", "/sbin"];
/** Every program takes them for granted. */
const DEVICES = ["/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"];
/** What the C library and runtimes read of their own process. */
const OWN_PROCESS = "/proc/self";
/** No folder: what looks for a program there finds none. */
const NOWHERE = "/nowhere";
const PROGRAM_HEADER_INTERPRETER = 3;

/** @param starts programs that it starts, absolute: what they need, it needs */
export function programNeeds(path: string, starts: readonly string[] = []): ProgramNeeds {
  const own = needsOf(path);
  if (starts.length === 0) return own;
  const all = [own, ...starts.map(needsOf)];
  return {
    ...own,
    readable: [...new Set(all.flatMap(({ readable }) => readable))],
    devices: [...new Set(all.flatMap(({ devices }) => devices))],
    // It may have to end what it started.
    signals: "its own",
  };
}

/** Looks at the file's first bytes: a program that is whole in itself (Go's), one that loads libraries, or a script. */
function needsOf(path: string): ProgramNeeds {
  const program = realpathSync(path);
  const head = firstBytes(program);
  const isScript = head.subarray(0, 2).toString("latin1") === "#!";
  const isWhole = !isScript && !hasInterpreter(head);
  return {
    program,
    readable: [
      program,
      ...[...(isWhole ? [] : LIBRARIES), ...(isScript ? PROGRAMS : [])].filter((folder) =>
        existsSync(folder),
      ),
    ],
    devices: [...DEVICES, ...(isWhole ? [] : [OWN_PROCESS])].filter((device) => existsSync(device)),
    signals: isWhole ? "itself" : "its own",
    searchPath: isScript ? "/usr/bin:/bin" : NOWHERE,
  };
}

function firstBytes(path: string): Buffer {
  const bytes = Buffer.alloc(4096);
  const file = openSync(path, "r");
  try {
    return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(file);
  }
}

/** ELF of 64 bits, low byte first, as everywhere that Bun runs; anything else is taken to need libraries. */
function hasInterpreter(head: Buffer): boolean {
  if (head.subarray(0, 6).toString("latin1") !== "\x7fELF\x02\x01" || head.length < 64) return true;
  const start = Number(head.readBigUInt64LE(32));
  const size = head.readUInt16LE(54);
  const count = head.readUInt16LE(56);
  for (let at = 0; at < count; at++) {
    const offset = start + at * size;
    if (offset + 4 > head.length) return true;
    if (head.readUInt32LE(offset) === PROGRAM_HEADER_INTERPRETER) return true;
  }
  return false;
}
