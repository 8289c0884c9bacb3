/** What replicas share as Secrets, on the sandbox: its promises, and writes that are lost, late and half done. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../../src/core/model/failure.ts";
import type { ClusterObjects, WriteOutcome } from "../../src/core/ports/cluster-objects.ts";
import { type RowChange, type SharedStoreHold, Superseded } from "../../src/core/ports/shared-store.ts";
import { SharedSecrets } from "../../src/homes/cluster/shared-secrets.ts";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { sharedStoreSuite } from "../conformance/shared-store.ts";
import { rejectionOf } from "../lib/ending-of.ts";
import { NAMESPACE, type SecretsStand, secretsStand } from "../lib/shared-secrets-stand.ts";

setDefaultTimeout(120_000);

const dir = mkdtempSync(join(tmpdir(), "holdfast-shared-secrets-"));
let files = 0;
async function onSandbox(): Promise<SecretsStand> {
  const sandbox = await startSandbox({ listen: "127.0.0.1:0", podMs: 20, stepMs: 5 });
  const kubeconfig = join(dir, `kubeconfig-${++files}`);
  writeFileSync(kubeconfig, sandbox.kubeconfig);
  return secretsStand(kubeconfig, () => sandbox.stop());
}

sharedStoreSuite("rows in Secrets of the sandbox", onSandbox);

let stand: SecretsStand;
beforeAll(async () => {
  stand = await onSandbox();
});
afterAll(async () => {
  await stand?.stop();
  rmSync(dir, { recursive: true, force: true });
});

const row = (key: string, value: unknown): RowChange => ({
  table: "facts",
  key: [key],
  row: { name: key, value: JSON.stringify(value) },
});
/** Letters that do not pack. */
const noise = (bytes: number): string =>
  Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString("base64");
async function valuesIn(hold: SharedStoreHold): Promise<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for await (const part of hold.rows())
    for (const { key, row } of part) values[String(key[0])] = JSON.parse(String(row?.["value"]));
  return values;
}

test("what is larger than a Secret stands in several, what is written anew takes the place of all, and nothing is left behind", async () => {
  const hold = await stand.open("large").take("a");
  const value = noise(60_000);
  for (let n = 0; n < 40; n += 1) await hold.push({ schema: 1, rows: [row(`k${n % 10}`, `${n} ${value}`)] });
  const large = `${noise(700_000)}${noise(700_000)}`;
  await hold.push({ schema: 1, rows: [row("large", large)] });
  const next = await stand.open("large").take("b");
  const values = await valuesIn(next);
  expect(Object.keys(values).sort()).toEqual(
    ["large", ...Array.from({ length: 10 }, (_, n) => `k${n}`)].sort(),
  );
  expect(values["large"]).toBe(large);
  for (let n = 30; n < 40; n += 1) expect(values[`k${n % 10}`]).toBe(`${n} ${value}`);
  await next.replace(1, [row("only", 1)]);
  // The head, and what it names.
  expect((await stand.secretsOf("large")).length).toBe(2);
  expect(await valuesIn(await stand.open("large").take("c"))).toEqual({ only: 1 });
});

test("what somebody edits, deletes or breaks by hand is named, and nothing is read of it", async () => {
  const hold = await stand.open("edited").take("a");
  await hold.push({ schema: 1, rows: [row("a", noise(100_000))] });
  const [part = ""] = (await stand.secretsOf("edited")).filter((name) => name !== "edited");
  const ref = { group: "", kind: "Secret", namespace: NAMESPACE, name: part };
  const found = await stand.cluster.read(ref, "v1");
  if (found.is !== "found") throw new Error(found.is);
  await stand.cluster.replace({ ...found.object, data: { rows: "AAAA" } }, "write");
  const next = await stand.open("edited").take("b");
  expect(String(await rejectionOf(valuesIn(next)))).toContain(`${part} is not as it was written`);
  await stand.cluster.delete(
    ref,
    "v1",
    { uid: String(found.object.metadata.uid), propagation: "Background" },
    "write",
  );
  expect(String(await rejectionOf(valuesIn(next)))).toContain(`${part}, which it names, is gone`);
  const head = await stand.cluster.read({ ...ref, name: "edited" }, "v1");
  if (head.is !== "found") throw new Error(head.is);
  await stand.cluster.replace({ ...head.object, data: { head: "AAAA" } }, "write");
  expect(String(await rejectionOf(stand.open("edited").take("c")))).toContain(
    "its key head is not what Holdfast writes",
  );
});

test("a label that somebody puts on the head is in nobody's way; a head that was deleted and made anew is another's", async () => {
  const hold = await stand.open("labelled").take("a");
  await hold.push({ schema: 1, rows: [row("a", 1)] });
  const ref = { group: "", kind: "Secret", namespace: NAMESPACE, name: "labelled" };
  await stand.cluster.patch(ref, "v1", [
    { op: "add", path: "/metadata/annotations", value: { seen: "yes" } },
  ]);
  await hold.push({ schema: 1, rows: [row("a", 2)] });
  expect(await valuesIn(hold)).toEqual({ a: 2 });
  const head = await stand.cluster.read(ref, "v1");
  if (head.is !== "found") throw new Error(head.is);
  await stand.cluster.delete(
    ref,
    "v1",
    { uid: String(head.object.metadata.uid), propagation: "Background" },
    "write",
  );
  expect(await rejectionOf(hold.push({ schema: 1, rows: [row("a", 3)] }))).toBeInstanceOf(Failure);
  await stand.open("labelled").take("b");
  expect(await rejectionOf(hold.push({ schema: 1, rows: [row("a", 3)] }))).toBeInstanceOf(Superseded);
});

/** Numbers from 0 to 1, the same ones for a seed. */
function seeded(seed: number): () => number {
  let state = BigInt(seed) + 0x9e3779b97f4a7c15n;
  return () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number(state >> 33n) / 2 ** 31;
  };
}

/** Some writes are lost, some are done and not told, some are done later. */
function troubled(objects: ClusterObjects, random: () => number, later: Promise<unknown>[]): ClusterObjects {
  const lost: WriteOutcome = { is: "unreachable", why: "cut" };
  const write = async (work: () => Promise<WriteOutcome>): Promise<WriteOutcome> => {
    const chance = random();
    if (chance < 0.08) return lost;
    if (chance < 0.16) {
      await work();
      return lost;
    }
    if (chance < 0.24) {
      later.push(Bun.sleep(Math.floor(random() * 30)).then(work));
      return lost;
    }
    return work();
  };
  return {
    ...objects,
    read: (ref, version) => objects.read(ref, version),
    create: (object, mode) => write(() => objects.create(object, mode)),
    replace: (object, mode) => write(() => objects.replace(object, mode)),
  };
}

test.each(Array.from({ length: 12 }, (_, n) => n + 1))(
  "of writes that are lost, late and not told of, what was said to be kept is kept (seed %d)",
  async (seed) => {
    const random = seeded(seed);
    const name = `troubled-${seed}`;
    const later: Promise<unknown>[] = [];
    const objects = troubled(stand.cluster, random, later);
    const open = (): SharedSecrets => new SharedSecrets(() => objects, { namespace: NAMESPACE, name });
    /** By key: the value that was said to be kept, and those that were tried since. */
    const may = new Map<string, unknown[]>();
    let count = 0;
    const take = async (): Promise<SharedStoreHold> => {
      for (;;) {
        const hold = await open()
          .take("x")
          .catch(() => undefined);
        if (hold !== undefined) return hold;
      }
    };
    for (let life = 0; life < 6; life += 1) {
      const hold = await take();
      // What it has is what the next one goes on from: of values that were tried, the one that came true.
      const values = await valuesIn(hold);
      for (const [key, values_] of may) expect(values_).toContain(values[key]);
      for (const key of Object.keys(values)) may.set(key, [values[key]]);
      const waiting = new Map<string, RowChange>();
      for (let push = 0; push < 12; push += 1) {
        const key = `k${Math.floor(random() * 5)}`;
        const value = random() < 0.3 ? `${++count} ${noise(40_000)}` : ++count;
        waiting.set(key, row(key, value));
        may.set(key, [...(may.get(key) ?? [undefined]), value]);
        const outcome = await hold.push({ schema: 1, rows: [...waiting.values()] }).then(
          () => "kept" as const,
          (cause: unknown) => cause,
        );
        if (outcome !== "kept") {
          expect(outcome).toBeInstanceOf(Failure);
          continue;
        }
        for (const [kept, { row }] of waiting) may.set(kept, [JSON.parse(String(row?.["value"]))]);
        waiting.clear();
      }
    }
    await Promise.all(later);
    const last = await stand.open(name).take("reader");
    const values = await valuesIn(last);
    for (const [key, allowed] of may) expect(allowed).toContain(values[key]);
    // Whatever was made and not named is gone when all is written anew.
    await last.replace(1, [row("only", 1)]);
    expect((await stand.secretsOf(name)).length).toBe(2);
  },
);
