/** After definitions were written: the server serves new kinds, and obeys changed schemas, a moment later. */
import { dropsFields, withoutAnswers } from "../../core/compare/index.ts";
import { gvkOf } from "../../core/model/kube-object.ts";
import { groupKind } from "../../core/model/object-ref.ts";
import type { Step } from "../../core/model/plan.ts";
import { sendObject } from "../send/send-object.ts";
import { type Carrying, sendOf } from "./carrying.ts";

const TRIES = 50;
const PAUSE_MS = 100;

/** New kinds are served a moment after their definition is accepted. */
export async function untilServed(
  steps: readonly Step[],
  { cluster, clock, signal, progress }: Carrying,
): Promise<void> {
  const kinds = new Map(
    steps.flatMap((step) =>
      step.do === "apply" || step.do === "hook"
        ? [[groupKind(step.desired.object), gvkOf(step.desired.object)] as const]
        : [],
    ),
  );
  for (const [name, gvk] of kinds) {
    for (let tries = 0; tries < 100; tries++) {
      if ((await cluster.kind(gvk)).is === "known") break;
      progress(`waiting for the cluster to serve ${name}`);
      await clock.sleep(PAUSE_MS, signal);
    }
  }
}

/**
 * A definition that changed is obeyed a moment after it is accepted: what the server refuses of its kind, or would take
 * less of, is asked again for as long as that may be why.
 */
export async function untilObeyed(steps: readonly Step[], carrying: Carrying): Promise<void> {
  const { clock, signal, progress, recordOf, keep } = carrying;
  let waiting = steps.filter((step) => step.do === "apply");
  for (const { desired } of waiting) {
    const record = recordOf(desired.key);
    if (record !== undefined && dropsFields(record.repairs?.list ?? [])) keep(withoutAnswers(record));
  }
  for (let tries = 0; tries < TRIES; tries++) {
    signal.throwIfAborted();
    const asked = await Promise.all(
      waiting.map(async (step) => ({ step, sent: await sendObject(sendOf(step, carrying), "dry-run") })),
    );
    waiting = asked.flatMap(({ step, sent }) =>
      sent.is === "refused" || (sent.is === "done" && dropsFields(sent.repairs)) ? [step] : [],
    );
    const [first] = waiting;
    if (first === undefined) return;
    progress(`waiting for the cluster to obey the new definition of ${groupKind(first.desired.ref)}`);
    await clock.sleep(PAUSE_MS, signal);
  }
}
