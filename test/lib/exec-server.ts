/**
 * An API server of nothing but `exec`: the WebSocket protocol of Kubernetes (v5 and v4) with a shell of a few words behind it.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/ and KEP-4006.
 */
import type { ServerWebSocket } from "bun";
import { defined } from "../../src/lib/defined.ts";

export interface ExecServer {
  url: string;
  /** Each request as it came: `bash in web of shop/web-1`. */
  asked: string[];
  /** What was typed, over all. */
  typed(): string;
  /** `80x24`, in the order in which they were said. */
  sizes: string[];
  /** Written to whatever is open. */
  write(text: string): void;
  /** Terminals that are open. */
  open(): number;
  /** Ends them without a word. */
  cut(): void;
  stop(): Promise<void>;
}

interface Behind {
  command: string;
  line: string;
}

/**
 * @param shells that the image has
 * @param protocols that it speaks, the one that it likes best first
 * @param refuse what it answers in place of a WebSocket
 */
export function startExecServer({
  shells = ["sh"],
  protocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"],
  refuse,
  tls,
}: {
  shells?: readonly string[];
  protocols?: readonly string[];
  refuse?: (request: Request) => Response | undefined;
  tls?: Bun.TLSOptions;
} = {}): ExecServer {
  const asked: string[] = [];
  const sizes: string[] = [];
  const open = new Set<ServerWebSocket<Behind>>();
  let typed = "";
  const send = (socket: ServerWebSocket<Behind>, channel: number, text: string): void => {
    socket.sendBinary(Buffer.concat([Buffer.from([channel]), Buffer.from(text)]));
  };
  const end = (socket: ServerWebSocket<Behind>, status: object): void => {
    send(socket, 3, JSON.stringify({ metadata: {}, ...status }));
    socket.close(1000);
  };
  const exited = (code: number): object =>
    code === 0
      ? { status: "Success" }
      : {
          status: "Failure",
          message: `command terminated with non-zero exit code: exit status ${code}`,
          reason: "NonZeroExitCode",
          details: { causes: [{ reason: "ExitCode", message: `${code}` }] },
        };
  const obey = (socket: ServerWebSocket<Behind>, line: string): void => {
    const [word = "", ...rest] = line.split(" ");
    if (word === "exit") return end(socket, exited(Number(rest[0] ?? 0)));
    if (word === "echo") send(socket, 1, `${rest.join(" ")}\r\n`);
    if (word === "flood")
      for (let at = 0; at < Number(rest[0]); at++) send(socket, 1, `${"=".repeat(1_000)}\r\n`);
    send(socket, 1, "$ ");
  };
  const server = Bun.serve<Behind>({
    hostname: "127.0.0.1",
    port: 0,
    ...defined({ tls }),
    fetch(request, bun) {
      const url = new URL(request.url);
      const [, namespace, pod] = /\/namespaces\/([^/]+)\/pods\/([^/]+)\/exec$/.exec(url.pathname) ?? [];
      if (namespace === undefined) return Response.json({ kind: "Status", code: 404 }, { status: 404 });
      const command = url.searchParams.getAll("command").join(" ");
      asked.push(`${command} in ${url.searchParams.get("container")} of ${namespace}/${pod}`);
      const answer = refuse?.(request);
      if (answer !== undefined) return answer;
      const offered = (request.headers.get("sec-websocket-protocol") ?? "").split(", ");
      const protocol = protocols.find((one) => offered.includes(one));
      if (protocol === undefined) return new Response("no protocol in common", { status: 400 });
      const headers = { "sec-websocket-protocol": protocol };
      if (bun.upgrade(request, { data: { command, line: "" }, headers })) return undefined;
      return new Response("no WebSocket", { status: 400 });
    },
    websocket: {
      open(socket) {
        open.add(socket);
        if (shells.includes(socket.data.command)) return send(socket, 1, "$ ");
        end(socket, {
          status: "Failure",
          message: `Internal error occurred: failed to exec in container: exec: "${socket.data.command}": executable file not found in $PATH: unknown`,
          reason: "InternalError",
        });
      },
      message(socket, message) {
        const bytes = Buffer.from(message);
        const text = bytes.subarray(1).toString();
        if (bytes[0] === 4) {
          const { Width, Height } = JSON.parse(text) as { Width: number; Height: number };
          sizes.push(`${Width}x${Height}`);
        }
        if (bytes[0] !== 0) return;
        typed += text;
        for (const sign of text) {
          if (sign !== "\r" && sign !== "\n") {
            socket.data.line += sign;
            send(socket, 1, sign);
            continue;
          }
          send(socket, 1, "\r\n");
          const { line } = socket.data;
          socket.data.line = "";
          obey(socket, line);
        }
      },
      close: (socket) => void open.delete(socket),
    },
  });
  return {
    ...{ url: `http${tls === undefined ? "" : "s"}://127.0.0.1:${server.port}`, asked, sizes },
    typed: () => typed,
    write: (text) => {
      for (const socket of open) send(socket, 1, text);
    },
    open: () => open.size,
    cut: () => {
      for (const socket of open) socket.terminate();
    },
    stop: () => server.stop(true),
  };
}
