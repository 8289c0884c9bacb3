/** What opens the dialog by which a server is believed. */
import { useWhyNot } from "../store/can.ts";
import type { Lack } from "../words/trust-lack.ts";

/** Beside why a repository does not answer. */
export function TrustButton({ lack, onOpen }: { lack: Lack; onOpen(): void }) {
  const denied = useWhyNot("certificates", "create", lack.host);
  return (
    <button
      type="button"
      aria-disabled={denied !== undefined}
      title={denied}
      onClick={() => denied === undefined && onOpen()}
    >
      {lack.is === "host-key" ? "Add the host's key" : "Add its authority"}
    </button>
  );
}
