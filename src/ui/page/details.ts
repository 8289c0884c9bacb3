/** What an open application shows: its objects or the steps of its deletion, hooks, and the last operation. */
import type { Application, ResourceStatus } from "../../core/model/application.ts";
import { agoOf, el, stateOf, tableOf } from "./dom.ts";
import { type DeletionStep, deletionSteps, hooksOf, isRunning, kindOfRun } from "./words.ts";

export function detailsOf(app: Application): HTMLElement[] {
  const steps = deletionSteps(app);
  const parts =
    steps.length > 0
      ? [stepTable(steps), lastSync(app)]
      : [resourceTable(app.status?.resources ?? []), hookTable(app), lastSync(app)];
  return parts.filter((part) => part !== undefined);
}

/** What a sync ran besides what it applied: nothing where it ran no hooks. */
function hookTable(app: Application): HTMLElement | undefined {
  const hooks = hooksOf(app);
  if (hooks.length === 0) return undefined;
  const rows = hooks.map(({ name, type, phase, text }) => [
    el("td", { class: "mono" }, name),
    el("td", { class: "word" }, type),
    el(
      "td",
      { class: text === "" ? "word" : undefined },
      stateOf(phase, "bare"),
      text === "" ? undefined : el("span", { class: "why" }, text),
    ),
  ]);
  return el(
    "section",
    {},
    el("h3", {}, isRunning(app) ? "Hooks of the running sync" : "Hooks of the last sync"),
    tableOf(["Hook", "Phase", "Status"], rows),
  );
}

function resourceTable(resources: readonly ResourceStatus[]): HTMLElement | undefined {
  if (resources.length === 0) return el("p", { class: "note" }, "No resources are known yet.");
  const rows = resources.map(({ group, kind, namespace, name, status, health, requiresPruning, kept }) => [
    el("td", { class: "word", title: group ? `${group}/${kind}` : kind }, kind),
    el("td", { class: "mono" }, namespace ? `${namespace}/${name}` : name),
    el(
      "td",
      { class: "word" },
      stateOf(status ?? "Unknown", "bare"),
      requiresPruning === true ? el("span", { class: "why" }, "to prune") : undefined,
      kept === undefined ? undefined : el("span", { class: "why" }, `not in Git, stays by ${kept}`),
    ),
    el(
      "td",
      { class: health?.message ? undefined : "word" },
      health === undefined ? el("span", { class: "dim" }, "none") : stateOf(health.status, "bare"),
      health?.message ? el("span", { class: "why" }, health.message) : undefined,
    ),
  ]);
  return tableOf(["Kind", "Name", "Sync", "Health"], rows, "state-table");
}

function stepTable(steps: readonly DeletionStep[]): HTMLElement {
  const rows = steps.map(({ what, state, text }) => [
    el("td", { class: "mono" }, what),
    el("td", {}, stateOf(state, "bare"), el("span", { class: "why" }, text)),
  ]);
  return tableOf(["Object", "Step"], rows);
}

function lastSync(app: Application): HTMLElement | undefined {
  const last = app.status?.operationState;
  if (last === undefined) return undefined;
  const by = last.operation.initiatedBy;
  const line = (name: string, value: Node | string): Node[] => [el("dt", {}, name), el("dd", {}, value)];
  return el(
    "section",
    {},
    el("h3", {}, kindOfRun(app) === "Deletion" ? "Deletion" : `Last ${kindOfRun(app).toLowerCase()}`),
    el(
      "dl",
      {},
      ...line("Phase", stateOf(last.phase, "bare")),
      ...(last.message === "" ? [] : line("Message", last.message)),
      ...line("Started", agoOf(last.startedAt)),
      ...(last.finishedAt === undefined ? [] : line("Finished", agoOf(last.finishedAt))),
      ...(last.syncResult?.revision === undefined
        ? []
        : line("Revision", el("span", { class: "mono" }, last.syncResult.revision))),
      ...(by === undefined
        ? []
        : line("Started by", by.automated === true ? "Holdfast, by its policy" : (by.username ?? ""))),
    ),
  );
}
