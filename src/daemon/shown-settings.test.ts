import { expect, test } from "bun:test";
import { parseConfig } from "../config/load-config.ts";
import { shownSettings } from "./shown-settings.ts";

const read = (text: string) => {
  const parsed = parseConfig(text, "/etc/holdfast/holdfast.yaml", { env: {}, validateCron: () => undefined });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return shownSettings(parsed.value);
};

test("what clients are told of the config has nothing of what is secret in it", () => {
  const told = read(`server: { token: c4n4ry1, url: "https://cd.example.com", badges: ["shop/*"] }
metrics: { token: c4n4ry2 }
installationID: one
sync: { impersonation: true }
home: cluster
render: { kustomizeBuildOptions: "--load-restrictor LoadRestrictionsNone" }
repositories:
- { url: "https://git.example.com/", username: ci, password: c4n4ry3, proxy: "http://me:c4n4ry4@127.0.0.1:1" }
signOn: { oidc: [{ name: Dex, issuer: "https://dex.example.com", clientId: it, clientSecret: c4n4ry5 }] }
`);
  expect(told).toEqual({
    url: "https://cd.example.com",
    installationID: "one",
    home: "cluster",
    namespaces: "home",
    impersonation: "on",
    kustomize: { buildOptions: ["--load-restrictor", "LoadRestrictionsNone"], versions: [] },
    plugins: [],
    trust: [],
    badges: ["shop/*"],
    terminal: { is: "off", shells: ["bash", "sh", "powershell", "cmd"] },
    page: { instance: "" },
  });
});

test("the address is that of the page, below its path", () => {
  expect(read('server: { url: "https://example.com/", basePath: /holdfast }').url).toBe(
    "https://example.com/holdfast",
  );
});

test("an empty config tells what holds then", () => {
  expect(read("{}")).toEqual({
    ...{ installationID: "", home: "files", namespaces: "others-too", impersonation: "off" },
    ...{
      kustomize: { buildOptions: [], versions: [] },
      plugins: [],
      trust: [],
      badges: [],
      terminal: { is: "off", shells: ["bash", "sh", "powershell", "cmd"] },
      page: { instance: "" },
    },
  });
});
