/** What was deployed of an application, and the way back to it. */
import type { Application } from "../../core/model/application.ts";
import { type DeploymentLine, deploymentsOf } from "./deployment-words.ts";
import { agoOf, el, stateOf, tableOf } from "./dom.ts";

/** A table that is drawn anew only where it says something else, so that focus and what is selected stay. */
export class HistoryTable {
  readonly element = el("section", { class: "history", hidden: "" });
  readonly #rollBack: (line: DeploymentLine) => void;
  #shown = "";

  constructor(rollBack: (line: DeploymentLine) => void) {
    this.#rollBack = rollBack;
  }

  show(app: Application): void {
    const lines = deploymentsOf(app);
    const goes = app.metadata.deletionTimestamp !== undefined;
    const shown = JSON.stringify([lines, goes]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.element.hidden = lines.length === 0;
    this.element.replaceChildren(
      el("h3", {}, "Deployments"),
      tableOf(
        ["ID", "Deployed", "Revision", "By", "Cause", ...(goes ? [] : ["Go back"])],
        lines.map((line) => [...cells(line), ...(goes ? [] : [this.#button(app, line)])]),
      ),
      el("p", { class: "dim" }, `Syncs that failed too: holdfast runs --app ${nameOf(app)}`),
    );
  }

  #button({ metadata: { name } }: Application, line: DeploymentLine): HTMLElement {
    if (line.is !== undefined) return el("td", {});
    const button = el(
      "button",
      { type: "button", "aria-label": `Roll back to this: deployment ${line.id} of ${name}` },
      "Roll back to this",
    );
    button.addEventListener("click", () => this.#rollBack(line));
    return el("td", { class: "act" }, button);
  }
}

function cells({ id, at, took, revision, by, cause, sources, is }: DeploymentLine): HTMLElement[] {
  return [
    el(
      "td",
      { class: "word" },
      `${id} `,
      is === undefined ? undefined : stateOf(is === "held" ? "Held" : "Current", "bare"),
    ),
    el(
      "td",
      { class: "word" },
      agoOf(at),
      el("span", { class: "why" }, took === "" ? "succeeded" : `succeeded in ${took}`),
    ),
    el("td", {}, el("span", { class: "mono" }, revision), el("span", { class: "why" }, sources)),
    el("td", {}, by),
    el("td", {}, cause),
  ];
}

function nameOf({ metadata: { namespace, name } }: Application): string {
  return `${namespace}/${name}`;
}
