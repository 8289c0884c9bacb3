/** The files of a standalone home that has what an Argo CD has: applications, projects, how to reach everything. Pure. */
import { defined } from "../../lib/defined.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { printYaml } from "../../lib/yaml.ts";
import { IN_CLUSTER, IN_CLUSTER_NAME } from "../model/application.ts";
import { type ClusterEntry, serverKey } from "../model/cluster-entry.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { printClusterSecret } from "../model/print-cluster-secret.ts";
import type { GlobalProject } from "../model/project.ts";
import type { RepositoryAccess } from "../model/repository-access.ts";
import type { Secret } from "../model/secret.ts";
import type { TokenLender } from "../model/token-lender.ts";

export interface ExportedFile {
  /** Relative, with slashes. */
  path: string;
  text: string;
  /** `owner`: it holds a secret. */
  readers: "all" | "owner";
}

export interface ToExport {
  /** Of Argo CD, the home namespace from now on. */
  namespace: string;
  /** Without what Argo CD notes in them. */
  applications: readonly KubeObject[];
  projects: readonly KubeObject[];
  /** Image Updater's resources, without status. */
  imageUpdaters: readonly KubeObject[];
  /** Of `images` of the config. */
  images: Readonly<Record<string, string | boolean>>;
  repositories: readonly RepositoryAccess[];
  clusters: readonly ClusterEntry[];
  /** argocd-cm, where it says something of kinds; undefined: it does not. */
  customizations: KubeObject | undefined;
  globalProjects: readonly GlobalProject[];
  installationID: string | undefined;
  impersonation: "on" | "off";
  buildOptions: readonly string[];
  /** How the cluster around Argo CD is reached from here. */
  home: { kubeconfig: string; context: string | undefined };
}

/** What cannot be a file's name: nothing that Kubernetes names. */
const NAME = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;
const HEAD = `# Made by holdfast adopt --export. A daemon of this config judges everything and writes to nothing:
# where it judges as Argo CD does, have Argo CD's application controller let go, and take \`pause\` away.
`;

/** @returns `left`: what is in no file, by the sentence that says why; the config is the last of the files */
export function exportedHome(from: ToExport): { files: ExportedFile[]; left: string[] } {
  const files: ExportedFile[] = [];
  const left: string[] = [];
  const put = (path: string, value: unknown, readers: ExportedFile["readers"] = "all"): void => {
    files.push({ path, text: typeof value === "string" ? value : printYaml(value), readers });
  };
  for (const [folder, objects] of [
    ["projects", from.projects],
    ["applications", from.applications],
    ["image-updaters", from.imageUpdaters],
  ] as const)
    for (const object of objects) {
      const { name, namespace = from.namespace } = object.metadata;
      const parts = namespace === from.namespace ? [name] : [namespace, name];
      if (parts.every((part) => NAME.test(part))) put(`${folder}/${parts.join("/")}.yaml`, object);
      else left.push(`${object.kind} ${namespace}/${name}: its name is none that Kubernetes takes`);
    }
  const others = from.clusters.filter(({ server }) => serverKey(server) !== IN_CLUSTER);
  for (const [index, entry] of others.entries())
    put(`data/clusters/${fileName(entry.name, index)}.yaml`, printClusterSecret(entry), "owner");
  const { customizations } = from;
  if (customizations !== undefined)
    put("argocd-cm.yaml", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: customizations.metadata.name },
      data: customizations["data"],
    });
  const repositories = from.repositories.map((entry, index) =>
    repositoryOf(entry, (key, text, readers) => {
      const path = `${readers === "owner" ? "secrets" : "trust"}/${fileName(hostOf(entry.url), index)}.${key}`;
      // A config takes a last line break away.
      put(path, `${text}\n`, readers);
      return `./${path}`;
    }),
  );
  put(".gitignore", "/secrets/\n/data/\n");
  put("holdfast.yaml", `${HEAD}${printYaml(literalIn(configOf(from, repositories)))}`);
  return { files, left };
}

function configOf(from: ToExport, repositories: unknown[]): Record<string, unknown> {
  const around = from.clusters.find(({ server }) => serverKey(server) === IN_CLUSTER);
  const { kubeconfig, context } = from.home;
  const scope = around?.scope;
  return {
    data: "./data",
    namespace: from.namespace,
    pause: "writes",
    applications: [
      ...["./projects", "./applications"],
      ...(from.imageUpdaters.length === 0 ? [] : ["./image-updaters"]),
    ],
    clusters: [
      {
        name: around?.name ?? IN_CLUSTER_NAME,
        server: IN_CLUSTER,
        kubeconfig,
        ...defined({
          context,
          project: around?.project,
        }),
        ...(scope?.is === "namespaces"
          ? { namespaces: [...scope.namespaces], clusterResources: scope.clusterResources === "included" }
          : {}),
        ...(around === undefined || Object.keys(around.labels).length === 0
          ? {}
          : { labels: Object.entries(around.labels).map(([name, value]) => `${name}=${value}`) }),
      },
    ],
    repositories,
    ...(Object.keys(from.images).length === 0 ? {} : { images: from.images }),
    ...(from.globalProjects.length === 0 ? {} : { globalProjects: from.globalProjects }),
    ...defined({ installationID: from.installationID }),
    ...(from.impersonation === "on" ? { sync: { impersonation: true } } : {}),
    ...(from.buildOptions.length === 0
      ? {}
      : { render: { kustomizeBuildOptions: from.buildOptions.join(" ") } }),
    ...(from.customizations === undefined ? {} : { health: { customizations: ["./argocd-cm.yaml"] } }),
  };
}

type PutContent = (key: string, text: string, readers: ExportedFile["readers"]) => string;

function repositoryOf(entry: RepositoryAccess, put: PutContent): Record<string, unknown> {
  const { url, type = "git", name, username, project, passCredentials, plainHttp, noProxy, lender } = entry;
  const { requestsPerSecond } = entry;
  const found: Record<string, unknown> = {
    url,
    ...(type === "git" ? {} : { type }),
    ...defined({ name, username, project }),
    ...(passCredentials === true ? { passCredentials } : {}),
    ...(plainHttp === true ? { plainHttp } : {}),
    ...defined({ requestsPerSecond }),
    ...(entry.tlsCheck === "nothing" ? { insecure: true } : {}),
    ...defined({ noProxy }),
    ...(lender === undefined ? {} : lenderOf(lender)),
  };
  const secret = (key: string, value: Secret | undefined): void => {
    if (value !== undefined) found[`${key}File`] = put(key, value.reveal(), "owner");
  };
  secret("password", entry.password);
  secret("bearerToken", entry.bearerToken);
  secret("sshPrivateKey", entry.sshPrivateKey);
  secret("clientKey", entry.clientKey);
  secret("proxy", entry.proxy);
  if (lender?.from === "github-app") secret("githubAppPrivateKey", lender.privateKey);
  if (lender?.from === "google") secret("gcpServiceAccountKey", lender.key);
  if (lender?.from === "azure-principal") secret("azureServicePrincipalClientSecret", lender.clientSecret);
  for (const key of ["sshKnownHosts", "ca", "clientCertificate"] as const) {
    const text = entry[key];
    if (text !== undefined && text !== "") found[`${key}File`] = put(key, text, "all");
  }
  return found;
}

/** What of it is no secret, in the config's words. */
function lenderOf(lender: TokenLender): Record<string, unknown> {
  switch (lender.from) {
    case "github-app":
      return defined({
        githubAppID: lender.appId,
        githubAppInstallationID: lender.installationId,
        githubAppEnterpriseBaseUrl: lender.baseUrl,
      });
    case "google":
      return {};
    case "azure-principal":
      return defined({
        azureServicePrincipalClientId: lender.clientId,
        azureServicePrincipalTenantId: lender.tenantId,
        azureActiveDirectoryEndpoint: lender.authority,
      });
    case "azure-workload":
      return defined({
        useAzureWorkloadIdentity: true,
        azureActiveDirectoryEndpoint: lender.authority,
      });
    case "aws":
      return { useAwsIdentity: true, ...defined({ awsRoleArn: lender.roleArn }) };
  }
}

/** Every text as a config reads it back: it takes `$` for the beginning of a variable. */
function literalIn(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("$", "$$$$");
  if (Array.isArray(value)) return value.map(literalIn);
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, literalIn(each)]));
}

function fileName(text: string, index: number): string {
  const plain = text
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, "-")
    .replace(/^[.-]+|[.-]+$/g, "");
  return plain === "" ? String(index + 1) : `${plain}-${index + 1}`;
}

function hostOf(url: string): string {
  return /^(?:[a-z+]+:\/\/)?(?:[^@/]*@)?([^/:]+)/i.exec(url)?.[1] ?? "";
}
