import { expect, test } from "bun:test";
import { parseYaml } from "../../lib/yaml.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { Secret } from "../model/secret.ts";
import { exportedHome, type ToExport } from "./exported-home.ts";
import { notCarried } from "./not-carried.ts";

const app = (name: string, namespace = "argocd", rest: object = {}): KubeObject => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: { name, namespace },
  ...rest,
});
const NOTHING: ToExport = {
  namespace: "argocd",
  applications: [],
  projects: [],
  repositories: [],
  clusters: [],
  customizations: undefined,
  imageUpdaters: [],
  images: {},
  globalProjects: [],
  installationID: undefined,
  impersonation: "off",
  buildOptions: [],
  home: { kubeconfig: "/home/me/.kube/config", context: undefined },
};
const exported = (more: Partial<ToExport>) => {
  const { files, left } = exportedHome({ ...NOTHING, ...more });
  const config = parseYaml(files.at(-1)?.text ?? "");
  return {
    left,
    files: new Map(files.map((file) => [file.path, file])),
    config: config.documents[0]?.value as Record<string, unknown>,
  };
};

test("an estate of nothing is a config that writes to nothing", () => {
  const { files, config } = exported({});
  expect([...files.keys()]).toEqual([".gitignore", "holdfast.yaml"]);
  expect(config).toEqual({
    data: "./data",
    namespace: "argocd",
    pause: "writes",
    applications: ["./projects", "./applications"],
    clusters: [
      { name: "in-cluster", server: "https://kubernetes.default.svc", kubeconfig: "/home/me/.kube/config" },
    ],
    repositories: [],
  });
});

test("applications of other namespaces lie apart, and no name leads out of the folder", () => {
  const { files, left } = exported({
    applications: [app("shop"), app("shop", "team"), app("../../etc/passwd"), app("shop", "..")],
  });
  expect([...files.keys()].filter((path) => path.startsWith("applications/"))).toEqual([
    "applications/shop.yaml",
    "applications/team/shop.yaml",
  ]);
  expect(left).toHaveLength(2);
});

test("every secret lies in a file of its own that its owner alone may read, and in no other", () => {
  const { files, config } = exported({
    repositories: [
      { url: "https://git.example.com/$HOME", username: "c$i", password: new Secret("canary-1\n") },
      {
        url: "git@git.example.com:a.git",
        sshPrivateKey: new Secret("canary-2"),
        sshKnownHosts: "git ssh-rsa A",
      },
      {
        url: "oci://reg.example.com",
        type: "oci",
        plainHttp: true,
        project: "team",
        bearerToken: new Secret("canary-3"),
      },
    ],
  });
  expect(config["repositories"]).toEqual([
    {
      url: "https://git.example.com/$$HOME",
      username: "c$$i",
      passwordFile: "./secrets/git.example.com-1.password",
    },
    {
      url: "git@git.example.com:a.git",
      sshPrivateKeyFile: "./secrets/git.example.com-2.sshPrivateKey",
      sshKnownHostsFile: "./trust/git.example.com-2.sshKnownHosts",
    },
    {
      url: "oci://reg.example.com",
      type: "oci",
      project: "team",
      plainHttp: true,
      bearerTokenFile: "./secrets/reg.example.com-3.bearerToken",
    },
  ]);
  // A config takes one line break away.
  expect(files.get("secrets/git.example.com-1.password")).toEqual({
    path: "secrets/git.example.com-1.password",
    text: "canary-1\n\n",
    readers: "owner",
  });
  for (const { text, readers } of files.values()) if (text.includes("canary")) expect(readers).toBe("owner");
  expect(files.get(".gitignore")?.text).toBe("/secrets/\n/data/\n");
});

test("whatever a text holds, no config reads it as a variable", () => {
  const hostile = "a-${HOLDFAST_ADMIN_PASSWORD}-$$";
  const { config } = exported({
    repositories: [
      {
        ...{ url: "https://git.example.com/a", name: hostile, project: hostile, username: hostile },
        lender: { from: "github-app", appId: hostile, privateKey: new Secret("key") } as never,
      },
    ],
    clusters: [
      {
        ...{ name: hostile, server: "https://kubernetes.default.svc", project: hostile },
        ...{ labels: { team: hostile }, annotations: {} },
      } as never,
    ],
    installationID: hostile,
    globalProjects: [{ projectName: hostile, labelSelector: { matchLabels: { team: hostile } } } as never],
  });
  const written = "a-$${HOLDFAST_ADMIN_PASSWORD}-$$$$";
  expect(config).toMatchObject({
    clusters: [{ name: written, project: written, labels: [`team=${written}`] }],
    repositories: [{ name: written, project: written, username: written, githubAppID: written }],
    installationID: written,
    globalProjects: [{ projectName: written, labelSelector: { matchLabels: { team: written } } }],
  });
});

test("notCarried() says who makes an application, and which is going", () => {
  const made = app("made", "argocd", {
    metadata: {
      name: "made",
      namespace: "argocd",
      ownerReferences: [
        { kind: "ApplicationSet", name: "all", uid: "1", apiVersion: "argoproj.io/v1alpha1" },
      ],
    },
  });
  const resources = ["a", "b", "c", "d"].map((name) => ({ group: "argoproj.io", kind: "Application", name }));
  const root = app("root", "argocd", {
    status: { resources: [...resources, { kind: "ConfigMap", name: "x" }, 7] },
  });
  const gone = app("gone");
  const said = notCarried({
    applications: [made, root, gone, app("odd", "argocd", { status: "x" })],
    going: [gone],
    namespace: "argocd",
  });
  expect(said).toEqual([
    expect.stringContaining("argocd/gone: Argo CD is deleting it"),
    expect.stringContaining(
      "ApplicationSet argocd/all: the applications that it makes are files now, as they are (argocd/made)",
    ),
    expect.stringContaining(
      "argocd/root: it renders 4 of kinds of Argo CD's (Application a, Application b, Application c, …)",
    ),
  ]);
});
