import type {
  AdoptedApplication,
  AdoptionReport,
  VerdictDifference,
} from "../../core/model/adoption-report.ts";
import { showProblem } from "../../core/model/problem.ts";
import { defined } from "../../lib/defined.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printJsonList } from "../print-object.ts";
import { plainText } from "../terminal/plain-text.ts";
import { painted } from "../terminal/terminal.ts";
import { count } from "../words/count.ts";

export interface AdoptOptions {
  kubeContext?: string;
  kubeconfig?: string;
  namespace: string;
  config?: string;
  all?: true;
  different?: true;
  despiteProblems?: true;
  yes?: true;
  output?: "json";
}

/** Looks at what an Argo CD has, and writes nothing. @param names empty: all of them */
export async function adopt(
  context: CliContext,
  names: readonly string[],
  options: AdoptOptions,
): Promise<ExitCode> {
  const whole = await lookOf(context, options);
  const applications = names.length === 0 ? whole.applications : chosenOf(whole.applications, names, options);
  const report = { ...whole, applications };
  if (options.output === "json") printJsonList(context, "Adoption", { ...report });
  else context.print(report.applications.flatMap((each) => linesOf(context, each)));
  for (const problem of report.problems) context.note(plainText(showProblem(problem)));
  if (report.notHonoured.length > 0)
    context.note(`Settings without effect here: ${plainText(report.notHonoured.join(", "))}.`);
  context.note(summaryOf(report));
  return report.applications.every((each) => each.is === "equal" && each.unknown.length === 0)
    ? EXIT.done
    : EXIT.differs;
}

/** For a look at all of them. */
const WITHIN_MS = 300_000;

export function lookOf(
  context: CliContext,
  { kubeContext: named, kubeconfig, config, namespace }: AdoptOptions,
): Promise<AdoptionReport> {
  return context.host.verbs.adopt({
    namespace,
    timeoutMs: context.limitMs(WITHIN_MS) || Number.POSITIVE_INFINITY,
    signal: context.signal,
    ...defined({ context: named, kubeconfig, config }),
  });
}

/** Those that are named, or all. @throws {CliError} not-found, usage */
export function chosenOf<T extends { application: string }>(
  all: readonly T[],
  names: readonly string[],
  { all: isAll, namespace }: AdoptOptions,
): T[] {
  if ((isAll === true) === names.length > 0)
    throw new CliError(EXIT.usage, "Name applications, or say --all, and not both.");
  if (isAll === true) return [...all];
  return [...new Set(names)].map((name) => {
    const key = name.includes("/") ? name : `${namespace}/${name}`;
    const found = all.find(({ application }) => application === key);
    if (found === undefined)
      throw new CliError(EXIT.notFound, `Argo CD has no application ${key}.`, ["See holdfast adopt."]);
    return found;
  });
}

export function linesOf({ out }: CliContext, each: AdoptedApplication): string[] {
  const { application } = each;
  const name = out.paint("bold", plainText(application));
  if (each.is === "not-judged")
    return [`${name}   not judged`, ...each.why.map((why) => `    ${plainText(why)}`)];
  const { sync = "?", health = "?" } = each.holdfast;
  const words = `${painted(out, out.state(sync))}   ${painted(out, out.state(health))}`;
  const also = each.is === "equal" ? "as Argo CD says" : "";
  return [
    `${name}   ${words}   ${also}`.trimEnd(),
    ...each.differences.flatMap((difference) => differenceLines(difference)),
    ...each.unknown.map((what) => `  not known: ${plainText(what)}`),
    ...each.notes.map((note) => `  ${plainText(note)}`),
  ];
}

function differenceLines({ of, object, argoCD, holdfast, why }: VerdictDifference): string[] {
  const what = object === undefined ? of : `${object} ${of}`;
  return [
    `  ${plainText(what)}: Argo CD says ${plainText(argoCD ?? "nothing")}, Holdfast ${holdfast ?? "nothing"}`,
    ...why.map((each) => `    ${plainText(each)}`),
  ];
}

function summaryOf({ applications, read, namespace }: AdoptionReport): string {
  const of = (is: AdoptedApplication["is"]): number => applications.filter((each) => each.is === is).length;
  const parts = [
    `${of("equal")} judged as Argo CD does`,
    ...(of("different") === 0 ? [] : [`${of("different")} otherwise`]),
    ...(of("not-judged") === 0 ? [] : [`${of("not-judged")} not judged`]),
  ];
  return `${count(applications.length, "application")} of the Argo CD in namespace ${namespace}: ${parts.join(", ")}. Read beside them: ${count(read.projects, "project")}, ${count(read.repositories, "repository", "repositories")}, ${count(read.clusters, "other cluster")}. Nothing was written.`;
}
