import { readlinkSync, realpathSync } from "node:fs";
import { codeOf } from "../lib/caught.ts";
import { hashText } from "../lib/hash.ts";

export interface PathGuard {
  release(): void;
}

/**
 * Takes a path for this process, whatever becomes of what stands there: a lock file goes with its folder, and another
 * process would find a new and free one in its place. The guard is a name in the kernel (an abstract socket), which ends
 * with the process. Paths mean the same within one mount namespace only, so that is part of the name.
 *
 * @returns undefined where another process has it; where the system knows no such names the lock file stands alone
 */
export function guardPath(path: string): PathGuard | undefined {
  if (process.platform !== "linux") return { release: () => undefined };
  const name = hashText(`${readlinkSync("/proc/self/ns/mnt")} ${realpathSync(path)}`);
  try {
    const socket = Bun.listen({
      unix: `\0holdfast-${name}`,
      socket: { open: (other) => void other.end(), data: () => undefined },
    });
    socket.unref();
    return { release: () => socket.stop(true) };
  } catch (cause) {
    if (codeOf(cause) === "EADDRINUSE") return undefined;
    throw cause;
  }
}
