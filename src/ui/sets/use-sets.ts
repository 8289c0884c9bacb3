/** ApplicationSets as the daemon tells them: asked for, and asked for again whenever its stream says that one changed. */
import { useEffect, useState } from "preact/hooks";
import { askUnlessKnown, lines, Refused } from "../store/daemon.ts";

/** `gone`: it was there, and is no more; `value` is what was seen of it last. `at`: milliseconds since 1970. */
export type Followed<T> =
  | { is: "asking" }
  | { is: "there"; value: T }
  | { is: "gone"; value: T; at: number }
  | { is: "absent" }
  | { is: "refused"; why: string };

/** Changes that come quickly are asked for once. */
const PAUSE_MS = 700;
const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
/** What the stream does not tell, such as a right that was lost, is seen after so long. */
const AGAIN_MS = 60_000;

const STREAM = "/api/v1/stream/applicationsets";
/** As little as a line can be: it says that something changed, and what, the answer does. */
const FIELDS = "result.type,result.applicationSet.metadata.name";

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
    const show = (now: Followed<T>): void => {
      if (!leave.signal.aborted) setState({ path, now });
    };
    const look = async (): Promise<void> => {
      try {
        const answer = await askUnlessKnown<T>(path, tag, leave.signal);
        if (answer.is === "as-known") return;
        tag = answer.headers.get("etag") ?? undefined;
        last = answer.value;
        show({ is: "there", value: answer.value });
      } catch (cause) {
        tag = undefined;
        // What is shown stands where the daemon does not answer: that is said above it.
        if (!(cause instanceof Refused)) return;
        if (cause.status !== 404) return show({ is: "refused", why: cause.message });
        const value = last;
        if (value === undefined) return show({ is: "absent" });
        setState((before) =>
          leave.signal.aborted || (before.path === path && before.now.is === "gone")
            ? before
            : { path, now: { is: "gone", value, at: Date.now() } },
        );
      }
    };
    void follow(look, name, leave.signal);
    return () => leave.abort();
  }, [path]);
  return state.path === path ? state.now : { is: "asking" };
}

/** Looks, and looks again at each word of the stream, as long as somebody looks at the page. */
async function follow(
  look: () => Promise<void>,
  name: { namespace: string; name: string } | undefined,
  signal: AbortSignal,
): Promise<void> {
  const query = new URLSearchParams({ fields: FIELDS });
  if (name !== undefined) {
    query.set("name", name.name);
    query.set("appsetNamespace", name.namespace);
  }
  let pauseMs = FIRST_MS;
  const asks = asking(look, signal);
  while (!signal.aborted) {
    await seen(signal);
    await look();
    const hidden = new AbortController();
    const onHidden = (): void => {
      if (document.hidden) hidden.abort();
    };
    document.addEventListener("visibilitychange", onHidden);
    try {
      for await (const told of lines<unknown>(
        `${STREAM}?${query}`,
        AbortSignal.any([signal, hidden.signal]),
      )) {
        pauseMs = FIRST_MS;
        if (told.length > 0) asks();
      }
    } catch {
      // It is opened again, and what was missed is looked at.
    } finally {
      document.removeEventListener("visibilitychange", onHidden);
    }
    if (hidden.signal.aborted) continue;
    await pause(pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, LONGEST_MS);
  }
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
  const timer = setInterval(() => ask(), AGAIN_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
  function ask(): void {
    if (state === "idle") void run();
    else state = "again";
  }
  return ask;
}

function seen(signal: AbortSignal): Promise<void> {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) => {
    const look = (): void => {
      if (document.hidden && !signal.aborted) return;
      document.removeEventListener("visibilitychange", look);
      resolve();
    };
    document.addEventListener("visibilitychange", look);
    signal.addEventListener("abort", look);
  });
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
