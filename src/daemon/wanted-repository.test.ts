import { expect, test } from "bun:test";
import { GOOGLE } from "../../test/lib/argo-held.ts";
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

test.each([{ username: "git" }, { password: "0" }, { password: "f" }, { password: "false" }])(
  "%j is somebody else, and nothing of who was there stays",
  (who) => {
    expect(mergedData({ url: "u", type: "helm", ...who } as Record<string, string>, STANDING)).toEqual({
      is: "data",
      data: { url: "u", type: "helm", ca: "PEM", ...who } as Record<string, string>,
    });
  },
);

test("a switch that is off, and type git, say nothing", () => {
  const standing = { url: "u", username: "ci", password: "p" };
  const asked = {
    url: "u",
    type: "git",
    insecure: "false",
    useAzureWorkloadIdentity: "false",
    enableOCI: "0",
  };
  expect(mergedData(asked, standing)).toEqual({
    is: "data",
    data: { ...asked, username: "ci", password: "p" } as Record<string, string>,
  });
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

test("who the daemon itself is is lent to nobody who asks the API, and it says where that is written", () => {
  const url = "https://git.example.com/x";
  for (const useAzureWorkloadIdentity of ["true", "1", "T"])
    expect(whyNotWanted({ url, useAzureWorkloadIdentity })).toMatchObject({
      why: expect.stringContaining("who the daemon itself is"),
      fix: expect.stringMatching(/config.*Secret by kubectl/),
    });
  expect(whyNotWanted({ url, useAzureWorkloadIdentity: "false" })).toBeUndefined();
});

const google = (token_uri: string): string => JSON.stringify({ ...JSON.parse(GOOGLE), token_uri });

test.each([
  "https://127.0.0.1:8443/x",
  "http://localhost/x",
  "https://a.localhost./x",
  "http://[::1]/x",
  "https://0x7f.1/x",
  "https://[::ffff:127.0.0.1]/x",
  "https://0.0.0.0/x",
  "https://169.254.169.254/x",
  "https://[fe80::1]/x",
  "https://metadata.google.internal/x",
])("%s lends no login", (address) => {
  const url = "https://git.example.com/x";
  expect(whyNotWanted({ url, azureActiveDirectoryEndpoint: address })).toBeDefined();
  expect(whyNotWanted({ url, githubAppEnterpriseBaseUrl: address })).toBeDefined();
  expect(whyNotWanted({ url, gcpServiceAccountKey: google(address) })).toBeDefined();
});

test("the clouds' own addresses lend one", () => {
  const url = "https://git.example.com/x";
  for (const data of [
    { azureActiveDirectoryEndpoint: "https://login.microsoftonline.us" },
    { githubAppEnterpriseBaseUrl: "https://github.example.com/api/v3" },
    { gcpServiceAccountKey: google("https://oauth2.googleapis.com/token") },
  ])
    expect(whyNotWanted({ url, ...data } as Record<string, string>)).toBeUndefined();
});
