/** Secrets and ConfigMaps as Argo CD has them, and what is held of them. */
import { generateKeyPairSync } from "node:crypto";
import { type ArgoHeld, type ArgoMemory, holdArgo, NOTHING_HELD } from "../../src/core/argocd/held.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { showProblem } from "../../src/core/model/problem.ts";
import type { RepositoryAccess } from "../../src/core/model/repository-access.ts";
import { Secret } from "../../src/core/model/secret.ts";
import { issueCertificate } from "../../src/lib/issue-certificate.ts";

export const CANARY = "canary-71c0de";
export const CERT = issueCertificate({
  commonName: "x",
  uses: ["authority"],
  nowMs: Date.UTC(2026, 10, 28),
  days: 1,
});
export const RSA = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
}).privateKey;
export const GOOGLE = JSON.stringify({
  type: "service_account",
  client_email: "ci@shop.example",
  private_key: RSA,
  token_uri: "https://oauth2.example.com/token",
});
let versions = 0;

export function object(kind: string, name: string, rest: object, labels = {}): KubeObject {
  const metadata = { name, namespace: "argocd", resourceVersion: String(++versions), labels };
  return { apiVersion: "v1", kind, metadata, ...rest };
}
export function secret(type: string, name: string, data: Record<string, string>): KubeObject {
  const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")]);
  return object(
    "Secret",
    name,
    { data: Object.fromEntries(encoded) },
    { "argocd.argoproj.io/secret-type": type },
  );
}
export const map = (name: string, data: Record<string, string>): KubeObject =>
  object("ConfigMap", name, { data }, { "app.kubernetes.io/part-of": "argocd" });

/** @param objects Secrets and ConfigMaps, in any order */
export function hold(
  objects: KubeObject[],
  before: ArgoMemory = NOTHING_HELD,
): { held: ArgoHeld; memory: ArgoMemory } {
  return holdArgo(
    {
      secrets: objects.filter(({ kind }) => kind === "Secret"),
      configMaps: objects.filter(({ kind }) => kind === "ConfigMap"),
    },
    before,
  );
}
export const sentences = ({ problems }: ArgoHeld): string[] => problems.map(showProblem);
/** With its secrets in the clear. */
function open(entry: RepositoryAccess): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(entry).map(([key, value]) => [key, value instanceof Secret ? value.reveal() : value]),
  );
}
export const opened = ({ repositories }: ArgoHeld): unknown[] => repositories.map(open);
export const GIT = "https://git.example.com/team/shop.git";
