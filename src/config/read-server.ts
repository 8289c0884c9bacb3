import { CONDITION_TYPES, type ConditionType } from "../core/model/application.ts";
import type { Secret } from "../core/model/secret.ts";
import { defined, filled } from "../lib/defined.ts";
import type { FieldPath } from "../lib/field-path.ts";
import { nearest } from "../lib/nearest.ts";
import { whyNoNetwork } from "../lib/network-list.ts";
import type { Config, ServerCertificate } from "./config.ts";
import { isLoopback, type ListenAddress, parseListenAddress } from "./listen-address.ts";
import type { Values } from "./read-settings.ts";

type Report = (path: FieldPath, text: string, fix?: string) => void;

/** A name of a label as Kubernetes takes it, with or without a prefix. */
const LABEL =
  /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const STEP = /^[A-Za-z0-9._~-]+$/;
/** The first steps of paths of our own: a base path that begins like one would be taken for it. */
const OURS = new Set(["api", "ui", "healthz", "readyz", "metrics", "auth"]);

export function readServer(values: Values, report: Report): Config["server"] {
  const token = tokenOf(values, "server", report);
  const listen = listenOf(values["listen"] as string, "server", report) ?? {
    hostname: "127.0.0.1",
    port: 8080,
  };
  const tls = values["tls"] as Values;
  return {
    listen,
    token,
    ...filled({ url: (values["url"] as string).replace(/\/$/, "") }),
    basePath: basePathOf(values["basePath"] as string, report),
    trustedProxies: networksOf(values["trustedProxies"] as string[], report),
    badges: badgesOf(values["badges"] as string[], report),
    tls: {
      certificate: certificateOf(tls, report),
      minVersion: tls["minVersion"] as "TLSv1.2" | "TLSv1.3",
      http2: tls["http2"] === true ? "offered" : "off",
    },
  };
}

export function readMetrics(values: Values, report: Report): Config["metrics"] {
  const written = values["listen"] as string;
  return {
    listen: written === "" ? undefined : listenOf(written, "metrics", report),
    token: tokenOf(values, "metrics", report),
    applicationLabels: labelsOf(values["applicationLabels"] as string[], report),
    applicationConditions: conditionsOf(values["applicationConditions"] as string[], report),
  };
}

export function readTracing(values: Values, report: Report): Config["tracing"] {
  const endpoint = (values["endpoint"] as string).replace(/\/+$/, "");
  const authorization = values["authorization"] as Secret | undefined;
  if (authorization !== undefined && !/^[\x20-\x7e]+$/.test(authorization.reveal()))
    report(["tracing", "authorization"], "holds a sign that no header can have", "Use one line of ASCII");
  // Some write the whole address, as OTEL_EXPORTER_OTLP_TRACES_ENDPOINT has it.
  const url = endpoint.endsWith("/v1/traces") ? endpoint : `${endpoint}/v1/traces`;
  return { url: endpoint === "" ? undefined : url, authorization };
}

/** Two labels that Prometheus cannot tell apart would be two values of one. */
function labelsOf(labels: readonly string[], report: Report): string[] {
  const inPrometheus = new Map<string, string>();
  return labels.filter((label, index) => {
    const at = ["metrics", "applicationLabels", index];
    const name = label.replace(/[^A-Za-z0-9_]/g, "_");
    const other = inPrometheus.get(name);
    const isLabel = LABEL.test(label);
    if (!isLabel)
      report(at, `${JSON.stringify(label)} names no label`, "Write it like team, or example.com/team");
    else if (other !== undefined)
      report(at, `${label} and ${other} are both label_${name} in Prometheus`, "Name one of them");
    if (isLabel) inPrometheus.set(name, label);
    return isLabel && other === undefined;
  });
}

function conditionsOf(conditions: readonly string[], report: Report): ConditionType[] {
  return conditions.flatMap((written, index) => {
    const known = CONDITION_TYPES.find((type) => type === written);
    if (known !== undefined) return [known];
    const meant = nearest(written, CONDITION_TYPES);
    const fix = meant === undefined ? `Name one of ${CONDITION_TYPES.join(", ")}` : `Did you mean ${meant}?`;
    report(["metrics", "applicationConditions", index], `${JSON.stringify(written)} is no condition`, fix);
    return [];
  });
}

/**
 * Where other machines reach it somebody must be asked who they are. What Argo CD's objects in the home say of accounts is
 * not known yet when it begins to answer, and may be taken away while it runs: the config alone counts.
 */
export function refuseUnguarded(config: Guarded, report: Report): void {
  if (!isGuarded(config) && !isLoopback(config.server.listen.hostname))
    report(
      ["server", "listen"],
      "an address that other machines can reach needs accounts, signOn or server.token",
      "Write one of them, or listen on 127.0.0.1",
    );
}

type Guarded = Pick<Config, "server" | "accounts" | "signOn">;

function isGuarded({ server, accounts, signOn }: Guarded): boolean {
  return server.token !== undefined || accounts.length + signOn.length > 0;
}

/** What works, and is less safe than it could be. */
export function weakSpots(config: Guarded & Pick<Config, "metrics" | "tracing">, warn: Report): void {
  const { server, metrics, tracing } = config;
  if (tracing.authorization !== undefined && tracing.url !== undefined) {
    const { protocol, hostname } = new URL(tracing.url);
    if (protocol === "http:" && !isLoopback(hostname.replace(/^\[|\]$/g, "")))
      warn(
        ["tracing", "endpoint"],
        "the authorization is sent without TLS, and whoever is between reads it",
        "Write https, or send to a collector on this machine",
      );
  }
  const isPlain = server.tls.certificate.by === "nothing";
  const isOpen = isGuarded(config) && !isLoopback(server.listen.hostname);
  if (isPlain && isOpen && server.trustedProxies.length === 0)
    warn(
      ["server", "listen"],
      "other machines send passwords and tokens without TLS, and whoever is between reads them",
      "Set server.tls, or name the proxy that speaks TLS in server.trustedProxies",
    );
  if (metrics.listen !== undefined && !isLoopback(metrics.listen.hostname) && metrics.token === undefined)
    warn(
      ["metrics", "listen"],
      "whoever reaches it reads the names of applications, repositories and clusters",
      "Set metrics.token, or let only Prometheus reach it",
    );
}

/** Whoever shows one sends visible signs only: with another one nobody would be let in, and no one would know why. */
function tokenOf(values: Values, section: "server" | "metrics", report: Report): Secret | undefined {
  const token = values["token"] as Secret | undefined;
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token.reveal()))
    report(
      [section, "token"],
      "holds a sign that no client can send",
      "Use letters, digits and signs of ASCII, without spaces",
    );
  return token;
}

function listenOf(text: string, section: "server" | "metrics", report: Report): ListenAddress | undefined {
  const listen = parseListenAddress(text);
  if (listen === undefined)
    report([section, "listen"], "is no address with a port", "Write it like 127.0.0.1:8080");
  return listen;
}

function basePathOf(written: string, report: Report): string {
  const path = written.replace(/\/+$/, "");
  if (path === "") return "";
  const [root, ...steps] = path.split("/");
  const isPath = root === "" && steps.every((step) => STEP.test(step) && step !== "." && step !== "..");
  const at = ["server", "basePath"];
  if (!isPath) report(at, "is no path of letters, digits and the signs . _ ~ -", "Write it like /holdfast");
  else if (OURS.has(steps[0] ?? ""))
    report(at, `begins as a path of Holdfast's own: /${steps[0]}`, "Name it otherwise");
  return path;
}

function networksOf(networks: readonly string[], report: Report): string[] {
  return networks.filter((network, index) => {
    const why = whyNoNetwork(network);
    if (why !== undefined)
      report(
        ["server", "trustedProxies", index],
        `${JSON.stringify(network)} ${why}`,
        "Write it like 10.0.0.0/8",
      );
    return why === undefined;
  });
}

function badgesOf(patterns: readonly string[], report: Report): string[] {
  return patterns.filter((pattern, index) => {
    const isPattern = /^[^\s,/]+(\/[^\s,/]+){1,2}$/.test(pattern);
    if (!isPattern)
      report(
        ["server", "badges", index],
        `${JSON.stringify(pattern)} names no applications`,
        "Write it like team/*, or team/namespace/name",
      );
    return isPattern;
  });
}

function certificateOf(tls: Values, report: Report): ServerCertificate {
  const [certFile, keyFile] = [tls["certFile"] as string, tls["keyFile"] as string];
  const said = { certFile: certFile || undefined, keyFile: keyFile || undefined };
  if (tls["selfSigned"] === true) {
    for (const key of Object.keys(defined(said)))
      report(["server", "tls", key], "is written beside selfSigned", "Remove one of them");
    return { by: "self-signed" };
  }
  if (certFile === "" && keyFile === "") return { by: "nothing" };
  if (certFile === "") report(["server", "tls", "keyFile"], "needs certFile beside it");
  if (keyFile === "") report(["server", "tls", "certFile"], "needs keyFile beside it");
  return { by: "files", certFile, keyFile };
}
