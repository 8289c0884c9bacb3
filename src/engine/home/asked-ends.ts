/** What people write into the status of an Application to end its operation, as Argo CD's own command does. */
import type { AppKey } from "../../core/model/application.ts";
import type { CustomResources, RecordedApplication } from "../../core/ports/custom-resources.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { type ManagedApplication, shownApplication } from "../managed-application.ts";
import { isCutOff } from "../sync/cut-off.ts";
import type { Operations } from "../sync/operations.ts";

/** Who wrote it is not written in it. */
const BY_STATUS = "status field";

export class AskedEnds {
  /** When the operation began that is ending, or ended so: its `Terminating` is ours, and may be seen late. */
  readonly #ending = new Map<AppKey, string>();

  constructor(
    private readonly operations: Pick<Operations, "terminate">,
    private readonly records: Pick<CustomResources, "show">,
  ) {}

  /** @throws {Failure} store: what cannot be written down is not ended */
  take(managed: ManagedApplication, { key, status }: Pick<RecordedApplication, "key" | "status">): void {
    const shown = isMapping(status) ? status["operationState"] : undefined;
    if (!isMapping(shown) || shown["phase"] !== "Terminating") return;
    const { state } = managed.operation;
    const isOfThis = state !== undefined && shown["startedAt"] === state.startedAt;
    if (isOfThis && this.#ending.get(key) !== state.startedAt && goesOn(managed)) {
      this.operations.terminate(managed, BY_STATUS);
      this.#ending.set(key, state.startedAt);
      return;
    }
    // Nothing of it goes on: what is shown is put right.
    const { status: shownNow } = shownApplication(managed);
    if (state?.phase !== "Terminating" && shownNow !== undefined) this.records.show(key, shownNow);
  }

  /** It is shown otherwise. */
  moved({ key, operation: { state } }: ManagedApplication): void {
    if (state?.phase === "Terminating") this.#ending.set(key, state.startedAt);
  }

  forget(key: AppKey): void {
    this.#ending.delete(key);
  }
}

/** What is shown runs, or would go on by itself. One that was asked for since is another, which nobody saw. */
function goesOn({ operation }: ManagedApplication): boolean {
  switch (operation.is) {
    case "running":
    case "retrying":
      return operation.state.phase !== "Terminating";
    case "waiting":
      return operation.state !== undefined && isCutOff(operation.state);
    default:
      return false;
  }
}
