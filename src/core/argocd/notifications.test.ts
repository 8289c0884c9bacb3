import { describe, expect, test } from "bun:test";
import { showProblem } from "../model/problem.ts";
import { serviceTypes } from "./notification-services.ts";
import { readArgoNotifications, selects } from "./notifications.ts";

const read = (data: Record<string, string>, secret?: Record<string, string>) =>
  readArgoNotifications(data, secret);

test("services, templates, triggers and subscriptions are read as they are written", () => {
  const found = read(
    {
      "service.slack": "token: $slack-token\nusername: cd",
      "service.webhook.ci":
        "url: https://ci.example.com\nheaders: [{ name: Authorization, value: Bearer $ci }]",
      "template.app-deployed":
        "message: '{{.app.metadata.name}} is out'\nemail: { subject: out }\nwebhook: { ci: { method: POST, body: '{}' } }",
      "trigger.on-deployed":
        "- { when: app.status.health.status == 'Healthy', oncePer: app.status.sync.revision, send: [app-deployed] }",
      defaultTriggers: "- on-deployed",
      "defaultTriggers.slack": "- on-health-degraded",
      subscriptions: "- { recipients: ['slack:ops', ci], triggers: [on-deployed], selector: 'team=a' }",
      context: "argocdUrl: https://cd.example.com",
    },
    { "slack-token": "xoxb\n", ci: "c" },
  );
  expect(found.problems).toEqual([]);
  expect(
    found.services.map(({ name, type, settings }) => [
      name,
      type,
      Object.entries(settings).map(([key, one]) => `${key}=${one.reveal()}`),
    ]),
  ).toEqual([
    ["slack", "slack", ["token=xoxb", "username=cd"]],
    ["ci", "webhook", ["url=https://ci.example.com", "headers=Authorization: Bearer c"]],
  ]);
  expect(found.templates.get("app-deployed")?.texts).toEqual({
    message: "{{.app.metadata.name}} is out",
    "email.subject": "out",
    "webhook/ci/method": "POST",
    "webhook/ci/body": "{}",
  });
  expect(found.triggers.get("on-deployed")?.conditions).toEqual([
    {
      when: "app.status.health.status == 'Healthy'",
      oncePer: "app.status.sync.revision",
      send: ["app-deployed"],
    },
  ]);
  expect([...found.defaultTriggers]).toEqual([
    ["", ["on-deployed"]],
    ["slack", ["on-health-degraded"]],
  ]);
  expect(found.subscriptions.map(({ to }) => to)).toEqual([
    { service: "slack", recipient: "ops" },
    { service: "ci", recipient: "" },
  ]);
  expect(found.context).toEqual({ argocdUrl: "https://cd.example.com" });
});

describe("what cannot be run is named with what helps:", () => {
  test.each([
    [
      { "service.nats": "url: x" },
      undefined,
      "service.nats: services of type nats are not sent. Send it to a webhook",
    ],
    [{ "service.slack": "token: $t" }, undefined, "the Secret argocd-notifications-secret is not there"],
    [
      { "service.slack": "token: $t" },
      {},
      "names $t, which the Secret argocd-notifications-secret does not hold",
    ],
    [
      { "trigger.on-x": "- { when: 'true', send: [none] }" },
      {},
      "trigger.on-x: sends the template none, which is not there. Write template.none",
    ],
    [{ "trigger.on-x": "when: true" }, {}, "trigger.on-x: must be a list of conditions"],
    [{ "template.a": "grafana: { tags: x }" }, {}, "template.a: grafana: is not run"],
    [{ "template.a": "message: [" }, {}, "template.a: is no YAML"],
    [{ wrong: "x" }, {}, "wrong: is no key that is known"],
  ] as const)("%j", (data, secret, said) => {
    expect(read(data, secret).problems.map(showProblem).join("\n")).toContain(said);
  });
});

test.each([
  ["", {}, true],
  ["a=b", { a: "b" }, true],
  ["a==b,c!=d", { a: "b", c: "e" }, true],
  ["a in (x, y)", { a: "y" }, true],
  ["a notin (x, y)", { a: "y" }, false],
  ["a", { a: "" }, true],
  ["!a", { a: "" }, false],
  ["a=b,c", { a: "b" }, false],
  ["a in (x, y),c=d", { a: "y", c: "d" }, true],
  [" ", { a: "b" }, true],
  [",", { a: "b" }, false],
  ["(", { a: "b" }, false],
  [")", { a: "b" }, false],
  ["a=b,", { a: "b" }, false],
  ["a=b,(", { a: "b" }, false],
  ["a=b(a", { a: "b" }, false],
  ["a in (b", { a: "b" }, false],
])("the selector %j of %j: %p", (selector, labels, is) => {
  expect(selects(selector, labels as Record<string, string>)).toBe(is);
});

test.each(serviceTypes())("a service of type $type: $is, as the documentation says", ({ type, is }) => {
  const { services, problems } = readArgoNotifications({ [`service.${type}.mine`]: "{ url: x }" }, {});
  expect(services.map(({ name }) => name)).toEqual(is === "run" ? ["mine"] : []);
  expect(problems.map(({ text }) => text)).toEqual(
    is === "run" ? [] : [`services of type ${type} are not sent`],
  );
});
