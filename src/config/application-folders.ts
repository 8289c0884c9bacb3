import { relative } from "node:path";
import type { ImageUpdater } from "../core/images/image-updater.ts";
import type { Application } from "../core/model/application.ts";
import type { ApplicationSet } from "../core/model/application-set.ts";
import type { Problem } from "../core/model/problem.ts";
import type { Project } from "../core/model/project.ts";
import { defined } from "../lib/defined.ts";
import { findManifests, fingerprintOf } from "./find-manifests.ts";
import { type FileContent, isHalfWritten, readManifests } from "./read-manifests.ts";
import { type FileRead, readRegularFile } from "./read-regular-file.ts";

/** One configured file or folder as it was found. */
export interface FolderState {
  /** As configured, absolute. */
  path: string;
  /** `unreadable`: missing, or it, a folder or a file below it could not be read, or it changed all the time. */
  state: "read" | "unreadable";
  /** Manifest files that were found below it. */
  files: number;
}

export interface Placed {
  /** Relative to the working folder where it is below it. */
  file: string;
  line: number;
  /** Which configured path it came from. */
  folder: string;
}

export interface ReadApplications {
  /** A name may stand in several places: whose it is depends on who had it before. */
  applications: ({ app: Application } & Placed)[];
  projects: ({ project: Project } & Placed)[];
  applicationSets: ({ set: ApplicationSet } & Placed)[];
  imageUpdaters: ({ updater: ImageUpdater } & Placed)[];
  problems: Problem[];
  folders: FolderState[];
  /** What stands in which file, wrong manifests too. */
  holding: { file: string; holds: FileContent["holds"] }[];
  /** Files of something else, of which nothing is said. */
  passedOver: number;
  /** Files that may say less than they hold: nothing may be concluded from what is not in them. */
  doubts: { file: string; why: string }[];
  /** When to read again although nothing tells of a change, milliseconds; undefined where nothing is awaited. */
  againInMs: number | undefined;
}

export interface ReadOptions {
  homeNamespace: string;
  /** Problems and places name files relative to it. */
  from: string;
}

/** How long a file that looks half written is left as it was, in the hope of its other half. */
export const HALF_WRITTEN_MS = 5_000;
/** How often folders are read that change while they are being read. */
const TRIES = 3;

interface Known {
  /** undefined for a file of something else: a repository may hold gigabytes of them, and nothing of one is missed. */
  text: string | undefined;
  content: FileContent;
  /** A newer state of it that looks half written, and since when. */
  suspect?: { stamp: string; since: number };
}

/**
 * Reads Application, AppProject and ApplicationSet manifests from files and folders, again and again. It remembers what it read last, so
 * that a file in the middle of being written is told from one that was shortened.
 */
export class ApplicationFolders {
  #known: ReadonlyMap<string, Known> = new Map();

  /** @param now milliseconds of a clock that is never set */
  constructor(
    private readonly options: ReadOptions,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * All of them at one moment: where something changes while it is being read, all is read again.
   * @param paths absolute
   */
  read(paths: readonly string[]): ReadApplications {
    for (let tries = 1; ; tries++) {
      const before = seen(paths);
      const { read, known, fingerprint } = this.#readOnce(paths);
      // What was read is compared too: something may have been swapped, and swapped back.
      const isSettled = before === fingerprint && before === seen(paths);
      if (!isSettled && tries < TRIES) continue;
      this.#known = known;
      if (!isSettled) {
        for (const folder of read.folders) folder.state = "unreadable";
        read.againInMs = HALF_WRITTEN_MS;
      }
      return read;
    }
  }

  #readOnce(paths: readonly string[]): {
    read: ReadApplications;
    known: Map<string, Known>;
    fingerprint: string;
  } {
    const read: ReadApplications = {
      applications: [],
      projects: [],
      applicationSets: [],
      imageUpdaters: [],
      problems: [],
      folders: [],
      holding: [],
      passedOver: 0,
      doubts: [],
      againInMs: undefined,
    };
    const known = new Map<string, Known>();
    const stamps = new Map<string, string>();
    const fingerprints: string[] = [];
    for (const path of paths) {
      const listing = findManifests(path);
      const { files, unreadable } = listing;
      const folder: FolderState = { path, state: "read", files: files.length };
      read.folders.push(folder);
      const fault = (place: string, why: string): void => {
        folder.state = "unreadable";
        read.problems.push({
          severity: "error",
          file: shown(place, this.options.from),
          text: `cannot be read: ${why}`,
          fix: "What was read from it before is kept",
        });
      };
      for (const { place, why } of unreadable) fault(place, why);
      for (const file of files) {
        // Two configured paths may overlap: a file is read once.
        if (known.has(file)) continue;
        const found = readRegularFile(file);
        if (found.is === "read") stamps.set(file, found.stamp);
        this.#take(found, file, path, read, known, (why) => fault(file, why));
      }
      fingerprints.push(fingerprintOf(listing, (file) => stamps.get(file)));
    }
    return { read, known, fingerprint: fingerprints.join("\n") };
  }

  #take(
    found: FileRead,
    path: string,
    folder: string,
    into: ReadApplications,
    known: Map<string, Known>,
    fault: (why: string) => void,
  ): void {
    const file = shown(path, this.options.from);
    const before = this.#known.get(path);
    if (found.is === "unreadable") {
      if (before !== undefined) known.set(path, before);
      return fault(found.why);
    }
    const text = Buffer.from(found.bytes).toString("latin1");
    const suspect = before === undefined ? undefined : this.#suspicion(before, text, found.stamp);
    if (before !== undefined && suspect !== undefined) {
      const leftMs = suspect.since + HALF_WRITTEN_MS - this.now();
      if (leftMs > 0) {
        known.set(path, { ...before, suspect });
        into.doubts.push({ file, why: "the file looks half written" });
        into.againInMs = Math.min(into.againInMs ?? leftMs, leftMs);
        return take(before.content, { file, folder }, into);
      }
    }
    const content =
      before !== undefined && before.text === text
        ? before.content
        : readManifests(found.bytes, { file, homeNamespace: this.options.homeNamespace });
    const isOfOther = isPassedOver(content);
    known.set(path, { text: isOfOther ? undefined : text, content, ...defined({ suspect }) });
    take(content, { file, folder }, into);
  }

  #suspicion(before: Known, text: string, stamp: string): Known["suspect"] {
    if (before.text === undefined || !isHalfWritten(before.text, text)) return undefined;
    return before.suspect?.stamp === stamp ? before.suspect : { stamp, since: this.now() };
  }
}

function take(
  content: FileContent,
  { file, folder }: { file: string; folder: string },
  into: ReadApplications,
): void {
  const { applications, projects, applicationSets, imageUpdaters, problems, holds, doubt } = content;
  into.applications.push(...applications.map(({ app, line }) => ({ app, line, file, folder })));
  into.projects.push(...projects.map(({ project, line }) => ({ project, line, file, folder })));
  into.applicationSets.push(...applicationSets.map(({ set, line }) => ({ set, line, file, folder })));
  into.imageUpdaters.push(...imageUpdaters.map(({ updater, line }) => ({ updater, line, file, folder })));
  into.problems.push(...problems);
  if (holds.length > 0) into.holding.push({ file, holds });
  else if (isPassedOver(content)) into.passedOver++;
  if (doubt !== undefined) into.doubts.push({ file, why: doubt });
}

function isPassedOver({ holds, problems }: FileContent): boolean {
  return holds.length + problems.length === 0;
}

/** Reads once, for whoever remembers nothing: names that stand twice are problems, and all of them are there. */
export function readApplications(paths: readonly string[], options: ReadOptions): ReadApplications {
  const read = new ApplicationFolders(options).read(paths);
  read.problems.push(
    ...repeated(
      read.applications,
      ({ app: { metadata } }) => `Application ${metadata.namespace}/${metadata.name}`,
    ),
    ...repeated(
      read.projects,
      ({ project: { metadata } }) => `AppProject ${metadata.namespace}/${metadata.name}`,
    ),
    ...repeated(
      read.applicationSets,
      ({ set: { metadata } }) => `ApplicationSet ${metadata.namespace}/${metadata.name}`,
    ),
    ...repeated(
      read.imageUpdaters,
      ({ updater: { metadata } }) => `ImageUpdater ${metadata.namespace}/${metadata.name}`,
    ),
  );
  return read;
}

function repeated<T extends Placed>(all: readonly T[], nameOf: (one: T) => string): Problem[] {
  return [...Map.groupBy(all, nameOf)].flatMap(([object, [first, ...others]]) =>
    others.map(
      ({ file, line }): Problem => ({
        severity: "error",
        file,
        line,
        object,
        text: `this name is taken in ${first?.file}:${first?.line}`,
        fix: "Rename one of them, or remove it",
      }),
    ),
  );
}

function seen(paths: readonly string[]): string {
  return paths.map((path) => fingerprintOf(findManifests(path))).join("\n");
}

function shown(path: string, from: string): string {
  const short = relative(from, path);
  return short === "" || short.startsWith("..") ? path : short;
}
