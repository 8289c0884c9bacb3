import { statSync } from "node:fs";
import { AT_CWD, SystemCallError, withSystemCalls } from "../../lib/posix.ts";
import type { JailPlan, JailWalls } from "./jail-plan.ts";
import { ANSWER, type JailSteps } from "./jail-steps.ts";

/** Source: Linux, include/uapi/linux/landlock.h. What a folder may allow; a file knows the first three and the last two. */
const EXECUTE = 1 << 0;
const WRITE_FILE = 1 << 1;
const READ_FILE = 1 << 2;
const READ_DIR = 1 << 3;
/** Remove and make entries of every kind. */
const CHANGE_DIR = 0x1ff0;
const REFER = 1 << 13;
const TRUNCATE = 1 << 14;
const IOCTL_DEV = 1 << 15;
const OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV;
/** Bind and connect over TCP. */
const NETWORK = 3;
/** Abstract UNIX sockets and signals that lead out of the jail. */
const SCOPE = 3;
const SCOPE_SINCE = 6;
const CREATE_RULESET_VERSION = 1;
const RULE_PATH_BENEATH = 1;
const O_CLOEXEC = 0x8_0000;
/** Only a handle: opens without reading. */
const O_PATH = 0x20_0000 | O_CLOEXEC;
/** Where the rules' handle is put, so that every step knows it; closed with the others. */
const RULESET = 100;

/** What each version of the kernel's interface brought. */
function handledBy(version: number): { files: number; network: number; scope: number } {
  return {
    files:
      0x1fff | (version >= 2 ? REFER : 0) | (version >= 3 ? TRUNCATE : 0) | (version >= 5 ? IOCTL_DEV : 0),
    network: version >= 4 ? NETWORK : 0,
    scope: version >= SCOPE_SINCE ? SCOPE : 0,
  };
}

/** Of the interface that the plan uses. @throws {SystemCallError} where the kernel has no Landlock */
function versionFor({ landlock = Number.POSITIVE_INFINITY }: JailWalls): number {
  const kernels = withSystemCalls((call) => call("landlock_create_ruleset", 0, 0, CREATE_RULESET_VERSION));
  return Math.min(kernels, landlock);
}

/** Whether the kernel itself keeps signals inside (since Linux 6.12), where the plan's files are locked by it. */
export function keepsSignalsInside(plan: JailWalls): boolean {
  try {
    return plan.files !== "open" && versionFor(plan) >= SCOPE_SINCE;
  } catch (cause) {
    if (cause instanceof SystemCallError) return false;
    throw cause;
  }
}

/**
 * Takes away what the plan's paths do not give: for the process, for good, and for what it becomes. Needs `no_new_privs`.
 * @throws {SystemCallError} where the kernel has no Landlock
 */
export function restrictByLandlock(steps: JailSteps, plan: JailPlan): void {
  const version = versionFor(plan);
  const { files, network, scope } = handledBy(version);
  const attributes = new BigUint64Array([BigInt(files), BigInt(network), BigInt(scope)]);
  const size = version >= SCOPE_SINCE ? 24 : version >= 4 ? 16 : 8;
  steps.call("landlock_create_ruleset", new Uint8Array(attributes.buffer), size, 0);
  steps.call("dup3", ANSWER, RULESET, O_CLOEXEC);
  const allow = (path: string, access: number): void => {
    const rule = Buffer.alloc(12);
    const known = statSync(path).isDirectory() ? access : access & OF_FILES;
    rule.writeBigUInt64LE(BigInt(known & files), 0);
    steps.call("openat", AT_CWD, path, O_PATH, 0);
    steps.keep(rule, 8);
    steps.call("landlock_add_rule", RULESET, RULE_PATH_BENEATH, rule, 0);
  };
  for (const path of plan.readable) allow(path, EXECUTE | READ_FILE | READ_DIR);
  for (const path of plan.writable)
    allow(path, WRITE_FILE | READ_FILE | READ_DIR | CHANGE_DIR | REFER | TRUNCATE);
  for (const path of plan.devices) allow(path, WRITE_FILE | READ_FILE | READ_DIR);
  steps.call("landlock_restrict_self", RULESET, 0);
}
