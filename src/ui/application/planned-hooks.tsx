/** The hooks that a sync would run: each by its name, and when, because what runs is no line of a difference. */
import type { Application } from "../../core/model/application.ts";
import { withoutDryRun } from "../../core/model/last-sync.ts";
import { hrefOf } from "../store/route.ts";
import { objectName } from "../words/deployment-words.ts";
import { idOfResource } from "../words/resource-ids.ts";
import { pageOf } from "./paths.ts";

interface PlannedHook {
  group: string;
  kind: string;
  namespace: string;
  name: string;
  phase: string;
}

const MOST_HOOKS = 20;

export function PlannedHooks({ app, hooks }: { app: Application; hooks: readonly PlannedHook[] }) {
  if (hooks.length === 0) return null;
  const failed = failedHooks(app);
  return (
    <>
      <p>It runs {hooks.length === 1 ? "a hook" : `${hooks.length} hooks`}:</p>
      <ul class="paths">
        {hooks.slice(0, MOST_HOOKS).map((hook) => (
          <li key={`${hook.phase} ${idOfResource(hook)}`}>
            <span class="mono">{objectName(hook)}</span> ({hook.phase})
            {failed.has(idOfResource(hook)) && (
              <>
                {", "}
                <a class="refused" href={hrefOf(`${pageOf(app)}?view=run`)}>
                  failed last time
                </a>
              </>
            )}
          </li>
        ))}
        {hooks.length > MOST_HOOKS && <li>and {hooks.length - MOST_HOOKS} more</li>}
      </ul>
    </>
  );
}

/** Of the last sync. */
function failedHooks(app: Application): ReadonlySet<string> {
  const results = withoutDryRun(app).status?.operationState?.syncResult?.resources ?? [];
  return new Set(
    results.flatMap((one) =>
      one.hookPhase === "Failed" || one.hookPhase === "Error" ? [idOfResource(one)] : [],
    ),
  );
}
