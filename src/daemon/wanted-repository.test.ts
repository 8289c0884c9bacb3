import { expect, test } from "bun:test";
import { mergedData, whyNotWanted } from "./wanted-repository.ts";

const STANDING = { url: "u", type: "helm", username: "ci", password: "p", ca: "PEM", name: "a" };

test.each<[string, Record<string, string>, object]>([
  ["nothing of who asks, or what it is", { url: "u", name: "b" }, { ...STANDING, name: "b" }],
  [
    "somebody else",
    { url: "u", type: "helm", bearerToken: "t" },
    { url: "u", type: "helm", bearerToken: "t", ca: "PEM" },
  ],
  ["another authority with the password", { ...STANDING, ca: "other" }, { ...STANDING, ca: "other" }],
])("a change that says %s", (_, asked, data) => {
  expect(mergedData(asked, STANDING)).toEqual({ is: "data", data: data as Record<string, string> });
});

test.each([
  { proxy: "http://x" },
  { insecure: "true" },
  { ca: "other" },
  { noProxy: "*" },
  { githubAppEnterpriseBaseUrl: "https://x" },
  { type: "oci" },
])("%j without the credentials is refused, and says which of them it is", (way) => {
  const merged = mergedData({ url: "u", type: "helm", name: "a", ...way }, STANDING);
  expect(merged).toMatchObject({ is: "refused", why: expect.stringContaining(Object.keys(way)[0] ?? "") });
});

test("what is new, or replaced whole, has nothing of what stood there", () => {
  expect(mergedData({ url: "u" }, undefined)).toEqual({ is: "data", data: { url: "u" } });
});

test.each([
  ["https://169.254.169.254/x"],
  ["http://[fd00:ec2::254]/x"],
  ["http://metadata.google.internal/x"],
  ["git@169.254.169.254:x"],
  ["ssh://git@169.254.169.254/x"],
  ["oci://169.254.169.254/x"],
  ["169.254.169.254/x"],
  ["http://2852039166/x"],
  ["/srv/git/x"],
  ["file:///srv/git/x"],
])("%s is not taken", (url) => {
  expect(whyNotWanted({ url })).toBeDefined();
});

test.each([
  ["https://git.example.com/team/shop.git"],
  ["https://git.example.com/team/"],
  ["git@git.example.com:team/shop"],
  ["git@git.example.com:"],
  ["ssh://git@git.example.com:2222/team/shop"],
  ["oci://registry.example.com:5000/team"],
  ["registry.example.com:5000/team"],
  ["http://10.0.0.7:3000/team/shop"],
])("%s is taken", (url) => {
  expect(whyNotWanted({ url })).toBeUndefined();
});
