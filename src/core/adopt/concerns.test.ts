import { expect, test } from "bun:test";
import type { Application } from "../model/application.ts";
import type { KubeObject } from "../model/kube-object.ts";
import type { Problem } from "../model/problem.ts";
import { unreadOf } from "./concerns.ts";

const app: Application = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: { name: "shop", namespace: "argocd" },
  spec: {
    project: "team",
    source: { repoURL: "https://git.example.com/team/shop.git", path: "app" },
    destination: { server: "https://prod.example.com/", namespace: "shop" },
  },
};
const secret = (data: Record<string, string>): KubeObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "s", namespace: "argocd" },
  data: Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
  ),
});
const OF_SECRET: Problem = { severity: "error", object: "Secret argocd/s", text: "is odd" };
const unread = (problem: Problem, data?: Record<string, string>, of = app): string[] =>
  unreadOf(of, { settings: [], problems: [problem], secrets: data === undefined ? [] : [secret(data)] });

test.each<[string, Record<string, string>, "concerned" | "not"]>([
  ["its repository", { url: "https://git.example.com/team/shop" }, "concerned"],
  ["credentials of its host", { url: "https://GIT.example.com/" }, "concerned"],
  ["another repository", { url: "https://git.example.com/other/shop.git" }, "not"],
  ["its cluster", { name: "prod", server: "https://prod.example.com" }, "concerned"],
  ["another cluster", { name: "dev", server: "https://dev.example.com" }, "not"],
  ["a cluster without a server", { name: "prod" }, "concerned"],
  ["nobody knows whom", { password: "x" }, "concerned"],
])("a Secret that cannot be read, for %s: %p, it is %s", (_, data, is) => {
  expect(unread(OF_SECRET, data).length).toBe(is === "concerned" ? 1 : 0);
});

test("a destination by name is that of the Secret's name", () => {
  const named = { ...app, spec: { ...app.spec, destination: { name: "prod", namespace: "shop" } } };
  expect(unread(OF_SECRET, { name: "prod", server: "https://x.example.com" }, named)).toHaveLength(1);
  expect(unread(OF_SECRET, { name: "dev", server: "https://x.example.com" }, named)).toHaveLength(0);
});

test("settings concern everybody, a project its own, and a warning nobody", () => {
  expect(unreadOf(app, { settings: ["argocd-cm cannot be read"], problems: [], secrets: [] })).toEqual([
    "argocd-cm cannot be read",
  ]);
  expect(unread({ severity: "error", object: "ConfigMap argocd/argocd-cm", text: "is odd" })).toHaveLength(1);
  expect(unread({ severity: "error", object: "AppProject argocd/team", text: "is odd" })).toHaveLength(1);
  expect(unread({ severity: "error", object: "AppProject argocd/other", text: "is odd" })).toHaveLength(0);
  expect(unread({ ...OF_SECRET, severity: "warning" })).toHaveLength(0);
});

test("two Secrets for one cluster concern who goes there", () => {
  const lost: Problem = {
    severity: "error",
    file: "Secret argocd/s",
    object: "cluster prod",
    text: "has it",
  };
  expect(unread(lost, { name: "prod", server: "https://prod.example.com" })).toHaveLength(1);
  expect(unread(lost, { name: "dev", server: "https://dev.example.com" })).toHaveLength(0);
});
