import { expect, test } from "bun:test";
import { type ClusterSettings, changeOf, settingsOf, setWords, textOf } from "./cluster-change.ts";

const BEFORE: ClusterSettings = {
  ...{ name: "prod", project: "", labels: { env: "prod", tier: "one" }, annotations: {} },
  ...{ namespaces: [], clusterResources: false },
};

test("what nobody changes is not sent", () => {
  expect(settingsOf(textOf(BEFORE))).toEqual(BEFORE);
  expect(changeOf(BEFORE, settingsOf(textOf(BEFORE)))).toEqual({ fields: [], says: [] });
});

test("each change is said, and its field alone is sent", () => {
  const after = settingsOf({
    ...textOf(BEFORE),
    ...{ name: " live ", labels: "env=live\nregion=eu=1\n\n" },
    ...{ namespaces: "shop,  till shop", clusterResources: true },
  });
  expect(after.labels).toEqual({ env: "live", region: "eu=1" });
  expect(changeOf(BEFORE, after)).toEqual({
    fields: ["name", "labels", "namespaces", "clusterResources"],
    says: [
      "name: prod → live",
      "labels: env: prod → live",
      "labels: + region=eu=1",
      "labels: − tier=one",
      "looked at: all of it → namespaces shop, till, and what is in no namespace",
    ],
  });
});

test("kinds without a namespace are a word of their own only where namespaces are named", () => {
  expect(settingsOf({ ...textOf(BEFORE), clusterResources: true })).toEqual(BEFORE);
});

test("a line that is no pair is named", () => {
  expect(() => settingsOf({ ...textOf(BEFORE), annotations: "a=b\nnothing" })).toThrow(
    "Annotations: “nothing” is no pair. Write one a line, such as env=prod.",
  );
});

test("a key that every object has is a key like others", () => {
  const after = { ...BEFORE, labels: JSON.parse('{"env":"prod","tier":"one","constructor":"x"}') };
  expect(changeOf(BEFORE, after).says).toEqual(["labels: + constructor=x"]);
});

test("the account that was made for it is nobody's to write, and stays", () => {
  const was = { ...BEFORE, annotations: { "holdfast.dev/cluster-account": "kube-system/a", note: "x" } };
  expect(textOf(was).annotations).toBe("note=x");
  const after = settingsOf({ ...textOf(was), annotations: "note=y" }, was);
  expect(changeOf(was, after).says).toEqual(["annotations: note: x → y"]);
  expect(after.annotations["holdfast.dev/cluster-account"]).toBe("kube-system/a");
});

test("the command line sets the same", () => {
  const after = {
    ...BEFORE,
    name: "live",
    labels: { env: "live" },
    namespaces: ["shop"],
    clusterResources: true,
  };
  expect(setWords(BEFORE, after)).toEqual([
    ...["cluster", "set", "prod", "--name", "live", "--label", "env=live"],
    ...["--namespace", "shop", "--cluster-resources"],
  ]);
  expect(setWords(after, { ...after, namespaces: [], clusterResources: false })).toEqual([
    ...["cluster", "set", "live", "--namespace", "*"],
  ]);
});
