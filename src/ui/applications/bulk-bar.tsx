/** What can be done to the applications that are selected. */
import { useEffect, useState } from "preact/hooks";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { ourPathOf } from "../application/paths.ts";
import { reviews } from "../application/reviews-later.ts";
import { note } from "../components/notes.tsx";
import { ask } from "../store/daemon.ts";
import { type Denied, deniedAll, type Right } from "../store/rights.ts";
import { forEach } from "../store/several.ts";
import { whyStale } from "../store/stale.ts";
import { keyOf } from "../words/app-words.ts";
import { type Deed, RIGHT_FOR, whyNot } from "../words/bulk-words.ts";
import { BulkReview } from "./bulk-review.tsx";

/** As on an application's page, from the same file. */
const SyncReview = reviews.extra(({ SyncReview }) => SyncReview);

interface BulkBarProps {
  /** In sight of what is looked for, in the order of the list. */
  chosen: readonly ListedApplication[];
  /** How many are selected that what is looked for leaves out. */
  beyond: number;
  /** How many the list has. */
  shown: number;
  onSelectAll(): void;
  onClear(): void;
}

/** As they were chosen when the button was pressed. */
type Open = { deed: Deed; apps: readonly ListedApplication[] };

export function BulkBar({ chosen, beyond, shown, onSelectAll, onClear }: BulkBarProps) {
  const [open, setOpen] = useState<Open>();
  const [refreshed, setRefreshed] = useState<number>();
  const denied = useDeniedOf(chosen);
  const review = (deed: Deed) => {
    const why = denied[RIGHT_FOR[deed]] ?? whyNone(deed, chosen);
    return {
      type: "button" as const,
      "aria-disabled": why !== undefined,
      title: why,
      onClick: () => why === undefined && setOpen({ deed, apps: chosen }),
    };
  };
  const refresh = async (how: "normal" | "hard"): Promise<void> => {
    if (refreshed !== undefined) return;
    const failed: string[] = [];
    let done = 0;
    setRefreshed(0);
    await forEach(
      chosen,
      async (app) => {
        try {
          await ask("POST", `${ourPathOf(app, "refresh")}${how === "hard" ? "?hard=true" : ""}`, {
            body: {},
          });
          done += 1;
        } catch (cause) {
          failed.push(`${keyOf(app)}: ${cause instanceof Error ? cause.message : String(cause)}`);
        }
        setRefreshed(done + failed.length);
      },
      new AbortController().signal,
    );
    setRefreshed(undefined);
    if (failed.length > 0)
      note(
        "bad",
        [
          `${failed.length === 1 ? "1 was" : `${failed.length} were`} not refreshed`,
          ...failed.slice(0, 5),
          ...(failed.length > 5 ? [`and ${failed.length - 5} more`] : []),
        ].join("\n"),
      );
    if (done > 0)
      note(
        "good",
        `${done === 1 ? "1 was" : `${done} were`} refreshed${how === "hard" ? ", and rendered again" : ""}`,
      );
  };
  const [only] = open?.apps ?? [];
  const stale = whyStale();
  return (
    <>
      {chosen.length + beyond > 0 && (
        <div class="bulk" role="toolbar" aria-label="Of those that are selected">
          <b>{chosen.length} selected</b>
          {beyond > 0 && <span class="dim">and {beyond} that what you look for leaves out</span>}
          {chosen.length > 0 && (
            <>
              <button class="primary" {...review("sync")}>
                Review & sync
              </button>
              <button
                type="button"
                aria-busy={refreshed !== undefined}
                aria-disabled={stale !== undefined}
                title={stale ?? "With Shift they are rendered again too"}
                onClick={({ shiftKey }) => stale === undefined && void refresh(shiftKey ? "hard" : "normal")}
              >
                {refreshed === undefined ? "Refresh" : `Refresh: ${refreshed} of ${chosen.length}`}
              </button>
              <button {...review("pause")}>Pause auto-sync</button>
              <button {...review("resume")}>Resume auto-sync</button>
              <button {...review("delete")}>Delete</button>
            </>
          )}
          <span class="rest">
            {chosen.length < shown && (
              <button type="button" class="plain" onClick={onSelectAll}>
                Select all {shown}
              </button>
            )}
            <button type="button" class="plain" onClick={onClear}>
              Clear
            </button>
          </span>
        </div>
      )}
      {open !== undefined &&
        (open.deed === "sync" && open.apps.length === 1 && only !== undefined ? (
          <SyncReview app={only} onClose={() => setOpen(undefined)} />
        ) : (
          <BulkReview deed={open.deed} apps={open.apps} onClose={() => setOpen(undefined)} />
        ))}
    </>
  );
}

/** Why it can be done to none of them; undefined: it can to one at least. */
function whyNone(deed: Deed, apps: readonly ListedApplication[]): string | undefined {
  const whys = apps.map((app) => whyNot(deed, app));
  if (whys.includes(undefined)) return undefined;
  const [first] = whys;
  return whys.every((why) => why === first)
    ? `${apps.length === 1 ? "" : "Of each: "}${first}`
    : "It can be done to none of them";
}

/** Of so many it is asked before one opens the review, which asks of each. */
const MOST_ASKED = 20;

/** What may be done to none of them, with why of the first. */
function useDeniedOf(apps: readonly ListedApplication[]): Denied {
  const [known, setKnown] = useState<ReadonlyMap<string, Denied>>(new Map());
  const keys = apps.slice(0, MOST_ASKED).map(keyOf);
  useEffect(() => {
    const leave = new AbortController();
    const unasked = apps.slice(0, MOST_ASKED).filter((app) => !known.has(keyOf(app)));
    const look = async (app: ListedApplication): Promise<void> => {
      const { denied } = await ask<{ denied: Denied }>("GET", ourPathOf(app, "rights"), leave);
      if (!leave.signal.aborted) setKnown((before) => new Map([...before, [keyOf(app), denied]]));
    };
    // Whoever goes on selecting asks once.
    const timer = setTimeout(() => void forEach(unasked, look, leave.signal), 200);
    return () => {
      clearTimeout(timer);
      leave.abort();
    };
  }, [keys.join(" ")]);
  const stale = whyStale();
  if (stale !== undefined) return deniedAll(stale);
  const answers = keys.map((key) => known.get(key));
  if (apps.length > MOST_ASKED || answers.includes(undefined)) return {};
  const [first] = answers;
  return Object.fromEntries(
    Object.entries(first ?? {}).filter(([right]) =>
      answers.every((denied) => denied?.[right as Right] !== undefined),
    ),
  );
}
