import { describe, expect, test } from "bun:test";
import { compareVersions, newestMatching, parseConstraint, parseVersion } from "./version-constraint.ts";

describe("parseConstraint() as Masterminds/semver does", () => {
  const cases: [constraint: string, takes: string[], refuses: string[]][] = [
    ["*", ["0.0.0", "v1.2.3", "99.0.0"], ["1.0.0-rc.1"]],
    ["*-0", ["1.0.0-rc.1", "1.0.0"], []],
    ["1.2.*", ["1.2.0", "v1.2.99"], ["1.3.0", "1.1.9", "1.2.1-rc.1"]],
    ["1.x", ["1.0.0", "1.9.9"], ["2.0.0", "0.9.0"]],
    ["x", ["0.1.0", "3.0.0"], []],
    ["=1.2", ["1.2.0", "1.2.7"], ["1.3.0"]],
    ["=1.2.3", ["1.2.3", "1.2.3+build"], ["1.2.4"]],
    [">=1.0 <2", ["1.0.0", "1.99.0"], ["2.0.0", "0.9.9", "1.5.0-beta"]],
    [">=1.0, <2.0", ["1.0.0", "1.99.0"], ["2.0.0"]],
    [">= 1.0,< 2.0", ["1.5.0"], ["2.0.0"]],
    [">=1.0.0-0", ["1.0.0-alpha", "1.0.0", "2.0.0-rc.1"], ["0.9.0"]],
    [">=1.0.0-beta.2 <2.0.0", ["1.0.0-beta.11", "1.0.0"], ["1.0.0-beta.1", "2.0.0"]],
    ["~1.2.3", ["1.2.3", "1.2.99"], ["1.3.0", "1.2.2"]],
    ["~1.2", ["1.2.0", "1.2.5"], ["1.3.0"]],
    ["~1", ["1.0.0", "1.9.0"], ["2.0.0"]],
    ["~>1.2.3", ["1.2.4"], ["1.3.0"]],
    ["~0.0.0", ["0.0.0", "5.0.0"], []],
    ["^1.2.3", ["1.2.3", "1.9.0"], ["2.0.0", "1.2.2"]],
    ["^0.2.3", ["0.2.3", "0.2.9"], ["0.3.0", "1.0.0"]],
    ["^0.0.3", ["0.0.3"], ["0.0.4", "0.1.0"]],
    ["^0.0", ["0.0.1", "0.0.9"], ["0.1.0"]],
    ["^0", ["0.0.1", "0.9.0"], ["1.0.0"]],
    ["^1.x", ["1.0.0", "1.9.0"], ["2.0.0"]],
    [">1", ["2.0.0"], ["1.0.1", "1.9.9"]],
    [">1.2", ["1.3.0", "2.0.0"], ["1.2.9"]],
    ["<=1", ["1.9.9", "0.1.0"], ["2.0.0"]],
    ["<=1.2", ["1.2.9"], ["1.3.0"]],
    ["=<1.2.3", ["1.2.3"], ["1.2.4"]],
    ["=>1.2.3", ["1.2.3"], ["1.2.2"]],
    ["<1.2.3", ["1.2.2"], ["1.2.3"]],
    ["!=1.2.3", ["1.2.4"], ["1.2.3"]],
    ["!=1.2", ["1.3.0"], ["1.2.5"]],
    ["!=1.x", ["2.0.0"], ["1.2.5"]],
    ["1.2 - 1.4.5", ["1.2.0", "1.4.5"], ["1.4.6", "1.1.9"]],
    ["<1.0 || >=2.0", ["0.9.0", "2.0.0"], ["1.5.0"]],
    ["v1.2.*", ["1.2.4"], ["1.3.0"]],
  ];
  test.each(cases)("%s", (text, takes, refuses) => {
    const constraint = parseConstraint(text);
    const taken = (versions: string[]): string[] =>
      versions.filter((each) => {
        const version = parseVersion(each);
        return version !== undefined && constraint?.matches(version) === true;
      });
    expect(taken(takes)).toEqual(takes);
    expect(taken(refuses)).toEqual([]);
  });

  test.each(["", "main", "feature/x", "1.2.3.4", ">", "1.2 |", "release-1.x", "abcdef0", ">=a"])(
    "%j is no constraint",
    (text) => {
      expect(parseConstraint(text)).toBeUndefined();
    },
  );
});

test("compareVersions() puts versions in the order of semver.org, rule 11", () => {
  const order = [
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.1",
    "1.2.0",
    "1.10.0",
    "2.0.0",
  ];
  const shuffled = order.toReversed().flatMap((text) => parseVersion(text) ?? []);
  expect(shuffled.toSorted(compareVersions).map(({ text }) => text)).toEqual(order);
});

test("newestMatching() passes over what is no version, and takes the first of equals", () => {
  const any = parseConstraint("*");
  expect(
    any === undefined
      ? undefined
      : newestMatching(["latest", "v1.9.0", "v1.10.0", "1.10.0", "2.0.0-rc.1", "1.2.3.4"], any),
  ).toBe("v1.10.0");
});
