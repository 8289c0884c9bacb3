/** ApplicationSets as the daemon tells them: asked for, and asked for again whenever its stream says that one changed. */
import { useEffect, useState } from "preact/hooks";
import { askUnlessKnown, Refused } from "../store/daemon.ts";
import { onSets } from "./set-stream.ts";

/** `gone`: it was there, and is no more; `value` is what was seen of it last. `at`: milliseconds since 1970. */
export type Followed<T> =
  | { is: "asking" }
  | { is: "there"; value: T }
  | { is: "gone"; value: T; at: number }
  | { is: "absent" }
  | { is: "refused"; why: string };

/** Changes that come quickly are asked for once. */
const PAUSE_MS = 700;
/** What the stream does not tell, such as a right that was lost, is seen after so long. */
const AGAIN_MS = 60_000;

/**
 * @param path of what is asked for; another one begins anew
 * @param name of the one set that it is about; absent: of all
 */
export function useFollowed<T>(path: string, name?: { namespace: string; name: string }): Followed<T> {
  const [state, setState] = useState<{ path: string; now: Followed<T> }>({ path, now: { is: "asking" } });
  useEffect(() => {
    const leave = new AbortController();
    let tag: string | undefined;
    let last: T | undefined;
    let isGone = false;
    const show = (now: Followed<T>): void => {
      if (!leave.signal.aborted) setState({ path, now });
    };
    const look = async (): Promise<void> => {
      try {
        const answer = await askUnlessKnown<T>(path, tag, leave.signal);
        if (answer.is === "as-known") return;
        tag = answer.headers.get("etag") ?? undefined;
        last = answer.value;
        isGone = false;
        show({ is: "there", value: answer.value });
      } catch (cause) {
        tag = undefined;
        // What is shown stands where the daemon does not answer: that is said above it.
        if (!(cause instanceof Refused)) return;
        if (cause.status !== 404) return show({ is: "refused", why: cause.message });
        isGone = true;
        if (last === undefined) return show({ is: "absent" });
        wentNow(last);
      }
    };
    const wentNow = (value: T): void =>
      setState((before) =>
        leave.signal.aborted || (before.path === path && before.now.is === "gone")
          ? before
          : { path, now: { is: "gone", value, at: Date.now() } },
      );
    void look();
    // What was on its way when it went is not asked for.
    const ask = asking(() => (isGone ? Promise.resolve() : look()), leave.signal);
    // Of what is gone there is nothing to look at before somebody makes it again.
    const timer = setInterval(() => !isGone && !document.hidden && ask(), AGAIN_MS);
    const stop = onSets((told) => {
      if (told.is !== "again" && name !== undefined && told.of !== `${name.namespace}/${name.name}`) return;
      if (told.is !== "gone" || name === undefined || last === undefined) {
        isGone = false;
        return ask();
      }
      isGone = true;
      tag = undefined;
      wentNow(last);
    });
    return () => {
      leave.abort();
      clearInterval(timer);
      stop();
    };
  }, [path]);
  return state.path === path ? state.now : { is: "asking" };
}

/** @returns asks for a look, of which one is under way at a time and none follows at once */
function asking(look: () => Promise<void>, signal: AbortSignal): () => void {
  let state: "idle" | "looking" | "again" = "idle";
  const run = async (): Promise<void> => {
    do {
      state = "looking";
      await pause(PAUSE_MS, signal);
      if (!signal.aborted) await look();
    } while ((state as string) === "again" && !signal.aborted);
    state = "idle";
  };
  return () => {
    if (state === "idle") void run();
    else state = "again";
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
