import { AT_CWD, limitsToSet, SystemCallError } from "../../lib/posix.ts";
import type { JailedProgram, JailPlan } from "./jail-plan.ts";
import { JailSteps } from "./jail-steps.ts";
import { keepsSignalsInside, restrictByLandlock } from "./landlock.ts";
import { makeNamespaces, moveIntoMounts } from "./mounts.ts";
import { restrictBySeccomp } from "./seccomp.ts";

/** Source: Linux, include/uapi/linux/{prctl,securebits,fcntl}.h. */
const PR_CAPBSET_DROP = 24;
const PR_SET_SECUREBITS = 28;
const PR_SET_NO_NEW_PRIVS = 38;
/** The user 0 is nobody special, its changes give nothing, nothing is kept; each locked. */
const NOBODY_SPECIAL = 0x2f;
const MAX_CAPABILITY = 63;
const CLOSE_RANGE_CLOEXEC = 4;
const NEW_FILE = 0x1 | 0x40 | 0x80 | 0x8_0000;

/** Shuts a process in and makes it a program. @throws {SystemCallError} where this kernel has no such wall */
export function jailed(plan: JailPlan, { program, words, env, limits, entered }: JailedProgram): Uint8Array {
  const steps = shutIn(plan);
  steps.call("openat", AT_CWD, entered, NEW_FILE, 0o600);
  for (const { resource, softAndHard } of limitsToSet(limits))
    steps.call("prlimit64", 0, resource, new Uint8Array(softAndHard.buffer), 0);
  steps.call(
    "execve",
    program,
    words,
    Object.entries(env).map(([name, value]) => `${name}=${value}`),
  );
  return steps.image();
}

/** Only tries the walls. @param outside a file that this process can read and one that is shut in cannot */
export function triedOut(plan: JailPlan, outside: string): Uint8Array {
  const steps = shutIn(plan);
  if (plan.files !== "open")
    steps.orElse(
      () => {
        steps.call("openat", AT_CWD, outside, 0, 0);
        steps.fail("the walls hold nothing back");
      },
      () => steps.call("exit_group", 0),
    );
  steps.call("exit_group", 0);
  return steps.image();
}

/** The order matters: each step takes away what the ones before it needed. */
function shutIn(plan: JailPlan): JailSteps {
  const steps = new JailSteps();
  if (plan.namespaces !== "given") makeNamespaces(steps, plan);
  if (plan.files === "mounts") moveIntoMounts(steps, plan);
  steps.call("chdir", plan.cwd);
  dropPrivileges(steps);
  if (plan.files !== "open")
    lock(steps, plan.files === "landlock" ? "needed" : "second lock", () => restrictByLandlock(steps, plan));
  const signals =
    plan.signals === "itself" ? "itself" : keepsSignalsInside(plan) ? "left to Landlock" : "its group";
  lock(steps, plan.network === "seccomp" ? "needed" : "second lock", () => restrictBySeccomp(steps, signals));
  // What the steps opened; older kernels cannot be asked, and each was opened so by itself.
  lock(steps, "second lock", () => steps.call("close_range", 3, 0x7fff_ffff, CLOSE_RANGE_CLOEXEC));
  return steps;
}

/** @param need `second lock`: where the kernel does not have it, other walls hold alone */
function lock(steps: JailSteps, need: "needed" | "second lock", set: () => void): void {
  if (need === "needed") return set();
  steps.orElse(() => {
    try {
      set();
    } catch (cause) {
      if (!(cause instanceof SystemCallError)) throw cause;
    }
  });
}

function dropPrivileges(steps: JailSteps): void {
  steps.call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  // Who has no privileges may not drop them either. The capabilities that this kernel knows end the row.
  lock(steps, "second lock", () => {
    for (let capability = 0; capability <= MAX_CAPABILITY; capability++)
      steps.call("prctl", PR_CAPBSET_DROP, capability, 0, 0, 0);
  });
  lock(steps, "second lock", () => steps.call("prctl", PR_SET_SECUREBITS, NOBODY_SPECIAL, 0, 0, 0));
}
