import type { ExecEnd, TerminalSize } from "../core/model/pod-exec.ts";
import { readMessage, type ToPage } from "../core/model/terminal-line.ts";
import type { OpenTerminal } from "../engine/control.ts";
import { defined } from "../lib/defined.ts";
import { fromThrown } from "./api-error.ts";
import type { OpenSocket, SocketEnd } from "./socket-end.ts";

export interface TerminalLimits {
  /** Of everybody together; each person; kept for whoever looks after accounts. */
  all: number;
  each: number;
  kept: number;
  /** Without a word of either side. */
  idleMs: number;
  longestMs: number;
  /** Bytes that are on their way to a page which has not shown them yet. */
  unshown: number;
}

export const TERMINAL_LIMITS: TerminalLimits = {
  ...{ all: 50, each: 5, kept: 5 },
  ...{ idleMs: 20 * 60_000, longestMs: 8 * 3_600_000, unshown: 512 * 1024 },
};

/** How one was ended: by its shell, by whoever sat before it, because it had lasted, or by what stood in the way. `why`: without a full stop. */
export type TerminalEnd = { by: "shell" | "person" | "time" | "us"; why: string; code?: number };

/** Both ends gone, this many bytes may still be on their way. */
const MOST_WAITING = 256 * 1024;
/** https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1 */
const NORMAL = 1000;

interface Around {
  /** Opens the other end. @throws what is told to the page */
  begin(signal: AbortSignal): Promise<OpenTerminal>;
  /** It stands, and nothing was typed yet. @throws what ends it: what cannot be written down is not done */
  opened(container: string): void;
  /** Which shell it is, as soon as that is known. */
  began(shell: string): void;
  /** Once, whatever happened. */
  ended(end: TerminalEnd): void;
  limits: Pick<TerminalLimits, "idleMs" | "longestMs" | "unshown">;
}

/** Between a person's page and a shell: nothing is read of the shell that the page has no room for, and both end together. */
export class TerminalSession implements SocketEnd {
  #socket: OpenSocket | undefined;
  #terminal: OpenTerminal | undefined;
  readonly #ending = new AbortController();
  #isOver = false;
  #unshown = 0;
  /** Said while nobody was there yet. */
  #size: TerminalSize | undefined;
  /** Who waits for room. */
  #room: (() => void) | undefined;
  #idle: Timer | undefined;
  #longest: Timer | undefined;

  constructor(private readonly around: Around) {}

  open(socket: OpenSocket): void {
    this.#socket = socket;
    const { longestMs } = this.around.limits;
    this.#longest = setTimeout(
      () =>
        this.#end({
          by: "time",
          why: `it was open for ${sayTime(longestMs)}, and no terminal is for longer`,
        }),
      longestMs,
    );
    this.#touch();
    void this.#run();
  }

  message(data: string | Uint8Array): void {
    if (this.#isOver) return;
    if (typeof data !== "string") return this.#typed(data);
    const said = readMessage(data);
    if (said === undefined) return this.#end({ by: "us", why: "the page said what nobody understands" });
    if (said.is === "size") {
      if (this.#terminal === undefined) this.#size = said;
      else this.#terminal.resize(said);
      return;
    }
    this.#unshown = Math.max(0, this.#unshown - said.bytes);
    this.#makeRoom();
  }

  drain(): void {
    this.#makeRoom();
  }

  close(): void {
    this.#socket = undefined;
    this.#end({ by: "person", why: "the page was left" });
  }

  async #run(): Promise<void> {
    try {
      const terminal = await this.around.begin(this.#ending.signal);
      if (this.#isOver) return terminal.close();
      try {
        this.around.opened(terminal.container);
      } catch (cause) {
        terminal.close();
        throw cause;
      }
      this.#terminal = terminal;
      if (this.#size !== undefined) terminal.resize(this.#size);
      for await (const event of terminal.events) {
        if (this.#isOver) return;
        if (event.is === "ended") return this.#end(endOf(event.end));
        if (event.is === "began") {
          const { container } = terminal;
          this.around.began(event.shell);
          this.#say({ is: "began", container, shell: event.shell });
          continue;
        }
        this.#touch();
        this.#unshown += event.bytes.length;
        this.#socket?.send(event.bytes);
        await this.#untilRoom();
      }
      this.#end({ by: "us", why: "it ended without a word" });
    } catch (cause) {
      this.#end({ by: "us", why: fromThrown(cause).body.message.replace(/\.$/, "") });
    }
  }

  #typed(bytes: Uint8Array): void {
    // Before there is a shell there is nobody who would read it.
    if (this.#terminal === undefined) return;
    this.#touch();
    try {
      // Its bytes are the listener's, who uses them again.
      if (this.#terminal.type(bytes.slice()) === "full")
        this.#end({ by: "us", why: "what was typed is more than the shell takes: paste less at once" });
    } catch (cause) {
      this.#end({ by: "us", why: fromThrown(cause).body.message.replace(/\.$/, "") });
    }
  }

  async #untilRoom(): Promise<void> {
    const isFull = (): boolean =>
      this.#unshown >= this.around.limits.unshown || (this.#socket?.waiting() ?? 0) > MOST_WAITING;
    while (!this.#isOver && isFull()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#room = resolve;
      await promise;
    }
  }

  #makeRoom(): void {
    this.#room?.();
    this.#room = undefined;
  }

  #touch(): void {
    clearTimeout(this.#idle);
    const { idleMs } = this.around.limits;
    this.#idle = setTimeout(
      () => this.#end({ by: "time", why: `nothing was typed or shown for ${sayTime(idleMs)}` }),
      idleMs,
    );
  }

  #end(end: TerminalEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#idle);
    clearTimeout(this.#longest);
    this.#makeRoom();
    this.#say({ is: "ended", why: end.why, ...defined({ code: end.code }) });
    this.#socket?.close(NORMAL, "");
    this.#terminal?.close();
    this.#ending.abort(new DOMException("the terminal is closed", "AbortError"));
    this.around.ended(end);
  }

  #say(message: ToPage): void {
    this.#socket?.send(JSON.stringify(message));
  }
}

function endOf(end: ExecEnd): TerminalEnd {
  if (end.is !== "exited") return { by: "us", why: end.why };
  return {
    ...{ by: "shell", code: end.code },
    why: end.code === 0 ? "the shell has ended" : `the shell has ended with ${end.code}`,
  };
}

function sayTime(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes < 1) return `${Math.round(ms / 1000)} s`;
  return minutes >= 60 ? `${Math.round(minutes / 60)} hours` : `${Math.round(minutes)} minutes`;
}
