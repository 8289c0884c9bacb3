/** A log as it comes, in a book that keeps the last of it. */
import { useEffect, useReducer, useRef, useState } from "preact/hooks";
import { lines } from "../store/daemon.ts";
import { LogBook, type Said } from "../words/log-book.ts";
import { type FollowedPod, seamOf } from "../words/log-seam.ts";

/** `asking`: nobody answered yet, so that no line says nothing. */
export type Following = { is: "asking" | "following" | "ended" } | { is: "cut"; why: string };

export interface FollowedLog {
  book: LogBook;
  state: Following;
  /** Another one whenever the book is. */
  version: number;
  /** Rows that went at its beginning, all in all. */
  gone: number;
}

/** As the API has it; `last`: it is no line. */
interface LogEntry {
  result?: { content: string; podName: string; container?: string; timeStampStr?: string; last?: boolean };
  error?: { message: string; podName?: string };
}

/**
 * Reads it anew whenever something else is asked. Where other Pods or other runs come meanwhile it goes on with them, and
 * says so in its place.
 *
 * @param path of the API @param asks with `follow`, or of what there is now
 * @param pods whose log it is, as they are now; none: not known yet
 */
export function useLog(path: string, asks: URLSearchParams, pods: readonly FollowedPod[]): FollowedLog {
  const book = useRef(new LogBook());
  const gone = useRef(0);
  const [version, turn] = useReducer((before: number, _: undefined) => before + 1, 0);
  const [state, setState] = useState<Following>({ is: "asking" });
  const followed = useRef<readonly FollowedPod[]>([]);
  const reading = useRef(new AbortController());
  const frame = useRef(0);
  // What comes is in the book at once, which is bounded; it is drawn once for each picture that is shown.
  const draw = (): void => {
    if (frame.current !== 0) return;
    frame.current = requestAnimationFrame(() => {
      frame.current = 0;
      turn(undefined);
    });
  };
  const read = async (query: URLSearchParams, wasRead: (said: Said) => boolean): Promise<void> => {
    reading.current.abort();
    const leave = new AbortController();
    reading.current = leave;
    setState({ is: "asking" });
    draw();
    try {
      for await (const batch of lines<LogEntry>(`${path}&${query}`, leave.signal)) {
        if (leave.signal.aborted) return;
        // Its first one may be a sign of life alone.
        setState((before) => (before.is === "following" ? before : { is: "following" }));
        gone.current += book.current.add(batch.flatMap(saidIn).filter((said) => !wasRead(said)));
        draw();
      }
      if (!leave.signal.aborted) setState({ is: "ended" });
    } catch (cause) {
      if (!leave.signal.aborted)
        setState({ is: "cut", why: cause instanceof Error ? cause.message : String(cause) });
    }
  };
  const anew = (): void => {
    book.current.clear();
    gone.current = 0;
    followed.current = pods;
    void read(asks, () => false);
  };
  const asked = `${path}&${asks}`;
  useEffect(() => {
    anew();
    return () => {
      reading.current.abort();
      cancelAnimationFrame(frame.current);
      frame.current = 0;
    };
  }, [asked]);
  const are = JSON.stringify(pods.map(({ name, uid, containers }) => [name, uid, containers.map(startOf)]));
  useEffect(() => {
    const before = followed.current;
    if (pods.length === 0 || before === pods) return;
    // One that is gone may come again as another one.
    followed.current = [...pods, ...before.filter(({ name }) => !pods.some((pod) => pod.name === name))];
    const seam = before.length === 0 ? undefined : seamOf(before, pods, book.current.entries);
    if (seam === undefined) return;
    // Of what is not followed another run is another log.
    if (!asks.has("follow")) return anew();
    gone.current += book.current.add(seam.breaks);
    void read(seam.since === undefined ? asks : since(asks, seam.since), seam.wasRead);
  }, [are]);
  return { book: book.current, state, version, gone: gone.current };
}

const startOf = ({ name, startedAt }: FollowedPod["containers"][number]): string => `${name} ${startedAt}`;

/** Servers take one word for it. */
function since(asks: URLSearchParams, time: string): URLSearchParams {
  const next = new URLSearchParams(asks);
  next.delete("sinceSeconds");
  next.set("sinceTime", time);
  return next;
}

function saidIn({ result, error }: LogEntry): Said[] {
  if (error !== undefined)
    return [{ pod: error.podName ?? "", time: "", content: error.message, is: "trouble" }];
  if (result === undefined || result.last === true) return [];
  const { podName: pod, container, timeStampStr: time = "", content } = result;
  return [{ pod, container, time, content }];
}
