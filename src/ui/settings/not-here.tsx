/** Parts of Argo CD's settings that this daemon has nothing of: it says so itself, and what to do instead. */
import { useAsked } from "../components/asked.tsx";
import { ask } from "../store/daemon.ts";

export function NotHere({ title, path }: { title: string; path: string }) {
  const answer = useAsked((signal) => ask<unknown>("GET", path, { signal }), [path]);
  return (
    <section aria-labelledby="not-here">
      <h2 id="not-here" class="small">
        {title}
      </h2>
      {answer.is === "asking" ? (
        <p class="dim">Asking the daemon…</p>
      ) : answer.is === "refused" ? (
        <p>{answer.why}.</p>
      ) : (
        <p>This daemon has them, and this page does not know them yet: load it anew.</p>
      )}
    </section>
  );
}
