import { expect, test } from "bun:test";
import { certificateItems } from "./certificate-items.ts";

test("lines of known_hosts are an item for each host", () => {
  const read = certificateItems(
    "ssh",
    "",
    "# ours\n\na.example.com,b.example.com ssh-ed25519 AAAAC3 me@home\r\n",
  );
  expect(read).toEqual({
    is: "items",
    items: ["a.example.com", "b.example.com"].map((serverName) => ({
      ...{ serverName, certType: "ssh" as const, certSubType: "ssh-ed25519" },
      certData: Buffer.from("AAAAC3").toString("base64"),
    })),
  });
});

test("a certificate is of its host, whatever its letters", () => {
  const pem = "-----BEGIN CERTIFICATE-----\nMIIé\n-----END CERTIFICATE-----\n";
  expect(certificateItems("https", " git.example.com ", pem)).toEqual({
    is: "items",
    items: [
      {
        ...{ serverName: "git.example.com", certType: "https", certSubType: "" },
        certData: Buffer.from(pem).toString("base64"),
      },
    ],
  });
});

test.each([
  ["ssh", "", "no line"],
  ["ssh", "# a comment alone", "no line"],
  ["ssh", "git.example.com ssh-ed25519", "line 1"],
  ["ssh", "a ssh-rsa AAAA\n|1|x|y ssh-rsa AAAA", "line 2: hashed"],
  ["ssh", "@cert-authority * ssh-rsa AAAA", "line 1: marked"],
  ["https", "MIIC", "no PEM"],
] as const)("%s %j is refused with what is wrong", (type, text, says) => {
  expect(certificateItems(type, "h", text)).toMatchObject({
    is: "wrong",
    why: expect.stringContaining(says),
  });
});
