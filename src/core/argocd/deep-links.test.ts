import { describe, expect, test } from "bun:test";
import { deepLinksOf } from "./deep-links.ts";

const read = (data: Record<string, string>) => {
  const warned: string[] = [];
  return { links: deepLinksOf(data, (key, text) => warned.push(`${key} ${text}`)), warned };
};

test("links as argocd-cm has them, by place", () => {
  expect(
    read({
      "project.links": `
- url: https://audit.example.com/?project={{.project.metadata.name}}
  title: Audit
  description: system audit logs
  icon.class: "fa-book"
`,
      "application.links": `
# conditionally
- url: https://logs.example.com
  title: Logs
  if: application.spec.project == "default"
`,
    }),
  ).toEqual({
    links: {
      project: [
        {
          title: "Audit",
          url: "https://audit.example.com/?project={{.project.metadata.name}}",
          description: "system audit logs",
          iconClass: "fa-book",
        },
      ],
      application: [
        {
          title: "Logs",
          url: "https://logs.example.com",
          condition: 'application.spec.project == "default"',
        },
      ],
      resource: [],
    },
    warned: [],
  });
});

test("where nothing is said, nothing is there", () => {
  expect(read({ "resource.links": "  \n" })).toEqual({ links: undefined, warned: [] });
});

describe("what cannot be read costs that link, and is said:", () => {
  const GOOD = "- { title: Good, url: https://good.example.com }";
  test.each([
    ["- url: https://x", "link 2 has no title: it is not shown"],
    ["- title: x", "link 2 has no url: it is not shown"],
    ["- { title: x, url: u, iff: z }", "link 2 has a field iff, which links do not have: it is not shown"],
    ["- { title: x, url: u, if: true }", "link 2 has no text as if: put it in quotes: it is not shown"],
    ["- { title: 1, url: u }", "link 2 has no text as title: put it in quotes: it is not shown"],
    ["- text", "link 2 is no mapping: it is not shown"],
    [
      `- { title: x, url: ${"y".repeat(5_000)} }`,
      "link 2 has a url of more than 4000 characters: it is not shown",
    ],
    [
      "- { title: x, url: u, __proto__: z }",
      "link 2 has a field __proto__, which links do not have: it is not shown",
    ],
  ])("%s", (entry, why) => {
    const { links, warned } = read({ "resource.links": `${GOOD}\n${entry}\n` });
    expect(links?.resource).toEqual([{ title: "Good", url: "https://good.example.com" }]);
    expect(warned).toEqual([`resource.links ${why}`]);
  });

  test.each([
    ["a: [", "it makes no links"],
    ["title: x", "is no list, and makes no links"],
  ])("%s makes none at all", (text, why) => {
    const { links, warned } = read({ "project.links": text });
    expect(links?.project).toEqual([]);
    expect(warned).toEqual([expect.stringContaining(why)]);
  });

  test("more than there may be are cut", () => {
    const { links, warned } = read({ "project.links": `${GOOD}\n`.repeat(60) });
    expect(links?.project).toHaveLength(50);
    expect(warned).toEqual(["project.links has more than 50 links: the first 50 are shown"]);
  });
});
