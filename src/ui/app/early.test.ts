import { expect, test } from "bun:test";
import { neededAt } from "./early.ts";

const at = (url: string): string[] => {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  return neededAt({ path: pathname, query: searchParams });
};
const WHOLE = "/api/holdfast/v1/applications/argocd/web";
const TREE = "/api/v1/applications/web/resource-tree?appNamespace=argocd";

test.each([
  ["/applications/argocd/web", [WHOLE, TREE]],
  ["/applications/argocd/web/", [WHOLE, TREE]],
  ["/applications/argocd/web?view=graph&preset=problems", [WHOLE, TREE]],
  ["/applications/argocd/web?view=history", [WHOLE]],
  ["/applications", []],
  ["/applications?open=argocd/web", []],
  ["/applications/web", []],
  ["/applicationsets/argocd/web", []],
  ["/applications/argocd/%E0%A4%A", []],
])("at %p it needs %p", (url, paths) => {
  expect(at(url)).toEqual(paths);
});

test("a name that somebody made to be another path is one step of it", () => {
  expect(at("/applications/argocd/..%2F..%2Fversion")[0]).toBe(
    "/api/holdfast/v1/applications/argocd/..%2F..%2Fversion",
  );
});
