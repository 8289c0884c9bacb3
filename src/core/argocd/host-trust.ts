/** Which certificates and host keys are right, as two ConfigMaps of Argo CD say it. */
import { whyNoCertificates } from "../../lib/check-pem.ts";
import { defined } from "../../lib/defined.ts";
import { textsOf } from "../model/decoded-secret.ts";
import type { KubeObject } from "../model/kube-object.ts";
import type { Problem } from "../model/problem.ts";
import type { KeptTrust } from "../model/trusted-certificate.ts";

export const TLS_CERTIFICATES = "argocd-tls-certs-cm";
export const KNOWN_HOSTS = "argocd-ssh-known-hosts-cm";

export type HostTrust = KeptTrust;

export const NO_TRUST: HostTrust = { authorities: new Map(), knownHosts: "" };

/** @param last what was read before: a certificate that cannot be read stays what it was */
export function readTlsCertificates(
  configMap: KubeObject,
  shown: string,
  last: HostTrust["authorities"],
): { authorities: HostTrust["authorities"]; problems: Problem[] } {
  const problems: Problem[] = [];
  const report = (path: string, text: string, fix?: string): unknown =>
    problems.push({ severity: "error", object: shown, path, text, ...defined({ fix }) });
  const authorities = new Map<string, string>();
  for (const [written, text] of Object.entries(textsOf(configMap["data"], "data", report))) {
    const host = written.toLowerCase();
    const why = whyNoCertificates(text);
    if (why === undefined) authorities.set(host, text);
    else {
      const known = last.get(host);
      if (known !== undefined) authorities.set(host, known);
      report(
        `data[${JSON.stringify(written)}]`,
        `${why}${known === undefined ? "" : "; the certificates are as they were read last"}`,
        "Write the certificates of the host's authority in PEM",
      );
    }
  }
  return { authorities, problems };
}

export function readKnownHosts(configMap: KubeObject): string {
  const data = textsOf(configMap["data"], "data", () => undefined);
  return data["ssh_known_hosts"] ?? "";
}

/** As one of the two ConfigMaps holds it. */
export function trustData(
  name: typeof TLS_CERTIFICATES | typeof KNOWN_HOSTS,
  { authorities, knownHosts }: HostTrust,
): Record<string, string> {
  if (name === TLS_CERTIFICATES) return Object.fromEntries(authorities);
  return knownHosts === "" ? {} : { ssh_known_hosts: knownHosts };
}
