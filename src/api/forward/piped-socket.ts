import type { OpenSocket, SocketEnd } from "../socket-end.ts";
import type { KnownLeader } from "./leader.ts";
import { tlsOf } from "./leader.ts";

/** As Bun has it. */
interface PausableSocket extends WebSocket {
  pause(): void;
  resume(): void;
  terminate(): void;
}

/** Bytes that wait to be sent to a page: from there on nothing more is read of the leader. */
const MOST_WAITING = 256 * 1024;
/** Bytes that wait to be sent to the leader: a page has no brake, and one that sends more is let go of. */
const MOST_UNSENT = 1024 * 1024;
const GOING_AWAY = 1001;
const TOO_MUCH = 1009;

/** What the leader said before there was somebody to tell. */
export interface Early {
  messages: readonly (string | ArrayBuffer)[];
  stop(): void;
}

export interface Dialling {
  target: string;
  headers: Headers;
  protocols: readonly string[];
  withinMs: number;
  signal: AbortSignal;
}

/** @returns the reason where there is none, as a clause */
export async function dialLeader(
  leader: KnownLeader,
  { target, headers, protocols, withinMs, signal }: Dialling,
): Promise<{ is: "open"; socket: PausableSocket; early: Early } | { is: "refused"; why: string }> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const options = {
    ...{ protocols: [...protocols], headers: Object.fromEntries(headers), tls: tlsOf(leader) },
    perMessageDeflate: false,
  };
  const socket = new WebSocket(
    `${leader.address.replace(/^http/, "ws")}${target}`,
    options as unknown as string[],
  ) as PausableSocket;
  socket.binaryType = "arraybuffer";
  // What comes in one piece with the answer is told before anybody could wait for it, paused or not.
  const messages: (string | ArrayBuffer)[] = [];
  const keep = ({ data }: MessageEvent<string | ArrayBuffer>): void => void messages.push(data);
  socket.addEventListener("message", keep);
  const timer = setTimeout(() => resolve(`it did not open one within ${withinMs / 1000} s`), withinMs);
  const onAbort = (): void => resolve("it was left");
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  socket.addEventListener("open", () => {
    // Nobody listens yet to what it says.
    socket.pause();
    resolve(undefined);
  });
  socket.addEventListener("error", () => resolve("it opened none"));
  socket.addEventListener("close", () => resolve("it opened none"));
  const why = await promise;
  clearTimeout(timer);
  signal.removeEventListener("abort", onAbort);
  if (why === undefined) {
    const early = { messages, stop: () => socket.removeEventListener("message", keep) };
    return { is: "open", socket, early };
  }
  socket.terminate();
  return { is: "refused", why };
}

/** Between a page and the leader: what either says the other hears, as fast as it hears, and both end together. */
export class PipedSocket implements SocketEnd {
  #page: OpenSocket | undefined;
  #isOver = false;
  #isPaused = true;
  readonly #early: (string | ArrayBuffer)[] = [];

  /** @param leader paused @param ended once, whoever ended it */
  constructor(
    private readonly leader: PausableSocket,
    early: Early,
    private readonly ended: () => void,
  ) {
    early.stop();
    this.#early.push(...early.messages);
    leader.addEventListener("message", ({ data }: MessageEvent<string | ArrayBuffer>) => {
      const page = this.#page;
      if (this.#isOver) return;
      if (page === undefined) return void this.#early.push(data);
      page.send(typeof data === "string" ? data : new Uint8Array(data));
      if (page.waiting() <= MOST_WAITING || this.#isPaused) return;
      this.#isPaused = true;
      leader.pause();
    });
    leader.addEventListener("close", ({ code, reason }) => {
      // What was cut has no code that may be said: https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1
      if (code === 1005) this.#end(1000, "");
      else if (code === 1006 || code === 1015) this.#end(GOING_AWAY, "the leader has gone");
      else this.#end(code, reason);
    });
  }

  open(page: OpenSocket): void {
    if (this.#isOver) return page.close(GOING_AWAY, "the leader has gone");
    this.#page = page;
    for (const data of this.#early.splice(0))
      page.send(typeof data === "string" ? data : new Uint8Array(data));
    this.#resume();
  }

  message(data: string | Uint8Array): void {
    if (this.#isOver) return;
    if (this.leader.bufferedAmount > MOST_UNSENT)
      return this.#end(TOO_MUCH, "this is more than the leader takes at once");
    // Its bytes are the listener's, who uses them again.
    this.leader.send(typeof data === "string" ? data : data.slice());
  }

  drain(): void {
    if ((this.#page?.waiting() ?? 0) <= MOST_WAITING) this.#resume();
  }

  close(): void {
    this.#page = undefined;
    this.#end(1000, "");
  }

  /** From outside: the leader is none any more, or this replica stands by no longer. */
  cut(): void {
    this.#end(GOING_AWAY, "another replica leads: open it again");
  }

  #resume(): void {
    if (!this.#isPaused || this.#isOver) return;
    this.#isPaused = false;
    this.leader.resume();
  }

  #end(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#page?.close(code, reason);
    // What is paused would never hear that the other end closes.
    this.leader.resume();
    this.leader.close(1000, "");
    this.ended();
  }
}
