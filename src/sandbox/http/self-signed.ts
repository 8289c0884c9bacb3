import { issueCertificate } from "../../lib/issue-certificate.ts";

/** PEM texts. The certificate is its own authority: whoever trusts it trusts this one server and nothing else. */
export interface SelfSigned {
  certificate: string;
  key: string;
}

const loopback4 = Uint8Array.of(127, 0, 0, 1);
const loopback6 = Uint8Array.from({ length: 16 }, (_, index) => (index === 15 ? 1 : 0));

/**
 * A certificate for loopback: `127.0.0.1`, `::1` and `localhost`. clientcmd, and with it kubectl, sends a token over
 * TLS only.
 *
 * @param nowMs it is valid from an hour before, for a year
 */
export function selfSigned(nowMs: number): SelfSigned {
  return issueCertificate({
    commonName: "holdfast sandbox",
    names: [loopback4, loopback6, "localhost"],
    uses: ["authority", "server"],
    nowMs,
    days: 365,
  });
}
