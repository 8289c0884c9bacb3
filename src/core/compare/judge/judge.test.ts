import { describe, expect, test } from "bun:test";
import { desiredObject, liveObject, OWN, recordOf } from "../../../../test/lib/core-objects.ts";
import type { Judgement, ObjectRecord } from "../../model/comparison.ts";
import type { LiveObject } from "../../model/live-object.ts";
import { NOTHING_IGNORED } from "../ignore/ignored-fields.ts";
import { appliedHash } from "./applied-hash.ts";
import { concludeFromPrediction } from "./conclude-from-prediction.ts";
import { judge } from "./judge.ts";
import { recordAdopted, recordAfterApply, recordIntended } from "./records.ts";
import { settle } from "./settle.ts";

const desired = desiredObject({ fields: { data: { a: "1" } } });
const live = liveObject({ fields: { data: { a: "1" } } });
const record = recordAfterApply(live, { hash: desired.hash });
const forgetful = ({ verdict: _, ...rest }: ObjectRecord): ObjectRecord => rest;
const edited = (change: Partial<LiveObject>): LiveObject => ({
  ...live,
  resourceVersion: "101",
  contentHash: "edited",
  ...change,
});
const status = {
  manager: "kube-controller-manager",
  operation: "Update",
  subresource: "status",
  time: "2026-01-01T10:00:05Z",
} as const;

describe("judge()", () => {
  const cases: {
    name: string;
    live: LiveObject;
    record: ObjectRecord | undefined;
    want: Judgement["is"] | RegExp;
  }[] = [
    { name: "is the same as after our apply", live, record, want: "same" },
    {
      name: "is the same when only status moved the resourceVersion",
      live: { ...live, resourceVersion: "105" },
      record: forgetful(record),
      want: "same",
    },
    { name: "asks when there is no record", live, record: undefined, want: /not applied/ },
    {
      name: "asks when it was only intended",
      live,
      record: recordIntended(live.key, undefined, "there"),
      want: /not applied/,
    },
    {
      name: "asks when another object bears the name now",
      live: { ...live, uid: "other" },
      record,
      want: /made again/,
    },
    {
      name: "asks when Git wants something else",
      live,
      record: { ...record, applied: { ...record.applied!, desiredHash: "older" }, verdict: undefined! },
      want: /something else/,
    },
    { name: "asks when our entry is gone", live: edited({ own: undefined }), record, want: /gone/ },
    {
      name: "asks when our entry has other fields",
      live: edited({ own: { ...OWN, fieldsHash: "fewer" } }),
      record,
      want: /somebody changed/,
    },
    {
      name: "asks when our entry has another time",
      live: edited({ own: { ...OWN, time: "2026-01-01T10:00:01Z" } }),
      record,
      want: /somebody changed/,
    },
    {
      name: "asks when our entry is of another apiVersion",
      live: edited({ own: { ...OWN, apiVersion: "v2" } }),
      record,
      want: /somebody changed/,
    },
    {
      name: "asks when the cluster was restored to an earlier state",
      live: edited({ resourceVersion: "99" }),
      record,
      want: /from before/,
    },
    {
      name: "asks when content moved and the entry's second is in doubt",
      live: edited({}),
      record,
      want: /within the second/,
    },
    {
      name: "is the same when content moved and the second is settled",
      live: edited({}),
      record: { ...record, applied: { ...record.applied!, settled: true } },
      want: "same",
    },
    {
      name: "is the same when content moved within the second and what is ours has the values of our apply",
      live: edited({ own: { ...OWN, valuesHash: "ours" } }),
      record: { ...record, applied: { ...record.applied!, own: { ...OWN, valuesHash: "ours" } } },
      want: "same",
    },
    {
      name: "asks when what is ours has other values under an equal entry",
      live: edited({ own: { ...OWN, valuesHash: "a thief's" } }),
      record: { ...record, applied: { ...record.applied!, own: { ...OWN, valuesHash: "ours" } } },
      want: /another value/,
    },
    {
      name: "asks when the values of what is ours are not known",
      live: edited({}),
      record: { ...record, applied: { ...record.applied!, own: { ...OWN, valuesHash: "ours" } } },
      want: /within the second/,
    },
    {
      name: "goes by generation where the watch shows another version",
      live: edited({ apiVersion: "v2" }),
      record: forgetful(record),
      want: "same",
    },
    {
      name: "asks when the generation moved where the watch shows another version",
      live: edited({ apiVersion: "v2", generation: 2 }),
      record,
      want: /within the second/,
    },
    {
      name: "asks about a kind without generation that the watch shows at another version",
      live: edited({ apiVersion: "v2", generation: 0 }),
      record,
      want: /within the second/,
    },
    {
      name: "remembers a verdict of no difference",
      live: edited({ own: undefined }),
      record: {
        ...record,
        verdict: { desiredHash: desired.hash, uid: live.uid, contentHash: "edited", answer: "same" },
      },
      want: "same",
    },
    {
      name: "remembers a verdict of difference",
      live: edited({ own: undefined }),
      record: {
        ...record,
        verdict: { desiredHash: desired.hash, uid: live.uid, contentHash: "edited", answer: "changed" },
      },
      want: "changed",
    },
    {
      name: "forgets a verdict about other content",
      live: edited({ own: undefined, contentHash: "again" }),
      record: {
        ...record,
        verdict: { desiredHash: desired.hash, uid: live.uid, contentHash: "edited", answer: "same" },
      },
      want: /gone/,
    },
    {
      name: "forgets a verdict about another wish",
      live: edited({ own: undefined }),
      record: {
        ...record,
        verdict: { desiredHash: "other", uid: live.uid, contentHash: "edited", answer: "same" },
      },
      want: /gone/,
    },
    {
      name: "forgets a verdict about another object of that name",
      live: edited({ own: undefined }),
      record: {
        ...record,
        verdict: { desiredHash: desired.hash, uid: "other", contentHash: "edited", answer: "same" },
      },
      want: /gone/,
    },
    {
      name: "takes no verdict on a descendant whose content is not hashed",
      live: edited({ own: undefined, contentHash: "" }),
      record: {
        ...record,
        verdict: { desiredHash: desired.hash, uid: live.uid, contentHash: "", answer: "same" },
      },
      want: /gone/,
    },
  ];
  test.each(cases)("$name", ({ live, record, want }) => {
    const judgement = judge(desired, live, record);
    if (want instanceof RegExp)
      expect(judgement).toEqual({ is: "ask", because: expect.stringMatching(want) });
    else expect(judgement).toEqual({ is: want } as Judgement);
  });

  describe("an object that was replaced", () => {
    const wanted = desiredObject({
      fields: {
        spec: {
          ports: [{ port: 80 }, { port: 53, protocol: "UDP", name: "dns" }],
          args: ["a", "b"],
          cpu: "1000m",
          template: { labels: { app: "web" }, empty: {}, none: null },
        },
      },
      metadata: { finalizers: ["a/b"] },
    });
    const answered = {
      spec: {
        ports: [
          { port: 80, protocol: "TCP", nodePort: 0 },
          { port: 53, protocol: "UDP", name: "dns" },
        ],
        args: ["a", "b"],
        cpu: "1",
        template: { labels: { app: "web" } },
        filledIn: true,
      },
    };
    const liveWith = (spec: Record<string, unknown>, metadata: Record<string, unknown> = {}): LiveObject => {
      const object = structuredClone({ ...live.object, ...answered });
      Object.assign(object.spec, spec);
      Object.assign(object.metadata, { finalizers: ["a/b"], ...metadata });
      return { ...live, own: undefined, resourceVersion: "102", contentHash: JSON.stringify(spec), object };
    };
    const put = recordAfterApply(liveWith({}), {
      hash: wanted.hash,
      wanted: { object: wanted.object, ignored: NOTHING_IGNORED },
      by: "put",
    });
    const cases: { name: string; live: LiveObject; want: "same" | "changed" }[] = [
      { name: "is the same with what the server filled in", live: liveWith({}), want: "same" },
      {
        name: "leaves to others what they added beside it",
        live: liveWith(
          { filledIn: false, more: 1, ports: [{ port: 1 }, ...answered.spec.ports] },
          { finalizers: ["x", "a/b"], labels: { theirs: "1" } },
        ),
        want: "same",
      },
      {
        name: "sees another value where the server spells Git's otherwise",
        live: liveWith({ cpu: "2" }),
        want: "changed",
      },
      {
        name: "sees an item of a keyed list that is gone",
        live: liveWith({ ports: answered.spec.ports.slice(1) }),
        want: "changed",
      },
      {
        name: "sees a field of an item that is another",
        live: liveWith({ ports: [answered.spec.ports[0], { ...answered.spec.ports[1], name: "x" }] }),
        want: "changed",
      },
      {
        name: "sees what was added to a plain list",
        live: liveWith({ args: ["a", "b", "c"] }),
        want: "changed",
      },
      { name: "sees the order of a plain list", live: liveWith({ args: ["b", "a"] }), want: "changed" },
      { name: "sees a finalizer that is gone", live: liveWith({}, { finalizers: ["x"] }), want: "changed" },
      { name: "sees a map that is gone", live: liveWith({ template: undefined }), want: "changed" },
    ];
    test.each(cases)("$name", ({ live, want }) => {
      expect(judge(wanted, live, put)).toEqual({ is: want });
      // And where the server was asked all the same, nobody takes it for somebody's who could own it.
      const concluded = concludeFromPrediction(
        wanted,
        live,
        { predicted: { ...live, contentHash: "whatever", own: OWN } },
        put,
      );
      expect(concluded).toMatchObject({ answer: want, reown: "not-needed" });
    });

    test("leaves ignored fields out", () => {
      const ignored = { paths: [["spec", "cpu"]], managers: [] };
      const record = recordAfterApply(liveWith({}), {
        hash: appliedHash(wanted, ignored),
        wanted: { object: wanted.object, ignored },
        by: "put",
      });
      expect(judge(wanted, liveWith({ cpu: "9" }), record, { ignored })).toEqual({ is: "same" });
      expect(judge(wanted, liveWith({ args: [] }), record, { ignored })).toEqual({ is: "changed" });
    });

    test("has no entry of ours, whatever an apply before it left", () =>
      expect(recordAfterApply(live, { hash: wanted.hash, by: "put" }).applied?.own.fieldsHash).toBe(""));
  });

  describe("a value of Git's that does not take", () => {
    const wanted = { object: desired.object, ignored: NOTHING_IGNORED };
    const first = recordAfterApply(live, { hash: desired.hash, wanted });
    const elsewhere = (a: string): LiveObject => ({
      ...live,
      resourceVersion: "107",
      contentHash: `a is ${a}`,
      own: { ...OWN, time: "2026-01-01T10:00:09Z", valuesHash: a },
      object: { ...live.object, data: { a } },
    });

    test("is said, though the server has nothing to change and calls the field ours", () => {
      const concluded = concludeFromPrediction(desired, elsewhere("2"), { predicted: elsewhere("2") }, first);
      expect(concluded).toMatchObject({
        answer: "changed",
        because: expect.stringMatching(/data\.a does not take/),
      });
      if (concluded.answer === "stale") throw new Error("stale");
      expect(judge(desired, elsewhere("2"), concluded.record)).toEqual({
        is: "changed",
        because: expect.stringMatching(/data\.a does not take/),
      });
    });

    test("stays so after an apply that changes nothing, and ends when the value is back", () => {
      const applied = recordAfterApply(elsewhere("2"), { hash: desired.hash, wanted, known: first });
      expect(judge(desired, elsewhere("2"), applied)).toMatchObject({ is: "changed" });
      const back = recordAfterApply(elsewhere("1"), { hash: desired.hash, wanted, known: applied });
      expect(judge(desired, elsewhere("1"), back)).toEqual({ is: "same" });
    });

    test("is none where the first answer had another value already, as an admission or a unit makes it", () => {
      const changed = recordAfterApply(elsewhere("1.0"), { hash: desired.hash, wanted });
      expect(changed.applied?.other).toEqual(["data.a"]);
      expect(
        concludeFromPrediction(desired, elsewhere("7"), { predicted: elsewhere("7") }, changed).answer,
      ).toBe("same");
    });

    test("is none where Git wants something else than it did", () => {
      const other = desiredObject({ fields: { data: { a: "5" } } });
      expect(
        recordAfterApply(elsewhere("2"), {
          hash: other.hash,
          wanted: { object: other.object, ignored: NOTHING_IGNORED },
          known: first,
        }).verdict?.answer,
      ).toBe("same");
    });

    test("is none where a manager that the application leaves fields to holds it by now", () => {
      const ignored = { paths: [], managers: ["autoscaler"] };
      const hash = appliedHash(desired, ignored);
      const before = recordAfterApply(live, {
        hash,
        wanted: { object: desired.object, ignored, owned: live.object },
      });
      const held = elsewhere("2");
      const withOwners: LiveObject = {
        ...held,
        object: {
          ...held.object,
          metadata: {
            ...held.object.metadata,
            managedFields: [
              {
                manager: "autoscaler",
                operation: "Update",
                apiVersion: "v1",
                fieldsV1: { "f:data": { "f:a": {} } },
              },
            ],
          },
        },
      };
      expect(
        concludeFromPrediction(desired, held, { predicted: held, comparedWith: withOwners }, before, ignored)
          .answer,
      ).toBe("same");
    });

    test("is looked for where our entry is as it was and its values are not", () =>
      expect(
        judge(
          desired,
          { ...live, own: { ...OWN, valuesHash: "other" }, resourceVersion: "108" },
          {
            ...first,
            applied: { ...first.applied!, own: { ...OWN, valuesHash: "first" }, settled: true },
            verdict: undefined!,
          },
        ),
      ).toEqual({ is: "ask", because: expect.stringMatching(/another value/) }));
  });

  test("a record of before, without the content of what was put, is asked about once more", () => {
    const replaced = recordAfterApply({ ...live, own: undefined }, { hash: desired.hash });
    expect(judge(desired, { ...live, own: undefined }, replaced)).toEqual({ is: "same" });
    expect(judge(desired, edited({ own: undefined }), replaced).is).toBe("ask");
    expect(judge(desiredObject({ fields: { data: {} } }), { ...live, own: undefined }, replaced)).toEqual({
      is: "changed",
    });
  });

  test("without a dry run it is judged by what is desired being there", () => {
    const other = liveObject({ fields: { data: { a: "1", more: "x" } } }, { own: undefined });
    expect(judge(desired, other, undefined, { dryRun: "unsupported" })).toEqual({ is: "same" });
    expect(
      judge(desired, liveObject({ fields: { data: { a: "2" } } }, { own: undefined }), undefined, {
        dryRun: "unsupported",
      }),
    ).toEqual({ is: "changed" });
  });

  test("taking an ignore rule away makes it ask again", () => {
    const ignored = { paths: [["data", "a"]], managers: [] };
    const known = recordAfterApply(live, { hash: appliedHash(desired, ignored) });
    expect(judge(desired, live, known, { ignored })).toEqual({ is: "same" });
    expect(judge(desired, live, known).is).toBe("ask");
  });
});

describe("settle()", () => {
  test("ends the doubt when somebody wrote in a later second and nothing but status changed", () => {
    expect(settle(desired, { ...live, managers: [status] }, record)?.applied?.settled).toBe(true);
  });
  const not: { name: string; live: LiveObject }[] = [
    { name: "nobody wrote in a later second", live: { ...live, managers: [{ ...status, time: OWN.time }] } },
    { name: "a manager leaves no time", live: { ...live, managers: [{ ...status, time: "" }] } },
    { name: "content moved meanwhile", live: edited({ managers: [status] }) },
    {
      name: "our entry moved meanwhile",
      live: { ...live, managers: [status], own: { ...OWN, fieldsHash: "fewer" } },
    },
    { name: "it is another object", live: { ...live, managers: [status], uid: "other" } },
  ];
  test.each(not)("says nothing when $name", ({ live }) =>
    expect(settle(desired, live, record)).toBeUndefined(),
  );
});

describe("concludeFromPrediction()", () => {
  const known = recordOf(live);
  test("an answer equal to live is no difference; the entry that it would leave is the one that is there: as good as applied", () => {
    const concluded = concludeFromPrediction(desired, live, { predicted: live }, known);
    expect(concluded).toMatchObject({ answer: "same", reown: "not-needed" });
    expect("record" in concluded && judge(desired, live, forgetful(concluded.record))).toEqual({
      is: "same",
    });
  });
  test("no difference, but our entry owns less than it would: to be owned again, and judged by content until then", () => {
    const robbed = edited({ own: { ...OWN, fieldsHash: "fewer" }, contentHash: live.contentHash });
    const concluded = concludeFromPrediction(
      desired,
      robbed,
      { predicted: { ...live, resourceVersion: "101" } },
      record,
    );
    expect(concluded).toMatchObject({ answer: "same", reown: "needed" });
    if (!("record" in concluded)) throw new Error("stale");
    expect(judge(desired, robbed, concluded.record)).toEqual({ is: "same", reown: "needed" });
    expect(judge(desired, { ...robbed, contentHash: "next edit" }, concluded.record).is).toBe("ask");
  });
  test("an object outside the inventory gets a verdict and no baseline", () => {
    const concluded = concludeFromPrediction(desired, live, { predicted: live }, undefined);
    expect("record" in concluded && concluded.record).toMatchObject({ uid: "", verdict: { answer: "same" } });
    expect("record" in concluded && concluded.record.applied).toBeUndefined();
  });
  test("another answer is a difference", () => {
    expect(
      concludeFromPrediction(desired, live, { predicted: { ...live, contentHash: "other" } }, known),
    ).toMatchObject({ answer: "changed", reown: "not-needed", record: { verdict: { answer: "changed" } } });
  });
  test("another answer from a newer state says nothing", () => {
    expect(
      concludeFromPrediction(
        desired,
        live,
        { predicted: { ...live, contentHash: "other", resourceVersion: "101" } },
        known,
      ),
    ).toEqual({ answer: "stale" });
  });
  test("what was learnt of a fetched newer state is not remembered under the watched content", () => {
    const fetched = { ...live, resourceVersion: "101", contentHash: "newer" };
    const concluded = concludeFromPrediction(
      desired,
      live,
      { predicted: fetched, comparedWith: fetched },
      known,
    );
    expect("record" in concluded && concluded.record.verdict).toBeUndefined();
  });
});

describe("records", () => {
  test("an intent keeps what was known", () => {
    expect(recordIntended(live.key, undefined, "there")).toEqual({ key: live.key, uid: "" });
    expect(recordIntended(live.key, record, "there")).toBe(record);
    expect(recordIntended(live.key, record, "made-anew")).toEqual({ ...record, uid: "" });
  });
  test("adoption of another uid forgets what was applied to the old one", () => {
    expect(recordAdopted({ ...live, uid: "other" }, record)).toEqual({ key: live.key, uid: "other" });
    expect(recordAdopted(live, record)).toBe(record);
  });
  test("the first apply ends the takeover; a replace does not", () => {
    expect(record.tookOver).toBe(true);
    expect(recordAfterApply({ ...live, own: undefined }, { hash: "h" }).tookOver).toBeUndefined();
  });
});
