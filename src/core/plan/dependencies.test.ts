import { describe, expect, test } from "bun:test";
import { ANNOTATION, type AppKey, type Application, appKey } from "../model/application.ts";
import { awaited, type Dependency, dependenciesOf } from "./dependencies.ts";

const named = (name: string, dependsOn?: string, namespace = "argocd"): Application => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: {
    name,
    namespace,
    ...(dependsOn === undefined ? {} : { annotations: { [ANNOTATION.dependsOn]: dependsOn } }),
  },
  spec: { project: "default", destination: { name: "in-cluster" } },
});
const there: Dependency["state"] = { is: "there" };
const late: Dependency["state"] = { is: "on-its-way", why: "OutOfSync" };
const among =
  (...all: [app: Application, state: Dependency["state"]][]) =>
  (key: AppKey): Dependency | undefined => {
    const found = all.find(([{ metadata }]) => appKey(metadata.namespace, metadata.name) === key);
    return found === undefined ? undefined : { app: found[0], state: found[1] };
  };

test.each<[said: string | undefined, keys: string[]]>([
  [undefined, []],
  [" , ", []],
  ["db", ["argocd/db"]],
  ["db, net,\n  team-a/web db", ["argocd/db", "argocd/net", "team-a/web"]],
])("dependenciesOf() %j names %j", (said, keys) => {
  expect(dependenciesOf(named("shop", said)) as string[]).toEqual(keys);
});

test("dependenciesOf() takes a name without a namespace to be of the application's own", () => {
  expect(dependenciesOf(named("shop", "db", "team-a")) as string[]).toEqual(["team-a/db"]);
});

describe("awaited()", () => {
  const cases: { name: string; app: Application; all: Parameters<typeof among>; want: string | undefined }[] =
    [
      { name: "is nothing without the annotation", app: named("shop"), all: [], want: undefined },
      {
        name: "is nothing when all of them are there",
        app: named("shop", "db,net"),
        all: [
          [named("db"), there],
          [named("net"), there],
        ],
        want: undefined,
      },
      {
        name: "names who is not there, and why",
        app: named("shop", "db,net"),
        all: [
          [named("db"), there],
          [named("net"), late],
        ],
        want: "argocd/net (OutOfSync)",
      },
      {
        name: "says that there is nobody of a name",
        app: named("shop", "bd"),
        all: [[named("db"), there]],
        want: "argocd/bd (there is no such application)",
      },
      {
        name: "counts what is too much for a sentence",
        app: named("shop", "a,b,c,d,e"),
        all: [],
        want: "argocd/a (there is no such application), argocd/b (there is no such application), argocd/c (there is no such application) and 2 more",
      },
      {
        name: "is a circle of one, though it is there",
        app: named("shop", "shop"),
        all: [[named("shop", "shop"), there]],
        want: "itself. Take its name out of its annotation holdfast.dev/depends-on",
      },
      {
        name: "is a circle by the shortest way, though all of them are there",
        app: named("a", "b,c"),
        all: [
          [named("a", "b,c"), there],
          [named("b", "d"), there],
          [named("d", "c"), there],
          [named("c", "a"), there],
        ],
        want: "a circle that never ends: argocd/a → argocd/c → argocd/a. Take one of the names out of the annotations holdfast.dev/depends-on",
      },
      {
        name: "is whom it names, where these are a circle that it is no part of",
        app: named("a", "b"),
        all: [
          [named("b", "c"), late],
          [named("c", "b"), late],
        ],
        want: "argocd/b (OutOfSync)",
      },
    ];
  test.each(cases)("$name", ({ app, all, want }) => {
    expect(awaited(app, among(...all))).toBe(want);
  });
});
