/**
 * Does to a control plane's API server and its storage what accidents do: stops them, freezes them, empties the storage,
 * or puts back an older copy, at the same address and with the same certificates.
 */
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ControlPlane } from "./control-plane.ts";
import { eventually } from "./eventually.ts";

const PROGRAMS = ["etcd", "apiserver"] as const;
type Program = (typeof PROGRAMS)[number];

export interface ServerHistory {
  /** The server stays where it is and does nothing any more; connections stay open. @returns lets it go on */
  freeze(): () => void;
  /** Nobody listens any more. */
  stop(): Promise<void>;
  /** Starts it as it was started first, and waits until it is ready. */
  start(): Promise<void>;
  /** Of a server that is stopped. */
  empty(): void;
  copy(): void;
  restore(): void;
}

export function serverHistory(plane: ControlPlane): ServerHistory {
  const pidFile = (program: Program): string => join(plane.dir, `${program}.pid`);
  const pidOf = (program: Program): number => Number(readFileSync(pidFile(program), "utf8").trim());
  const commands = new Map(
    PROGRAMS.map((program) => [
      program,
      readFileSync(`/proc/${pidOf(program)}/cmdline`, "utf8")
        .split("\0")
        .slice(0, -1),
    ]),
  );
  const storage = join(plane.dir, "etcd"),
    saved = join(plane.dir, "etcd-saved");
  return {
    freeze() {
      const pid = pidOf("apiserver");
      process.kill(pid, "SIGSTOP");
      return () => process.kill(pid, "SIGCONT");
    },
    async stop() {
      for (const program of ["apiserver", "etcd"] as const) {
        const pid = pidOf(program);
        process.kill(pid, program === "etcd" ? "SIGTERM" : "SIGKILL");
        await eventually(`${program} has ended`, () => !isRunning(pid));
      }
    },
    async start() {
      for (const program of PROGRAMS) {
        const child = Bun.spawn(commands.get(program) ?? [], {
          cwd: plane.dir,
          stdin: "ignore",
          stdout: Bun.file(join(plane.dir, `${program}-again.log`)),
          stderr: "ignore",
        });
        child.unref();
        writeFileSync(pidFile(program), `${child.pid}\n`);
      }
      await eventually(
        "the API server is ready again",
        async () => (await plane.api.text("GET", "/readyz")) === "ok",
        60_000,
      );
    },
    empty: () => rmSync(storage, { recursive: true }),
    copy() {
      rmSync(saved, { recursive: true, force: true });
      cpSync(storage, saved, { recursive: true });
    },
    restore() {
      rmSync(storage, { recursive: true });
      cpSync(saved, storage, { recursive: true });
    },
  };
}

/** A child that has ended and was not waited for yet is none that runs. */
function isRunning(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && !/\) Z /.test(readFileSync(stat, "utf8"));
}
