/** What repositories hold, for whoever is about to name some of it in an Application. */
import type { Source } from "../model/source.ts";
import type { ListedChart } from "./artifacts.ts";
import type { RepositoryId } from "./repository-desk.ts";

/** A folder that an Application could name. */
export interface FoundFolder {
  /** From the repository's root; "." is the root. */
  path: string;
  type: "Helm" | "Kustomize" | "Directory";
}

/** For which application a repository is looked into: it is reached as that one's project reaches it. */
export interface LookedFor {
  project: string;
  /** `name`, or `namespace/name`, of one that is there or not; "" where nobody has named it yet. */
  app: string;
}

/** Whether an entry may lend its credentials to whoever asks: one that is not seen is as if it were not there. */
export type Sees = (entry: Pick<RepositoryId, "url" | "project">) => boolean;

/** A source as an Application would have it, and what would be made of it. */
export interface SourceDetails {
  /** Argo CD's word: `Helm`, `Kustomize`, `Directory`, or a plugin's `Plugin`. */
  type: string;
  helm?: {
    /** Of the chart; "" where it has none. */
    name: string;
    /** Of the chart's own folder, by name. */
    valueFiles: readonly string[];
    /** Text of the chart's values.yaml; "" where there is none. */
    values: string;
    /** What can be set, by name, with what it is when nobody sets it. */
    parameters: readonly { name: string; value: string }[];
    fileParameters: readonly { name: string; path: string }[];
  };
  kustomize?: { /** `name:tag`, each once. */ images: readonly string[] };
  /** What could not be told, and why, a sentence each. */
  warnings: readonly string[];
}

/** Each throws what `test` of a RepositoryDesk does. */
export interface RepositoryContents {
  /** @throws {Failure} not-found where there is no such entry; refused where it is no chart repository */
  charts(id: RepositoryId): Promise<readonly ListedChart[]>;
  /** @throws {Failure} not-found where there is no such entry; refused where it is no registry */
  tags(id: RepositoryId): Promise<readonly string[]>;
  /**
   * @param url as an Application would name it; an entry for it need not be there
   * @param revision "" is HEAD
   * @throws {Failure} refused where it is none of Git, or too large
   */
  folders(url: string, revision: string, lookedFor: LookedFor, sees: Sees): Promise<readonly FoundFolder[]>;
  /** @throws {Failure} git-path, artifact-version, path-outside-source, manifest, invalid-spec */
  details(source: Source, lookedFor: LookedFor, sees: Sees): Promise<SourceDetails>;
}
