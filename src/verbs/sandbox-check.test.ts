import { expect, test } from "bun:test";
import { NO_SANDBOX, SANDBOX_LEVELS } from "../render/sandbox-level.ts";
import { sandboxCheck } from "./sandbox-check.ts";

test.each(SANDBOX_LEVELS)("sandboxCheck() names the level %s", (name) => {
  const level = { ...NO_SANDBOX, name, why: "namespaces are off" };
  const [wanted, required] = [sandboxCheck(level, "best-effort"), sandboxCheck(level, "required")];
  expect(wanted.text).toStartWith(`${name}: helm and kustomize `);
  const isFull = name === "mounts" || name === "landlock";
  expect([wanted.state, required.state]).toEqual(isFull ? ["ok", "ok"] : ["warning", "failed"]);
  expect(wanted.text.includes("namespaces are off")).toBe(!isFull);
  expect(required.fix?.includes("render.requireSandbox") ?? false).toBe(!isFull);
});
