/**
 * Flux' procedure for its mean time to production, on our side: applications of four objects, all in one namespace, put
 * there at once, then one commit that changes the CPU that each Deployment asks for. By raw manifests, by Kustomize, by
 * Helm, beside definitions of 130 KB each. The floor is a bare program that makes the same requests; Kustomize and Helm have
 * the bare time beside it of running the tool once for each application on all cores.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { startGitServer } from "../test/lib/git-server.ts";
import type { RawApi } from "../test/lib/raw-api.ts";
import { installDefinitions } from "./definitions.ts";
import {
  applyEach,
  BETWEEN_PUSHES_MS,
  countsOf,
  isWithin,
  megabytes,
  nameOf,
  type Placed,
  placeApplications,
  push,
  type Row,
  type Seeing,
  seconds,
  trackedBy,
  whenAllSeen,
  whenEach,
} from "./fleet-parts.ts";
import { until } from "./rig.ts";
import { difference, startDaemon } from "./running-daemon.ts";
import { appliedAndSettled } from "./settled.ts";
import { type On, type Stand, startStand, wordsOf } from "./stand.ts";

export const KINDS = ["raw", "kustomize", "helm"] as const;
export type Kind = (typeof KINDS)[number];

export interface MttpAsk {
  on: On;
  apps: readonly number[];
  kinds: readonly Kind[];
  /** How many definitions of 130 KB the server has. */
  definitions: readonly number[];
  /** Of the floor. */
  inFlight: number;
  patienceMs: number;
}

/** Milliseconds and CPU of one of both steps. */
interface Step {
  appliedMs: number;
  /** Until the daemon says that all are Synced and Healthy. */
  settledMs: number;
  cpuSeconds: number;
  requests: Record<string, number>;
  renders: number;
}

export interface MttpFloor {
  apps: number;
  definitions: number;
  installMs: number;
  upgradeMs: number;
  cpuSeconds: number;
  requests: number;
}

export interface ToolFloor {
  kind: "kustomize" | "helm";
  apps: number;
  cores: number;
  ms: number;
  cpuSeconds: number;
}

export interface MttpRun {
  kind: Kind;
  apps: number;
  definitions: number;
  install: Step;
  upgrade: Step;
  peakRss: number;
}

export interface MttpFigures {
  on: On;
  floors: MttpFloor[];
  tools: ToolFloor[];
  runs: MttpRun[];
}

const NAMESPACE = "bench";
const [BEFORE, AFTER] = ["1m", "2m"] as const;
const COLLECTIONS = {
  serviceAccounts: `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`,
  services: `/api/v1/namespaces/${NAMESPACE}/services`,
  deployments: `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`,
  ingresses: `/apis/networking.k8s.io/v1/namespaces/${NAMESPACE}/ingresses`,
} as const;

/** ServiceAccount, Service, Deployment at zero replicas, Ingress, as text; `name` and `cpu` may be a template's. */
const PARTS: Record<string, (name: string, cpu: string) => string> = {
  "service-account.yaml": (name) =>
    `apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: ${name}, labels: { app: ${name} } }\n`,
  "service.yaml": (name) =>
    `apiVersion: v1\nkind: Service\nmetadata: { name: ${name}, labels: { app: ${name} } }\nspec:\n  selector: { app: ${name} }\n  ports:\n  - { name: http, port: 9898, targetPort: http }\n  - { name: grpc, port: 9999, targetPort: grpc }\n`,
  "deployment.yaml": (name, cpu) =>
    `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: ${name}, labels: { app: ${name} } }\nspec:\n  replicas: 0\n  selector: { matchLabels: { app: ${name} } }\n  template:\n    metadata: { labels: { app: ${name} } }\n    spec:\n      serviceAccountName: ${name}\n      containers:\n      - name: web\n        image: registry.example.com/web:1\n        ports:\n        - { name: http, containerPort: 9898 }\n        - { name: grpc, containerPort: 9999 }\n        readinessProbe: { exec: { command: [web, check] } }\n        livenessProbe: { exec: { command: [web, check] } }\n        resources: { requests: { cpu: ${cpu}, memory: 16Mi } }\n        volumeMounts: [{ name: data, mountPath: /data }]\n      volumes: [{ name: data, emptyDir: {} }]\n`,
  "ingress.yaml": (name) =>
    `apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: { name: ${name}, labels: { app: ${name} } }\nspec:\n  ingressClassName: nginx\n  rules:\n  - host: ${name}.local\n    http:\n      paths:\n      - { path: /, pathType: Prefix, backend: { service: { name: ${name}, port: { name: http } } } }\n`,
};
const FILES = Object.keys(PARTS);
const partsOf = (folder: string, name: string, cpu: string): Record<string, string> =>
  Object.fromEntries(Object.entries(PARTS).map(([file, of]) => [`${folder}/${file}`, of(name, cpu)]));

/** What a repository holds, and what of it the one commit changes. */
const REPOSITORIES: Record<
  Kind,
  {
    files(names: readonly string[]): Record<string, string>;
    change(names: readonly string[]): Record<string, string>;
  }
> = {
  raw: {
    files: (names) => Object.assign({}, ...names.map((name) => partsOf(`apps/${name}`, name, BEFORE))),
    change: (names) =>
      Object.fromEntries(
        names.map((name) => [`apps/${name}/deployment.yaml`, PARTS["deployment.yaml"]?.(name, AFTER) ?? ""]),
      ),
  },
  kustomize: {
    files: (names) => ({
      ...partsOf("base", "web", BEFORE),
      "base/kustomization.yaml": `resources: [${FILES.join(", ")}]\n`,
      ...Object.fromEntries(names.map((name) => [`apps/${name}/kustomization.yaml`, kustomizationOf(name)])),
    }),
    change: () => ({ "base/deployment.yaml": PARTS["deployment.yaml"]?.("web", AFTER) ?? "" }),
  },
  helm: {
    files: () => ({
      "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
      "chart/values.yaml": `cpu: ${BEFORE}\nindex: ""\n`,
      ...partsOf("chart/templates", "{{ .Release.Name }}", "{{ .Values.cpu }}"),
    }),
    change: () => ({ "chart/values.yaml": `cpu: ${AFTER}\nindex: ""\n` }),
  },
};

/** Its objects are called `web-NAME`. */
const kustomizationOf = (name: string): string =>
  [
    "resources: [../../base]",
    `nameSuffix: -${name}`,
    `labels: [{ pairs: { app: ${name} }, includeSelectors: true }]`,
    "patches:",
    "- target: { kind: Ingress }",
    `  patch: '[{ "op": "replace", "path": "/spec/rules/0/host", "value": "${name}.local" }]'`,
    "",
  ].join("\n");

interface Target {
  api: RawApi;
  path: string;
  body: unknown;
}

const KIND_COLLECTIONS: Record<string, string> = {
  ServiceAccount: COLLECTIONS.serviceAccounts,
  Service: COLLECTIONS.services,
  Deployment: COLLECTIONS.deployments,
  Ingress: COLLECTIONS.ingresses,
};

function targetsOf(api: RawApi, name: string, cpu: string): Target[] {
  return Object.values(PARTS).map((of) => {
    const body = Bun.YAML.parse(of(name, cpu)) as {
      kind: string;
      apiVersion: string;
      metadata: Record<string, unknown>;
    };
    const group = body.apiVersion.includes("/") ? body.apiVersion.split("/")[0] : "";
    const annotations = trackedBy(name, `${group}/${body.kind}:${NAMESPACE}/${name}`);
    return {
      ...{ api, path: `${KIND_COLLECTIONS[body.kind]}/${name}` },
      body: { ...body, metadata: { ...body.metadata, namespace: NAMESPACE, annotations } },
    };
  });
}

const namesOf = (apps: number): string[] => Array.from({ length: apps }, (_, at) => nameOf(at));

async function standWith(on: On, definitions: number): Promise<Stand> {
  const stand = await startStand(on);
  try {
    await installDefinitions(stand.api, definitions);
    await stand.api.makeNamespace(NAMESPACE);
    return stand;
  } catch (cause) {
    await stand.stop();
    throw cause;
  }
}

/** Install: a dry run and an apply of all four; upgrade: of the one that changes. */
async function floorOf(on: On, apps: number, definitions: number, inFlight: number): Promise<MttpFloor> {
  const stand = await standWith(on, definitions);
  try {
    const cpu = process.cpuUsage();
    const of = (value: string) => namesOf(apps).map((name) => targetsOf(stand.api, name, value));
    const all = of(BEFORE).flat();
    const changed = of(AFTER).flatMap((four) => four.filter(({ path }) => path.includes("/deployments/")));
    const both = async (targets: readonly Target[]): Promise<number> =>
      (await applyEach(targets, inFlight, "dry-run")) + (await applyEach(targets, inFlight, "for-real"));
    const installMs = await both(all);
    const upgradeMs = await both(changed);
    const { user, system } = process.cpuUsage(cpu);
    await hold(stand.api, apps);
    return {
      ...{ apps, definitions, installMs, upgradeMs, cpuSeconds: (user + system) / 1e6 },
      requests: 2 * (all.length + changed.length),
    };
  } finally {
    await stand.stop();
  }
}

/** That the cluster has what the figures are about. @throws {Error} where it does not */
async function hold(api: RawApi, apps: number): Promise<void> {
  for (const [what, path] of Object.entries(COLLECTIONS)) {
    const { items } = (await api.must("GET", path)) as unknown as {
      items: { metadata: { name: string }; spec?: any }[];
    };
    const own = items.filter(({ metadata: { name } }) => /(^|-)app-\d{5}$/.test(name));
    if (own.length !== apps) throw new Error(`there are ${own.length} ${what}, and not ${apps}`);
    const old = own.filter(
      ({ spec }) =>
        what === "deployments" && spec.template.spec.containers[0].resources.requests.cpu !== AFTER,
    );
    if (old.length > 0)
      throw new Error(`${old.length} Deployments have the CPU of before: ${old[0]?.metadata.name}`);
  }
}

/** The tool once for each application, as many at once as there are cores; what it prints is read. */
async function toolFloor(kind: "kustomize" | "helm", apps: number): Promise<ToolFloor> {
  const names = namesOf(apps);
  const dir = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  try {
    for (const [path, text] of Object.entries(REPOSITORIES[kind].files(names))) {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      await Bun.write(join(dir, path), text);
    }
    const cores = availableParallelism();
    let next = 0;
    let cpuSeconds = 0;
    const begun = performance.now();
    const worker = async (): Promise<void> => {
      for (let name = names[next++]; name !== undefined; name = names[next++]) {
        const words =
          kind === "helm"
            ? ["helm", "template", name, "chart", "--namespace", NAMESPACE, "--set", `index=${name}`]
            : ["kustomize", "build", `apps/${name}`];
        const child = Bun.spawn(words, { cwd: dir, stdout: "pipe", stderr: "pipe", stdin: "ignore" });
        const text = await new Response(child.stdout).text();
        if ((await child.exited) !== 0)
          throw new Error(`${words.join(" ")}: ${await new Response(child.stderr).text()}`);
        if (text.split(/^kind: /m).length - 1 !== FILES.length)
          throw new Error(`${words.join(" ")} printed something else than ${FILES.length} objects`);
        // In microseconds.
        cpuSeconds += Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1e6;
      }
    };
    await Promise.all(Array.from({ length: cores }, worker));
    return { kind, apps, cores, ms: performance.now() - begun, cpuSeconds };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const deploymentsWith = (api: RawApi, apps: number, cpu: string): Promise<Seeing> =>
  whenEach(api, `${COLLECTIONS.deployments}?watch=1`, apps, ({ object: { metadata, spec } }) =>
    spec?.template?.spec.containers[0]?.resources?.requests?.cpu === cpu ? metadata.name : undefined,
  );
const thereIn = (api: RawApi, collection: string, apps: number): Promise<Seeing> =>
  whenEach(api, `${collection}?watch=1`, apps, ({ object: { metadata } }) =>
    // What a control plane makes by itself is called otherwise.
    /(^|-)app-\d{5}$/.test(metadata.name) ? metadata.name : undefined,
  );

async function runOf(ask: MttpAsk, kind: Kind, apps: number, definitions: number): Promise<MttpRun> {
  const [stand, git] = await Promise.all([standWith(ask.on, definitions), startGitServer()]);
  const dir = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  const { api } = stand;
  const names = namesOf(apps);
  const repository = REPOSITORIES[kind];
  let daemon: Awaited<ReturnType<typeof startDaemon>> | undefined;
  try {
    const repo = await git.createRepo("estate", repository.files(names));
    mkdirSync(join(dir, "apps"));
    const running = (daemon = await startDaemon(dir, [
      `clusters: [{ name: in-cluster, server: "https://kubernetes.default.svc", kubeconfig: ${stand.kubeconfig} }]`,
      "applications: [./apps]",
    ]));
    await until("it is ready", async () => (await running.probe("/readyz")) === 200);
    const step = async (seeing: Seeing, syncs: number, begin: () => Promise<void>): Promise<Step> => {
      const [requests, renders] = [await running.requests(), await running.metric("holdfast_renders_total")];
      const [cpu, begun] = [running.cpuSeconds(), performance.now()];
      await begin();
      const settling = { apps, syncs, patienceMs: ask.patienceMs };
      const appliedMs = (await appliedAndSettled(seeing, running, settling)) - begun;
      const settledMs = performance.now() - begun;
      const cpuSeconds = running.cpuSeconds() - cpu;
      seeing.stop();
      return {
        ...{ appliedMs, settledMs, cpuSeconds, requests: difference(requests, await running.requests()) },
        renders: (await running.metric("holdfast_renders_total")) - renders,
      };
    };
    const placed = names.map(
      (name): Placed => ({
        ...{ name, repo, destination: { name: "in-cluster", namespace: NAMESPACE } },
        ...(kind === "helm" ? { path: "chart", values: { index: name } } : {}),
      }),
    );
    const there = whenAllSeen([
      await deploymentsWith(api, apps, BEFORE),
      await thereIn(api, COLLECTIONS.serviceAccounts, apps),
      await thereIn(api, COLLECTIONS.services, apps),
      await thereIn(api, COLLECTIONS.ingresses, apps),
    ]);
    const install = await step(there, apps, async () => placeApplications(dir, placed));
    await Bun.sleep(BETWEEN_PUSHES_MS);
    await git.commit("estate", repository.change(names), "another CPU for all");
    const upgrade = await step(await deploymentsWith(api, apps, AFTER), 2 * apps, () =>
      push(running.url, repo),
    );
    await hold(api, apps);
    return { kind, apps, definitions, install, upgrade, peakRss: running.peakRss() };
  } finally {
    await daemon?.stop();
    await Promise.all([stand.stop(), git.close()]);
    rmSync(dir, { recursive: true, force: true });
  }
}

/**
 * @param say each result as it comes: it takes long
 * @param keep what is measured so far, after each run: a later one may fail
 */
export async function measureMttp(
  ask: MttpAsk,
  say: (line: string) => void,
  keep: (figures: MttpFigures) => void,
): Promise<MttpFigures> {
  const figures: MttpFigures = { on: ask.on, floors: [], tools: [], runs: [] };
  for (const apps of ask.apps)
    for (const kind of ask.kinds) if (kind !== "raw") figures.tools.push(await toolFloor(kind, apps));
  for (const definitions of ask.definitions)
    for (const apps of ask.apps) {
      figures.floors.push(await floorOf(ask.on, apps, definitions, ask.inFlight));
      for (const kind of ask.kinds) {
        const run = await runOf(ask, kind, apps, definitions);
        figures.runs.push(run);
        keep(figures);
        say(
          `mttp: ${kind}, ${apps} applications, ${definitions} definitions: ${seconds(run.install.appliedMs)} and ${seconds(run.upgrade.appliedMs)}`,
        );
      }
    }
  return figures;
}

const sum = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);

export function mttpRows({ on, floors, tools, runs }: MttpFigures): Row[] {
  return runs.flatMap(({ kind, apps, definitions, install, upgrade, peakRss }) => {
    const floor = floors.find((one) => one.apps === apps && one.definitions === definitions);
    const tool = tools.find((one) => one.kind === kind && one.apps === apps);
    if (floor === undefined) return [];
    const of = `${kind}, ${apps} applications, ${definitions} definitions, ${wordsOf(on)}`;
    const row = (what: string, step: Step, floorMs: number): Row => {
      // Helm has its own time beside the floor, and nothing more; Kustomize has no more than raw manifests.
      const bound = kind === "helm" ? floorMs + (tool?.ms ?? 0) : floorMs * 1.3;
      const bare = tool === undefined ? "" : ` (${kind} bare on ${tool.cores} cores: ${seconds(tool.ms)})`;
      return {
        what: `${of}: ${what}`,
        wished: `${kind === "helm" ? "floor and bare Helm" : "1.3 × the floor"}, ${seconds(bound)}`,
        ours: `${seconds(step.appliedMs)} applied, ${seconds(step.settledMs)} Healthy; ${step.cpuSeconds.toFixed(1)} s of CPU; ${(sum(step.requests) / apps).toFixed(2)} requests and ${(step.renders / apps).toFixed(2)} renders an application`,
        floor: `${seconds(floorMs)}${bare}`,
        within: isWithin(step.appliedMs <= bound),
      };
    };
    return [
      row("install", install, floor.installMs),
      row("upgrade", upgrade, floor.upgradeMs),
      {
        ...{ what: `${of}: RSS at its peak`, wished: "", floor: "", within: "" as const },
        ours: `${megabytes(peakRss)}; ${countsOf(install.requests)}`,
      },
    ];
  });
}
