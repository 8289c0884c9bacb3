import { expect, test } from "bun:test";
import { makeCertificates } from "../../../test/lib/certificates.ts";
import { shownCertificates } from "./shown-certificates.ts";

/** Made by ssh-keygen for this test, and what `ssh-keygen -l` says of it. */
const KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIMaRq1eGya0zYfiRBzY82jDW1erAfen4C+kn4T5Bf10g";
const FINGERPRINT = "SHA256:nyvy9T/7JJ63WszX/U+/INyJhzJtFsB9RAeF44dSqlM";

test("keys of ssh hosts: one for each name, with its fingerprint, and nothing that is revoked or no key", () => {
  const sshKnownHosts = [
    "# of the team",
    `git.example.com,[git.example.com]:2222 ssh-ed25519 ${KEY} a comment`,
    `|1|c2FsdA==|aGFzaA== ssh-ed25519 ${KEY}`,
    `@cert-authority *.example.org ssh-ed25519 ${KEY}`,
    `@revoked lost.example.com ssh-ed25519 ${KEY}`,
    "half.example.com ssh-ed25519",
    "",
  ].join("\r\n");
  const shown = shownCertificates([
    { url: "ssh://git@git.example.com/a.git", sshKnownHosts },
    // Another entry with the same host.
    { url: "ssh://git@git.example.com/b.git", sshKnownHosts },
  ]);
  expect(shown.map(({ serverName }) => serverName)).toEqual([
    "*.example.org",
    "[git.example.com]:2222",
    "git.example.com",
    "|1|c2FsdA==|aGFzaA==",
  ]);
  expect(shown[2]).toEqual({
    serverName: "git.example.com",
    certType: "ssh",
    certSubType: "ssh-ed25519",
    certData: Buffer.from(KEY).toString("base64"),
    certInfo: FINGERPRINT,
  });
});

test("authorities: by host, each of a bundle", async () => {
  const [one, two] = [await makeCertificates(["a"]), await makeCertificates(["b"])];
  const shown = shownCertificates([
    { url: "https://git.example.com:8443/team/", ca: `${one.ca}\n${two.ca}` },
    {
      url: "oci://registry.example.com/x",
      ca: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
    },
  ]);
  expect(shown).toHaveLength(2);
  expect(shown[0]).toMatchObject({
    serverName: "git.example.com:8443",
    certType: "https",
    certSubType: "ec",
    certInfo: "CN=Holdfast test authority",
  });
  expect(shown.map(({ certData }) => Buffer.from(certData, "base64").toString().trim()).sort()).toEqual(
    [one.ca.trim(), two.ca.trim()].sort(),
  );
});
