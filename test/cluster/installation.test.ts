/**
 * An installation on a real API server: put there by `holdfast install`, its Deployment's command run as that Pod would run
 * it (read-only image, nobody's user, the token of its account and nothing else), and the everyday commands of Argo CD's users typed
 * as they are.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { parseYaml } from "../../src/lib/yaml.ts";
import { type Container, startContainer, USER } from "../lib/container.ts";
import { type ControlPlane, controlPlaneBinaries, startControlPlane } from "../lib/control-plane.ts";
import { BINARY, freePort, run } from "../lib/daemon.ts";
import { endingOf } from "../lib/ending-of.ts";
import { eventually } from "../lib/eventually.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";

setDefaultTimeout(180_000);

const root = join(import.meta.dir, "../..");
const dir = mkdtempSync(join(tmpdir(), "holdfast-installation-"));
let plane: ControlPlane, git: GitServer, pod: Container | undefined;
let url = "",
  bin = "";

beforeAll(async () => {
  [plane, git] = await Promise.all([startControlPlane(), startGitServer()]);
  // What a shell of a user has: kubectl, and argocd as a link to this program.
  bin = join(dir, "bin");
  mkdirSync(bin);
  writeFileSync(
    join(bin, "kubectl"),
    `#!/bin/sh\nexec '${join(controlPlaneBinaries(), "controlplane")}' kubectl "$@"\n`,
    { mode: 0o755 },
  );
  symlinkSync(BINARY, join(bin, "argocd"));
  symlinkSync(BINARY, join(bin, "holdfast"));
  for (const name of ["a", "b", "c", "d"])
    await plane.api.must("POST", "/api/v1/persistentvolumes", {
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name },
      spec: {
        capacity: { storage: "5Gi" },
        accessModes: ["ReadWriteOnce"],
        hostPath: { path: `/nowhere/${name}` },
      },
    });
});
afterAll(async () => {
  await pod?.stop();
  await git?.close();
  await plane?.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** A line as somebody types it. */
async function typed(line: string): Promise<string> {
  const { code, stdout, stderr } = await run(["/bin/bash", "-o", "pipefail", "-c", line], {
    cwd: dir,
    env: { PATH: `${bin}:/usr/bin:/bin`, HOME: dir, KUBECONFIG: plane.kubeconfig },
  });
  if (code !== 0) throw new Error(`${line}: ${code}\n${stdout}${stderr}`);
  return stdout;
}

/** What the kubelet would start of that Deployment's Pod in this moment. */
async function startPod(namespace = "argocd"): Promise<Container> {
  const get = async (kind: string, name: string): Promise<Record<string, any>> =>
    JSON.parse(await typed(`kubectl -n ${namespace} get ${kind} ${name} -o json`));
  // The Pod of a rollout before is deleted only a moment after `available` was said, and its token with it.
  await typed(`kubectl -n ${namespace} rollout status deploy argocd-server --timeout=120s`);
  const one = await eventually("the Deployment's Pod is there alone", async () => {
    const { items } = JSON.parse(
      await typed(`kubectl -n ${namespace} get pods -l app.kubernetes.io/name=argocd-server -o json`),
    ) as { items: (KubeObject & Record<string, any>)[] };
    return items.length === 1 && items[0]?.metadata.deletionTimestamp === undefined && items[0];
  });
  const [container] = one["spec"].containers;
  const account = join(dir, `account-${namespace}`);
  mkdirSync(account, { recursive: true });
  const { status } = await plane.api.must(
    "POST",
    `/api/v1/namespaces/${namespace}/serviceaccounts/${one["spec"].serviceAccountName}/token`,
    {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: {
        boundObjectRef: { apiVersion: "v1", kind: "Pod", name: one.metadata.name, uid: one.metadata.uid },
      },
    },
  );
  writeFileSync(join(account, "token"), status.token);
  writeFileSync(join(account, "namespace"), namespace);
  writeFileSync(join(account, "ca.crt"), readFileSync(join(plane.dir, "ca.crt")));
  const port = await freePort();
  url = `https://127.0.0.1:${port}`;
  const folders: Record<string, string> = {};
  for (const volume of one["spec"].volumes as Record<string, any>[]) {
    // What the API server adds to each Pod: the token of its account.
    const folder = volume["projected"] === undefined ? join(dir, `${namespace}-${volume["name"]}`) : account;
    mkdirSync(folder, { recursive: true });
    folders[volume["name"]] = folder;
    if (volume["configMap"] !== undefined)
      // Every server of a test is on loopback, at a port that is free.
      for (const [name, text] of Object.entries((await get("configmap", volume["configMap"].name))["data"]))
        writeFileSync(join(folder, name), String(text).replace("0.0.0.0:8080", `127.0.0.1:${port}`));
    // fsGroup
    else if (folder !== account) chownSync(folder, USER, USER);
  }
  writeFileSync(join(plane.dir, "forwarded-port"), `${port}`);
  return startContainer({
    argv: container.args,
    env: { KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: String(plane.port) },
    mounts: (container.volumeMounts as Record<string, any>[]).map(({ name, mountPath, readOnly }) => ({
      at: mountPath,
      folder: folders[name] ?? "",
      access: readOnly === true ? ("read" as const) : ("write" as const),
    })),
  });
}

const ready = async (): Promise<boolean> =>
  (await fetch(`${url}/readyz`, { tls: { rejectUnauthorized: false } })).status === 200;
async function untilReady(container: Container): Promise<void> {
  await eventually("the daemon is ready", ready).catch(async (cause) => {
    throw new Error(`${cause}\n${(await container.log()).slice(-4000)}`);
  });
}

const app = (name: string, repoURL: string, path: string, namespace: string) => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: { name, namespace: "argocd" },
  spec: {
    project: "default",
    source: { repoURL, path, targetRevision: "main" },
    destination: { server: "https://kubernetes.default.svc", namespace },
    syncPolicy: { automated: {}, syncOptions: ["CreateNamespace=true"] },
  },
});
async function apply(object: object): Promise<void> {
  writeFileSync(join(dir, "object.json"), JSON.stringify(object));
  await typed("kubectl apply --server-side -f object.json");
}
const status = async (name: string): Promise<Record<string, any>> =>
  JSON.parse(await typed(`kubectl -n argocd get application ${name} -o json`))["status"] ?? {};
async function untilSettled(name: string): Promise<void> {
  let last: unknown;
  await eventually(
    () => `${name} is Synced and Healthy: ${JSON.stringify(last)}`,
    async () => {
      const now = await status(name);
      last = now;
      return now["sync"]?.status === "Synced" && now["health"]?.status === "Healthy";
    },
  );
}

test("what install prints is taken by a strict server, and by --apply it is there; the second time nothing is written", async () => {
  writeFileSync(join(dir, "printed.yaml"), await typed("holdfast install"));
  expect(parseYaml(readFileSync(join(dir, "printed.yaml"), "utf8")).documents.length).toBeGreaterThan(10);
  const first = await typed("holdfast install --apply --yes 2>&1");
  expect(first).toContain("CustomResourceDefinition applications.argoproj.io  create");
  expect(first).toContain("Deployment argocd/argocd-server created");
  await typed(
    "kubectl apply --server-side --dry-run=server --validate=strict --force-conflicts -f printed.yaml",
  );
  const again = await typed("holdfast install --apply --yes 2>&1");
  expect(again).not.toMatch(/ created$| changed$/m);
  expect(again).toContain("everything is as it should be");
  expect(await typed("holdfast install --apply --yes --image holdfast:0.2.0 2>&1")).toMatch(
    /^Deployment argocd\/argocd-server changed$/m,
  );
  await typed("holdfast install --apply --yes");
});

test("the Deployment becomes available, as Argo CD's guides wait for it", async () => {
  await typed(
    "kubectl -n argocd wait --for=condition=available deploy -l app.kubernetes.io/name=argocd-server --timeout=60s",
  );
});

test("its Pod's command syncs an application with its account's rights alone, read-only and as nobody", async () => {
  pod = await startPod();
  await untilReady(pod);
  const inside = readFileSync(`/proc/${pod.pid()}/status`, "utf8");
  expect(inside).toMatch(new RegExp(`^Uid:\\s+${USER}\\s+${USER}\\s+${USER}\\s+${USER}$`, "m"));
  expect(inside).toMatch(/^CapEff:\s+0+$/m);
  expect(inside).toMatch(/^NoNewPrivs:\s+1$/m);
  const repository = await git.createRepo("shop", {
    "plain/config.yaml":
      "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { mode: 'on' }\n",
    "chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
    "chart/templates/web.yaml":
      "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: of-{{ .Release.Name }} }\ndata: { of: helm }\n",
    "kustomized/kustomization.yaml": "resources: [map.yaml]\nnamePrefix: in-\n",
    "kustomized/map.yaml":
      "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: overlay }\ndata: { of: kustomize }\n",
  });
  for (const path of ["plain", "chart", "kustomized"]) await apply(app(path, repository, path, "shop"));
  for (const path of ["plain", "chart", "kustomized"]) await untilSettled(path);
  const maps = await typed("kubectl -n shop get configmaps -o name");
  for (const name of ["settings", "of-chart", "in-overlay"]) expect(maps).toContain(`configmap/${name}\n`);
});

test("the first password is where everybody looks, and signs in through kubectl port-forward", async () => {
  const password = await eventually("the Secret is there", () =>
    typed(
      "kubectl -n argocd get secret argocd-initial-admin-secret -o jsonpath='{.data.password}' | base64 -d",
    ),
  );
  expect(password).toMatch(/^[a-z0-9X-]{20,}$/);
  const local = await freePort();
  const forward = Bun.spawn(
    [join(bin, "kubectl"), "port-forward", "svc/argocd-server", "-n", "argocd", `${local}:443`],
    {
      env: { PATH: `${bin}:/usr/bin:/bin`, HOME: dir, KUBECONFIG: plane.kubeconfig },
      stdout: "pipe",
      stderr: "pipe",
    },
  );
  try {
    await eventually(
      "it forwards",
      async () =>
        (await fetch(`https://localhost:${local}/healthz`, { tls: { rejectUnauthorized: false } })).ok,
    );
    await typed(
      `argocd login localhost:${local} --username admin --password "$(kubectl -n argocd get secret argocd-initial-admin-secret -o jsonpath='{.data.password}' | base64 -d)" --insecure`,
    );
    expect(await typed("argocd app list -o name")).toContain("argocd/plain");
    expect(await typed("argocd app get plain")).toContain("Synced");
  } finally {
    forward.kill();
    await forward.exited;
  }
});

test("it installs and updates itself as an Application, and never deletes what it lives on", async () => {
  const files: Record<string, string> = {};
  const deploy = join(root, "deploy");
  for (const entry of readdirSync(deploy, { recursive: true, withFileTypes: true }))
    if (entry.isFile())
      files[join(entry.parentPath, entry.name).slice(root.length + 1)] = readFileSync(
        join(entry.parentPath, entry.name),
        "utf8",
      );
  const repository = await git.createRepo("holdfast", files);
  const example = parseYaml(readFileSync(join(deploy, "self/application.yaml"), "utf8")).documents[0]
    ?.value as Record<string, any>;
  example["spec"].source.repoURL = repository;
  await apply(example);
  await untilSettled("holdfast");
  const before = await typed(
    "kubectl -n argocd get deploy argocd-server -o jsonpath='{.metadata.uid} {.metadata.generation}'",
  );
  await git.commit(
    "holdfast",
    {
      "deploy/base/holdfast.yaml": (files["deploy/base/holdfast.yaml"] ?? "").replace(
        "memory: 1Gi",
        "memory: 2Gi",
      ),
    },
    "More memory",
  );
  await typed("kubectl -n argocd annotate application holdfast argocd.argoproj.io/refresh=normal");
  await eventually("the Deployment is the commit's", async () =>
    (
      await typed(
        "kubectl -n argocd get deploy argocd-server -o jsonpath='{.spec.template.spec.containers[0].resources.limits.memory}'",
      )
    ).includes("2Gi"),
  );
  // As a kubelet does: the old Pod ends, and its token with it; the new one starts on the same volume.
  await pod?.stop();
  await eventually(
    "the new Pod is there alone",
    async () => {
      const pods = await typed(
        "kubectl -n argocd get pods -l app.kubernetes.io/name=argocd-server -o jsonpath='{.items[*].spec.containers[0].resources.limits.memory}'",
      );
      return pods === "2Gi";
    },
    120_000,
  );
  pod = await startPod();
  await untilReady(pod);
  // What a commit leaves out of its own installation stays.
  const without = await git.commit(
    "holdfast",
    { "deploy/base/holdfast.yaml": "kind: List\napiVersion: v1\nitems: []\n" },
    "Nothing of it",
  );
  await typed(
    "kubectl -n argocd annotate application holdfast argocd.argoproj.io/refresh=normal --overwrite",
  );
  let last: unknown;
  await eventually(
    () => `the commit was looked at: ${JSON.stringify(last)}`,
    async () => {
      last = await status("holdfast");
      return JSON.stringify(last).includes(without);
    },
  );
  const after = await typed("kubectl -n argocd get deploy argocd-server -o jsonpath='{.metadata.uid}'");
  expect(before).toContain(after);
  for (const each of ["pvc/holdfast", "sa/holdfast", "configmap/holdfast", "svc/argocd-server"])
    expect(await typed(`kubectl -n argocd get ${each} -o name`)).toContain("/");
});

test("in the place of somebody else's it is not put, and nothing of it is written", async () => {
  await plane.api.makeNamespace("taken");
  await apply({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "argocd-server", namespace: "taken" },
    spec: { ports: [{ port: 443 }] },
  });
  expect(await endingOf(typed("holdfast install -n taken --apply --yes"))).toThrow(
    /Service taken\/argocd-server.*somebody else made what stands there/s,
  );
  expect(await typed("kubectl -n taken get sa,pvc,deploy -o name")).not.toContain("holdfast");
});

test("the chart is a chart that Holdfast delivers", async () => {
  const files: Record<string, string> = {};
  const chart = join(root, "deploy/helm/holdfast");
  for (const entry of readdirSync(chart, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) {
      const path = join(entry.parentPath, entry.name);
      files[path.slice(chart.length + 1)] = readFileSync(path, "utf8");
    }
  const repository = await git.createRepo("chart", files);
  const application = app("second", repository, ".", "second");
  await apply({
    ...application,
    spec: {
      ...application.spec,
      source: {
        ...application.spec.source,
        helm: { valuesObject: { rights: "namespaces", namespaces: ["shop"] } },
      },
    },
  });
  await eventually("the Deployment is there", () =>
    typed("kubectl -n second get deploy argocd-server -o name"),
  );
  expect(await typed("kubectl -n shop get rolebinding holdfast-second-deliver -o name")).toContain(
    "rolebinding",
  );
});

test.each([
  ["namespaces", "--rights namespaces --in shop", "Synced", "elsewhere"],
  ["read", "--rights read", "OutOfSync", "shop"],
] as const)(
  "with rights %s it does what these permit and no more",
  async (name, flags, becomes, refusedIn) => {
    await pod?.stop();
    pod = undefined;
    const namespace = `of-${name}`;
    await plane.api.makeNamespace("elsewhere");
    await typed(`holdfast install -n ${namespace} ${flags} --apply --yes`);
    await eventually("there is a Pod", async () =>
      (
        await typed(`kubectl -n ${namespace} get pods -l app.kubernetes.io/name=argocd-server -o name`)
      ).includes("pod/"),
    );
    pod = await startPod(namespace);
    await untilReady(pod);
    const repository = await git.createRepo(`sized-${name}`, {
      "app/map.yaml": `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: of-${name} }\n`,
    });
    const sized = (at: string) => {
      const one = app(`in-${at}`, repository, "app", at);
      const { syncPolicy: _, ...spec } = one.spec;
      return {
        ...one,
        metadata: { ...one.metadata, namespace },
        spec: { ...spec, syncPolicy: { automated: {} } },
      };
    };
    const seen = async (at: string): Promise<Record<string, any>> =>
      JSON.parse(await typed(`kubectl -n ${namespace} get application in-${at} -o json`))["status"] ?? {};
    await apply(sized("shop"));
    await eventually(`shop is ${becomes}`, async () => (await seen("shop"))["sync"]?.status === becomes);
    if (refusedIn !== "shop") await apply(sized(refusedIn));
    // What it may not is said in its status, and is in no cluster.
    await eventually(`${refusedIn} is refused`, async () =>
      /forbidden|not one of|namespaces/i.test(JSON.stringify(await seen(refusedIn))),
    );
    expect(await typed(`kubectl -n ${refusedIn} get configmaps -o name`)).not.toContain(`of-${name}`);
  },
);
