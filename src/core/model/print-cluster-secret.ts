import { defined, filled } from "../../lib/defined.ts";
import type { ClusterCredential, ClusterEntry, ClusterTls } from "./cluster-entry.ts";
import type { KubeObject } from "./kube-object.ts";
import { SECRET_TYPE_LABEL } from "./parse-cluster-secret.ts";

/**
 * The Secret that Argo CD would keep the cluster in, with what another version wrote into it. Every secret is in it:
 * for the file and the wire alone.
 */
export function printClusterSecret(entry: ClusterEntry): KubeObject {
  const { name, server, scope, project, labels, annotations, createdAt } = entry;
  const kept = entry.kept.reveal();
  const data: Record<string, string> = {
    ...kept.data,
    name,
    server,
    config: JSON.stringify(configOf(entry)),
    ...(scope.is === "whole"
      ? {}
      : {
          namespaces: scope.namespaces.join(","),
          clusterResources: String(scope.clusterResources === "included"),
        }),
    ...defined({ project }),
  };
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      ...(kept.metadata as { name: string }),
      ...defined({ creationTimestamp: createdAt }),
      labels: { ...labels, [SECRET_TYPE_LABEL]: "cluster" },
      ...(Object.keys(annotations).length === 0 ? {} : { annotations: { ...annotations } }),
    },
    type: "Opaque",
    data: Object.fromEntries(
      Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
    ),
  };
}

function configOf({ credential, tls, proxyUrl, kept }: ClusterEntry): Record<string, unknown> {
  const { config, tls: keptTls } = kept.reveal();
  return {
    ...config,
    ...wayOf(credential),
    tlsClientConfig: { ...keptTls, ...tlsConfigOf(tls), ...certificateOf(credential) },
    ...defined({ proxyUrl }),
  };
}

function wayOf(credential: ClusterCredential): Record<string, unknown> {
  switch (credential.by) {
    case "token":
      return { bearerToken: credential.token.reveal() };
    case "password":
      return { username: credential.username, password: credential.password.reveal() };
    case "aws": {
      const { by: _, ...awsAuthConfig } = credential;
      return { awsAuthConfig };
    }
    case "exec": {
      const { command, args, env, apiVersion, installHint, provideClusterInfo } = credential.exec;
      return {
        execProviderConfig: {
          command,
          ...filled({ args, apiVersion, installHint }),
          ...(Object.keys(env).length === 0 ? {} : { env }),
          ...(provideClusterInfo ? { provideClusterInfo } : {}),
        },
      };
    }
    case "kubeconfig":
    case "certificate":
    case "service-account":
    case "nothing":
      return {};
  }
}

function tlsConfigOf({ ca, serverName, check }: ClusterTls): Record<string, unknown> {
  return {
    insecure: check === "nothing",
    ...defined({ serverName }),
    ...(ca === undefined ? {} : { caData: Buffer.from(ca).toString("base64") }),
  };
}

function certificateOf(credential: ClusterCredential): Record<string, unknown> {
  return credential.by === "certificate"
    ? {
        certData: Buffer.from(credential.certificate).toString("base64"),
        keyData: Buffer.from(credential.key.reveal()).toString("base64"),
      }
    : {};
}
