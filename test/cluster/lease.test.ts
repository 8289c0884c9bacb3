/** Leader election by a Lease on a real control plane, between processes that are killed, stopped and cut off. */
import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { ELECTION, type ElectionSettings } from "../../src/core/replicas/election-settings.ts";
import { HANDED_OVER } from "../../src/core/replicas/lease.ts";
import { type ApiProxy, startApiProxy } from "../lib/api-proxy.ts";
import { type AuditedWrite, type AuditLog, auditLog } from "../lib/audit-log.ts";
import { type ControlPlane, startControlPlane } from "../lib/control-plane.ts";
import { eventually } from "../lib/eventually.ts";

setDefaultTimeout(120_000);

const program = join(import.meta.dir, "../lib/lease-writer.ts");
const NAME = "holdfast";
/** Clocks of the machines: right, a little fast, and an hour slow. */
const OFFSETS = [0, 10_000, -3_600_000];

/** For tests in which nobody is followed: a machine that is busy for some seconds changes nothing. */
const PATIENT: ElectionSettings = {
  durationMs: 12_000,
  renewDeadlineMs: 9_000,
  renewEveryMs: 500,
  slackMs: 2_000,
};

let plane: ControlPlane, audit: AuditLog;
let running: Contender[] = [];
let namespaces = 0;

beforeAll(async () => {
  audit = auditLog();
  plane = await startControlPlane({ apiserverFlags: audit.flags });
}, 120_000);
afterAll(async () => {
  await plane?.stop();
  audit?.remove();
}, 60_000);
afterEach(async () => {
  for (const one of running) await one.end();
  running = [];
});

/** One process, behind a network of its own. */
class Contender {
  /** As it said it: `leader 3`. */
  readonly said: string[] = [];
  #identity = "";
  readonly #read: Promise<void>;

  private constructor(
    readonly proxy: ApiProxy,
    readonly child: Bun.Subprocess<"ignore", "pipe", "pipe">,
  ) {
    this.#read = this.#listen();
    void new Response(child.stderr).text().then((text) => {
      this.log = text;
    });
  }
  log = "";

  static async start(
    namespace: string,
    offsetMs: number,
    { settings, watched }: Required<RigOptions>,
  ): Promise<Contender> {
    const proxy = await startApiProxy(plane.kubeconfig);
    const words = [proxy.kubeconfig, namespace, NAME, String(offsetMs), watched, JSON.stringify(settings)];
    const child = Bun.spawn([process.execPath, program, ...words], {
      ...{ stdin: "ignore", stdout: "pipe", stderr: "pipe" },
    });
    const one = new Contender(proxy, child);
    running.push(one);
    await eventually("it has a name", () => one.#identity !== "");
    return one;
  }

  get identity(): string {
    return this.#identity;
  }

  get epoch(): number | undefined {
    const [is, epoch] = (this.said.at(-1) ?? "").split(" ");
    return is === "leader" && this.child.signalCode === null ? Number(epoch) : undefined;
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Nothing comes through any more, in either direction. */
  part(): () => void {
    const heal = this.proxy.inject(() => true, { do: "hang" });
    this.proxy.stallWatches();
    return heal;
  }

  async end(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.exited;
    await this.#read;
    await this.proxy.stop();
  }

  async #listen(): Promise<void> {
    let rest = "";
    for await (const chunk of this.child.stdout) {
      rest += new TextDecoder().decode(chunk);
      const lines = rest.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines)
        if (line.startsWith("identity ")) this.#identity = line.slice("identity ".length);
        else this.said.push(line);
    }
  }
}

interface RigOptions {
  settings?: ElectionSettings;
  watched?: "watched" | "unwatched";
}

interface Rig {
  namespace: string;
  all: Contender[];
  leader: Contender;
  followers: Contender[];
  epoch: number;
}

/** The Lease is there and handed over, so that nobody waits for it. */
async function rig(
  count: 2 | 3,
  { settings = ELECTION, watched = "watched" }: RigOptions = {},
): Promise<Rig> {
  const namespace = `lease-${++namespaces}`;
  await plane.api.makeNamespace(namespace);
  await plane.api.must("POST", lease(namespace).replace(/\/[^/]+$/, ""), {
    ...{ apiVersion: "coordination.k8s.io/v1", kind: "Lease" },
    metadata: { name: NAME, annotations: { [HANDED_OVER]: "1" } },
    spec: { leaseTransitions: 1 },
  });
  const all = await Promise.all(
    OFFSETS.slice(0, count).map((ms) => Contender.start(namespace, ms, { settings, watched })),
  );
  const { leader, epoch } = await led(all, 1, namespace);
  const followers = all.filter((one) => one !== leader);
  await eventually("the others follow", () => followers.every(({ proxy }) => proxy.openWatches() === 1));
  return { namespace, all, leader, epoch, followers };
}

/** So many writes of an epoch: whoever wrote beside it would have been seen by then. */
const ENOUGH = 100;

/** Somebody leads an epoch after `after`, and has written in it for a while. */
async function led(
  of: readonly Contender[],
  after: number,
  namespace: string,
): Promise<{ leader: Contender; epoch: number; first: AuditedWrite }> {
  const leader = await eventually("somebody leads", () => of.find(({ epoch = 0 }) => epoch > after));
  const epoch = leader.epoch ?? 0;
  const first = await eventually(
    () => `epoch ${epoch} writes: ${leader.said.join(", ")}\n${leader.log}`,
    () => {
      const { writes = [] } = terms(namespace).find((term) => term.epoch === epoch) ?? {};
      return writes.length < ENOUGH ? undefined : writes[0];
    },
  );
  return { leader, epoch, first };
}

interface Term {
  epoch: number;
  by: string;
  writes: AuditedWrite[];
}

/** What each epoch wrote, in the order in which they began. */
function terms(namespace: string): Term[] {
  const found = new Map<string, Term>();
  const writes = audit
    .writes()
    .filter((write) => write.namespace === namespace && write.resource === "configmaps");
  for (const write of writes.sort((one, other) => one.at - other.at)) {
    const [, program, epoch, by = ""] = /^(lease-writer)\/(\d+)\/(.+)$/.exec(write.userAgent) ?? [];
    if (program === undefined) continue;
    const key = `${epoch} ${by}`;
    const term = found.get(key) ?? { epoch: Number(epoch), by, writes: [] };
    term.writes.push(write);
    found.set(key, term);
  }
  return [...found.values()];
}

/** Every write of an epoch was answered before the first one of the next began. @returns how many there were */
function expectApart(namespace: string): number {
  const all = terms(namespace);
  const overlaps = all.slice(1).flatMap((term, at) => {
    const before = all[at] as Term;
    const last = Math.max(...before.writes.map(({ endedAt }) => endedAt)),
      first = term.writes[0]?.at ?? 0;
    return last <= first
      ? []
      : [
          `epoch ${before.epoch} of ${before.by} until ${last}, epoch ${term.epoch} of ${term.by} from ${first}`,
        ];
  });
  expect(overlaps).toEqual([]);
  expect(new Set(all.map(({ epoch }) => epoch)).size).toBe(all.length);
  return all.length;
}

function print(what: string, since: number, { at }: AuditedWrite): void {
  console.log(`${what}: the next epoch's first write after ${at - since} ms`);
}

const lease = (namespace: string): string =>
  `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${NAME}`;

test("of three processes one leads, whatever their clocks say, and the others ask for nothing", async () => {
  const { namespace, leader, followers, epoch } = await rig(3, { settings: PATIENT });
  const asked = (one: Contender): number => one.proxy.requests.filter(({ isWatch }) => !isWatch).length;
  const before = followers.map(asked);
  await eventually("it renews", () => asked(leader) > 0 && renewals(leader) > 6);
  expect(followers.map(asked)).toEqual(before);
  expect([leader.epoch, followers.map((one) => one.epoch)]).toEqual([epoch, [undefined, undefined]]);
  const seen = await plane.api.must("GET", lease(namespace));
  expect(seen.spec).toMatchObject({ holderIdentity: leader.identity, leaseTransitions: epoch });
  expect(expectApart(namespace)).toBe(1);
});

const renewals = ({ proxy }: Contender): number =>
  proxy.requests.filter(({ method, path }) => method === "PUT" && path.includes("/leases/")).length;

test("one that is killed is followed", async () => {
  const { namespace, leader, followers, epoch } = await rig(3);
  const since = Date.now();
  leader.kill("SIGKILL");
  const next = await led(followers, epoch, namespace);
  print("killed", since, next.first);
  expect(expectApart(namespace)).toBe(2);
});

test("one that lets go is followed at once, when its last write is answered", async () => {
  const { namespace, leader, followers, epoch } = await rig(3);
  const since = Date.now();
  leader.kill("SIGTERM");
  const next = await led(followers, epoch, namespace);
  print("handed over", since, next.first);
  expect(await leader.child.exited).toBe(0);
  await eventually("it says so", () => leader.said.at(-1) === `released ${epoch}`);
  expect(expectApart(namespace)).toBe(2);
});

test("one that is stopped is dead before anybody follows it, so that it writes nothing late", async () => {
  const { namespace, leader, followers, epoch } = await rig(2);
  const since = Date.now();
  leader.kill("SIGSTOP");
  await leader.child.exited;
  expect(leader.child.signalCode).toBe("SIGKILL");
  const next = await led(followers, epoch, namespace);
  print("stopped", since, next.first);
  expect(expectApart(namespace)).toBe(2);
});

test("one that is stopped and goes on, where the kernel does not end it, begins no write", async () => {
  const { namespace, leader, followers, epoch } = await rig(2, { watched: "unwatched" });
  leader.kill("SIGSTOP");
  await led(followers, epoch, namespace);
  leader.kill("SIGCONT");
  await eventually("it knows", () => leader.said.at(-1) === `lost ${epoch}`);
  const next = (await led(followers, epoch, namespace)).first;
  const written = (): number => terms(namespace).at(-1)?.writes.length ?? 0;
  const before = written();
  await eventually("more is written", () => written() > before + ENOUGH);
  const late = terms(namespace)[0]?.writes.filter(({ at }) => at >= next.at) ?? [];
  // What was with the runtime already when it was stopped: this is what the kernel's timer is for.
  console.log(`stopped and gone on, unwatched: ${late.length} writes of the old epoch arrived late`);
  expect(late.length).toBeLessThanOrEqual(2);
});

test("one that is cut off from the server stops writing, is followed, and follows when it is back", async () => {
  const { namespace, leader, followers, epoch } = await rig(3);
  const since = Date.now();
  const heal = leader.part();
  const next = await led(followers, epoch, namespace);
  print("cut off", since, next.first);
  await eventually("it knows", () => leader.said.at(-1) === `lost ${epoch}`);
  heal();
  leader.proxy.cutWatches();
  await eventually("it follows", () => leader.proxy.openWatches() === 1);
  next.leader.kill("SIGKILL");
  const others = running.filter((one) => one !== next.leader);
  await led(others, next.epoch, namespace);
  expect(expectApart(namespace)).toBe(3);
});

test("a follower that is cut off takes nothing, then or when it is back, and begins its silent watch anew", async () => {
  const { namespace, leader, followers, epoch } = await rig(2, { settings: PATIENT });
  const [follower] = followers as [Contender];
  const watches = (): number => follower.proxy.requests.filter(({ isWatch }) => isWatch).length;
  const heal = follower.part();
  const [before, watched] = [renewals(leader), watches()];
  await eventually("time passes", () => renewals(leader) > before + 6);
  heal();
  await eventually("it follows again", () => watches() > watched && follower.proxy.openWatches() === 1);
  expect([leader.epoch, follower.said.filter((line) => line.startsWith("leader"))]).toEqual([epoch, []]);
  expect(expectApart(namespace)).toBe(1);
});

test("an answer that never comes costs the lease, though the server renewed it", async () => {
  const { namespace, leader, followers, epoch } = await rig(2);
  const isRenewal = ({ method, path }: { method: string; path: string }): boolean =>
    method === "PUT" && path.includes("/leases/");
  leader.proxy.inject(isRenewal, { do: "hold-answer" });
  await eventually("it gives up", () => leader.said.at(-1) === `lost ${epoch}`);
  await led(followers, epoch, namespace);
  expect(expectApart(namespace)).toBe(2);
});

const hands: { name: string; does: (namespace: string) => Promise<unknown> }[] = [
  { name: "deleted", does: (namespace) => plane.api.must("DELETE", lease(namespace)) },
  {
    name: "emptied",
    does: (namespace) => patch(namespace, { spec: { holderIdentity: "", leaseDurationSeconds: 1 } }),
  },
  {
    name: "given to somebody else",
    does: (namespace) => patch(namespace, { spec: { holderIdentity: "somebody" } }),
  },
  {
    name: "emptied under a mark of another epoch",
    does: (namespace) =>
      patch(namespace, {
        metadata: { annotations: { [HANDED_OVER]: "0" } },
        spec: { holderIdentity: "", leaseTransitions: 0 },
      }),
  },
];
const patch = (namespace: string, body: object): Promise<unknown> =>
  plane.api.must("PATCH", lease(namespace), body, "application/merge-patch+json");

test.each(hands)(
  "a Lease that is $name by hand under its holder has nobody write too early",
  async ({ does }) => {
    const { namespace, all, epoch } = await rig(2);
    await does(namespace);
    await led(all, epoch, namespace);
    expect(expectApart(namespace)).toBe(2);
  },
);

test("a Lease that people note something in stays its holder's", async () => {
  const { namespace, leader, epoch } = await rig(2, { settings: PATIENT });
  await patch(namespace, { metadata: { labels: { team: "ops" } } });
  const before = renewals(leader);
  await eventually("it renews", () => renewals(leader) > before + 5);
  expect(leader.epoch).toBe(epoch);
  expect((await plane.api.must("GET", lease(namespace))).metadata.labels).toEqual({ team: "ops" });
});
