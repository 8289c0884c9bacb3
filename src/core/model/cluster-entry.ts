/** What is known of a destination cluster, whoever wrote it down: the config, a file in Argo CD's format, or the API. */
import type { Secret } from "./secret.ts";

/** How the daemon proves who it is. Only the config names files: what others wrote may not reach this machine. */
export type ClusterCredential =
  | { by: "kubeconfig"; file: string; context: string | undefined }
  /** Of the Pod that the daemon runs in. */
  | { by: "service-account" }
  | { by: "token"; token: Secret }
  /** PEM texts. */
  | { by: "certificate"; certificate: string; key: Secret }
  | { by: "password"; username: string; password: Secret }
  /** A program that prints an ExecCredential. */
  | { by: "exec"; exec: CredentialProgram }
  /** `argocd-k8s-auth aws`: a program too. */
  | { by: "aws"; clusterName: string; roleARN?: string; profile?: string }
  | { by: "nothing" };

/** `execProviderConfig`. Arguments and variables may hold secrets: they are shown to nobody. */
export interface CredentialProgram {
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  apiVersion: string | undefined;
  installHint: string | undefined;
  provideClusterInfo: boolean;
}

/** How the server proves who it is. */
export interface ClusterTls {
  /** PEM text; absent: the authorities of this machine. */
  ca?: string;
  /** In place of the address's host. */
  serverName?: string;
  check: "certificate" | "nothing";
}

/** Which part of the cluster is looked at and written to. */
export type ClusterScope =
  | { is: "whole" }
  /** These namespaces; `others`: whether kinds without a namespace belong to it. */
  | { is: "namespaces"; namespaces: readonly string[]; clusterResources: "included" | "left-out" };

export interface ClusterEntry {
  name: string;
  /** As manifests name it, without a last slash; where the credential is no kubeconfig, the address too. */
  server: string;
  credential: ClusterCredential;
  tls: ClusterTls;
  proxyUrl?: string;
  scope: ClusterScope;
  /** Applications of this project alone may use it. */
  project?: string;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  /** RFC 3339: when it was added. Of two that want one name, the older one has it. */
  createdAt?: string;
  kept: Secret<KeptFields>;
}

/** What a Secret holds that we do not read: it is written again as it was. */
export interface KeptFields {
  /** By key, decoded. */
  data: Readonly<Record<string, string>>;
  /** Of `config`. */
  config: Readonly<Record<string, unknown>>;
  /** Of `config.tlsClientConfig`. */
  tls: Readonly<Record<string, unknown>>;
  /** Of the metadata: its own name, namespace, finalizers. */
  metadata: Readonly<Record<string, unknown>>;
}

/** What Argo CD runs for `awsAuthConfig`. */
const CLOUD_HELPER = "argocd-k8s-auth";

/** Names and addresses that are the same in another case or with a slash behind are the same. */
export function serverKey(server: string): string {
  return server.replace(/\/+$/, "").toLowerCase();
}

/** The program that must run for its credential, with its arguments; undefined where none must. */
export function programOf(credential: ClusterCredential): CredentialProgram | undefined {
  if (credential.by === "exec") return credential.exec;
  if (credential.by !== "aws") return undefined;
  const { clusterName, roleARN, profile } = credential;
  return {
    command: CLOUD_HELPER,
    args: [
      "aws",
      "--cluster-name",
      clusterName,
      ...(roleARN === undefined ? [] : ["--role-arn", roleARN]),
      ...(profile === undefined ? [] : ["--profile", profile]),
    ],
    env: {},
    apiVersion: "client.authentication.k8s.io/v1beta1",
    installHint: undefined,
    provideClusterInfo: false,
  };
}

/** Variables that tell a credential program whose cluster it is, and nothing of this machine. */
const HARMLESS =
  /^(?:AWS_(?:REGION|DEFAULT_REGION|PROFILE|STS_REGIONAL_ENDPOINTS)|AAD_(?:ENVIRONMENT_NAME|LOGIN_METHOD|SERVICE_PRINCIPAL_CLIENT_(?:ID|SECRET))|AZURE_(?:CLIENT_ID|CLIENT_SECRET|TENANT_ID|SUBSCRIPTION_ID)|GOOGLE_CLOUD_PROJECT|CLOUDSDK_CORE_PROJECT)$/;

/**
 * Why a credential that somebody else than the operator wrote is not used: it would run a program of this machine that the
 * config does not allow, or one that its author could turn into another by a variable.
 * @param allowed programs as the config names them
 */
export function whyNotRun(
  credential: ClusterCredential,
  allowed: readonly string[],
): { why: string; fix: string } | undefined {
  const program = programOf(credential);
  if (program === undefined) return undefined;
  const { command, env } = program;
  if (!allowed.includes(command))
    return {
      why: `its credentials come from the program ${JSON.stringify(command.slice(0, 200))}, and the config does not allow added clusters to run it`,
      fix: "Add it to clusterPrograms in the config, give the cluster a token, or write it under clusters in the config with a kubeconfig",
    };
  const reaching = Object.keys(env).find((name) => !HARMLESS.test(name));
  return reaching === undefined
    ? undefined
    : {
        why: `it sets the variable ${JSON.stringify(reaching.slice(0, 100))} for its program, which only the daemon's own environment may`,
        fix: "Set it where the daemon is started, and remove it here",
      };
}
