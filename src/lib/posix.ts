/**
 * The few system calls that neither Bun nor Node offers, through bun:ffi. Linux has them all; elsewhere each says
 * that it could not, and its caller goes on with a lower level of protection.
 */
import { CString, dlopen, FFIType, ptr, type Pointer } from "bun:ffi";

/** Bytes for the sizes, seconds for `cpuSeconds`. Absent: left as it is. */
export interface ResourceLimits {
  cpuSeconds?: number;
  openFiles?: number;
  fileBytes?: number;
  coreBytes?: number;
  addressSpaceBytes?: number;
}

/** Source: Linux, include/uapi/asm-generic/resource.h. */
const RESOURCE = { cpuSeconds: 0, fileBytes: 1, coreBytes: 4, openFiles: 7, addressSpaceBytes: 9 } as const;
const ESRCH = "ESRCH";

function openLibc() {
  return dlopen("libc.so.6", {
    prlimit: { args: [FFIType.i32, FFIType.i32, FFIType.ptr, FFIType.ptr], returns: FFIType.i32 },
    execve: { args: [FFIType.ptr, FFIType.ptr, FFIType.ptr], returns: FFIType.i32 },
    strerror: { args: [FFIType.i32], returns: FFIType.ptr },
    __errno_location: { args: [], returns: FFIType.ptr },
  });
}

function libc(): ReturnType<typeof openLibc> | { why: string } {
  if (process.platform !== "linux") return { why: `there is no prlimit(2) on ${process.platform}` };
  try {
    return openLibc();
  } catch (cause) {
    return { why: `libc.so.6 cannot be opened: ${cause instanceof Error ? cause.message : String(cause)}` };
  }
}

export type PosixOutcome = { is: "done" } | { is: "failed"; why: string };

/**
 * Limits a process that runs already, soft and hard limit alike (the hard CPU limit is two seconds later, so that the
 * process dies of SIGXCPU, which tells what happened). Descendants inherit them.
 */
export function setLimits(pid: number, limits: ResourceLimits): PosixOutcome {
  const c = libc();
  if ("why" in c) return { is: "failed", why: c.why };
  for (const [name, number] of Object.entries(RESOURCE) as [keyof typeof RESOURCE, number][]) {
    const value = limits[name];
    if (value === undefined) continue;
    const hard = name === "cpuSeconds" ? value + 2 : value;
    const pair = new BigUint64Array([BigInt(value), BigInt(hard)]);
    if (c.symbols.prlimit(pid, number, ptr(pair), null) !== 0) return { is: "failed", why: `prlimit of ${name} was refused` };
  }
  return { is: "done" };
}

/** NUL-terminated strings and a NULL-terminated array of pointers to them. `kept` must outlive the call. */
function stringArray(strings: readonly string[]): { array: BigUint64Array; kept: Uint8Array[] } {
  const kept = strings.map((text) => Buffer.from(`${text}\0`, "utf8"));
  const array = new BigUint64Array(strings.length + 1);
  kept.forEach((bytes, index) => (array[index] = BigInt(ptr(bytes))));
  return { array, kept };
}

/**
 * Replaces this process by another program in place: same pid, same open files without close-on-exec.
 * Returns only where it failed.
 * @param path absolute
 * @param argv the first element is the program's own name
 */
export function replaceProcess(path: string, argv: readonly string[], env: Readonly<Record<string, string>>): { is: "failed"; why: string } {
  const c = libc();
  if ("why" in c) return { is: "failed", why: c.why };
  const program = Buffer.from(`${path}\0`, "utf8");
  const args = stringArray(argv);
  const environment = stringArray(Object.entries(env).map(([name, value]) => `${name}=${value}`));
  c.symbols.execve(ptr(program), ptr(args.array), ptr(environment.array));
  const why = `execve of ${path} with ${args.kept.length} arguments was refused`;
  return { is: "failed", why: environment.kept.length === 0 ? `${why} (empty environment)` : why };
}

/** Sends a signal to every process of the group that `pid` leads. */
export function killGroup(pid: number, signal: NodeJS.Signals): "sent" | "no such group" {
  try {
    process.kill(-pid, signal);
    return "sent";
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === ESRCH) return "no such group";
    throw cause;
  }
}
