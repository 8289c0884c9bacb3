import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfig } from "../config/load-config.ts";
import { checkFiles } from "./check-files.ts";

test("doctor says where applications are that no folder has: in the home cluster, or with the daemon", async () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-check-files-"));
  const said = async (text: string): Promise<string | undefined> => {
    const parsed = parseConfig(text, join(folder, "holdfast.yaml"), {
      env: {},
      validateCron: () => undefined,
    });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const read = { applications: [], projects: [], problems: [] };
    const checks = await checkFiles(parsed.value, read as never, "0.1.0");
    return checks.find(({ name }) => name === "applications")?.text;
  };
  try {
    const clusters = 'clusters: [{ name: east, server: "https://east.example.com" }]\n';
    expect(await said(`data: ./data\nhome: cluster\nhomeCluster: { name: east }\n${clusters}`)).toBe(
      "they are custom resources of the cluster east",
    );
    expect(await said("data: ./data\n")).toBe(
      "the config names no folder of applications: they come through the API",
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
