import { describe, expect, test } from "bun:test";
import { parseYaml, setYamlText } from "../../lib/yaml.ts";
import { parseImageName } from "./image-name.ts";
import { setHelmValues, setKustomizationImage, setOverride } from "./write-images.ts";

const image = parseImageName("ghcr.io/team/web");
if (image === undefined) throw new Error("it is a name");
const textOf = (set: ReturnType<typeof setYamlText>): string => (set.is === "changed" ? set.text : set.is);

describe("setYamlText()", () => {
  test.each([
    ["quotes stay", 'a: "1"  # one\nb: 2\n', 'a: "9"  # one\nb: 2\n'],
    ["single ones too", "a: '1'\n", "a: '9.9'\n".replace("9.9", "9")],
    ["odd spaces and order", "b:   x\na:    v1   # v\n", 'b:   x\na:    "9"   # v\n'],
    ["in one line", "{b: 1, a: v1}\n", '{b: 1, a: "9"}\n'],
    ["what is empty", "a:\nb: 1\n", 'a: "9"\nb: 1\n'],
    ["what is not there", "b: 1 # b\n", 'b: 1 # b\na: "9"\n'],
    ["Windows' line ends", "a: v1\r\nb: 1\r\n", 'a: "9"\r\nb: 1\r\n'],
  ])("%s", (_, before, after) => expect(textOf(setYamlText(before, ["a"], "9"))).toBe(after));

  test.each([
    ["an alias", "b: &x v1\na: *x\n", "alias"],
    ["an anchor", "a: &x v1\nb: *x\n", "anchor"],
    ["several lines", "a: |\n  x\n", "several lines"],
    ["two documents", "a: 1\n---\na: 2\n", "more than one document"],
    ["a mapping", "a: { b: 1 }\n", "more than that"],
  ])("%s is refused", (_, before, why) =>
    expect(setYamlText(before, ["a"], "9")).toMatchObject({
      is: "refused",
      why: expect.stringContaining(why),
    }),
  );

  test("a file of many keys takes no time that grows with their square", () => {
    const keys = Array.from({ length: 80_000 }, (_, at) => `k${at}:\n`).join("");
    expect(setYamlText(`a: 1\n${keys}`, ["a"], "9").is).toBe("changed");
    expect(setYamlText(keys, ["a"], "9").is).toBe("changed");
  });

  test("a file of many aliases is one as others are, and a key that stands twice is seen", () => {
    const text = `x: &x { y: 1 }\n${Array.from({ length: 200 }, (_, at) => `b${at}: *x\n`).join("")}a: 1\n`;
    expect(textOf(setYamlText(text, ["a"], "9"))).toBe(text.replace("a: 1\n", 'a: "9"\n'));
    expect(setYamlText("a: 1\nb: { c: 1, c: 2 }\n", ["a"], "9")).toMatchObject({ is: "refused" });
  });

  test("whatever the text is: that field alone is another, and a second time nothing is", () => {
    let seed = 7;
    const next = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % below;
    };
    const word = (): string => ["v1", "'2'", '"3"', "true", "0x1f", "~", "1.20", "a b"][next(8)] ?? "";
    for (let round = 0; round < 400; round++) {
      const keys = ["a", "b", "c", "d"].slice(0, 1 + next(4));
      const text = keys
        .map(
          (key) =>
            `${next(3) === 0 ? "# note\n" : ""}${key}:${" ".repeat(1 + next(3))}${word()}${next(2) === 0 ? "  # why" : ""}\n`,
        )
        .join("");
      const key = keys[next(keys.length)] ?? "a";
      const value = ["1.2.3", "1.20", "true", "sha256:ab", "a'b\"c", "latest@sha256:00"][next(6)] ?? "";
      const set = setYamlText(text, [key], value);
      if (set.is === "same") continue;
      const after = textOf(set);
      const [old, now] = [text, after].map(
        (one) => parseYaml(one).documents[0]?.value as Record<string, unknown>,
      );
      expect(now).toEqual({ ...old, [key]: value });
      expect(after.split("\n").filter((line, at) => line !== text.split("\n")[at]).length).toBe(1);
      expect(setYamlText(after, [key], value).is).toBe("same");
    }
  });
});

describe("kustomizations", () => {
  test("a new image is an entry of its own", () => {
    const text = "# mine\nresources: [a.yaml]\n";
    expect(textOf(setKustomizationImage(text, { image, kustomize: "web" }, { tag: "1.0" }))).toBe(
      '# mine\nresources: [a.yaml]\nimages:\n  - name: web\n    newName: ghcr.io/team/web\n    newTag: "1.0"\n',
    );
  });
  test("a tag beside a digest that pins it would change nothing, and is refused", () => {
    const text = "images:\n  - name: ghcr.io/team/web\n    digest: sha256:00\n";
    expect(setKustomizationImage(text, { image, kustomize: undefined }, { tag: "1.0" }).is).toBe("refused");
  });
});

test("values are found by path, by index and by a key of the whole name", () => {
  const text = "web.tag: a\nlist:\n  - image: { tag: b } # first\n";
  expect(
    textOf(
      setHelmValues(text, [
        { name: "web.tag", value: "x1" },
        { name: "list[0].image.tag", value: "x2" },
      ]),
    ),
  ).toBe("web.tag: x1\nlist:\n  - image: { tag: x2 } # first\n");
  expect(setHelmValues(text, [{ name: "a[", value: "x" }]).is).toBe("refused");
  expect(setHelmValues("a: 1\n", [{ name: "constructor", value: "x" }]).is).toBe("changed");
});

test("an override begins with what the source says itself, and is changed in place from then on", () => {
  const wanted = { image, helm: {}, kustomize: undefined };
  const begun = textOf(
    setOverride(undefined, wanted, { tag: "1" }, { tool: "kustomize", written: ["other:2"] }),
  );
  expect(parseYaml(begun).documents[0]?.value).toEqual({
    kustomize: { images: ["other:2", "ghcr.io/team/web:1"] },
  });
  const next = textOf(setOverride(begun, wanted, { tag: "2" }, { tool: "kustomize", written: [] }));
  expect(next).toBe(begun.replace("web:1", "web:2"));
  const helm = textOf(
    setOverride(undefined, wanted, { tag: "1" }, { tool: "helm", written: [{ name: "a", value: "b" }] }),
  );
  expect(parseYaml(helm).documents[0]?.value).toMatchObject({
    helm: {
      parameters: [
        { name: "a" },
        { name: "image.name" },
        { name: "image.tag", value: "1", forceString: true },
      ],
    },
  });
});
