import type { ApplicationSet } from "../../core/model/application-set.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { asManifest, printJson, printYamlDocuments } from "../print-object.ts";
import { oneSet, type SetSelection, setName, type ToldSet } from "../sets/choose-sets.ts";
import { errorOf, generatorsOf, setPolicyOf, stateOf, templateOf, waits } from "../sets/set-words.ts";
import { plainText } from "../terminal/plain-text.ts";
import { type Column, table } from "../terminal/table.ts";
import { type Cell, painted, type Terminal } from "../terminal/terminal.ts";
import { andMore, count } from "../words/count.ts";
import { writtenIn } from "../words/written-in.ts";

export interface AppsetGetOptions extends SetSelection {
  showParams?: true;
  output?: "json" | "yaml" | "wide" | "name";
}

export async function appsetGet(
  context: CliContext,
  name: string,
  options: AppsetGetOptions,
): Promise<ExitCode> {
  const told = await oneSet(await context.client(), name, options);
  const { applicationSet: set } = told;
  if (options.output === "json") printJson(context, set);
  else if (options.output === "yaml") printYamlDocuments(context, [asManifest(set)]);
  else if (options.output === "name") context.print(setName(set));
  else context.print(details(context.out, told, options));
  return EXIT.done;
}

type Fact = readonly [string, ...Cell[]];

function details(terminal: Terminal, told: ToldSet, { output, showParams }: AppsetGetOptions): string[] {
  const { applicationSet: set, origin, applications, blocked } = told;
  const { spec, status } = set;
  const { project, sources } = templateOf(set);
  const error = errorOf(set);
  const facts: Fact[] = [
    ["ApplicationSet", setName(set)],
    ["Project", project],
    ["Written in", writtenIn(origin)],
    ["Generators", generatorsOf(set)],
    ...sources.map(
      ({ repo, path, target }, at): Fact => [
        at === 0 ? "Source" : "",
        `${repo}${path === "" ? "" : ` · ${path}`}${target === "" ? "" : ` at ${target}`}`,
      ],
    ),
    ["Sync policy", `${setPolicyOf(set)}${keeps(set)}`],
    ...(spec.strategy?.type === "RollingSync"
      ? [
          [
            "Strategy",
            `RollingSync in ${count(spec.strategy.rollingSync?.steps?.length ?? 0, "step")}`,
          ] as const,
        ]
      : []),
    ["State", terminal.state(stateOf(told)), error === undefined ? "" : plainText(error)],
    ["Applications", String(applications.length)],
    ...(blocked.length === 0
      ? []
      : [
          [
            "To approve",
            `${waits(blocked)}: ${andMore(blocked, 5)}. Let them go with: holdfast appset approve ${setName(set)}`,
          ] as const,
        ]),
    ...(showParams === true ? parameterFacts(set) : []),
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  const lines = facts.map(([name, ...cells]) =>
    [
      terminal.paint("dim", name.padEnd(width)),
      ...cells.map((cell) => painted(terminal, typeof cell === "string" ? plainText(cell) : cell)),
    ]
      .join("   ")
      .trimEnd(),
  );
  const conditions = status.conditions ?? [];
  if (conditions.length > 0) lines.push("", ...conditionTable(terminal, conditions, output));
  if (applications.length > 0) lines.push("", ...applicationTable(terminal, told, output));
  return lines;
}

function keeps({ spec }: ApplicationSet): string {
  return spec.syncPolicy?.preserveResourcesOnDeletion === true
    ? ", objects stay when an application goes"
    : "";
}

/** What the template gives Helm, as `argocd appset get --show-params` prints it. */
function parameterFacts({ spec: { template } }: ApplicationSet): Fact[] {
  const { source, sources } = template.spec ?? {};
  const parameters = [source, ...(Array.isArray(sources) ? sources : [])].flatMap((one): unknown[] => {
    const helm = isMapping(one) && isMapping(one["helm"]) ? one["helm"] : {};
    return Array.isArray(helm["parameters"]) ? helm["parameters"] : [];
  });
  if (parameters.length === 0) return [["Parameters", "none"]];
  return parameters
    .filter(isMapping)
    .map(
      (one, at): Fact => [
        at === 0 ? "Parameters" : "",
        `${String(one["name"])}=${String(one["value"] ?? "")}`,
      ],
    );
}

const CONDITIONS: readonly Column[] = [
  { head: "CONDITION" },
  { head: "STATUS" },
  { head: "SINCE", hides: 1 },
  { head: "MESSAGE", least: 24, shrinks: 1 },
];

function conditionTable(
  terminal: Terminal,
  conditions: NonNullable<ToldSet["applicationSet"]["status"]["conditions"]>,
  output: string | undefined,
): string[] {
  const rows = conditions.map(({ type, status, lastTransitionTime, message }): Cell[] => [
    type,
    status,
    lastTransitionTime ?? "",
    message,
  ]);
  return table(terminal, CONDITIONS, rows, { fit: output === "wide" ? "whole" : "terminal" });
}

const APPLICATIONS: readonly Column[] = [
  { head: "APPLICATION", least: 20, shrinks: 2 },
  { head: "SYNC" },
  { head: "HEALTH" },
  { head: "STEP" },
  { head: "ROLLOUT" },
  { head: "WHY", least: 20, shrinks: 1 },
];

/** Without a rollout there are no steps of it. */
function applicationTable(
  terminal: Terminal,
  { applicationSet: { status }, applications, blocked }: ToldSet,
  output: string | undefined,
): string[] {
  const resources = new Map(
    (status.resources ?? []).map((one) => [`${one.namespace ?? ""}/${one.name}` as string, one] as const),
  );
  const steps = new Map((status.applicationStatus ?? []).map((one) => [one.application, one] as const));
  const rows = applications.map((key): Cell[] => {
    const { status: sync = "Unknown", health } = resources.get(key) ?? {};
    const step = steps.get(key) ?? steps.get(key.slice(key.indexOf("/") + 1));
    const why = blocked.includes(key) ? "its deletion waits for a person" : (step?.message ?? "");
    const rollout: Cell[] =
      steps.size === 0
        ? []
        : [
            step === undefined || step.step === "-1" ? "none" : step.step,
            terminal.state(step?.status ?? "Unknown"),
          ];
    return [key, terminal.state(sync), terminal.state(health?.status ?? "Unknown"), ...rollout, why];
  });
  const columns = APPLICATIONS.filter(
    ({ head }) => steps.size > 0 || (head !== "STEP" && head !== "ROLLOUT"),
  );
  return table(terminal, columns, rows, { fit: output === "wide" ? "whole" : "terminal" });
}
