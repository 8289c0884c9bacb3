import type { PausedWork } from "../../core/model/daemon-pause.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { plainText } from "../terminal/plain-text.ts";

const PAUSES = "/api/holdfast/v1/pauses";

/** The emergency brake: the whole daemon leaves deletions, or all writes, undone from now on. */
export async function pause(
  context: CliContext,
  of: PausedWork,
  { why = "" }: { why?: string },
): Promise<ExitCode> {
  const client = await context.client();
  await client.send("POST", PAUSES, { body: { of, why } });
  context.note(
    of === "writes"
      ? "Paused: nothing is written to any cluster, also after a restart. Syncs that run stop before their next write. It goes on with: holdfast admin resume"
      : "Paused: nothing is deleted, also after a restart; all else is synced as before. It goes on with: holdfast admin resume",
  );
  return EXIT.done;
}

/** @returns `conflict` where the config or the environment still has it hold still */
export async function resume(context: CliContext, { why = "" }: { why?: string }): Promise<ExitCode> {
  const client = await context.client();
  const { items } = await client.send<{ items: { text: string }[] }>("POST", `${PAUSES}/resume`, {
    body: { why },
  });
  if (items.length === 0) {
    context.note("Resumed: the daemon does what it finds to be done.");
    return EXIT.done;
  }
  for (const { text } of items) context.note(`Still: ${plainText(text)}.`);
  return EXIT.conflict;
}
