import { showProblem } from "../../core/model/problem.ts";
import { defined } from "../../lib/defined.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { PolicyFile, RbacAsk } from "../offline-verbs.ts";
import { printJsonList } from "../print-object.ts";
import { readInput } from "../read-input.ts";
import { count } from "../words/count.ts";

export interface RbacOptions {
  policy?: string;
  project?: string[];
  defaultRole?: string;
  output?: "json";
}

/** `Yes` or `No` on standard output, as scripts of Argo CD read it; why, beside it. */
export async function rbacCan(
  context: CliContext,
  { subject, ...asked }: { subject: string } & Pick<RbacAsk, "action" | "resource" | "object">,
  { policy, project = [], defaultRole, output }: RbacOptions,
): Promise<ExitCode> {
  const read = async (file: string): Promise<PolicyFile> => ({ file, text: await readInput(context, file) });
  const answer = await context.host.verbs.rbacCan({
    ...asked,
    who: subject.startsWith("@") ? { is: "claims", claims: await read(subject.slice(1)) } : namedBy(subject),
    projects: await Promise.all(project.map(read)),
    ...defined({ defaultRole }),
    ...(policy === undefined ? {} : { policy: await read(policy) }),
  });
  if (answer.is === "invalid")
    throw new CliError(EXIT.invalid, "Nobody can answer that.", answer.problems.map(showProblem));
  if (output === "json") printJsonList(context, "Ruling", { ...answer });
  else {
    context.print(answer.is === "yes" ? "Yes" : "No");
    context.note(answer.why);
  }
  return answer.is === "yes" ? EXIT.done : EXIT.differs;
}

function namedBy(subject: string): RbacAsk["who"] {
  const [name = "", ...groups] = subject.split(",").map((each) => each.trim());
  return { is: "named", name, groups };
}

export async function rbacValidate(
  context: CliContext,
  file: string,
  { defaultRole, output }: Pick<RbacOptions, "defaultRole" | "output">,
): Promise<ExitCode> {
  const problems = await context.host.verbs.rbacValidate(
    { file, text: await readInput(context, file) },
    defined({ defaultRole }),
  );
  const errors = problems.filter(({ severity }) => severity === "error").length;
  if (output === "json") {
    printJsonList(context, "ProblemList", { items: problems });
    return errors > 0 ? EXIT.invalid : EXIT.done;
  }
  for (const problem of problems) context.print(`${problem.severity}: ${showProblem(problem)}`);
  if (errors > 0) {
    context.note(`${count(errors, "error")}: nothing of this policy would be used.`);
    return EXIT.invalid;
  }
  context.print(
    problems.length === 0
      ? "The policy is valid."
      : `The policy is valid, with ${count(problems.length, "warning")}.`,
  );
  return EXIT.done;
}
