import { expect, test } from "bun:test";
import { Failure } from "../core/model/failure.ts";
import { toolVersion } from "./tool-version.ts";

const toldBy = (version: string) => ({
  find: async () => ({ version, program: "/bin/false", argv: (argv: readonly string[]) => argv }),
});

test.each([
  ["helm", "helm 4.2.1", "v4.2.1"],
  ["kustomize", "kustomize 5.8.1 --enable-helm --load-restrictor x", "v5.8.1"],
  ["kustomize", "kubectl 1.35.2 kustomize 5.7.1", "v5.7.1"],
  ["helm", "wrapper of something", ""],
] as const)("%s that says %p is %p", async (name, version, told) =>
  expect(await toolVersion(toldBy(version), name)()).toBe(told),
);

test("one that is missing is told by nothing", async () => {
  const find = async (): Promise<never> => {
    throw new Failure("tool-missing", "helm", "after-edit", { cannot: "run it", why: "it is not there" });
  };
  expect(await toolVersion({ find }, "helm")()).toBe("");
});
