import { closeSync, openSync, statSync } from "node:fs";
import type { SystemCall } from "../../lib/posix.ts";
import type { JailPlan } from "./jail-plan.ts";

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
const CREATE_RULESET_VERSION = 1;
const RULE_PATH_BENEATH = 1;
/** Only a handle: opens without reading. */
const O_PATH = 0x20_0000 | 0x8_0000;

/** What each version of the kernel's interface brought. */
function handledBy(version: number): { files: number; network: number; scope: number } {
  return {
    files:
      0x1fff | (version >= 2 ? REFER : 0) | (version >= 3 ? TRUNCATE : 0) | (version >= 5 ? IOCTL_DEV : 0),
    network: version >= 4 ? NETWORK : 0,
    scope: version >= 6 ? SCOPE : 0,
  };
}

/**
 * Takes away what the plan's paths do not give: for this thread, for good, and for what it becomes.
 * Needs `no_new_privs`.
 * @throws {SystemCallError} where the kernel has no Landlock
 */
export function restrictByLandlock(call: SystemCall, plan: JailPlan): void {
  const version = call("landlock_create_ruleset", 0, 0, CREATE_RULESET_VERSION);
  const { files, network, scope } = handledBy(version);
  const attributes = new BigUint64Array([BigInt(files), BigInt(network), BigInt(scope)]);
  const size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
  const ruleset = call("landlock_create_ruleset", new Uint8Array(attributes.buffer), size, 0);
  const allow = (path: string, access: number): void => {
    const handle = openSync(path, O_PATH);
    const rule = Buffer.alloc(12);
    const known = statSync(path).isDirectory() ? access : access & OF_FILES;
    rule.writeBigUInt64LE(BigInt(known & files), 0);
    rule.writeInt32LE(handle, 8);
    call("landlock_add_rule", ruleset, RULE_PATH_BENEATH, rule, 0);
    closeSync(handle);
  };
  for (const path of plan.readable) allow(path, EXECUTE | READ_FILE | READ_DIR);
  for (const path of plan.writable)
    allow(path, WRITE_FILE | READ_FILE | READ_DIR | CHANGE_DIR | REFER | TRUNCATE);
  for (const path of plan.devices) allow(path, WRITE_FILE | READ_FILE | READ_DIR);
  call("landlock_restrict_self", ruleset, 0);
  closeSync(ruleset);
}
