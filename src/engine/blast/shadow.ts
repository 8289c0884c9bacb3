/** An application as it is, to be compared with something else: what that teaches is kept nowhere. */
import { ManagedApplication } from "../managed-application.ts";
import { Memory } from "../memory.ts";

export function shadowOf(managed: ManagedApplication): ManagedApplication {
  const records = [...managed.memory.records.values()];
  const memory = new Memory(managed.key, {
    records: () => records,
    putRecords: () => undefined,
    deleteRecords: () => undefined,
  });
  return new ManagedApplication(managed.key, memory, {
    spec: managed.spec,
    operation: { is: "none", state: undefined },
    status: undefined,
  });
}
