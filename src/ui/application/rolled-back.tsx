import type { Application } from "../../core/model/application.ts";
import { rolledBack } from "../../core/model/rolled-back.ts";
import { Ago } from "../components/time.tsx";

/** What a sync would undo, to whoever is about to ask for one; of one that is held its hold says it. */
export function RolledBack({ app }: { app: Application }) {
  const back = rolledBack(app);
  if (back === undefined) return null;
  return (
    <p class="words" data-tone="paused">
      <b>Rolled back</b> {back.text} (<Ago at={back.at} />)
    </p>
  );
}
