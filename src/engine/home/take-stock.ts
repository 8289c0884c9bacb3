/**
 * Which applications and projects exist, where each is written, and which may leave. Files are the truth of what they
 * hold; applications made through the API live in the store, and those that parents render where Holdfast serves them.
 */

import { ANNOTATION, type AppKey, type Application, keyOfApp } from "../../core/model/application.ts";
import {
  type FolderReading,
  type PlaceInFolder,
  reasonsToKeep,
  sayEmptied,
} from "../../core/model/folder-reading.ts";
import type { Problem } from "../../core/model/problem.ts";
import type { Project } from "../../core/model/project.ts";
import { askBudget, type RemovalBudget } from "../../core/plan/removal-budget.ts";
import type { Child, ParentsReading } from "../../core/ports/parents-home.ts";
import { defined } from "../../lib/defined.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { cascadeOf } from "../remove/cascade.ts";
import { emptiedFolders } from "./emptied-folders.ts";
import { type NameClaim, type Names, type Owned, settleNames } from "./settle-names.ts";

export type OwnedApplication = Owned<Application>;

/** What is remembered from reading to reading. */
export interface StockState {
  apps: ReadonlyMap<AppKey, OwnedApplication>;
  projects: ReadonlyMap<string, Owned<Project>>;
  /** Since when incumbents are not written in their place any more, in the monotonic milliseconds of `now`; by name of application or project. */
  missing: ReadonlyMap<string, number>;
  /** Manifest files by folder, at the last complete reading. */
  filesBefore: ReadonlyMap<string, number>;
}

export const NOTHING_KNOWN: StockState = {
  apps: new Map(),
  projects: new Map(),
  missing: new Map(),
  filesBefore: new Map(),
};

export interface StockInput {
  reading: FolderReading;
  /** Made through the API. */
  made: readonly Application[];
  madeProjects: readonly Project[];
  /** What parents rendered, but for what is to go. */
  served: Pick<ParentsReading, "applications" | "projects">;
  previous: StockState;
  /** Milliseconds of a clock that is never set: a step of the machine's time shortens no wait. */
  now: number;
  removal: RemovalBudget & { missingForMs: number };
  /** A person said of these that they may go. */
  approved: ReadonlySet<string>;
  /** Applications whose deletion is under way because their file left. */
  going: ReadonlyMap<AppKey, Application>;
  /** Applications that would go along with this one: what it renders. */
  along(key: AppKey, app: Application): readonly AppKey[];
}

export interface Stock {
  state: StockState;
  /** Applications whose file is gone: missing for long enough, and within the budget. */
  leaving: AppKey[];
  /** Applications that are missing, and what is to be said of each. */
  notes: ReadonlyMap<AppKey, string>;
  /** Names of applications that more than one place writes, or that were somebody's before. */
  contested: ReadonlySet<string>;
  /** Missing ones that wait for a person, and what would go along with them. */
  blocked: AppKey[];
  problems: Problem[];
  /** Why nothing may be concluded from what is missing in this reading; empty where it is complete. */
  incomplete: readonly string[];
  /** Those of `incomplete` that a person may say are meant. */
  emptied: readonly string[];
  /** When the next reading could tell more. */
  lookAgainInMs: number | undefined;
}

const MOST_NAMES = 5;

/** Joins a reading of the folders with the applications of the API and with what was there before. */
export function takeStock(input: StockInput): Stock {
  const { reading, previous, made, madeProjects, served, now, removal } = input;
  const { waiting, filesBefore } = emptiedFolders({
    ...{ reading, previous, approved: input.approved, written: writtenIn(input) },
    others: [...made, ...served.applications.map(({ value }) => value)],
  });
  const incomplete = reasonsToKeep(reading, filesBefore);
  const doubts = new Map((reading.doubts ?? []).map(({ file, why }) => [file, why]));
  const isTrusted = ({ origin }: Owned<unknown>): boolean =>
    incomplete.length === 0 && origin.from === "file" && !doubts.has(origin.file);
  const since = (key: string, incumbent: Owned<unknown>): number | undefined =>
    previous.missing.get(key) ?? (isTrusted(incumbent) ? now : undefined);
  const isGone = (key: string, incumbent: Owned<unknown> | undefined): boolean => {
    const missingSince = incumbent === undefined ? undefined : since(key, incumbent);
    return (
      incumbent !== undefined &&
      isTrusted(incumbent) &&
      missingSince !== undefined &&
      now - missingSince >= removal.missingForMs
    );
  };
  const apps = settleNames<Application>({
    claims: [
      ...made.map(
        (app): NameClaim<Application> => ({ key: keyOfApp(app), value: app, origin: { from: "api" } }),
      ),
      ...served.applications.map((child) => claimOfChild(keyOfApp(child.value), child)),
      ...reading.applications.map(({ app, ...place }) => claimOf(keyOfApp(app), app, place)),
    ],
    // One of the API is there as long as the store has it, and one of a parent as long as its object is.
    incumbents: new Map([...previous.apps].filter(([, { origin }]) => origin.from === "file")),
    isGone: (key) => isGone(key, previous.apps.get(key as AppKey)),
    isEqual: isSameManifest,
    describe: (key) => `Application ${key}`,
  });
  const projects = settleNames<Project>({
    claims: [
      ...madeProjects.map(
        (project): NameClaim<Project> => ({
          key: project.metadata.name,
          value: project,
          origin: { from: "api" },
        }),
      ),
      ...served.projects.map((child) => claimOfChild(child.value.metadata.name, child)),
      ...reading.projects.map(({ project, ...place }) => claimOf(project.metadata.name, project, place)),
    ],
    incumbents: new Map([...previous.projects].filter(([, { origin }]) => origin.from === "file")),
    isGone: (key) => isGone(`AppProject ${key}`, previous.projects.get(key)),
    isEqual: isSameManifest,
    describe: (key) => `AppProject ${key}`,
  });

  const missing = new Map<string, number>();
  const note = (key: string, incumbent: Owned<unknown> | undefined): void => {
    const at = incumbent === undefined ? undefined : since(key, incumbent);
    if (at !== undefined) missing.set(key, at);
  };
  for (const key of apps.away) note(key, previous.apps.get(key as AppKey));
  for (const key of projects.away) note(`AppProject ${key}`, previous.projects.get(key));
  for (const key of projects.absent)
    if (isGone(`AppProject ${key}`, previous.projects.get(key))) projects.owners.delete(key);

  const absent = [...apps.absent].flatMap((key) => {
    const incumbent = previous.apps.get(key as AppKey);
    return incumbent === undefined ? [] : [{ key: key as AppKey, incumbent }];
  });
  const { go, blocked } = budgetOf(input, apps, absent, missing, isGone);
  const held = new Map([...waiting].flatMap(([path, keys]) => keys.map((key) => [key, path] as const)));
  const waits = [...missing.values()]
    .map((at) => at + removal.missingForMs - now)
    .filter((waitMs) => waitMs > 0);
  return {
    state: {
      apps: apps.owners as Map<AppKey, OwnedApplication>,
      projects: projects.owners,
      missing,
      filesBefore:
        incomplete.length > 0
          ? filesBefore
          : new Map(reading.folders.map(({ path, files }) => [path, files])),
    },
    leaving: go as AppKey[],
    blocked: [...new Set([...blocked, ...held.keys()])].sort() as AppKey[],
    contested: apps.contested,
    notes: notesOf(absent, { missing, blocked: new Set(blocked), held, doubts, incomplete, removal }),
    problems: [
      ...reading.problems,
      ...apps.problems,
      ...projects.problems,
      ...doubtProblems(doubts, absent),
      ...budgetProblem(blocked, missing, input),
    ],
    incomplete,
    emptied: [...waiting.keys()].map(sayEmptied),
    lookAgainInMs: waits.length === 0 ? undefined : Math.min(...waits),
  };
}

function writtenIn({ reading, made, madeProjects, served }: StockInput): {
  apps: ReadonlySet<string>;
  projects: ReadonlySet<string>;
} {
  const children = [served.applications, served.projects] as const;
  return {
    apps: new Set(
      [...made, ...children[0].map(({ value }) => value), ...reading.applications.map(({ app }) => app)].map(
        keyOfApp,
      ),
    ),
    projects: new Set(
      [
        ...madeProjects,
        ...children[1].map(({ value }) => value),
        ...reading.projects.map(({ project }) => project),
      ].map(({ metadata }) => metadata.name),
    ),
  };
}

function claimOf<T>(key: string, value: T, { file, line, folder }: PlaceInFolder): NameClaim<T> {
  return {
    key,
    value,
    origin: { from: "file", file, line, ...defined({ folder }) },
  };
}

/** Who has the name of a child that nobody else claims. */
export function claimOfChild<T>(key: string, { value, parent, set }: Child<T>): NameClaim<T> {
  return { key, value, origin: { from: "parent", ...defined({ parent, set }) } };
}

/** Whose the object is counts for nothing: a parent marks what it made. */
export function isSameManifest<T extends Application | Project>(a: T, b: T): boolean {
  return equalJson(unmarked(a), unmarked(b));
}

function unmarked<T extends Application | Project>({ metadata, ...rest }: T): unknown {
  const { annotations = {}, ...meta } = metadata;
  const own = Object.entries(annotations).filter(
    ([name]) => name !== ANNOTATION.trackingId && name !== ANNOTATION.installationId,
  );
  return { ...rest, metadata: { ...meta, annotations: Object.fromEntries(own) } };
}

interface Absent {
  key: AppKey;
  incumbent: OwnedApplication;
}

/** A folder that left the config is its operator's word: its applications leave their objects, and count for nothing. */
function isConfigured({ origin }: OwnedApplication, { folders }: FolderReading): boolean {
  return (
    origin.from !== "file" ||
    origin.folder === undefined ||
    folders.some(({ path }) => path === origin.folder)
  );
}

function budgetOf(
  { reading, approved, going, removal, along }: StockInput,
  { owners }: Names<Application>,
  absent: readonly Absent[],
  missing: ReadonlyMap<string, number>,
  isGone: (key: string, incumbent: OwnedApplication) => boolean,
): { go: string[]; blocked: string[] } {
  const [counted, free] = [true, false].map((is) =>
    absent.filter(({ incumbent }) => isConfigured(incumbent, reading) === is),
  ) as [Absent[], Absent[]];
  const gone = (all: readonly Absent[]): AppKey[] =>
    all.filter(({ key, incumbent }) => isGone(key, incumbent)).map(({ key }) => key);
  const lost = counted.map(({ key }) => key).filter((key) => missing.has(key));
  const ofFiles = [...owners].flatMap(([key, { value, origin }]): [string, Application][] =>
    origin.from === "file" ? [[key, value]] : [],
  );
  const withThem = new Map<string, readonly string[]>(
    [...ofFiles, ...going].map(([key, app]) => [key, along(key as AppKey, app)]),
  );
  const answer = askBudget({
    due: gone(counted),
    missing: new Set([...lost, ...going.keys()]),
    approved,
    total: new Set([...withThem].flat(2)).size,
    along: (key) => withThem.get(key) ?? [],
    budget: removal,
  });
  const waiting = new Set<string>(lost.flatMap((key) => [key, ...(withThem.get(key) ?? [])]));
  return { go: [...answer.go, ...gone(free)], blocked: answer.blocked.filter((key) => waiting.has(key)) };
}

function notesOf(
  absent: readonly Absent[],
  {
    missing,
    blocked,
    held,
    doubts,
    incomplete,
    removal,
  }: {
    missing: ReadonlyMap<string, number>;
    blocked: ReadonlySet<string>;
    /** The folder of each that is suddenly empty. */
    held: ReadonlyMap<AppKey, string>;
    doubts: ReadonlyMap<string, string>;
    incomplete: readonly string[];
    removal: StockInput["removal"];
  },
): Map<AppKey, string> {
  const notes = new Map<AppKey, string>();
  for (const { key, incumbent } of absent) {
    const file = incumbent.origin.from === "file" ? incumbent.origin.file : "";
    const doubt = doubts.get(file) ?? incomplete[0];
    const what = `it is not in ${file} any more`;
    if (blocked.has(key))
      notes.set(
        key,
        `${what}, and ${sayMany(blocked, missing)}: so many at once wait for a person's approval (holdfast admin approve-removal)`,
      );
    else if (held.has(key))
      notes.set(
        key,
        `${what}, but ${sayEmptied(held.get(key) ?? "")}, so it stays as it was: put the file back, or say that it may leave (holdfast admin approve-removal)`,
      );
    else if (doubt !== undefined) notes.set(key, `${what}, but ${doubt}, so it stays as it was`);
    else if (missing.has(key))
      notes.set(
        key,
        `${what}; it leaves when that is still so after ${removal.missingForMs / 1_000} s, and ${cascadeOf(incumbent.value) === "none" ? "its objects stay" : "its objects are deleted then"}`,
      );
  }
  return notes;
}

function doubtProblems(doubts: ReadonlyMap<string, string>, absent: readonly Absent[]): Problem[] {
  return [...doubts].flatMap(([file, why]): Problem[] => {
    const held = absent.filter(({ incumbent: { origin } }) => origin.from === "file" && origin.file === file);
    if (held.length === 0) return [];
    return [
      {
        severity: "warning",
        file,
        text: `${why}, so ${listed(held.map(({ key }) => key))}, which it held before, stays as it was`,
        fix: "To delete what it held, remove the file",
      },
    ];
  });
}

/** Beside the one that is spoken of. */
function sayMany(blocked: ReadonlySet<string>, missing: ReadonlyMap<string, number>): string {
  const others = [...blocked].filter((key) => missing.has(key)).length - 1;
  const along = blocked.size - others - 1;
  if (along === 0) return `neither are ${others} others`;
  return others === 0
    ? `with it would go ${along} that it renders`
    : `neither are ${others} others, and with them would go ${along} that they render`;
}

function budgetProblem(
  blocked: readonly string[],
  missing: ReadonlyMap<string, number>,
  { removal: { count, percent } }: StockInput,
): Problem[] {
  if (blocked.length === 0) return [];
  const lost = blocked.filter((key) => missing.has(key));
  const along = blocked.filter((key) => !missing.has(key));
  const are = lost.length === 1 ? "1 application is" : `${lost.length} applications are`;
  const more = along.length === 0 ? "" : ` and would take ${along.length} along,`;
  return [
    {
      severity: "error",
      text: `${are} missing from the folders,${more} more than ${count} and more than ${percent} % of all, so none of them is deleted: ${listed([...lost, ...along])}`,
      fix: "Put their files back, or approve of it with holdfast admin approve-removal",
    },
  ];
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).join(", ");
  return names.length <= MOST_NAMES ? shown : `${shown} and ${names.length - MOST_NAMES} more`;
}
