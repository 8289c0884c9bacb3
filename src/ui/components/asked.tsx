import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

export type Answer<T> = { is: "asking" } | { is: "answered"; value: T } | { is: "refused"; why: string };

/** Asks when it is first drawn, and again whenever one of `of` is another one: what came for the old ones is not shown. */
export function useAsked<T>(ask: (signal: AbortSignal) => Promise<T>, of: readonly unknown[]): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T>>({ is: "asking" });
  useEffect(() => {
    const leave = new AbortController();
    ask(leave.signal).then(
      (value) => {
        if (!leave.signal.aborted) setAnswer({ is: "answered", value });
      },
      (cause: unknown) => {
        if (!leave.signal.aborted)
          setAnswer({ is: "refused", why: cause instanceof Error ? cause.message : String(cause) });
      },
    );
    return () => leave.abort();
  }, of);
  return answer;
}

/** What was answered, or that it is not there yet, or why it never will be. */
export function Asked<T>({
  answer,
  waiting,
  title,
  children,
}: {
  answer: Answer<T>;
  waiting: string;
  /** The page's heading for as long as no answer has one. */
  title?: string;
  children: (value: T) => ComponentChildren;
}) {
  if (answer.is === "answered") return <>{children(answer.value)}</>;
  return (
    <>
      {title !== undefined && <h1 tabIndex={-1}>{title}</h1>}
      {answer.is === "asking" ? (
        <p class="dim">{waiting}…</p>
      ) : (
        <p class="refused" role="alert">
          {answer.why}
        </p>
      )}
    </>
  );
}
