import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { templateEngine } from "../../../test/lib/template-engine.ts";
import type { Application } from "../model/application.ts";
import type { DeepLink, ShownLinks } from "../model/deep-link.ts";
import type { TemplateEngine } from "../ports/template-engine.ts";
import { evaluateLinks } from "./evaluate-links.ts";
import { linkData } from "./link-data.ts";
import { plainTemplate } from "./plain-template.ts";

let started: Awaited<ReturnType<typeof templateEngine>>;
beforeAll(async () => {
  started = await templateEngine();
});
afterAll(() => started.remove());

const APP: Application = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: {
    name: "shop",
    namespace: "argocd",
    annotations: { "team.example.com/chat": "shop-dev", page: "https://x.example.com/a?b=<c>" },
  },
  spec: {
    project: "default",
    source: { repoURL: "https://git.example.com/shop.git", path: "." },
    destination: { server: "https://kubernetes.default.svc", namespace: "shop" },
  },
};
const POD = { apiVersion: "v1", kind: "Pod", metadata: { name: "shop-1", namespace: "shop" } };
const SECRET = {
  ...{ apiVersion: "v1", kind: "Secret", metadata: { name: "key", namespace: "shop" } },
  ...{ data: { password: "aHVudGVyMjI=" }, stringData: { more: "hunter22" } },
};

const NEVER: TemplateEngine = { fill: () => Promise.reject(new Error("no program is needed")) };

function linksOf(
  link: Partial<DeepLink>,
  { engine = started.engine, resource = POD }: { engine?: TemplateEngine; resource?: typeof POD } = {},
): Promise<ShownLinks> {
  const data = linkData({
    ...{ app: APP, resource },
    cluster: { name: "in-cluster", server: "https://kubernetes.default.svc", labels: { env: "prod" } },
    project: {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "AppProject",
      metadata: { name: "default", labels: { env: "prod" } },
      spec: {},
    } as never,
  });
  return evaluateLinks([{ title: "Logs", url: "https://logs.example.com", ...link }], data, engine, 0);
}

const urlOf = async (link: Partial<DeepLink>): Promise<string> => {
  const { items, wrong } = await linksOf(link);
  return items[0]?.url ?? `! ${wrong[0]?.why}`;
};

describe("a template leads to", () => {
  test.each([
    ["https://logs.example.com", "https://logs.example.com"],
    ["https://l/?ns={{.application.spec.destination.namespace}}", "https://l/?ns=shop"],
    [
      "https://l/?ns={{ .app.spec.destination.namespace }}&c={{ .cluster.name }}",
      "https://l/?ns=shop&c=in-cluster",
    ],
    ["https://l/{{ .resource.kind | lower }}/{{ .resource.metadata.name }}", "https://l/pod/shop-1"],
    ["https://l/{{ .project.metadata.labels.env }}-{{ .cluster.labels.env }}", "https://l/prod-prod"],
    ['https://l/{{ index .app.metadata.annotations "team.example.com/chat" }}', "https://l/shop-dev"],
    [
      "https://l/?q={{ urlquery .app.metadata.annotations.page }}",
      "https://l/?q=https%3A%2F%2Fx.example.com%2Fa%3Fb%3D%3Cc%3E",
    ],
    ["mailto:{{ .app.metadata.name }}@example.com", "mailto:shop@example.com"],
  ])("%s", async (url, want) => {
    expect(await urlOf({ url })).toBe(want);
  });

  test("what fields alone fill in without a program", async () => {
    const { items } = await linksOf({ url: "https://l/{{.app.metadata.name}}" }, { engine: NEVER });
    expect(items).toEqual([{ title: "Logs", url: "https://l/shop" }]);
  });

  test.each([
    "{{ .a.none }}",
    "{{ .a }}",
    "{{ .list.length }}",
    "{{ .a.__proto__ }}",
    "{{ .n | int }}",
    "{{ .a",
    "{{- .t }}",
    "{{ .f }}",
  ])("%s is for the engine to say", (template) => {
    expect(plainTemplate(template, { a: { b: 1 }, list: [1], n: 1, t: "x", f: 1.5 })).toBeUndefined();
  });
});

describe("no link, and the reason stands beside it:", () => {
  test.each([
    [{ url: "javascript:alert(1)" }, "its url is none of http, https or mailto"],
    [{ url: " JavaScript:alert({{ .app.metadata.name }})" }, "its url is none of http, https or mailto"],
    [{ url: "data:text/html,{{ .app.metadata.name | upper }}" }, "its url is none of http, https or mailto"],
    [{ url: "/relative" }, "its url is none of http, https or mailto"],
    [{ url: "https://l/{{ .app.metadata.labels.team }}" }, "its url names something that is not there"],
    [{ url: "https://l/{{ .app.none.more }}" }, "its url names something that is not there"],
    [{ url: "https://l/{{ nofunction }}" }, 'its url cannot be filled in: function "nofunction" not defined'],
    [{ url: "https://l/{{ env }}" }, "its url cannot be filled in"],
    [{ url: 'https://l/{{ repeat 100000 "x" }}' }, "its url is longer than 8000 characters"],
    [
      { condition: "app.metadata.labels.team" },
      "its condition comes to nothing, at character 21: nil has no team",
    ],
    [{ condition: "app.metadata.name" }, "its condition is string, neither true nor false"],
    [{ condition: "app ==" }, "its condition cannot be read, at character 7: it ends too early"],
    [{ condition: "all(1..9999, all(1..9999, true))" }, "it takes too many steps"],
  ])("%j", async (link, why) => {
    const { items, wrong } = await linksOf(link);
    expect(items).toEqual([]);
    expect(wrong).toEqual([{ title: "Logs", why: expect.stringContaining(why) }]);
  });
});

describe("an `if` says whether it is shown:", () => {
  test.each([
    ['application.spec.project == "default"', 1],
    ['app.spec.project == "other"', 0],
    ['resource.kind == "Pod" || resource.kind == "Deployment"', 1],
    ['cluster.labels.env in ["prod"] and project.metadata.labels?.env == "prod"', 1],
    ["app.metadata.labels?.team != nil", 0],
  ])("%s", async (condition, shown) => {
    const { items, wrong } = await linksOf({ condition });
    expect([items.length, wrong]).toEqual([shown, []]);
  });

  test("and a template that is hidden is not filled in", async () => {
    const hidden = await linksOf(
      { condition: "false", url: "https://l/{{ upper .app.metadata.name }}" },
      { engine: NEVER },
    );
    expect(hidden).toEqual({ items: [], wrong: [] });
  });
});

test("nothing that a Secret holds reaches a template or a condition", async () => {
  const resource = SECRET as unknown as typeof POD;
  for (const url of [
    "{{ .resource.data.password }}",
    "{{ .resource.stringData.more }}",
    "{{ .resource | toJson | b64enc }}",
  ]) {
    const { items, wrong } = await linksOf({ url: `https://l/${url}` }, { resource });
    const said = JSON.stringify([items, wrong]);
    const decoded = Buffer.from(items[0]?.url.split("/").at(-1) ?? "", "base64").toString();
    for (const held of ["aHVudGVyMjI=", "hunter22"]) expect(said + decoded).not.toContain(held);
  }
  const { items } = await linksOf({ condition: 'resource.data.password contains "aHV"' }, { resource });
  expect(items).toEqual([]);
});

test("one that is wrong takes no other along, and their order stays", async () => {
  const links = [
    "https://a.example.com",
    "{{ nofunction }}",
    "https://{{ upper .app.metadata.name }}.example.com",
    "https://d.example.com",
  ];
  const { items, wrong } = await evaluateLinks(
    links.map((url, at) => ({ title: `${at}`, url, description: "d", iconClass: "fa-book" })),
    linkData({ app: APP }),
    started.engine,
    0,
  );
  expect(items.map(({ title, url }) => [title, url])).toEqual([
    ["0", "https://a.example.com"],
    ["2", "https://SHOP.example.com"],
    ["3", "https://d.example.com"],
  ]);
  expect(items[0]).toMatchObject({ description: "d", iconClass: "fa-book" });
  expect(wrong.map(({ title }) => title)).toEqual(["1"]);
});
