import { describe, expect, test } from "bun:test";
import { endingOf } from "../../test/lib/ending-of.ts";
import type { Source } from "../core/model/application.ts";
import type { Renderer, RenderRequest } from "../plugin/contract.ts";
import type { LoadedRenderer } from "../plugin/load.ts";
import { chooseRenderer } from "./choose-renderer.ts";

type Claim = "asked-for" | "detected" | "no";
const loaded = (name: string, from: LoadedRenderer["from"], claim: Claim): LoadedRenderer => ({
  renderer: { kind: "renderer", name, claims: async () => claim } as unknown as Renderer,
  fingerprint: "",
  from,
});

function choose(
  claims: { helm?: Claim; kustomize?: Claim; raw?: Claim; own?: Claim; second?: Claim },
  source: Partial<Source> = {},
) {
  const renderers = [
    loaded("helm", "built-in", claims.helm ?? "no"),
    loaded("kustomize", "built-in", claims.kustomize ?? "no"),
    loaded("raw", "built-in", claims.raw ?? "no"),
    loaded("own", "operator", claims.own ?? "no"),
    loaded("second", "operator", claims.second ?? "no"),
  ];
  const request = { source: { repoURL: "https://x/y", ...source }, path: "apps/shop" } as RenderRequest;
  return chooseRenderer(renderers, request);
}

describe("chooseRenderer()", () => {
  test.each<{
    name: string;
    claims: Parameters<typeof choose>[0];
    source?: Partial<Source>;
    chosen: string;
    by: string;
  }>([
    {
      name: "a block wins over what the folder looks like",
      claims: { raw: "asked-for", helm: "detected", own: "detected" },
      chosen: "raw",
      by: "asked-for",
    },
    { name: "a plain folder is nobody else's", claims: {}, chosen: "raw", by: "detected" },
    { name: "a chart", claims: { helm: "detected" }, chosen: "helm", by: "detected" },
    {
      name: "a kustomization beside a chart, as Argo CD has it",
      claims: { helm: "detected", kustomize: "detected" },
      chosen: "kustomize",
      by: "detected",
    },
    {
      name: "an operator's before the built-in ones",
      claims: { helm: "detected", own: "detected" },
      chosen: "own",
      by: "detected",
    },
    {
      name: "an operator's by name, whatever it detects",
      claims: { own: "no", second: "detected" },
      source: { plugin: { name: "own" } },
      chosen: "own",
      by: "asked-for",
    },
    {
      name: "with a version in its name",
      claims: {},
      source: { plugin: { name: "own-v1.2" } },
      chosen: "own",
      by: "asked-for",
    },
    {
      name: "a plugin block without a name asks who knows the folder",
      claims: { helm: "detected", second: "detected" },
      source: { plugin: {} },
      chosen: "second",
      by: "detected",
    },
  ])("$name", async ({ claims, source, chosen, by }) => {
    const choice = await choose(claims, source);
    expect([choice.chosen.renderer.name, choice.by]).toEqual([chosen, by]);
  });

  test.each<{ name: string; claims: Parameters<typeof choose>[0]; source?: Partial<Source>; says: string }>([
    {
      name: "two blocks",
      claims: { helm: "asked-for", kustomize: "asked-for" },
      says: "apps/shop: cannot render: the source asks for two renderers, helm and kustomize. Keep one of the blocks",
    },
    {
      name: "a block and a plugin",
      claims: { helm: "asked-for" },
      source: { plugin: { name: "own" } },
      says: "the source asks for two renderers, helm and own",
    },
    {
      name: "a plugin that is not loaded",
      claims: {},
      source: { plugin: { name: "sops" } },
      says: "the source asks for the plugin sops, which is not loaded. Loaded are: own, second",
    },
    {
      name: "a plugin block that nobody answers",
      claims: { helm: "detected" },
      source: { plugin: {} },
      says: "the source asks for a plugin, and none knows this folder",
    },
  ])("refuses $name", async ({ claims, source, says }) => {
    expect(await endingOf(choose(claims, source))).toThrow(says);
  });

  test("says in whose words a renderer failed to answer", async () => {
    const broken = {
      renderer: {
        name: "own",
        claims: async () => {
          throw new Error("no idea");
        },
      } as unknown as Renderer,
      fingerprint: "",
      from: "operator",
    } as const;
    expect(await endingOf(chooseRenderer([broken], { source: {}, path: "a" } as RenderRequest))).toThrow(
      "a: cannot render: own says: no idea",
    );
  });
});
