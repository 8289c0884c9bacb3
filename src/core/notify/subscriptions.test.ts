import { describe, expect, test } from "bun:test";
import { annotationWants, configWants, type Subscriber } from "./subscriptions.ts";

const subscriber = (annotations: Record<string, string>): Subscriber => ({
  ...{ app: "argocd/shop", project: "team-a", labels: { tier: "web" } },
  ...{ annotations, projectAnnotations: {} },
});
const PREFIX = "notifications.argoproj.io/";

describe("annotations ask for", () => {
  test.each([
    ["subscribe.on-sync-failed.slack", "a;b", ["on-sync-failed slack:a", "on-sync-failed slack:b"]],
    ["subscribe.slack", "a", [" slack:a"]],
    ["subscribe.on-deployed.webhook.ci", "", ["on-deployed webhook.ci:"]],
    ["subscribe.my.service", "x", [" my.service:x"]],
    [
      "subscriptions",
      "- { trigger: [on-deployed], destinations: [{ service: mail, recipients: [a@b.c] }] }",
      ["on-deployed mail:a@b.c"],
    ],
    ["subscriptions", "- [", []],
    ["subscriptions", "just a text", []],
    ["subscribe.", "x", []],
    ["something-else", "x", []],
  ])("%s: %j", (name, value, want) => {
    const found = annotationWants(subscriber({ [PREFIX + name]: value }));
    expect(found.map(({ trigger, to }) => `${trigger} ${to.service}:${to.recipient}`)).toEqual(want);
  });
  test("no more than a hundred, and each once", () => {
    const many = Array.from({ length: 300 }, (_, index) => `r${index}`).join(";");
    expect(annotationWants(subscriber({ [`${PREFIX}subscribe.slack`]: many })).length).toBe(100);
    const twice = subscriber({ [`${PREFIX}subscribe.slack`]: "a;a" });
    expect(annotationWants(twice).length).toBe(1);
  });
});

describe("the config's subscription", () => {
  const all = { service: "s", recipients: [], events: [], projects: [], applications: [], labels: {} };
  const wants = (more: object, of: Subscriber = subscriber({})) =>
    configWants({ subscriptions: [{ ...all, ...more }], usualEvents: ["sync-failed"] }, "sync-failed", of)
      .length;
  test.each([
    [{}, 1],
    [{ events: ["deployed"] }, 0],
    [{ projects: ["team-*"] }, 1],
    [{ projects: ["other"] }, 0],
    [{ applications: ["argocd/*"] }, 1],
    [{ applications: ["*/other"] }, 0],
    [{ labels: { tier: "web" } }, 1],
    [{ labels: { tier: "db" } }, 0],
    [{ recipients: ["a", "b"] }, 2],
  ])("%j: %p", (more, count) => {
    expect(wants(more)).toBe(count);
  });
  test("of a cluster is for those who narrow nothing", () => {
    const cluster: Subscriber = { labels: {}, annotations: {}, projectAnnotations: {} };
    expect([wants({}, cluster), wants({ projects: ["*"] }, cluster)]).toEqual([1, 0]);
  });
});

test("a list whose triggers and recipients come to very many together is read no further than to the most there are", () => {
  const many = (letter: string, count: number): string =>
    Array.from({ length: count }, (_, at) => `${letter}${at}`).join(", ");
  const subscriptions = `- { trigger: [${many("t", 8_000)}], destinations: [{ service: x, recipients: [${many("r", 8_000)}] }] }`;
  const annotations = { "notifications.argoproj.io/subscriptions": subscriptions };
  const wants = annotationWants({ labels: {}, projectAnnotations: {}, annotations });
  expect(wants.length).toBe(100);
  expect(wants[99]).toEqual({ trigger: "t0", to: { service: "x", recipient: "r99" } });
});
