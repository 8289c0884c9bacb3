/** What became of applications and clusters, of the kinds that are chosen. */
import { useEffect, useState } from "preact/hooks";
import type { Transition } from "../../core/model/transition.ts";
import { AsCli } from "../components/as-cli.tsx";
import { TransitionRows } from "../components/transition-rows.tsx";
import { now } from "../store/applications.ts";
import { ask } from "../store/daemon.ts";
import { go, place, withQuery } from "../store/route.ts";
import { GROUP_WORDS, GROUPS, groupsIn, kindsOf } from "../words/transition-words.ts";

const A_PAGE = 100;

export function TransitionsView() {
  const { query } = place.value;
  const groups = groupsIn(query.get("kinds"));
  const pages = Math.max(1, Math.floor(Number(query.get("pages"))) || 1);
  const told = useTransitions(kindsOf(groups).join(","), pages);
  const choose = (group: (typeof GROUPS)[number]): void => {
    const next = groups.includes(group) ? groups.filter((one) => one !== group) : [...groups, group];
    go(withQuery({ kinds: next.length === 0 ? undefined : next.join(","), pages: undefined }), "push");
  };
  return (
    <>
      <fieldset class="chip-group">
        <legend class="hidden-text">What is shown</legend>
        <button
          type="button"
          class="chip"
          aria-pressed={groups.length === 0}
          onClick={() => go(withQuery({ kinds: undefined, pages: undefined }), "push")}
        >
          Everything
        </button>
        {GROUPS.map((group) => (
          <button
            key={group}
            type="button"
            class="chip"
            aria-pressed={groups.includes(group)}
            onClick={() => choose(group)}
          >
            {GROUP_WORDS[group]}
          </button>
        ))}
      </fieldset>
      {told.is === "asking" && <p class="dim soon">Asking the daemon…</p>}
      {told.is === "refused" && (
        <p class="refused" role="alert">
          {told.why}
        </p>
      )}
      {told.is === "told" && (
        <>
          <TransitionRows
            items={told.items}
            of="named"
            days="shown"
            none={groups.length === 0 ? "Nothing changed yet." : "Nothing of these kinds changed."}
          />
          {told.items.length > 0 && (
            <p class="row">
              {told.more === "none" ? (
                <span class="dim">That is all that is kept of it.</span>
              ) : (
                <button type="button" onClick={() => go(withQuery({ pages: String(pages + 1) }), "replace")}>
                  Older
                </button>
              )}
            </p>
          )}
        </>
      )}
      <AsCli
        words={[
          ...["activity", "transitions"],
          ...(groups.length === 0 ? [] : ["--kind", kindsOf(groups).join(",")]),
          ...["--limit", String(pages * A_PAGE)],
        ]}
      />
    </>
  );
}

type Told =
  | { is: "asking" }
  | { is: "told"; items: readonly Transition[]; more: "some" | "none" }
  | { is: "refused"; why: string };

/** Asked anew now and then; what is shown stays until the answer is there. */
function useTransitions(kinds: string, pages: number): Told {
  const [state, setState] = useState<{ kinds: string; told: Told }>({ kinds, told: { is: "asking" } });
  useEffect(() => {
    const leave = new AbortController();
    const put = (told: Told): void => {
      if (!leave.signal.aborted) setState({ kinds, told });
    };
    read(kinds, pages, leave.signal).then(put, (cause: unknown) =>
      put({ is: "refused", why: cause instanceof Error ? cause.message : String(cause) }),
    );
    return () => leave.abort();
  }, [kinds, pages, now.value]);
  return state.kinds === kinds ? state.told : { is: "asking" };
}

async function read(kinds: string, pages: number, signal: AbortSignal): Promise<Told> {
  const items: Transition[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < pages; page++) {
    const query = new URLSearchParams({ kind: kinds, limit: String(A_PAGE) });
    if (cursor !== undefined) query.set("cursor", cursor);
    const told: { items: Transition[]; cursor?: string } = await ask(
      "GET",
      `/api/holdfast/v1/transitions?${query}`,
      { signal },
    );
    items.push(...told.items);
    cursor = told.cursor;
    if (cursor === undefined) break;
  }
  return { is: "told", items, more: cursor === undefined ? "none" : "some" };
}
