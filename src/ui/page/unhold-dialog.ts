/** What following Git again would do to an application that is held: shown object by object, then done. */
import type { Application } from "../../core/model/application.ts";
import { ask as askDaemon } from "./daemon.ts";
import { type PlannedObject, planWords } from "./deployment-words.ts";
import { ask } from "./dialog.ts";
import { el } from "./dom.ts";
import { planList, type RefusedObject, refusedList } from "./rollback-dialog.ts";
import { shortOf } from "./words.ts";

interface Plan {
  revisions: string[];
  items: PlannedObject[];
  refusals: RefusedObject[];
  /** What is there and Git does not want. */
  extras: "deleted" | "kept";
}

/** @param lifted is told when it follows Git again */
export async function askToUnhold(
  { metadata: { name, namespace } }: Application,
  lifted: () => void,
): Promise<void> {
  const path = `/api/holdfast/v1/applications/${namespace}/${name}/hold`;
  const question = ask(`Lift the hold of ${name}`);
  const offer = (): void =>
    question.offer("Lift the hold", async () => {
      await askDaemon("DELETE", path, { body: {} });
      lifted();
      question.close();
    });
  question.show(el("p", { class: "dim" }, "Asking the daemon what that would change…"));
  try {
    question.show(...contentOf(await askDaemon<Plan>("GET", `${path}/diff`), name));
  } catch (cause) {
    // What Git says cannot be told now, which is no reason to stay held.
    question.refuse(cause);
  }
  offer();
}

function contentOf({ revisions, items, refusals, extras }: Plan, name: string): Node[] {
  const isKept = extras === "deleted" && refusals.length > 0;
  return [
    el(
      "p",
      { id: "unhold-sum" },
      `${name} to ${revisions.map(shortOf).join(", ")}, as Git says now: ${planWords(items, extras)}.`,
    ),
    ...(items.length === 0 ? [] : [planList(items)]),
    ...(isKept ? refusedList(refusals) : []),
    el("p", { class: "dim" }, "It is synced as its policy says, and follows what is committed from then on."),
  ];
}
