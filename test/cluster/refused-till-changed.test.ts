/** What the API server refuses because of something that the same commit changes: who converts a kind, what a policy forbids. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, crd } from "../lib/manifests.ts";
import { type Stage, startStage, yaml } from "../lib/stage.ts";

setDefaultTimeout(90_000);

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

/** The first version is stored; the other one is converted. */
function gadgets(group: string, conversion: object): KubeObject {
  const definition = crd({ group, kind: "Gadget", plural: "gadgets", versions: ["v1", "v2"] });
  return { ...definition, spec: { ...(definition["spec"] as object), conversion } };
}
/** Nothing listens there. */
const DEAD = {
  strategy: "Webhook",
  webhook: { conversionReviewVersions: ["v1"], clientConfig: { url: "https://127.0.0.1:1/convert" } },
};
const NONE = { strategy: "None" };

test("a commit that takes out a conversion nobody answers is synced, though it has an object of that kind", async () => {
  const name = "converted",
    group = "converted.example.com";
  const gadget = (size: number): string =>
    yaml({
      apiVersion: `${group}/v2`,
      kind: "Gadget",
      metadata: { name: "one", namespace: name },
      spec: { size },
    } as KubeObject);
  const app = await stage.place({
    name,
    files: { "crd.yaml": yaml(gadgets(group, NONE)), "one.yaml": gadget(1) },
    spec: { syncPolicy: {} },
  });
  await app.until(({ status }) => status?.sync !== undefined);
  expect((await app.sync()).phase).toBe("Succeeded");

  await app.commit({ "crd.yaml": yaml(gadgets(group, DEAD)), "one.yaml": gadget(1) });
  await app.sync();
  const sizeNow = async (): Promise<unknown> =>
    (await stage.must("GET", `/apis/${group}/v1/namespaces/${name}/gadgets/one`))["spec"].size;
  await app.commit({ "one.yaml": gadget(2) });
  const stuck = await app.sync();
  expect([stuck.phase, stuck.message]).toEqual([
    "Failed",
    expect.stringContaining("conversion webhook for converted.example.com"),
  ]);
  expect(await sizeNow()).toBe(1);

  await app.commit({ "crd.yaml": yaml(gadgets(group, NONE)) });
  // Where the kind was followed until then, it goes at once; where nobody could even list it, with the next try.
  await eventually("its sync succeeds", async () => (await app.sync()).phase === "Succeeded");
  expect(await sizeNow()).toBe(2);
});

test("a commit that loosens an admission policy in a wave before brings what it forbade", async () => {
  const name = "policed";
  const policy = (expression: string): string =>
    yaml({
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingAdmissionPolicy",
      metadata: { name, annotations: { "argocd.argoproj.io/sync-wave": "-1" } },
      spec: {
        matchConstraints: {
          resourceRules: [
            { apiGroups: [""], apiVersions: ["v1"], operations: ["*"], resources: ["configmaps"] },
          ],
        },
        validations: [{ expression, message: "no evil here" }],
      },
    } as KubeObject);
  const binding = yaml({
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name },
    spec: {
      policyName: name,
      validationActions: ["Deny"],
      matchResources: { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } },
    },
  } as KubeObject);
  const config = (data: Record<string, string>): string => yaml({ ...configMap(name, "config"), data });
  const NO_EVIL = "request.operation == 'DELETE' || !('evil' in object.data)";
  const app = await stage.place({
    name,
    files: { "policy.yaml": policy(NO_EVIL), "binding.yaml": binding, "config.yaml": config({ good: "1" }) },
    spec: { syncPolicy: {} },
  });
  await app.until(({ status }) => status?.sync !== undefined);
  expect((await app.sync()).phase).toBe("Succeeded");

  // The server obeys a policy some time after it was written.
  const isForbidden = async (): Promise<boolean> =>
    stage
      .must("PUT", `${configMapPath(name, "config")}?dryRun=All`, {
        ...configMap(name, "config"),
        data: { evil: "1" },
      })
      .then(
        () => false,
        () => true,
      );
  await eventually("it is forbidden", isForbidden);
  await app.commit({ "config.yaml": config({ good: "1", evil: "1" }) });
  const refused = await app.sync();
  expect([refused.phase, refused.message]).toEqual([
    "Failed",
    expect.stringMatching(/config\.yaml:1\): ValidatingAdmissionPolicy 'policed'.*no evil here/),
  ]);

  await app.commit({ "policy.yaml": policy("true"), "config.yaml": config({ evil: "allowed" }) });
  await app.sync();
  const policyPath = `/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/${name}`;
  expect((await stage.must("GET", policyPath))["spec"].validations[0].expression).toBe("true");
  await eventually("it is allowed", async () => !(await isForbidden()));
  const allowed = await app.sync();
  expect([allowed.phase, allowed.message]).toEqual(["Succeeded", expect.anything()]);
  expect((await stage.must("GET", configMapPath(name, "config"))).data).toEqual({ evil: "allowed" });
});
