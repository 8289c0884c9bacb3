import { defined } from "../lib/defined.ts";
import type { Client } from "./http/client.ts";
import { Refused } from "./http/refusal.ts";

const AGAIN_MS = 2_000;
/** As long as a turn is worth something. */
const MOST_TRIES = 300;

/**
 * `POST /api/v1/session`. Where many log in at once the daemon says since when this one asks; brought along, that comes before
 * whoever asked later, so it is asked again until it is this one's turn.
 * @param waits called once, where it has to wait
 * @throws {CliError} as the daemon refuses it
 */
export async function signIn(
  client: Pick<Client, "send">,
  who: { username: string; password: string },
  { waits, signal }: { waits(): void; signal: AbortSignal },
): Promise<{ token?: unknown }> {
  let turn: string | undefined;
  for (let tries = 1; ; tries++) {
    try {
      return await client.send<{ token?: unknown }>("POST", "/api/v1/session", {
        body: { ...who, ...defined({ turn }) },
      });
    } catch (cause) {
      const next = cause instanceof Refused ? cause.body.details?.turn : undefined;
      if (next === undefined || tries >= MOST_TRIES || signal.aborted) throw cause;
      if (turn === undefined) waits();
      turn = next;
    }
    await Bun.sleep(AGAIN_MS);
  }
}
