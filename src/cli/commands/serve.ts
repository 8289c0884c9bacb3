import { defined } from "../../lib/defined.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { DemoAction, Ended } from "../offline-verbs.ts";
import { count } from "../words/count.ts";
import { problemLines } from "../words/problem-lines.ts";

export async function serve(context: CliContext, { config }: { config?: string }): Promise<ExitCode> {
  return ended(context, await context.host.verbs.serve({ signal: context.signal, ...defined({ config }) }));
}

export async function demo(
  context: CliContext,
  { dir, listen, apps }: { dir?: string; listen?: string; apps?: number },
): Promise<ExitCode> {
  const say = (text: string): void => context.print(text);
  return ended(
    context,
    await context.host.verbs.demo({
      signal: context.signal,
      say,
      ...defined({ dir, listen, apps }),
    }),
  );
}

export async function demoAction(
  context: CliContext,
  action: DemoAction,
  app: string | undefined,
  { dir }: { dir?: string },
): Promise<ExitCode> {
  const { lines } = await context.host.verbs.demoAction(action, {
    signal: context.signal,
    ...defined({ dir, app }),
  });
  context.print(lines);
  return EXIT.done;
}

/** A wrong config is told whole, line by line. */
function ended(context: CliContext, outcome: Ended): ExitCode {
  if (outcome.is === "done") return EXIT.done;
  throw new CliError(
    EXIT.usage,
    `The config is not valid: ${count(outcome.problems.length, "problem")}.`,
    problemLines(context.err, outcome.problems),
  );
}
