import { expect, test } from "bun:test";
import { staysSynced } from "../../lib/calm.ts";
import { placeEstate, startController } from "../../lib/estate.ts";
import { eventually } from "../../lib/eventually.ts";
import { isQuiet, isSynced, MERGE, type Shown, type Stage } from "../../lib/stage.ts";

const ROLLOUTS = "/apis/argoproj.io/v1alpha1/namespaces/canary/rollouts";
const ROLLOUT = `${ROLLOUTS}/web`;
const ROUTE = "/apis/networking.estates.example.com/v1/namespaces/canary/routes/web";
const service = (name: string): string => `/api/v1/namespaces/canary/services/${name}`;

const hashOf = (rollout: Shown): string => rollout.spec.template.spec.containers[0].image.split(":")[1];
const weightsOf = (route: Shown): number[] => route.spec.http[0].backends.map(({ weight }: Shown) => weight);

/**
 * A canary's controller in small, with the fields and the words of Argo Rollouts: a new image stops at the pause of its
 * second step until somebody lets it go on, an abort goes back, and services and weights are changed on the way.
 */
function startRollouts(stage: Stage) {
  const by = "fieldManager=rollouts-controller";
  return startController(stage, ROLLOUTS, async (rollout) => {
    const { metadata, spec, status = {} } = rollout;
    const hash = hashOf(rollout);
    const stable = status.stableRS ?? hash;
    const isNew = status.currentPodHash !== hash;
    const index = isNew ? 1 : status.currentStepIndex;
    const isThrough =
      stable === hash ||
      status.promoteFull === true ||
      (!isNew && status.pauseConditions === undefined && status.abort !== true);
    const phase = status.abort === true && !isNew ? "Degraded" : isThrough ? "Healthy" : "Paused";
    const next = {
      observedGeneration: String(metadata.generation),
      currentPodHash: hash,
      stableRS: phase === "Healthy" ? hash : stable,
      currentStepIndex: phase === "Healthy" ? spec.strategy.canary.steps.length : index,
      pauseConditions:
        phase === "Paused"
          ? (status.pauseConditions ?? [{ reason: "CanaryPauseStep", startTime: "2026-01-01T00:00:00Z" }])
          : null,
      abort: phase === "Degraded" ? true : null,
      promoteFull: null,
      phase,
      message:
        phase === "Paused"
          ? "CanaryPauseStep"
          : phase === "Degraded"
            ? `RolloutAborted: revision ${hash} aborted`
            : null,
      replicas: spec.replicas,
      updatedReplicas: phase === "Healthy" ? spec.replicas : 1,
      availableReplicas: spec.replicas,
    };
    const told = (key: keyof typeof next): unknown => status[key] ?? null;
    if (
      (Object.keys(next) as (keyof typeof next)[]).every(
        (key) => JSON.stringify(told(key)) === JSON.stringify(next[key]),
      )
    )
      return;
    for (const [name, is] of [
      ["web", next.stableRS],
      ["web-canary", hash],
    ] as const)
      await stage.must(
        "PATCH",
        `${service(name)}?${by}`,
        { spec: { selector: { "rollouts-pod-template-hash": is } } },
        MERGE,
      );
    const route = await stage.must("GET", ROUTE);
    const weight = phase === "Paused" ? 25 : 0;
    await stage.must(
      "PATCH",
      `${ROUTE}?${by}`,
      {
        spec: {
          http: [
            {
              backends: route.spec.http[0].backends.map((one: Shown, at: number) => ({
                ...one,
                weight: at === 0 ? 100 - weight : weight,
              })),
            },
          ],
        },
      },
      MERGE,
    );
    await stage.must(
      "PATCH",
      `${ROLLOUT}/status?${by}`,
      { status: next, metadata: { resourceVersion: metadata.resourceVersion } },
      MERGE,
    );
  });
}

export function rolloutEstate(stage: () => Stage): void {
  test("a canary of Argo Rollouts: it waits Suspended, promote and abort are actions, and what its controller shifts meanwhile is no drift", async () => {
    const { must, daemon } = stage();
    const controller = startRollouts(stage());
    const action = (name: string) => daemon.cli("app", "actions", "run", "canary", name, "--kind", "Rollout");
    const health =
      (status: string) =>
      (now: Shown): boolean =>
        isSynced(now) && isQuiet(now) && now.status?.health.status === status;
    try {
      const app = await placeEstate(stage(), "rollout", { makeNamespace: "none" });
      await app.until(health("Healthy"));
      await staysSynced(stage(), app);

      await app.rewrite({ "web.yaml": ["web:1", "web:2"] });
      const paused = await app.until(health("Suspended"));
      expect(paused.status.operationState.phase).toBe("Succeeded");
      expect(paused.status.resources.find(({ kind }: Shown) => kind === "Rollout").health.message).toMatch(
        /CanaryPauseStep/,
      );
      expect(weightsOf(await must("GET", ROUTE))).toEqual([75, 25]);
      expect((await must("GET", service("web-canary"))).spec.selector).toEqual({
        app: "web",
        "rollouts-pod-template-hash": "2",
      });
      await staysSynced(stage(), app);
      // A sync in the middle of it writes none of that back.
      expect((await app.sync()).phase).toBe("Succeeded");
      expect(weightsOf(await must("GET", ROUTE))).toEqual([75, 25]);
      const waited = await daemon.cli("app", "wait", "canary", "--suspended", "--timeout", "20");
      expect(waited.code).toBe(0);
      const listed = await daemon.cli("app", "actions", "list", "canary", "--kind", "Rollout");
      expect(listed.stdout).toMatch(/resume +lets its rollout go on/);
      expect((await daemon.cli("app", "list")).stdout).toMatch(/canary .*Suspended/);

      expect(await action("resume")).toMatchObject({ code: 0 });
      await app.until(health("Healthy"));
      expect(weightsOf(await must("GET", ROUTE))).toEqual([100, 0]);
      expect((await must("GET", ROLLOUT)).status).toMatchObject({ stableRS: "2" });
      await staysSynced(stage(), app);

      // Aborted: Degraded with the reason, until Git goes back or the next version comes.
      await app.rewrite({ "web.yaml": ["web:2", "web:3"] });
      await app.until(health("Suspended"));
      expect(await action("abort")).toMatchObject({ code: 0 });
      const aborted = await app.until(health("Degraded"));
      expect(aborted.status.resources.find(({ kind }: Shown) => kind === "Rollout").health.message).toMatch(
        /RolloutAborted/,
      );
      await staysSynced(stage(), app);
      await app.rewrite({ "web.yaml": ["web:3", "web:4"] });
      await app.until(health("Suspended"));
      expect(await action("promote-full")).toMatchObject({ code: 0 });
      await app.until(health("Healthy"));
      await eventually(
        "it is the stable one",
        async () => (await must("GET", ROLLOUT)).status?.stableRS === "4",
      );
      // Git's own part of the Route is still Git's.
      await app.rewrite({ "web.yaml": ["service: web-canary", "service: web-next"] });
      await app.until(health("Healthy"));
      expect((await must("GET", ROUTE)).spec.http[0].backends[1]).toEqual({ service: "web-next", weight: 0 });
      await staysSynced(stage(), app);
    } finally {
      await controller.stop();
    }
  });
}
