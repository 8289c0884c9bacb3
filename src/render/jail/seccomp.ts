import { constants } from "node:os";
import { SystemCallError } from "../../lib/posix.ts";
import type { JailSteps } from "./jail-steps.ts";

/** Source: Linux, include/uapi/linux/{seccomp,filter,audit}.h. */
const SET_MODE_FILTER = 1;
const LOAD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_NOT_BELOW = 0x35;
const JUMP_ANY_BIT = 0x45;
const NEGATE = 0x84;
const RETURN = 0x06;
const ALLOW = 0x7fff_0000;
const REFUSE = 0x0005_0000;
const KILL = 0x8000_0000;
/** Places in the data that a filter sees. */
const NUMBER = 0;
const ARCHITECTURE = 4;
const FIRST_ARGUMENT = 16;
const SECOND_ARGUMENT = 24;
const AF_UNIX = 1;
/** Of x64: numbers from here on are those of another interface to the same calls. */
const OTHER_INTERFACE = 0x4000_0000;
/** F_SETOWN, F_SETSIG and F_SETOWN_EX have the kernel signal somebody when a file is ready, and so do FIOSETOWN and SIOCSPGRP. */
const OWNER_BY_FCNTL = [8, 10, 15];
const OWNER_BY_IOCTL = [0x8901, 0x8902];
/** CLONE_NEW*: user, mount, network, process, IPC, name and cgroup namespaces. */
const NEW_NAMESPACES = 0x7e02_0000;

interface Architecture {
  audit: number;
  socket: number;
  clone: number;
  clone3: number;
  fcntl: number;
  ioctl: number;
  kill: number;
  /** Those that signal a process, or any thread by its number alone: tkill, rt_sigqueueinfo. */
  signal: readonly number[];
  /** Those that signal a thread of a process, which is their first argument: tgkill, rt_tgsigqueueinfo. */
  signalThread: readonly number[];
  /** Never needed by a tool, and each a way to more than a tool should have. */
  refused: readonly number[];
}

/** From 425 on the numbers are the same everywhere: io_uring (425-427), mounts by handle (428-433, 442), pidfd (434, 438). */
const REFUSED_EVERYWHERE = [424, 425, 426, 427, 428, 429, 430, 431, 432, 433, 434, 438, 442];
const ARCHITECTURES: Readonly<Record<string, Architecture>> = {
  x64: {
    audit: 0xc000_003e,
    socket: 41,
    clone: 56,
    clone3: 435,
    fcntl: 72,
    ioctl: 16,
    kill: 62,
    signal: [200, 129],
    signalThread: [234, 297],
    // ptrace, setpgid and setsid (nobody leaves the group that is ended as one), pivot_root, chroot, mount, umount2, reboot,
    // modules, keys, unshare, perf, process memory, setns, bpf, userfaultfd
    refused: [
      101, 109, 112, 155, 161, 165, 166, 169, 175, 176, 248, 249, 250, 272, 298, 308, 310, 311, 313, 321, 323,
    ],
  },
  arm64: {
    audit: 0xc000_00b7,
    socket: 198,
    clone: 220,
    clone3: 435,
    fcntl: 25,
    ioctl: 29,
    kill: 129,
    signal: [130, 138],
    signalThread: [131, 240],
    refused: [
      117, 154, 157, 41, 51, 40, 39, 142, 105, 106, 217, 218, 219, 97, 241, 268, 270, 271, 273, 280, 282,
    ],
  },
};

/**
 * Whom the process may signal: `itself` alone. `its group`: that as a whole, itself, and threads of any process but this
 * program and the one that started it, because what it starts has threads of its own, and a filter cannot tell whose they
 * are. One that it started it cannot signal then: by its number it looks like any other, and so does a thread of ours.
 */
export type Signals = "itself" | "its group" | "left to Landlock";

/**
 * Refuses sockets but those of UNIX, new namespaces, signals to others, and calls that no tool needs; for the process, for
 * good, and for what it becomes. Needs `no_new_privs`.
 * @throws {SystemCallError}
 */
export function restrictBySeccomp(steps: JailSteps, signals: Signals): void {
  const arch = ARCHITECTURES[process.arch];
  if (arch === undefined) throw new SystemCallError(`no filter of system calls is known for ${process.arch}`);
  const program = filterFor(arch, signals);
  const code = Buffer.alloc(program.length * INSTRUCTION_BYTES);
  for (const [at, { code: operation, yes = 0, no = 0, value }] of program.entries()) {
    code.writeUInt16LE(operation, at * INSTRUCTION_BYTES);
    code.writeUInt8(yes, at * INSTRUCTION_BYTES + 2);
    code.writeUInt8(no, at * INSTRUCTION_BYTES + 3);
    if (value === ITSELF) {
      // The process that this list is for does not exist yet.
      steps.call("getpid");
      steps.keep(code, at * INSTRUCTION_BYTES + 4);
    } else code.writeUInt32LE(value >>> 0, at * INSTRUCTION_BYTES + 4);
  }
  const header = Buffer.alloc(16);
  header.writeUInt16LE(program.length, 0);
  steps.point(header, 8, code);
  steps.call("seccomp", SET_MODE_FILTER, 0, header);
}

/** The number of the process that is shut in. */
const ITSELF = Symbol("itself");
const INSTRUCTION_BYTES = 8;

interface Instruction {
  code: number;
  /** Instructions to skip. */
  yes?: number;
  no?: number;
  value: number | typeof ITSELF;
}

function filterFor(
  { audit, socket, clone, clone3, refused, ...arch }: Architecture,
  signals: Signals,
): Instruction[] {
  const answer = (value: number): Instruction => ({ code: RETURN, value });
  const refuse = answer(REFUSE | constants.errno.EPERM);
  const load = (value: number): Instruction => ({ code: LOAD, value });
  /** The next instruction runs only where it is this number. */
  const when = (value: number): Instruction => ({ code: JUMP_EQUAL, no: 1, value });
  /** This call is allowed with this first argument alone. */
  const onlyWith = (number: number, argument: number | typeof ITSELF): Instruction[] => [
    { code: JUMP_EQUAL, no: 4, value: number },
    load(FIRST_ARGUMENT),
    { code: JUMP_EQUAL, no: 1, value: argument },
    answer(ALLOW),
    refuse,
  ];
  /** This call is refused with these arguments in that place. */
  const neverWith = (number: number, place: number, args: readonly number[]): Instruction[] => [
    { code: JUMP_EQUAL, no: 2 + 2 * args.length, value: number },
    load(place),
    ...args.flatMap((argument) => [when(argument), refuse]),
    answer(ALLOW),
  ];
  const { kill, signal, signalThread } = arch;
  const signalling: Record<Signals, () => Instruction[]> = {
    "left to Landlock": () => [],
    itself: () => [kill, ...signal, ...signalThread].flatMap((number) => onlyWith(number, ITSELF)),
    "its group": () => [
      { code: JUMP_EQUAL, no: 9, value: kill },
      load(FIRST_ARGUMENT),
      // Its group, by 0 and by its number, whose leader it is.
      { code: JUMP_EQUAL, no: 1, value: 0 },
      answer(ALLOW),
      { code: JUMP_EQUAL, no: 1, value: ITSELF },
      answer(ALLOW),
      { code: NEGATE, value: 0 },
      { code: JUMP_EQUAL, no: 1, value: ITSELF },
      answer(ALLOW),
      refuse,
      ...signal.flatMap((number) => onlyWith(number, ITSELF)),
      ...signalThread.flatMap((number) => neverWith(number, FIRST_ARGUMENT, [process.pid, process.ppid])),
    ],
  };
  return [
    load(ARCHITECTURE),
    { code: JUMP_EQUAL, yes: 1, value: audit },
    answer(KILL),
    load(NUMBER),
    { code: JUMP_NOT_BELOW, no: 1, value: OTHER_INTERFACE },
    refuse,
    ...[...refused, ...REFUSED_EVERYWHERE].flatMap((number) => [when(number), refuse]),
    // The C library falls back to clone, whose flags a filter can see.
    when(clone3),
    answer(REFUSE | constants.errno.ENOSYS),
    ...onlyWith(socket, AF_UNIX),
    ...signalling[signals](),
    ...neverWith(arch.fcntl, SECOND_ARGUMENT, OWNER_BY_FCNTL),
    ...neverWith(arch.ioctl, SECOND_ARGUMENT, OWNER_BY_IOCTL),
    { code: JUMP_EQUAL, no: 3, value: clone },
    load(FIRST_ARGUMENT),
    { code: JUMP_ANY_BIT, no: 1, value: NEW_NAMESPACES },
    refuse,
    answer(ALLOW),
  ];
}
