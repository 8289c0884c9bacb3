import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClusterEntry } from "../core/model/cluster-entry.ts";
import { showProblem } from "../core/model/problem.ts";
import { Secret } from "../core/model/secret.ts";
import { ClusterFolder } from "./cluster-folder.ts";

const CANARY = "canary-c01d";
let dir = "",
  folder: ClusterFolder;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "holdfast-clusters-"));
  folder = new ClusterFolder(join(dir, "clusters"), "clusters");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const entry = (name: string, server = `https://${name}.example.com`): ClusterEntry => ({
  name,
  server,
  credential: { by: "token", token: new Secret(CANARY) },
  tls: { check: "certificate" },
  scope: { is: "whole" },
  labels: {},
  annotations: {},
  kept: new Secret({ data: {}, config: {}, tls: {}, metadata: {} }),
});
const place = (name: string, text: string): void => writeFileSync(join(dir, "clusters", name), text);
const names = (): string[] => folder.read().found.map((each) => each.entry.name);

describe("ClusterFolder", () => {
  test("is empty before anything was added", () => {
    expect(folder.read()).toEqual({ found: [], problems: [] });
  });

  test("writes a file that only its owner reads, whole, and reads it again as the same entry", () => {
    const file = folder.write(entry("eu/prod"));
    expect(readdirSync(join(dir, "clusters"))).toEqual([file]);
    expect(statSync(join(dir, "clusters", file)).mode & 0o777).toBe(0o600);
    expect(statSync(join(dir, "clusters")).mode & 0o777).toBe(0o700);
    const [first] = folder.read().found;
    expect(first?.entry).toMatchObject({ name: "eu/prod", credential: { by: "token" } });
    // Nobody connects anew for a reading in which nothing changed.
    expect(folder.read().found[0]?.entry).toBe(first?.entry as ClusterEntry);
  });

  test.each(["../../etc/cron.d/x", "..", ".hidden", "a\u0000b", "ñandú", "-rf"])(
    "keeps a cluster of the name %p inside",
    (name) => {
      const file = folder.write(entry(name, "https://x"));
      expect(file).toMatch(/^cluster-[a-z0-9-]+\.json$/);
      expect(readdirSync(dir)).toEqual(["clusters"]);
    },
  );

  test("leaves a cluster as it was while its file is half written, and says so", () => {
    const file = folder.write(entry("prod"));
    const text = readFileSync(join(dir, "clusters", file), "utf8");
    expect(names()).toEqual(["prod"]);
    place(file, text.slice(0, text.length / 2));
    const { found, problems } = folder.read();
    expect(found.map((each) => each.entry.name)).toEqual(["prod"]);
    expect(problems.map(showProblem)).toEqual([
      `clusters/${file}: it is not one YAML or JSON document; the cluster is as it was read last. Write one cluster Secret into it`,
    ]);
    place(file, text.replace("Secret", "Sceret"));
    expect(names()).toEqual(["prod"]);
    place(file, text);
    expect(folder.read().problems).toEqual([]);
  });

  test("says what a broken file is, and repeats nothing of it", () => {
    folder.write(entry("good"));
    place("broken.yaml", `kind: Secret\ndata: {config: "${CANARY}`);
    place("large.json", " ".repeat(1024 * 1024 + 1));
    place("two.yaml", "a: 1\n---\nb: 2\n");
    place(".hidden.json", "{");
    place("notes.txt", "{");
    const { found, problems } = folder.read();
    expect(found).toHaveLength(1);
    expect(problems.map(({ file }) => file)).toEqual([
      "clusters/broken.yaml",
      "clusters/large.json",
      "clusters/two.yaml",
    ]);
    expect(JSON.stringify(problems)).not.toContain(CANARY);
  });

  test("forgets a cluster whose file is gone", () => {
    const file = folder.write(entry("prod"));
    expect(names()).toEqual(["prod"]);
    folder.remove(file);
    expect(names()).toEqual([]);
  });

  test("leaves all as they were while the folder is a file", () => {
    folder.write(entry("prod"));
    expect(names()).toEqual(["prod"]);
    rmSync(join(dir, "clusters"), { recursive: true });
    writeFileSync(join(dir, "clusters"), "");
    const { found, problems } = folder.read();
    expect(found).toHaveLength(1);
    expect(problems[0]?.text).toContain("its clusters are as they were read last");
  });

  test("keeps what another tool wrote into a file that it writes anew", () => {
    const file = folder.write(entry("prod"));
    chmodSync(join(dir, "clusters", file), 0o644);
    const secret = JSON.parse(readFileSync(join(dir, "clusters", file), "utf8"));
    secret.metadata.namespace = "argocd";
    secret.data.shard = Buffer.from("2").toString("base64");
    place(file, JSON.stringify(secret));
    const [found] = folder.read().found;
    folder.write(found?.entry as ClusterEntry, file);
    const again = JSON.parse(readFileSync(join(dir, "clusters", file), "utf8"));
    expect(again.metadata.namespace).toBe("argocd");
    expect(again.data.shard).toBe(secret.data.shard);
    expect(statSync(join(dir, "clusters", file)).mode & 0o777).toBe(0o600);
  });
});
