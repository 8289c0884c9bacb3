import type { Application, ResourceStatus } from "../../core/model/application.ts";
import { ask } from "./daemon.ts";
import { el, stateOf, timeOf } from "./dom.ts";
import {
  ago,
  destinationOf,
  healthOf,
  isRunning,
  keyOf,
  kindOfRun,
  revisionOf,
  sentences,
  sourceOf,
  syncOf,
} from "./words.ts";

/** One application on the page: an element that is kept, and told when the application changed. */
export interface AppRow {
  element: HTMLLIElement;
  show(app: Application): void;
  /** Writes the relative times anew. */
  tick(): void;
}

const NOTE_MS = 4_000;

export function idOf(app: Application): string {
  return `app-${keyOf(app).replace("/", "-")}`;
}

export function appRow(first: Application): AppRow {
  let app = first;
  const { name, namespace } = app.metadata;
  const title = el("h2", {}, el("span", { class: "dim" }, `${namespace}/`), name);
  const [sync, health, about, words] = [el("span"), el("span"), el("p", { class: "about" }), el("div")];
  const refreshButton = el("button", { type: "button", "aria-label": `Refresh ${name}` }, "Refresh");
  const syncButton = el("button", { type: "button", "aria-label": `Sync ${name}` }, "Sync");
  const note = el("p", { class: "note", role: "status", hidden: "" });
  const count = el("summary");
  const inside = el("div");
  const details = el("details", {}, count, inside);
  const element = el(
    "li",
    { class: "app", id: idOf(app) },
    el(
      "div",
      { class: "head" },
      title,
      sync,
      health,
      el("div", { class: "actions" }, refreshButton, syncButton),
    ),
    about,
    words,
    note,
    details,
  );
  details.addEventListener("toggle", () => showDetails());
  refreshButton.addEventListener("click", () =>
    act(refreshButton, "Refreshed", () =>
      ask("POST", `/api/holdfast/v1/applications/${namespace}/${name}/refresh`, { body: {} }),
    ),
  );
  syncButton.addEventListener("click", () => {
    if (isRunning(app)) return;
    void act(syncButton, "Sync asked for", () =>
      ask("POST", `/api/v1/applications/${name}/sync?appNamespace=${namespace}`, { body: {} }),
    );
  });
  show(first);
  return {
    element,
    show,
    tick() {
      showAbout();
      showDetails();
    },
  };

  function show(next: Application): void {
    app = next;
    replace(sync, stateOf(syncOf(app)));
    replace(health, stateOf(healthOf(app)));
    words.replaceChildren(
      ...sentences(app).map(({ lead, text, tone }) =>
        el("p", { class: "words", "data-tone": tone }, el("b", {}, lead), ` ${text}`),
      ),
    );
    const resources = app.status?.resources ?? [];
    count.textContent = resources.length === 1 ? "1 resource" : `${resources.length} resources`;
    syncButton.setAttribute("aria-disabled", String(isRunning(app)));
    syncButton.textContent = isRunning(app) ? "Syncing" : "Sync";
    showAbout();
    showDetails();
  }

  function showAbout(): void {
    const finishedAt = app.status?.operationState?.finishedAt;
    about.replaceChildren(
      el("span", { class: "mono" }, revisionOf(app)),
      el("span", {}, sourceOf(app)),
      el("span", {}, `to ${destinationOf(app)}`),
      finishedAt === undefined
        ? ""
        : el(
            "span",
            {},
            `last ${kindOfRun(app).toLowerCase()} `,
            timeOf(finishedAt, ago(finishedAt, Date.now())),
          ),
    );
  }

  function showDetails(): void {
    if (!details.open) return;
    inside.replaceChildren(
      ...[resourceTable(app.status?.resources ?? []), lastSync(app)].filter((part) => part !== undefined),
    );
  }

  async function act(button: HTMLButtonElement, done: string, work: () => Promise<unknown>): Promise<void> {
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    try {
      await work();
      say(done, "good");
    } catch (failure) {
      say(failure instanceof Error ? failure.message : String(failure), "bad");
    } finally {
      button.removeAttribute("aria-busy");
    }
  }

  function say(text: string, tone: "good" | "bad"): void {
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

function resourceTable(resources: readonly ResourceStatus[]): HTMLElement | undefined {
  if (resources.length === 0) return el("p", { class: "note" }, "No resources are known yet.");
  const heads = ["Kind", "Name", "Sync", "Health"].map((word) => el("th", { scope: "col" }, word));
  const rows = resources.map(({ group, kind, namespace, name, status, health, hook, requiresPruning }) =>
    el(
      "tr",
      {},
      el("td", { class: "word", title: group ? `${group}/${kind}` : kind }, kind),
      el("td", { class: "mono" }, namespace ? `${namespace}/${name}` : name),
      el(
        "td",
        { class: "word" },
        hook === true ? el("span", { class: "dim" }, "hook") : stateOf(status ?? "Unknown", "bare"),
        requiresPruning === true ? el("span", { class: "why" }, "to prune") : undefined,
      ),
      el(
        "td",
        { class: health?.message ? undefined : "word" },
        health === undefined ? el("span", { class: "dim" }, "none") : stateOf(health.status, "bare"),
        health?.message ? el("span", { class: "why" }, health.message) : undefined,
      ),
    ),
  );
  return el(
    "div",
    { class: "table" },
    el("table", {}, el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...rows)),
  );
}

function lastSync(app: Application): HTMLElement | undefined {
  const last = app.status?.operationState;
  if (last === undefined) return undefined;
  const by = last.operation.initiatedBy;
  const line = (name: string, value: Node | string): Node[] => [el("dt", {}, name), el("dd", {}, value)];
  return el(
    "section",
    {},
    el("h3", {}, `Last ${kindOfRun(app).toLowerCase()}`),
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
