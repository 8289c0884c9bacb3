/** The files that an operator installs by: judged by systemd itself, and held against the program. */
import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BINARY, run } from "../lib/daemon.ts";

const root = join(import.meta.dir, "..", "..");
const unit = readFileSync(join(root, "config", "holdfast.service"), "utf8");

test("systemd finds nothing wrong with the unit, and its exposure is at most 1.5 of 10", async () => {
  const dir = mkdtempSync(join(tmpdir(), "holdfast-unit-"));
  try {
    const file = join(dir, "holdfast.service");
    writeFileSync(file, unit.replaceAll("/usr/local/bin/holdfast", BINARY));
    const verified = await run(["systemd-analyze", "verify", file]);
    expect(verified).toEqual({ code: 0, stdout: "", stderr: "" });
    const { code, stdout } = await run([
      "systemd-analyze",
      "security",
      "--offline=true",
      "--threshold=15",
      "--no-pager",
      file,
    ]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/Overall exposure level for holdfast\.service: 1\.\d OK/),
    });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test("the unit calls the program as it wants to be called", async () => {
  const [, words = ""] = /^ExecStart=\/usr\/local\/bin\/holdfast (.*)$/m.exec(unit) ?? [];
  expect(words).toBe("serve --config /etc/holdfast/holdfast.yaml");
  const { code, stderr } = await run(
    [BINARY, ...words.replace("/etc/holdfast", join(tmpdir(), "no-such-folder")).split(" ")],
    { env: {} },
  );
  // The code that RestartPreventExitStatus names.
  expect([code, stderr]).toEqual([2, expect.stringContaining("cannot be read")]);
  expect(unit).toContain("RestartPreventExitStatus=2");
});

test("the Containerfile copies what the full build makes, and starts it as it wants to be called", () => {
  const text = readFileSync(join(root, "config", "Containerfile"), "utf8");
  expect(text).toContain("COPY --chmod=0755 dist/holdfast-full /usr/local/bin/holdfast");
  expect(text).toContain("COPY dist/rootfs/ /");
  expect(text).toMatch(/^FROM scratch$/m);
  expect(text).toContain("COPY LICENSE dist/NOTICE.txt /usr/share/doc/holdfast/");
  expect(/^CMD (.*)$/m.exec(text)?.[1]).toBe('["serve", "--config", "/etc/holdfast/holdfast.yaml"]');
  expect(/^USER (.*)$/m.exec(text)?.[1]).toBe("65532:65532");
});
