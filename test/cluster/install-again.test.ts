/** `holdfast install` over an installation, on a real API server: what is kept, what is renewed, and what is said of it. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseYaml } from "../../src/lib/yaml.ts";
import { install as makeInstallation } from "../../src/verbs/install.ts";
import { type ControlPlane, controlPlaneBinaries, startControlPlane } from "../lib/control-plane.ts";
import { BINARY, run } from "../lib/daemon.ts";
import { docsPage } from "../lib/docs-page.ts";
import { endingOf } from "../lib/ending-of.ts";

setDefaultTimeout(180_000);

const dir = mkdtempSync(join(tmpdir(), "holdfast-install-again-"));
let plane: ControlPlane;

beforeAll(async () => {
  plane = await startControlPlane();
  writeFileSync(
    join(dir, "kubectl"),
    `#!/bin/sh\nexec '${join(controlPlaneBinaries(), "controlplane")}' kubectl "$@"\n`,
    { mode: 0o755 },
  );
  await plane.api.makeNamespace("shop");
  await plane.api.makeNamespace("till");
});
afterAll(async () => {
  await plane?.stop();
  rmSync(dir, { recursive: true, force: true });
});

async function typed(line: string): Promise<string> {
  const { code, stdout, stderr } = await run(["/bin/bash", "-c", line], {
    cwd: dir,
    env: { PATH: `${dir}:/usr/bin:/bin`, HOME: dir, KUBECONFIG: plane.kubeconfig },
  });
  if (code !== 0) throw new Error(`${line}: ${code}\n${stdout}${stderr}`);
  return stdout;
}

const install = (flags: string): Promise<string> => typed(`'${BINARY}' install ${flags} --apply --yes 2>&1`);
const NOTHING = "everything is as it should be";
const configOf = async (namespace: string): Promise<Record<string, unknown>> =>
  parseYaml(
    await typed(`kubectl -n ${namespace} get configmap holdfast -o jsonpath='{.data.holdfast\\.yaml}'`),
  ).documents[0]?.value as Record<string, unknown>;
const editConfig = async (namespace: string, how: (text: string) => string): Promise<void> => {
  const map = JSON.parse(await typed(`kubectl -n ${namespace} get configmap holdfast -o json`));
  map.data["holdfast.yaml"] = how(map.data["holdfast.yaml"]);
  writeFileSync(join(dir, "map.json"), JSON.stringify(map));
  // As kubectl edit writes it.
  await typed("kubectl replace -f map.json");
};
/** Whether the account of an installation may make Secrets there. */
const mayWrite = async (namespace: string, within: string): Promise<boolean> =>
  (
    await typed(
      `kubectl auth can-i create secrets -n ${within} --as=system:serviceaccount:${namespace}:holdfast || true`,
    )
  ).trim() === "yes";

test("an upgrade keeps the config that somebody edited, says so, and is done when it is done", async () => {
  await install("-n kept --image registry.example.com/holdfast:1");
  await editConfig("kept", (text) =>
    `# ours\n${text}metrics: { paths: [] }\n`.replace("name: admin", "name: ann"),
  );
  const before = await configOf("kept");
  expect(before).toMatchObject({ accounts: [{ name: "ann" }] });
  const said = await install("-n kept --image registry.example.com/holdfast:2");
  expect(said).toContain("ConfigMap kept/holdfast was changed, and stays as it is in: accounts, metrics.");
  expect(said).toMatch(/^\+ {3}?- name: admin$|^\+ - name: admin$/m);
  expect(said).toContain("image: registry.example.com/holdfast:1 -> registry.example.com/holdfast:2");
  expect(await configOf("kept")).toEqual(before);
  expect(await typed("kubectl -n kept get configmap holdfast -o yaml")).toContain("# ours");
  // Nothing but what is said anew: image, rights and volume are those that are there.
  const again = await install("-n kept");
  expect(again).toContain(NOTHING);
  expect(again).toContain("Image stays: registry.example.com/holdfast:2.");
});

test("a config whose note is gone, as another tool writes it, is kept all the same", async () => {
  await typed("kubectl -n kept annotate configmap holdfast holdfast.dev/installed-config-");
  const before = await configOf("kept");
  expect(await install("-n kept")).toContain("stays as it is in: accounts, metrics.");
  expect(await configOf("kept")).toEqual(before);
});

test("an edit between the look and the write is not written over: the server refuses, and the next run keeps it", async () => {
  await typed("kubectl -n kept annotate configmap holdfast holdfast.dev/installed-config-");
  const around = {
    ...{ env: { HOME: dir, KUBECONFIG: plane.kubeconfig }, cwd: dir, build: { version: "0.1.0" } },
    stderr: () => undefined,
  } as unknown as Parameters<typeof makeInstallation>[0];
  const steps = await makeInstallation(around, { namespace: "kept" }).into({
    kubeconfig: plane.kubeconfig,
    signal: new AbortController().signal,
  });
  try {
    await editConfig("kept", (text) => `${text}logs: { level: debug }\n`);
    expect(await endingOf(steps.apply(() => undefined))).toThrow("ConfigMap kept/holdfast");
  } finally {
    steps.stop();
  }
  expect(await configOf("kept")).toHaveProperty("logs");
  expect(await install("-n kept")).toContain("stays as it is in: accounts, logs, metrics.");
});

test("small rights stay small by an upgrade, and become all by --rights all alone, which says so", async () => {
  await install(
    "-n small --rights namespaces --in till --in shop --kind configmaps --kind secrets --image a:1",
  );
  expect(await mayWrite("small", "shop")).toBe(true);
  const upgraded = await install("-n small --image a:2");
  expect(upgraded).toContain("Rights stay: configmaps, secrets in shop, till.");
  expect(upgraded).not.toContain("create\n");
  expect([await mayWrite("small", "kube-system"), await mayWrite("small", "till")]).toEqual([false, true]);
  expect(await configOf("small")).toMatchObject({ clusters: [{ namespaces: ["till", "shop"] }] });
  expect(await install("-n small")).toContain(NOTHING);
  const widened = await install("-n small --rights all");
  expect(widened).toContain(
    "Rights change: from configmaps, secrets in shop, till, to everything, in the whole cluster.",
  );
  expect(await mayWrite("small", "kube-system")).toBe(true);
  expect(await configOf("small")).not.toHaveProperty("clusters");
});

test("from all to namespaces what gave everything goes, and of namespaces those that are named no more", async () => {
  const said = await install("-n small --rights namespaces --in shop");
  expect(said).toContain("ClusterRoleBinding holdfast-small  remove");
  expect(said).toContain("ClusterRoleBinding holdfast-small removed");
  expect([await mayWrite("small", "kube-system"), await mayWrite("small", "shop")]).toEqual([false, true]);
  await install("-n small --rights namespaces --in till");
  expect([await mayWrite("small", "shop"), await mayWrite("small", "till")]).toEqual([false, true]);
  expect(await install("-n small")).toContain(NOTHING);
  await install("-n small --rights read");
  expect(await mayWrite("small", "till")).toBe(false);
  expect(await install("-n small --rights read")).toContain(NOTHING);
});

test("in two namespaces of which one is called like a part of the other neither gets what the other has", async () => {
  await install("-n team --rights namespaces --in shop --image a:1");
  await install("-n team-deliver --rights all --image a:1");
  for (const namespace of ["team", "team-deliver"])
    expect(await install(`-n ${namespace} --image a:2`)).toContain("Rights stay: ");
  expect([await mayWrite("team", "kube-system"), await mayWrite("team", "shop")]).toEqual([false, true]);
  expect(await mayWrite("team-deliver", "kube-system")).toBe(true);
  await install("-n team-deliver --rights read");
  expect([await mayWrite("team-deliver", "shop"), await mayWrite("team", "shop")]).toEqual([false, true]);
});

test("a volume that cannot be another stays, with a sentence, and the rest is renewed", async () => {
  await install("-n vol --storage 2Gi --storage-class fast --image a:1");
  expect(await install("-n vol")).toContain(NOTHING);
  const said = await install("-n vol --storage 1Gi --storage-class slow --image a:2");
  expect(said).toContain("Its volume stays of class fast");
  expect(said).toMatch(/^Its volume stays at 2Gi: .{10,200}$/m);
  expect(said).toContain("Deployment vol/argocd-server changed");
  expect(
    await typed(
      "kubectl -n vol get pvc holdfast -o jsonpath='{.spec.storageClassName} {.spec.resources.requests.storage}'",
    ),
  ).toBe("fast 2Gi");
});

test("rights that somebody else made of it are not made all: they are asked for", async () => {
  await install("-n own --image a:1");
  await typed("kubectl delete clusterrolebinding holdfast-own");
  expect(await endingOf(install("-n own --image a:2"))).toThrow(/tell its rights.*--rights all/s);
  expect(await mayWrite("own", "shop")).toBe(false);
});

test("plain kubectl apply over an edited config is refused by the server, and names the field", async () => {
  await typed(`'${BINARY}' install -n kept --image registry.example.com/holdfast:2 > printed.yaml`);
  expect(await endingOf(typed("kubectl apply --server-side -f printed.yaml 2>&1"))).toThrow(
    /conflict.*\.data\.holdfast\.yaml/s,
  );
});

describe("docs/install.md", () => {
  const page = docsPage(join(import.meta.dir, "../../docs/install.md"));
  const write = (name: string): void =>
    writeFileSync(join(dir, name), page.blocks.find(({ file }) => file === name)?.content ?? "");

  test("its patch mounts Secrets into what was installed, and stays over an upgrade", async () => {
    write("secrets.yaml");
    await install("--image a:1");
    await typed("kubectl -n argocd patch deploy argocd-server --patch-file secrets.yaml");
    expect(await install("--image a:2")).toContain("spec.template.spec.containers[0].image: a:1 -> a:2");
    const { containers, volumes } = JSON.parse(
      await typed("kubectl -n argocd get deploy argocd-server -o jsonpath='{.spec.template.spec}'"),
    );
    expect(containers[0]).toMatchObject({ image: "a:2", envFrom: [{ secretRef: { name: "holdfast-env" } }] });
    const named = (list: { name: string }[]): string[] => list.map(({ name }) => name).sort();
    expect(named(volumes)).toEqual(["config", "data", "files", "tls", "tmp"]);
    expect(named(containers[0].volumeMounts)).toEqual(["config", "data", "files", "tls", "tmp"]);
  });

  test("its overlay over an installation conflicts on the image, and counts with --force-conflicts", async () => {
    cpSync(join(import.meta.dir, "../../deploy"), join(dir, "deploy"), { recursive: true });
    write("kustomization.yaml");
    const command = "kubectl apply --server-side -k .";
    expect(await endingOf(typed(`${command} 2>&1`))).toThrow(/conflict[\s\S]*\.image/);
    await typed(`${command} --force-conflicts`);
    expect(
      await typed(
        "kubectl -n argocd get deploy argocd-server -o jsonpath='{.spec.template.spec.containers[0].image}'",
      ),
    ).toBe("registry.example.com/holdfast:0.1.0");
  });

  test("its Pod for a restore is one that the namespace lets run, on the volume of the installation", async () => {
    write("restore.yaml");
    expect(await typed("kubectl apply --dry-run=server --validate=strict -f restore.yaml 2>&1")).toBe(
      "pod/holdfast-restore created (server dry run)\n",
    );
  });
});
