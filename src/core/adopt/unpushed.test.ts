import { expect, test } from "bun:test";
import { unpushed } from "./not-carried.ts";

test("unpushed() speaks of push: allowed where images are kept up to date, however that is asked for", () => {
  const app = (annotations: Record<string, string>) => ({
    ...{ apiVersion: "argoproj.io/v1alpha1", kind: "Application", metadata: { name: "a", annotations } },
  });
  const nothing = { said: {}, applications: [app({ team: "a" })], updaters: [] };
  expect(unpushed(nothing)).toEqual([]);
  const asking = [
    { ...nothing, said: { "git.user": "Robot" } },
    { ...nothing, applications: [app({ "argocd-image-updater.argoproj.io/image-list": "x" })] },
    { ...nothing, updaters: [app({})] },
  ];
  for (const one of asking) expect(unpushed(one).join()).toContain("push: allowed");
});
