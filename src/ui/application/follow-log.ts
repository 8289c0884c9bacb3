/** A log as it comes, in a book that keeps the last of it. */
import { useEffect, useReducer, useRef, useState } from "preact/hooks";
import { lines } from "../store/daemon.ts";
import { LogBook, type Said } from "../words/log-book.ts";

export type Following = { is: "following" | "ended" } | { is: "cut"; why: string };

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

/** Reads it again, and from its beginning, whenever one of `of` is another one. */
export function useLog(path: string, of: readonly unknown[]): FollowedLog {
  const book = useRef(new LogBook());
  const gone = useRef(0);
  const [version, turn] = useReducer((before: number, _: undefined) => before + 1, 0);
  const [state, setState] = useState<Following>({ is: "following" });
  useEffect(() => {
    const leave = new AbortController();
    let frame = 0;
    // What comes is in the book at once, which is bounded; it is drawn once for each picture that is shown.
    const draw = (): void => {
      if (frame === 0)
        frame = requestAnimationFrame(() => {
          frame = 0;
          turn(undefined);
        });
    };
    book.current.clear();
    gone.current = 0;
    setState({ is: "following" });
    draw();
    void follow();
    return () => {
      leave.abort();
      cancelAnimationFrame(frame);
    };

    async function follow(): Promise<void> {
      try {
        for await (const batch of lines<LogEntry>(path, leave.signal)) {
          if (leave.signal.aborted) return;
          gone.current += book.current.add(batch.flatMap(saidIn));
          draw();
        }
        if (!leave.signal.aborted) setState({ is: "ended" });
      } catch (cause) {
        if (!leave.signal.aborted)
          setState({ is: "cut", why: cause instanceof Error ? cause.message : String(cause) });
      }
    }
  }, [path, ...of]);
  return { book: book.current, state, version, gone: gone.current };
}

function saidIn({ result, error }: LogEntry): Said[] {
  if (error !== undefined)
    return [{ pod: error.podName ?? "", time: "", content: error.message, isNotice: true }];
  if (result === undefined || result.last === true) return [];
  const { podName: pod, container, timeStampStr: time = "", content } = result;
  return [{ pod, container, time, content }];
}
