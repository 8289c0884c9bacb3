/** The commands of docs/install.md by which an installation goes, typed as they are. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ControlPlane, controlPlaneBinaries, startControlPlane } from "../lib/control-plane.ts";
import { BINARY, run } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";

setDefaultTimeout(180_000);

const dir = mkdtempSync(join(tmpdir(), "holdfast-uninstall-"));
let plane: ControlPlane;

beforeAll(async () => {
  plane = await startControlPlane();
  writeFileSync(
    join(dir, "kubectl"),
    `#!/bin/sh\nexec '${join(controlPlaneBinaries(), "controlplane")}' kubectl "$@"\n`,
    { mode: 0o755 },
  );
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

test("nothing of an installation stays but definitions, applications and the namespace", async () => {
  const docs = readFileSync(join(import.meta.dir, "../../docs/install.md"), "utf8");
  const [, block = ""] = /^## Uninstall\n[\s\S]*?```sh\n([\s\S]*?)```/m.exec(docs) ?? [];
  expect(block).toContain("kubectl -n argocd delete");
  await plane.api.makeNamespace("shop");
  await typed(`'${BINARY}' install --rights namespaces --in shop --apply --yes`);
  const application = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: "web", namespace: "argocd" },
    spec: {
      project: "default",
      source: { repoURL: "https://git.example.com/web.git", path: "." },
      destination: { server: "https://kubernetes.default.svc", namespace: "shop" },
    },
  };
  await plane.api.must(
    "POST",
    "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications",
    structuredClone(application),
  );
  const kinds = (await typed("kubectl api-resources --verbs=list,delete -o name")).trim().split("\n");
  const left = async (): Promise<string[]> =>
    (await typed(`kubectl get ${kinds.join(",")} -A -l app.kubernetes.io/part-of=holdfast -o name`))
      .trim()
      .split("\n")
      .sort();
  expect(await left()).toContain("rolebinding.rbac.authorization.k8s.io/holdfast-argocd-deliver");
  for (const line of block.trim().split("\n")) await typed(line);
  let there: string[] = [];
  // What a Service has of its own goes a moment after it.
  await eventually(
    () => `nothing else is left: ${there.join(", ")}`,
    async () => {
      there = await left();
      return Bun.deepEquals(there, [
        "customresourcedefinition.apiextensions.k8s.io/applications.argoproj.io",
        "customresourcedefinition.apiextensions.k8s.io/applicationsets.argoproj.io",
        "customresourcedefinition.apiextensions.k8s.io/appprojects.argoproj.io",
        "namespace/argocd",
      ]);
    },
  );
  expect(await typed("kubectl -n argocd get applications -o name")).toBe("application.argoproj.io/web\n");

  // An application whose finalizer nobody takes away any more.
  await typed(
    `kubectl -n argocd patch application web --type=merge -p '{"metadata":{"finalizers":["resources-finalizer.argocd.argoproj.io"]}}'`,
  );
  const [, altogether = ""] =
    /^## Uninstall\n[\s\S]*?```sh\n[\s\S]*?```[\s\S]*?```sh\n([\s\S]*?)```/m.exec(docs) ?? [];
  expect(altogether).toContain("finalizers");
  for (const line of altogether.trim().split("\n").slice(0, 2)) await typed(line);
  await eventually(
    "no definition is left",
    async () => !(await typed("kubectl get crd -o name")).includes("argoproj.io"),
  );
});
