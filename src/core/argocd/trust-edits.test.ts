import { describe, expect, test } from "bun:test";
import type { WantedCertificate } from "../model/trusted-certificate.ts";
import { withCertificates } from "./trust-edits.ts";

const TYPE = "ssh-ed25519";
const ssh = (host: string, key = "new", keyType = TYPE): WantedCertificate => ({
  ...{ is: "ssh", host, keyType, key },
});
const kept = (...lines: string[]) => ({
  authorities: new Map<string, string>(),
  knownHosts: lines.join("\n"),
});
const linesAfter = (...of: Parameters<typeof withCertificates>): string[] => {
  const edit = withCertificates(...of);
  return edit.is === "edited" ? edit.trust.knownHosts.trimEnd().split("\n") : [edit.host, edit.why];
};

describe("withCertificates()", () => {
  test("a key takes the place of its host's alone, and what stands beside it stays", () => {
    const before = kept(
      ...[
        "# of the team",
        `a.example,B.example ${TYPE} old`,
        "a.example ssh-rsa old",
        `@revoked * ${TYPE} x`,
      ],
    );
    expect(linesAfter(before, [ssh("b.example"), ssh("A.example", "new", "ssh-rsa")], "upsert")).toEqual([
      ...["# of the team", `a.example ${TYPE} old`, `@revoked * ${TYPE} x`],
      ...[`b.example ${TYPE} new`, "a.example ssh-rsa new"],
    ]);
    expect(linesAfter(before, [ssh("c.example"), ssh("b.example")], "add")).toEqual([
      "b.example",
      `a key of type ${TYPE} is there, and is another one`,
    ]);
    expect(linesAfter(kept(), [ssh("a.example"), ssh("A.example")], "add")).toEqual([
      `a.example ${TYPE} new`,
    ]);
  });

  test("as many as one request may send, beside as many as there may be, keep nobody else waiting", () => {
    const hosts = Array.from({ length: 8_000 }, (_, at) => `h${at}.example`);
    const before = kept(...hosts.map((host) => `${host} ${TYPE} old${"x".repeat(80)}`));
    const wanted = hosts.slice(0, 1_000).map((host) => ssh(host));
    expect(linesAfter(before, wanted, "upsert")).toHaveLength(8_000);
    const others = wanted.map(({ host }) => ssh(`new-${host}`));
    expect(linesAfter(before, others, "add")).toHaveLength(9_000);
  });
});
