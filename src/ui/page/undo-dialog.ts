/** What was deleted and can be made again: shown object by object, then made. */
import type { Application } from "../../core/model/application.ts";
import type { DeletedRun, UndoAnswer, UndoableObject } from "../../core/model/undo-answer.ts";
import { ask as askDaemon } from "./daemon.ts";
import { ask } from "./dialog.ts";
import { agoOf, el, tableOf, untilOf } from "./dom.ts";
import { shortOf } from "./words.ts";

const MAKES: Record<UndoableObject["can"], string> = {
  yes: "is made again",
  no: "cannot be",
  "is-there": "need not be",
};

/** @param asked is told just before the daemon is, and may be told that it was refused */
export async function askToUndo(
  { metadata: { name, namespace } }: Application,
  asked: { before(): void; refused(): void },
): Promise<void> {
  const path = `/api/holdfast/v1/applications/${namespace}/${name}/undo`;
  const question = ask(`Make again what was deleted of ${name}`);
  await show(undefined);

  async function show(run: number | undefined): Promise<void> {
    question.withdraw();
    question.show(el("p", { class: "dim" }, "Asking the daemon what can be made again…"));
    try {
      const answer = await askDaemon<UndoAnswer>("GET", `${path}${run === undefined ? "" : `?run=${run}`}`);
      question.show(...contentOf(answer, (chosen) => void show(chosen)));
      offer(answer);
    } catch (cause) {
      question.refuse(cause);
    }
  }

  function offer({ run, objects }: UndoAnswer): void {
    const possible = objects.filter(({ can }) => can === "yes").map(({ id }) => id);
    if (possible.length === 0) return;
    const what = possible.length === 1 ? "1 object" : `${possible.length} objects`;
    question.offer(`Make ${what} again`, async () => {
      asked.before();
      try {
        await askDaemon("POST", path, { body: { run, objects: possible } });
      } catch (cause) {
        asked.refused();
        throw cause;
      }
      question.close();
    });
  }
}

function contentOf({ runs, run, objects }: UndoAnswer, choose: (run: number) => void): (Node | string)[] {
  const meant = runs.find((one) => one.run === run);
  if (meant === undefined) return [el("p", {}, "Nothing that was deleted is kept.")];
  return [
    ...(runs.length > 1 ? [runChoice(runs, meant.run, choose)] : []),
    aboutRun(meant),
    tableOf(
      ["Object", "Now", "Note"],
      objects.map(({ kind, namespace, name, can, why }) => [
        el("td", { class: "mono" }, `${kind} ${namespace === "" ? name : `${namespace}/${name}`}`),
        el("td", { class: "word", "data-can": can }, MAKES[can]),
        el("td", {}, why),
      ]),
      "undo-table",
    ),
    el(
      "p",
      { class: "dim" },
      "What is made again is marked Prune=false, because Git does not have it: no sync deletes it, until Git has it again.",
    ),
  ];
}

function aboutRun({ run, at, until, application, sync }: DeletedRun): HTMLElement {
  const by = sync?.initiatedBy;
  const who = by?.automated === true ? "by policy" : by?.username === undefined ? "" : `by ${by.username}`;
  const what = [sync?.cause ?? "", who, (sync?.revisions ?? []).map(shortOf).join(", ")].filter(
    (part) => part !== "",
  );
  const whose = application === "this" ? "" : ", of an application of this name that was deleted since,";
  return el(
    "p",
    {},
    `Run ${run}${what.length === 0 ? "" : ` (${what.join(", ")})`}${whose} deleted them `,
    agoOf(at),
    ". They are kept until ",
    untilOf(until),
    ".",
  );
}

function runChoice(runs: readonly DeletedRun[], chosen: number, choose: (run: number) => void): HTMLElement {
  const select = el(
    "select",
    { id: "undo-run" },
    ...runs.map(({ run, objects }) =>
      el(
        "option",
        { value: String(run), ...(run === chosen ? { selected: "" } : {}) },
        `Run ${run}: ${objects === 1 ? "1 object" : `${objects} objects`}`,
      ),
    ),
  );
  select.addEventListener("change", () => choose(Number(select.value)));
  return el("p", {}, el("label", { for: "undo-run" }, "Deleted by "), select);
}
