/**
 * The few system calls that neither Bun nor Node offers, through bun:ffi. Linux has them; elsewhere each says that it
 * could not, and its caller goes on with a lower level of protection.
 */

import { CString, dlopen, FFIType, type Pointer, ptr, read, toArrayBuffer } from "bun:ffi";
import { closeSync, fstatSync, openSync, writeSync } from "node:fs";
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
  return location === null ? "no reason given" : errorTextOf(c, read.i32(location, 0));
}

function errorTextOf(c: Libc, error: number): string {
  const text = c.strerror(error);
  return text === null ? "no reason given" : new CString(text).toString();
}

/** What an error number of the kernel means, in the C library's words. */
export function errorText(error: number): string {
  let text = `error ${error}`;
  withLibc((c) => {
    text = errorTextOf(c, error);
    return { is: "done" };
  });
  return text;
}

/**
 * Limits a process that runs already, soft and hard limit alike; the hard CPU limit is two seconds later, so that the
 * process dies of SIGXCPU, which tells what happened. Its descendants inherit them.
 */
export function setLimits(pid: number, limits: ResourceLimits): PosixOutcome {
  return withLibc((c) => limit(c, pid, limitsToSet(limits)));
}

type Libc = ReturnType<typeof dlopen<typeof FUNCTIONS>>["symbols"];
/** A limit as the kernel takes it. */
interface LimitToSet {
  name: string;
  resource: number;
  softAndHard: BigUint64Array;
}

export function limitsToSet(limits: ResourceLimits): LimitToSet[] {
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
  openat: { x64: 257, arm64: 56 },
  close: { x64: 3, arm64: 57 },
  write: { x64: 1, arm64: 64 },
  mmap: { x64: 9, arm64: 222 },
  dup3: { x64: 292, arm64: 24 },
  mkdirat: { x64: 258, arm64: 34 },
  chdir: { x64: 80, arm64: 49 },
  getpid: { x64: 39, arm64: 172 },
  prlimit64: { x64: 302, arm64: 261 },
  execve: { x64: 59, arm64: 221 },
  exit_group: { x64: 231, arm64: 94 },
  memfd_create: { x64: 319, arm64: 279 },
  mount: { x64: 165, arm64: 40 },
  umount2: { x64: 166, arm64: 39 },
  pivot_root: { x64: 155, arm64: 41 },
  chroot: { x64: 161, arm64: 51 },
  unshare: { x64: 272, arm64: 97 },
  timer_create: { x64: 222, arm64: 107 },
  timer_settime: { x64: 223, arm64: 110 },
  prctl: { x64: 157, arm64: 167 },
  seccomp: { x64: 317, arm64: 277 },
  close_range: { x64: 436, arm64: 436 },
  landlock_create_ruleset: { x64: 444, arm64: 444 },
  landlock_add_rule: { x64: 445, arm64: 445 },
  landlock_restrict_self: { x64: 446, arm64: 446 },
} as const;

export type SystemCallName = keyof typeof NUMBERS;
/** Numbers as they are; texts and bytes by their address. At most six. */
type SystemCallArgument = number | string | Uint8Array;
/** Answers what the kernel answers. @throws {SystemCallError} */
type SystemCall = (name: SystemCallName, ...args: SystemCallArgument[]) => number;
/** By number, with six arguments; answers what the kernel answers, the negative error where it refuses. */
export type BareCall = (number: number, ...args: bigint[]) => bigint;

/** In place of a folder's handle: paths start where the process stands. */
export const AT_CWD = -100;

/** @throws {SystemCallError} */
export function systemCallNumber(name: SystemCallName): number {
  return NUMBERS[name][architecture()];
}

function architecture(): "x64" | "arm64" {
  const { arch, platform } = process;
  if (platform === "linux" && (arch === "x64" || arch === "arm64")) return arch;
  throw new SystemCallError(`not available on ${platform} ${arch}`);
}

export class SystemCallError extends Error {
  override readonly name = "SystemCallError";
}

/**
 * Lends the system calls of this machine for as long as `work` runs. Those that change the process concern the calling
 * thread alone, as the kernel has it.
 * @throws {SystemCallError} where there are none
 */
export function withSystemCalls<T>(work: (call: SystemCall, bare: BareCall) => T): T {
  architecture();
  let result: { value: T } | undefined;
  const outcome = withLibc((c) => {
    const bare: BareCall = (number, ...args) => {
      const [a = 0n, b = 0n, d = 0n, e = 0n, f = 0n, g = 0n] = args.map((arg) => BigInt.asIntN(64, arg));
      const answer = BigInt(c.syscall(BigInt(number), a, b, d, e, f, g));
      if (answer !== -1n) return answer;
      const location = c.__errno_location();
      return location === null ? answer : -BigInt(read.i32(location, 0));
    };
    result = {
      value: work((name, ...args) => {
        const held = args.map((arg) => (typeof arg === "string" ? bytesOf(arg) : arg));
        const answer = bare(
          systemCallNumber(name),
          ...held.map((arg) => BigInt(typeof arg === "number" ? arg : ptr(arg))),
        );
        if (answer < 0n) throw new SystemCallError(`${name}: ${errorTextOf(c, Number(-answer))}`);
        return Number(answer);
      }, bare),
    };
    return { is: "done" };
  });
  if (result === undefined) throw new SystemCallError(outcome.is === "failed" ? outcome.why : "no answer");
  return result.value;
}

/** Source: Linux, include/uapi/linux/{memfd,mman}.h. */
const MFD_CLOEXEC = 1;
const MFD_EXEC = 0x10;
const PROT_READ_WRITE = 3n;
const MAP_PRIVATE_FIXED_NOREPLACE = 0x10_0002n;

/**
 * Makes a program that lies in memory alone, on no disk.
 * @returns its path, for this process and those that it starts
 * @throws {SystemCallError}
 */
export function makeProgramInMemory(name: string, content: Uint8Array): string {
  const handle = withSystemCalls((call) => {
    try {
      return call("memfd_create", name, MFD_CLOEXEC | MFD_EXEC);
    } catch (cause) {
      // Before Linux 6.3 every such file could be executed, and nobody knew how to ask.
      if (!(cause instanceof SystemCallError)) throw cause;
      return call("memfd_create", name, MFD_CLOEXEC);
    }
  });
  writeSync(handle, content);
  return `/proc/self/fd/${handle}`;
}

/**
 * Maps a file, private and writable, where nothing lies yet in this process.
 * @throws {Error} where something does, or the file cannot be read
 */
export function mapFileAt(address: bigint, file: string): DataView {
  const handle = openSync(file, "r");
  try {
    const { size } = fstatSync(handle);
    withSystemCalls((_, bare) => {
      const number = systemCallNumber("mmap");
      const mapped = bare(
        number,
        address,
        BigInt(size),
        PROT_READ_WRITE,
        MAP_PRIVATE_FIXED_NOREPLACE,
        BigInt(handle),
        0n,
      );
      if (mapped !== address) throw new SystemCallError(`mmap: ${errorText(Number(-mapped))}`);
    });
    return new DataView(toArrayBuffer(Number(address) as Pointer, 0, size));
  } finally {
    closeSync(handle);
  }
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
