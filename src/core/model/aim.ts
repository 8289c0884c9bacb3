import { defined } from "../../lib/defined.ts";
import type { Application } from "./application.ts";
import { type Hold, revisionsIn, sourcesIn } from "./hold.ts";
import type { SyncSource } from "./operation.ts";
import type { TakenPart } from "./taken-part.ts";

/** What an application is to be: as it is written, or with the sources that it is held at, and their commits. */
export interface Aim {
  readonly app: Application;
  /** By source; absent: whatever the sources' revisions lead to. */
  readonly commits?: readonly string[];
  /** What it takes from elsewhere, as it was then; what is not among it is as it is now. */
  readonly taken?: readonly TakenPart[];
}

/** The application with these sources in place of its own; with its own where `from` names none. */
export function withSources(app: Application, from: SyncSource): Application {
  const named = sourcesIn(from);
  if (named.length === 0) return app;
  const { source: _, sources: __, ...spec } = app.spec;
  const [only] = named;
  const isMany = from.sources !== undefined && from.sources.length > 0;
  return {
    ...app,
    spec: isMany || only === undefined ? { ...spec, sources: named } : { ...spec, source: only },
  };
}

export function aimOf(app: Application, hold: Hold | undefined): Aim {
  if (hold === undefined) return { app };
  const held = withSources(app, hold.at);
  const at = { commits: revisionsIn(hold.at), ...defined({ taken: hold.at.taken }) };
  const { syncPolicy } = held.spec;
  if (hold.extras === "pruned" || syncPolicy?.automated?.prune !== true) return { app: held, ...at };
  const automated = { ...syncPolicy.automated, prune: false };
  return { app: { ...held, spec: { ...held.spec, syncPolicy: { ...syncPolicy, automated } } }, ...at };
}
