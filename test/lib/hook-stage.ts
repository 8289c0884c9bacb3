/** Applications with hooks in the in-process world: placed, held up, let go, and seen to their end. */
import type { ApplicationSpec } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { type Rig, sharedWorld, type World } from "./engine-rig.ts";
import { jobPath } from "./hook-objects.ts";

const MERGE = "application/merge-patch+json";

/** Commits are synced by themselves, and nothing is healed or pruned. */
export const AUTOMATED_ONLY: Partial<ApplicationSpec> = { syncPolicy: { automated: {} } };

/** A new application of these files, looked at for the first time. */
export async function placed(
  rig: Rig,
  name: string,
  files: Record<string, KubeObject>,
  spec: Partial<ApplicationSpec> = { syncPolicy: {} },
) {
  const repository = await rig.placeNew(name, files, { spec });
  await rig.until(name, ({ status }) => (status?.sync.status ?? "Unknown") !== "Unknown");
  return repository;
}

export const ended = (rig: Rig, name: string) =>
  rig.until(name, ({ status }) => !["Running", undefined].includes(status?.operationState?.phase));

/** One world for a file of tests. To be called at its top. */
export function hookStage() {
  let world: World;
  const start = sharedWorld((started) => {
    world = started;
  });
  const uidOf = async (namespace: string, name: string): Promise<string> =>
    (await world.must("GET", jobPath(namespace, name))).metadata.uid;
  return {
    get world(): World {
      return world;
    },
    start,
    uidOf,
    /** Lets a suspended Job run. */
    goOn: (namespace: string, name: string) =>
      world.must("PATCH", jobPath(namespace, name), { spec: { suspend: false } }, MERGE),
    /** A Job that makes no Pod by itself gets one as a kubelet would leave it, whose image is nowhere. */
    async cannotStart(namespace: string, hook: string): Promise<void> {
      const uid = await uidOf(namespace, hook);
      const pods = `/api/v1/namespaces/${namespace}/pods`;
      const owner = { apiVersion: "batch/v1", kind: "Job", name: hook, uid, controller: true };
      await world.must("POST", pods, {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: `${hook}-x`, ownerReferences: [owner] },
        spec: {
          restartPolicy: "Never",
          nodeSelector: { nowhere: "yes" },
          containers: [{ name: "web", image: "typo:1" }],
        },
      });
      const state = { waiting: { reason: "ImagePullBackOff", message: "Back-off pulling image" } };
      const container = { name: "web", image: "typo:1", imageID: "", ready: false, restartCount: 0, state };
      await world.must(
        "PATCH",
        `${pods}/${hook}-x/status`,
        { status: { phase: "Pending", containerStatuses: [container] } },
        MERGE,
      );
    },
  };
}
