/** What Git wants of an application that is not there yet, or is written otherwise now, before it is held against its cluster. */
import { type Application, keyOfApp, sourcesOf } from "../../core/model/application.ts";
import { asFailure, Failure } from "../../core/model/failure.ts";
import { defined } from "../../lib/defined.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type { ManagedApplication } from "../managed-application.ts";
import type { Snapshot, Snapshots } from "../snapshot.ts";
import { type TargetRequest, targetAt } from "../target/find-target.ts";
import { sayingNear } from "../target/named-target.ts";
import type { Target } from "../target/target.ts";
import { revisionNamesOf } from "../target/tips.ts";
import type { Prepared } from "./prepare.ts";
import { shadowOf } from "./shadow.ts";

/**
 * Whoever may make or change it may have its repositories asked; but a look leaves no trace, so what is encrypted or lies in
 * a store stays there, as for commits that are not merged.
 * @param managed as it is; undefined where it would be new
 */
export async function prepareAsWritten(
  managed: ManagedApplication | undefined,
  app: Application,
  { ports, snapshots }: { ports: EnginePorts; snapshots: Snapshots },
  signal: AbortSignal,
): Promise<Prepared> {
  const key = keyOfApp(app);
  const candidate = { key, managed, app, sources: new Set<number>() };
  try {
    if (managed?.seen.is === "never")
      throw new Failure("not-ready", `Application ${key}`, "backoff", {
        cannot: "tell what would change",
        why: "it was not looked at yet",
        fix: "Try again in a moment",
      });
    const snapshot = snapshots.take({ app }, managed?.snapshot);
    const shadow = shadowOf(managed, { key, app });
    const { records } = shadow.memory;
    const target = await targetAsWritten(app, snapshot, records, ports, signal);
    const again = () =>
      targetOf(snapshot, records, ports, signal, { revisions: revisionNamesOf(target), render: "anew" });
    const before = managed === undefined ? "none" : managed.target;
    return { is: "ready", candidate, snapshot, shadow, target, again, before };
  } catch (cause) {
    signal.throwIfAborted();
    return {
      is: "failed",
      candidate,
      failure: notMade(asFailure(cause, `Application ${key}`, "tell what it would make")),
    };
  }
}

/** What Git has now for an application that is written so. @throws {Failure} git-revision with the names near it */
export function targetAsWritten(
  app: Application,
  snapshot: Snapshot,
  records: TargetRequest["records"],
  ports: EnginePorts,
  signal: AbortSignal,
): Promise<Target> {
  const named = sourcesOf(app.spec).map(({ targetRevision }) => targetRevision ?? "");
  return sayingNear(app, named, ports, () => targetOf(snapshot, records, ports, signal, {}));
}

function targetOf(
  snapshot: Snapshot,
  records: TargetRequest["records"],
  ports: EnginePorts,
  signal: AbortSignal,
  how: Pick<TargetRequest, "revisions" | "render">,
): Promise<Target> {
  return targetAt(
    snapshot,
    {
      look: how.revisions === undefined ? "latest" : "known",
      since: ports.clock.now(),
      commits: "not merged",
      known: undefined,
      records,
      ...how,
    },
    {
      ...ports,
      git: {
        resolve: (repository, revision, options) => ports.git.resolve(repository, revision, options),
        tree: (repository, commit, ending) => ports.git.tree(repository, commit, ending),
        lastHeard: (repository, revision) => ports.git.lastHeard(repository, revision),
        // Nothing is kept of what is learnt here.
        noteHeard: () => undefined,
      },
    },
    signal,
  );
}

/** Whether it failed for what is secret, which a look does not open. */
export function isLeftClosed({ fix }: Failure): boolean {
  return fix?.includes("after the merge") === true;
}

/** There is no merge to wait for: it is looked at by those who made it. */
function notMade(failure: Failure): Failure {
  const { code, object, retry, cannot, why, retryAfterMs } = failure;
  if (!isLeftClosed(failure)) return failure;
  return new Failure(code, object, retry, {
    cannot,
    why,
    fix: "A look opens nothing that is secret: make it so that it is synced by hand, and see its diff before the first sync",
    ...defined({ retryAfterMs }),
  });
}
