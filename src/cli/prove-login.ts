import { ask } from "./ask.ts";
import type { CliContext } from "./context.ts";
import type { Client } from "./http/client.ts";
import { Refused } from "./http/refusal.ts";

/**
 * Makes what outlives a session: where the login is too old for that, the password is asked for on the terminal, once.
 * @throws {CliError} as the daemon refuses it, where nobody can type
 */
export async function sendProven<T>(
  context: CliContext,
  client: Pick<Client, "send">,
  path: string,
  body: Record<string, unknown>,
): Promise<T> {
  try {
    return await client.send<T>("POST", path, { body });
  } catch (cause) {
    const { stdin, stderr } = context.host;
    const details = cause instanceof Refused ? cause.body.details : undefined;
    const isAsked = details?.reason === "login-too-old" && details.by === "password";
    if (!isAsked || !stdin.isTTY || !stderr.isTTY) throw cause;
    const currentPassword = await ask(
      context,
      "This login is older: your password",
      "hidden",
      "Log in again.",
    );
    return client.send<T>("POST", path, { body: { ...body, currentPassword } });
  }
}
