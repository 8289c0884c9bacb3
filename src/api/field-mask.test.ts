import { describe, expect, test } from "bun:test";
import { applyFields } from "./field-mask.ts";

describe("applyFields()", () => {
  const list = {
    metadata: { resourceVersion: "7" },
    items: [
      { metadata: { name: "a", labels: { x: "1" } }, status: { health: "y" } },
      { metadata: { name: "b" } },
    ],
  };
  const cases: { fields: string; want: unknown }[] = [
    {
      fields: "items.metadata.name",
      want: { items: [{ metadata: { name: "a" } }, { metadata: { name: "b" } }] },
    },
    {
      fields: "metadata, items.status",
      want: { metadata: { resourceVersion: "7" }, items: [{ status: { health: "y" } }, {}] },
    },
    {
      fields: "items.metadata,items.metadata.name",
      want: { items: [{ metadata: { name: "a" } }, { metadata: { name: "b" } }] },
    },
    {
      fields: "-items.metadata.labels,items.status",
      want: {
        metadata: { resourceVersion: "7" },
        items: [{ metadata: { name: "a" } }, { metadata: { name: "b" } }],
      },
    },
    { fields: "nothing", want: {} },
    { fields: "", want: list },
  ];
  test.each(cases)("$fields", ({ fields, want }) => expect(applyFields(list, fields)).toEqual(want));
});
