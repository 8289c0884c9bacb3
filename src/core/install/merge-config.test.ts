import { describe, expect, test } from "bun:test";
import { parseYaml, printYaml } from "../../lib/yaml.ts";
import { type MergedConfig, mergeConfig } from "./merge-config.ts";

const LAST = {
  server: { listen: "0.0.0.0:8080", tls: { selfSigned: true } },
  data: "/var/lib/holdfast",
  accounts: [{ name: "admin" }],
};
const read = (text: string): unknown => parseYaml(text).documents[0]?.value;

describe("mergeConfig()", () => {
  const cases: {
    name: string;
    there: object | string;
    now: Record<string, unknown>;
    want: object | string;
    kept?: string[];
    otherwise?: object;
  }[] = [
    {
      name: "renews a value that nobody touched",
      ...{ there: LAST, now: { ...LAST, data: "/data" }, want: { ...LAST, data: "/data" } },
    },
    {
      name: "adds what the default has since then, and takes out what it has no more",
      there: LAST,
      now: { server: LAST.server, accounts: LAST.accounts, home: "cluster" },
      want: { server: LAST.server, accounts: LAST.accounts, home: "cluster" },
    },
    {
      name: "keeps what somebody changed, added and took out",
      there: { server: { listen: "0.0.0.0:8080", tls: { certFile: "/tls" } }, accounts: [], rbac: { x: 1 } },
      now: LAST,
      want: { server: { listen: "0.0.0.0:8080", tls: { certFile: "/tls" } }, accounts: [], rbac: { x: 1 } },
      kept: ["accounts", "data", "rbac", "server.tls.certFile", "server.tls.selfSigned"],
      otherwise: {
        server: { tls: { selfSigned: true } },
        data: LAST.data,
        accounts: LAST.accounts,
      },
    },
    {
      name: "renews beside what somebody changed in the same mapping",
      there: { ...LAST, server: { listen: "0.0.0.0:9090", tls: { selfSigned: true } } },
      now: { ...LAST, server: { listen: "0.0.0.0:8080", tls: { selfSigned: "ec" } } },
      want: { ...LAST, server: { listen: "0.0.0.0:9090", tls: { selfSigned: "ec" } } },
      kept: ["server.listen"],
      otherwise: { server: { listen: "0.0.0.0:8080" } },
    },
    {
      name: "says nothing of a change that the default came to have as well",
      ...{
        there: { ...LAST, data: "/data" },
        now: { ...LAST, data: "/data" },
        want: { ...LAST, data: "/data" },
      },
    },
    {
      name: "keeps what is named as parts of every object are",
      ...{ there: { ...LAST, constructor: 1 }, now: LAST, want: { ...LAST, constructor: 1 } },
      kept: ["constructor"],
    },
    ...["a: [", "- a\n", "", "a: 1\n---\nb: 2\n", "a: 1\na: 2\n"].map((there) => ({
      name: `leaves a text whole that is no config: ${JSON.stringify(there)}`,
      ...{ there, now: LAST, want: there, kept: ["holdfast.yaml"], otherwise: LAST },
    })),
  ];
  test.each(cases)("$name", ({ there, now, want, kept = [], otherwise }) => {
    const merged = mergeConfig(typeof there === "string" ? there : printYaml(there), { last: LAST, now });
    expect(typeof want === "string" ? merged.text : read(merged.text)).toEqual(want);
    expect(merged.kept).toEqual(kept);
    expect(read(merged.otherwise)).toEqual(otherwise as never);
  });

  test("leaves comments and order of what it does not renew, and a text of which it renews nothing to the byte", () => {
    const there = `# ours\naccounts:\n  - { name: ann } # me\n${printYaml({ server: LAST.server, data: LAST.data })}`;
    const same: MergedConfig = mergeConfig(there, { last: LAST, now: LAST });
    expect(same.text).toBe(there);
    const { text } = mergeConfig(there, { last: LAST, now: { ...LAST, data: "/data" } });
    expect(text).toBe(there.replace("/var/lib/holdfast", "/data"));
  });

  test("shows nothing of what somebody wrote there: it may be a secret", () => {
    const there = printYaml({
      ...LAST,
      server: { ...LAST.server, token: "s3cret" },
      accounts: [{ password: "s3cret" }],
    });
    const { kept, otherwise } = mergeConfig(there, { last: LAST, now: LAST });
    expect(kept).toEqual(["accounts", "server.token"]);
    expect(otherwise).not.toContain("s3cret");
  });
});
