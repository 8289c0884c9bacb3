import { expect, test } from "bun:test";
import type { ImageUpdater } from "../core/images/image-updater.ts";
import type { Application } from "../core/model/application.ts";
import { wantedOf } from "./wanted-of.ts";

const updater = (constraint: string, more: object = {}): ImageUpdater => ({
  metadata: { name: "all", namespace: "argocd" },
  spec: {
    applicationRefs: [
      { namePattern: "shop", images: [{ alias: "web", imageName: `web:${constraint}` }], ...more },
    ],
  },
});
const app = (more: object = {}): Application =>
  ({ metadata: { name: "shop", namespace: "argocd", ...more }, spec: {} }) as Application;
const constraintsOf = (of: Application, updaters: readonly ImageUpdater[]) =>
  wantedOf(of, updaters)?.images.map(({ rules }) => rules.constraint);

test("is read anew where the resources, or labels that they ask for, are others, and once where they are not", () => {
  const annotations = {};
  const one = app({ annotations });
  const first = [updater("~1")];
  expect(constraintsOf(one, first)).toEqual(["~1"]);
  expect(wantedOf(one, first) === wantedOf(app({ annotations }), first)).toBe(true);
  expect(constraintsOf(one, [updater("~2")])).toEqual(["~2"]);
  const selecting = [updater("~3", { labelSelectors: { matchLabels: { tier: "front" } } })];
  expect(constraintsOf(one, selecting)).toBeUndefined();
  expect(constraintsOf(app({ annotations, labels: { tier: "front" } }), selecting)).toEqual(["~3"]);
});

test("of an application that is being deleted nothing is kept up to date", () => {
  expect(wantedOf(app({ deletionTimestamp: "2026-11-01T00:00:00Z" }), [updater("~1")])).toBeUndefined();
});
