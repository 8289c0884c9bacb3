/** What each provider's documented answers become: the parameters, by name, in both languages of templates. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { generateApplications } from "../../src/core/generate/generate-applications.ts";
import { parseApplicationSet } from "../../src/core/model/parse-application-set.ts";
import { showProblem } from "../../src/core/model/problem.ts";
import { fakeFacts } from "../fakes/fake-generator-facts.ts";
import { goldenCases } from "../lib/golden.ts";
import { lookups, providerFacts, providerStand, TOKEN } from "../lib/provider-stand.ts";
import { templateEngine } from "../lib/template-engine.ts";

let started: Awaited<ReturnType<typeof templateEngine>>;
beforeAll(async () => {
  started = await templateEngine();
});
afterAll(() => started.remove());

/** Source: Argo CD's documentation of the generators. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  pullRequest: [
    "number",
    "title",
    "branch",
    "branch_slug",
    "target_branch",
    "target_branch_slug",
    "head_sha",
    "head_short_sha",
    "head_short_sha_7",
    "author",
  ],
  scmProvider: [
    "organization",
    "repository",
    "repository_id",
    "url",
    "branch",
    "branchNormalized",
    "sha",
    "short_sha",
    "short_sha_7",
    "labels",
  ],
  plugin: ["cluster.name", "cluster.zones.1", "replicas", "enabled"],
};

interface Case {
  generator: Record<string, Record<string, unknown>>;
  /** By path, without the question; with its method where that is not GET. */
  answers: Record<string, unknown>;
}

/** Annotations of the one application that is made, which hold all that a template may say. */
async function annotationsOf(
  { generator, answers }: Case,
  language: "flat" | "nested",
): Promise<Record<string, string>> {
  await using stand = providerStand((url, { method }) => {
    const path = method === "GET" ? url.pathname : `${method} ${url.pathname}`;
    if (!(path in answers)) return undefined;
    const body = answers[path];
    // Gitea says how many there are in all.
    return Response.json(
      body,
      Array.isArray(body) ? { headers: { "X-Total-Count": String(body.length) } } : {},
    );
  });
  const [kind = ""] = Object.keys(generator);
  const names = NAMES[kind] ?? [];
  const flat = Object.fromEntries(names.map((name) => [name, `{{${name}}}`]));
  const parsed = parseApplicationSet(
    {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "ApplicationSet",
      metadata: { name: "web" },
      spec: {
        goTemplate: language === "nested",
        generators: [JSON.parse(JSON.stringify(generator).replaceAll("ORIGIN", stand.origin))],
        template: {
          metadata: { name: "one", annotations: language === "flat" ? flat : { all: "{{ toJson . }}" } },
          spec: {
            project: "default",
            destination: { server: "https://a" },
            source: { repoURL: "https://git.example.com/a.git", path: "." },
          },
        },
      },
    },
    { homeNamespace: "argocd" },
  );
  if (!parsed.ok) throw new Error(parsed.problems.map(showProblem).join("\n"));
  const usual = Object.fromEntries(
    ["github", "gitlab", "bitbucket", "azuredevops", "azureDevOps"].map((each) => [each, stand.origin]),
  );
  const secrets = lookups(
    { scm: { token: TOKEN }, "argocd-secret": { plugin: TOKEN } },
    { plugin: { baseUrl: stand.origin, token: "$plugin" } },
  );
  const made = await generateApplications(parsed.value, {
    facts: fakeFacts(providerFacts(usual, { own: secrets, home: secrets })),
    engine: started.engine,
  });
  expect(made.problems.map(showProblem)).toEqual([]);
  return made.applications[0]?.application.metadata.annotations ?? {};
}

describe("a generator of", () => {
  test.each(goldenCases("providers"))("$name gives these parameters", async ({ input, check }) => {
    const one = input as unknown as Case;
    const { all = "" } = await annotationsOf(one, "nested");
    const answer = { flat: await annotationsOf(one, "flat"), nested: JSON.parse(all) };
    check(answer, (got, want) => expect(got).toEqual(want));
  });
});
