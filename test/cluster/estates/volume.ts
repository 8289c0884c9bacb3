import { expect, test } from "bun:test";
import { staysSynced } from "../../lib/calm.ts";
import { placeEstate, startController } from "../../lib/estate.ts";
import { eventually } from "../../lib/eventually.ts";
import { isQuiet, MERGE, type Shown, type Stage } from "../../lib/stage.ts";

const NAMESPACE = "ledger";
const SET = `/apis/apps/v1/namespaces/${NAMESPACE}/statefulsets/ledger`;
const CLAIMS = `/api/v1/namespaces/${NAMESPACE}/persistentvolumeclaims`;
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;

/** Makes a volume for each claim that waits for one. */
function startProvisioner(stage: Stage) {
  return startController(stage, CLAIMS, async ({ metadata, spec, status }) => {
    if (status?.phase !== "Pending" || spec.volumeName !== undefined) return;
    await stage.must("POST", "/api/v1/persistentvolumes", {
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name: `${NAMESPACE}-${metadata.name}-${metadata.uid?.slice(0, 8)}` },
      spec: {
        capacity: { storage: "8Gi" },
        accessModes: ["ReadWriteOnce"],
        storageClassName: spec.storageClassName,
        hostPath: { path: "/nowhere" },
        claimRef: { namespace: NAMESPACE, name: metadata.name },
      },
    });
  });
}

const sizeOf = (set: Shown): string => set.spec.volumeClaimTemplates[0].spec.resources.requests.storage;

export function volumeEstate(stage: () => Stage): void {
  test("a StatefulSet that grows its volumes: told what cannot be changed and both ways on, by hand without a restart of Pods, and by Force with the same claims", async () => {
    const { must, plane, daemon, writes } = stage();
    const uids = async (list: string): Promise<string[]> =>
      ((await must("GET", list)).items as Shown[])
        .map(({ metadata }) => `${metadata.name} ${metadata.uid}`)
        .sort();
    const provisioner = startProvisioner(stage());
    try {
      const app = await placeEstate(stage(), "volume", { makeNamespace: "none" });
      await app.untilSettled(60_000);
      await staysSynced(stage(), app);
      const [claims, pods] = [await uids(CLAIMS), await uids(PODS)];
      expect([claims.length, pods.length]).toEqual([2, 2]);

      const before = writes(NAMESPACE).length;
      await app.rewrite({ "ledger.yaml": ["storage: 1Gi", "storage: 2Gi"] });
      const refused = await app.until((now) => isQuiet(now) && now.status?.operationState.phase === "Failed");
      const { message } = refused.status.operationState;
      expect(message).toContain("nothing was written");
      expect(message).toMatch(/StatefulSet ledger\/ledger .*spec\.volumeClaimTemplates/);
      expect(message).toContain("kubectl delete statefulset ledger --namespace ledger --cascade=orphan");
      expect(message).toContain("Force=true");
      expect(message).toMatch(/kubectl patch pvc/);
      expect(writes(NAMESPACE).length).toBe(before);
      expect((await daemon.cli("app", "get", "ledger")).stdout).toContain("--cascade=orphan");
      expect((await daemon.cli("app", "diff", "ledger")).stdout).toMatch(/-\s*1Gi[\s\S]*\+\s*2Gi/);

      // As the sentence says: the set goes alone, its Pods and claims stay; it is made anew and takes them.
      await plane.kubectl("delete", "statefulset", "ledger", "--namespace", "ledger", "--cascade=orphan");
      await eventually("it is made anew", async () => {
        const set = await stage().find(SET);
        return set !== undefined && sizeOf(set) === "2Gi";
      });
      await app.untilSettled();
      expect(await uids(PODS)).toEqual(pods);
      expect(await uids(CLAIMS)).toEqual(claims);
      for (const at of [0, 1])
        await must(
          "PATCH",
          `${CLAIMS}/data-ledger-${at}`,
          { spec: { resources: { requests: { storage: "2Gi" } } } },
          MERGE,
        );
      await app.untilSettled();
      await staysSynced(stage(), app);

      // Replace alone cannot either.
      await app.rewrite({
        "ledger.yaml": [
          "metadata: { name: ledger }\nspec:\n  serviceName",
          `metadata: { name: ledger, annotations: { argocd.argoproj.io/sync-options: Replace=true } }\nspec:\n  serviceName`,
        ],
      });
      await app.untilSettled();
      await app.rewrite({ "ledger.yaml": ["storage: 2Gi", "storage: 3Gi"] });
      const replaced = await app.until(
        (now) => isQuiet(now) && now.status?.operationState.phase === "Failed",
      );
      expect(replaced.status.operationState.message).toContain("--cascade=orphan");

      // With Force the set goes with its Pods, and the claims stay with what they hold.
      await app.rewrite({ "ledger.yaml": ["sync-options: Replace=true", "sync-options: Force=true"] });
      await eventually(
        "it is made anew",
        async () => {
          const set = await stage().find(SET);
          return set !== undefined && sizeOf(set) === "3Gi";
        },
        60_000,
      );
      await app.untilSettled(60_000);
      expect(await uids(CLAIMS)).toEqual(claims);
      expect(await uids(PODS)).not.toEqual(pods);
      await staysSynced(stage(), app);
    } finally {
      await provisioner.stop();
    }
  });
}
