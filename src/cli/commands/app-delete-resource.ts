import { type Application, healsItself } from "../../core/model/application.ts";
import { CliError } from "../cli-error.ts";
import { confirm } from "../confirm.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import { ALL, namedNodes, type ObjectSelection, refuseSeveral } from "../objects/choose-objects.ts";
import { type After, lookAfter, objectPath } from "../objects/live-object.ts";
import { oneApp } from "../select-apps.ts";
import { plainText } from "../terminal/plain-text.ts";
import { keyOf, nameOf, objectName } from "../words/app-words.ts";
import { count } from "../words/count.ts";
import type { TreeNode } from "./app-tree.ts";

export interface AppDeleteResourceOptions extends ObjectSelection {
  all?: true;
  orphan?: true;
  force?: true;
  yes?: true;
  wait?: true;
}

/** Deletes objects from their cluster: shows them and what comes of it, asks, and says what is there then. */
export async function appDeleteResource(
  context: CliContext,
  name: string,
  options: AppDeleteResourceOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const app = await oneApp(client, name, options);
  const nodes = await namedNodes(client, app, options);
  if (options.all !== true) refuseSeveral(app, nodes, ALL);
  const usual = app.spec.destination.namespace ?? "";
  for (const node of nodes) context.print(`${objectName(node, usual)}: ${comesOfIt(app, node)}`);
  const below = options.orphan === true ? "what they own stays" : "what they own goes first";
  context.note(
    `They go from the cluster, not from Git; ${below}${options.force === true ? "; what runs gets no time to end" : ""}.`,
  );
  const what = `Delete ${count(nodes.length, "object")} of ${nameOf(app)}?`;
  if (options.yes !== true && !(await confirm(context, what))) {
    context.note("Nothing was deleted.");
    return EXIT.done;
  }
  const open: TreeNode[] = [];
  for (const node of nodes) {
    const { path, query } = objectPath(app, node);
    // Whatever has its name by now, the one that was shown is meant.
    await client.send("DELETE", path, {
      query: {
        ...query,
        uid: node.uid,
        orphan: options.orphan === true ? "true" : undefined,
        force: options.force === true ? "true" : undefined,
      },
    });
    const after = await lookAfter(client, app, node);
    context.print(`${sign(context, after)} ${objectName(node, usual)}: ${words(after)}`);
    if (after.is === "going") open.push(node);
  }
  if (options.wait !== true || open.length === 0) return EXIT.done;
  await untilGone(context, client, app, open);
  return EXIT.done;
}

const PAUSE_MS = 500;

/** @throws {CliError} timedOut, interrupted */
async function untilGone(
  context: CliContext,
  client: Client,
  app: Application,
  nodes: readonly TreeNode[],
): Promise<void> {
  const limitMs = context.limitMs(0);
  const end = limitMs === 0 ? Number.POSITIVE_INFINITY : performance.now() + limitMs;
  const usual = app.spec.destination.namespace ?? "";
  for (const node of nodes)
    for (;;) {
      const after = await lookAfter(client, app, node);
      const said = `${objectName(node, usual)}: ${words(after)}`;
      if (after.is !== "going") {
        context.print(`${sign(context, after)} ${said}`);
        break;
      }
      if (performance.now() >= end)
        throw new CliError(EXIT.timedOut, `Not gone after ${limitMs / 1_000} s.`, [said]);
      await Bun.sleep(PAUSE_MS);
      context.signal.throwIfAborted();
    }
}

function sign({ out }: CliContext, { is }: After): string {
  return is === "going" ? out.symbols.state("Running") : out.symbols.done;
}

function words(after: After): string {
  switch (after.is) {
    case "gone":
      return "is gone";
    case "made-again":
      return "is gone, and another one of its name was made since";
    case "going":
      return after.finalizers.length === 0
        ? "is being deleted"
        : `is being deleted; ${after.finalizers.map(plainText).join(", ")} ${after.finalizers.length === 1 ? "holds" : "hold"} it`;
  }
}

/** Who makes it again. */
function comesOfIt(app: Application, node: TreeNode): string {
  const row = (app.status?.resources ?? []).find((one) => keyOf(one) === keyOf(node));
  if (row === undefined)
    return (node.parentRefs ?? []).length > 0
      ? "what owns it may make it again"
      : "it is not in Git: nothing makes it again";
  if (row.requiresPruning === true) return "it is not in Git any more: nothing makes it again";
  if (row.hook === true) return "it is a hook: a sync makes it again";
  return healsItself(app.spec)
    ? "it is in Git, and self-heal makes it again"
    : "it is in Git: the next sync makes it again";
}
