import { describe, expect, test } from "bun:test";
import type { Application } from "../model/application.ts";
import { showProblem } from "../model/problem.ts";
import { type ImageUpdater, parseImageUpdater, wantedByUpdaters } from "./image-updater.ts";

const HOME = { homeNamespace: "argocd" };
const resource = (spec: object, name = "images", namespace = "argocd") => ({
  apiVersion: "argocd-image-updater.argoproj.io/v1alpha1",
  kind: "ImageUpdater",
  metadata: { name, namespace },
  spec,
});
function read(spec: object, name?: string, namespace?: string): ImageUpdater {
  const parsed = parseImageUpdater(resource(spec, name, namespace), HOME);
  if (!parsed.ok) throw new Error(parsed.problems.map(showProblem).join("\n"));
  return parsed.value;
}
const refused = (spec: object): string => {
  const parsed = parseImageUpdater(resource(spec), HOME);
  return (parsed.ok ? parsed.warnings : parsed.problems).map(showProblem).join("\n");
};
const app = (name: string, more: Partial<Application["metadata"]> = {}): Application =>
  ({ metadata: { name, namespace: "argocd", ...more }, spec: {} }) as Application;
const wanted = (of: Application, ...updaters: ImageUpdater[]) => {
  const found = wantedByUpdaters(of, updaters);
  if (found === undefined || found === "annotations") throw new Error(`${found}`);
  return found;
};
const web = { alias: "web", imageName: "ghcr.io/team/web:~1.2" };
const ref = (namePattern: string, more: object = {}) => ({ namePattern, images: [web], ...more });
const namesOf = (found: ReturnType<typeof wanted>) => found.images.map(({ alias }) => alias);

describe("an ImageUpdater", () => {
  test("says by level what an image wants: its own, its reference's, the resource's", () => {
    const updater = read({
      commonUpdateSettings: {
        updateStrategy: "alphabetical",
        allowTags: "regexp:^1",
        platforms: ["linux/arm64"],
      },
      applicationRefs: [
        {
          namePattern: "shop-*",
          commonUpdateSettings: { updateStrategy: "newest-build", ignoreTags: ["latest", "*-rc*"] },
          images: [
            {
              ...web,
              commonUpdateSettings: { updateStrategy: "semver", forceUpdate: true, pullSecret: "env:LOGIN" },
              manifestTargets: { helm: { name: "web.name", tag: "web.tag" } },
            },
            { alias: "db.main", imageName: "postgres", manifestTargets: { kustomize: { name: "db" } } },
          ],
        },
      ],
    });
    const { images, problems, writeBack } = wanted(app("shop-eu"), updater);
    expect(problems).toEqual([]);
    expect(writeBack).toEqual({ method: "argocd" });
    expect(images).toMatchObject([
      {
        ...{ alias: "web", update: "always", pullSecret: "env:LOGIN", platforms: ["linux/arm64"] },
        ...{ rules: { strategy: "semver", constraint: "~1.2" }, helm: { name: "web.name", tag: "web.tag" } },
      },
      {
        ...{ alias: "db.main", update: "where-used", kustomize: "db", pullSecret: undefined },
        rules: { strategy: "newest-build", constraint: "" },
      },
    ]);
    const [one] = images;
    expect(["1.0-rc1", "latest", "2"].map((tag) => one?.rules.ignores(tag))).toEqual([true, true, false]);
    expect(one?.rules.allows?.("2.0")).toBe(false);
  });

  test("a constraint may have commas, which a list of annotations has not", () => {
    const updater = read({
      applicationRefs: [ref("*", { images: [{ alias: "web", imageName: "localhost:5000/web:>=1.0, <2" }] })],
    });
    expect(wanted(app("a"), updater).images).toMatchObject([
      { image: { registry: "localhost:5000" }, rules: { constraint: ">=1.0, <2" } },
    ]);
  });

  test("of references the one that says most of the application counts, in whatever order they stand", () => {
    const named = (alias: string) => ({ images: [{ ...web, alias }] });
    const refs = [
      ref("*", named("all")),
      ref("shop-*", named("shop")),
      ref("shop-*", { ...named("labelled"), labelSelectors: { matchLabels: { tier: "front" } } }),
      ref("shop-eu", named("exact")),
    ];
    for (const applicationRefs of [refs, refs.toReversed()]) {
      const updater = read({ applicationRefs });
      expect(namesOf(wanted(app("blog"), updater))).toEqual(["all"]);
      expect(namesOf(wanted(app("shop-us"), updater))).toEqual(["shop"]);
      expect(namesOf(wanted(app("shop-us", { labels: { tier: "front" } }), updater))).toEqual(["labelled"]);
      expect(namesOf(wanted(app("shop-eu"), updater))).toEqual(["exact"]);
    }
    expect(wantedByUpdaters(app("shop"), [read({ applicationRefs: [ref("shop-*")] })])).toBeUndefined();
    const alike = read({ applicationRefs: [ref("shop*", named("pattern")), ref("shop", named("name"))] });
    expect(namesOf(wanted(app("shop"), alike))).toEqual(["name"]);
  });

  test("of two resources one counts, and it is said; of another namespace none does", () => {
    const one = read({ applicationRefs: [ref("*")] }, "all");
    const other = read({ applicationRefs: [ref("web", { images: [{ ...web, alias: "own" }] })] }, "one");
    for (const updaters of [
      [one, other],
      [other, one],
    ]) {
      const found = wanted(app("web"), ...updaters);
      expect(namesOf(found)).toEqual(["own"]);
      expect(found.problems).toEqual([
        "ImageUpdater all speaks of it too, and one alone counts. Narrow down the namePattern of one",
      ]);
    }
    const elsewhere = read({ applicationRefs: [ref("*")] }, "all", "team");
    expect(wantedByUpdaters(app("web"), [elsewhere])).toBeUndefined();
    expect(namesOf(wanted(app("web", { namespace: "team" }), elsewhere))).toEqual(["web"]);
  });

  test("of more images than are followed the first are, and it is said", () => {
    const images = Array.from({ length: 101 }, (_, at) => ({ ...web, alias: `web-${at}` }));
    const found = wanted(app("shop"), read({ applicationRefs: [{ namePattern: "shop", images }] }));
    expect([found.images.length, found.problems]).toEqual([
      100,
      ["ImageUpdater images: spec.applicationRefs[0].images: at most 100 images are followed. Name fewer"],
    ]);
  });

  test("a name and a tag that are empty beside a spec say nothing", () => {
    const helm = { name: "", tag: "", spec: "image" };
    const images = [{ ...web, manifestTargets: { helm } }];
    const found = wanted(app("shop"), read({ applicationRefs: [{ namePattern: "shop", images }] }));
    expect([found.images[0]?.helm, found.problems]).toEqual([{ spec: "image" }, []]);
  });

  test("useAnnotations leaves it to the application", () => {
    const updater = read({ applicationRefs: [{ namePattern: "*", useAnnotations: true }] });
    expect(wantedByUpdaters(app("web"), [updater])).toBe("annotations");
  });

  test("where it is written is said once for all, and overridden field by field", () => {
    const writeBackConfig = {
      method: "git:repocreds",
      gitConfig: {
        repository: "https://git.example.com/a",
        branch: "main",
        writeBackTarget: "kustomization",
      },
    };
    const updater = read({
      writeBackConfig,
      applicationRefs: [
        ref("a"),
        ref("b", {
          writeBackConfig: { gitConfig: { branch: ":images", writeBackTarget: "helmvalues:v.yaml" } },
        }),
        ref("c", { writeBackConfig: { gitConfig: { pullRequest: { github: {} } } } }),
        ref("d", { writeBackConfig: { method: "argocd" } }),
      ],
    });
    const shared = { method: "git", repository: "https://git.example.com/a", pullRequest: "none" } as const;
    const into = { is: "kustomization", path: "" } as const;
    expect(wanted(app("a"), updater).writeBack).toEqual({ ...shared, base: "main", target: into });
    expect(wanted(app("b"), updater).writeBack).toEqual({
      ...{ ...shared, to: "images", target: { is: "helm-values", path: "v.yaml" } },
    });
    expect(wanted(app("c"), updater).writeBack).toEqual({
      ...{ ...shared, base: "main", target: into, pullRequest: "open" },
      to: "image-updater-{{.TargetKey}}-{{.SHA256}}",
    });
    expect(wanted(app("d"), updater).writeBack).toEqual({ method: "argocd" });
  });

  test("what is wrong in it is said with the application, by its place", () => {
    const updater = read({
      commonUpdateSettings: { allowTags: "v1" },
      applicationRefs: [ref("*", { images: [web, { alias: "x", imageName: "No Image" }] })],
      writeBackConfig: { method: "git:secret:argocd/login" },
    });
    const said = wanted(app("a"), updater).problems.join("\n");
    expect(said).toContain("ImageUpdater images: spec.commonUpdateSettings.allowTags: it is neither `any`");
    expect(said).toContain('spec.applicationRefs[0].images[1].imageName: "No Image" names no image');
    expect(said).toContain("spec.writeBackConfig.method: a Secret that an application names is not used");
  });

  test.each<[string, object, string]>([
    ["no references", {}, "applicationRefs"],
    ["a reference without images", { applicationRefs: [{ namePattern: "a" }] }, "must name an image"],
    [
      "an alias twice",
      { applicationRefs: [ref("a", { images: [web, web] })] },
      "the alias web stands there twice",
    ],
    [
      "a selector that is none",
      { applicationRefs: [ref("a", { labelSelectors: "x" })] },
      "must be a selector",
    ],
    [
      "a selector without matchLabels, which would take every application",
      { applicationRefs: [ref("a", { labelSelectors: { team: "shop" } })] },
      "must be a selector",
    ],
    [
      "a selector whose operator is none",
      {
        applicationRefs: [
          ref("a", {
            labelSelectors: { matchExpressions: [{ key: "team", operator: "in", values: ["a"] }] },
          }),
        ],
      },
      "must be a selector",
    ],
    [
      "a selector whose labels are a list",
      { applicationRefs: [ref("a", { labelSelectors: { matchLabels: ["team"] } })] },
      "must be a selector",
    ],
    [
      "another namespace's applications",
      { namespace: "team", applicationRefs: [ref("a")] },
      "spec.namespace",
    ],
    ["a slip of the pen", { applicationRefs: [ref("a")], comonUpdateSettings: {} }, "comonUpdateSettings"],
    ["a number", { applicationRefs: [ref("a", { images: [{ ...web, alias: 1 }] })] }, "alias"],
  ])("%s is named by its place", (_, spec, said) => expect(refused(spec)).toContain(said));
});
