/** The key by which replicas know each other, in a Secret of the sandbox: one for all, also where it is removed or spoilt. */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClusterObjects } from "../../src/core/ports/cluster-objects.ts";
import { PeersSecret } from "../../src/homes/cluster/peers-secret.ts";
import { systemClock } from "../../src/lib/system-clock.ts";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { eventually } from "../lib/eventually.ts";
import { type RawApi, rawApi } from "../lib/raw-api.ts";
import { recordingLog } from "../lib/recording-log.ts";
import { NAMESPACE, type SecretsStand, secretsStand } from "../lib/shared-secrets-stand.ts";

const dir = mkdtempSync(join(tmpdir(), "holdfast-peers-"));
const PATH = `/api/v1/namespaces/${NAMESPACE}/secrets`;
let stand: SecretsStand;
let raw: RawApi;
beforeAll(async () => {
  const sandbox = await startSandbox({ listen: "127.0.0.1:0", podMs: 20, stepMs: 5 });
  const kubeconfig = join(dir, "kubeconfig");
  writeFileSync(kubeconfig, sandbox.kubeconfig);
  stand = await secretsStand(kubeconfig, () => sandbox.stop());
  raw = await rawApi(kubeconfig);
}, 60_000);
afterAll(async () => {
  await stand?.stop();
  rmSync(dir, { recursive: true, force: true });
});

const open: PeersSecret[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.stop();
});
let time = 0;
function peersSecret(name: string, objects: Pick<ClusterObjects, "create" | "read"> = stand.cluster) {
  const clock = { ...systemClock, monotonic: () => time, sleep: systemClock.sleep };
  const place = { namespace: NAMESPACE, name };
  const one = new PeersSecret({ objects, place, clock, log: recordingLog() });
  open.push(one);
  return one;
}
const keyOf = (one: PeersSecret): string | undefined => {
  const now = one.now();
  return now.is === "known" ? now.key.reveal() : undefined;
};
const known = (one: PeersSecret) => eventually("it is known", () => keyOf(one));
const whyOf = (one: PeersSecret): string => {
  const now = one.now();
  return now.is === "known" ? "" : now.why;
};
/** Past the pause between two looks. */
const doubt = (one: PeersSecret): void => {
  time += 60_000;
  one.doubted();
};
const secret = (name: string, key: string) => ({
  ...{ apiVersion: "v1", kind: "Secret", metadata: { name, namespace: NAMESPACE } },
  type: "holdfast.dev/peers",
  data: { key: Buffer.from(key).toString("base64") },
});

test("is the same for all that begin at once, and one of chance", async () => {
  const keys = await Promise.all(Array.from({ length: 8 }, () => known(peersSecret("all"))));
  expect(new Set(keys).size).toBe(1);
  const { data, type } = await raw.must("GET", `${PATH}/all`);
  expect([type, Buffer.from(data.key, "base64").toString("base64url")]).toEqual([
    "holdfast.dev/peers",
    keys[0],
  ]);
  expect(Buffer.from(data.key, "base64")).toHaveLength(32);
  expect(await known(peersSecret("others"))).not.toBe(keys[0]);
});

test("is put back as it was where somebody removes it, and taken where somebody writes another one", async () => {
  const one = peersSecret("gone");
  const before = await known(one);
  await raw.must("DELETE", `${PATH}/gone`);
  doubt(one);
  await eventually("it is there", async () => (await raw.find(`${PATH}/gone`)) !== undefined);
  expect(await known(peersSecret("gone"))).toBe(before);
  const another = "x".repeat(40);
  await raw.must("PUT", `${PATH}/gone`, secret("gone", another));
  // Whoever shows nonsense again and again is not asked for more than once in a while.
  one.doubted();
  await known(peersSecret("gone"));
  expect(keyOf(one)).toBe(before);
  doubt(one);
  await eventually("it is taken", () => keyOf(one) === Buffer.from(another).toString("base64url"));
  // What is none takes the place of none.
  await raw.must("PUT", `${PATH}/gone`, secret("gone", "short"));
  doubt(one);
  const late = peersSecret("gone");
  await eventually("it is refused", () => whyOf(late).includes("holds no 32 bytes. Delete it"));
  expect(keyOf(one)).toBe(Buffer.from(another).toString("base64url"));
  await raw.must("DELETE", `${PATH}/gone`);
  expect(await known(late)).toBeString();
});

test("is asked for until it is there, and why it is not is said", async () => {
  let may = false;
  const why = "secrets is forbidden";
  const one = peersSecret("late", {
    read: async (...asked) => (may ? stand.cluster.read(...asked) : { is: "absent" }),
    create: async (...asked) =>
      may
        ? stand.cluster.create(...asked)
        : { is: "refused", status: 403, reason: "Forbidden", message: why, causes: [] },
  });
  await eventually("it is said", () => whyOf(one).includes(why));
  expect(whyOf(one)).toBe(
    `the key that the replicas share (Secret ${NAMESPACE}/late) is not known: ${why}. Let the daemon's account get and create Secrets in that namespace`,
  );
  may = true;
  expect(await known(one)).toBeString();
});
