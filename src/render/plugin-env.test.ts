import { describe, expect, test } from "bun:test";
import type { PluginSource } from "../core/model/source.ts";
import { pluginEnv } from "./plugin-env.ts";

const build = { ARGOCD_APP_NAME: "shop" };

describe("pluginEnv()", () => {
  test.each<[string, PluginSource | undefined, Record<string, string>]>([
    ["is empty without a plugin", undefined, {}],
    ["tells of no parameters", { name: "own" }, { ARGOCD_APP_PARAMETERS: "[]" }],
    [
      "puts a prefix before variables, and the build environment into their values",
      {
        env: [{ name: "a", value: "$ARGOCD_APP_NAME-${NONE}$$x" }, { name: "EMPTY" }],
      },
      { ARGOCD_ENV_a: "shop-$x", ARGOCD_ENV_EMPTY: "", ARGOCD_APP_PARAMETERS: "[]" },
    ],
    [
      "names parameters in capitals, with _ for every other sign",
      {
        parameters: [
          { name: "a.b-c", string: "" },
          { name: "l", array: ["x"] },
          { name: "m", map: { "k/é": "1" } },
        ],
      },
      {
        ARGOCD_APP_PARAMETERS:
          '[{"name":"a.b-c","string":""},{"name":"l","array":["x"]},{"name":"m","map":{"k/é":"1"}}]',
        PARAM_A_B_C: "",
        PARAM_L_0: "x",
        PARAM_M_K__: "1",
      },
    ],
  ])("%s", (_, plugin, env) => {
    expect(pluginEnv(plugin, build, "app")).toEqual(env);
  });

  test.each<[string, PluginSource]>([
    ["a value with a NUL", { env: [{ name: "a", value: "x\0y" }] }],
    ["a name with =", { env: [{ name: "a=b" }] }],
    ["a parameter with a NUL", { parameters: [{ name: "a", array: ["\0"] }] }],
  ])("refuses %s", (_, plugin) => {
    expect(() => pluginEnv(plugin, build, "app")).toThrow(/^app: cannot render: "plugin\./);
  });
});
