import { issueCertificate } from "../../src/lib/issue-certificate.ts";

/** PEM texts. */
export interface Certificates {
  ca: string;
  cert: string;
  key: string;
}

/**
 * A certificate authority of its own and a server certificate signed by it.
 * @param names DNS names of the server; 127.0.0.1 is not among them, so that a wrong name can be tried
 */
export async function makeCertificates(names: readonly string[]): Promise<Certificates> {
  const nowMs = Date.now();
  const authority = issueCertificate({
    commonName: "Holdfast test authority",
    uses: ["authority"],
    nowMs,
    days: 2,
  });
  const server = issueCertificate(
    { commonName: names[0] ?? "", names, uses: ["server"], nowMs, days: 2 },
    authority,
  );
  return { ca: authority.certificate, cert: server.certificate, key: server.key };
}
