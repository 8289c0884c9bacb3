/** Golden cases of ApplicationSets: what generators and both languages of templates make, with the real engine. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { generateApplications } from "../../src/core/generate/generate-applications.ts";
import { parseApplicationSet } from "../../src/core/model/parse-application-set.ts";
import { showProblem } from "../../src/core/model/problem.ts";
import type {
  Decisions,
  FoundRepository,
  GeneratorFacts,
  KnownCluster,
  PullRequest,
} from "../../src/core/ports/generator-facts.ts";
import { fakeFacts, fakeTree, LOCAL } from "../fakes/fake-generator-facts.ts";
import { goldenCases } from "../lib/golden.ts";
import { templateEngine } from "../lib/template-engine.ts";

let started: Awaited<ReturnType<typeof templateEngine>>;
beforeAll(async () => {
  started = await templateEngine();
});
afterAll(() => started.remove());

const SET = {
  name: "Team_Web",
  n: 3,
  big: 12345678,
  flag: true,
  nothing: null,
  labels: { a: "1", b: "2" },
  list: ["x", "y"],
  path: { path: "apps/web", segments: ["apps", "web"] },
};

describe("a Go template becomes", () => {
  test.each(goldenCases("go-templates"))("$name", async ({ input, check }) => {
    const { texts, options = [] } = input as { texts: string[]; options?: string[] };
    const [[filled = []] = []] = await started.engine.fill([{ texts, sets: [SET] }], options);
    const answer = filled.map((one, index) => ({
      of: texts[index],
      ...(one.is === "filled" ? { is: one.text } : { line: one.line, why: one.why }),
    }));
    check(answer, (got, want) => expect(got).toEqual(want));
  });
});

/** What a case knows of the world; what it leaves out could not be asked. */
interface Known {
  spec: Record<string, unknown>;
  clusters?: (Partial<KnownCluster> & Pick<KnownCluster, "name" | "server">)[];
  files?: Record<string, string>;
  pullRequests?: PullRequest[];
  repositories?: FoundRepository[];
  decisions?: Decisions;
  answers?: Record<string, unknown>[];
}

function factsOf({ clusters, files, pullRequests, repositories, decisions, answers }: Known): GeneratorFacts {
  const given: Partial<GeneratorFacts> = {};
  if (clusters !== undefined)
    given.clusters = async () => ({
      known: clusters.map((each) => ({ labels: {}, annotations: {}, ...each })),
      local: LOCAL,
    });
  if (files !== undefined) given.tree = async () => fakeTree(files);
  if (pullRequests !== undefined) given.pullRequests = async () => pullRequests;
  if (repositories !== undefined) given.repositories = async () => repositories;
  if (decisions !== undefined) given.decisions = async () => decisions;
  if (answers !== undefined) given.plugin = async () => answers;
  return fakeFacts(given);
}

describe("an ApplicationSet makes", () => {
  test.each(goldenCases("appsets"))("$name", async ({ input, check }) => {
    const known = input as unknown as Known;
    const parsed = parseApplicationSet(
      {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "ApplicationSet",
        metadata: { name: "web" },
        spec: known.spec,
      },
      { homeNamespace: "argocd" },
    );
    if (!parsed.ok) throw new Error(parsed.problems.map(showProblem).join("\n"));
    const made = await generateApplications(parsed.value, {
      facts: factsOf(known),
      engine: started.engine,
    });
    const answer = {
      is: made.is,
      applications: made.applications.map(({ application: { metadata, spec } }) => ({ metadata, spec })),
      ...(made.problems.length === 0 ? {} : { problems: made.problems.map(showProblem) }),
    };
    check(answer, (got, want) => expect(got).toEqual(want));
  });
});
