import { describe, expect, test } from "bun:test";
import type { UpdateStrategy } from "../model/image-update.ts";
import { byBuild, chooseTag, considerTags, type TagRules } from "./choose-tag.ts";
import { parseImageName, placeOfImage } from "./image-name.ts";
import { loginOf, parsePullSecret } from "./pull-secret.ts";
import { readAnnotations } from "./read-annotations.ts";

const PREFIX = "argocd-image-updater.argoproj.io/";
const rules = (strategy: UpdateStrategy, more: Partial<TagRules> = {}): TagRules => ({
  ...{ strategy, constraint: "", allows: undefined, ignores: () => false },
  ...more,
});

describe("parseImageName()", () => {
  test.each([
    ["nginx", "docker.io/library/nginx", ""],
    ["nginx:1.2", "docker.io/library/nginx", "1.2"],
    ["index.docker.io/team/web:x", "docker.io/team/web", "x"],
    ["localhost:5000/web:1", "localhost:5000/web", "1"],
    ["ghcr.io/team/web:1@sha256:".concat("a".repeat(64)), "ghcr.io/team/web", "1"],
  ])("%s", (text, place, tag) => {
    const name = parseImageName(text);
    expect([name && placeOfImage(name), name?.tag]).toEqual([place, tag]);
  });
  test.each(["", "Nginx", "a b", "ghcr.io/../x", "http://x/y", "web@sha256:12", `${"a".repeat(600)}`])(
    "%j names none",
    (text) => expect(parseImageName(text)).toBeUndefined(),
  );
});

describe("considerTags()", () => {
  const tags = ["1.0.0", "v1.0.10", "1.0.9", "2.0.0-rc1", "2.0.0", "latest", "v1.2.3-evil"];
  test.each<[string, TagRules, string[]]>([
    [
      "semver without a constraint takes no pre-release",
      rules("semver"),
      ["2.0.0", "v1.0.10", "1.0.9", "1.0.0"],
    ],
    ["a constraint", rules("semver", { constraint: "~1.0" }), ["v1.0.10", "1.0.9", "1.0.0"]],
    ["one that names pre-releases", rules("semver", { constraint: ">=2.0.0-0" }), ["2.0.0", "2.0.0-rc1"]],
    ["digest follows one tag", rules("digest", { constraint: "latest" }), ["latest"]],
    ["allow-tags", rules("alphabetical", { allows: (tag) => tag.startsWith("1") }), ["1.0.9", "1.0.0"]],
    ["ignore-tags", rules("semver", { ignores: (tag) => tag === "2.0.0" }), ["v1.0.10", "1.0.9", "1.0.0"]],
  ])("%s", (_, asked, wanted) => expect(considerTags(tags, asked).tags).toEqual(wanted));

  test("in whatever order the registry lists them, the same is chosen", () => {
    const orders = Array.from({ length: 50 }, (_, seed) =>
      [...tags].sort(
        (a, b) => ((a.length * 31 + seed * 7 + a.charCodeAt(0)) % 11) - ((b.length * 17 + seed) % 11),
      ),
    );
    for (const strategy of ["semver", "alphabetical"] as const)
      expect(new Set(orders.map((order) => considerTags(order, rules(strategy)).tags[0])).size).toBe(1);
  });
});

describe("chooseTag()", () => {
  test("a list that shrank takes nothing back", () => {
    expect(chooseTag(rules("semver"), { tag: "1.0.0" }, "1.1.0", undefined).is).toBe("kept");
    expect(chooseTag(rules("alphabetical"), { tag: "a" }, "b", undefined).is).toBe("kept");
    const before = { tag: "new", built: 2 };
    expect(chooseTag(rules("newest-build"), { tag: "old", built: 1 }, "new", before).is).toBe("kept");
  });
  test("what is not taken any more is gone back from", () => {
    const narrowed = rules("semver", { constraint: "~1.0" });
    expect(chooseTag(narrowed, { tag: "1.0.1" }, "1.1.0", undefined)).toMatchObject({ is: "chosen" });
    const ignored = rules("semver", { ignores: (tag) => tag === "1.1.0" });
    expect(chooseTag(ignored, { tag: "1.0.1" }, "1.1.0", undefined)).toMatchObject({ is: "chosen" });
  });
  test("of the same moment it is always the same one", () => {
    const known = [{ tag: "a", built: 1 }, { tag: "b", built: 1 }, { tag: "c" }];
    expect(byBuild(known)[0]?.tag).toBe("b");
    expect(byBuild([...known].reverse())[0]?.tag).toBe("b");
  });
});

describe("readAnnotations()", () => {
  const read = (written: Record<string, string>) =>
    readAnnotations(Object.fromEntries(Object.entries(written).map(([key, value]) => [PREFIX + key, value])));
  test("nothing is asked for", () => expect(read({})).toBeUndefined());
  test("images with their own options and shared ones", () => {
    const wanted = read({
      "image-list": "web=localhost:5000/web:~1.2, nginx",
      "update-strategy": "latest",
      "web.update-strategy": "semver",
      "web.allow-tags": "regexp:^1",
      "write-back-method": "git",
      "write-back-target": "helmvalues:../values.yaml",
      "git-branch": "main:images",
    });
    expect(wanted?.problems).toEqual([]);
    expect(wanted?.images.map(({ alias, rules }) => [alias, rules.strategy, rules.constraint])).toEqual([
      ["web", "semver", "~1.2"],
      ["", "newest-build", ""],
    ]);
    expect(wanted?.writeBack).toEqual({
      ...{ method: "git", base: "main", to: "images", pullRequest: "none" },
      target: { is: "helm-values", path: "../values.yaml" },
    });
  });
  test.each<[string, Record<string, string>, string]>([
    ["a slip", { "image-list": "web=a/b", "web.alow-tags": "any" }, "Did you mean web.allow-tags?"],
    ["no constraint", { "image-list": "a/b:zzz" }, '"zzz" is no constraint'],
    ["no expression", { "image-list": "a/b", "allow-tags": "regexp:(" }, "its expression is none"],
    ["a digest of nothing", { "image-list": "a/b", "update-strategy": "digest" }, "none is named"],
    [
      "a stranger's alias",
      { "image-list": "a/b", "web.platforms": "linux/amd64" },
      "no image with the alias web",
    ],
    [
      "a Secret for writing",
      { "image-list": "a/b", "write-back-method": "git:secret:x/y" },
      "is not used for writing",
    ],
  ])("%s is a sentence with what to do", (_, written, said) =>
    expect(read(written)?.problems.join("\n")).toContain(said),
  );
});

describe("pull secrets", () => {
  test("of a Docker config for that very registry", () => {
    const auth = Buffer.from("ci:pass:word").toString("base64");
    const config = JSON.stringify({
      auths: { "https://index.docker.io/v1/": { auth }, "ghcr.io": { auth: "eA==" } },
    });
    const login = loginOf(config, "docker.io");
    expect([login?.username, login?.password.reveal()]).toEqual(["ci", "pass:word"]);
    expect(loginOf(config, "quay.io")).toBeUndefined();
    expect(JSON.stringify(login)).not.toContain("pass:word");
  });
  test("no script is run", () => {
    expect(parsePullSecret("ext:/bin/login.sh")).toMatchObject({ is: "refused" });
    expect(parsePullSecret("secret:shop/login#token")).toMatchObject({ is: "field", field: "token" });
  });
});
