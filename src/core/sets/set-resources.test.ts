import { describe, expect, test } from "bun:test";
import type { AppKey } from "../model/application.ts";
import { type SetKey, setKey } from "../model/application-set.ts";
import type { SetChild } from "../ports/sets-home.ts";
import { type ComesTo, SetResources } from "./set-resources.ts";
import { app, byKey, child, key } from "./testdata/set-cases.ts";

const OWN = setKey("argocd", "web");

function look(resources: SetResources, children: SetChild[], states: Record<string, ComesTo> = {}) {
  return resources.of(namesOf(children), (key) => states[key.slice("argocd/".length)]);
}

/** The very same list for the same children. */
const known = new WeakMap<SetChild[], readonly AppKey[]>();
function namesOf(children: SetChild[]): readonly AppKey[] {
  const names = known.get(children) ?? byKey(children).namesOf(OWN);
  known.set(children, names);
  return names;
}

const synced = (status: string, message?: string): ComesTo => ({
  sync: { status: "Synced" } as ComesTo["sync"],
  health: { status, ...(message === undefined ? {} : { message }) } as NonNullable<ComesTo["health"]>,
});

const said = ({ resources }: ReturnType<typeof look>): string[] =>
  resources.map(({ name, status, health }) =>
    [name, status, health?.status, health?.message].filter((each) => each !== undefined).join(" "),
  );

describe("SetResources", () => {
  test("what says the same is the very same entry, and what changed is another", () => {
    const resources = new SetResources();
    const children = ["b", "a", "c"].map((name) => child(app(name)));
    const states = { a: synced("Healthy"), b: synced("Progressing", "starts"), c: synced("Healthy") };
    const first = look(resources, children, states);
    expect(said(first)).toEqual(["a Synced Healthy", "b Synced Progressing starts", "c Synced Healthy"]);
    const changes: Record<string, Record<string, ComesTo>> = {
      "b Synced Progressing waits": { ...states, b: synced("Progressing", "waits") },
      "b Synced Progressing": { ...states, b: synced("Progressing") },
      "b Synced Healthy": { ...states, b: synced("Healthy") },
      "b OutOfSync Healthy": {
        ...states,
        b: { ...synced("Healthy"), sync: { status: "OutOfSync" } as ComesTo["sync"] },
      },
      b: { a: states.a, c: states.c },
    };
    let before = first;
    for (const [want, now] of Object.entries(changes)) {
      expect(look(resources, children, now).resources).toBe(before.resources);
      resources.moved(key("b"));
      const after = look(resources, children, now);
      expect(said(after)).toEqual(["a Synced Healthy", want, "c Synced Healthy"]);
      expect(after.resources[0]).toBe(before.resources[0] as never);
      expect(after.resources[1]).not.toBe(before.resources[1] as never);
      before = after;
    }
  });

  test("who came, left, took another's place, or is another set's now", () => {
    const resources = new SetResources();
    const names = (...all: SetChild[]): string[] => said(look(resources, all));
    const [a, b, c] = ["a", "b", "c"].map((name) => child(app(name))) as [SetChild, SetChild, SetChild];
    const others = { ...b, ownedBy: "argocd/other" as SetKey };
    expect(names(b, a)).toEqual(["a", "b"]);
    expect(names(c, a)).toEqual(["a", "c"]);
    expect(names(others, c, a)).toEqual(["a", "c"]);
    expect(names(c, b)).toEqual(["b", "c"]);
    expect(names(others, { ...c, ownedBy: undefined }, a)).toEqual(["a"]);
    expect(names()).toEqual([]);
  });

  test("says of 5,000, and counts all", () => {
    const children = Array.from({ length: 5_001 }, (_, at) => child(app(`a${10_000 - at}`)));
    const { resources, count } = new SetResources().of(namesOf(children), () => undefined);
    expect([resources.length, count]).toEqual([5_000, 5_001]);
    expect(resources[0]?.name).toBe("a10000");
  });
});
