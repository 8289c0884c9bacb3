import { type Application, sourcesOf } from "../core/model/application.ts";
import { defined } from "../lib/defined.ts";
import { CliError } from "./cli-error.ts";
import { EXIT } from "./exit-codes.ts";
import { nameOf } from "./words/app-words.ts";

/** Argo CD's flags: revisions, and whose they are. */
export interface RevisionFlags {
  revision?: string;
  revisions?: string[];
  sourcePositions?: number[];
  sourceNames?: string[];
}

/** What the API takes in their place, where sources have no names. @throws {CliError} for flags that contradict each other */
export function revisionsFor(
  app: Application,
  { revision, revisions, sourcePositions, sourceNames }: RevisionFlags,
): { revisions?: string[]; sourcePositions?: number[] } {
  if (revisions === undefined && sourcePositions === undefined && sourceNames === undefined) return {};
  const named = sourceNames === undefined ? "--source-positions" : "--source-names";
  const wrong = (text: string, fix: string): CliError => new CliError(EXIT.usage, text, [fix]);
  if (sourcePositions !== undefined && sourceNames !== undefined)
    throw wrong("--source-positions and --source-names say the same.", "Give one of them.");
  const positions = sourcePositions ?? sourceNames?.map((name) => positionOf(app, name));
  if (positions === undefined) return defined({ revisions });
  if (revisions === undefined)
    throw wrong(
      revision === undefined
        ? `${named} needs --revisions.`
        : `${named} goes with --revisions, not with --revision.`,
      `Write ${named} ${sourceNames?.[0] ?? positions[0] ?? 1} --revisions ${revision ?? "REVISION"}`,
    );
  if (revisions.length !== positions.length)
    throw wrong(
      `There are ${revisions.length} --revisions and ${positions.length} ${named}.`,
      "Give one of each for every source.",
    );
  return { revisions, sourcePositions: positions };
}

/** From 1. @throws {CliError} */
export function positionOf(app: Application, name: string): number {
  const sources = sourcesOf(app.spec);
  const at = sources.findIndex((source) => source.name === name);
  if (at >= 0) return at + 1;
  const names = sources.flatMap((source) => (source.name ? [source.name] : []));
  throw new CliError(EXIT.usage, `${nameOf(app)} has no source called ${name}.`, [
    names.length === 0
      ? "None of its sources has a name: give a position with --source-positions."
      : `They are called ${names.join(", ")}.`,
  ]);
}
