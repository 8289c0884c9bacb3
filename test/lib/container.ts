/**
 * Runs the image's root filesystem as a container engine would: read-only, a user that is nobody, no privileges, processes
 * and mounts of its own. Needs root and Linux, and no engine. Its network is this machine's, so that it reaches the servers
 * of tests on loopback.
 */
import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./daemon.ts";

const root = join(import.meta.dir, "../..");
const FULL = join(root, "dist/holdfast-full");
/** As the Containerfile says. */
export const USER = 65532;

/**
 * The root filesystem as .ci/image-rootfs.sh makes it, kept for as long as that script is the same.
 * @throws {Error} where Debian's packages are not to be had
 */
export async function imageRootfs(): Promise<string> {
  const script = join(root, ".ci/image-rootfs.sh");
  const hash = Bun.hash(readFileSync(script)).toString(36);
  const folder = join(
    process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"),
    "holdfast",
    `image-${hash}`,
  );
  if (existsSync(folder)) return folder;
  let made = await run([script, folder]);
  // A machine that never asked what there is knows no package.
  if (made.code !== 0 && (await run(["/usr/bin/apt-get", "-qq", "update"])).code === 0)
    made = await run([script, folder]);
  if (made.code !== 0 && !existsSync(folder)) throw new Error(`${made.stdout}${made.stderr}`);
  return folder;
}

/** ENV of the Containerfile. */
export function imageEnv(): Record<string, string> {
  const [, line = ""] = /^ENV (.*)$/m.exec(readFileSync(join(root, "config/Containerfile"), "utf8")) ?? [];
  return Object.fromEntries(line.split(" ").map((pair) => pair.split("=") as [string, string]));
}

export interface Mount {
  /** In the container. */
  at: string;
  folder: string;
  access: "read" | "write";
}

export interface Container {
  /** Of this machine: that of the container's first process. */
  pid(): number;
  log(): Promise<string>;
  exited: Promise<number>;
  /** SIGTERM to the program, and everything goes. */
  stop(): Promise<void>;
}

/** @param argv behind the image's entry point, or a program of the image where it begins with a slash */
export async function startContainer({
  argv,
  env = {},
  mounts = [],
}: {
  argv: readonly string[];
  env?: Record<string, string>;
  mounts?: readonly Mount[];
}): Promise<Container> {
  if (!existsSync(FULL)) throw new Error("there is no dist/holdfast-full: run npm run build:full");
  const dir = mkdtempSync(join(tmpdir(), "holdfast-container-"));
  const rootfs = join(dir, "rootfs");
  const copied = await run(["cp", "-a", await imageRootfs(), rootfs]);
  if (copied.code !== 0) throw new Error(copied.stderr);
  mkdirSync(join(rootfs, "usr/local/bin"), { recursive: true });
  try {
    linkSync(FULL, join(rootfs, "usr/local/bin/holdfast"));
  } catch {
    cpSync(FULL, join(rootfs, "usr/local/bin/holdfast"));
  }
  for (const { at } of mounts) mkdirSync(join(rootfs, at), { recursive: true });
  const bound = mounts.map(
    ({ at, folder, access }) =>
      `$M --bind '${folder}' "$R${at}"; $M -o remount,bind,nosuid,nodev${access === "read" ? ",ro" : ""} "$R${at}"`,
  );
  const script = `set -eu
R=$1; shift
M=/usr/bin/mount
$M --make-rprivate /
$M --bind "$R" "$R"
$M -o remount,bind,ro,nosuid "$R"
$M -t proc -o nosuid,nodev,noexec proc "$R/proc"
$M -t tmpfs -o mode=755,size=64k,nosuid dev "$R/dev"
for device in null zero full random urandom; do : >"$R/dev/$device"; $M --bind "/dev/$device" "$R/dev/$device"; done
${mounts.some(({ at }) => at === "/tmp") ? "" : '$M -t tmpfs -o mode=1777,size=1g,nosuid,nodev tmp "$R/tmp"'}
${bound.join("\n")}
exec /usr/bin/setpriv --no-new-privs /usr/sbin/chroot --userspec=${USER}:${USER} --groups=${USER} "$R" "$@"`;
  const log = join(dir, "log");
  writeFileSync(log, "");
  const program = argv[0]?.startsWith("/") ? argv : ["/usr/local/bin/holdfast", ...argv];
  const child = Bun.spawn(
    [
      "/usr/bin/unshare",
      ...["--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child=SIGKILL"],
      ...["/bin/bash", "-c", `exec "$@" >>'${log}' 2>&1`, "log"],
      ...["/bin/bash", "-c", script, "container", rootfs, ...program],
    ],
    { env: { ...imageEnv(), ...env }, stdin: "ignore" },
  );
  const first = (): number => {
    const text = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim();
    return Number(text.split(" ")[0]);
  };
  return {
    pid: first,
    log: () => Bun.file(log).text(),
    exited: child.exited,
    async stop() {
      // unshare waits for its child, which is the program by then.
      if (child.exitCode === null) process.kill(first(), "SIGTERM");
      await child.exited;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
