import { expect, test } from "bun:test";
import { whoIs } from "./who-is.ts";

test.each([
  ["daemon", "daemon", "daemon"],
  ["host", "host", "host"],
  ["the cluster", "cluster", "the cluster"],
  ["anonymous", "nobody", "anonymous"],
  ["user:anonymous", "nobody", "anonymous"],
  ["nobody", "nobody", "nobody"],
  ["user:local", "local", "local"],
  ["user:token", "server-token", "token"],
  ["user:ann", "person", "ann"],
  ["user:proj:shop:ci", "person", "proj:shop:ci"],
  ["token:ann/ci", "token", "ann/ci"],
  ["file:/apps/a.yaml", "file", "/apps/a.yaml"],
  ["application:argocd/root", "application", "argocd/root"],
  ["applicationset:argocd/all", "applicationset", "argocd/all"],
  // Names of Object are nobody's kind.
  ["constructor", "person", "constructor"],
  ["toString:x", "person", "toString:x"],
  ["user:", "person", "user:"],
  ["", "person", ""],
])("whoIs(%p) is a %s called %p", (actor, kind, name) =>
  expect(whoIs(actor)).toEqual({ kind: kind as ReturnType<typeof whoIs>["kind"], name }),
);
