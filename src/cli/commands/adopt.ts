import type {
  AdoptedApplication,
  AdoptionReport,
  VerdictDifference,
} from "../../core/model/adoption-report.ts";
import { showProblem } from "../../core/model/problem.ts";
import { defined } from "../../lib/defined.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printJsonList } from "../print-object.ts";
import { plainText } from "../terminal/plain-text.ts";
import { painted } from "../terminal/terminal.ts";

export interface AdoptOptions {
  context?: string;
  kubeconfig?: string;
  namespace: string;
  config?: string;
  timeout: number;
  output?: "json";
}

/** Looks at what an Argo CD has, and writes nothing. */
export async function adopt(
  context: CliContext,
  { timeout, output, context: named, kubeconfig, namespace, config }: AdoptOptions,
): Promise<ExitCode> {
  const report = await context.host.verbs.adopt({
    namespace,
    timeoutMs: timeout,
    signal: context.signal,
    ...defined({ context: named, kubeconfig, config }),
  });
  if (output === "json") printJsonList(context, "Adoption", { ...report });
  else context.print(report.applications.flatMap((each) => linesOf(context, each)));
  for (const problem of report.problems) context.note(plainText(showProblem(problem)));
  context.note(summaryOf(report));
  return report.applications.every(({ is }) => is === "equal") ? EXIT.done : EXIT.differs;
}

function linesOf({ out }: CliContext, each: AdoptedApplication): string[] {
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
  const count = (is: AdoptedApplication["is"]): number =>
    applications.filter((each) => each.is === is).length;
  const parts = [
    `${count("equal")} judged as Argo CD does`,
    ...(count("different") === 0 ? [] : [`${count("different")} otherwise`]),
    ...(count("not-judged") === 0 ? [] : [`${count("not-judged")} not judged`]),
  ];
  return `${applications.length} applications of namespace ${namespace}: ${parts.join(", ")}. Read beside them: ${read.projects} projects, ${read.repositories} repositories, ${read.clusters} other clusters. Nothing was written.`;
}
