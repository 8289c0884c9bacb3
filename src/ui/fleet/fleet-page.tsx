/** What differs of all applications that are out of sync and found by a query: the same change once, with all who have it. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { pageAt } from "../application/paths.ts";
import { BulkReview } from "../applications/bulk-review.tsx";
import { Visible } from "../components/diff-line.tsx";
import { known } from "../store/applications.ts";
import { lines } from "../store/daemon.ts";
import { go, hrefOf, place, withQuery } from "../store/route.ts";
import { type FleetGroup, type FleetLine, groupsOf } from "../words/fleet-groups.ts";

/** Milliseconds in which lines are gathered before they are drawn. */
const GATHER_MS = 200;
/** Groups, and applications of one, that are drawn. */
const MOST_GROUPS = 200;
const MOST_MEMBERS = 200;

type Fleet =
  | { is: "coming" | "whole"; of: number; lines: readonly FleetLine[] }
  | { is: "broken"; of: number; lines: readonly FleetLine[]; why: string };

export function FleetPage() {
  const line = place.value.query.get("q") ?? "";
  const [round, setRound] = useState(0);
  const fleet = useFleet(line, round);
  const groups = useMemo(() => groupsOf(fleet.lines), [fleet.lines]);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [review, setReview] = useState<readonly string[]>();
  useEffect(() => setSelected(new Set()), [line]);
  const failed = fleet.lines.filter((one) => one.is === "failed");
  const done = fleet.lines.filter(({ is }) => is !== "begin" && is !== "end").length;
  const chosen = [
    ...new Set(
      groups.flatMap(({ key, members }) =>
        selected.has(key) ? members.map(({ application }) => application) : [],
      ),
    ),
  ];
  const apps = (review ?? []).flatMap((key) => known.value?.get(key) ?? []);
  return (
    <div class="fleet">
      <h1 tabIndex={-1}>What differs</h1>
      <div class="find">
        <label for="fleet-query">Find</label>
        <input
          id="fleet-query"
          type="search"
          placeholder="name, project:pay, cluster:prod, /pattern/"
          autocomplete="off"
          spellcheck={false}
          value={line}
          onChange={(event) => go(withQuery({ q: event.currentTarget.value.trim() }), "replace")}
        />
        <button type="button" onClick={() => setRound(round + 1)}>
          Compare again
        </button>
        <a href={hrefOf(`/applications?q=${encodeURIComponent(`${line} sync:outofsync`.trim())}`)}>
          Applications
        </a>
      </div>
      <p role="status" class="dim">
        {fleet.is === "coming"
          ? `${done} of ${fleet.of} compared…`
          : `${done === 1 ? "1 application" : `${done} applications`} compared, ${groups.length === 1 ? "1 change" : `${groups.length} changes`}.`}
      </p>
      {fleet.is === "broken" && (
        <p class="refused" role="alert">
          {fleet.why}
        </p>
      )}
      {chosen.length > 0 && (
        <div class="bulk" role="toolbar" aria-label="Of the changes that are selected">
          <b>{chosen.length === 1 ? "1 application" : `${chosen.length} applications`}</b>
          <button type="button" class="primary" onClick={() => setReview(chosen)}>
            Review & sync
          </button>
          <button type="button" class="plain" onClick={() => setSelected(new Set())}>
            Clear
          </button>
        </div>
      )}
      {fleet.is === "whole" && groups.length === 0 && failed.length === 0 && (
        <p>{line === "" ? "Nothing is out of sync." : "Nothing that is found by this is out of sync."}</p>
      )}
      {groups.length > 0 && (
        <ul class="groups" aria-label="Changes">
          {groups.slice(0, MOST_GROUPS).map((group) => (
            <Group
              key={group.key}
              group={group}
              selected={selected.has(group.key) ? "selected" : "not"}
              onSelect={() => {
                const next = new Set(selected);
                if (!next.delete(group.key)) next.add(group.key);
                setSelected(next);
              }}
            />
          ))}
          {groups.length > MOST_GROUPS && <li class="dim">and {groups.length - MOST_GROUPS} more changes</li>}
        </ul>
      )}
      {failed.length > 0 && (
        <section aria-labelledby="fleet-failed">
          <h2 id="fleet-failed" class="small">
            {failed.length === 1 ? "1 could not be compared" : `${failed.length} could not be compared`}
          </h2>
          <ul class="groups">
            {failed.map(({ application, why }) => (
              <li key={application}>
                <a href={hrefOf(pageAt(application))}>{application}</a>{" "}
                <span class="dim">
                  <Visible text={why} />
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {review !== undefined && apps.length > 0 && (
        <BulkReview deed="sync" apps={apps} onClose={() => setReview(undefined)} />
      )}
    </div>
  );
}

function Group({
  group: { key, words, members },
  selected,
  onSelect,
}: {
  group: FleetGroup;
  selected: "selected" | "not";
  onSelect(): void;
}) {
  const rest = members.length - MOST_MEMBERS;
  const [isOpen, setOpen] = useState(false);
  return (
    <li>
      <input
        type="checkbox"
        aria-label={`Select ${words}`}
        checked={selected === "selected"}
        onChange={onSelect}
      />
      <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <span class="many">
            {members.length === 1 ? members[0]?.application : `${members.length} applications`}
          </span>
          <span class="mono">
            <Visible text={words} />
          </span>
        </summary>
        {isOpen && (
          <ul>
            {members.slice(0, MOST_MEMBERS).map(({ application, objects }) => (
              <li key={`${key} ${application}`}>
                <a href={hrefOf(`${pageAt(application)}?view=diff`)}>{application}</a>{" "}
                <span class="dim mono">
                  <Visible text={objects.slice(0, 5).join(", ")} />
                  {objects.length > 5 && ` and ${objects.length - 5} more`}
                </span>
              </li>
            ))}
            {rest > 0 && <li class="dim">and {rest} more</li>}
          </ul>
        )}
      </details>
    </li>
  );
}

/** @param round another one asks anew */
function useFleet(line: string, round: number): Fleet {
  const [fleet, setFleet] = useState<Fleet>({ is: "coming", of: 0, lines: [] });
  useEffect(() => {
    const leave = new AbortController();
    let known: readonly FleetLine[] = [];
    let of = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = (next: Fleet): void => {
      clearTimeout(timer);
      timer = undefined;
      if (!leave.signal.aborted) setFleet(next);
    };
    const read = async (): Promise<void> => {
      show({ is: "coming", of, lines: [] });
      const path = `/api/holdfast/v1/fleet/diff?${new URLSearchParams(line === "" ? {} : { q: line })}`;
      for await (const some of lines<FleetLine>(path, leave.signal)) {
        for (const one of some) if (one.is === "begin") of = one.applications;
        known = [...known, ...some];
        timer ??= setTimeout(() => show({ is: "coming", of, lines: known }), GATHER_MS);
      }
      const last = known.at(-1);
      if (last?.is === "error") throw new Error(last.error.message);
      if (last?.is !== "end") throw new Error("the daemon stopped before all were told: compare again");
      show({ is: "whole", of, lines: known });
    };
    read().catch((cause: unknown) =>
      show({ is: "broken", of, lines: known, why: cause instanceof Error ? cause.message : String(cause) }),
    );
    return () => {
      clearTimeout(timer);
      leave.abort();
    };
  }, [line, round]);
  return fleet;
}
