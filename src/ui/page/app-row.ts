import type { Application } from "../../core/model/application.ts";
import { ask } from "./daemon.ts";
import { detailsOf } from "./details.ts";
import { agoOf, el, stateOf, tickTimes } from "./dom.ts";
import { HistoryTable } from "./history-table.ts";
import { askToRollBack } from "./rollback-dialog.ts";
import { askToUndo } from "./undo-dialog.ts";
import { askToUnhold } from "./unhold-dialog.ts";
import {
  countsOf,
  destinationOf,
  endWords,
  healthOf,
  isRunning,
  keyOf,
  kindOfRun,
  revisionOf,
  sentences,
  sourceOf,
  syncOf,
  undoWords,
} from "./words.ts";

const NOTE_MS = 4_000;
/** What came of something takes longer to read than that it was asked for. */
const RESULT_MS = 30_000;

export function idOf(app: Application): string {
  return `app-${keyOf(app).replace("/", "-")}`;
}

/** One application on the page: an element that is kept, and told when the application changed. */
export class AppRow {
  readonly element: HTMLLIElement;
  #app: Application;
  readonly #sync = el("span");
  readonly #health = el("span");
  readonly #held = el("span");
  readonly #facts = el("span", { class: "facts" });
  readonly #undoButton: HTMLButtonElement;
  readonly #words = el("div");
  readonly #syncButton: HTMLButtonElement;
  readonly #unholdButton: HTMLButtonElement;
  readonly #note = el("p", { class: "note", role: "status", hidden: "" });
  readonly #count = el("summary");
  readonly #inside = el("div");
  readonly #history: HistoryTable;
  readonly #details: HTMLDetailsElement;
  /** What is shown, part by part: a part that says the same is not touched, so that focus and selection stay. */
  readonly #shown = new Map<Element, string>();
  /** What was asked for and has not ended, and the operation from before it. */
  #awaited: { what: string; before: string } | undefined;

  constructor(app: Application) {
    this.#app = app;
    const { name, namespace } = app.metadata;
    const title = el(
      "div",
      { class: "title" },
      el("h2", {}, el("span", { class: "dim" }, `${namespace}/`), name),
      this.#held,
    );
    const refreshButton = el("button", { type: "button", "aria-label": `Refresh ${name}` }, "Refresh");
    this.#syncButton = el("button", { type: "button", "aria-label": `Sync ${name}` }, "Sync");
    this.#unholdButton = el(
      "button",
      { type: "button", "aria-label": `Lift the hold of ${name}`, hidden: "" },
      "Lift the hold",
    );
    this.#undoButton = el("button", { type: "button", class: "link", hidden: "" });
    this.#history = new HistoryTable((line) =>
      askToRollBack(this.#app, line, this.#awaiting(`Rollback to ${line.id}`)),
    );
    this.#details = el("details", {}, this.#count, this.#inside, this.#history.element);
    const actions = el("div", { class: "actions" }, refreshButton, this.#unholdButton, this.#syncButton);
    this.element = el(
      "li",
      { class: "app", id: idOf(app) },
      el("div", { class: "head" }, title, this.#sync, this.#health, actions),
      el("p", { class: "about" }, this.#facts, this.#undoButton),
      this.#words,
      this.#note,
      this.#details,
    );
    this.#details.addEventListener("toggle", () => this.#showDetails());
    refreshButton.addEventListener("click", () =>
      this.#act(refreshButton, "Refreshed", () =>
        ask("POST", `/api/holdfast/v1/applications/${namespace}/${name}/refresh`, { body: {} }),
      ),
    );
    this.#syncButton.addEventListener("click", () => {
      if (this.#syncButton.getAttribute("aria-disabled") === "true") return;
      void this.#act(this.#syncButton, "Sync asked for", () =>
        ask("POST", `/api/v1/applications/${name}/sync?appNamespace=${namespace}`, { body: {} }),
      );
    });
    this.#unholdButton.addEventListener("click", () =>
      askToUnhold(this.#app, () => this.#say("It follows Git again", "good", NOTE_MS)),
    );
    this.#undoButton.addEventListener("click", () => askToUndo(this.#app, this.#awaiting("Undo")));
    this.show(app);
  }

  show(app: Application): void {
    this.#app = app;
    const isHeld = app.status?.hold !== undefined;
    this.#replace(this.#sync, syncOf(app), () => [stateOf(syncOf(app))]);
    this.#replace(this.#health, healthOf(app), () => [stateOf(healthOf(app))]);
    this.#replace(this.#held, isHeld, () => (isHeld ? [stateOf("Held")] : []));
    // While it is held a sync without a revision is refused: what is offered is to lift that.
    this.#unholdButton.hidden = !isHeld;
    this.#syncButton.hidden = isHeld;
    const said = sentences(app);
    this.#replace(this.#words, said, () =>
      said.map(({ lead, text, tone }) =>
        el("p", { class: "words", "data-tone": tone }, el("b", {}, lead), ` ${text}`),
      ),
    );
    this.#count.textContent = countsOf(app);
    const isGoing = kindOfRun(app) === "Deletion";
    this.#syncButton.setAttribute("aria-disabled", String(isRunning(app) || isGoing));
    this.#syncButton.textContent = isGoing ? "Deleting" : isRunning(app) ? "Syncing" : "Sync";
    this.#undoButton.hidden = app.status?.undo === undefined || isGoing;
    this.#undoButton.textContent = undoWords(app);
    this.#showFacts();
    this.#showDetails();
    this.#tellEnd();
  }

  /** Writes the relative times anew. */
  tick(): void {
    tickTimes(this.element);
  }

  #showFacts(): void {
    const app = this.#app;
    const finishedAt = app.status?.operationState?.finishedAt;
    const kind = kindOfRun(app);
    const facts = [revisionOf(app), sourceOf(app), `to ${destinationOf(app)}`] as const;
    this.#replace(this.#facts, [facts, finishedAt, kind], () => [
      el("span", { class: "mono" }, facts[0]),
      el("span", {}, facts[1]),
      el("span", {}, facts[2]),
      ...(finishedAt === undefined
        ? []
        : [
            el(
              "span",
              {},
              kind === "Deletion" ? "deletion stopped " : `last ${kind.toLowerCase()} `,
              agoOf(finishedAt),
            ),
          ]),
    ]);
  }

  #showDetails(): void {
    if (!this.#details.open) return;
    const { metadata, operation, status } = this.#app;
    const { resources, operationState } = status ?? {};
    this.#replace(this.#inside, [metadata.deletionTimestamp, operation, resources, operationState], () =>
      detailsOf(this.#app),
    );
    this.#history.show(this.#app);
  }

  #replace(place: HTMLElement, says: unknown, make: () => Node[]): void {
    const text = JSON.stringify(says);
    if (this.#shown.get(place) === text) return;
    this.#shown.set(place, text);
    place.replaceChildren(...make());
  }

  async #act(button: HTMLButtonElement, done: string, work: () => Promise<unknown>): Promise<void> {
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    try {
      await work();
      this.#say(done, "good", NOTE_MS);
    } catch (failure) {
      this.#say(failure instanceof Error ? failure.message : String(failure), "bad");
    } finally {
      button.removeAttribute("aria-busy");
    }
  }

  /** What a dialog tells of what it asks for: how that ended is said when the daemon tells. */
  #awaiting(what: string): { before(): void; refused(): void } {
    return {
      before: () => {
        this.#awaited = { what, before: JSON.stringify(this.#app.status?.operationState ?? null) };
        this.#say(`${what} asked for`, "good");
      },
      refused: () => {
        this.#awaited = undefined;
        this.#note.hidden = true;
      },
    };
  }

  #tellEnd(): void {
    const { operationState } = this.#app.status ?? {};
    if (this.#awaited === undefined || operationState === undefined || isRunning(this.#app)) return;
    if (JSON.stringify(operationState) === this.#awaited.before) return;
    const { what } = this.#awaited;
    this.#awaited = undefined;
    const { text, tone } = endWords(what, operationState);
    this.#say(text, tone, tone === "good" ? RESULT_MS : undefined);
  }

  /** @param forMs absent: until something else is to be said */
  #say(text: string, tone: "good" | "bad", forMs?: number): void {
    const note = this.#note;
    note.hidden = false;
    note.dataset.tone = tone;
    note.textContent = text;
    if (forMs === undefined) return;
    setTimeout(() => {
      if (note.textContent === text) note.hidden = true;
    }, forMs);
  }
}
