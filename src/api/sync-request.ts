import type { ApplicationSpec } from "../core/model/application.ts";
import type { Operation, SyncRequest } from "../core/model/operation.ts";
import type { Problem } from "../core/model/problem.ts";
import { type AskedRevisions, revisionsBySource } from "../core/model/source-positions.ts";
import { unknownOption } from "../core/model/sync-options.ts";
import { defined } from "../lib/defined.ts";
import { invalid } from "./api-error.ts";
import {
  anything,
  either,
  fields,
  flag,
  int64,
  list,
  named,
  number,
  type Of,
  optional,
  saying,
  text,
} from "./terms/wire.ts";

/** Of Go, as `spec.syncPolicy.retry` takes it; empty is none. */
const DURATION = text({
  pattern: /^(0|(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))*)$/,
  expected: "a duration such as 5s",
});
const FORCE = fields({ force: optional(flag()) }, { unknown: "ignore" });
const TEXTS = list(text());

/**
 * Argo CD's body of a sync, and our `confirmPrune`. Fields that are not known are ignored as there; `manifests`, which we
 * cannot obey, is refused, and so is what reads like a slip: `dryrun` would be a sync.
 */
export const SYNC_BODY = named(
  "SyncRequest",
  fields(
    {
      name: optional(text({ says: "As in the path." })),
      appNamespace: optional(text()),
      project: optional(text()),
      revision: optional(text({ says: "Of the only source; what it follows where it is left out." })),
      revisions: optional(saying("Of the sources in their order, or of those at `sourcePositions`.", TEXTS)),
      sourcePositions: optional(list(int64(), { says: "From 1.", expected: "a list of whole numbers" })),
      prune: optional(flag("Deletes what Git does not have any more.")),
      dryRun: optional(flag("Writes nothing.")),
      confirmPrune: optional(int64({ says: "How many objects the person saw who approves their deletion." })),
      resources: optional(
        list(
          fields(
            {
              group: optional(text()),
              kind: text(),
              namespace: optional(text()),
              name: text(),
              exclude: optional(flag()),
            },
            { unknown: "ignore" },
          ),
          { says: "These alone; `*` globs." },
        ),
      ),
      strategy: optional(
        fields(
          { apply: optional(FORCE), hook: optional(FORCE) },
          { says: "`hook` runs hooks; `apply` does not." },
        ),
      ),
      syncOptions: optional(
        either(TEXTS, fields({ items: optional(TEXTS) }, { unknown: "ignore" }), {
          expected: "{items: […]}, a list of texts",
        }),
      ),
      retryStrategy: optional(
        fields(
          {
            limit: optional(int64({ least: -1, says: "0 none, below 0 without end." })),
            backoff: optional(
              fields(
                {
                  duration: optional(DURATION),
                  factor: optional(number({ least: 1 })),
                  maxDuration: optional(DURATION),
                },
                { unknown: "ignore" },
              ),
            ),
            refresh: optional(flag()),
          },
          { unknown: "ignore" },
        ),
      ),
      infos: optional(
        list(
          fields({ name: text({ empty: "kept" }), value: text({ empty: "kept" }) }, { unknown: "ignore" }),
        ),
      ),
      manifests: optional(anything("Refused: a sync applies what Git holds.")),
    },
    { unknown: "slips" },
  ),
);

export interface SyncAsk {
  operation: Operation & { sync: SyncRequest };
  /** Which of them is of which source, the application tells. */
  revisions: AskedRevisions;
}

/** @throws {ApiError} 400 with all problems */
export function syncRequest(body: Of<typeof SYNC_BODY>): SyncAsk {
  const problems: Problem[] = [];
  const wrong = (path: string, text: string): void => {
    problems.push({ severity: "error", object: "body", path, text });
  };
  if (body.manifests !== undefined) wrong("manifests", "is not supported: a sync applies what Git holds");
  const options = Array.isArray(body.syncOptions) ? body.syncOptions : body.syncOptions?.items;
  for (const [index, option] of (options ?? []).entries()) {
    const unknown = unknownOption(option, "application");
    if (unknown !== undefined) wrong(`syncOptions.items[${index}]`, `${unknown.text}. ${unknown.fix}`);
  }
  if (problems.length > 0) throw invalid(problems);
  const { prune, dryRun, confirmPrune, resources, strategy, retryStrategy, infos } = body;
  return {
    operation: {
      sync: defined({
        ...{ prune, dryRun, confirmPrune, resources },
        syncStrategy: strategy,
        syncOptions: options,
      }),
      ...defined({ retry: retryStrategy, info: infos }),
    },
    revisions: {
      revision: body.revision || undefined,
      revisions: body.revisions,
      positions: body.sourcePositions,
    },
  };
}

/** @throws {ApiError} 400 where they are not this application's */
export function ofSources(
  spec: ApplicationSpec,
  asked: AskedRevisions,
): Pick<SyncRequest, "revision" | "revisions"> {
  const found = revisionsBySource(spec, asked);
  if (!found.ok) throw invalid([{ severity: "error", path: found.field, text: found.why }]);
  if (found.revisions.every((revision) => revision === "")) return {};
  const { revision } = asked;
  return revision === undefined ? { revisions: found.revisions } : { revision };
}
