import { expect, test } from "bun:test";
import { desiredObject, liveObject } from "../../../../test/lib/core-objects.ts";
import type { ObjectRecord } from "../../model/comparison.ts";
import type { DesiredObject } from "../../model/desired-object.ts";
import { recordAfterApply } from "./records.ts";
import { asApplied, type Render, standingOf } from "./standing.ts";

const named = (name: string, value: string): DesiredObject =>
  desiredObject({ name, fields: { data: { value } } });
const render = (...values: [string, string]): Render => ({
  inputs: "chart 1",
  content: values.join(),
  desired: [named("a", values[0]), named("b", values[1])],
});
const appliedFrom = (...desired: readonly DesiredObject[]) =>
  new Map(
    desired.map((one): [DesiredObject["key"], ObjectRecord] => [
      one.key,
      {
        ...recordAfterApply(liveObject(), { hash: `with rules ${one.hash}`, objectHash: one.hash }),
        key: one.key,
      },
    ]),
  );

const first = render("1", "2");
const second = render("3", "2");
const records = appliedFrom(...first.desired);
const standing = standingOf(first, records);

test("of the same inputs, what came out otherwise stands as it was applied", () => {
  expect(standing).toMatchObject({ inputs: "chart 1", content: "1,2" });
  const applied = asApplied(second, standing, records);
  expect(applied?.desired.map(({ hash }) => hash)).toEqual(first.desired.map(({ hash }) => hash));
  expect(applied?.desired.map(({ object }) => object)).toEqual(second.desired.map(({ object }) => object));
  expect([...(applied?.stands ?? [])]).toEqual([first.desired[0]!.key]);
});

test.each([
  ["nothing stood", undefined, second, records],
  ["its inputs are others", standing, { ...second, inputs: "chart 2" }, records],
  ["nothing came out otherwise", standing, first, records],
  [
    "one was applied of another render since",
    standing,
    render("5", "6"),
    appliedFrom(second.desired[0]!, first.desired[1]!),
  ],
  ["one was never applied by what is remembered", standing, second, appliedFrom(first.desired[0]!)],
] as const)("nothing stands where %s", (_, stood, now, known) =>
  expect(asApplied(now, stood, known)).toBeUndefined(),
);

test("a render of which one object was not applied stands for nothing", () =>
  expect(standingOf(second, records)).toBeUndefined());
