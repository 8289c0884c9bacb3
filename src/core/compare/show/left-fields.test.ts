import { describe, expect, test } from "bun:test";
import { kubeObject } from "../../../../test/lib/core-objects.ts";
import { parsePath } from "../../../lib/field-path.ts";
import { refOf } from "../../model/object-ref.ts";
import { IgnoreRules } from "../ignore/ignore-rules.ts";
import { leftFields } from "./left-fields.ts";
import { MASK } from "./mask-secret.ts";

const deployment = (replicas: number, image: string) =>
  kubeObject({
    ...{ apiVersion: "apps/v1", kind: "Deployment", name: "web" },
    fields: {
      spec: {
        replicas,
        template: {
          spec: {
            containers: [
              { name: "web", image },
              { name: "side", image: "a" },
            ],
          },
        },
      },
    },
  });
const rules = new IgnoreRules(
  [
    { group: "apps", kind: "Deployment", jsonPointers: ["/spec/replicas", "/spec/paused"] },
    { group: "", kind: "Secret", jsonPointers: ["/data"] },
    { group: "batch", kind: "*", jsonPointers: ["/spec/replicas"] },
    {
      ...{ group: "apps", kind: "*", managedFieldsManagers: ["hpa"] },
      jqPathExpressions: ['.spec.template.spec.containers[] | select(.name == "web") | .image'],
    },
  ],
  [{ at: "ignore[2]", group: "*", kind: "*", jsonPointers: ["/spec"] }],
);
const paths = (...texts: string[]) => texts.map((text) => parsePath(text) ?? []);

describe("leftFields()", () => {
  test("says what differs and by which rules, of items of lists by their names, and nothing of what is the same", () => {
    const [desired, live] = [deployment(5, "r/web:2"), deployment(3, "r/web:1")];
    const containers = (live as unknown as { spec: { template: { spec: { containers: unknown[] } } } }).spec
      .template.spec.containers;
    containers.reverse();
    const of = paths(
      "spec.replicas",
      "spec.template.spec.containers[0].image",
      "spec.template.spec.containers[1].image",
    );
    expect(leftFields(refOf(desired), desired, live, { paths: of, managers: ["hpa"] }, rules)).toEqual([
      {
        path: "spec.replicas",
        live: 3,
        desired: 5,
        rules: ["spec.ignoreDifferences[0].jsonPointers[0]", "ignore[2].jsonPointers[0]"],
      },
      {
        path: "spec.template.spec.containers[0].image",
        ...{ live: "r/web:1", desired: "r/web:2" },
        rules: ["spec.ignoreDifferences[3].jqPathExpressions[0]", "ignore[2].jsonPointers[0]"],
      },
      {
        path: "whatever hpa set",
        ...{ live: undefined, desired: undefined },
        rules: ["spec.ignoreDifferences[3].managedFieldsManagers"],
      },
    ]);
  });

  test("no value of a Secret is ever in it", () => {
    const secret = (value: string) =>
      kubeObject({
        kind: "Secret",
        name: "db",
        fields: { data: { a: Buffer.from(value).toString("base64") } },
      });
    const [desired, live] = [secret("canary-new"), secret("canary-old")];
    const left = leftFields(refOf(desired), desired, live, { paths: paths("data.a"), managers: [] }, rules);
    expect(left).toMatchObject([
      { path: "data.a", live: MASK, rules: ["spec.ignoreDifferences[1].jsonPointers[0]"] },
    ]);
    expect(JSON.stringify(left)).not.toContain(Buffer.from("canary").toString("base64").slice(0, 7));
  });
});
