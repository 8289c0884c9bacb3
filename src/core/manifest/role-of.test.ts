import { describe, expect, test } from "bun:test";
import type { Role } from "../model/desired-object.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { phaseOf, roleOf } from "./role-of.ts";

const HOOK = "argocd.argoproj.io/hook";
const POLICY = "argocd.argoproj.io/hook-delete-policy";
const object = (annotations: Record<string, string>): KubeObject => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "x", annotations },
});
const hook = (types: string[], deletePolicies = ["BeforeHookCreation"]) =>
  ({ is: "hook", types, deletePolicies }) as Role;

describe("roleOf()", () => {
  const cases: { name: string; annotations: Record<string, string>; want: Role["is"] | Role }[] = [
    { name: "no annotation makes an ordinary object", annotations: {}, want: "ordinary" },
    { name: "a hook type makes a hook", annotations: { [HOOK]: "PreSync" }, want: hook(["PreSync"]) },
    {
      name: "several types are several",
      annotations: { [HOOK]: " PreSync , PostSync,PreSync" },
      want: hook(["PreSync", "PostSync"]),
    },
    { name: "Skip alone is ignored", annotations: { [HOOK]: "Skip" }, want: "ignored" },
    {
      name: "Skip beside others is a hook of the others",
      annotations: { [HOOK]: "Skip,Sync" },
      want: hook(["Sync"]),
    },
    { name: "an unknown type is ignored", annotations: { [HOOK]: "Whenever" }, want: "ignored" },
    { name: "an empty annotation is ignored", annotations: { [HOOK]: "" }, want: "ignored" },
    {
      name: "an unknown type beside a known one does not count",
      annotations: { [HOOK]: "Whenever,Sync" },
      want: hook(["Sync"]),
    },
    {
      name: "Helm's install and upgrade are one phase",
      annotations: { "helm.sh/hook": "pre-install,pre-upgrade" },
      want: hook(["PreSync"]),
    },
    {
      name: "Helm's types are mapped",
      annotations: { "helm.sh/hook": "post-install,pre-delete,post-delete" },
      want: hook(["PostSync", "PreDelete", "PostDelete"]),
    },
    {
      name: "Helm's type does not count beside a known one of ours",
      annotations: { [HOOK]: "Sync", "helm.sh/hook": "pre-install" },
      want: hook(["Sync"]),
    },
    {
      name: "Helm's type counts beside an unknown one of ours",
      annotations: { [HOOK]: "Whenever", "helm.sh/hook": "pre-install" },
      want: hook(["PreSync"]),
    },
    {
      name: "Helm's crd-install is an ordinary object",
      annotations: { "helm.sh/hook": "crd-install" },
      want: "ordinary",
    },
    { name: "Helm's tests are ignored", annotations: { "helm.sh/hook": "test" }, want: "ignored" },
    {
      name: "Helm's old tests are ignored",
      annotations: { "helm.sh/hook": "test-success" },
      want: "ignored",
    },
    {
      name: "Helm's rollback hooks are ignored",
      annotations: { "helm.sh/hook": "pre-rollback" },
      want: "ignored",
    },
    {
      name: "Helm's delete policies are added to ours",
      annotations: {
        [HOOK]: "Sync",
        [POLICY]: "HookSucceeded,Never",
        "helm.sh/hook-delete-policy": "hook-failed,hook-succeeded",
      },
      want: hook(["Sync"], ["HookSucceeded", "HookFailed"]),
    },
  ];
  test.each(cases)("$name", ({ annotations, want }) => {
    const role = roleOf(object(annotations));
    if (typeof want === "string") expect(role.is).toBe(want);
    else expect(role).toEqual(want);
  });
});

test.each([
  ["Sync", "PreSync", ["PreSync"]],
  ["Sync", "Sync", ["SyncFail"]],
  ["PostSync", "PostSync", ["PostSync", "PostDelete"]],
  ["Sync", "Sync", ["PostSync", "Sync"]],
] as const)("phaseOf() an object or a hook: %p, %p of %p", (_, want, types) => {
  expect(phaseOf(hook([...types]))).toBe(want);
  expect(phaseOf({ is: "ordinary" })).toBe("Sync");
});
