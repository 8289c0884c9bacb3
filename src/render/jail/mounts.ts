import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { AT_CWD } from "../../lib/posix.ts";
import type { JailPlan } from "./jail-plan.ts";
import { ANSWER, type JailSteps } from "./jail-steps.ts";

/** Source: Linux, include/uapi/linux/mount.h and sched.h. */
const MS_RDONLY = 1;
const MS_NOSUID = 2;
const MS_NODEV = 4;
const MS_NOEXEC = 8;
const MS_REMOUNT = 32;
const MS_BIND = 4096;
const MS_MOVE = 8192;
const MS_REC = 16_384;
const MS_PRIVATE = 1 << 18;
const MNT_DETACH = 2;
const CLONE_NEWNS = 0x0002_0000;
const CLONE_NEWIPC = 0x0800_0000;
const CLONE_NEWUSER = 0x1000_0000;
const CLONE_NEWNET = 0x4000_0000;
const O_WRONLY = 0x1;
const O_CREAT = 0x40;
const O_CLOEXEC = 0x8_0000;

/** Namespaces for a process that was not started in its own. */
export function makeNamespaces(steps: JailSteps, { files, network, namespaces }: JailPlan): void {
  const flags =
    (files === "mounts" ? CLONE_NEWNS | CLONE_NEWIPC : 0) | (network === "namespace" ? CLONE_NEWNET : 0);
  const asUser = namespaces === "make-as-user";
  if (flags !== 0) steps.call("unshare", flags | (asUser ? CLONE_NEWUSER : 0));
  if (flags !== 0 && asUser) becomeRoot(steps);
  // What is mounted here must not show up outside.
  if (files === "mounts") steps.call("mount", "none", "/", 0, MS_REC | MS_PRIVATE, 0);
}

/** Of the new user namespace, which is the user that we are outside. Source: user_namespaces(7). */
function becomeRoot(steps: JailSteps): void {
  const write = (path: string, text: string): void => {
    const bytes = new TextEncoder().encode(text);
    steps.call("openat", AT_CWD, path, O_WRONLY | O_CLOEXEC, 0);
    steps.call("write", ANSWER, bytes, bytes.length);
  };
  write("/proc/self/setgroups", "deny");
  write("/proc/self/uid_map", `0 ${process.geteuid?.() ?? 0} 1`);
  write("/proc/self/gid_map", `0 ${process.getegid?.() ?? 0} 1`);
}

/** Leaves the machine's file system for an empty one in which only the plan's paths stand, at their places. */
export function moveIntoMounts(steps: JailSteps, plan: JailPlan): void {
  const { root } = plan;
  const made = new Set([root]);
  steps.call("mount", "jail", root, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=0755");
  for (const path of plan.readable) show(steps, root, path, MS_RDONLY | MS_NOSUID | MS_NODEV, made);
  for (const path of plan.writable) show(steps, root, path, MS_NOSUID | MS_NODEV | MS_NOEXEC, made);
  for (const path of plan.devices) bind(steps, root, path, made);
  steps.call("chdir", root);
  steps.orElse(
    () => {
      steps.call("pivot_root", ".", ".");
      steps.call("umount2", ".", MNT_DETACH);
    },
    // The first file system of a machine that booted from memory cannot be left in that way.
    () => {
      steps.call("mount", root, "/", 0, MS_MOVE, 0);
      steps.call("chroot", ".");
    },
  );
  steps.call("mount", "none", "/", 0, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV, 0);
}

/** @param made folders below the root that are there already; grows */
function show(steps: JailSteps, root: string, path: string, flags: number, made: Set<string>): void {
  const place = bind(steps, root, path, made);
  steps.call("mount", "none", place, 0, MS_REMOUNT | MS_BIND | flags, 0);
}

function bind(steps: JailSteps, root: string, path: string, made: Set<string>): string {
  const place = join(root, path);
  if (statSync(path).isDirectory()) makeFolder(steps, place, made);
  else {
    makeFolder(steps, dirname(place), made);
    // As with folders: what lies in one that is shown already is there, and nothing is made in it.
    steps.orElse(() => {
      steps.call("openat", AT_CWD, place, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644);
      // What is open for writing could not be closed to it at the end.
      steps.call("close", ANSWER);
    });
  }
  steps.call("mount", path, place, 0, MS_BIND, 0);
  return place;
}

function makeFolder(steps: JailSteps, path: string, made: Set<string>): void {
  if (made.has(path)) return;
  makeFolder(steps, dirname(path), made);
  made.add(path);
  // A mount of before may show it already; one that is missing fails as a mount.
  steps.orElse(() => steps.call("mkdirat", AT_CWD, path, 0o755));
}
