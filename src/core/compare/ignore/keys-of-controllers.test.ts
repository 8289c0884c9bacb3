import { expect, test } from "bun:test";
import { kubeObject } from "../../../../test/lib/core-objects.ts";
import type { KubeObject } from "../../model/kube-object.ts";
import { refOf } from "../../model/object-ref.ts";
import { keysOfControllers } from "./keys-of-controllers.ts";

const HASH = "rollouts-pod-template-hash";
const service = (selector: Record<string, string> | undefined): KubeObject =>
  kubeObject({ kind: "Service", fields: { spec: { selector } } });

const cases: { name: string; desired: KubeObject; live: KubeObject | undefined; want: number }[] = [
  {
    name: "what Argo Rollouts chose Pods by",
    desired: service({ app: "web" }),
    live: service({ app: "web", [HASH]: "1" }),
    want: 1,
  },
  {
    name: "nothing where it is not there",
    desired: service({ app: "web" }),
    live: service({ app: "web" }),
    want: 0,
  },
  { name: "nothing at creation", desired: service({ app: "web" }), live: undefined, want: 0 },
  {
    name: "nothing that Git names",
    desired: service({ [HASH]: "2" }),
    live: service({ [HASH]: "1" }),
    want: 0,
  },
  {
    name: "nothing where Git has no selector",
    desired: service(undefined),
    live: service({ [HASH]: "1" }),
    want: 0,
  },
  {
    name: "nothing in other kinds",
    desired: kubeObject({ fields: { spec: { selector: {} } } }),
    live: kubeObject({ fields: { spec: { selector: { [HASH]: "1" } } } }),
    want: 0,
  },
];
test.each(cases)("keysOfControllers() leaves $name", ({ desired, live, want }) => {
  expect(keysOfControllers(refOf(desired), desired, live)).toEqual(
    Array(want).fill(["spec", "selector", HASH]),
  );
});
