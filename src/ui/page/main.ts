/** The status page: a list of applications that follows the daemon. */
import type { Application } from "../../core/model/application.ts";
import type { Problem } from "../../core/model/problem.ts";
import { AppRow, idOf } from "./app-row.ts";
import { ask, type Change, follow, Refused, setToken } from "./daemon.ts";
import { listen } from "./dialog.ts";
import { byId, el } from "./dom.ts";
import { healthOf, keyOf, matches, standing, summary, syncOf } from "./words.ts";

/** More rows than a person reads; the rest is found by name. */
const MOST_ROWS = 200;
const FEW_ROWS = 6;
const HIDDEN_MS = 60_000;
/** A brake that somebody pulled is seen at once: the question costs the daemon nothing but its answer. */
const PAUSES_EVERY_MS = 2_000;

interface DaemonStatus {
  version: string;
  ready: boolean;
  problems: Problem[];
  pauses: Pause[];
}

interface Pause {
  of: "deletions" | "writes";
  text: string;
}

const apps = new Map<string, Application>();
const rows = new Map<string, AppRow>();
let hasListed = false;
let isReady = true;
let drawing = false;

function draw(): void {
  // Many changes in one frame are one drawing.
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    drawSummary();
    drawRows();
  });
}

function drawSummary(): void {
  if (!hasListed) return;
  const all = sorted();
  const attention = all.filter((app) => standing(app) === "attention");
  const text = isReady
    ? summary(all)
    : `Looking at ${all.length === 1 ? "1 application" : `${all.length} applications`} for the first time`;
  const title = byId("summary");
  if (title.textContent !== text) {
    title.textContent = text;
    announce(text);
  }
  document.title = attention.length > 0 ? `✗ ${attention.length} · Holdfast` : "Holdfast";
  const links = attention
    .slice(0, 5)
    .flatMap((app, index) => [
      index === 0 ? "" : " · ",
      el("a", { href: `#${idOf(app)}` }, app.metadata.name),
      ` ${healthOf(app) === "Healthy" ? syncOf(app) : healthOf(app)}`,
    ]);
  const more = attention.length > 5 ? ` · and ${attention.length - 5} more` : "";
  byId("attention").hidden = attention.length === 0 || all.length === 1;
  byId("attention").replaceChildren(...links, more);
  byId("empty").hidden = all.length > 0;
  byId("find").hidden = all.length <= FEW_ROWS;
}

function drawRows(): void {
  const query = byId<HTMLInputElement>("query").value.trim();
  const found = sorted().filter((app) => query === "" || matches(app, query));
  const shown = found.slice(0, MOST_ROWS);
  const list = byId("apps");
  const wanted = new Set(shown.map(keyOf));
  for (const [key, row] of rows) {
    if (wanted.has(key)) continue;
    row.element.remove();
    rows.delete(key);
  }
  let before: Element | null = list.firstElementChild;
  for (const app of shown) {
    const old = rows.get(keyOf(app));
    const row = old ?? new AppRow(app);
    rows.set(keyOf(app), row);
    if (old !== undefined) old.show(app);
    // A row that stands where it belongs is not touched, so that focus and an open part stay.
    if (before === row.element) before = before.nextElementSibling;
    else list.insertBefore(row.element, before);
  }
  byId("shown").textContent =
    found.length > shown.length
      ? `${shown.length} of ${found.length} shown; type to find the others`
      : query === ""
        ? ""
        : `${found.length} found`;
}

function sorted(): Application[] {
  return [...apps.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

let announced = "";
let _announcing: ReturnType<typeof setTimeout> | undefined;

/** For screen readers: the latest summary, at most every five seconds. */
function announce(text: string): void {
  announced = text;
  _announcing ??= setTimeout(() => {
    _announcing = undefined;
    byId("announce").textContent = announced;
  }, 5_000);
}

function connection(is: "connecting" | "live" | "offline", word: string): void {
  byId("connection").dataset.is = is;
  byId("connection-word").textContent = word;
}

async function readStatus(): Promise<void> {
  const { version, ready, problems, pauses } = await ask<DaemonStatus>("GET", "/api/holdfast/v1/status");
  isReady = ready;
  showPauses(pauses);
  byId("version").textContent = version;
  byId("problems").hidden = problems.length === 0;
  byId("problem-list").replaceChildren(
    ...problems.map(({ file, line, object, path, text, fix }) => {
      const place = [
        file === undefined ? "" : line === undefined ? file : `${file}:${line}`,
        object ?? "",
        path ?? "",
      ]
        .filter((part) => part !== "")
        .join("  ");
      return el(
        "li",
        {},
        place === "" ? undefined : el("span", { class: "place" }, place),
        text,
        fix === undefined ? undefined : el("span", { class: "fix" }, `. ${fix}`),
      );
    }),
  );
  draw();
}

/** Each of them holds until whoever set it takes it back. */
function showPauses(pauses: readonly Pause[]): void {
  const text = pauses.map(({ text }) => `${capital(text)}.`).join("\n");
  const banner = byId("paused");
  // Written once: it is announced each time that it is written.
  if (banner.textContent !== text) banner.textContent = text;
  banner.hidden = pauses.length === 0;
}

async function readPauses(): Promise<void> {
  showPauses((await ask<{ items: Pause[] }>("GET", "/api/holdfast/v1/pauses")).items);
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function onList(items: Application[]): void {
  apps.clear();
  for (const app of items) apps.set(keyOf(app), app);
  hasListed = true;
  byId("offline").hidden = true;
  byId("token-form").hidden = true;
  connection("live", "Live");
  draw();
}

function onChange({ type, application }: Change): void {
  if (type === "DELETED") apps.delete(keyOf(application));
  else apps.set(keyOf(application), application);
  draw();
}

/** Follows the daemon for as long as the page is looked at. */
async function run(): Promise<never> {
  let failures = 0;
  for (;;) {
    await visible();
    const leave = new AbortController();
    const stopWatching = whenHidden(HIDDEN_MS, () => leave.abort());
    try {
      await readStatus();
      await follow(
        {
          list(items) {
            failures = 0;
            onList(items);
          },
          change: onChange,
        },
        leave.signal,
      );
    } catch (failure) {
      if (leave.signal.aborted) {
        connection("connecting", "Paused");
        continue;
      }
      if (failure instanceof Refused && failure.status === 401) {
        await tokenFromForm(failures > 0);
        failures = 1;
        continue;
      }
      failures += 1;
      await pause(failures, failure);
    } finally {
      stopWatching();
    }
  }
}

async function pause(failures: number, failure: unknown): Promise<void> {
  const pauseMs = Math.min(1_000 * 2 ** (failures - 1), 15_000);
  if (failures > 1 || !hasListed) {
    connection("offline", "Offline");
    const why = failure instanceof Refused ? failure.message : "the daemon does not answer";
    byId("offline").hidden = false;
    byId("offline").textContent =
      `Not connected: ${why}. ${hasListed ? "What you see is as it was before. " : ""}Trying again every ${Math.round(pauseMs / 1000)} s.`;
    if (!hasListed) byId("summary").textContent = "The daemon does not answer";
  } else connection("connecting", "Reconnecting");
  await new Promise((resolve) => setTimeout(resolve, pauseMs));
}

function tokenFromForm(wasTried: boolean): Promise<void> {
  const form = byId<HTMLFormElement>("token-form");
  const input = byId<HTMLInputElement>("token");
  connection("offline", "Locked");
  byId("summary").textContent = "Locked";
  byId("offline").hidden = true;
  form.hidden = false;
  byId("token-refused").hidden = !wasTried;
  byId("token-refused").textContent = "The daemon refused that token.";
  input.focus();
  return new Promise((resolve) => {
    form.addEventListener(
      "submit",
      (event) => {
        event.preventDefault();
        setToken(input.value.trim());
        input.value = "";
        resolve();
      },
      { once: true },
    );
  });
}

function visible(): Promise<void> {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) =>
    document.addEventListener("visibilitychange", () => resolve(), { once: true }),
  );
}

/** Calls once the page was hidden for that long without a break. @returns stops watching */
function whenHidden(ms: number, then: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const watch = (): void => {
    clearTimeout(timer);
    timer = document.hidden ? setTimeout(then, ms) : undefined;
  };
  document.addEventListener("visibilitychange", watch);
  watch();
  return () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", watch);
  };
}

byId("query").addEventListener("input", () => drawRows());
setInterval(() => {
  if (document.hidden || !hasListed) return;
  for (const row of rows.values()) row.tick();
  // The stream notices for itself that the daemon is gone, and says so.
  readStatus().catch(() => undefined);
}, 15_000);
setInterval(() => {
  if (!document.hidden && hasListed && byId("connection").dataset.is === "live")
    readPauses().catch(() => undefined);
}, PAUSES_EVERY_MS);
listen();
void run();
