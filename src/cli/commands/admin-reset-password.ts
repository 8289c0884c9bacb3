import { Secret } from "../../core/model/secret.ts";
import { defined } from "../../lib/defined.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";

export interface ResetOptions {
  passwordStdin?: true;
  data?: string;
  config?: string;
}

/** The way back in, for whoever has the host. One that was made is printed alone, for `PASSWORD=$(…)`. */
export async function adminResetPassword(
  context: CliContext,
  account: string | undefined,
  { passwordStdin, data, config }: ResetOptions,
): Promise<ExitCode> {
  const password = passwordStdin === true ? await fromStdin(context) : undefined;
  const left = await context.host.verbs.resetPassword(defined({ account, password, data, config }));
  if (left.made !== undefined) context.print(left.made.reveal());
  context.note(
    `Left for ${left.account} in ${left.folder}: its daemon takes it within seconds, running or at its next start.`,
  );
  return EXIT.done;
}

async function fromStdin(context: CliContext): Promise<Secret> {
  const text = (await context.host.stdin.text()).replace(/\r?\n$/, "");
  if (text === "") throw new CliError(EXIT.usage, "Standard input holds no password.");
  return new Secret(text);
}
