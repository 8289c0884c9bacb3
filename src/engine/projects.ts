/** The projects as they hold: what is written, and what global projects add. */
import type { GlobalProject, Project } from "../core/model/project.ts";
import { type ProjectsInForce, projectsInForce } from "../core/policy/global-projects.ts";
import type { Settings } from "./settings.ts";

export interface ProjectSources {
  written(): ReadonlyMap<string, Project>;
  settings(): Pick<Settings, "globalProjects">;
  /** Why a project that is there could never be read. */
  unreadable(name: string): string | undefined;
  /** The project `default` where nobody wrote it. */
  unwritten(): Project;
}

/** Asked before each write and each delete: worked out again only where something of it changed. */
export class Projects {
  #last:
    | { written: ReadonlyMap<string, Project>; rules: readonly GlobalProject[]; inForce: ProjectsInForce }
    | undefined;

  constructor(private readonly sources: ProjectSources) {}

  /** The very map of before, as long as nothing changed. */
  get all(): ReadonlyMap<string, Project> {
    return this.#now().projects;
  }

  /** Why the project holds for nobody; undefined where it does, or is none. */
  withheld(name: string): string | undefined {
    const { withheld, projects } = this.#now();
    return withheld.get(name) ?? (projects.has(name) ? undefined : this.sources.unreadable(name));
  }

  /** The global projects whose rules are in it too. */
  globalsOf(name: string): readonly string[] {
    return this.#now().from.get(name) ?? [];
  }

  #now(): ProjectsInForce {
    const written = this.sources.written();
    const { globalProjects: rules } = this.sources.settings();
    if (this.#last?.written !== written || this.#last.rules !== rules)
      this.#last = { written, rules, inForce: projectsInForce(written, rules, this.sources.unwritten()) };
    return this.#last.inForce;
  }
}
