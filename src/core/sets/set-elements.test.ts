import { describe, expect, test } from "bun:test";
import { shopsSet } from "../../../test/fakes/fake-sets.ts";
import { generateApplications } from "../generate/generate-applications.ts";
import type { AppKey } from "../model/application.ts";
import type { ApplicationSet, Generator } from "../model/application-set.ts";
import type { GeneratorFacts } from "../ports/generator-facts.ts";
import type { PlannedChild } from "./planned-child.ts";
import { type SetElements, setElements } from "./set-elements.ts";
import { shownParameters } from "./shown-parameters.ts";

const key = (name: string): AppKey => `argocd/${name}` as AppKey;

async function elementsOf(
  generators: Generator[],
  {
    own = [],
    open = [],
    failures = [],
    name = "shop-{{region}}",
  }: { own?: string[]; open?: PlannedChild[]; failures?: string[]; name?: string } = {},
): Promise<SetElements> {
  const shops = shopsSet([]);
  const set: ApplicationSet = {
    ...shops,
    spec: { ...shops.spec, generators, template: { ...shops.spec.template, metadata: { name } } },
  };
  const facts = {} as GeneratorFacts;
  const generated = await generateApplications(set, { facts, engine: { fill: async () => [] } });
  return setElements({ generated, plan: { open }, own: own.map(key), failures });
}

const told = ({ generators }: SetElements) =>
  generators.map(({ path, elements }) => [
    path,
    ...elements.map(({ is, name, application, why }) => [is, name, application, why]),
  ]);

const list = (...regions: string[]): Generator => ({
  list: { elements: regions.map((region) => ({ region })) },
});

describe("what became of the elements of a set", () => {
  test("those whose application is there, is to come, or is somebody else's", async () => {
    const held: PlannedChild = {
      ...{ do: "held", key: key("shop-us"), wanted: "create", by: "name" },
      why: "Application argocd/shop-us is nobody's child",
    };
    const elements = await elementsOf([list("eu", "us", "jp")], { own: ["shop-eu"], open: [held] });
    expect(told(elements)).toEqual([
      [
        "spec.generators[0].list",
        ["made", 'set 1 (region "eu")', "argocd/shop-eu", undefined],
        ["held", 'set 2 (region "us")', "argocd/shop-us", "Application argocd/shop-us is nobody's child"],
        ["due", 'set 3 (region "jp")', "argocd/shop-jp", "it is to be made"],
      ],
    ]);
  });

  test("what a selector leaves out stands among the others, in the generator's order", async () => {
    const selector = { matchExpressions: [{ key: "region", operator: "NotIn", values: ["eu"] }] };
    const elements = await elementsOf([{ ...list("eu", "us", "eu"), selector }], { own: ["shop-us"] });
    expect(told(elements)[0]?.slice(1)).toEqual([
      ["left-out", 'set 1 (region "eu")', undefined, undefined],
      ["made", 'set 1 (region "us")', "argocd/shop-us", undefined],
      ["left-out", 'set 3 (region "eu")', undefined, undefined],
    ]);
  });

  test("two of one name are each told why none is made; one that cannot be an application says what is wrong", async () => {
    const twice = await elementsOf([list("eu"), list("eu")]);
    expect(twice.generators.flatMap(({ elements }) => elements.map(({ is, why }) => [is, why]))).toEqual([
      ["wrong", "more than one element would become argocd/shop-eu, so that none of them is made"],
      ["wrong", "more than one element would become argocd/shop-eu, so that none of them is made"],
    ]);
    const broken = await elementsOf([list("eu", "NOT A NAME")], { own: ["shop-eu"] });
    expect(broken.generators[0]?.elements[0]?.is).toBe("made");
    expect(broken.generators[0]?.elements[1]).toMatchObject({
      is: "wrong",
      name: 'set 2 (region "NOT A NAME")',
    });
    expect(broken.generators[0]?.elements[1]?.why).toContain("metadata.name");
    // Whose it is stands beside it.
    expect(broken.generators[0]?.elements[1]?.why).not.toContain("set 2");
  });

  test("what could not be carried out is said of the one application that it names", async () => {
    const failures = ["Application argocd/shop-eu-2: project payments does not permit it"];
    const elements = await elementsOf([list("eu", "eu-2")], { failures });
    expect(elements.generators[0]?.elements.map(({ why }) => why)).toEqual([
      "it is to be made",
      "Application argocd/shop-eu-2: project payments does not permit it",
    ]);
  });

  test("applications that no element makes any more say why they are still there", async () => {
    const why = "spec.syncPolicy.applicationsSync is create-only";
    const open: PlannedChild[] = [{ do: "held", key: key("shop-us"), wanted: "delete", by: "policy", why }];
    const elements = await elementsOf([list("eu")], { own: ["shop-eu", "shop-jp", "shop-us"], open });
    expect(elements.unwanted).toEqual([
      { application: key("shop-jp"), why: "no element makes it any more" },
      { application: key("shop-us"), why },
    ]);
  });
});

test("parameters are shown as texts, without what their names say is a secret, and not endlessly", () => {
  const long = "x".repeat(5_000);
  const shown = shownParameters({ name: "web", db: { password: "hunter2", port: 5432 }, tags: ["a"], long });
  expect(shown).toMatchObject({ name: "web", "db.port": "5432", "tags.0": "a" });
  expect(JSON.stringify(shown)).not.toContain("hunter2");
  expect(shown["long"]).toBe(`${"x".repeat(400)}…`);
  const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`p${at}`, at]));
  expect(Object.keys(shownParameters(many))).toHaveLength(200);
});
