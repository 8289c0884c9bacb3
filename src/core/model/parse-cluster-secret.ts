/**
 * A cluster as a Secret of Argo CD says it. Its fields:
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#clusters
 */
import { whyNoCertificates, whyNotItsKey } from "../../lib/check-pem.ts";
import { defined, filled } from "../../lib/defined.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { isMetadataService } from "../../lib/metadata-service.ts";
import { whyLeadsAway } from "../../lib/plain-address.ts";
import { IN_CLUSTER } from "./application.ts";
import type {
  ClusterCredential,
  ClusterEntry,
  ClusterScope,
  ClusterTls,
  CredentialProgram,
} from "./cluster-entry.ts";
import { decodedData, fromBase64, type Report, textsOf } from "./decoded-secret.ts";
import type { Parsed, Problem } from "./problem.ts";
import { Secret } from "./secret.ts";

export const SECRET_TYPE_LABEL = "argocd.argoproj.io/secret-type";
/** Keys of the Secret, and fields of its `config`, that are read here; every other one is kept. */
const DATA_KEYS = ["name", "server", "config", "namespaces", "clusterResources", "project"];
const CONFIG_KEYS = [
  "username",
  "password",
  "bearerToken",
  "tlsClientConfig",
  "awsAuthConfig",
  "execProviderConfig",
  "proxyUrl",
];
const TLS_KEYS = ["insecure", "serverName", "caData", "certData", "keyData"];
const METADATA_KEYS = ["labels", "annotations", "creationTimestamp"];
const LONGEST_NAME = 253;
const LONGEST_SERVER = 2048;
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Whether it is meant as a cluster at all. */
function isClusterSecret(value: unknown): boolean {
  const metadata = isMapping(value) ? value["metadata"] : undefined;
  const labels = isMapping(metadata) ? metadata["labels"] : undefined;
  return isMapping(labels) && labels[SECRET_TYPE_LABEL] === "cluster";
}

/**
 * Every problem at once. Problems repeat no value but name and address, because any other one may be a secret.
 * @param from what problems name beside the cluster's name
 */
export function parseClusterSecret(value: unknown, from: { file?: string } = {}): Parsed<ClusterEntry> {
  const problems: Problem[] = [];
  let object = "cluster";
  const report: Report = (path, text, fix) =>
    problems.push({ severity: "error", ...from, object, path, text, ...defined({ fix }) });
  const refused = (): Parsed<ClusterEntry> => ({ ok: false, problems: problems as [Problem, ...Problem[]] });
  if (!isMapping(value) || value["kind"] !== "Secret" || !isClusterSecret(value)) {
    report(
      "metadata.labels",
      `it is no Secret with the label ${SECRET_TYPE_LABEL}: cluster`,
      "Write it as Argo CD's cluster Secrets are written",
    );
    return refused();
  }
  const metadata = value["metadata"] as Record<string, unknown>;
  const data = decodedData(value, report);
  const server = (data["server"] ?? "").trim().replace(/\/+$/, "");
  const name = data["name"] === undefined || data["name"] === "" ? server : data["name"];
  if (whyNoName(name) === undefined) object = `cluster ${name}`;
  const notName = whyNoName(name);
  if (notName !== undefined) report("name", notName, "Give it a name such as prod");
  const notServer = whyNoServer(server);
  if (notServer !== undefined) report("server", notServer, "Write it like https://10.0.0.1:6443");
  const config = configOf(data["config"], report);
  const tlsConfig = mappingOf(config, "tlsClientConfig", report);
  const tls = tlsOf(tlsConfig, report);
  const credential = credentialOf(config, tlsConfig, server, report);
  const proxyUrl = textOf(config, "config.", "proxyUrl", report);
  if (proxyUrl !== undefined && !isProxy(proxyUrl))
    report(
      "config.proxyUrl",
      "is no http or https address without a user",
      "Write it like http://proxy:3128",
    );
  const scope = scopeOf(data["namespaces"] ?? "", data["clusterResources"], report);
  const project = data["project"]?.trim() ?? "";
  if (/[\p{Cc}\s/]/u.test(project)) report("project", "is no name of a project");
  const labels = textsOf(metadata["labels"], "metadata.labels", report);
  delete labels[SECRET_TYPE_LABEL];
  const annotations = textsOf(metadata["annotations"], "metadata.annotations", report);
  // A copy of the whole Secret, as kubectl apply leaves it: annotations are shown to whoever may see clusters.
  delete annotations["kubectl.kubernetes.io/last-applied-configuration"];
  const createdAt = metadata["creationTimestamp"];
  if (problems.length > 0 || credential === undefined) return refused();
  return {
    ok: true,
    warnings: [],
    value: {
      name,
      server,
      credential,
      tls,
      scope,
      labels,
      annotations,
      ...filled({ proxyUrl, project }),
      ...(typeof createdAt === "string" ? { createdAt } : {}),
      kept: new Secret({
        data: without(data, DATA_KEYS),
        config: without(config, CONFIG_KEYS),
        tls: without(tlsConfig, TLS_KEYS),
        metadata: without(metadata, METADATA_KEYS),
      }),
    },
  };
}

/** Why it names no cluster. Slashes may stand in it: clouds name clusters by such. */
function whyNoName(name: string): string | undefined {
  if (name === "") return "must not be empty";
  if (name.length > LONGEST_NAME) return `is longer than ${LONGEST_NAME} signs`;
  if (name.startsWith("-")) return "begins with -, as options of a command do";
  return /[\p{Cc}\p{Cf}\s]/u.test(name) ? "holds a space or a sign that does not print" : undefined;
}

/** Why no API server of a cluster is asked there. */
function whyNoServer(server: string): string | undefined {
  if (server === "") return "must not be empty";
  if (server.length > LONGEST_SERVER) return `is longer than ${LONGEST_SERVER} signs`;
  const away = whyLeadsAway(server);
  if (away !== undefined) return away;
  const url = URL.parse(server);
  if (url === null || !/^https?:\/\/[^/]/i.test(server)) return "is no https address";
  if (url.username !== "" || url.password !== "" || server.includes("@"))
    return "holds a user, which belongs into config.username";
  if (/[?#]/.test(server)) return "holds a query or a part behind #";
  if (isMetadataService(url.hostname))
    return "is where a cloud tells its machines their credentials, and no cluster";
  if (url.protocol === "http:" && !/^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname))
    return "is not https: who listens on the way would have the credentials";
  return undefined;
}

function isProxy(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && !text.includes("@") && !/[?#\s]/.test(text);
}

function configOf(text: string | undefined, report: Report): Record<string, unknown> {
  if (text === undefined || text.trim() === "") return {};
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch {
    // Not shown: a token may stand where it breaks.
    report("config", "is not JSON");
    return {};
  }
  if (isMapping(config)) return config;
  report("config", "must be a mapping");
  return {};
}

function tlsOf(config: Record<string, unknown>, report: Report): ClusterTls {
  const at = "config.tlsClientConfig.";
  const ca = pemOf(config, "caData", report);
  const serverName = textOf(config, at, "serverName", report);
  const insecure = config["insecure"] ?? false;
  if (typeof insecure !== "boolean") report(`${at}insecure`, "must be true or false");
  if (insecure === true && ca !== undefined)
    report(
      `${at}insecure`,
      "is true beside caData, and then the certificate would not be looked at",
      "Remove one of them",
    );
  return { ...defined({ ca, serverName }), check: insecure === true ? "nothing" : "certificate" };
}

function pemOf(config: Record<string, unknown>, key: string, report: Report): string | undefined {
  const path = `config.tlsClientConfig.${key}`;
  const text = textOf(config, "config.tlsClientConfig.", key, report);
  if (text === undefined) return undefined;
  const decoded = fromBase64(text);
  const why =
    decoded === undefined
      ? "is not written in base64"
      : key === "keyData"
        ? undefined
        : whyNoCertificates(decoded);
  if (why === undefined) return decoded;
  report(path, why, "Write a PEM text in base64, as a kubeconfig has it");
  return undefined;
}

function credentialOf(
  config: Record<string, unknown>,
  tls: Record<string, unknown>,
  server: string,
  report: Report,
): ClusterCredential | undefined {
  const found: [field: string, credential: ClusterCredential | undefined][] = [];
  const token = textOf(config, "config.", "bearerToken", report);
  if (token !== undefined) found.push(["bearerToken", tokenOf(token, report)]);
  const username = textOf(config, "config.", "username", report);
  if (username !== undefined) {
    const password = textOf(config, "config.", "password", report) ?? "";
    found.push(["username", { by: "password", username, password: new Secret(password) }]);
  }
  const certificate = pemOf(tls, "certData", report),
    key = pemOf(tls, "keyData", report);
  if (
    (certificate === undefined) !== (key === undefined) &&
    (tls["certData"] === undefined || tls["keyData"] === undefined)
  )
    report("config.tlsClientConfig", "has a certificate without its key, or a key without its certificate");
  else if (certificate !== undefined && key !== undefined) {
    const why = whyNotItsKey(certificate, key);
    if (why !== undefined) report("config.tlsClientConfig.keyData", why);
    found.push(["tlsClientConfig.certData", { by: "certificate", certificate, key: new Secret(key) }]);
  }
  const aws = mappingOf(config, "awsAuthConfig", report);
  if (Object.keys(aws).length > 0) found.push(["awsAuthConfig", awsOf(aws, report)]);
  const exec = mappingOf(config, "execProviderConfig", report);
  if (Object.keys(exec).length > 0)
    found.push(["execProviderConfig", { by: "exec", exec: execOf(exec, report) }]);
  if (found.length > 1)
    report(
      "config",
      `says in more than one way who asks: ${found.map(([field]) => field).join(" and ")}`,
      "Keep one of them",
    );
  if (found.length > 0) return found[0]?.[1];
  return server === IN_CLUSTER ? { by: "service-account" } : { by: "nothing" };
}

function tokenOf(text: string, report: Report): ClusterCredential | undefined {
  const token = text.trim();
  if (/^[\x21-\x7e]+$/.test(token)) return { by: "token", token: new Secret(token) };
  report("config.bearerToken", "holds a sign that no request can carry");
  return undefined;
}

function awsOf(aws: Record<string, unknown>, report: Report): ClusterCredential {
  const at = "config.awsAuthConfig.";
  const clusterName = textOf(aws, at, "clusterName", report) ?? "";
  if (clusterName === "") report(`${at}clusterName`, "must not be empty");
  const roleARN = textOf(aws, at, "roleARN", report),
    profile = textOf(aws, at, "profile", report);
  return { by: "aws", clusterName, ...defined({ roleARN, profile }) };
}

function execOf(exec: Record<string, unknown>, report: Report): CredentialProgram {
  const at = "config.execProviderConfig.";
  const command = textOf(exec, at, "command", report) ?? "";
  if (command === "") report(`${at}command`, "must not be empty");
  const args = exec["args"] ?? [];
  const isList = Array.isArray(args) && args.every((word) => typeof word === "string");
  if (!isList) report(`${at}args`, "must be a list of texts");
  return {
    command,
    args: isList ? (args as string[]) : [],
    env: textsOf(exec["env"], `${at}env`, report),
    apiVersion: textOf(exec, at, "apiVersion", report),
    installHint: textOf(exec, at, "installHint", report),
    provideClusterInfo: exec["provideClusterInfo"] === true,
  };
}

/** Argo CD looks at kinds without a namespace only where it is told to, once namespaces are named. */
function scopeOf(list: string, clusterResources: string | undefined, report: Report): ClusterScope {
  const namespaces = [
    ...new Set(
      list
        .split(",")
        .map((name) => name.trim())
        .filter((name) => name !== ""),
    ),
  ];
  // A restriction that a template left empty is not none.
  if (list !== "" && namespaces.length === 0)
    report(
      "namespaces",
      "names none",
      "Name namespaces behind commas, or leave the key out for the whole cluster",
    );
  for (const name of namespaces)
    if (!NAMESPACE.test(name)) report("namespaces", `${JSON.stringify(name)} is no name of a namespace`);
  if (clusterResources !== undefined && !["true", "false", ""].includes(clusterResources))
    report("clusterResources", "must be true or false");
  if (namespaces.length === 0) return { is: "whole" };
  return {
    is: "namespaces",
    namespaces,
    clusterResources: clusterResources === "true" ? "included" : "left-out",
  };
}

function mappingOf(config: Record<string, unknown>, key: string, report: Report): Record<string, unknown> {
  const value = config[key] ?? {};
  if (isMapping(value)) return value;
  report(`config.${key}`, "must be a mapping");
  return {};
}

/** @returns undefined where it is absent or empty */
function textOf(
  config: Record<string, unknown>,
  at: string,
  key: string,
  report: Report,
): string | undefined {
  const value = config[key] ?? "";
  if (typeof value === "string") return value === "" ? undefined : value;
  report(`${at}${key}`, "must be a text");
  return undefined;
}

function without<T>(all: Readonly<Record<string, T>>, keys: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(all).filter(([key]) => !keys.includes(key)));
}
