import { expect, test } from "bun:test";
import { artifactFacts, chartFacts } from "./artifact-facts.ts";

const PREFIX = "org.opencontainers.image.";

test("artifactFacts() takes what is said in the usual words, and no date that is none", () => {
  expect(
    artifactFacts({
      [`${PREFIX}created`]: "2026-11-28T10:00:00Z",
      [`${PREFIX}authors`]: " Ann ",
      [`${PREFIX}source`]: "https://git.example.com/shop.git",
      [`${PREFIX}title`]: "",
      [`${PREFIX}description`]: "x".repeat(5_000),
      "example.org/other": "y",
    }),
  ).toEqual({
    created: "2026-11-28T10:00:00Z",
    authors: "Ann",
    source: "https://git.example.com/shop.git",
    description: "x".repeat(1_000),
  });
  expect(artifactFacts({ [`${PREFIX}created`]: "yesterday" })).toEqual({});
});

test("chartFacts() takes a chart of nonsense", () => {
  expect(
    chartFacts({
      description: "A shop",
      home: "https://shop.example.com",
      maintainers: [
        { name: "Ann", email: "ann@example.com" },
        { name: "Bo" },
        { email: "c@example.com" },
        7,
        {},
      ],
    }),
  ).toEqual({
    description: "A shop",
    home: "https://shop.example.com",
    maintainers: ["Ann <ann@example.com>", "Bo", "<c@example.com>"],
  });
  expect(chartFacts(7)).toEqual({ description: "", home: "", maintainers: [] });
  expect(chartFacts({ description: 7, maintainers: "x" })).toEqual({
    description: "",
    home: "",
    maintainers: [],
  });
});
