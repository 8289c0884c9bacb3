import { withCertificates, withoutCertificates } from "../../src/core/argocd/trust-edits.ts";
import type { KeptTrust } from "../../src/core/model/trusted-certificate.ts";
import type { CertificateDesk } from "../../src/core/ports/certificate-desk.ts";

/**
 * A desk in memory, which takes whatever it is given.
 * @param calls what was changed
 */
export function fakeCertificates(calls: string[] = []): CertificateDesk {
  let trust: KeptTrust = {
    authorities: new Map(),
    knownHosts:
      "git.example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMaRq1eGya0zYfiRBzY82jDW1erAfen4C+kn4T5Bf10g\n",
  };
  return {
    keptIn: { https: "data", ssh: "data" },
    kept: () => trust,
    problems: () => [],
    async add(wanted, how) {
      calls.push(`trust ${wanted.map(({ host }) => host).join(" ")}`);
      const edit = withCertificates(trust, wanted, how);
      if (edit.is === "conflict") throw new Error(edit.why);
      trust = edit.trust;
      return edit.count;
    },
    async remove(filter) {
      const edit = withoutCertificates(trust, filter);
      calls.push("distrust");
      trust = edit.trust;
      return edit.gone;
    },
  };
}
