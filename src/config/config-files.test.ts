/** config/holdfast.yaml, config/holdfast.schema.json and docs/configuration.md are printed from the table of settings; UPDATE_GOLDEN=1 prints them anew. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { configReference } from "./config-reference.ts";
import { configSchema } from "./config-schema.ts";
import { defaultConfig, parseConfig } from "./load-config.ts";
import { sampleConfig } from "./sample-config.ts";

const root = join(import.meta.dir, "../..");
const sample = sampleConfig();
const printed = {
  "config/holdfast.yaml": sample,
  "config/holdfast.schema.json": `${JSON.stringify(configSchema(), null, 2)}\n`,
  "docs/configuration.md": configReference(),
};

describe("what is printed of the settings", () => {
  test.each(Object.entries(printed))("%s is what the table of settings says", async (name, text) => {
    if (process.env["UPDATE_GOLDEN"] === "1") await Bun.write(join(root, name), text);
    expect(await Bun.file(join(root, name)).text()).toBe(text);
  });

  test("the reference has every key of the schema in its section, and nothing that would break a row", () => {
    type Shape = { properties?: Record<string, Shape>; items?: Shape };
    const paths = ({ properties = {} }: Shape, before: string): string[] =>
      Object.entries(properties).flatMap(([key, shape]) =>
        key.endsWith("File") && key.slice(0, -"File".length) in properties
          ? []
          : [
              `${before}${key}${shape.items?.properties === undefined ? "" : "[]"}`,
              ...paths(shape, `${before}${key}.`),
              ...paths(shape.items ?? {}, `${before}${key}[].`),
            ],
      );
    const { properties = {} } = configSchema() as Shape;
    const sections = configReference().split(/^## /m).slice(1);
    expect(sections.map((text) => text.split("\n", 1)[0] ?? "")).toEqual(Object.keys(properties));
    for (const [at, shape] of Object.values(properties).entries()) {
      const rows = (sections[at] ?? "").split("\n").filter((line) => line.startsWith("| `"));
      const inTable = rows.map((row) => /^\| `(.*?)` \|/.exec(row)?.[1] ?? "");
      expect(inTable).toEqual(paths(shape.items ?? shape, ""));
      expect(rows.filter((row) => row.split(/(?<!\\)\|/).length !== 6)).toEqual([]);
    }
  });

  test("the sample means the defaults", () => {
    const parsed = parseConfig(sample, "/etc/holdfast/holdfast.yaml", {
      env: {},
      validateCron: () => undefined,
    });
    expect(parsed).toEqual({ ok: true, value: defaultConfig("/etc/holdfast"), warnings: [] });
  });

  test("every example in it works where its comment sign is removed", () => {
    const text = sample
      .replace(/^( *)#(token|- )/gm, "$1$2")
      .replace(
        /^( *)(clusters|repositories|configManagementPlugins|secretStores|ignoreDifferences|resourceExclusions|resourceInclusions|globalProjects|checks|versions|secrets|configMaps|oidc|github|ldap|accounts|application|resource|project|services|subscriptions): \[\]/gm,
        "$1$2:",
      )
      .replace(/\[\w*\] {3}# (\[.*\])/g, "$1")
      .replace('  url: ""', '  url: "https://cd.example.org"');
    const parsed = parseConfig(text, "/etc/holdfast/holdfast.yaml", {
      env: {
        HOLDFAST_TOKEN: "t",
        HOLDFAST_METRICS_TOKEN: "m",
        GIT_TOKEN: "g",
        CHARTS_PASSWORD: "c",
        REGISTRY_PASSWORD: "r",
        VAULT_SECRET_ID: "v",
        GITHUB_TOKEN: "p",
        SLACK_TOKEN: "s",
        OIDC_SECRET: "o",
        GITHUB_SECRET: "s",
        LDAP_PASSWORD: "l",
      },
      validateCron: () => undefined,
      readFile: (path) =>
        path.endsWith("/plugin.yaml")
          ? "{ kind: ConfigManagementPlugin, metadata: { name: own }, spec: { generate: { command: [sh] } } }"
          : path.endsWith(".yaml")
            ? "url: x"
            : path.endsWith(".csv")
              ? "p, role:dev, applications, sync, shop/*, allow"
              : `content of ${path}`,
    });
    expect(parsed).toMatchObject({
      ok: true,
      value: {
        signOn: [
          { by: "oidc", name: "Okta" },
          { by: "github", organizations: [{ name: "acme", teams: ["platform"] }] },
          { by: "ldap", wire: "ldaps" },
        ],
        accounts: [{ name: "ann", may: ["login", "apiKey"] }, { name: "pipeline" }],
        rbac: { files: ["/etc/holdfast/policy.csv"], scopes: ["groups", "email"] },
        clusters: [{ name: "in-cluster" }],
        repositories: [
          { username: "ci" },
          { url: "git@git.example.com:" },
          { type: "oci" },
          { type: "helm", name: "shop" },
        ],
        applications: ["/etc/holdfast/apps"],
        resources: {
          exclusions: [{ apiGroups: ["cilium.io"], kinds: ["CiliumIdentity"], clusters: [] }],
          inclusions: [{ apiGroups: ["*"], kinds: ["Deployment", "Service"], clusters: [] }],
        },
        configManagementPlugins: [
          { name: "own" },
          { name: "argocd-vault-plugin-helm", secretStore: "vault" },
          { name: "envsubst" },
        ],
        secretStores: [{ name: "vault", login: { by: "approle", roleId: "holdfast" } }],
        ignoreDifferences: [
          {
            at: "config ignoreDifferences[0]",
            group: "admissionregistration.k8s.io",
            jqPathExpressions: [".webhooks[]?.clientConfig.caBundle"],
          },
        ],
        health: {
          customizations: ["/etc/holdfast/argocd-cm.yaml"],
          checks: [{ kinds: "example.org/Widget" }],
        },
      },
    });
  });
});
