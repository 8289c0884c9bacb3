/** What the engine answers to a question about commits, and branches to ask about. */
import type { ApplicationEffect, BlastAsk, BlastRange } from "../../src/core/model/blast-report.ts";
import { AUTOMATED, type Files, type Repository, type Rig } from "./engine-rig.ts";
import { runGit } from "./git-server.ts";

interface Told {
  range: BlastRange;
  applications: ApplicationEffect[];
}

/** A new application, delivered: what commits are asked about. */
export async function settled(
  rig: Rig,
  name: string,
  files: Files,
  spec: object = { syncPolicy: AUTOMATED },
): Promise<Repository> {
  const repository = await rig.placeNew(name, files, { spec });
  await rig.untilSettled(name);
  await rig.untilIdle();
  return repository;
}

/** All of the answer. */
export async function blastOf(rig: Rig, ask: BlastAsk): Promise<Told> {
  const applications: ApplicationEffect[] = [];
  let range: BlastRange | undefined;
  let ends = 0;
  for await (const event of rig.control.blast(ask, new AbortController().signal)) {
    if (event.is === "range") range = event.range;
    else if (event.is === "application") applications.push(event.effect);
    else ends++;
  }
  if (range === undefined || ends !== 1) throw new Error("the answer has no beginning or no end");
  return { range, applications };
}

export const inRepository = (repository: Repository, ...argv: string[]): Promise<string> =>
  runGit(["-C", repository.url, ...argv]);

/** Commits onto a branch of its own, and leaves main where it was. */
export async function propose(
  repository: Repository,
  files: Files,
  { branch = "proposed", from = "main" }: { branch?: string; from?: string } = {},
): Promise<string> {
  const main = await inRepository(repository, "rev-parse", "main");
  await inRepository(repository, "reset", "-q", "--hard", from);
  const commit = await repository.commit(files);
  await inRepository(repository, "update-ref", `refs/heads/${branch}`, commit);
  await inRepository(repository, "reset", "-q", "--hard", main);
  return commit;
}

/** `create ConfigMap shop/a`, with `(before)` where the range does not cause it. */
export const effectsOf = (told: ApplicationEffect | undefined): string[] =>
  told?.is === "compared"
    ? told.objects.map(
        ({ effect, kind, namespace, name, cause }) =>
          `${effect} ${kind} ${namespace}/${name}${cause === "before" ? " (before)" : ""}`,
      )
    : [`failed: ${told?.why}`];
