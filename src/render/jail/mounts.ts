import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type SystemCall, SystemCallError } from "../../lib/posix.ts";
import type { JailPlan } from "./jail-plan.ts";

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
const CLONE_NEWNET = 0x4000_0000;

/** Namespaces for a privileged process that was not started in its own. @throws {SystemCallError} */
export function makeNamespaces(call: SystemCall, { files, network }: JailPlan): void {
  const flags =
    (files === "mounts" ? CLONE_NEWNS | CLONE_NEWIPC : 0) | (network === "namespace" ? CLONE_NEWNET : 0);
  if (flags !== 0) call("unshare", flags);
  // What is mounted here must not show up outside.
  if (files === "mounts") call("mount", "none", "/", 0, MS_REC | MS_PRIVATE, 0);
}

/**
 * Leaves the machine's file system for an empty one in which only the plan's paths stand, at their places.
 * @throws {SystemCallError}
 */
export function moveIntoMounts(call: SystemCall, plan: JailPlan): void {
  const { root } = plan;
  call("mount", "jail", root, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=0755");
  for (const path of plan.readable) show(call, root, path, MS_RDONLY | MS_NOSUID | MS_NODEV);
  for (const path of plan.writable) show(call, root, path, MS_NOSUID | MS_NODEV | MS_NOEXEC);
  for (const path of plan.devices) bind(call, root, path);
  process.chdir(root);
  try {
    call("pivot_root", ".", ".");
    call("umount2", ".", MNT_DETACH);
  } catch (cause) {
    if (!(cause instanceof SystemCallError)) throw cause;
    // The first file system of a machine that booted from memory cannot be left in that way.
    call("mount", root, "/", 0, MS_MOVE, 0);
    call("chroot", ".");
  }
  call("mount", "none", "/", 0, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV, 0);
}

function show(call: SystemCall, root: string, path: string, flags: number): void {
  const place = bind(call, root, path);
  call("mount", "none", place, 0, MS_REMOUNT | MS_BIND | flags, 0);
}

function bind(call: SystemCall, root: string, path: string): string {
  const place = join(root, path);
  if (statSync(path).isDirectory()) mkdirSync(place, { recursive: true, mode: 0o755 });
  else {
    mkdirSync(dirname(place), { recursive: true, mode: 0o755 });
    writeFileSync(place, "");
  }
  call("mount", path, place, 0, MS_BIND, 0);
  return place;
}
