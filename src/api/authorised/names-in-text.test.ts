import { describe, expect, test } from "bun:test";
import { textInSight, trackingIdInSight, UNSEEN } from "./names-in-text.ts";

/** `argocd/shop` and `team/web` may not be seen; an owner that is not there is nobody's business either. */
const hidden = new Set(["argocd/shop", "team/web"]);
const seen = (text: string): string =>
  textInSight(text, "argocd", (key, as) => hidden.has(key) || (as === "owner" && key !== "argocd/mine"));

describe("textInSight()", () => {
  test.each([
    [
      "ConfigMap both/a belongs to application shop; it is left",
      `ConfigMap both/a belongs to ${UNSEEN}; it is left`,
    ],
    ["it belongs to application team_web by now", `it belongs to ${UNSEEN} by now`],
    ["belongs to application gone of installation eu", `belongs to ${UNSEEN} of installation eu`],
    ["belongs to application mine: left", "belongs to application mine: left"],
    ["application argocd/shop wants it now", `${UNSEEN} wants it now`],
    ["the application team/web is being deleted", `${UNSEEN} is being deleted`],
    ["an application argocd/shop exists", `${UNSEEN} exists`],
    ["Application argocd/shop: cannot sync", `${UNSEEN}: cannot sync`],
    ["argoproj.io/Application argocd/shop: no", `${UNSEEN}: no`],
    ["waits for argocd/shop, argocd/mine", `waits for ${UNSEEN}, argocd/mine`],
    // The own objects of whoever reads tell nobody which names there are.
    ["Secret argocd/shop is missing", "Secret argocd/shop is missing"],
    ["apps/Deployment team/web waits", "apps/Deployment team/web waits"],
    ["ApplicationSet argocd/shop made it", "ApplicationSet argocd/shop made it"],
    ["the application is being deleted", "the application is being deleted"],
    ["an application that renders others", "an application that renders others"],
    ["applications shop and web", "applications shop and web"],
  ])("%s", (text, said) => {
    expect(seen(text)).toBe(said);
  });

  test.each(["application a", "an application ", "belongs to application a_", "a.application team/"])(
    "takes as long as a text is long: %p again and again",
    (part) => {
      const text = part.repeat(20_000);
      expect(seen(text).length).toBeGreaterThan(0);
    },
  );
});

test.each([
  ["shop:apps/Deployment:x/y", `${UNSEEN}:apps/Deployment:x/y`],
  ["team_web:/ConfigMap:x/y", `${UNSEEN}:/ConfigMap:x/y`],
  ["mine:/ConfigMap:x/shop", "mine:/ConfigMap:x/shop"],
  ["no tracking id of ours", "no tracking id of ours"],
])("trackingIdInSight() of %s", (id, said) => {
  expect(trackingIdInSight(id, "argocd", (key) => hidden.has(key))).toBe(said);
});
