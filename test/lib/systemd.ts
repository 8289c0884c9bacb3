/**
 * A systemd of its own as the first process of its namespaces, over an overlay of this machine's files: it runs a unit as a
 * server would, and writes nowhere but in its own folder. Needs root and Linux. Its network is this machine's, so that it
 * reaches the servers of tests on loopback.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { type Ran, run } from "./daemon.ts";
import { eventually } from "./eventually.ts";

export interface Systemd {
  /** As root beside it, among its processes and files. */
  inside(...argv: string[]): Promise<Ran>;
  systemctl(...argv: string[]): Promise<Ran>;
  /** Writes a file among its own, readable for all. */
  write(path: string, text: string): Promise<void>;
  stop(): Promise<void>;
}

/** @param files by absolute path, as it sees them; `program`: what is /usr/local/bin/holdfast in it */
export async function startSystemd(ask: {
  program: string;
  files: Readonly<Record<string, string>>;
}): Promise<Systemd> {
  const dir = mkdtempSync(join(tmpdir(), "holdfast-systemd-"));
  const files = join(dir, "files");
  for (const [path, text] of Object.entries(ask.files)) {
    mkdirSync(join(files, dirname(path)), { recursive: true });
    writeFileSync(join(files, path), text);
  }
  mkdirSync(join(dir, "overlay"));
  const group = join(unifiedGroups(), basename(dir));
  mkdirSync(group);
  const script = `set -eu
O=$1/overlay; R=$O/root; M=/usr/bin/mount
$M --make-rprivate /
$M -t tmpfs overlay "$O"
mkdir "$O/upper" "$O/work" "$R"
$M -t overlay overlay -o "lowerdir=/,upperdir=$O/upper,workdir=$O/work" "$R"
$M -t proc proc "$R/proc"
$M -t sysfs -o ro sysfs "$R/sys"
$M -t cgroup2 cgroup2 "$R/sys/fs/cgroup"
for at in run tmp dev; do $M -t tmpfs -o mode=755 "$at" "$R/$at"; done
chmod 1777 "$R/tmp"
for device in null zero full random urandom tty; do : >"$R/dev/$device"; $M --bind "/dev/$device" "$R/dev/$device"; done
mkdir "$R/dev/pts" "$R/dev/shm" "$R/dev/mqueue" "$R/dev/hugepages"
$M -t devpts -o newinstance,ptmxmode=0666 devpts "$R/dev/pts"
ln -s pts/ptmx "$R/dev/ptmx"
ln -s /proc/self/fd "$R/dev/fd"
: >"$R/dev/console"
rm -rf "$R"/etc/systemd/system/*
echo '[Unit]' >"$R/etc/systemd/system/nothing.target"
chmod -R a+rX "$1/files"
cp -r "$1/files/." "$R/"
cp "$2" "$R/usr/local/bin/holdfast"
mkdir -p "$R/old"
cd "$R"
# Not chroot, in which nobody may make a namespace of users.
pivot_root . old
umount -l /old
# As a boot leaves it: credentials are mounted in a namespace of their own, and come out of it by that alone.
$M --make-rshared /
exec /usr/bin/env -i container=other PATH=/usr/bin:/bin:/usr/sbin:/sbin /usr/lib/systemd/systemd --system --unit=nothing.target --show-status=no --log-target=null`;
  writeFileSync(join(dir, "start.sh"), script);
  const child = Bun.spawn(
    [
      ...["/bin/bash", "-c", `echo $$ >'${group}/cgroup.procs'; exec "$@"`, "group"],
      ...["/usr/bin/unshare", "--mount", "--pid", "--ipc", "--uts", "--cgroup", "--fork"],
      ...["--kill-child=SIGKILL", "/bin/bash", join(dir, "start.sh"), dir, ask.program],
    ],
    { stdin: "ignore", stdout: "ignore", stderr: Bun.file(join(dir, "said")) },
  );
  const first = (): string =>
    readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim().split(" ")[0] ?? "";
  const inside = (...argv: string[]): Promise<Ran> =>
    run(["/usr/bin/nsenter", `--target=${first()}`, "--mount", "--pid", "--root", "--wd", ...argv]);
  const systemd: Systemd = {
    inside,
    systemctl: (...argv) => inside("/usr/bin/systemctl", ...argv),
    async write(path, text) {
      const written = await inside(
        ...["/bin/bash", "-c", `mkdir -p "$(dirname "$0")" && printf %s "$1" >"$0" && chmod a+r "$0"`],
        ...[path, text],
      );
      if (written.code !== 0) throw new Error(`${path}: ${written.stderr}`);
    },
    async stop() {
      if (child.exitCode === null) process.kill(Number(first()), "SIGKILL");
      await child.exited;
      await eventually("its groups of processes are gone", () => {
        removeGroup(group);
        return true;
      });
      rmSync(dir, { recursive: true, force: true });
    },
  };
  try {
    await eventually(
      () => `systemd answers: ${readFileSync(join(dir, "said"), "utf8")}`,
      async () => (await systemd.systemctl("is-active", "--quiet", "nothing.target")).code === 0,
    );
    return systemd;
  } catch (cause) {
    await systemd.stop();
    throw cause;
  }
}

/** Where groups of processes are made, by the second version of them. */
function unifiedGroups(): string {
  const [, folder] = /^\S+ (\S+) cgroup2 /m.exec(readFileSync("/proc/mounts", "utf8")) ?? [];
  if (folder === undefined) throw new Error("this machine has no cgroup2");
  return folder;
}

function removeGroup(group: string): void {
  for (const entry of readdirSync(group, { withFileTypes: true }))
    if (entry.isDirectory()) removeGroup(join(group, entry.name));
  rmdirSync(group);
}
