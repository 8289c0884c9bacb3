/** What an API server was asked to write, from its own audit log: the judge of "nothing was written". */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface AuditedWrite {
  /** `create`, `update`, `patch`, `delete`, `deletecollection`. */
  verb: string;
  /** `configmaps`, `deployments.apps`, with `/status` and the like after it. */
  resource: string;
  namespace: string;
  name: string;
  /** HTTP status of the answer. */
  code: number;
  dryRun: boolean;
  userAgent: string;
  /** Milliseconds since 1970. */
  at: number;
  query: URLSearchParams;
}

export interface AuditLog {
  /** For kube-apiserver. */
  flags: string;
  /** Every write so far, oldest first, dry runs included. */
  writes(): Promise<AuditedWrite[]>;
  remove(): void;
}

interface Entry {
  verb: string;
  requestURI: string;
  userAgent?: string;
  objectRef?: {
    resource?: string;
    subresource?: string;
    apiGroup?: string;
    namespace?: string;
    name?: string;
  };
  responseStatus?: { code?: number };
  requestReceivedTimestamp: string;
  requestObject?: { dryRun?: string[] };
}

export function auditLog(): AuditLog {
  const dir = mkdtempSync(join(tmpdir(), "holdfast-audit-"));
  const policy = join(dir, "policy.yaml"),
    file = join(dir, "audit.log");
  writeFileSync(
    policy,
    JSON.stringify({
      apiVersion: "audit.k8s.io/v1",
      kind: "Policy",
      omitStages: ["RequestReceived"],
      rules: [
        // A deletion says in its body whether it is a dry run.
        { level: "Request", verbs: ["delete", "deletecollection"] },
        { level: "Metadata", verbs: ["create", "update", "patch"] },
        { level: "None" },
      ],
    }),
  );
  return {
    flags: `--audit-policy-file=${policy} --audit-log-path=${file} --audit-log-mode=blocking`,
    async writes() {
      const lines = (await Bun.file(file).text()).split("\n");
      return lines.filter((line) => line.endsWith("}")).map((line) => asWrite(JSON.parse(line) as Entry));
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

function asWrite({
  verb,
  requestURI,
  userAgent = "",
  objectRef = {},
  responseStatus,
  requestReceivedTimestamp,
  requestObject,
}: Entry): AuditedWrite {
  const { resource = "", subresource, apiGroup = "", namespace = "", name = "" } = objectRef;
  const query = new URL(requestURI, "https://localhost").searchParams;
  return {
    verb,
    namespace,
    name,
    userAgent,
    query,
    resource: `${resource}${apiGroup === "" ? "" : `.${apiGroup}`}${subresource === undefined ? "" : `/${subresource}`}`,
    code: responseStatus?.code ?? 0,
    dryRun: query.has("dryRun") || (requestObject?.dryRun ?? []).length > 0,
    at: Date.parse(requestReceivedTimestamp),
  };
}
