/** What `doctor` says of Helm and Kustomize: which one renders, and which one that came along does not. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { doctor } from "../../src/verbs/doctor.ts";

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "holdfast-doctor-tools-"));
  for (const folder of ["bin", "embedded", "apps"]) mkdirSync(join(cwd, folder));
  const client = { clientVersion: { gitVersion: "v1.32.0" }, kustomizeVersion: "v5.5.0" };
  program("bin/kubectl", `echo '${JSON.stringify(client)}'`);
  program("own-helm", "echo v4.0.0");
  for (const [name, version] of [
    ["kustomize", "v5.7.1"],
    ["helm", "v4.2.1"],
    ["same", "v4.0.0"],
  ] as const)
    writeFileSync(join(cwd, "embedded", name), Bun.zstdCompressSync(`#!/bin/sh\necho ${version}\n`));
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

function program(path: string, does: string): void {
  writeFileSync(join(cwd, path), `#!/bin/sh\n${does}\n`, { mode: 0o755 });
}

async function said(path: string, config: string, helm = "helm"): Promise<string[]> {
  writeFileSync(join(cwd, "holdfast.yaml"), `data: ./data\napplications: [apps]\nclusters: []\n${config}`);
  const env = { PATH: path };
  const { execPath, argv, execArgv } = process;
  const embedded = { helm: join(cwd, "embedded", helm), kustomize: join(cwd, "embedded", "kustomize") };
  const checks = await doctor(
    {
      ...{ env, cwd, embedded, packageRoot: undefined, stderr: () => undefined },
      build: { version: "0.0.0", commit: "", buildDate: "" },
      self: { env, execPath, argv, execArgv },
    },
    { signal: new AbortController().signal },
  );
  return checks.flatMap(({ name, state, text }) =>
    ["helm", "kustomize"].includes(name) ? [`${state} ${text.replaceAll(cwd, "CWD")}`] : [],
  );
}

test("without any on PATH what came along counts", async () => {
  expect(await said("", "")).toEqual([
    "ok helm 4.2.1 (part of this program)",
    "ok kustomize 5.7.1 (part of this program)",
  ]);
});

test("PATH and the config count before it, which is said with what does not count", async () => {
  const config = `render: { helm: ${join(cwd, "own-helm")} }\n`;
  const shadowed = "counts where neither PATH nor the config has one";
  expect(await said(join(cwd, "bin"), config)).toEqual([
    `ok helm 4.0.0 (CWD/own-helm); the one that came with this program, helm 4.2.1, ${shadowed}`,
    `ok kubectl 1.32.0 kustomize 5.5.0 (CWD/bin/kubectl); the one that came with this program, kustomize 5.7.1, ${shadowed}`,
  ]);
  // The very same renders the same.
  expect((await said(join(cwd, "bin"), config, "same"))[0]).toBe("ok helm 4.0.0 (CWD/own-helm)");
});
