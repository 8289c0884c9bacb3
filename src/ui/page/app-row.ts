import type { Application, ResourceStatus } from "../../core/model/application.ts";
import { ask } from "./daemon.ts";
import { el, stateOf, timeOf } from "./dom.ts";
import {
  ago,
  type DeletionStep,
  deletionSteps,
  destinationOf,
  healthOf,
  hooksOf,
  isRunning,
  keyOf,
  kindOfRun,
  revisionOf,
  sentences,
  sourceOf,
  syncOf,
} from "./words.ts";

const NOTE_MS = 4_000;

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
  readonly #about = el("p", { class: "about" });
  readonly #words = el("div");
  readonly #syncButton: HTMLButtonElement;
  readonly #unholdButton: HTMLButtonElement;
  readonly #note = el("p", { class: "note", role: "status", hidden: "" });
  readonly #count = el("summary");
  readonly #inside = el("div");
  readonly #details = el("details", {}, this.#count, this.#inside);

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
    const actions = el("div", { class: "actions" }, refreshButton, this.#unholdButton, this.#syncButton);
    this.element = el(
      "li",
      { class: "app", id: idOf(app) },
      el("div", { class: "head" }, title, this.#sync, this.#health, actions),
      this.#about,
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
      this.#act(this.#unholdButton, "It follows Git again", () =>
        ask("DELETE", `/api/holdfast/v1/applications/${namespace}/${name}/hold`, { body: {} }),
      ),
    );
    this.show(app);
  }

  show(app: Application): void {
    this.#app = app;
    replace(this.#sync, stateOf(syncOf(app)));
    replace(this.#health, stateOf(healthOf(app)));
    const isHeld = app.status?.hold !== undefined;
    replace(this.#held, isHeld ? stateOf("Held") : el("span"));
    // While it is held a sync without a revision is refused: what is offered is to lift that.
    this.#unholdButton.hidden = !isHeld;
    this.#syncButton.hidden = isHeld;
    this.#words.replaceChildren(
      ...sentences(app).map(({ lead, text, tone }) =>
        el("p", { class: "words", "data-tone": tone }, el("b", {}, lead), ` ${text}`),
      ),
    );
    const resources = app.status?.resources ?? [];
    this.#count.textContent = resources.length === 1 ? "1 resource" : `${resources.length} resources`;
    const isGoing = kindOfRun(app) === "Deletion";
    this.#syncButton.setAttribute("aria-disabled", String(isRunning(app) || isGoing));
    this.#syncButton.textContent = isGoing ? "Deleting" : isRunning(app) ? "Syncing" : "Sync";
    this.tick();
  }

  /** Writes the relative times anew. */
  tick(): void {
    this.#showAbout();
    this.#showDetails();
  }

  #showAbout(): void {
    const app = this.#app;
    const finishedAt = app.status?.operationState?.finishedAt;
    this.#about.replaceChildren(
      el("span", { class: "mono" }, revisionOf(app)),
      el("span", {}, sourceOf(app)),
      el("span", {}, `to ${destinationOf(app)}`),
      finishedAt === undefined
        ? ""
        : el(
            "span",
            {},
            kindOfRun(app) === "Deletion" ? "deletion stopped " : `last ${kindOfRun(app).toLowerCase()} `,
            timeOf(finishedAt, ago(finishedAt, Date.now())),
          ),
    );
  }

  #showDetails(): void {
    if (!this.#details.open) return;
    const steps = deletionSteps(this.#app);
    const parts =
      steps.length > 0
        ? [stepTable(steps), lastSync(this.#app)]
        : [resourceTable(this.#app.status?.resources ?? []), hookTable(this.#app), lastSync(this.#app)];
    this.#inside.replaceChildren(...parts.filter((part) => part !== undefined));
  }

  async #act(button: HTMLButtonElement, done: string, work: () => Promise<unknown>): Promise<void> {
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    try {
      await work();
      this.#say(done, "good");
    } catch (failure) {
      this.#say(failure instanceof Error ? failure.message : String(failure), "bad");
    } finally {
      button.removeAttribute("aria-busy");
    }
  }

  #say(text: string, tone: "good" | "bad"): void {
    const note = this.#note;
    note.hidden = false;
    note.dataset.tone = tone;
    note.textContent = text;
    if (tone === "bad") return;
    setTimeout(() => {
      if (note.textContent === text) note.hidden = true;
    }, NOTE_MS);
  }
}

/** Puts `next` in the place's stead, unless it looks the same. */
function replace(place: HTMLElement, next: HTMLElement): void {
  if (place.textContent !== next.textContent) place.replaceChildren(next);
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

function tableOf(heads: readonly string[], rows: readonly HTMLElement[][]): HTMLElement {
  const head = el("tr", {}, ...heads.map((word) => el("th", { scope: "col" }, word)));
  const body = rows.map((cells) => el("tr", {}, ...cells));
  return el("div", { class: "table" }, el("table", {}, el("thead", {}, head), el("tbody", {}, ...body)));
}

function resourceTable(resources: readonly ResourceStatus[]): HTMLElement | undefined {
  if (resources.length === 0) return el("p", { class: "note" }, "No resources are known yet.");
  const rows = resources.map(({ group, kind, namespace, name, status, health, requiresPruning }) => [
    el("td", { class: "word", title: group ? `${group}/${kind}` : kind }, kind),
    el("td", { class: "mono" }, namespace ? `${namespace}/${name}` : name),
    el(
      "td",
      { class: "word" },
      stateOf(status ?? "Unknown", "bare"),
      requiresPruning === true ? el("span", { class: "why" }, "to prune") : undefined,
    ),
    el(
      "td",
      { class: health?.message ? undefined : "word" },
      health === undefined ? el("span", { class: "dim" }, "none") : stateOf(health.status, "bare"),
      health?.message ? el("span", { class: "why" }, health.message) : undefined,
    ),
  ]);
  return tableOf(["Kind", "Name", "Sync", "Health"], rows);
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
      ...line("Started", timeOf(last.startedAt, ago(last.startedAt, Date.now()))),
      ...(last.finishedAt === undefined
        ? []
        : line("Finished", timeOf(last.finishedAt, ago(last.finishedAt, Date.now())))),
      ...(last.syncResult?.revision === undefined
        ? []
        : line("Revision", el("span", { class: "mono" }, last.syncResult.revision))),
      ...(by === undefined
        ? []
        : line("Started by", by.automated === true ? "Holdfast, by its policy" : (by.username ?? ""))),
    ),
  );
}
