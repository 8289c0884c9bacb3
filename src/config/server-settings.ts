import type { SettingTable } from "./setting.ts";

/** Where the API and the page answer, how they are reached from outside, and what Prometheus may read. */
export const SERVER = {
  listen: {
    is: "text",
    doc: "Address and port. An address that is not loopback needs accounts, signOn or a token.",
    default: "127.0.0.1:8080",
  },
  token: {
    is: "secret",
    doc: "Clients send it as `Authorization: Bearer …`. An administrator for whoever sends it. Without it, and without accounts and signOn, only this machine may connect.",
    example: "${HOLDFAST_TOKEN}",
  },
  url: {
    is: "text",
    doc: "Address at which browsers reach the page, such as https://cd.example.org. Providers of signOn send them back to it, and a certificate of Holdfast's own making is for it too.",
    default: "",
    pattern: /^https?:\/\/[^\s/@?#]+\/?$/,
    wrong: "must be a URL without a path",
  },
  basePath: {
    is: "text",
    doc: "The path below which everything is served, such as /holdfast. A proxy may leave it in requests or take it away: both are answered.",
    default: "",
  },
  trustedProxies: {
    is: "texts",
    doc: "Addresses and networks of proxies whose X-Forwarded-For, -Proto and -Host are believed. Empty: nobody's are.",
    default: [],
    example: "[127.0.0.1, 10.0.0.0/8]",
  },
  badges: {
    is: "texts",
    doc: "Applications whose badge /api/badge shows to everybody, without a login, as policies name them: project/name, or project/namespace/name beside the home namespace, with *. Empty: there are no badges.",
    default: [],
    example: '["shop/*", "platform/ingress"]',
  },
  tls: {
    is: "section",
    doc: "TLS on the address of the API. Files are read again when they change; what does not fit together is reported, and the certificate before it stays.",
    keys: {
      certFile: {
        is: "path",
        doc: "PEM: the server's certificate first, then those between it and its authority.",
        default: "",
      },
      keyFile: { is: "path", doc: "PEM: the key of the first certificate, without a password.", default: "" },
      selfSigned: {
        is: "flag",
        doc: "A certificate of Holdfast's own making, kept in the data folder and renewed there. Its fingerprint is in the log and in `holdfast status`.",
        default: false,
      },
      minVersion: {
        is: "choice",
        doc: "The oldest version of TLS that is spoken.",
        default: "TLSv1.2",
        of: ["TLSv1.2", "TLSv1.3"],
      },
      http2: {
        is: "flag",
        doc: "HTTP/2 for clients that ask for it, beside HTTP/1.1: a browser then has more than six event streams open.",
        default: true,
      },
    },
  },
} as const satisfies SettingTable;

export const METRICS = {
  listen: {
    is: "text",
    doc: "An address and port of their own, where there is nothing but /metrics and /healthz, such as 0.0.0.0:9090. Empty: none; /metrics is answered beside the API either way.",
    default: "",
  },
  token: {
    is: "secret",
    doc: "Opens /metrics and nothing else, there and beside the API. Without one, metrics.listen answers whoever reaches it.",
    example: "${HOLDFAST_METRICS_TOKEN}",
  },
  applicationLabels: {
    is: "texts",
    doc: "Labels of applications that argocd_app_labels tells, each as label_NAME with _ for what Prometheus does not take. Empty: there is no such metric.",
    default: [],
    example: "[team, app.kubernetes.io/part-of]",
  },
  applicationConditions: {
    is: "texts",
    doc: "Conditions of applications that argocd_app_condition tells. Empty: there is no such metric.",
    default: [],
    example: "[ComparisonError, SyncError, OrphanedResourceWarning]",
  },
} as const satisfies SettingTable;

export const TRACING = {
  endpoint: {
    is: "text",
    doc: "Address of a receiver of OTLP over HTTP, such as http://127.0.0.1:4318; spans go to /v1/traces below it, as JSON. Empty: nothing is traced.",
    default: "",
    pattern: /^https?:\/\/[^\s/@?#]+(?:\/[^\s?#]*)?$/,
    wrong: "must be an address such as http://127.0.0.1:4318, without a login in it",
  },
  authorization: {
    is: "secret",
    doc: "What the header Authorization says there.",
    example: "Bearer ${OTLP_TOKEN}",
  },
} as const satisfies SettingTable;
