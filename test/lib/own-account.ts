/** The folder that Kubernetes mounts into a Pod for its account, as far as the daemon learns from it where it runs. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface BoundPod {
  namespace: string;
  serviceAccount: string;
  /** Absent: a token that is bound to no Pod. */
  pod?: { name: string; uid: string };
}

/** @returns its path */
export function accountFolder(token: string): string {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-account-"));
  writeFileSync(join(folder, "token"), token);
  return folder;
}

/** As the API server writes them; nobody verifies it here. */
export function tokenOf({ namespace, serviceAccount, pod }: BoundPod): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const bound = { namespace, serviceaccount: { name: serviceAccount, uid: "u" }, ...(pod ? { pod } : {}) };
  const claims = { sub: `system:serviceaccount:${namespace}:${serviceAccount}`, "kubernetes.io": bound };
  return `${part({ alg: "RS256" })}.${part(claims)}.signature`;
}
