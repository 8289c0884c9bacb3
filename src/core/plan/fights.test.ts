import { describe, expect, test } from "bun:test";
import type { FieldSetter } from "../model/comparison.ts";
import type { Fight } from "../model/fight.ts";
import type { RefKey } from "../model/object-ref.ts";
import { contestedNow, isFoughtOver, pauseMs, sayFight, settersOnce } from "./fights.ts";
import type { Drift, Heal } from "./heal-backoff.ts";
import { ignoreSuggestion } from "./ignore-suggestion.ts";

const SETTINGS = { flips: 3, withinMs: 600_000, againMs: 3_600_000 };
const key = "apps/Deployment/shop/web" as RefKey;
const setter = (manager: string, more: Partial<FieldSetter> = {}): FieldSetter => ({
  manager,
  operation: "Update",
  time: "2026-01-01T10:00:00Z",
  subresource: "",
  ...more,
});
const drift = (fields: string, more: Partial<Drift> = {}): Drift => ({ key, fields, ...more });
const healed = (fields: string, ...seconds: number[]): Heal[] =>
  seconds.map((second) => ({ key, fields, at: second * 1_000 }));

describe("contestedNow()", () => {
  const cases: {
    name: string;
    drift?: Drift;
    heals: Heal[];
    fight?: Pick<Fight, "fields">;
    at: number;
    want: string[] | undefined;
  }[] = [
    { name: "not before it was put back that often", heals: healed("a", 1, 2), at: 3, want: undefined },
    { name: "from then on", heals: healed("a", 1, 2, 3), at: 4, want: ["a"] },
    { name: "not where it took longer", heals: healed("a", 1, 2, 3), at: 602, want: undefined },
    { name: "up to the last moment", heals: healed("a", 1, 2, 3), at: 601, want: ["a"] },
    { name: "other fields do not count", heals: healed("b", 1, 2, 3), at: 4, want: undefined },
    {
      name: "fields count one by one, whatever was put back beside them",
      heals: [...healed("a\nb", 1), ...healed("a", 2), ...healed("c\na", 3)],
      at: 4,
      want: ["a"],
    },
    {
      name: "an object with one more field that differs is put back",
      drift: drift("a\nnew"),
      heals: healed("a", 1, 2, 3),
      at: 4,
      want: undefined,
    },
    {
      name: "a further field that is fought over joins those that were before",
      drift: drift("b"),
      heals: healed("b", 1, 2, 3),
      fight: { fields: ["a"] },
      at: 4,
      want: ["a", "b"],
    },
    {
      name: "what the API server does not take is written once",
      drift: drift("", { applyHelps: "no" }),
      heals: healed("", 1),
      at: 2,
      want: [""],
    },
    { name: "and not before", drift: drift("", { applyHelps: "no" }), heals: [], at: 2, want: undefined },
  ];
  test.each(cases)("$name", ({ drift: one = drift("a"), heals, fight, at, want }) =>
    expect(contestedNow(one, heals, fight, SETTINGS, at * 1_000)?.fields).toEqual(want),
  );

  test("keeps a bounded number of fields and names, however many there are", () => {
    const many = Array.from({ length: 5_000 }, (_, at) => `spec.f${at}`).join("\n");
    const heals = healed(many, 1, 2, 3).map((heal, at) => ({
      ...heal,
      setters: Array.from({ length: 100 }, (_, one) => setter(`m${at}-${one}`)),
    }));
    const contested = contestedNow(drift(many), heals, undefined, SETTINGS, 4_000);
    expect(contested?.fields).toHaveLength(50);
    expect(contested?.setters.map(({ manager }) => manager)).toEqual([
      "m2-95",
      "m2-96",
      "m2-97",
      "m2-98",
      "m2-99",
    ]);
  });
});

test("isFoughtOver() asks for all that differs", () => {
  expect(isFoughtOver(drift("a\nb"), { fields: ["b", "a", "c"] })).toBe(true);
  expect(isFoughtOver(drift("a\nd"), { fields: ["b", "a", "c"] })).toBe(false);
  expect(isFoughtOver(drift(""), { fields: ["a"] })).toBe(false);
});

test("settersOnce() has each name once, the last one last", () => {
  const names = settersOnce([setter("a"), setter("b"), setter("a", { time: "later" })]);
  expect(names.map(({ manager, time }) => [manager, time])).toEqual([
    ["b", "2026-01-01T10:00:00Z"],
    ["a", "later"],
  ]);
});

test("pauseMs() doubles up to a day, and is never shorter than what was set", () => {
  const pauses = [0, 1, 4, 5, 500].map((tries) => pauseMs({ tries }, SETTINGS) / 3_600_000);
  expect(pauses).toEqual([1, 2, 16, 24, 24]);
  expect(pauseMs({ tries: 3 }, { ...SETTINGS, againMs: 10 * 86_400_000 })).toBe(10 * 86_400_000);
});

describe("sayFight()", () => {
  const fight = (more: Partial<Fight>): Fight => ({
    key,
    fields: ["spec.replicas"],
    how: "set-again",
    desired: "",
    heals: 5,
    since: "2026-01-01T10:00:00Z",
    last: "2026-01-01T10:04:00Z",
    setters: [setter("kube-controller-manager", { subresource: "scale", time: "" })],
    tries: 0,
    ...more,
  });
  const END =
    "and healed again by a sync, by a change of its manifest or of what is ignored, or when it stays as Git has it.";
  test.each<[string, Partial<Fight>, string]>([
    [
      "an autoscaler",
      {},
      `apps/Deployment shop/web: spec.replicas was put back 5 times since 2026-01-01T10:00:00Z, and kube-controller-manager (Update of scale) set it again each time. It is left as it is since 2026-01-01T10:04:00Z, ${END} Stop the other, take the field out of Git, or leave it to the other: spec.ignoreDifferences: [{"group":"apps","kind":"Deployment","name":"web","namespace":"shop","managedFieldsManagers":["kube-controller-manager"]}]`,
    ],
    [
      "changing names",
      {
        setters: [setter("x-1"), setter("x-2", { time: "2026-01-01T10:03:59Z" })],
        tries: 2,
        fields: ["a", "b", "c", "d"],
      },
      `apps/Deployment shop/web: a, b, c and 1 more field were put back 5 times since 2026-01-01T10:00:00Z, and tried again 2 times, and others set it again each time under changing names: x-1 (Update), x-2 (Update), last at 2026-01-01T10:03:59Z. It is left as it is since 2026-01-01T10:04:00Z, ${END} Stop the other, take the field out of Git, or leave it to the other: spec.ignoreDifferences: [{"group":"apps","kind":"Deployment","name":"web","namespace":"shop","jsonPointers":["/a","/b","/c","/d"]}]`,
    ],
    [
      "a webhook",
      { how: "not-taken", fields: [""], setters: [], heals: 1 },
      `apps/Deployment shop/web: what Git wants was put back once since 2026-01-01T10:00:00Z, and the API server keeps another value in the very write. It is left as it is since 2026-01-01T10:04:00Z, ${END} Write what decides it (another field, or the admission), or take it out of Git`,
    ],
  ])("names %s", (_, more, want) => expect(sayFight(fight(more))).toBe(want));
});

describe("ignoreSuggestion()", () => {
  const ref = { group: "", kind: "ConfigMap", namespace: "", name: "a" };
  test.each<[field: string, want: Record<string, string[]>]>([
    ["spec.replicas", { jsonPointers: ["/spec/replicas"] }],
    [
      'metadata.annotations["example.com/a~b"]',
      { jsonPointers: ["/metadata/annotations/example.com~1a~0b"] },
    ],
    ['data["a \\"b\\""]', { jsonPointers: ['/data/a "b"'] }],
    ["spec.args[2]", { jsonPointers: ["/spec/args/2"] }],
    [
      "spec.template.spec.containers[name=web].image",
      { jqPathExpressions: ['.spec.template.spec.containers[]? | select(.name == "web") | .image'] },
    ],
    [
      'spec.ports[port=80,protocol=TCP]["node-port"]',
      { jqPathExpressions: ['.spec.ports[]? | select(.port == 80 and .protocol == "TCP") | .["node-port"]'] },
    ],
    ["spec.containers[name=web]", { jqPathExpressions: ['.spec.containers[]? | select(.name == "web")'] }],
    ["spec.containers (order)", {}],
    ["missing", { jsonPointers: ["/missing"] }],
  ])("%s", (field, want) =>
    expect(ignoreSuggestion(ref, [field], undefined)).toBe(
      `spec.ignoreDifferences: [${JSON.stringify({ kind: "ConfigMap", name: "a", ...want })}]`,
    ),
  );
});
