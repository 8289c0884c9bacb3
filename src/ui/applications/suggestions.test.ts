import { describe, expect, test } from "bun:test";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { suggestionsFor, taken } from "./suggestions.ts";

const app = (name: string, project: string, health: string): ListedApplication =>
  ({
    metadata: { namespace: "argocd", name },
    spec: { project, destination: { name: "east" } },
    status: { sync: { status: "Synced" }, health: { status: health } },
  }) as ListedApplication;
const APPS = [app("a", "pay", "Degraded"), app("b", "pay", "Healthy"), app("c", "Two Words", "Healthy")];
const NOBODY = { favourites: new Set<string>(), nowMs: Date.parse("2026-11-23T04:30:00Z") };
const said = (line: string, at = line.length): string[] =>
  suggestionsFor(line, at, APPS, NOBODY).items.map(({ word, count }) =>
    count === undefined ? word : `${word} ${count}`,
  );
const first = (line: string, at = line.length) => {
  const found = suggestionsFor(line, at, APPS, NOBODY);
  const [item] = found.items;
  return item === undefined ? undefined : taken(line, found, item);
};

describe("suggestions", () => {
  test.each([
    [
      "",
      [
        "is:",
        "health:",
        "sync:",
        "run:",
        "project:",
        "cluster:",
        "namespace:",
        "policy:",
        "label:",
        "annotation:",
      ],
    ],
    ["he", ["health:"]],
    ["-proj", ["-project:"]],
    ["web", []],
    ["health:", ["health:healthy 2", "health:degraded 1"]],
    ["health:deg", ["health:degraded 1"]],
    // Counted among those that the other words find.
    ["project:pay health:", ["health:degraded 1", "health:healthy 1"]],
    ["-health:h", ["-health:healthy 2"]],
    ["proj:two", ['project:"Two Words" 1']],
    ['project:"two w', ['project:"Two Words" 1']],
    ["label:", []],
    ["nothing:", []],
  ])("%p goes on as %p", (line, words) => expect(said(line)).toEqual(words));

  test("the word at the caret is replaced, and the caret stands behind it", () => {
    expect(first("he")).toEqual({ line: "health:", at: 7 });
    expect(first("health:d")).toEqual({ line: "health:degraded ", at: 16 });
    expect(first("health:d argocd", 8)).toEqual({ line: "health:degraded argocd", at: 16 });
    expect(first("web OR heal", 11)).toEqual({ line: "web OR health:", at: 14 });
  });
});
