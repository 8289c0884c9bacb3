/** A chart that makes random values, by a real Helm, and a daemon that starts again and renders it anew. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import {
  type Application,
  type ApplicationSpec,
  appKey,
  RESOURCES_FINALIZER,
} from "../../src/core/model/application.ts";
import type { Store } from "../../src/core/ports/store.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import {
  HOME,
  isQuiet,
  type Repository,
  type Rig,
  startRig,
  startWorld,
  type World,
} from "../lib/engine-rig.ts";
import { configMapPath } from "../lib/manifests.ts";
import { npmToolSets } from "../lib/render-host.ts";

const [tools] = await npmToolSets();
let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

/** One value in two places, as a certificate and who trusts it, beside an object without chance. */
const chart = {
  "Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
  "values.yaml": "size: 1\n",
  "templates/all.yaml": `{{- $word := randAlphaNum 24 }}
apiVersion: v1
kind: Secret
metadata: { name: admin }
data: { password: {{ $word | b64enc }} }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: trust }
data: { word: {{ $word | quote }}, note: "left" }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: plain }
data: { size: {{ .Values.size | quote }} }
`,
};

const secretPath = (name: string): string => `/api/v1/namespaces/${name}/secrets/admin`;

interface Estate {
  name: string;
  repository: Repository;
  /** The value in the Secret, which is the ConfigMap's too, or both. */
  word(): Promise<string>;
  rig(): Rig;
  /** What is done while no daemon runs, then a new one on the same store. */
  restart(meanwhile?: () => Promise<unknown>): Promise<Rig>;
  stop(): Promise<void>;
}

/** @param path folder of the chart in the repository */
async function estate(name: string, spec: Partial<ApplicationSpec> = {}, path = "."): Promise<Estate> {
  const store: Store = memoryStore();
  const programs = tools?.programs ?? {};
  let rig = await startRig(world, { store, programs });
  const files = Object.entries(chart).map(([file, text]) => [join(path, file), text]);
  const repository = await rig.placeNew(name, Object.fromEntries(files), { spec, path });
  await rig.untilSettled(name);
  return {
    name,
    repository,
    rig: () => rig,
    async word() {
      const { data } = await world.must("GET", secretPath(name));
      const trusted = (await world.must("GET", configMapPath(name, "trust"))).data.word;
      const secret = Buffer.from(data.password, "base64").toString();
      return secret === trusted ? secret : `${secret}, and ${trusted} is trusted`;
    },
    async restart(meanwhile) {
      const folder = structuredClone(rig.folder);
      await rig.stop();
      await meanwhile?.();
      rig = await startRig(world, { store, programs, folder });
      await rig.refresh(name);
      await rig.untilIdle();
      return rig;
    },
    stop: () => rig.stop(),
  };
}

async function within(one: Promise<Estate>, work: (of: Estate) => Promise<void>): Promise<void> {
  const made = await one;
  try {
    await work(made);
  } finally {
    await made.stop();
  }
}

const patch = (path: string, body: unknown) =>
  world.must("PATCH", path, body, "application/merge-patch+json");
const forged = (name: string) => patch(secretPath(name), { data: { password: btoa("forged") } });
const writes = ({ requests }: Rig): string[] =>
  requests.flatMap(({ verb, kind }) =>
    ["discover", "get", "list", "watch"].includes(verb) ? [] : [`${verb} ${kind}`],
  );
/** Its objects go with it. */
function deletable(app: Application | undefined): Application {
  if (app === undefined) throw new Error("nothing was placed");
  return { ...app, metadata: { ...app.metadata, finalizers: [RESOURCES_FINALIZER] } };
}
/** Nobody puts back what others changed. */
const UNHEALED = { syncPolicy: { automated: { prune: true } } } as const;

test.each([
  ["", {}],
  [
    ", with a field that is left to others",
    { ignoreDifferences: [{ kind: "ConfigMap", name: "trust", jsonPointers: ["/data/note"] }] },
  ],
])(
  "a restart leaves them: Synced, and nothing is written, by a hard refresh or a sync neither%s",
  (how, spec) =>
    within(estate(how === "" ? "stays" : "stays-ignored", spec), async ({ name, word, restart }) => {
      const first = await word();
      expect(first).toMatch(/^\w{24}$/);
      for (let times = 0; times < 2; times++) {
        const rig = await restart();
        expect(rig.rendered).toEqual([name]);
        expect(rig.app(name).status?.sync.status).toBe("Synced");
        await rig.refresh(name, "hard");
        await rig.untilIdle();
        expect(rig.rendered).toEqual([name, name]);
        expect((await rig.sync(name)).phase).toBe("Succeeded");
        expect([rig.app(name).status?.sync.status, await word(), writes(rig)]).toEqual(["Synced", first, []]);
      }
    }),
);

test("what differs of an object without chance is put back after a restart, and alone", () =>
  within(estate("plain-drift"), async ({ name, word, restart }) => {
    const first = await word();
    const rig = await restart(() => patch(configMapPath(name, "plain"), { data: { size: "9" } }));
    await rig.untilSettled(name);
    expect((await world.must("GET", configMapPath(name, "plain"))).data).toEqual({ size: "1" });
    expect(await word()).toBe(first);
  }));

test.each([
  ["was changed", "forged", forged],
  ["was deleted", "deleted", (name: string) => world.must("DELETE", secretPath(name))],
])("one that %s is made anew with all that its value is in", (_, name, meanwhile) =>
  within(estate(name), async ({ word, restart }) => {
    const first = await word();
    const rig = await restart(() => meanwhile(name));
    await rig.untilSettled(name);
    const second = await word();
    expect(second).toMatch(/^\w{24}$/);
    expect(second).not.toBe(first);
    // And these stand from now on.
    const next = await restart();
    expect([next.app(name).status?.sync.status, await word(), writes(next)]).toEqual(["Synced", second, []]);
  }),
);

test("where nobody heals, a changed one is OutOfSync after a restart, and no sync is made of it", () =>
  within(estate("unhealed", UNHEALED), async ({ name, restart }) => {
    const rig = await restart(() => forged(name));
    const { status } = rig.app(name);
    expect(status?.sync.status).toBe("OutOfSync");
    const password = async () => (await world.must("GET", secretPath(name))).data.password;
    expect(await password()).toBe(btoa("forged"));
    expect(status?.resources?.find((one) => one.name === "plain")?.status).toBe("Synced");
  }));

test("inputs that changed meanwhile make others, as they do while it runs", () =>
  within(estate("inputs"), async ({ name, repository, word, restart }) => {
    const first = await word();
    const rig = await restart(() => repository.commit({ "values.yaml": "size: 2\n" }));
    await rig.until(name, (app) => isQuiet(app) && app.status?.sync.status === "Synced");
    const second = await word();
    expect(second).toMatch(/^\w{24}$/);
    expect(second).not.toBe(first);
  }));

test("a part that was applied of another render is no set with the rest: all are made anew", () =>
  within(estate("parts", UNHEALED), async ({ name, word, restart }) => {
    const rig = await restart(() => forged(name));
    await rig.sync(name, { resources: [{ kind: "Secret", name: "admin" }] });
    expect(await word()).toMatch(/ is trusted$/);
    const next = await restart();
    await next.sync(name);
    expect(await word()).toMatch(/^\w{24}$/);
  }));

test("a hold until the next commit lasts over a restart and a commit of something else, and ends at one of its own", () =>
  within(estate("held", {}, "web"), async ({ name, repository, word, restart, rig }) => {
    const deliver = async (at: Rig, files: Record<string, string>) => {
      const commit = await repository.commit(files);
      await at.refresh(name);
      await at.until(name, (app) => app.status?.sync.revision === commit && isQuiet(app));
    };
    await deliver(rig(), { "web/values.yaml": "size: 2\n" });
    await rig().untilSettled(name);
    await rig().control.rollback(appKey(HOME, name), {
      deployment: 0,
      until: "next-commit",
      actor: "user:ann",
    });
    await rig().untilSettled(name);
    const first = await word();
    for (let times = 0; times < 2; times++) {
      const next = await restart(() => repository.commit({ "README.md": `nothing of it, ${times}` }));
      expect(next.app(name).status).toMatchObject({
        hold: { until: "next-commit" },
        sync: { status: "Synced" },
      });
      expect([await word(), writes(next)]).toEqual([first, []]);
    }
    const last = await restart(() => repository.commit({ "web/values.yaml": "size: 3\n" }));
    await last.untilSettled(name);
    expect(last.app(name).status?.hold).toBeUndefined();
    expect((await world.must("GET", configMapPath(name, "plain"))).data).toEqual({ size: "3" });
  }));

test("a hook of a deletion that failed is not tried again by a restart, whatever chance makes of it then", () =>
  within(estate("farewell", {}, "web"), async ({ name, repository, restart, rig }) => {
    const hook = (image: string) => `apiVersion: batch/v1
kind: Job
metadata: { name: drain, annotations: { helm.sh/hook: pre-delete } }
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{ name: drain, image: ${image}, env: [{ name: WORD, value: {{ randAlphaNum 24 | quote }} }] }]
`;
    const commit = await repository.commit({ "web/templates/hook.yaml": hook("x:broken") });
    await rig().refresh(name);
    await rig().until(name, (app) => app.status?.sync.revision === commit && isQuiet(app));
    const isStopped = (at: Rig) => at.until(name, ({ status }) => status?.operationState?.phase === "Failed");
    const drain = async () =>
      (await world.find(`/apis/batch/v1/namespaces/${name}/jobs/drain`))?.metadata.uid;
    rig().place(deletable(rig().folder.applications[0]?.app));
    rig().unplace(name);
    await isStopped(rig());
    const first = await drain();
    expect(first).toBeDefined();
    for (let times = 0; times < 2; times++) {
      const next = await restart(() => repository.commit({ "README.md": `nothing of it, ${times}` }));
      await isStopped(next);
      await next.untilIdle();
      expect(await drain()).toBe(first);
    }
    const last = await restart(() => repository.commit({ "web/templates/hook.yaml": hook("drain:1") }));
    await last.untilGone(name);
  }));
