import type { Project } from "../../core/model/project.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printJson } from "../print-object.ts";
import { type Column, table } from "../terminal/table.ts";
import { selectorWords, type ToldWindow } from "../words/window-words.ts";

export interface WindowListOptions {
  output?: "json" | "wide";
}

type Told = ToldWindow & { project: string; id: number };

const COLUMNS: readonly Column[] = [
  { head: "PROJECT" },
  { head: "ID" },
  { head: "NOW" },
  { head: "NEXT" },
  { head: "KIND" },
  { head: "SCHEDULE" },
  { head: "DURATION" },
  { head: "ZONE", hides: 2 },
  { head: "FOR", least: 16, shrinks: 2 },
  { head: "LETS PASS", hides: 1 },
  { head: "DESCRIPTION", least: 12, shrinks: 1, hides: 3 },
];

/** @param name of one project; undefined: of all that have windows */
export async function windowList(
  context: CliContext,
  name: string | undefined,
  { output }: WindowListOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const names =
    name === undefined
      ? (await client.get<{ items: Project[] }>("/api/v1/projects")).items.flatMap(({ metadata, spec }) =>
          (spec.syncWindows ?? []).length === 0 ? [] : [metadata.name],
        )
      : [name];
  const told: Told[] = [];
  for (const project of names) {
    const { holdfast } = await client.get<{ holdfast: { windows: ToldWindow[] } }>(
      `/api/v1/projects/${encodeURIComponent(project)}/syncwindows`,
    );
    told.push(...holdfast.windows.map((one, id) => ({ project, id, ...one })));
  }
  if (output === "json") printJson(context, { items: told });
  else if (told.length === 0)
    context.print(`There are no sync windows in ${name === undefined ? "any project" : `project ${name}`}.`);
  else
    context.print(
      table(context.out, COLUMNS, told.map(rowOf), { fit: output === "wide" ? "whole" : "terminal" }),
    );
  return EXIT.done;
}

function rowOf({ project, id, window, is, changesAt }: Told): string[] {
  const { kind, schedule, duration, timeZone = "", manualSync, syncOverrun, description = "" } = window;
  const passes = [
    ...(manualSync === true ? ["sync by hand"] : []),
    ...(syncOverrun === true ? ["what began"] : []),
  ];
  return [
    project,
    String(id),
    is,
    changesAt === undefined ? "never" : `${is === "open" ? "closes" : "opens"} ${changesAt}`,
    kind,
    schedule,
    duration,
    timeZone === "" ? "UTC" : timeZone,
    selectorWords(window) || "none",
    passes.join(", ") || "nothing",
    description,
  ];
}
