import type { Project } from "../../core/model/project.ts";
import type { Home } from "../../core/ports/home.ts";
import { equalJson } from "../../lib/equal-json.ts";
import type { Owned } from "./settle-names.ts";
import { NOTHING_KNOWN, type StockState } from "./take-stock.ts";

/** Names of stored values: manifest files by folder, projects with their places, and applications that a person let go. */
const FOLDER_FILES = "folder-files",
  PROJECTS = "projects",
  APPROVED = "approved-removals";

/** What is remembered from one reading of the folders to the next, the most of it across restarts. */
export class HomeMemory {
  #state: StockState = NOTHING_KNOWN;
  #approved: ReadonlySet<string> = new Set();
  #projects: ReadonlyMap<string, Project> = new Map();

  constructor(private readonly store: Pick<Home, "value" | "putValue">) {}

  /** `apps` is of the last reading; who has a name now is what the applications say. */
  get state(): StockState {
    return this.#state;
  }

  /** The very same map until they change. */
  get projects(): ReadonlyMap<string, Project> {
    return this.#projects;
  }

  /** Missing applications of which a person said that they may leave. */
  get approved(): ReadonlySet<string> {
    return this.#approved;
  }

  /** At a start. What is missing is missing from now on. */
  recall(): void {
    this.#take({
      ...NOTHING_KNOWN,
      filesBefore: new Map(Object.entries(this.#read<Record<string, number>>(FOLDER_FILES, {}))),
      projects: new Map(Object.entries(this.#read<Record<string, Owned<Project>>>(PROJECTS, {}))),
    });
    this.#approved = new Set(this.#read<string[]>(APPROVED, []));
  }

  /** @throws {Failure} store */
  keep(state: StockState): void {
    this.#write(
      FOLDER_FILES,
      Object.fromEntries(this.#state.filesBefore),
      Object.fromEntries(state.filesBefore),
    );
    this.#write(PROJECTS, Object.fromEntries(this.#state.projects), Object.fromEntries(state.projects));
    this.#take(state);
  }

  /** @throws {Failure} store */
  approve(keys: ReadonlySet<string>): void {
    this.#write(APPROVED, [...this.#approved], [...keys]);
    this.#approved = keys;
  }

  #take(state: StockState): void {
    if (!equalJson([...this.#state.projects], [...state.projects]))
      this.#projects = new Map([...state.projects].map(([name, { value }]) => [name, value]));
    this.#state = state;
  }

  #read<T>(name: string, otherwise: T): T {
    const text = this.store.value(name);
    return text === undefined ? otherwise : (JSON.parse(text) as T);
  }

  #write(name: string, before: unknown, now: unknown): void {
    if (!equalJson(before, now)) this.store.putValue(name, JSON.stringify(now));
  }
}
