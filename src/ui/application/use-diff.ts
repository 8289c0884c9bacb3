/** What differs of an application, kept as it is read: what comes meanwhile is told and does not take its place. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import { askUnlessKnown } from "../store/daemon.ts";
import { keyOf } from "../words/app-words.ts";
import { type AskedPart, type DiffFile, withPart } from "../words/diff-rows.ts";
import { askPart } from "./diff-part.ts";
import { ourPathOf } from "./paths.ts";

/** Both as the API has them: `live`, `git`, `git@REVISION`, `deployment@ID`. */
export interface Sides {
  base: string;
  target: string;
}

/** One answer of the daemon. */
export interface Compared {
  tag: string;
  /** RFC 3339; absent where it was never compared. */
  at: string | undefined;
  revision: string | undefined;
  files: readonly DiffFile[];
}

export type Diff =
  | { is: "asking" }
  | { is: "refused"; why: string }
  /** `newer`: it differs otherwise now. `trouble`: why it is not known whether it does. */
  | { is: "there"; shown: Compared; newer?: Compared; trouble?: string };

/** How long a change of the application is let settle before it is compared anew. */
const SETTLE_MS = 1_000;

export function useDiff(app: Application, sides: Sides) {
  const [diff, setDiff] = useState<Diff>({ is: "asking" });
  const last = useRef<Diff>(diff);
  const put = (next: Diff): void => {
    last.current = next;
    setDiff(next);
  };
  const of = `${keyOf(app)} ${sides.base} ${sides.target}`;
  const shownOf = useRef("");
  const at = app.status?.reconciledAt;
  useEffect(() => {
    const leave = new AbortController();
    const isFirst = shownOf.current !== of;
    if (isFirst) put({ is: "asking" });
    const look = (): void =>
      void lookAgain(app, sides, isFirst ? undefined : last.current, leave.signal).then(
        (next) => {
          if (leave.signal.aborted) return;
          shownOf.current = of;
          put(next);
        },
        (cause: unknown) => {
          if (leave.signal.aborted) return;
          const why = cause instanceof Error ? cause.message : String(cause);
          const before = last.current;
          put(before.is === "there" ? { ...before, trouble: why } : { is: "refused", why });
        },
      );
    const timer = isFirst ? void look() : setTimeout(look, SETTLE_MS);
    return () => {
      clearTimeout(timer ?? undefined);
      leave.abort();
    };
  }, [of, at]);
  return {
    diff,
    /** What is newer takes the place of what is read. */
    showNewer(): void {
      if (diff.is === "there" && diff.newer !== undefined) put({ is: "there", shown: diff.newer });
    },
    async load(file: DiffFile, part: AskedPart): Promise<void> {
      try {
        const more = await askPart(app, file, part, sides);
        const now = last.current;
        if (now.is !== "there") return;
        const files = now.shown.files.map((one) => (one.id === file.id ? withPart(one, more, part.is) : one));
        put({ ...now, shown: { ...now.shown, files } });
      } catch (cause) {
        const now = last.current;
        const trouble = cause instanceof Error ? cause.message : String(cause);
        if (now.is === "there") put({ ...now, trouble });
      }
    },
  };
}

/** @param before what is shown; absent: nothing of it yet */
async function lookAgain(
  app: Application,
  sides: Sides,
  before: Diff | undefined,
  signal: AbortSignal,
): Promise<Diff> {
  const shown = before?.is === "there" ? before.shown : undefined;
  const answer = await askUnlessKnown<{ revision?: string; items: DiffFile[] }>(
    `${ourPathOf(app, "diff/lines")}?${new URLSearchParams({ ...sides })}`,
    shown?.tag,
    signal,
  );
  const at = answer.headers.get("holdfast-compared") ?? undefined;
  if (answer.is === "as-known" && shown !== undefined) return { is: "there", shown: { ...shown, at } };
  if (answer.is === "as-known") throw new Error("the daemon answered nothing");
  const { revision, items } = answer.value;
  const found: Compared = { tag: answer.headers.get("etag") ?? "", at, revision, files: items };
  // Who reads nothing loses no place.
  return shown === undefined || shown.files.length === 0
    ? { is: "there", shown: found }
    : { is: "there", shown, newer: found };
}
