import { describe, expect, test } from "bun:test";
import { holdersBy, type Member, type OlderView, parseView, printView, type View } from "./view.ts";

const member = (name: string, term = 1): Member => ({ name, id: `${name}_1/${term}`, weight: 1 });
const [a, b, c] = [member("a"), member("b"), member("c")];
const SHARDS = Array.from({ length: 60 }, (_, at) => ({ cluster: `cluster-${at}`, application: "app" }));
const view = (members: Member[], before: OlderView[] = [], split: string[] = []): View => ({
  ...{ number: 9, revision: 2, members, split, before },
});
const older = (members: Member[], using: Member[]): OlderView => ({
  ...{ is: "known", number: 8, members, split: [], using: using.map(({ id }) => id) },
});
const held = (by: View, { id }: Member): number[] =>
  SHARDS.flatMap((shard, at) => (holdersBy(by).mayHold(id, shard) ? [at] : []));

describe("holdersBy()", () => {
  test("gives each shard to one member, and all to somebody, once nobody works by an older view", () => {
    const by = view([a, b, c]);
    expect([a, b, c].flatMap((one) => held(by, one)).sort((x, y) => x - y)).toEqual(
      SHARDS.map((_, at) => at),
    );
  });

  test("has a new holder wait for the old one, shard by shard, and for no other", () => {
    const had = held(view([a, b]), b),
      gets = held(view([a, b, c]), c);
    expect(gets.length).toBeGreaterThan(0);
    expect(held(view([a, b, c], [older([a, b], [a, b])]), c)).toEqual([]);
    expect(held(view([a, b, c], [older([a, b], [b])]), c)).toEqual(gets.filter((at) => !had.includes(at)));
    expect(held(view([a, b, c], [older([a, b], [])]), c)).toEqual(gets);
  });

  test("breaks nothing for who keeps a shard, whoever still works by the older view", () => {
    const keeps = held(view([a, b, c]), a);
    expect(held(view([a, b, c], [older([a, b], [a, b])]), a)).toEqual(keeps);
  });

  test("has a process that starts again under its name wait for the one before", () => {
    const again = member("a", 2);
    expect(held(view([again, b], [older([a, b], [a, b])]), again)).toEqual([]);
    expect(held(view([again, b], [older([a, b], [b])]), again)).toEqual(held(view([a, b]), a));
  });

  test("waits for everybody where it is not known who had what", () => {
    const before: OlderView = { is: "unknown", number: 8, using: ["*"] };
    expect(held(view([a, b], [before]), a)).toEqual([]);
    expect(held(view([a, b], [{ ...before, using: [a.id] }]), a)).toEqual(held(view([a, b]), a));
    expect(held(view([a, b], [{ ...before, using: [a.id] }]), b)).toEqual([]);
  });

  test("spreads the applications of a split cluster, and keeps an ordinary one whole", () => {
    const applications = SHARDS.map((_, at) => ({ cluster: "large", application: `app-${at}` }));
    const at = (split: string[]): number => {
      const { memberOf } = holdersBy(view([a, b, c], [], split));
      return new Set(applications.map((shard) => memberOf(shard)?.name)).size;
    };
    expect([at([]), at(["large"])]).toEqual([1, 3]);
  });
});

describe("parseView()", () => {
  test("reads what printView() wrote", () => {
    const by = view([a, b], [older([a], [a]), { is: "unknown", number: 3, using: ["*"] }], ["large"]);
    expect(parseView(printView(by))).toEqual(by);
  });

  const good = JSON.parse(printView(view([a], [older([a], [a])]))) as Record<string, unknown>;
  const bad: { name: string; text: string | undefined }[] = [
    { name: "nothing", text: undefined },
    { name: "no JSON", text: "{" },
    { name: "a list", text: "[]" },
    { name: "another format", text: JSON.stringify({ ...good, format: 2 }) },
    { name: "no number", text: JSON.stringify({ ...good, number: "9" }) },
    { name: "a number below 0", text: JSON.stringify({ ...good, number: -1 }) },
    { name: "a number beyond all", text: JSON.stringify({ ...good, number: Number.MAX_SAFE_INTEGER }) },
    { name: "no revision", text: JSON.stringify({ ...good, revision: null }) },
    { name: "a weight of 0", text: JSON.stringify({ ...good, members: [{ ...a, weight: 0 }] }) },
    { name: "a weight beyond all", text: JSON.stringify({ ...good, members: [{ ...a, weight: 1e9 }] }) },
    { name: "two members of a name", text: JSON.stringify({ ...good, members: [a, member("a", 2)] }) },
    { name: "an older view of no kind", text: JSON.stringify({ ...good, before: [{ using: [] }] }) },
    {
      name: "older views without end",
      text: JSON.stringify({ ...good, before: Array(9).fill({ is: "unknown", number: 1, using: [] }) }),
    },
    { name: "clusters that are no texts", text: JSON.stringify({ ...good, split: [1] }) },
  ];
  test.each(bad)("takes $name for no view", ({ text }) => {
    expect(parseView(text)).toBeUndefined();
  });
});
