import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { helmStandIn } from "./helm-stand-in.ts";

const folder = mkdtempSync(join(tmpdir(), "stand-in-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A shell in helm's place says what it was given. */
function standIn(): string {
  const [helm, path] = [join(folder, "helm ü"), join(folder, "stand-in")];
  writeFileSync(helm, '#!/bin/sh\necho "$# $1 $2 $WORD"\nexit 3\n', { mode: 0o700 });
  const program = helmStandIn(helm, process.arch);
  if (program === undefined) throw new Error(`there is none for ${process.arch}`);
  writeFileSync(path, program, { mode: 0o700 });
  return path;
}

// Elsewhere helm stands for itself.
describe.if(process.platform === "linux")("the stand-in of helm", () => {
  const path = standIn();
  const run = (...words: string[]) => {
    const { exitCode, stdout, stderr } = Bun.spawnSync([path, ...words], { env: { WORD: "wörd" } });
    return [exitCode, stdout.toString(), stderr.toString()];
  };

  test("becomes helm for a template, with its words and its environment", () => {
    expect(run("template", "a b", "c")).toEqual([3, "3 template a b wörd\n", ""]);
  });

  test.each([[["version", "-c", "--short"]], [["version", "--short"]]])(
    "%p is answered without it, for every kustomize",
    (words) => {
      expect(run(...words)).toEqual([0, "v3.0\n", ""]);
    },
  );

  test.each([
    [["pull", "--untar", "x"]],
    [["dependency", "build"]],
    [["versions"]],
    [["temp"]],
    [[""]],
    [[]],
  ])("%p does nothing", (words) => {
    expect(run(...words)).toEqual([1, "", "helm renders here, it pulls nothing\n"]);
  });
});

test("there is one for each machine that a jail is for, and for no other", () => {
  expect(
    ["x64", "arm64", "riscv64"].map((arch) => helmStandIn("/helm", arch)?.subarray(1, 4).toString()),
  ).toEqual(["ELF", "ELF", undefined]);
});
