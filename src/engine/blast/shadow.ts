/** An application as it is, or as it would be, to be compared: what that teaches is kept nowhere. */
import type { AppKey, Application } from "../../core/model/application.ts";
import { ManagedApplication, type Spec } from "../managed-application.ts";
import { Memory } from "../memory.ts";

/** @param managed undefined where it would be new */
export function shadowOf(
  managed: ManagedApplication | undefined,
  { key, app }: { key: AppKey; app: Application },
): ManagedApplication {
  const records = [...(managed?.memory.records.values() ?? [])];
  const memory = new Memory(key, {
    records: () => records,
    putRecords: () => undefined,
    deleteRecords: () => undefined,
    soon: (work) => work(),
  });
  const spec: Spec = managed?.spec ?? {
    app,
    origin: { from: "api" },
    uid: "",
    past: undefined,
    last: undefined,
    deleting: undefined,
    hold: undefined,
  };
  return new ManagedApplication(key, memory, {
    // What a person holds it at says nothing of what its sources lead to.
    spec: { ...spec, app, hold: undefined },
    operation: { is: "none", state: undefined },
    status: undefined,
  });
}
