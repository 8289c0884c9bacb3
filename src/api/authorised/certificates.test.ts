import { describe, expect, test } from "bun:test";
import { endingOf } from "../../../test/lib/ending-of.ts";
import { AccessPolicy } from "../../core/access/access-policy.ts";
import { askerOf } from "../../core/access/asker.ts";
import { parsePolicy } from "../../core/access/policy-text.ts";
import type { WantedCertificate } from "../../core/model/trusted-certificate.ts";
import { authorisedCertificates } from "./certificates.ts";

const policy = new AccessPolicy({
  lines: parsePolicy(
    [
      "p, ann, certificates, create, *, allow",
      "p, ann, certificates, update, *, allow",
      "p, ann, certificates, create, git.prod.example, deny",
      "p, ann, certificates, update, charts.prod.example, deny",
    ].join("\n"),
    "policy.csv",
  ).lines,
  projects: new Map(),
  matchMode: "glob",
  defaultRole: undefined,
});
const ann = askerOf({ actor: "user:ann", subject: { name: "ann", groups: [] } }, () => policy);

describe("authorisedCertificates()", () => {
  const added: string[] = [];
  const { add } = authorisedCertificates({
    kept: () => ({ authorities: new Map(), knownHosts: "" }),
    keptIn: { https: "data", ssh: "data" },
    problems: () => [],
    add: async (wanted) => added.push(...wanted.map(({ host }) => host)),
    remove: async () => ({ authorities: new Map(), knownHosts: "" }),
  });
  const tls = (host: string): WantedCertificate => ({ is: "https", host, pem: "" });
  const ssh = (host: string): WantedCertificate => ({ is: "ssh", host, keyType: "ssh-ed25519", key: "" });

  test.each(["git.prod.example", "GIT.prod.example", "Git.Prod.Example"])(
    "%s is the host that a policy denies, however it is written",
    async (host) => {
      for (const wanted of [tls(host), ssh(host)])
        expect(await endingOf(add(ann, [tls("git.test.example"), wanted], "add"))).toThrow(
          "permission denied: certificates, create, git.prod.example",
        );
    },
  );

  test("so it is where it would take another one's place, and others are added", async () => {
    expect(await endingOf(add(ann, [ssh("CHARTS.prod.example")], "upsert"))).toThrow(
      "permission denied: certificates, update, charts.prod.example",
    );
    expect(added).toEqual([]);
    await add(ann, [ssh("CHARTS.prod.example")], "add");
    expect(added).toEqual(["CHARTS.prod.example"]);
  });
});
