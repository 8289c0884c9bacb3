/** What a person may ask of what was deleted: which there are, which can be made again, and that it is done. */
import type { AppKey } from "../../core/model/application.ts";
import { revisionsIn } from "../../core/model/hold.ts";
import type { KeptNote, KeptObject } from "../../core/model/kept-object.ts";
import { parseApiVersion } from "../../core/model/kube-object.ts";
import { show } from "../../core/model/object-ref.ts";
import type { DeletedRun } from "../../core/model/undo-answer.ts";
import { selectorOf } from "../../core/plan/selection.ts";
import type { SyncRun } from "../../core/ports/journal.ts";
import { isInMemory, undoLoss } from "../../core/undo/undo-words.ts";
import { defined } from "../../lib/defined.ts";
import { timestamp } from "../../lib/timestamp.ts";
import type { Applications } from "../applications.ts";
import type { OwnerClaims } from "../compare/owner-claims.ts";
import type { Found, Undoable, UndoRequest, Written } from "../control.ts";
import type { EnginePorts } from "../engine-ports.ts";
import { type ManagedApplication, shownApplication } from "../managed-application.ts";
import type { Snapshot } from "../snapshot.ts";
import { goingAway, mayStart, refusalFor } from "../sync/may-start.ts";
import type { Operations } from "../sync/operations.ts";
import type { DeletedObjects } from "./deleted-objects.ts";
import type { KeptVerdict } from "./judge-kept.ts";
import { judgeAll } from "./plan-undo.ts";

/** As many as the store keeps of one application, and the one that runs. */
const MOST_RUNS = 51;

export interface UndoParts {
  ports: Pick<EnginePorts, "paused" | "closedFor" | "store" | "settings">;
  applications: Applications;
  claims: OwnerClaims;
  deleted: DeletedObjects;
  operations: Operations;
  /** @throws {Failure} invalid-spec */
  snapshotOf(managed: ManagedApplication): Snapshot;
}

export class Undo {
  readonly #parts: UndoParts;

  constructor(parts: UndoParts) {
    this.#parts = parts;
  }

  deleted(key: AppKey): Found<DeletedRun[]> {
    const { applications, deleted } = this.#parts;
    const managed = applications.get(key);
    if (managed === undefined) return { is: "absent" };
    return { is: "found", value: this.#runsOf(managed, deleted.notes(key)) };
  }

  /** @throws {Failure} invalid-spec */
  async undoable(
    key: AppKey,
    run?: number,
  ): Promise<Found<{ run: DeletedRun | undefined; objects: Undoable[] }>> {
    const managed = this.#parts.applications.get(key);
    if (managed === undefined) return { is: "absent" };
    const kept = this.#parts.deleted.of(key);
    const meant = this.#runsOf(managed, kept).find((one) => run === undefined || one.run === run);
    const objects = await this.#judged(managed, ofRun(kept, meant));
    const going = goingAway(managed);
    return { is: "found", value: { run: meant, objects: objects.map((one) => shown(one, going)) } };
  }

  /** @throws {Failure} invalid-spec, store */
  async run(key: AppKey, { run, objects, mode, actor }: UndoRequest): Promise<Written> {
    const { applications, deleted, operations } = this.#parts;
    const managed = applications.get(key);
    if (managed === undefined) return { is: "absent" };
    const kept = deleted.of(key);
    const meant = this.#runsOf(managed, kept).find((one) => run === undefined || one.run === run);
    if (meant === undefined)
      return conflict(
        run === undefined
          ? "nothing that it deleted is kept"
          : `nothing that run ${run} deleted is kept: holdfast app undo ${key} --list shows what is`,
      );
    const chosen = ofRun(kept, meant).filter(({ id }) => objects === undefined || objects.includes(id));
    const verdicts = await this.#judged(managed, chosen);
    const possible = verdicts.filter(({ is }) => is === "possible");
    const [first] = verdicts;
    if (possible.length === 0)
      return conflict(
        first === undefined || first.is === "possible"
          ? `run ${meant.run} deleted none of these objects, or they are not kept any more`
          : `nothing can be made again: ${show(first.kept.ref)}: ${first.why}`,
      );
    const allowed = mayStart(
      managed,
      "a person",
      refusalFor(managed.spec.app, { sync: { dryRun: mode === "dry-run" } }, this.#parts.ports),
    );
    if (allowed.may === "not") return conflict(allowed.why);
    if (managed.operation.is === "waiting") return conflict("another operation is already in progress");
    const refs = verdicts.map(({ kept: { ref } }) => ref);
    const sync = {
      undo: verdicts.map(({ kept: { id } }) => id),
      resources: refs.map(selectorOf),
      ...(mode === "dry-run" ? { dryRun: true } : {}),
    };
    const info = [{ name: "undo", value: `of run ${meant.run}` }];
    operations.request(
      managed,
      { sync, info, initiatedBy: { username: actor.replace(/^user:/, "") }, retry: { limit: 0 } },
      actor,
    );
    return { is: "written", app: shownApplication(managed) };
  }

  /** @param kept the newest first */
  #runsOf(managed: ManagedApplication, kept: readonly KeptNote[]): DeletedRun[] {
    if (kept.length === 0) return [];
    const { store, settings } = this.#parts.ports;
    const onRecord = new Map(
      store.runs({ app: managed.key, limit: MOST_RUNS }).map((one) => [one.id, one] as const),
    );
    return [...Map.groupBy(kept, ({ run }) => run)].map(([run, ones]): DeletedRun => {
      const [newest] = ones;
      const oldest = ones.at(-1);
      const sync = onRecord.get(run);
      return {
        run,
        at: newest?.at ?? "",
        until: timestamp(Date.parse(oldest?.at ?? "") + settings().keepDeletedForMs),
        objects: ones.length,
        application: newest?.appUid === managed.spec.uid ? "this" : "an-earlier",
        ...(sync === undefined ? {} : { sync: shownRun(sync) }),
      };
    });
  }

  #judged(managed: ManagedApplication, kept: readonly KeptObject[]): Promise<KeptVerdict[]> {
    const { claims, snapshotOf } = this.#parts;
    return judgeAll(kept, { managed, snapshot: snapshotOf(managed), claims });
  }
}

function shownRun({ cause, state }: SyncRun): NonNullable<DeletedRun["sync"]> {
  const { initiatedBy } = state.operation;
  return { cause, ...defined({ initiatedBy }), revisions: revisionsIn(state.syncResult ?? {}) };
}

function ofRun(kept: readonly KeptObject[], meant: DeletedRun | undefined): KeptObject[] {
  return kept.filter(({ run }) => run === meant?.run).reverse();
}

/** @param going why nothing of its application is begun any more */
function shown(verdict: KeptVerdict, going: string | undefined): Undoable {
  const { id, ref, content } = verdict.kept;
  const version = content === undefined ? "" : parseApiVersion(content.object.apiVersion).version;
  switch (verdict.is) {
    case "there":
      return { id, ref, version, can: "is-there", why: verdict.why };
    case "impossible":
      return { id, ref, version, can: "no", why: verdict.why };
    case "possible": {
      if (going !== undefined) return { id, ref, version, can: "no", why: going };
      const { orphanedOf } = verdict;
      const losses = [
        undoLoss(ref),
        content?.owned === undefined
          ? "all of its fields as Holdfast's own: which of them were others' is not known"
          : undefined,
        isInMemory(verdict.kept)
          ? "until the daemon is restarted: its values are kept in memory alone"
          : undefined,
        orphanedOf.length === 0 ? undefined : `without its owner ${orphanedOf.join(", ")}, which is gone`,
      ].filter((loss) => loss !== undefined);
      return { id, ref, version, can: "yes", why: losses.join("; ") };
    }
  }
}

function conflict(why: string): Written {
  return { is: "conflict", why };
}
