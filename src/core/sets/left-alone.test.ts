import { describe, expect, test } from "bun:test";
import type { Application } from "../model/application.ts";
import type { ApplicationSetSpec } from "../model/application-set.ts";
import { showProblem } from "../model/problem.ts";
import { jqQuestions, planSet, type SetPlanInput } from "./plan-set.ts";
import { after, app, byKey, child, generated, input, key, moved, setOf } from "./testdata/set-cases.ts";

describe("ignoreApplicationDifferences", () => {
  const sourced = (source: Record<string, unknown>, more: Record<string, unknown> = {}) =>
    app("a", { spec: { source: { repoURL: "r", ...source }, ...more } });
  const parameters = (...all: [string, string][]) => ({
    helm: { parameters: all.map(([name, value]) => ({ name, value })) },
  });
  const IMAGE = '.spec.source.helm.parameters[] | select(.name == "image.tag")';
  test.each<{
    what: string;
    rules: ApplicationSetSpec["ignoreApplicationDifferences"];
    live: Application;
    wanted: Application;
    spec: Record<string, unknown> | "nothing";
  }>([
    {
      what: "a pointer keeps what is there",
      rules: [{ jsonPointers: ["/spec/source/targetRevision"] }],
      live: sourced({ targetRevision: "v1", path: "old" }),
      wanted: sourced({ targetRevision: "main", path: "new" }),
      spec: sourced({ targetRevision: "v1", path: "new" }).spec as never,
    },
    {
      what: "an equal rest is nothing to do",
      rules: [{ jsonPointers: ["/spec/source/targetRevision"] }],
      live: sourced({ targetRevision: "v1" }),
      wanted: sourced({ targetRevision: "main" }),
      spec: "nothing",
    },
    {
      what: "what somebody added stays, and what somebody took away stays away",
      rules: [{ jqPathExpressions: [".spec.syncPolicy.automated"] }, { jsonPointers: ["/spec/info"] }],
      live: sourced({ path: "old" }, { syncPolicy: { automated: { prune: true } } }),
      wanted: sourced({ path: "new" }, { info: [{ name: "a", value: "b" }] }),
      spec: sourced({ path: "new" }, { syncPolicy: { automated: { prune: true } } }).spec as never,
    },
    {
      what: "a rule for another application says nothing",
      rules: [{ name: "b", jsonPointers: ["/spec/source/path"] }],
      live: sourced({ path: "old" }),
      wanted: sourced({ path: "new" }),
      spec: sourced({ path: "new" }).spec as never,
    },
    {
      what: "one parameter stays, where it stands elsewhere too, and the others follow the template",
      rules: [{ jqPathExpressions: [IMAGE] }],
      live: sourced(parameters(["image.tag", "v7"], ["a", "1"])),
      wanted: sourced(parameters(["a", "2"], ["b", "3"], ["image.tag", "v1"])),
      spec: sourced(parameters(["a", "2"], ["b", "3"], ["image.tag", "v7"])).spec as never,
    },
    {
      what: "one parameter that the template does not have stays",
      rules: [{ jqPathExpressions: [IMAGE] }],
      live: sourced({ ...parameters(["image.tag", "v7"]), path: "old" }),
      wanted: sourced({ path: "new" }),
      spec: sourced({ ...parameters(["image.tag", "v7"]), path: "new" }).spec as never,
    },
    {
      what: "one parameter that somebody took away stays away",
      rules: [{ jqPathExpressions: [IMAGE] }],
      live: sourced(parameters(["a", "1"])),
      wanted: sourced(parameters(["image.tag", "v1"], ["a", "2"])),
      spec: sourced(parameters(["a", "2"])).spec as never,
    },
    {
      what: "a source is known by what it is taken from",
      rules: [{ jqPathExpressions: [".spec.sources[].targetRevision"] }],
      live: app("a", {
        spec: {
          source: undefined,
          sources: [
            { repoURL: "x", targetRevision: "1" },
            { repoURL: "y", targetRevision: "2" },
          ],
        },
      }),
      wanted: app("a", {
        spec: {
          source: undefined,
          sources: [
            { repoURL: "y", targetRevision: "main" },
            { repoURL: "new", targetRevision: "main" },
            { repoURL: "x", targetRevision: "main" },
          ],
        },
      }),
      spec: app("a", {
        spec: {
          source: undefined,
          sources: [
            { repoURL: "y", targetRevision: "2" },
            { repoURL: "new", targetRevision: "main" },
            { repoURL: "x", targetRevision: "1" },
          ],
        },
      }).spec as never,
    },
    {
      what: "one rule within another's place",
      rules: [{ jqPathExpressions: [IMAGE] }, { jsonPointers: ["/spec/source/helm"] }],
      live: sourced({ ...parameters(["a", "1"], ["image.tag", "v7"]), path: "old" }),
      wanted: sourced({ path: "new" }),
      spec: sourced({ ...parameters(["a", "1"], ["image.tag", "v7"]), path: "new" }).spec as never,
    },
    {
      what: "half a source is not put beside sources",
      rules: [{ jsonPointers: ["/spec/source/targetRevision"] }],
      live: sourced({ targetRevision: "v1" }),
      wanted: app("a", { spec: { source: undefined, sources: [{ repoURL: "x" }] } }),
      spec: app("a", { spec: { source: undefined, sources: [{ repoURL: "x" }] } }).spec as never,
    },
  ])("$what", ({ rules, live, wanted, spec }) => {
    const given = input(generated(wanted), [child(live)], {
      set: setOf({ ignoreApplicationDifferences: rules ?? [] }),
    });
    const [step] = planSet(given).steps;
    expect(JSON.parse(JSON.stringify(step?.do === "update" ? step.app.spec : step?.do))).toEqual(
      JSON.parse(JSON.stringify(spec)),
    );
    if (step?.do !== "update") return;
    const again = planSet({ ...given, existing: byKey([child(step.app)]) });
    expect(again.steps).toMatchObject([{ do: "nothing" }]);
  });

  test("no rule says which application it is, nor what becomes of it", () => {
    const identity = [{ jsonPointers: ["/metadata/name", "/status", "/operation", "/kind", "/apiVersion"] }];
    const rules = [{ jsonPointers: ["/metadata"] }];
    const live = app("a", { metadata: { labels: { a: "live" } } });
    expect(after(moved("a"), live, { ignoreApplicationDifferences: identity })).toEqual(moved("a"));
    expect(after(moved("a"), live, { ignoreApplicationDifferences: rules })).toEqual({
      ...moved("a"),
      metadata: live.metadata,
    });
  });

  const ASKED = '.spec.source.helm.parameters | map(select(.name != "a"))';
  const asking = (more: Partial<SetPlanInput> = {}) =>
    input(generated(moved("a"), app("new")), [child(app("a"))], {
      set: setOf({ ignoreApplicationDifferences: [{ jqPathExpressions: [ASKED] }] }),
      ...more,
    });
  test("jq is asked of both sides of what is there, and of nothing else", () => {
    const questions = jqQuestions(asking());
    expect(questions.map(({ id }) => id)).toEqual([`wanted argocd/a ${ASKED}`, `live argocd/a ${ASKED}`]);
    expect(questions.map(({ object }) => object["spec"])).toEqual([moved("a").spec, app("a").spec] as never);
    expect(jqQuestions(input(generated(moved("a")), [child(app("a"))]))).toEqual([]);
    expect(jqQuestions(asking({ existing: byKey([child(app("a"), { isGoing: true })]) }))).toEqual([]);
  });

  test("its answer is obeyed, and without one the child stays as it is", () => {
    const ids = jqQuestions(asking()).map(({ id }) => id);
    const jq = new Map(
      ids.map((id) => [id, { is: "places", places: [["spec", "source", "repoURL"]] } as const]),
    );
    expect(planSet(asking({ jq })).steps).toMatchObject([
      { do: "update", app: { spec: { source: { repoURL: "https://git.example.com/web.git", path: "." } } } },
      { do: "create" },
    ]);
    for (const [given, why] of [
      [{}, "jq was not asked yet"],
      [
        { jq: new Map(ids.map((id) => [id, { is: "unknown", why: "it took too long" } as const])) },
        "it took too long",
      ],
    ] as const) {
      const { steps, problems } = planSet(asking(given));
      expect(steps).toMatchObject([{ do: "held", wanted: "update", key: key("a") }, { do: "create" }]);
      expect(problems.map(({ text }) => text)).toEqual([
        `Application argocd/a stays as it is, because what is left alone in it is not known: spec.ignoreApplicationDifferences[0].jqPathExpressions[0]: ${why}`,
      ]);
    }
  });

  test.each([
    "/spec/toString",
    "/spec/__proto__",
    "/spec/__proto__/polluted",
    "/spec/constructor/prototype/polluted",
    "/metadata/labels/valueOf",
  ])("%s is what every mapping has, and nothing of the application", (pointer) => {
    const live = JSON.parse(
      JSON.stringify(app("a")).replace('"spec":{', '"spec":{"__proto__":{"polluted":1},'),
    );
    const ignoreApplicationDifferences = [{ jsonPointers: [pointer] }];
    const changed = after(moved("a"), live, { ignoreApplicationDifferences });
    expect(JSON.stringify(changed)).toBe(JSON.stringify({ ...moved("a"), spec: moved("a").spec }));
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(after(app("a"), app("a"), { ignoreApplicationDifferences })).toEqual({
      do: "nothing",
      key: key("a"),
      from: "set 0",
    });
  });

  test("a pointer that is none is said", () => {
    const set = setOf({ ignoreApplicationDifferences: [{ jsonPointers: ["spec/source"] }] });
    expect(planSet(input(generated(), [], { set })).problems.map(showProblem)).toEqual([
      'ApplicationSet argocd/web: spec.ignoreApplicationDifferences[0].jsonPointers[0]: "spec/source" is no JSON pointer to a field, so nothing is left alone by it. Write it as /spec/source/targetRevision',
    ]);
  });
});
