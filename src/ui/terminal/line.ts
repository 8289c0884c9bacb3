/** The line of a terminal: a WebSocket to the daemon, and what is said on it. */
import type { TerminalSize } from "../../core/model/pod-exec.ts";
import { type FromPage, TERMINAL_PROTOCOL, type ToPage } from "../../core/model/terminal-line.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { ask, Refused, socketTo } from "../store/daemon.ts";

export interface LineEvents {
  began(of: { container: string; shell: string }): void;
  output(bytes: Uint8Array): void;
  /** Once. `why`: a clause. */
  ended(why: string): void;
}

export interface Line {
  type(text: string): void;
  size(size: TerminalSize): void;
  /** So many bytes more of what came are drawn. */
  shown(bytes: number): void;
  leave(): void;
}

/** The daemon takes 64 KiB at once. */
const PIECE = 16 * 1024;
/** What was drawn is told as soon as it is so much, or after so long: not for every word. */
const TOLD_AT = 64 * 1024;
const TOLD_MS = 100;

/** @param path with query, of our API */
export function openLine(path: string, on: LineEvents): Line {
  const socket = socketTo(path, TERMINAL_PROTOCOL);
  socket.binaryType = "arraybuffer";
  const encoder = new TextEncoder();
  let state: "opening" | "open" | "over" = "opening";
  const end = (why: string): void => {
    if (state === "over") return;
    state = "over";
    on.ended(why);
  };
  /** Drawn, and not told yet. */
  let drawn = 0;
  let telling: ReturnType<typeof setTimeout> | undefined;
  /** As it was drawn last; what it was asked for with may be another one by the time that it is open. */
  let sized: TerminalSize | undefined;
  const tell = (): void => {
    clearTimeout(telling);
    telling = undefined;
    if (drawn > 0) say({ is: "shown", bytes: drawn });
    drawn = 0;
  };
  const say = (message: FromPage): void => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  };
  socket.onopen = () => {
    if (state === "opening") state = "open";
    if (sized !== undefined) say({ is: "size", ...sized });
  };
  socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
    if (state === "over") return;
    if (typeof data !== "string") return on.output(new Uint8Array(data));
    const said: unknown = JSON.parse(data);
    if (!isMapping(said)) return;
    const message = said as ToPage;
    if (message.is === "began") on.began(message);
    if (message.is === "ended") end(message.why);
  };
  socket.onclose = () => {
    if (state === "open") end("the connection to the daemon was cut");
    // Of a socket that was never open a browser tells nothing: asked as a request, the daemon says why.
    else if (state === "opening") void whyNot(path).then(end);
  };
  return {
    type(text) {
      if (socket.readyState !== WebSocket.OPEN) return;
      const bytes = encoder.encode(text);
      for (let at = 0; at < bytes.length; at += PIECE) socket.send(bytes.subarray(at, at + PIECE));
    },
    size(size) {
      sized = size;
      say({ is: "size", ...size });
    },
    shown(bytes) {
      drawn += bytes;
      if (drawn >= TOLD_AT) tell();
      else telling ??= setTimeout(tell, TOLD_MS);
    },
    leave() {
      state = "over";
      clearTimeout(telling);
      socket.close(1000);
    },
  };
}

async function whyNot(path: string): Promise<string> {
  try {
    await ask("GET", path);
  } catch (cause) {
    // 426: everything is permitted but the WebSocket, which came to nobody.
    if (cause instanceof Refused && cause.status !== 426) return cause.message;
    if (!(cause instanceof Refused)) return "the daemon cannot be reached";
  }
  return "no WebSocket comes through to the daemon: a proxy between must let it pass";
}
