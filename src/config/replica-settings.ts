import type { Secret } from "../core/model/secret.ts";
import { defined, filled } from "../lib/defined.ts";
import type { FieldPath } from "../lib/field-path.ts";
import type { Values } from "./read-settings.ts";
import type { SettingTable } from "./setting.ts";

/** Several daemons of which one leads. */
export interface ReplicaSettings {
  /** Of the home cluster. */
  lease: { namespace: string; name: string };
  /** For which the Lease holds after each renewal. */
  leaseMs: number;
  store: SharedStoreSettings;
  /** An origin; undefined: made of POD_IP and `server.listen`. */
  address?: string;
}

/** Where they keep what they share. `name`: several of them may use one database. */
export type SharedStoreSettings =
  | { in: "secrets" }
  | { in: "postgres"; url: Secret; name: string; ca?: string; timeoutMs: number };

/** As core/replicas has it. */
const LONGEST_LEASE_MS = 60_000;
const NAME = /^[a-z0-9]([-a-z0-9]{0,45}[a-z0-9])?$/;

export const REPLICAS = {
  store: {
    is: "choice",
    doc: "What several daemons share. none: there is one daemon, and nothing is shared. secrets: Secrets of the home's namespace. postgres: a PostgreSQL.",
    default: "none",
    of: ["none", "secrets", "postgres"],
  },
  lease: {
    is: "section",
    doc: "The Lease of the home cluster by which one of them leads; the Secrets of `store` are named after it.",
    keys: {
      name: {
        is: "text",
        doc: "Of all of them the same.",
        default: "holdfast",
        pattern: NAME,
        wrong: "must be at most 47 small letters, digits and dashes",
      },
      namespace: {
        is: "text",
        doc: "Empty: `namespace`.",
        default: "",
        pattern: /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
        wrong: "must be a namespace's name",
      },
      duration: {
        is: "duration",
        doc: "How long it holds after a renewal, in whole seconds from 2s to 60s: so long after a leader died nobody leads. A leader renews it four times as often, and one that could not for three quarters of it ends.",
        default: "4s",
        leastMs: 2_000,
      },
    },
  },
  address: {
    is: "text",
    doc: "Where the others reach this one, such as http://10.1.2.3:8080: they hand on to it what they are asked while it leads. Empty: the environment variable POD_IP with the port of `server.listen`.",
    default: "",
    pattern: /^https?:\/\/[^\s/@?#]+\/?$/,
    wrong: "must be a URL without a path",
  },
  postgres: {
    is: "section",
    doc: "Of `store: postgres`. Its user makes two tables, and reads and writes them.",
    keys: {
      url: {
        is: "secret",
        doc: "postgres://user:password@host:5432/database?sslmode=verify-full",
        example: "${HOLDFAST_POSTGRES}",
      },
      ca: { is: "content", doc: "PEM of the authority that vouches for its server." },
      name: {
        is: "text",
        doc: "What tells several installations in one database apart. Empty: the Lease's namespace and name.",
        default: "",
      },
      timeout: {
        is: "duration",
        doc: "Longest time of one statement.",
        default: "10s",
        leastMs: 1_000,
      },
    },
  },
} as const satisfies SettingTable;

type Report = (path: FieldPath, text: string, fix?: string) => void;

/** @returns undefined: there is one daemon */
export function readReplicas(
  values: Values,
  { home, namespace: homeNamespace }: { home: "files" | "cluster"; namespace: string },
  report: Report,
): ReplicaSettings | undefined {
  const lease = values["lease"] as Values,
    postgres = values["postgres"] as Values;
  const url = postgres["url"] as Secret | undefined;
  const kind = values["store"] as "none" | "secrets" | "postgres";
  if (url !== undefined && kind !== "postgres")
    report(["replicas", "postgres", "url"], "holds nothing", "Write replicas.store: postgres, or remove it");
  if (kind === "none") return undefined;
  if (home !== "cluster")
    report(
      ["replicas", "store"],
      "several daemons need a cluster as their home: files of one machine are nobody else's",
      "Write home: cluster, or store: none",
    );
  const namespace = (lease["namespace"] as string) || homeNamespace;
  const name = lease["name"] as string;
  const leaseMs = lease["duration"] as number;
  if (leaseMs % 1_000 !== 0 || leaseMs > LONGEST_LEASE_MS)
    report(["replicas", "lease", "duration"], "must be whole seconds, and at most 60s");
  const place = {
    lease: { namespace, name },
    leaseMs,
    ...filled({ address: originOf(values["address"] as string) }),
  };
  if (kind === "secrets") return { ...place, store: { in: "secrets" } };
  if (url === undefined) {
    report(["replicas", "postgres", "url"], "this setting is required", "Say where the PostgreSQL is");
    return undefined;
  }
  const parsed = URL.parse(url.reveal());
  if (parsed === null || !/^postgres(ql)?:$/.test(parsed.protocol))
    report(
      ["replicas", "postgres", "url"],
      "is no address of a PostgreSQL",
      "Write it like postgres://user:password@host:5432/database",
    );
  return {
    ...place,
    store: {
      in: "postgres",
      url,
      name: (postgres["name"] as string) || `${namespace}/${name}`,
      timeoutMs: postgres["timeout"] as number,
      ...defined({ ca: postgres["ca"] as string | undefined }),
    },
  };
}

function originOf(address: string): string {
  return address.replace(/\/$/, "");
}
