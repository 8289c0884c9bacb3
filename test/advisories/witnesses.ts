/** What the rows are watched with. Each can really see what it is there for: controls.ts shows it at every run. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inflateSync, zstdDecompressSync } from "node:zlib";
import { CANARY } from "../lib/hostile-charts.ts";
import { NotHeld } from "./row.ts";

/** A secret as it may be written: plain, in hex, and in base64 wherever in a text it begins. */
const FORMS = [
  CANARY,
  Buffer.from(CANARY).toString("hex"),
  ...[0, 1, 2].map((before) => {
    const written = Buffer.from("\0".repeat(before) + CANARY).toString("base64");
    // The first and last characters share bits with what stands beside it.
    return written.slice(before === 0 ? 0 : before + 1).replace(/.{0,2}=*$/, "");
  }),
];

/** @returns where in a text a planted secret is, with what stands beside it */
export function leakIn(text: string): string | undefined {
  for (const form of FORMS) {
    const at = text.indexOf(form);
    if (at >= 0) return text.slice(Math.max(0, at - 80), at + 40).replace(/\s+/g, " ");
  }
  return undefined;
}

/** @throws {NotHeld} where a planted secret is in the text */
export function mustNotLeak(text: string, what: string): void {
  const leak = leakIn(text);
  if (leak !== undefined) throw new NotHeld(`a secret is in ${what}: …${leak}…`);
}

/** Files below a folder, as far as they can be read. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** A file's bytes as they are, and what is packed in them. */
export function textsOf(path: string): string {
  const bytes = readFileSync(path);
  const texts = [bytes.toString("latin1")];
  for (let at = bytes.indexOf(ZSTD); at >= 0; at = bytes.indexOf(ZSTD, at + 1))
    texts.push(unpacked(() => zstdDecompressSync(bytes.subarray(at))));
  if (bytes[0] === 0x78) texts.push(unpacked(() => inflateSync(bytes)));
  return texts.join("\n");
}

/** "" where it is something else that begins alike. */
function unpacked(unpack: () => Buffer): string {
  try {
    return unpack().toString("latin1");
  } catch {
    return "";
  }
}

/** Folders that nothing may change: what is in them, by path. */
export function contentOf(folders: readonly string[]): Record<string, string> {
  return Object.fromEntries(folders.flatMap(filesBelow).map((path) => [path, readFileSync(path, "latin1")]));
}

/** A file that comes into being when a program runs that must not. */
export class Marker {
  constructor(readonly path: string) {}

  /** Whether it was made since the last call. */
  take(): boolean {
    const there = existsSync(this.path);
    rmSync(this.path, { force: true });
    return there;
  }
}

/** Listens where nothing may be asked. */
export class Sink {
  readonly #asked: string[] = [];
  readonly #server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => {
      this.#asked.push(
        `${request.method} ${request.url} ${JSON.stringify(Object.fromEntries(request.headers))}`,
      );
      return new Response("{}", { status: 404 });
    },
  });

  get port(): number {
    return this.#server.port ?? 0;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** What it was asked since the last call. */
  take(): string[] {
    return this.#asked.splice(0);
  }

  stop(): Promise<void> {
    return this.#server.stop(true);
  }
}

/** Bytes by which a process grew at its largest while the work was done. */
export async function growthOf(pid: number, work: () => Promise<void>): Promise<number> {
  // Its peak counts anew from here on (proc(5), clear_refs).
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
  const before = statusBytes(pid, "VmRSS");
  await work();
  return statusBytes(pid, "VmHWM") - before;
}

function statusBytes(pid: number, field: "VmRSS" | "VmHWM"): number {
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(
    readFileSync(`/proc/${pid}/status`, "utf8"),
  )?.[1];
  if (kilobytes === undefined) throw new NotHeld(`process ${pid} has ended`);
  return Number(kilobytes) * 1024;
}

/** Milliseconds of processor that this process spends on the work; the machine's other work does not count. */
export async function costOf(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Looks at the command lines of all processes until it is stopped. */
export class CommandLines {
  #leak: string | undefined;
  #seen = new Set<string>();
  readonly #timer = setInterval(() => this.#look(), 5);

  /** @returns the first command line with a secret in it, and the names of what ran */
  stop(): { leak: string | undefined; programs: Set<string> } {
    this.#look();
    clearInterval(this.#timer);
    return { leak: this.#leak, programs: this.#seen };
  }

  #look(): void {
    for (const line of commandLines()) {
      const program = line.split("\0", 1)[0]?.split("/").at(-1);
      if (program !== undefined && program !== "") this.#seen.add(program);
      this.#leak ??= leakIn(line);
    }
  }
}

/** Of every process that this user may look at, its words with NULs between. */
export function commandLines(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => readText(`/proc/${pid}/cmdline`));
}

/** "" where it is not there, or not any more. */
export function readText(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

/** Permissions of a file or folder, as `600`. */
export function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}
