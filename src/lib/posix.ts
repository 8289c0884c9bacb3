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
  syscall: {
    args: [FFIType.i64, FFIType.i64, FFIType.i64, FFIType.i64, FFIType.i64, FFIType.i64, FFIType.i64],
    returns: FFIType.i64,
  },
  strerror: { args: [FFIType.i32], returns: FFIType.ptr },
  __errno_location: { args: [], returns: FFIType.ptr },
} as const;

/** Opening costs about 10 microseconds, so that nothing is kept between calls. */
function withLibc(work: (c: Libc) => PosixOutcome): PosixOutcome {
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

function lastError(c: Libc): string {
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
  return withLibc((c) => limit(c, pid, limitsToSet(limits)));
}

type Libc = ReturnType<typeof dlopen<typeof FUNCTIONS>>["symbols"];
interface LimitToSet {
  name: string;
  resource: number;
  softAndHard: BigUint64Array;
}

function limitsToSet(limits: ResourceLimits): LimitToSet[] {
  return RESOURCES.flatMap(([name, resource]) => {
    const value = limits[name];
    if (value === undefined) return [];
    const hard = name === "cpuSeconds" ? value + 2 : value;
    return [{ name, resource, softAndHard: new BigUint64Array([BigInt(value), BigInt(hard)]) }];
  });
}

function limit(c: Libc, pid: number, toSet: readonly LimitToSet[]): PosixOutcome {
  for (const { name, resource, softAndHard } of toSet)
    if (c.prlimit(pid, resource, ptr(softAndHard), null) !== 0)
      return { is: "failed", why: `prlimit of ${name}: ${lastError(c)}` };
  return { is: "done" };
}

/**
 * Replaces this process by another program in place, with the same pid. Files opened without close-on-exec stay open.
 * Returns only where it failed.
 * @param path absolute
 * @param argv the first element is the name that the program sees as its own
 * @param limits of the program. This runtime has more addresses than a program needs and would end in their limit, so
 * that they are set in the last moment.
 */
export function replaceProcess(
  path: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  limits: ResourceLimits = {},
): { is: "failed"; why: string } {
  const outcome = withLibc((c) => {
    const program = bytesOf(path);
    const words = argv.map(bytesOf);
    const settings = Object.entries(env).map(([name, value]) => bytesOf(`${name}=${value}`));
    const arrays = [pointersTo(words), pointersTo(settings)] as const;
    const [at, argvAt, envAt] = [ptr(program), ptr(arrays[0]), ptr(arrays[1])];
    const limited = limit(c, process.pid, limitsToSet(limits));
    if (limited.is === "failed") return limited;
    c.execve(at, argvAt, envAt);
    return { is: "failed", why: `execve of ${path}: ${lastError(c)}` };
  });
  return outcome.is === "failed" ? outcome : { is: "failed", why: `execve of ${path} returned` };
}

/** Numbers by architecture, of calls that the C library has no function for everywhere. Source: Linux, syscall tables. */
const NUMBERS = {
  mount: { x64: 165, arm64: 40 },
  umount2: { x64: 166, arm64: 39 },
  pivot_root: { x64: 155, arm64: 41 },
  chroot: { x64: 161, arm64: 51 },
  unshare: { x64: 272, arm64: 97 },
  prctl: { x64: 157, arm64: 167 },
  seccomp: { x64: 317, arm64: 277 },
  close_range: { x64: 436, arm64: 436 },
  landlock_create_ruleset: { x64: 444, arm64: 444 },
  landlock_add_rule: { x64: 445, arm64: 445 },
  landlock_restrict_self: { x64: 446, arm64: 446 },
} as const;

export type SystemCallName = keyof typeof NUMBERS;
/** Numbers as they are; texts and bytes by their address. At most six. */
export type SystemCallArgument = number | string | Uint8Array;
/** Answers what the kernel answers. @throws {SystemCallError} */
export type SystemCall = (name: SystemCallName, ...args: SystemCallArgument[]) => number;

export class SystemCallError extends Error {
  override readonly name = "SystemCallError";
}

/**
 * Lends the system calls of this machine for as long as `work` runs. They concern the calling thread alone, as the
 * kernel has it: for a process that is about to replace itself.
 * @throws {SystemCallError} where there are none
 */
export function withSystemCalls<T>(work: (call: SystemCall) => T): T {
  const arch = process.arch;
  if (process.platform !== "linux" || (arch !== "x64" && arch !== "arm64"))
    throw new SystemCallError(`not available on ${process.platform} ${arch}`);
  let result: { value: T } | undefined;
  const outcome = withLibc((c) => {
    result = {
      value: work((name, ...args) => {
        const held = args.map((arg) => (typeof arg === "string" ? bytesOf(arg) : arg));
        const [a = 0n, b = 0n, d = 0n, e = 0n, f = 0n, g = 0n] = held.map((arg) =>
          BigInt(typeof arg === "number" ? arg : ptr(arg)),
        );
        const answer = Number(c.syscall(BigInt(NUMBERS[name][arch]), a, b, d, e, f, g));
        if (answer < 0) throw new SystemCallError(`${name}: ${lastError(c)}`);
        return answer;
      }),
    };
    return { is: "done" };
  });
  if (result === undefined) throw new SystemCallError(outcome.is === "failed" ? outcome.why : "no answer");
  return result.value;
}

/** Where bytes lie, for structures that point to them. They must be kept for as long as it is used. */
export function addressOf(bytes: Uint8Array): bigint {
  return BigInt(ptr(bytes));
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
