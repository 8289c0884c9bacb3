import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { kubeObject } from "../../../../test/lib/core-objects.ts";
import { defined } from "../../../lib/defined.ts";
import { refKey, refOf } from "../../model/object-ref.ts";
import { diffObjects } from "./diff-objects.ts";
import { CHANGED_MASK, MASK, maskPair, maskSecret } from "./mask-secret.ts";

const secret = (
  data: Record<string, unknown>,
  more: Record<string, unknown> = {},
  annotations?: Record<string, string>,
) =>
  kubeObject({
    kind: "Secret",
    name: "db",
    fields: { data, ...more },
    ...defined({ annotations }),
  });
const LAST = "kubectl.kubernetes.io/last-applied-configuration";
const base64 = (text: string): string => Buffer.from(text).toString("base64");

describe("maskSecret()", () => {
  test("hides every value and its length, stringData too, and keeps names and type", () => {
    expect(
      maskSecret(secret({ a: "eA==" }, { stringData: { b: "a much longer one" }, type: "Opaque" })),
    ).toEqual(secret({ a: MASK, b: MASK }, { type: "Opaque" }));
  });
  test("drops kubectl's copy, of other kinds too", () => {
    expect(maskSecret(secret({}, {}, { [LAST]: "canary", keep: "1" })).metadata.annotations).toEqual({
      keep: "1",
    });
    expect(JSON.stringify(maskSecret(kubeObject({ annotations: { [LAST]: "canary" } })))).not.toContain(
      "canary",
    );
  });
  test("a Secret of another group is none", () => {
    const other = kubeObject({ apiVersion: "example.com/v1", kind: "Secret", fields: { data: { a: "1" } } });
    expect(maskSecret(other)).toEqual(other);
  });
  test("values where they do not belong do not show either", () => {
    expect(
      JSON.stringify(
        maskSecret(secret({ a: { nested: "canary" } }, { dta: { b: "canary" }, stringData: "canary" })),
      ),
    ).not.toContain("canary");
  });
});

describe("what a secret store gave to another kind", () => {
  const FILLED = "holdfast/filled-in";
  const env = (...pairs: [string, string][]) => ({
    spec: { containers: [{ name: "c", env: pairs.map(([name, value]) => ({ name, value })) }] },
  });
  const pod = (at: string, fields: Record<string, unknown>) =>
    kubeObject({ kind: "Pod", name: "p", fields, ...(at === "" ? {} : { annotations: { [FILLED]: at } }) });
  const AT = "/spec/containers/*/env/*/value";

  test("is masked, by either side's word, and told apart by the items' names", () => {
    const [before, after] = maskPair(
      pod("", env(["A", "canary-old"], ["B", "canary-b"])),
      pod(AT, env(["NEW", "canary-new"], ["A", "canary-a"], ["B", "canary-b"])),
    );
    expect(before).toMatchObject(env(["A", MASK], ["B", MASK]));
    expect(after).toMatchObject(env(["NEW", MASK], ["A", CHANGED_MASK], ["B", MASK]));
    expect(maskSecret(pod(AT, env(["A", "canary"])))).toMatchObject(env(["A", MASK]));
  });
  test("a path that leads nowhere, or to something else, changes nothing and hides it", () => {
    const odd = "/spec/containers/x /spec/none/*/a /metadata/labels/a~1b~2c";
    expect(maskSecret(pod(odd, env(["A", "shown"])))).toEqual(pod(odd, env(["A", "shown"])));
    expect(JSON.stringify(maskSecret(pod("/spec", env(["A", "canary"]))))).not.toContain("canary");
  });
  test("is masked in what a Secret holds beside its data", () => {
    const noted = secret({}, {}, { [FILLED]: "/metadata/annotations/a~1b", "a/b": "canary" });
    expect(maskSecret(noted).metadata.annotations?.["a/b"]).toBe(MASK);
  });
});

describe("maskPair()", () => {
  test("tells changed from unchanged, stringData against data", () => {
    const [before, after] = maskPair(
      secret({ a: base64("1"), b: base64("2"), c: base64("3") }),
      secret({ a: base64("1"), b: base64("other"), d: base64("3") }, { stringData: { a: "1" } }),
    );
    expect([before["data"], after["data"]]).toEqual([
      { a: MASK, b: MASK, c: MASK },
      { a: MASK, b: CHANGED_MASK, d: MASK },
    ]);
    expect(after["stringData"]).toBeUndefined();
  });
  test("no value is ever in what is shown, and only its own key says whether it changed", () => {
    const values = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.stringMatching(/^canary[a-z]{0,20}$/));
    fc.assert(
      fc.property(values, values, (old, fresh) => {
        const live = secret(old, {}, { [LAST]: "canary" }),
          predicted = secret(fresh);
        const diff = diffObjects({ key: refKey(refOf(live)), live, predicted });
        expect(JSON.stringify(diff)).not.toContain("canary");
        const changed = diff.fields
          .map(({ path }) => path)
          .filter((path) => path.startsWith("data"))
          .sort();
        const all = Object.keys(old).length === 0 || Object.keys(fresh).length === 0;
        const want = [...new Set([...Object.keys(old), ...Object.keys(fresh)])]
          .filter((key) => old[key] !== fresh[key])
          .map((key) => `data.${key}`)
          .sort();
        expect(changed).toEqual(all && want.length > 0 ? ["data"] : want);
      }),
    );
  });
});
