/** What replicas share as Secrets, on a real API server. */
import { setDefaultTimeout } from "bun:test";
import { sharedStoreSuite } from "../conformance/shared-store.ts";
import { startControlPlane } from "../lib/control-plane.ts";
import { secretsStand } from "../lib/shared-secrets-stand.ts";

setDefaultTimeout(120_000);

sharedStoreSuite("rows in Secrets of a real API server", async () => {
  const plane = await startControlPlane();
  return secretsStand(plane.kubeconfig, () => plane.stop());
});
