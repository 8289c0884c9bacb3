import { describe, expect, test } from "bun:test";
import { fakeFacts, fakeTree } from "../../../test/fakes/fake-generator-facts.ts";
import type { ApplicationSet } from "../model/application-set.ts";
import { Failure } from "../model/failure.ts";
import { parseApplicationSet } from "../model/parse-application-set.ts";
import { generateApplications } from "./generate-applications.ts";
import { GenerationMemo } from "./generation-memo.ts";

type Files = Record<string, string>;

const REPO = "https://git.example.com/shop.git";
const FOLDERS = {
  git: {
    repoURL: REPO,
    directories: [{ path: "apps/*" }, { path: "apps/*/*" }, { path: "apps/b", exclude: true }],
  },
};
const FILES = {
  git: { repoURL: REPO, files: [{ path: "apps/**/c.json" }, { path: "apps/b/no/*", exclude: true }] },
};
const OTHERS = { git: { repoURL: REPO, files: [{ path: "apps/**/*.json" }], pathParamPrefix: "other" } };
const BESIDE = { git: { repoURL: REPO, files: [{ path: "apps/*/*/d.json" }] } };
const NOT_TWO = { matchExpressions: [{ key: "value", operator: "NotIn", values: ["2"] }] };
const WITH_VALUES = { git: { ...FILES.git, values: { kept: "{{path.basename}}", deep: "{{value}}" } } };
const BEHIND_LIST = {
  matrix: {
    generators: [
      { list: { elements: [{ at: "one" }, { at: "two" }] } },
      { git: { ...FILES.git, values: { deep: "{{at}}" } } },
    ],
  },
};

const CONTENTS = ['{"value": "1"}', '{"value": "2"}', '[{"value": "3"}, {"value": "4"}]', "no mapping"];
const BY_VALUE = "{{path.basename}}-{{value}}";

function setOf(generators: readonly object[], name = BY_VALUE): ApplicationSet {
  const parsed = parseApplicationSet(
    {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "ApplicationSet",
      metadata: { name: "web" },
      spec: {
        generators,
        template: {
          metadata: { name, labels: { deep: "{{values.deep}}" } },
          spec: {
            project: "default",
            source: { repoURL: REPO, path: "{{path}}" },
            destination: { server: "https://a" },
          },
        },
      },
    },
    { homeNamespace: "argocd" },
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

function reading(files: Files) {
  const asked: string[] = [];
  const tree = fakeTree(files);
  const counting = {
    ...tree,
    list: (path: string) => (asked.push(`list ${path}`), tree.list(path)),
    read: (path: string) => (asked.push(`read ${path}`), tree.read(path)),
  };
  return { asked, facts: fakeFacts({ tree: async () => counting }) };
}

const engine = { fill: () => Promise.reject(new Error("no Go template is expected here")) };

async function generate(set: ApplicationSet, files: Files, memo: GenerationMemo) {
  const { asked, facts } = reading(files);
  return { asked, ...(await generateApplications(set, { facts, engine, memo })) };
}

const estate = (count: number): Files =>
  Object.fromEntries(
    Array.from({ length: count }, (_, at) => [`apps/g${at % 10}/a${at}/c.json`, `{"value": "v${at}"}`]),
  );

describe("GenerationMemo", () => {
  test("one file that changed is read alone, and the folders above it", async () => {
    const [set, memo] = [setOf([WITH_VALUES]), new GenerationMemo()];
    const before = await generate(set, estate(100), memo);
    const changed = { ...estate(100), "apps/g3/a13/c.json": '{"value": "other"}' };
    const { asked, applications } = await generate(set, changed, memo);
    expect(asked).toEqual([
      "list ",
      "list apps",
      "list apps/g3",
      "list apps/g3/a13",
      "read apps/g3/a13/c.json",
    ]);
    const touched = applications.filter(
      ({ application }, at) => application !== before.applications[at]?.application,
    );
    expect(touched.map(({ application }) => application.metadata.labels)).toEqual([{ deep: "other" }]);
  });

  test("what stands at another place now is the same application, and says its new place", async () => {
    const [set, memo] = [setOf([FILES]), new GenerationMemo()];
    const before = await generate(set, estate(3), memo);
    const after = await generate(set, { ...estate(3), "apps/a/first/c.json": '{"value": "x"}' }, memo);
    expect(after.applications.slice(1).map(({ application }) => application)).toEqual(
      before.applications.map(({ application }) => application),
    );
    expect(after.applications.map(({ from }) => from.replace(/ \(.*/, ""))).toEqual(
      [1, 2, 3, 4].map((at) => `spec.generators[0].git, set ${at}`),
    );
    expect(after.applications[1]?.application).toBe(before.applications[0]?.application as never);
  });

  test("a name that becomes another one's is seen, and so is that it is its own again", async () => {
    const [memo, set] = [new GenerationMemo(), setOf([FILES])];
    const files = {
      "apps/a/x/c.json": '{"value": "1"}',
      "apps/b/x/c.json": '{"value": "2"}',
      "apps/b/y/c.json": '{"value": "1"}',
    };
    const names = async (value: string) => {
      const { applications, problems } = await generate(
        set,
        { ...files, "apps/b/x/c.json": `{"value": "${value}"}` },
        memo,
      );
      return [applications.map(({ application }) => application.metadata.name), problems.length];
    };
    expect(await names("2")).toEqual([["x-1", "x-2", "y-1"], 0]);
    expect(await names("3")).toEqual([["x-1", "x-3", "y-1"], 0]);
    expect(await names("1")).toEqual([["y-1"], 1]);
    expect(await names("1")).toEqual([["y-1"], 1]);
    expect(await names("2")).toEqual([["x-1", "x-2", "y-1"], 0]);
  });

  test("of another spec nothing holds, whatever the repository says", async () => {
    const memo = new GenerationMemo();
    await generate(setOf([WITH_VALUES]), estate(3), memo);
    const edited = setOf([{ git: { ...FILES.git, values: { deep: "edited" } } }]);
    const { applications } = await generate(edited, estate(3), memo);
    expect(applications.map(({ application }) => application.metadata.labels)).toEqual(
      Array.from({ length: 3 }, () => ({ deep: "edited" })),
    );
  });

  test("what is left of a generation of another spec says nothing of this one", async () => {
    const memo = new GenerationMemo();
    const [other, set] = [
      setOf([WITH_VALUES]),
      setOf([{ git: { ...FILES.git, values: { deep: "edited" } } }]),
    ];
    const { facts } = reading(estate(3));
    const { promise: edited, resolve: goOn } = Promise.withResolvers<void>();
    const late = fakeFacts({ tree: (from) => edited.then(() => facts.tree(from)) });
    const left = generateApplications(other, { facts: late, engine, memo });
    await generate(set, estate(1), memo);
    goOn();
    await left;
    const { applications } = await generate(set, estate(3), memo);
    expect(applications.map(({ application }) => application.metadata.labels)).toEqual(
      Array.from({ length: 3 }, () => ({ deep: "edited" })),
    );
  });

  test("what could not be read is asked again", async () => {
    const [set, memo] = [setOf([FILES]), new GenerationMemo()];
    await generate(set, estate(3), memo);
    const changed = { ...estate(3), "apps/g1/a1/c.json": '{"value": "other"}' };
    const tree = fakeTree(changed);
    const why = { cannot: "read it", why: "it is damaged" };
    for (const fails of ["list", "read"] as const) {
      const broken = {
        ...tree,
        [fails]: async (path: string): Promise<never> => {
          throw new Failure("git-path", path, "backoff", why);
        },
      };
      const facts = fakeFacts({ tree: async () => broken });
      expect((await generateApplications(set, { facts, engine, memo })).is).toBe("part");
    }
    const { applications, is } = await generate(set, changed, memo);
    expect(is).toBe("whole");
    expect(applications.map(({ application }) => application.metadata.name)).toEqual([
      "a0-v0",
      "a1-other",
      "a2-v2",
    ]);
  });

  test("a file that two generators read under other names is two sets", async () => {
    const template = { metadata: { name: "o-{{other.path.basename}}" } };
    const other = { git: { ...FILES.git, pathParamPrefix: "other", template } };
    const set = setOf([FILES, other], "{{path.basename}}");
    const { applications } = await generate(set, estate(1), new GenerationMemo());
    expect(applications.map(({ application }) => application.metadata.name)).toEqual(["a0", "o-a0"]);
  });

  const placeName = "{{path[1]}}-{{path.basename}}";
  test.each([
    { name: "files", generators: [FILES], as: `${placeName}-{{value}}` },
    { name: "files with values", generators: [WITH_VALUES], as: `${placeName}-{{values.deep}}` },
    {
      name: "files with a selector",
      generators: [{ ...FILES, selector: { matchLabels: { value: "1" } } }],
      as: placeName,
    },
    {
      name: "files of two generators",
      generators: [FILES, OTHERS],
      as: "x{{value}}",
    },
    {
      name: "files merged with some of those beside them",
      generators: [
        {
          merge: {
            mergeKeys: ["path"],
            generators: [FILES, { ...BESIDE, selector: NOT_TWO }],
          },
        },
      ],
      as: `${placeName}-{{value}}-{{path.filename}}`,
      // One that is wrong would be half a merge, which is none.
      contents: ['{"value": "1"}', '{"value": "2"}', '{"value": "3"}'],
    },
    {
      name: "files behind a list",
      generators: [BEHIND_LIST],
      as: `{{at}}-${placeName}-{{value}}`,
    },
    { name: "folders", generators: [FOLDERS], as: placeName },
  ])(
    "$name: after any commits it says what is said without it",
    async ({ generators, as, contents = CONTENTS }) => {
      let seed = 7;
      const random = (below: number): number => {
        seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
        return Math.floor((seed / 2_147_483_648) * below);
      };
      const one = <T>(all: readonly T[]): T => all[random(all.length)] as T;
      const place = (): string =>
        `apps/${one(["a", "a-b", "a.b", "b", "b/no", ".hidden", "c.json"])}/${one(["x", "x-y", "y"])}/${one(["c.json", "d.json"])}`;
      const [set, memo] = [setOf(generators, as), new GenerationMemo()];
      const files: Files = {};
      let most = 0;
      for (let commit = 0; commit < 150; commit++) {
        for (let change = random(3); change >= 0; change--) {
          const path = place();
          if (random(3) === 0) {
            const gone = path
              .split("/")
              .slice(0, 2 + random(3))
              .join("/");
            for (const file of Object.keys(files)) if (file.startsWith(gone)) delete files[file];
          } else files[path] = one(contents);
        }
        const { asked: _, ...kept } = await generate(set, { ...files }, memo);
        const { asked: __, ...anew } = await generate(set, { ...files }, new GenerationMemo());
        expect(kept).toEqual(anew);
        most = Math.max(most, kept.applications.length);
        const end = (generators as readonly object[]).includes(FOLDERS) ? "" : "/c.json";
        const paths = kept.applications.map(({ application }) => `${application.spec.source?.path}${end}`);
        if (!as.includes("at}}") && generators.length === 1) expect(paths).toEqual([...paths].sort());
      }
      expect(most).toBeGreaterThan(2);
    },
  );
});
