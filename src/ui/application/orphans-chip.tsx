/** What lives in an application's namespace and is no application's is shown where somebody asks for it. */
import { go, place, withQuery } from "../store/route.ts";

export function areOrphansShown(): boolean {
  return place.value.query.get("orphans") === "yes";
}

/** Absent where there are none, or where its project does not want to be told. */
export function OrphansChip({ count }: { count: number }) {
  if (count === 0) return null;
  const isOn = areOrphansShown();
  return (
    <button
      type="button"
      class="chip"
      aria-pressed={isOn}
      title="What lives in its namespace and is no application's"
      onClick={() => go(withQuery({ orphans: isOn ? undefined : "yes" }), "push")}
    >
      Orphaned <span>{count}</span>
    </button>
  );
}
