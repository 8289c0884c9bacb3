/** One stream for all tabs of a browser, which opens six connections to a server and no more: one tab has it and tells the others. */
import { type Following, follow, readList } from "./daemon.ts";

type Told =
  /** A stream was opened: what was told before may have left something out. */
  | { is: "begun" }
  /** `frame` absent: it lives, and nothing happened. */
  | { is: "line"; frame?: unknown }
  | { is: "lost" };

/** Longer than the daemon is silent, which says something every 15 s. */
const SILENCE_MS = 45_000;

/**
 * As `follow`, by this tab's own stream or by another tab's. The list is always asked for by the tab itself: what it may not
 * see is not shown, whoever has the stream.
 *
 * @param asker tabs of one person share a stream, and no others
 * @throws {Refused} and whatever ends it
 */
export async function followShared(on: Following, asker: string, signal: AbortSignal): Promise<never> {
  // Not there without TLS, but on this machine.
  if (navigator.locks === undefined) return follow(on, signal);
  const name = `${import.meta.url} ${asker}`;
  const channel = new BroadcastChannel(name);
  const leave = new AbortController();
  const either = AbortSignal.any([signal, leave.signal]);
  let part: "following" | "leading" = "following";
  try {
    const lead = async (): Promise<never> => {
      part = "leading";
      return leading(on, channel, either);
    };
    const now = await navigator.locks.request(name, { ifAvailable: true }, (lock) =>
      lock === null ? undefined : lead(),
    );
    if (now !== undefined) return now;
    const later = navigator.locks.request(name, { signal: either }, lead);
    return await Promise.race([later, following(on, channel, either, () => part === "leading")]);
  } finally {
    leave.abort();
    channel.close();
  }
}

async function leading(on: Following, channel: BroadcastChannel, signal: AbortSignal): Promise<never> {
  const tell = (told: Told): void => channel.postMessage(told);
  try {
    return await follow(
      {
        list(list) {
          tell({ is: "begun" });
          on.list(list);
        },
        frame(frame) {
          tell({ is: "line", frame });
          on.frame(frame);
        },
        alive: () => tell({ is: "line" }),
      },
      signal,
    );
  } finally {
    // Another tab takes the lock now, and tries for itself.
    tell({ is: "lost" });
  }
}

function following(
  on: Following,
  channel: BroadcastChannel,
  signal: AbortSignal,
  isOver: () => boolean,
): Promise<never> {
  return new Promise((_, reject) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const heard = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => end(new Error("no tab hears from the daemon")), SILENCE_MS);
    };
    const end = (why: unknown): void => {
      clearTimeout(timer);
      channel.onmessage = null;
      // Nothing is read any more once this tab has the stream: its end is that stream's.
      if (!isOver()) reject(why as Error);
    };
    /** What is told while the list is on its way, which may have it already. */
    let waiting: unknown[] | undefined;
    const list = async (): Promise<void> => {
      waiting = [];
      try {
        const whole = await readList(signal);
        if (isOver()) return;
        on.list(whole);
        for (const frame of waiting.splice(0)) on.frame(frame);
        waiting = undefined;
      } catch (cause) {
        end(cause);
      }
    };
    channel.onmessage = ({ data }: MessageEvent<Told>) => {
      if (isOver()) return end(undefined);
      heard();
      if (data.is === "lost") return end(new Error("the daemon does not answer"));
      if (data.is === "begun") return void list();
      if (data.frame === undefined) return;
      if (waiting !== undefined) return void waiting.push(data.frame);
      try {
        on.frame(data.frame);
      } catch (cause) {
        end(cause);
      }
    };
    signal.addEventListener("abort", () => end(signal.reason), { once: true });
    heard();
    void list();
  });
}
