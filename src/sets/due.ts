import {
  type ApplicationSetSpec,
  type Generator,
  type GeneratorKind,
  kindsOf,
} from "../core/model/application-set.ts";

/** How long what others say is good, where a set does not say it. Source: Argo CD. */
const ASKED_EVERY_MS = 30 * 60_000;
const DECISIONS_EVERY_MS = 3 * 60_000;

const EVERY_MS: Readonly<Partial<Record<GeneratorKind, number>>> = {
  pullRequest: ASKED_EVERY_MS,
  scmProvider: ASKED_EVERY_MS,
  plugin: ASKED_EVERY_MS,
  clusterDecisionResource: DECISIONS_EVERY_MS,
};

/**
 * When what the generators were told must be asked again, in milliseconds; Infinity where everything that they read tells
 * of its changes. A Git generator is followed; `requeueAfterSeconds` has it asked sooner.
 */
export function askedAgainAfterMs({ generators }: Pick<ApplicationSetSpec, "generators">): number {
  const each = leaves(generators).flatMap((generator) =>
    kindsOf(generator).map((kind) => {
      const { requeueAfterSeconds = 0 } = (generator[kind] ?? {}) as { requeueAfterSeconds?: number };
      return requeueAfterSeconds > 0
        ? requeueAfterSeconds * 1_000
        : (EVERY_MS[kind] ?? Number.POSITIVE_INFINITY);
    }),
  );
  return Math.min(Number.POSITIVE_INFINITY, ...each);
}

/**
 * Whether what is not generated any more was taken out by whoever writes the set or commits to its repositories. Others may
 * say for a moment that nothing is there, a Secret that is made anew among them.
 */
export function saysWhatItMeans({ generators }: Pick<ApplicationSetSpec, "generators">): boolean {
  return leaves(generators).every((generator) =>
    kindsOf(generator).every((kind) => kind === "list" || kind === "git"),
  );
}

export function asksFor(
  { generators }: Pick<ApplicationSetSpec, "generators">,
  kind: GeneratorKind,
): boolean {
  return leaves(generators).some((generator) => generator[kind] !== undefined);
}

/** Those that stand in a matrix or merge too, without these two themselves. */
export function leaves(generators: readonly Generator[]): Generator[] {
  return generators.flatMap((generator) => [
    ...leaves(generator.matrix?.generators ?? []),
    ...leaves(generator.merge?.generators ?? []),
    ...(generator.matrix === undefined && generator.merge === undefined ? [generator] : []),
  ]);
}
