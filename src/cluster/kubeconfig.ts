/** Reading a kubeconfig: which server, which certificates, which way to prove who we are. */

import { readFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import {
  type Cluster,
  type Context,
  newClusters,
  newContexts,
  newUsers,
  type User,
} from "@kubernetes/client-node/dist/config_types.js";
import { Failure } from "../core/model/failure.ts";
import { messageOf } from "../lib/caught.ts";
import { defined } from "../lib/defined.ts";
import { isMapping } from "../lib/is-mapping.ts";
import type { ExecConfig } from "./credential-plugin.ts";

/** `serviceAccount`: from inside a Pod, `host` and `port` as its environment names them. */
export type KubeconfigSource =
  | { file: string }
  | { text: string }
  | { serviceAccount: { host: string; port: string; folder?: string } };

/**
 * Whose kubeconfig it is. An `operator`'s may name files and programs of this machine; a `guest`'s, which came from a
 * cluster or a repository, may not: running it would run what its author likes.
 */
export type KubeconfigTrust = "operator" | "guest";

/** How each request proves who sends it. */
export type Proof =
  | { by: "certificate" }
  | { by: "token"; token: string }
  | { by: "token-file"; file: string }
  | { by: "password"; username: string; password: string }
  | { by: "exec"; exec: ExecConfig };

export interface Endpoint {
  server: string;
  tls: { ca?: string; cert?: string; key?: string; serverName?: string; rejectUnauthorized?: false };
  proof: Proof;
  proxy: string | undefined;
  /** `Impersonate-User`. */
  impersonate: string | undefined;
}

export const ACCOUNT_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

/** @throws {Failure} config where it cannot be read, names no such context, or asks for more than `trust` permits */
export function readKubeconfig(
  source: KubeconfigSource,
  context: string | undefined,
  trust: KubeconfigTrust,
): Endpoint {
  if ("serviceAccount" in source) {
    const { host, port, folder = ACCOUNT_FOLDER } = source.serviceAccount;
    const address = host.includes(":") ? `[${host}]` : host;
    return {
      server: `https://${address}:${port}`,
      tls: { ca: readText(join(folder, "ca.crt")) },
      proof: { by: "token-file", file: join(folder, "token") },
      proxy: undefined,
      impersonate: undefined,
    };
  }
  const place = "file" in source ? source.file : "kubeconfig";
  const root = "file" in source ? dirname(source.file) : undefined;
  const config = parse("file" in source ? readText(source.file) : source.text, place);
  if (trust === "guest") refuseReach(config, place);
  const { clusters, users, contexts } = entries(config, place);
  const contextName = context ?? config["current-context"];
  const chosen = named(contexts, contextName);
  if (chosen === undefined)
    throw refuse(
      place,
      contextName === undefined
        ? "it names no current context"
        : `it has no context "${String(contextName)}"`,
      "Name one of its contexts",
    );
  const cluster = named(clusters, chosen.cluster);
  if (cluster === undefined)
    throw refuse(place, `it has no cluster "${chosen.cluster}"`, "Add the cluster, or correct the context");
  const user = named(users, chosen.user);
  if (user === undefined)
    throw refuse(place, `it has no user "${String(chosen.user)}"`, "Add the user, or correct the context");
  if (user.authProvider)
    throw refuse(
      place,
      "its user has an auth-provider, which Kubernetes has removed",
      "Use exec, a token or a certificate",
    );
  const tokenFile = tokenFileOf(config.users, chosen.user);
  const absolute = (path: string): string =>
    isAbsolute(path) || root === undefined ? path : join(root, path);
  const pem = (data: string | undefined, file: string | undefined): string | undefined =>
    data ? Buffer.from(data, "base64").toString() : file ? readText(absolute(file)) : undefined;
  const ca = pem(cluster.caData, cluster.caFile),
    cert = pem(user.certData, user.certFile),
    key = pem(user.keyData, user.keyFile);
  return {
    server: cluster.server,
    tls: {
      ...defined({ ca, cert, key }),
      ...(cluster.tlsServerName ? { serverName: cluster.tlsServerName } : {}),
      ...(cluster.skipTLSVerify ? { rejectUnauthorized: false as const } : {}),
    },
    proof: proofOf(user, tokenFile === undefined ? undefined : absolute(tokenFile), absolute),
    proxy: cluster.proxyUrl,
    impersonate: user.impersonateUser ?? undefined,
  };
}

function proofOf(user: User, tokenFile: string | undefined, absolute: (path: string) => string): Proof {
  if (user.exec) {
    const exec = user.exec as ExecConfig;
    // A name is looked for on PATH; a path is the kubeconfig's neighbour, as for kubectl.
    return {
      by: "exec",
      exec: { ...exec, command: exec.command.includes("/") ? absolute(exec.command) : exec.command },
    };
  }
  if (tokenFile !== undefined) return { by: "token-file", file: tokenFile };
  if (user.token) return { by: "token", token: user.token };
  if (user.username) return { by: "password", username: user.username, password: user.password ?? "" };
  return { by: "certificate" };
}

/** `tokenFile`, which the client library reads under another name. */
function tokenFileOf(users: unknown, name: string | undefined): string | undefined {
  if (!Array.isArray(users)) return undefined;
  const entry = (users as { name?: unknown; user?: { tokenFile?: unknown } | null }[]).find(
    (user) => user.name === name,
  );
  return typeof entry?.user?.tokenFile === "string" ? entry.user.tokenFile : undefined;
}

/** Fields by which a kubeconfig reaches files, programs or other hosts. */
const REACHING = [
  "exec",
  "auth-provider",
  "cmd-path",
  "client-certificate",
  "client-key",
  "tokenFile",
  "token-file",
  "certificate-authority",
  "proxy-url",
];

/** Before anything else reads it: the client library opens token files while it parses. */
function refuseReach(config: Record<string, unknown>, place: string): void {
  for (const list of [config.clusters, config.users]) {
    for (const entry of Array.isArray(list) ? (list as Record<string, unknown>[]) : []) {
      const asked = REACHING.find((field) =>
        [entry.cluster, entry.user].some(
          (part) => typeof part === "object" && part !== null && field in part,
        ),
      );
      if (asked !== undefined)
        throw refuse(
          place,
          `it uses ${asked}, which only an operator's own kubeconfig may`,
          "Put certificates and tokens into it as data",
        );
    }
  }
}

function entries(
  config: Record<string, unknown>,
  place: string,
): { clusters: Cluster[]; users: User[]; contexts: Context[] } {
  try {
    return {
      clusters: newClusters(config.clusters),
      users: newUsers(config.users),
      contexts: newContexts(config.contexts),
    };
  } catch (cause) {
    throw new Failure("config", place, "after-edit", {
      cannot: "use the kubeconfig",
      why: messageOf(cause),
      fix: "Correct the file",
      cause,
    });
  }
}

function named<T extends { name: string }>(all: readonly T[], name: unknown): T | undefined {
  return all.find((one) => one.name === name);
}

function parse(text: string, place: string): Record<string, unknown> {
  let config: unknown;
  try {
    config = Bun.YAML.parse(text);
  } catch (cause) {
    throw new Failure("config", place, "after-edit", {
      cannot: "read the kubeconfig",
      why: "it is not YAML",
      fix: "Correct the file",
      cause,
    });
  }
  if (!isMapping(config)) throw refuse(place, "it is no kubeconfig", "Name a file that kubectl takes");
  return config;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new Failure("config", path, "after-edit", {
      cannot: "read it",
      why: messageOf(cause),
      fix: "Name a file that is there and readable",
      cause,
    });
  }
}

function refuse(place: string, why: string, fix: string): Failure {
  return new Failure("config", place, "after-edit", { cannot: "use the kubeconfig", why, fix });
}
