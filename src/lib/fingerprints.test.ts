import { expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { fingerprintsOf, parseFingerprint } from "./fingerprints.ts";
import { issueCertificate } from "./issue-certificate.ts";

test("fingerprints are those of openssl, and are read however they were copied", () => {
  const certificate = new X509Certificate(
    issueCertificate({ commonName: "a", uses: ["server"], nowMs: Date.now(), days: 1 }).certificate,
  );
  const { certificate: fingerprint } = fingerprintsOf(certificate);
  expect(fingerprint).toBe(`SHA256:${certificate.fingerprint256}`);
  const hex = certificate.fingerprint256.replaceAll(":", "").toLowerCase();
  for (const written of [
    fingerprint,
    certificate.fingerprint256,
    hex,
    `sha256 Fingerprint=${certificate.fingerprint256}`,
  ])
    expect(parseFingerprint(written)).toBe(fingerprint);
  expect(["", "SHA256:", hex.slice(1), `${hex}0`].map(parseFingerprint)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
