import { expect, test } from "bun:test";
import { refusalOfChart } from "./chart-fetcher.ts";
import type { RepositoryEntry } from "./repository-access.ts";

const ENTRIES: RepositoryEntry[] = [
  { url: "http://charts.tools.svc:8080", type: "helm" },
  { url: "oci://10.0.0.7/team", type: "oci" },
  { url: "https://git.corp/", type: "git" },
];
const NEAR = "its host is in a network of its own, and no entry of repositories in the config names it";
const ODD = "its host is no host name, or is written in another way than it is asked";
const STEPS = "its address holds a step . or .. (or one written as %2e)";

test.each([
  ["http://127.0.0.1/", NEAR],
  ["http://0x7f000001/", ODD],
  ["https://[::1]:8443/charts", NEAR],
  ["http://169.254.169.254/latest", NEAR],
  ["oci://0177.0.0.1/charts", ODD],
  ["oci://10.0.0.7/team/../other", STEPS],
  ["https://charts.example.com/ours/%2e%2e/evil", STEPS],
  ["https://10.0.0.8\\@charts.example.com/", "its address holds a backslash"],
  ["OCI://localhost:5000/charts", NEAR],
  ["https://somebody@metadata.google.internal/", NEAR],
  ["http://charts.tools.svc:9090", NEAR],
  // Another kind of entry lends it nothing.
  ["https://git.corp/charts", NEAR],
  ["http://charts.tools.svc:8080/stable", undefined],
  ["oci://10.0.0.7/team/web", undefined],
  ["https://charts.example.com", undefined],
  ["oci://registry.example.com/charts", undefined],
])("a chart's address in a repository: %s", (url, why) => {
  expect(refusalOfChart(url, ENTRIES, [], undefined)?.why).toBe(why);
});

test("a host near that a source of the application names is asked", () => {
  const sources = [{ repoURL: "https://git.example.com/a" }, { repoURL: "10.1.2.3:5000/charts" }];
  expect(refusalOfChart("oci://10.1.2.3:5000/other", [], sources, undefined)).toBeUndefined();
  expect(refusalOfChart("oci://10.1.2.3:5001/other", [], sources, undefined)?.why).toBe(NEAR);
});

test("what the config permits the project may forbid", () => {
  const project = {
    metadata: { name: "shop" },
    spec: { sourceRepos: ["https://git.example.com/*"] },
  } as Parameters<typeof refusalOfChart>[3];
  expect(refusalOfChart("https://charts.example.com", [], [], project)).toMatchObject({
    why: "application repo https://charts.example.com is not permitted in project 'shop'",
  });
});
