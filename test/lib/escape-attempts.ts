/**
 * What a program that has been taken over would try. Runs as a program of its own, with a JSON of `Target` as its
 * argument, and prints a JSON of what happened, by the attempt's name.
 */
import { dlopen, FFIType } from "bun:ffi";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";

export interface Target {
  /** A file with a secret, readable for this user. */
  secret: string;
  /** A folder that this user may write to. */
  folder: string;
  /** Of the process that started this one. */
  parent: number;
  /** Open here, on 127.0.0.1. */
  tcpPort: number;
  udpPort: number;
  /** A UNIX socket by its path. */
  socket: string;
  /** The tool's own program. */
  program: string;
}

export type Happened = Record<string, string>;

const HELD = "held";

async function attempt(work: () => unknown): Promise<string> {
  try {
    const found = await work();
    return found === false ? HELD : "happened";
  } catch {
    return HELD;
  }
}

function reach(to: { port: number; host: string } | { path: string }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(to as { path: string });
    socket.once("connect", () => (socket.destroy(), resolve(true)));
    socket.once("error", () => resolve(false));
  });
}

async function sendDatagram(port: number): Promise<boolean> {
  const socket = await Bun.udpSocket({});
  const sent = socket.send("x", port, "127.0.0.1");
  socket.close();
  return sent;
}

const SYSCALL = { syscall: { args: Array(4).fill(FFIType.i64) as FFIType[], returns: FFIType.i64 } };
const UNSHARE = process.arch === "arm64" ? 97n : 272n;
const CLONE_NEWNS = 0x0002_0000n;

function newNamespace(): boolean {
  const answer = dlopen("libc.so.6", SYSCALL).symbols["syscall"]?.(UNSHARE, CLONE_NEWNS, 0n, 0n);
  return Number(answer) === 0;
}

export async function tryToEscape(to: Target): Promise<Happened> {
  const dropped = `${process.env["HOME"]}/dropped`;
  return {
    "read a secret": await attempt(() => readFileSync(to.secret)),
    "read by way of the own process": await attempt(() => readFileSync(`/proc/self/root${to.secret}`)),
    "list the machine's files": await attempt(() => readdirSync("/etc").length > 3),
    "read the daemon's environment": await attempt(() => readFileSync(`/proc/${to.parent}/environ`)),
    "write a file": await attempt(() => writeFileSync(`${to.folder}/written`, "x")),
    "change the tool": await attempt(() => writeFileSync(to.program, "x", { flag: "r+" })),
    "run a shell": await attempt(() => Bun.spawnSync(["/bin/sh", "-c", "exit 0"]).exitCode === 0),
    "run what it wrote": await attempt(() => {
      writeFileSync(dropped, readFileSync(to.program), { mode: 0o755 });
      return Bun.spawnSync([dropped, "--version"]).exitCode === 0;
    }),
    "signal the daemon": await attempt(() => process.kill(to.parent, 0)),
    "open a connection": await attempt(() => reach({ port: to.tcpPort, host: "127.0.0.1" })),
    "send a datagram": await attempt(() => sendDatagram(to.udpPort)),
    "reach a socket": await attempt(() => reach({ path: to.socket })),
    "make a namespace": await attempt(newNamespace),
  };
}

if (import.meta.main) {
  const target = JSON.parse(process.argv[2] ?? "{}") as Target;
  process.stdout.write(JSON.stringify(await tryToEscape(target)));
}
