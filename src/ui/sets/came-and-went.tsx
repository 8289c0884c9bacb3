/** Which applications a set made, changed and deleted lately, as the daemon's activity has it. */
import { pageAt } from "../application/paths.ts";
import { useAsked } from "../components/asked.tsx";
import { Ago } from "../components/time.tsx";
import { known, now } from "../store/applications.ts";
import { ask } from "../store/daemon.ts";
import { hrefOf } from "../store/route.ts";

interface Entry {
  seq: number;
  at: string;
  details?: {
    created?: number;
    changed?: number;
    deleted?: number;
    applications?: Readonly<Partial<Record<"created" | "changed" | "deleted", string[]>>>;
  };
}

const MOST = 10;
const MOST_NAMES = 5;
const VERBS = [
  ["created", "created"],
  ["changed", "changed"],
  ["deleted", "deleted"],
] as const;

/** @param of `namespace/name` */
export function CameAndWent({ of }: { of: string }) {
  const answer = useAsked(
    (signal) => {
      const query = new URLSearchParams({ actor: `applicationset:${of}`, limit: String(MOST) });
      return ask<{ items: Entry[] }>("GET", `/api/holdfast/v1/activity?${query}`, { signal });
    },
    [of, now.value],
  );
  // Whoever may not read it misses nothing that the page is for.
  if (answer.is !== "answered") return null;
  // It does more than this, such as syncs of its rollout: what neither came nor went is not of this list.
  const items = answer.value.items.filter(({ details = {} }) =>
    VERBS.some(([name]) => (details[name] ?? 0) > 0),
  );
  if (items.length === 0) return null;
  return (
    <section aria-labelledby="came-and-went">
      <h2 class="small" id="came-and-went">
        Created, changed and deleted
      </h2>
      <ul class="plain-list">
        {items.map(({ seq, at, details = {} }) => (
          <li key={seq}>
            <Ago at={at} />{" "}
            {VERBS.filter(([name]) => (details[name] ?? 0) > 0).map(([name, word]) => (
              <span key={name}>
                {word} <Names keys={details.applications?.[name] ?? []} count={details[name] ?? 0} />{" "}
              </span>
            ))}
          </li>
        ))}
      </ul>
      <p>
        <a href={hrefOf(`/activity?${new URLSearchParams({ q: `actor:applicationset:${of}` })}`)}>
          All that it did
        </a>
      </p>
    </section>
  );
}

function Names({ keys, count }: { keys: readonly string[]; count: number }) {
  const some = keys.slice(0, MOST_NAMES);
  return (
    <>
      {some.map((key, at) => (
        <span key={key}>
          {at > 0 && ", "}
          {known.value?.has(key) === true ? <a href={hrefOf(pageAt(key))}>{key}</a> : key}
        </span>
      ))}
      {count > some.length && ` and ${count - some.length} more`}
    </>
  );
}
