import { expect, test } from "bun:test";
import { applicationNamespaces } from "./application-namespaces.ts";

const said = (text: string | undefined) =>
  applicationNamespaces("argocd", [
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "argocd-cmd-params-cm", namespace: "argocd" },
      data: text === undefined ? {} : { "application.namespaces": text },
    },
  ]);

test.each<[string | undefined, string[], string[]]>([
  [undefined, ["argocd"], ["team-a"]],
  ["", ["argocd"], ["", "team-a"]],
  ["team-a, team-b", ["argocd", "team-a", "team-b"], ["team-c", "xteam-a"]],
  ["team-*", ["team-a"], ["my-team-a"]],
  ["/^team-(a|b)$/", ["team-a", "argocd"], ["team-c", "/^team-(a|b)$/", "team-ab"]],
  // Not anchored, as Argo CD has it.
  ["/team/,ops", ["my-team-a", "ops"], ["dev"]],
])("application.namespaces %p means these, and not those", (text, these, those) => {
  const { has, problems } = said(text);
  expect(these.filter((each) => !has(each))).toEqual([]);
  expect(those.filter((each) => has(each))).toEqual([]);
  expect(problems).toEqual([]);
});

test("without a word nothing else is looked at, and no ConfigMap is none", () => {
  expect(said("").where).toBe("own");
  expect(said("/a/").where).toBe("others-too");
  expect(applicationNamespaces("argocd", []).where).toBe("own");
});

test("an expression that cannot be read means nothing, and is told", () => {
  const { has, problems } = said("/team-(/,ops");
  expect([has("team-("), has("ops")]).toEqual([false, true]);
  expect(problems).toMatchObject([{ severity: "error", path: 'data["application.namespaces"]' }]);
});
