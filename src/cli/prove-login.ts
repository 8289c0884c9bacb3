import { ask } from "./ask.ts";
import { CliError } from "./cli-error.ts";
import type { CliContext } from "./context.ts";
import { EXIT } from "./exit-codes.ts";
import type { Client } from "./http/client.ts";
import { Refused } from "./http/refusal.ts";

export interface Proof {
  /** Standard input is the own password, where it is asked for. */
  passwordStdin?: true;
  /** What somebody says who cannot type, a sentence. */
  instead: string;
}

/** As `holdfast` has it. */
export const PIPE_IT =
  "Pipe your own password in with --password-stdin, or log in again: holdfast login SERVER";

/**
 * Makes what outlives a session: where the login is too old for that, the own password is asked for on the terminal, once,
 * or comes by standard input.
 * @throws {CliError} as the daemon refuses it; with what to say where nobody can type
 */
export async function sendProven<T>(
  context: CliContext,
  client: Pick<Client, "send">,
  path: string,
  body: Record<string, unknown>,
  { passwordStdin, instead }: Proof,
): Promise<T> {
  try {
    return await client.send<T>("POST", path, { body });
  } catch (cause) {
    const details = cause instanceof Refused ? cause.body.details : undefined;
    if (details?.reason !== "login-too-old") throw cause;
    const tooOld = (hint: string): CliError =>
      new CliError(EXIT.denied, "This login is too old to make what outlives it.", [hint], { cause });
    // Whom a provider vouches for has no password here.
    if (details.by !== "password") throw tooOld("Log in again, then ask once more.");
    const { stdin, stderr } = context.host;
    if (passwordStdin !== true && (!stdin.isTTY || !stderr.isTTY)) throw tooOld(instead);
    const currentPassword =
      passwordStdin === true
        ? (await stdin.hiddenLine()).replace(/\r$/, "")
        : await ask(context, "This login is older: your password", "hidden", instead);
    if (currentPassword === "") throw new CliError(EXIT.usage, "Standard input has no password.");
    return await client
      .send<T>("POST", path, { body: { ...body, currentPassword } })
      .catch((again: unknown) => {
        if (!(again instanceof Refused) || again.body.details?.reason !== "login-too-old") throw again;
        throw new CliError(EXIT.denied, "That is not the password of whoever is logged in.", [instead], {
          cause: again,
        });
      });
  }
}
