/** What lives in an application's namespace and is no application's is shown where somebody asks for it. */
import { go, place, withQuery } from "../store/route.ts";

export function areOrphansShown(): boolean {
  return place.value.query.get("orphans") === "yes";
}

/** Absent where there are none, or where its project does not want to be told. It adds rows: chips beside it leave rows out. */
export function OrphansBox({ count }: { count: number }) {
  if (count === 0) return null;
  return (
    <label class="adds" title="What lives in its namespace and is no application's">
      <input
        type="checkbox"
        checked={areOrphansShown()}
        onChange={(event) =>
          go(withQuery({ orphans: event.currentTarget.checked ? "yes" : undefined }), "push")
        }
      />
      and {count} orphaned
    </label>
  );
}
