import type { Application } from "../../core/model/application.ts";
import { blamedPod } from "../../core/model/blamed-pod.ts";
import { lateSince } from "../../core/model/late.ts";
import { isPaused } from "../../core/model/paused.ts";
import { suspendedHookIn } from "../../core/model/suspended-hook.ts";
import { withRelativeTimes } from "../../lib/relative-times.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printJsonList } from "../print-object.ts";
import { oneApp, type SelectionOptions } from "../select-apps.ts";
import { plainText } from "../terminal/plain-text.ts";
import { healthOf, isBeingDeleted, isBusy, nameOf, syncOf } from "../words/app-words.ts";
import { reasons } from "../words/why.ts";

/** Why it is in the state that it is in, the cause first, and what to type next. */
export async function appWhy(
  context: CliContext,
  name: string,
  options: SelectionOptions & { output?: "json" },
): Promise<ExitCode> {
  const app = await oneApp(await context.client(), name, options);
  const because = reasons(app);
  const next = nextOf(app, context.now());
  if (options.output === "json") {
    printJsonList(context, "ApplicationReasons", {
      application: nameOf(app),
      sync: syncOf(app),
      health: healthOf(app),
      reasons: because,
      next,
    });
    return EXIT.done;
  }
  const said = because.map(({ lead, words, text }, at) => {
    const known = lead === syncOf(app) || lead === healthOf(app);
    const clause = plainText(withRelativeTimes(text, context.now())).replace(/[.\s]+$/, "");
    return at === 0 ? `: ${clause}` : `. ${known ? "" : `${words}: `}${capital(clause, known)}`;
  });
  context.print([
    `${nameOf(app)} is ${syncOf(app)} and ${healthOf(app)}${said.join("") || ", and nothing is wrong with it"}.`,
    `Next: ${next}`,
  ]);
  return EXIT.done;
}

/** The one command that helps most now, or what is to be edited. */
export function nextOf(app: Application, nowMs: number): string {
  const name = nameOf(app);
  const { status } = app;
  const has = (...types: string[]): boolean =>
    (status?.conditions ?? []).some(({ type }) => types.includes(type));
  if (has("DeletionConfirmWarning")) return `holdfast app confirm-deletion ${name}`;
  if (isBeingDeleted(app)) return `holdfast app get ${name} --show-operation`;
  if (isPaused(app)) return `holdfast app get ${name}`;
  const waited = isBusy(app) ? suspendedHookIn(status?.operationState?.message ?? "") : undefined;
  // A wait for it would never end.
  if (waited !== undefined)
    return `holdfast app actions run ${name} resume --kind ${waited.kind} --resource-name ${waited.name}`;
  const stuck = stuckPodIn(reasons(app).map(({ text }) => text));
  if (isBusy(app) && stuck !== undefined) return lookAt(name, stuck);
  if (isBusy(app))
    return lateSince(app, nowMs) === undefined
      ? `holdfast app wait ${name}`
      : `holdfast app get ${name} --show-operation`;
  if (has("PruneBlocked")) return `holdfast app sync ${name} --prune --dry-run`;
  if ((status?.conditions ?? []).some(({ message }) => message.includes("Correct the source's path")))
    return `holdfast app set ${name} --path FOLDER`;
  if (has("ComparisonError", "InvalidSpecError", "InvalidSource")) return `holdfast app refresh ${name}`;
  const { phase } = status?.operationState ?? {};
  const pod = reasons(app)
    .map(({ text }) => blamedPod(text))
    .find((one) => one !== undefined);
  const refused = refusedIn(status?.operationState?.message ?? "");
  if (syncOf(app) !== "Synced" && (phase === "Failed" || phase === "Error") && refused !== undefined)
    return `edit ${refused.file}, line ${refused.line}, and commit it`;
  if (syncOf(app) !== "Synced" && (phase === "Failed" || phase === "Error"))
    return pod === undefined
      ? `holdfast app get ${name} --show-operation`
      : `holdfast app logs ${name} ${pod.name} --tail 50`;
  if (has("HeldWarning")) return `holdfast app unhold ${name} --dry-run`;
  if (healthOf(app) === "Degraded") {
    return `holdfast app logs ${name}${pod === undefined ? "" : ` ${pod.name}`} --tail 50`;
  }
  if (syncOf(app) === "OutOfSync") return `holdfast app diff ${name}`;
  if (syncOf(app) === "Unknown") return `holdfast app refresh ${name}`;
  if (healthOf(app) === "Progressing")
    return stuck !== undefined
      ? lookAt(name, stuck)
      : lateSince(app, nowMs) === undefined
        ? `holdfast app wait ${name} --health`
        : `holdfast app tree ${name}`;
  return healthOf(app) === "Healthy" ? `holdfast app history ${name}` : `holdfast app tree ${name}`;
}

/** Where an object that the API server refuses is written, as a sync says it. */
function refusedIn(message: string): { file: string; line: string } | undefined {
  const [, file, line] = /the API server refuses [^()]* \(([^():\s]+):(\d+)\): /.exec(message) ?? [];
  return file === undefined || line === undefined ? undefined : { file, line };
}

/** What no wait ends by itself, as far as a sentence says it; `none`: the Pod has not begun, and wrote nothing. */
interface StuckPod {
  pod: string;
  log: "some" | "none";
}

function stuckPodIn(texts: readonly string[]): StuckPod | undefined {
  for (const text of texts) {
    const [, pod, why] =
      /\bPod ([\w.-]+) (?:is on (no node): |(?:init )?container [\w.-]+ waits: ((?:CrashLoop|ImagePull)BackOff|ErrImagePull|InvalidImageName|CreateContainer\w*Error))/
        .exec(text)
        ?.filter((part) => part !== undefined) ?? [];
    if (pod !== undefined) return { pod, log: why === "CrashLoopBackOff" ? "some" : "none" };
  }
  return undefined;
}

function lookAt(name: string, { pod, log }: StuckPod): string {
  return log === "some" ? `holdfast app logs ${name} ${pod} --tail 50` : `holdfast app events ${name}`;
}

function capital(text: string, wanted: boolean): string {
  return wanted ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}
