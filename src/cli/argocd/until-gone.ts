/** Waiting for applications to be no more: asked one by one, because a stream does not tell what went before it opened. */
import type { Application } from "../../core/model/application.ts";
import { appPath } from "../app-path.ts";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import { isUnseen } from "../http/refusal.ts";
import { nameOf } from "../words/app-words.ts";
import type { ArgoContext } from "./argo-context.ts";

const LOOK_EVERY_MS = 300;

/**
 * Says of each that it is deleted; another one of its name, made since, is another one.
 * @param timeoutMs 0: no limit
 * @throws {CliError} where a deletion has stopped, the time is over, or somebody interrupts
 */
export async function untilGone(
  context: ArgoContext,
  client: Client,
  apps: readonly Application[],
  { timeoutMs }: { timeoutMs: number },
): Promise<void> {
  const startedMs = performance.now();
  let left = [...apps];
  for (;;) {
    const there: Application[] = [];
    const stopped: string[] = [];
    for (const app of left) {
      const now = await lookAt(client, app);
      if (now === undefined) {
        context.print(`application '${app.metadata.name}' deleted`);
        continue;
      }
      there.push(app);
      const state = now.status?.operationState;
      if (now.metadata.deletionTimestamp !== undefined && state?.phase === "Failed")
        stopped.push(`The deletion of ${nameOf(app)} has stopped: ${state.message}`);
    }
    left = there;
    if (left.length === 0) return;
    if (stopped.length === left.length) throw new CliError(EXIT.differs, stopped.join("\n"));
    if (timeoutMs > 0 && performance.now() - startedMs > timeoutMs)
      throw new CliError(
        EXIT.timedOut,
        left
          .map((app) => `timed out (${timeoutMs / 1_000}s) waiting for app "${nameOf(app)}" to be deleted`)
          .join("\n"),
      );
    await Bun.sleep(LOOK_EVERY_MS);
    if (context.signal.aborted)
      throw new CliError(EXIT.interrupted, "Interrupted: the deletion goes on in the daemon.");
  }
}

/** undefined: that one is gone. */
async function lookAt(client: Client, app: Application): Promise<Application | undefined> {
  const { path, query } = appPath(app);
  try {
    const now = await client.get<Application>(path, query);
    return now.metadata.uid === app.metadata.uid ? now : undefined;
  } catch (cause) {
    if (isUnseen(cause)) return undefined;
    throw cause;
  }
}
