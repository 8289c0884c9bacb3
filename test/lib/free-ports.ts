/** Whether every one of `ports` can be listened on now, on loopback. */
function areFree(ports: readonly number[]): boolean {
  return ports.every((port) => {
    try {
      Bun.listen({
        hostname: "127.0.0.1",
        port,
        socket: {
          data() {
            /* nobody connects */
          },
        },
      }).stop(true);
      return true;
    } catch (cause) {
      if (cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE") return false;
      throw cause;
    }
  });
}

/**
 * A port for a control plane: `port`, the one after it, `port + 1000` and `port + 1001` are free. Picked by chance, so that test runs
 * side by side seldom meet.
 * @param range `30000-30998`; etcd's ports lie 1000 above and outside of it
 */
export function freeControlPlanePort(range: string, random: () => number): number {
  const [first = 0, last = 0] = range.split("-").map(Number);
  const count = Math.floor((last - first) / 2) + 1;
  const start = Math.floor(random() * count);
  for (let step = 0; step < count; step++) {
    const port = first + 2 * ((start + step) % count);
    if (areFree([port, port + 1, port + 1000, port + 1001])) return port;
  }
  throw new Error(`no port of ${range} is free together with the next one and the two that lie 1000 above`);
}
