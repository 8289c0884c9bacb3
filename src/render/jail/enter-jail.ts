import { closeSync, openSync, writeFileSync } from "node:fs";
import { messageOf } from "../../lib/caught.ts";
import { replaceProcess, type SystemCall, SystemCallError, withSystemCalls } from "../../lib/posix.ts";
import { JAIL_FAILED, JAIL_WORDS, type JailPlan } from "./jail-plan.ts";
import { restrictByLandlock } from "./landlock.ts";
import { makeNamespaces, moveIntoMounts } from "./mounts.ts";
import { restrictBySeccomp } from "./seccomp.ts";

/** Source: Linux, include/uapi/linux/{prctl,securebits}.h. */
const PR_CAPBSET_DROP = 24;
const PR_SET_SECUREBITS = 28;
const PR_SET_NO_NEW_PRIVS = 38;
/** The user 0 is nobody special, its changes give nothing, nothing is kept; each locked. */
const NOBODY_SPECIAL = 0x2f;
const MAX_CAPABILITY = 63;
const CLOSE_RANGE_CLOEXEC = 4;

/**
 * The life of the process between the daemon and a tool: shuts itself in, then becomes the tool. Never returns where
 * there is one; ends with `JAIL_FAILED` where a wall of the plan cannot be had.
 * @param words the plan as JSON, then the program, its own name and its arguments. No program: only tries the walls.
 * @returns the code to end with
 */
export function enterJail([json = "", program, name = "", ...argv]: readonly string[]): number {
  try {
    const plan = JSON.parse(json) as JailPlan;
    withSystemCalls((call) => shutIn(call, plan));
    if (program === undefined) {
      if (plan.files !== "open" && canOpen(process.execPath)) throw new Error("the walls hold nothing back");
      return 0;
    }
    writeFileSync(plan.entered, "");
    throw new Error(replaceProcess(program, [name, ...argv], plan.env, plan.limits).why);
  } catch (cause) {
    process.stderr.write(`${JAIL_WORDS}${messageOf(cause)}\n`);
    return JAIL_FAILED;
  }
}

function canOpen(path: string): boolean {
  try {
    closeSync(openSync(path, "r"));
    return true;
  } catch {
    return false;
  }
}

/** The order matters: each step takes away what the ones before it needed. */
function shutIn(call: SystemCall, plan: JailPlan): void {
  if (plan.namespaces === "make") makeNamespaces(call, plan);
  if (plan.files === "mounts") moveIntoMounts(call, plan);
  process.chdir(plan.cwd);
  dropPrivileges(call);
  if (plan.files !== "open")
    lock(plan.files === "landlock" ? "needed" : "second lock", () => restrictByLandlock(call, plan));
  lock(plan.network === "seccomp" ? "needed" : "second lock", () => restrictBySeccomp(call, plan));
  // The runtime opens everything so by itself; older kernels cannot be asked.
  lock("second lock", () => {
    call("close_range", 3, 0x7fff_ffff, CLOSE_RANGE_CLOEXEC);
  });
}

/** @param need `second lock`: where the kernel does not have it, other walls hold alone */
function lock(need: "needed" | "second lock", set: () => void): void {
  try {
    set();
  } catch (cause) {
    if (need === "needed" || !(cause instanceof SystemCallError)) throw cause;
  }
}

function dropPrivileges(call: SystemCall): void {
  call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  // Who has no privileges may not drop them either. The capabilities that this kernel knows end the loop.
  lock("second lock", () => {
    for (let capability = 0; capability <= MAX_CAPABILITY; capability++)
      call("prctl", PR_CAPBSET_DROP, capability, 0, 0, 0);
  });
  lock("second lock", () => {
    call("prctl", PR_SET_SECUREBITS, NOBODY_SPECIAL, 0, 0, 0);
  });
}
