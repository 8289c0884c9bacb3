import { describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { issueCertificate } from "./issue-certificate.ts";

describe("issueCertificate()", () => {
  const nowMs = Date.UTC(2030, 0, 2, 12);
  const authority = issueCertificate({ commonName: "an authority", uses: ["authority"], nowMs, days: 2 });
  const server = issueCertificate(
    {
      commonName: "a server",
      names: ["a.example.com", Uint8Array.of(127, 0, 0, 1)],
      uses: ["server"],
      nowMs,
      days: 2,
    },
    authority,
  );
  const [ca, leaf] = [new X509Certificate(authority.certificate), new X509Certificate(server.certificate)];

  test("an authority signs itself and may sign others", () => {
    expect({ ca: ca.ca, issuer: ca.issuer, signed: ca.verify(ca.publicKey) }).toEqual({
      ca: true,
      issuer: "CN=an authority",
      signed: true,
    });
  });
  test("a server's certificate is the authority's work, for its names and addresses alone", () => {
    expect({
      ca: leaf.ca,
      issued: leaf.checkIssued(ca),
      signed: leaf.verify(ca.publicKey),
      names: leaf.subjectAltName,
    }).toEqual({ ca: false, issued: true, signed: true, names: "DNS:a.example.com, IP Address:127.0.0.1" });
    expect(leaf.checkHost("b.example.com")).toBeUndefined();
  });
  test("it is valid from an hour before, for as long as asked", () => {
    expect([leaf.validFrom, leaf.validTo]).toEqual(["Jan  2 11:00:00 2030 GMT", "Jan  4 12:00:00 2030 GMT"]);
  });
});
