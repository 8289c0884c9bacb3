import { describe, expect, test } from "bun:test";
import type { ApplicationSpec, SyncPolicy } from "../../core/model/application.ts";
import { AUTOMATED_RETRY } from "../../core/plan/retry-delay.ts";
import { badgeTexts, type Fact, policyFacts, sourceFacts } from "./config-words.ts";

const spec = (syncPolicy?: SyncPolicy, more: Partial<ApplicationSpec> = {}): { spec: ApplicationSpec } => ({
  spec: { project: "default", destination: {}, ...more, ...(syncPolicy === undefined ? {} : { syncPolicy }) },
});
const said = (facts: readonly Fact[], name: string): string | undefined =>
  facts.find((fact) => fact.name === name)?.words;

describe("policyFacts()", () => {
  test("say of one that is synced by hand nothing of what happens by itself", () => {
    const facts = policyFacts(spec());
    expect(facts.map(({ name }) => name)).toEqual(["Syncs", "What fails", "History"]);
    expect(said(facts, "Syncs")).toBe("when somebody asks");
    expect(said(facts, "What fails")).toBe("is not tried again before something changes");
  });

  test("tell an automated policy that is turned off from none", () => {
    expect(said(policyFacts(spec({ automated: { enabled: false, prune: true } })), "Syncs")).toBe(
      "when somebody asks: automated is written, with enabled: false",
    );
  });

  test("say what is pruned, healed and tried again", () => {
    const facts = policyFacts(spec({ automated: { prune: true } }));
    expect([said(facts, "What left Git"), said(facts, "What others change")]).toEqual([
      "is deleted (prune)",
      "stays, and is told (no self-heal)",
    ]);
    // As the engine does it.
    expect(said(facts, "What fails")).toStartWith(
      `is tried again up to ${AUTOMATED_RETRY.limit} times, after 5 s`,
    );
    expect(said(facts, "What fails")).toEndWith(", at most 3 min");
    const odd = { duration: "1500ms", factor: 3, maxDuration: "soon" };
    expect(said(policyFacts(spec({ retry: { limit: 2, backoff: odd } })), "What fails")).toBe(
      "is tried again up to 2 times, after 1500ms, 3 times as long each time, at most soon",
    );
    expect(said(policyFacts(spec({ retry: { limit: -1 } })), "What fails")).toContain("without end");
  });

  test("repeat options that nobody knows as they are written", () => {
    const facts = policyFacts(spec({ syncOptions: ["Prune=false", "Odd=<b>"] }));
    expect(facts.slice(2, 4).map(({ words }) => words)).toEqual([
      "Prune=false: nothing is deleted that left Git",
      "Odd=<b>",
    ]);
  });

  test("say what is left to others, and how much history there is", () => {
    const facts = policyFacts(
      spec(undefined, {
        ignoreDifferences: [
          { group: "apps", kind: "Deployment", name: "web", jsonPointers: ["/spec/replicas"] },
        ],
        revisionHistoryLimit: 0,
      }),
    );
    expect(said(facts, "Left to others")).toBe("of apps/Deployment web: /spec/replicas");
    expect(said(facts, "History")).toBe("no deployment is kept to go back to");
  });
});

describe("sourceFacts()", () => {
  test("say what each tool is told, and nothing that is not", () => {
    expect(
      sourceFacts({ repoURL: "https://git.example.com/a.git", helm: {}, directory: { recurse: false } }),
    ).toEqual([]);
    const facts = sourceFacts({
      repoURL: "https://git.example.com/a.git",
      kustomize: { images: ["a=b:1", "c:2"], replicas: [{ name: "web", count: 3 }], namePrefix: "eu-" },
      plugin: { name: "cdk", env: [{ name: "A", value: "1" }, { name: "B" }] },
    });
    expect(facts.map(({ name, words }) => `${name}: ${words}`)).toEqual([
      ...["Images: a=b:1", ": c:2", "Replicas: web=3", "Name prefix: eu-", "Plugin: cdk"],
      ...["Environment: A=1", ": B="],
    ]);
  });
});

describe("badgeTexts()", () => {
  test("are Markdown, and HTML that its address cannot leave", () => {
    const { markdown, html } = badgeTexts('we"b', {
      page: "https://cd.example.com/applications/argocd/web",
      image: "https://cd.example.com/api/badge?name=web&namespace=argocd",
    });
    expect(markdown).toBe(
      '[![we"b](https://cd.example.com/api/badge?name=web&namespace=argocd)](https://cd.example.com/applications/argocd/web)',
    );
    expect(html).toBe(
      '<a href="https://cd.example.com/applications/argocd/web"><img src="https://cd.example.com/api/badge?name=web&#38;namespace=argocd" alt="we&#34;b"></a>',
    );
  });
});
