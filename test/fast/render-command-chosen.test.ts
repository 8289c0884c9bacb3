/** Which declared command, or operator's module, a source is rendered by, and what it is told of the source. */
import { afterEach, describe, expect, test } from "bun:test";
import type { ManagementPlugin } from "../../src/core/model/management-plugin.ts";
import { defineRenderer } from "../../src/plugin/contract.ts";
import { commandStand, FILES, textOf } from "../lib/command-stand.ts";
import { endingOf } from "../lib/ending-of.ts";
import { plugin } from "../lib/management-plugin.ts";
import { applicationOf, askFor, builtIns } from "../lib/render-host.ts";
import { type SourceFolder, sourceFolder } from "../lib/source-folder.ts";

const stand = await commandStand();
const { hostOf, rendered, failureOf } = stand;
afterEach(() => stand.clear());

describe("a source without a name", () => {
  const script = "echo found";
  test.each([
    ["is not there", "no-such-program ."],
    ["may not be started", "./base.txt"],
  ])("is not taken for none where what it looks with %s", async (_, words) => {
    const discover = { by: "command", command: ["sh", "-c", words] } as const;
    const files = { ...FILES, "app/base.txt": "no program\n" };
    expect(await failureOf(plugin("echo r:", { discover }), "none", files)).toContain(
      "discover.find.command of own says:",
    );
  });

  test.each<[string, ManagementPlugin["discover"], string]>([
    ["a file's name", { by: "file-name", glob: "./*.own" }, "found"],
    ["a file's name elsewhere", { by: "file-name", glob: "*.none" }, "ConfigMap"],
    ["a glob", { by: "glob", glob: "**/deep/*.own" }, "found"],
    ["a glob that finds nothing", { by: "glob", glob: "**/none/*.own" }, "ConfigMap"],
    ["a command", { by: "command", command: ["sh", "-c", "find . -name '*.own'"] }, "found"],
    [
      "a command that prints nothing",
      { by: "command", command: ["find", ".", "-name", "*.none"] },
      "ConfigMap",
    ],
    [
      "a command that fails",
      { by: "command", command: ["sh", "-c", "grep -r none . || exit 1"] },
      "ConfigMap",
    ],
  ])("is a plugin's by %s", async (_, discover, says) => {
    const files = { ...FILES, "app/x.own": "", "app/sub/deep/y.own": "" };
    expect(textOf(await rendered(plugin(script, { discover }), "none", files))).toContain(says);
  });

  test("is looked at again where something deep below its folder was changed", async () => {
    stand.repository = sourceFolder(FILES);
    const host = await hostOf([
      plugin(script, { discover: { by: "command", command: ["find", ".", "-name", "*.own"] } }),
    ]);
    const render = async (): Promise<string> =>
      textOf(
        await host.renderers.render(
          askFor(applicationOf({ path: "app" }), await (stand.repository as SourceFolder).tree()),
        ),
      );
    stand.repository.write({ "app/sub/deep/x.txt": "" });
    expect(await render()).toContain("ConfigMap");
    stand.repository.write({ "app/sub/deep/y.own": "" });
    expect(await render()).toBe("found\n");
  });
});

test("an operator's module gets what its source says of it, as it is written and as environment", async () => {
  const own = defineRenderer({
    name: "module",
    sourceType: "Plugin",
    claims: async () => "no",
    inputs: async ({ path }) => ({ paths: [{ path }], capabilities: "unused", tool: "" }),
    render: async ({ source: { plugin: block }, pluginEnv }) => ({
      documents: [{ text: JSON.stringify({ block, pluginEnv }), file: "made", line: 1 }],
      problems: [],
    }),
  });
  stand.repository = sourceFolder(FILES);
  const host = await hostOf([], {
    renderers: [...builtIns, { renderer: own, fingerprint: "1", from: "operator" }],
  });
  const render = async (value: string): Promise<unknown> => {
    const block = {
      name: "module",
      env: [{ name: "STAGE", value: "$ARGOCD_APP_NAME" }],
      parameters: [{ name: "word", string: value }],
      more: 1,
    };
    const tree = await (stand.repository as SourceFolder).tree();
    const made = await host.renderers.render(askFor(applicationOf({ path: "app", plugin: block }), tree));
    return JSON.parse(textOf(made)).pluginEnv;
  };
  const env = (word: string): Record<string, string> => ({
    ARGOCD_ENV_STAGE: "shop",
    ARGOCD_APP_PARAMETERS: `[{"name":"word","string":"${word}"}]`,
    PARAM_WORD: word,
  });
  // Another value is another render, though no file has changed.
  expect([await render("a"), await render("b")]).toEqual([env("a"), env("b")]);
});

test("a version behind the name is another plugin's where there is one of that very name", async () => {
  const host = await hostOf([plugin("echo one"), plugin("echo two", { name: "own-v2" })]);
  stand.repository = sourceFolder(FILES);
  const tree = await stand.repository.tree();
  const by = async (name: string): Promise<string> =>
    textOf(await host.renderers.render(askFor(applicationOf({ path: "app", plugin: { name } }), tree)));
  expect([await by("own"), await by("own-v2"), await by("own-v1")]).toEqual(["one\n", "two\n", "one\n"]);
  expect(await endingOf(by("own-vault"))).toThrow(
    "the source asks for the plugin own-vault, which is not loaded",
  );
});
