/** deploy/ says the same as `holdfast install`, by each of its ways, as the real tools read them. */
import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { deployFiles, planOf } from "../../.ci/deploy-files.ts";
import { parseConfig } from "../../src/config/load-config.ts";
import { installedDefinitions, installObjects } from "../../src/core/install/install-objects.ts";
import { type InstallPlan, kindRule, USUAL_KINDS } from "../../src/core/install/install-plan.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { parseYaml } from "../../src/lib/yaml.ts";
import { toolsFromNpm } from "../../src/render/tools-from-npm.ts";
import { endingOf } from "../lib/ending-of.ts";

setDefaultTimeout(60_000);

const root = join(import.meta.dir, "../..");
const deploy = join(root, "deploy");
const RIGHTS = ["all", "namespaces", "read"] as const;
let tools: { helm: string; kubectl: string };
beforeAll(async () => {
  const found = await toolsFromNpm(root);
  if (found === undefined) throw new Error("no helm and kubectl: run npm ci");
  tools = found;
});

async function ran(program: string, ...args: string[]): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), "holdfast-tools-"));
  try {
    const child = Bun.spawn([program, ...args], { stdout: "pipe", stderr: "pipe", env: { HOME: home } });
    const [out, err, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    if (code !== 0) throw new Error(`${args.join(" ")}: ${err}`);
    return out;
  } finally {
    rmSync(home, { recursive: true });
  }
}

/** By what it is, with the config in it as a value: the order of its keys says nothing. */
function byName(objects: readonly KubeObject[]): Record<string, unknown> {
  return Object.fromEntries(
    objects.map((object) => {
      const { kind, metadata } = object;
      const config = (object["data"] as Record<string, string> | undefined)?.["holdfast.yaml"];
      const value =
        config === undefined ? object : { ...object, data: parseYaml(config).documents[0]?.value };
      return [`${kind}/${metadata.namespace ?? ""}/${metadata.name}`, value];
    }),
  );
}
const parsed = (text: string): Record<string, unknown> =>
  byName(parseYaml(text).documents.flatMap(({ value }) => (value === null ? [] : [value as KubeObject])));
const all = (plan: InstallPlan): KubeObject[] => [...installedDefinitions(), ...installObjects(plan)];

test("each file is printed from what install prints: bun .ci/deploy-files.ts", async () => {
  const files = deployFiles();
  const there = RIGHTS.concat("base" as "all", "helm" as "all").flatMap((folder) =>
    readdirSync(join(deploy, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(deploy, join(entry.parentPath, entry.name))),
  );
  expect(there.sort()).toEqual(Object.keys(files).sort());
  for (const [path, text] of Object.entries(files))
    expect((await Bun.file(join(deploy, path)).text()) === text || path).toBe(true);
});

test.each([...RIGHTS])("the overlay %s builds what install --rights prints", async (rights) => {
  expect(parsed(await ran(tools.kubectl, "kustomize", join(deploy, rights)))).toEqual(
    byName(all(planOf(rights))),
  );
});

test.each([...RIGHTS])("a daemon takes the config that install --rights %s prints", (rights) => {
  const [config = ""] = installObjects(planOf(rights)).flatMap(({ data }) => {
    const written = (data as Record<string, string> | undefined)?.["holdfast.yaml"];
    return written === undefined ? [] : [written];
  });
  const read = parseConfig(config, "/etc/holdfast/holdfast.yaml", {
    env: {},
    validateCron: () => undefined,
  });
  expect(read.ok ? read.warnings : read.problems).toEqual([]);
  expect(read.ok && read.value.server.listen.hostname).toBe("0.0.0.0");
});

describe("the chart", () => {
  const chart = join(deploy, "helm/holdfast");

  test("passes helm lint with nothing to say but that it has no icon", async () => {
    const said = await ran(tools.helm, "lint", "--strict", chart);
    expect(said.split("\n").filter((line) => /WARNING|ERROR/.test(line))).toEqual([]);
  });

  test.each(
    RIGHTS.flatMap((rights) => ["cd", "cd-deliver"].map((namespace) => [rights, namespace] as const)),
  )("renders with rights %s in %s what install prints", async (rights, namespace) => {
    const plan = planOf(rights, {
      namespace,
      image: "example.com/holdfast:2",
      storage: { size: "7Gi", class: "fast" },
    });
    const text = await ran(
      tools.helm,
      ...[
        "template",
        "holdfast",
        chart,
        "--namespace",
        namespace,
        "--include-crds",
        "--kube-version",
        "1.33.0",
      ],
      ...["--set", `rights=${rights},image=example.com/holdfast:2,storage.size=7Gi,storage.class=fast`],
      ...(rights === "namespaces" ? ["--set", "namespaces={apps}"] : []),
    );
    // The namespace is whoever's installs a chart.
    const expected = all(plan).filter(({ kind }) => kind !== "Namespace");
    expect(parsed(text)).toEqual(byName(expected));
  });

  test("renders what its other values say: resources, config with a certificate, no policy, the cluster's own class", async () => {
    const template = (...set: string[]): Promise<string> =>
      ran(tools.helm, "template", "holdfast", chart, "--kube-version", "1.33.0", ...set);
    const usual = parsed(await template());
    expect(usual["NetworkPolicy/default/holdfast"]).toBeDefined();
    expect(usual["PersistentVolumeClaim/default/holdfast"]).not.toHaveProperty("spec.storageClassName");
    const other = parsed(
      await template(
        ...["--set", "networkPolicy=false,resources.limits.memory=3Gi,resources.requests.cpu=2"],
        ...["--set", "config.server.tls.certFile=/tls/tls.crt,config.server.tls.keyFile=/tls/tls.key"],
        ...["--set", "config.server.tls.selfSigned=null,config.namespace=elsewhere"],
      ),
    );
    expect(other["NetworkPolicy/default/holdfast"]).toBeUndefined();
    expect(other["Deployment/default/argocd-server"]).toHaveProperty(
      "spec.template.spec.containers.0.resources",
      { requests: { cpu: 2, memory: "256Mi" }, limits: { memory: "3Gi" } },
    );
    expect(other["ConfigMap/default/holdfast"]).toMatchObject({
      // Its own is the release's, whatever the values say.
      data: { namespace: "default", server: { tls: { certFile: "/tls/tls.crt", keyFile: "/tls/tls.key" } } },
    });
    expect(other["ConfigMap/default/holdfast"]).not.toHaveProperty("data.server.tls.selfSigned");
  });

  test("mounts Secrets and takes variables from them, where it is told", async () => {
    const made = parsed(
      await ran(
        ...([tools.helm, "template", "holdfast", chart, "--kube-version", "1.33.0"] as const),
        ...[
          "--set-string",
          "envFromSecrets={holdfast-env,2}",
          "--set",
          "mountSecrets={holdfast-files,tls.example.com}",
        ],
      ),
    );
    const { containers, volumes } = (made["Deployment/default/argocd-server"] as Record<string, any>)["spec"]
      .template.spec;
    expect(containers[0].envFrom).toEqual([
      { secretRef: { name: "holdfast-env" } },
      { secretRef: { name: "2" } },
    ]);
    expect(containers[0].volumeMounts.slice(0, 2)).toEqual([
      { name: "secret-0", mountPath: "/secrets/holdfast-files", readOnly: true },
      { name: "secret-1", mountPath: "/secrets/tls.example.com", readOnly: true },
    ]);
    expect(volumes.slice(0, 2)).toEqual([
      { name: "secret-0", secret: { secretName: "holdfast-files" } },
      { name: "secret-1", secret: { secretName: "tls.example.com" } },
    ]);
    expect([containers[0].volumeMounts.length, volumes.length]).toEqual([5, 5]);
  });

  test.each([
    ["a Secret whose name would lead elsewhere", "mountSecrets={../x}", "mountSecrets"],
    ["rights that there are not", "rights=much", "rights"],
    ["namespaces without one", "rights=namespaces", "namespaces"],
    ["a value that nobody knows", "rihgts=all", "rihgts"],
    ["a namespace that is none", "rights=namespaces,namespaces={a: b}", "namespaces"],
  ])("refuses %s by its schema", async (_, set, named) => {
    expect(await endingOf(ran(tools.helm, "template", "x", chart, "--set", set))).toThrow(named);
  });
});

test.each([
  ["plain YAML", () => Promise.resolve(byName(all(planOf("all"))))],
  ["Kustomize", async () => parsed(await ran(tools.kubectl, "kustomize", join(deploy, "all")))],
  [
    "Helm",
    async () =>
      parsed(
        await ran(
          ...[tools.helm, "template", "holdfast", join(deploy, "helm/holdfast"), "--namespace", "argocd"],
          ...["--kube-version", "1.33.0"],
        ),
      ),
  ],
] as [string, () => Promise<Record<string, unknown>>][])(
  "as %s it is where the everyday commands of Argo CD's users look",
  async (_, made) => {
    const found = await made();
    const labels = { "app.kubernetes.io/name": "argocd-server" };
    // kubectl -n argocd wait deploy, get pods and logs -l app.kubernetes.io/name=argocd-server
    expect(found["Deployment/argocd/argocd-server"]).toMatchObject({
      metadata: { labels },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels } } },
    });
    // kubectl -n argocd port-forward svc/argocd-server 8080:443
    expect(found["Service/argocd/argocd-server"]).toMatchObject({
      spec: { selector: labels, ports: [{ port: 443, targetPort: "https" }] },
    });
    expect(found["Deployment/argocd/argocd-server"]).toHaveProperty(
      "spec.template.spec.containers.0.ports.0.name",
      "https",
    );
    // kubectl -n argocd get secret argocd-initial-admin-secret: of an account of that name, which may sign in.
    expect(found["ConfigMap/argocd/holdfast"]).toMatchObject({
      data: { home: "cluster", namespace: "argocd", accounts: [{ name: "admin", may: ["login", "apiKey"] }] },
    });
  },
);

describe("what is installed", () => {
  const find = (rights: (typeof RIGHTS)[number], kind: string): KubeObject[] =>
    installObjects(planOf(rights)).filter((object) => object.kind === kind);

  test("two namespaces share nothing that is the whole cluster's", () => {
    const wide = (namespace: string): string[] =>
      RIGHTS.flatMap((rights) => installObjects(planOf(rights, { namespace })))
        .filter(({ kind, metadata }) => kind !== "Namespace" && metadata.namespace === undefined)
        .map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(wide("a").filter((name) => wide("b").includes(name))).toEqual([]);
  });

  test("only the largest size holds every right, and none of the others gives rights to others", () => {
    const rules = (rights: (typeof RIGHTS)[number]) =>
      [...find(rights, "ClusterRole"), ...find(rights, "Role")].flatMap(
        (role) => role["rules"] as { apiGroups?: string[]; resources?: string[]; verbs: string[] }[],
      );
    expect(rules("all").some(({ verbs }) => verbs.includes("*"))).toBe(true);
    for (const rights of ["namespaces", "read"] as const)
      for (const { apiGroups = [], verbs } of rules(rights)) {
        expect(verbs).not.toContain("*");
        expect(apiGroups).not.toContain("*");
        expect(apiGroups).not.toContain("rbac.authorization.k8s.io");
      }
    // Written to nowhere but in its own namespace.
    const writes = find("read", "ClusterRole").flatMap((role) =>
      (role["rules"] as { verbs: string[] }[]).flatMap(({ verbs }) => verbs),
    );
    expect(new Set(writes)).toEqual(new Set(["get"]));
  });

  test("kinds are named by group, and what names none is seen", () => {
    expect(kindRule("apps/deployments")).toMatchObject({ apiGroups: ["apps"], resources: ["deployments"] });
    expect(kindRule("batch/*")).toMatchObject({ apiGroups: ["batch"], resources: ["*"] });
    expect(kindRule("configmaps")).toMatchObject({ apiGroups: [""], resources: ["configmaps"] });
    for (const text of ["", "*/*", "Deployment", "apps/", "a b", "apps/deployments: x", "*"])
      expect([text, kindRule(text)]).toEqual([text, undefined]);
    expect(USUAL_KINDS.flatMap(({ resources }) => resources)).toContain("secrets");
  });
});
