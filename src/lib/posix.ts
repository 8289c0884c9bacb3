/**
 * The few system calls that neither Bun nor Node offers, through bun:ffi. Linux has them; elsewhere each says that it
 * could not, and its caller goes on with a lower level of protection.
 */

import { CString, dlopen, FFIType, ptr, read } from "bun:ffi";
import { codeOf } from "./caught.ts";

/** Bytes for the sizes, seconds for `cpuSeconds`. Absent: left as it is. Never the number of processes: that counts the whole user. */
export interface ResourceLimits {
  cpuSeconds?: number;
  openFiles?: number;
  fileBytes?: number;
  coreBytes?: number;
  addressSpaceBytes?: number;
}

export type PosixOutcome = { is: "done" } | { is: "failed"; why: string };

/** Source: Linux, include/uapi/asm-generic/resource.h. */
const RESOURCES: readonly [keyof ResourceLimits, number][] = [
  ["cpuSeconds", 0],
  ["fileBytes", 1],
  ["coreBytes", 4],
  ["openFiles", 7],
  ["addressSpaceBytes", 9],
];

const FUNCTIONS = {
  prlimit: { args: [FFIType.i32, FFIType.i32, FFIType.ptr, FFIType.ptr], returns: FFIType.i32 },
  execve: { args: [FFIType.ptr, FFIType.ptr, FFIType.ptr], returns: FFIType.i32 },
  strerror: { args: [FFIType.i32], returns: FFIType.ptr },
  __errno_location: { args: [], returns: FFIType.ptr },
} as const;

/** Opening costs about 10 microseconds, so that nothing is kept between calls. */
function withLibc(
  work: (c: ReturnType<typeof dlopen<typeof FUNCTIONS>>["symbols"]) => PosixOutcome,
): PosixOutcome {
  if (process.platform !== "linux") return { is: "failed", why: `not available on ${process.platform}` };
  const names = ["libc.so.6", `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`];
  for (const name of names) {
    let library: ReturnType<typeof dlopen<typeof FUNCTIONS>>;
    try {
      library = dlopen(name, FUNCTIONS);
    } catch {
      continue;
    }
    try {
      return work(library.symbols);
    } finally {
      library.close();
    }
  }
  return { is: "failed", why: `neither ${names.join(" nor ")} can be opened` };
}

function lastError(c: ReturnType<typeof dlopen<typeof FUNCTIONS>>["symbols"]): string {
  const location = c.__errno_location();
  if (location === null) return "no reason given";
  const text = c.strerror(read.i32(location, 0));
  return text === null ? "no reason given" : new CString(text).toString();
}

/**
 * Limits a process that runs already, soft and hard limit alike; the hard CPU limit is two seconds later, so that the
 * process dies of SIGXCPU, which tells what happened. Its descendants inherit them.
 */
export function setLimits(pid: number, limits: ResourceLimits): PosixOutcome {
  return withLibc((c) => {
    for (const [name, resource] of RESOURCES) {
      const value = limits[name];
      if (value === undefined) continue;
      const softAndHard = new BigUint64Array([
        BigInt(value),
        BigInt(name === "cpuSeconds" ? value + 2 : value),
      ]);
      if (c.prlimit(pid, resource, ptr(softAndHard), null) !== 0)
        return { is: "failed", why: `prlimit of ${name}: ${lastError(c)}` };
    }
    return { is: "done" };
  });
}

/**
 * Replaces this process by another program in place, with the same pid. Files opened without close-on-exec stay open.
 * Returns only where it failed.
 * @param path absolute
 * @param argv the first element is the name that the program sees as its own
 */
export function replaceProcess(
  path: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): { is: "failed"; why: string } {
  const outcome = withLibc((c) => {
    const program = bytesOf(path);
    const words = argv.map(bytesOf);
    const settings = Object.entries(env).map(([name, value]) => bytesOf(`${name}=${value}`));
    const arrays = [pointersTo(words), pointersTo(settings)] as const;
    c.execve(ptr(program), ptr(arrays[0]), ptr(arrays[1]));
    return { is: "failed", why: `execve of ${path}: ${lastError(c)}` };
  });
  return outcome.is === "failed" ? outcome : { is: "failed", why: `execve of ${path} returned` };
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}

/** A C array of pointers, closed by NULL. */
function pointersTo(strings: readonly Uint8Array[]): BigUint64Array {
  return new BigUint64Array([...strings.map((bytes) => BigInt(ptr(bytes))), 0n]);
}

/** Sends a signal to every process of the group that `pid` leads. */
export function killGroup(pid: number, signal: NodeJS.Signals): "sent" | "no such group" {
  try {
    process.kill(-pid, signal);
    return "sent";
  } catch (cause) {
    if (codeOf(cause) === "ESRCH") return "no such group";
    throw cause;
  }
}
