import { type Application, keyOfApp } from "../core/model/application.ts";

/** As many of an application's differing objects are named; the others are counted. */
const NAMED = 3;

/**
 * Says what becomes of applications, a line for each change that a person would notice, and once that all of them are
 * Synced and Healthy.
 *
 * @param count how many there will be
 * @param beside `others`: there are more applications, of which nothing is said here and the page shows all
 * @returns to be called with every change
 */
export function tellStates(
  count: number,
  say: (line: string) => void,
  beside: "nothing" | "others" = "nothing",
): (app: Application) => void {
  const stateByApp = new Map<string, string>();
  const settled = new Set<string>();
  let greeted = false;
  return (app) => {
    const { sync, health } = app.status ?? {};
    if (sync === undefined) return;
    const key = keyOfApp(app);
    const words = [sync.status, health?.status ?? "Unknown", health?.message ?? ""];
    const state = words.join(" ");
    if (stateByApp.get(key) === state) return;
    stateByApp.set(key, state);
    say(
      `  ${app.metadata.name.padEnd(10)} ${sync.status.padEnd(10)} ${(health?.status ?? "Unknown").padEnd(12)} ${why(app)}`.trimEnd(),
    );
    if (sync.status === "Synced" && health?.status === "Healthy") settled.add(key);
    else settled.delete(key);
    if (greeted || settled.size < count) return;
    greeted = true;
    say(
      beside === "others"
        ? `\nThese ${count} are Synced and Healthy. The page shows their neighbours too, some of which need attention on purpose. Now try one of these ${count}.\n`
        : "\nAll of them are Synced and Healthy. Now try one of them.\n",
    );
  };
}

function why({ status }: Application): string {
  if (status?.health?.message !== undefined && status.health.message !== "") return status.health.message;
  if (status?.sync?.status === "Synced")
    return status.operationState?.phase === "Succeeded" ? status.operationState.message : "";
  const differing = (status?.resources ?? [])
    .filter((resource) => resource.status === "OutOfSync")
    .map(({ kind, name }) => `${kind} ${name}`);
  if (differing.length === 0) return "";
  const more = differing.length > NAMED ? ` and ${differing.length - NAMED} more` : "";
  return `not as in Git: ${differing.slice(0, NAMED).join(", ")}${more}`;
}
