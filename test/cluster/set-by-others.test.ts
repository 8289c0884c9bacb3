/** Who set what differs, as a real API server notes it: by `kubectl scale`, by `kubectl edit`, by an autoscaler's road. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { othersWords, type ShownOthers } from "../../src/core/model/set-by-others.ts";
import { printYaml } from "../../src/lib/yaml.ts";
import { configMap, deployment } from "../lib/manifests.ts";
import { type Placed, type Shown, type Stage, startStage } from "../lib/stage.ts";

setDefaultTimeout(90_000);

const NAME = "by-others";
let stage: Stage, app: Placed;
beforeAll(async () => {
  stage = await startStage({ poll: "1s" });
  app = await stage.place({
    name: NAME,
    files: {
      "web.yaml": printYaml(deployment({ namespace: NAME, name: "web", replicas: 1 })),
      "a.yaml": printYaml(configMap(NAME, "a", { one: "1" })),
    },
    spec: { syncPolicy: { automated: { prune: true } } },
  });
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

const othersOf = ({ status }: Shown): ShownOthers | undefined => status.others;
/** Without times, which the clock makes. */
const said = (seen: Shown): string => {
  const others = othersOf(seen);
  return others === undefined ? "" : othersWords(others).replace(/\d{4}-[\d:TZ-]+/g, "T");
};

test("kubectl scale, edit and an autoscaler's road are each told by the field and the program", async () => {
  await app.untilSettled();
  await stage.plane.kubectl("scale", "deployment/web", "--replicas=3", `--namespace=${NAME}`);
  const scaled = await app.until((seen) => othersOf(seen)?.how === "setter");
  expect(said(scaled)).toMatch(/^spec\.replicas set by kubectl(, seen)? at T$/);
  expect(othersOf(scaled)?.by).toEqual([{ manager: "kubectl", subresource: "scale" }]);
  await stage.must(
    "PATCH",
    `/apis/apps/v1/namespaces/${NAME}/deployments/web/scale?fieldManager=kube-controller-manager`,
    { spec: { replicas: 2 } },
    "application/merge-patch+json",
  );
  const grown = await app.until((seen) => othersOf(seen)?.by[0]?.manager === "kube-controller-manager");
  expect(said(grown)).toMatch(
    /^spec\.replicas set by autoscaling \(kube-controller-manager\)(, seen)? at T$/,
  );
  await stage.plane.kubectl("patch", "configmap/a", "-p", '{"data":{"one":"x"}}', `--namespace=${NAME}`);
  const both = await app.until((seen) => othersOf(seen)?.objects === 2 && othersOf(seen)?.how === "setter");
  expect(said(both)).toMatch(/^2 fields of 2 objects set by .*kubectl-patch.*(, last|, seen) at T$/);
  await stage.plane.kubectl("delete", "configmap/a", `--namespace=${NAME}`);
  const gone = await app.until((seen) => othersOf(seen)?.deleted === 1);
  expect(said(gone)).toMatch(/; 1 deleted in the cluster$/);
  await stage.plane.kubectl("scale", "deployment/web", "--replicas=1", `--namespace=${NAME}`);
  const left = await app.until((seen) => othersOf(seen)?.objects === 0);
  expect(said(left)).toBe("1 deleted in the cluster, seen at T");
});
