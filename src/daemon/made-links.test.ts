import { expect, test } from "bun:test";
import { fakeApp } from "../../test/fakes/fake-control.ts";
import { type DeepLinks, NO_LINKS } from "../core/model/deep-link.ts";
import { Secret } from "../core/model/secret.ts";
import type { TemplateEngine } from "../core/ports/template-engine.ts";
import { madeLinks } from "./made-links.ts";

/** Fills in a template with all that it was told, so that a test sees it. */
const tellsAll: TemplateEngine = {
  fill: async (jobs) =>
    jobs.map(({ texts, sets }) =>
      sets.map((set) =>
        texts.map(() => ({
          is: "filled" as const,
          text: `https://l/${encodeURIComponent(JSON.stringify(set))}`,
        })),
      ),
    ),
};

const CLUSTER = {
  ...{ name: "prod", server: "https://k8s.example.com", labels: { env: "prod" }, annotations: {} },
  ...{ credential: { by: "token", token: new Secret("hunter22") }, tls: { check: "certificate", ca: "PEM" } },
  ...{ scope: { is: "whole" }, kept: new Secret({}) },
};

function desk(links: DeepLinks) {
  return madeLinks({
    links: () => links,
    book: { all: () => [{ entry: CLUSTER, place: { in: "config" } }] } as never,
    engine: {
      control: {
        clusters: () => [{ name: "in-cluster", server: "https://kubernetes.default.svc" }],
        projectInForce: (name: string) =>
          name === "shop" ? { is: "found", value: { written: { metadata: { name } } } } : { is: "absent" },
      },
    } as never,
    templates: tellsAll,
  });
}

const ALL = { title: "All", url: "{{ . | toJson }}" };

async function toldTo(destination: object, project = "shop"): Promise<Record<string, unknown>> {
  const app = fakeApp("argocd", "web");
  const { items } = await desk({ ...NO_LINKS, application: [ALL] }).linksAt("application", {
    app: { ...app, spec: { ...app.spec, destination: destination as never } },
    project,
  });
  return JSON.parse(decodeURIComponent(items[0]?.url.slice("https://l/".length) ?? "{}"));
}

test("a template is told of the destination by its address or its name, and nothing that opens it", async () => {
  const prod = { name: "prod", server: "https://k8s.example.com", labels: { env: "prod" }, annotations: {} };
  expect((await toldTo({ server: "https://k8s.example.com/" }))["cluster"]).toEqual(prod);
  const told = await toldTo({ name: "prod" });
  expect(told["cluster"]).toEqual(prod);
  expect(JSON.stringify(told)).not.toMatch(/hunter22|PEM|credential/);
  expect((await toldTo({ server: "https://kubernetes.default.svc" }))["cluster"]).toEqual({
    ...{ name: "in-cluster", server: "https://kubernetes.default.svc" },
  });
  expect((await toldTo({ name: "gone" }))["cluster"]).toBeUndefined();
});

test("and of its project, where there is one", async () => {
  expect((await toldTo({}))["project"]).toEqual({ metadata: { name: "shop" } });
  expect((await toldTo({}, "gone"))["project"]).toBeUndefined();
});

test("where no template is, nothing is looked up", async () => {
  const made = madeLinks({
    links: () => NO_LINKS,
    ...({ book: undefined, engine: undefined, templates: undefined } as never as Omit<
      Parameters<typeof madeLinks>[0],
      "links"
    >),
  });
  expect(await made.linksAt("project", { project: "shop" })).toEqual({ items: [], wrong: [] });
});
