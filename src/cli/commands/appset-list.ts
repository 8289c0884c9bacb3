import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { asManifest, printJsonList, printYamlDocuments } from "../print-object.ts";
import { listSets, type SetSelection, setName, type ToldSet } from "../sets/choose-sets.ts";
import { generatorsOf, setPolicyOf, setReason, stateOf, templateOf } from "../sets/set-words.ts";
import { type Column, table } from "../terminal/table.ts";
import type { Cell, Terminal } from "../terminal/terminal.ts";
import { count } from "../words/count.ts";
import { problemLines } from "../words/problem-lines.ts";

export interface AppsetListOptions extends SetSelection {
  output?: "json" | "yaml" | "wide" | "name" | "table";
}

export async function appsetList(context: CliContext, options: AppsetListOptions): Promise<ExitCode> {
  const { items, problems } = await listSets(await context.client(), options);
  const sets = items.map(({ applicationSet }) => applicationSet);
  switch (options.output) {
    case "json":
      printJsonList(context, "ApplicationSetList", { items: sets });
      break;
    case "yaml":
      printYamlDocuments(context, sets.map(asManifest));
      break;
    case "name":
      context.print(sets.map(setName));
      break;
    default: {
      if (items.length > 0) context.print(setTable(context.out, items, options.output));
      const wrong = items.filter((told) => stateOf(told) === "Error").length;
      const isNarrowed =
        options.selector !== undefined ||
        options.project !== undefined ||
        options.appsetNamespace !== undefined;
      context.note(
        items.length === 0
          ? isNarrowed
            ? "No ApplicationSet fits, or you may not see it."
            : "There are no ApplicationSets yet."
          : `${count(items.length, "ApplicationSet")}${wrong === 0 ? "" : `, ${wrong} with errors`}`,
      );
    }
  }
  for (const line of problemLines(context.err, problems)) context.note(line);
  return EXIT.done;
}

const COLUMNS: readonly Column[] = [
  { head: "NAME", least: 20, shrinks: 4 },
  { head: "PROJECT", least: 10, shrinks: 2, hides: 1 },
  { head: "SYNCPOLICY", hides: 2 },
  { head: "APPS" },
  { head: "STATE" },
  { head: "WHY", least: 20, shrinks: 1 },
];
const WIDE: readonly Column[] = [
  ...COLUMNS.slice(0, -1),
  { head: "GENERATORS" },
  { head: "REPO" },
  { head: "PATH" },
  { head: "TARGET" },
  { head: "WHY" },
];

function setTable(
  terminal: Terminal,
  items: readonly ToldSet[],
  output: AppsetListOptions["output"],
): string[] {
  const rows = items.map((told): Cell[] => {
    const { applicationSet: set, applications } = told;
    const { project, sources } = templateOf(set);
    const first: Cell[] = [
      setName(set),
      project,
      setPolicyOf(set),
      String(applications.length),
      terminal.state(stateOf(told)),
    ];
    if (output !== "wide") return [...first, setReason(told)];
    const each = (field: "repo" | "path" | "target"): string => sources.map((one) => one[field]).join(", ");
    return [...first, generatorsOf(set), each("repo"), each("path"), each("target"), setReason(told)];
  });
  return table(terminal, output === "wide" ? WIDE : COLUMNS, rows, {
    fit: output === "wide" ? "whole" : "terminal",
  });
}
