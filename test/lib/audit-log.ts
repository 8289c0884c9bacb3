/** What an API server was asked to write, from its own audit log: the judge of "nothing was written". */
import { closeSync, existsSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from "node:fs";
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
  /** What a deletion names as its precondition: the uid and the version of what was judged. */
  judged: { uid?: string; resourceVersion?: string };
  userAgent: string;
  /** The user that it acted as, "" where it acted as itself. */
  actedAs: string;
  /** Milliseconds since 1970. */
  at: number;
  /** When it was answered. */
  endedAt: number;
  query: URLSearchParams;
}

export interface AuditLog {
  /** For kube-apiserver. */
  flags: string;
  /** Every write so far by whomever, oldest first, dry runs included. */
  writes(): AuditedWrite[];
  remove(): void;
}

/** As every request of the daemon names itself. Tests, kubectl and controllers name themselves otherwise. */
const DAEMON_AGENT = "holdfast";

/** Whether a daemon of ours asked for it, whatever the verb: deletions name no field manager. */
export function isByDaemon({ userAgent }: AuditedWrite): boolean {
  return userAgent === DAEMON_AGENT;
}

interface Entry {
  verb: string;
  requestURI: string;
  userAgent?: string;
  impersonatedUser?: { username?: string };
  objectRef?: {
    resource?: string;
    subresource?: string;
    apiGroup?: string;
    namespace?: string;
    name?: string;
  };
  responseStatus?: { code?: number };
  requestReceivedTimestamp: string;
  stageTimestamp: string;
  requestObject?: { dryRun?: string[]; preconditions?: AuditedWrite["judged"] };
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
  const read: AuditedWrite[] = [];
  const newLines = wholeLines(file);
  return {
    flags: `--audit-policy-file=${policy} --audit-log-path=${file} --audit-log-mode=blocking`,
    writes() {
      for (const line of newLines()) read.push(asWrite(JSON.parse(line) as Entry));
      return [...read];
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

function asWrite({
  verb,
  requestURI,
  userAgent = "",
  impersonatedUser,
  objectRef = {},
  responseStatus,
  requestReceivedTimestamp,
  stageTimestamp,
  requestObject,
}: Entry): AuditedWrite {
  const { resource = "", subresource, apiGroup = "", namespace = "", name = "" } = objectRef;
  const query = new URL(requestURI, "https://localhost").searchParams;
  return {
    verb,
    namespace,
    name,
    userAgent,
    actedAs: impersonatedUser?.username ?? "",
    query,
    resource: `${resource}${apiGroup === "" ? "" : `.${apiGroup}`}${subresource === undefined ? "" : `/${subresource}`}`,
    code: responseStatus?.code ?? 0,
    dryRun: query.has("dryRun") || (requestObject?.dryRun ?? []).length > 0,
    judged: requestObject?.preconditions ?? {},
    at: Date.parse(requestReceivedTimestamp),
    endedAt: Date.parse(stageTimestamp),
  };
}

/** A reader of a file that grows: each call gives the lines that were ended since the last one. */
function wholeLines(file: string): () => string[] {
  let offset = 0;
  return () => {
    if (!existsSync(file)) return [];
    const handle = openSync(file, "r");
    const chunks: Buffer[] = [];
    try {
      for (let at = offset; ; ) {
        const chunk = Buffer.alloc(1 << 20);
        const length = readSync(handle, chunk, 0, chunk.length, at);
        if (length === 0) break;
        chunks.push(chunk.subarray(0, length));
        at += length;
      }
    } finally {
      closeSync(handle);
    }
    const fresh = Buffer.concat(chunks);
    const end = fresh.lastIndexOf("\n") + 1;
    offset += end;
    return fresh
      .subarray(0, end)
      .toString()
      .split("\n")
      .filter((line) => line !== "");
  };
}
