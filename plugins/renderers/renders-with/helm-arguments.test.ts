import { expect, test } from "bun:test";
import { readHelmArguments } from "./helm-arguments.ts";

test.each<[string, object]>([
  ["", {}],
  ["-f a.yaml --values=b.yaml,c.yaml -f  d.yaml", { valueFiles: ["a.yaml", "b.yaml", "c.yaml", "d.yaml"] }],
  [
    "--set a=1,b.c={x,y} --set d=e\\,f --set-string n=007",
    {
      parameters: [
        { name: "a", value: "1" },
        { name: "b.c", value: "{x,y}" },
        { name: "d", value: "e\\,f" },
        { name: "n", value: "007", forceString: true },
      ],
    },
  ],
  ["--set-file k=cert.pem", { fileParameters: [{ name: "k", path: "cert.pem" }] }],
  [
    "--include-crds --skip-tests --debug . -n other --kube-version 1.30 -a a/v1 --name-template x --skip-crds=false",
    { skipTests: true, namespace: "other", kubeVersion: "1.30", apiVersions: ["a/v1"], releaseName: "x" },
  ],
])("readHelmArguments(%p)", (text, helm) => {
  expect(readHelmArguments(text)).toEqual({ ok: true, helm });
});

test.each<[string, object]>([
  [
    '--set-json a.b=[1,2],c\\.d={"e":"x,y"} --set-json=a.f=null',
    { a: { b: [1, 2], f: null }, "c.d": { e: "x,y" } },
  ],
  ['--set-json {"a":{"b":1}} --set-json a.b={"c":2}', { a: { b: { c: 2 } } }],
  ["--set-json __proto__.x=1", JSON.parse('{"__proto__":{"x":1}}')],
])("readHelmArguments(%p) lays JSON over values", (text, json) => {
  expect(readHelmArguments(text)).toEqual({ ok: true, helm: {}, json } as never);
});

test("--release-name takes no value, and short options may hold theirs", () => {
  expect(readHelmArguments("--release-name -fa.yaml -nother")).toEqual({
    ok: true,
    helm: { valueFiles: ["a.yaml"], namespace: "other" },
  });
});

test.each([
  ["--set-json a=x", "--set-json takes name=JSON without spaces, its lists whole"],
  ["--set-json a[0]=1", "--set-json takes name=JSON without spaces, its lists whole"],
  ["--set-json", "--set-json takes name=JSON without spaces, its lists whole"],
  ["--post-renderer ./x", "--post-renderer is no option that is read here"],
  ["-f", "-f has no value"],
  ["a.yaml", "a.yaml is no option that is read here"],
])("readHelmArguments(%p) is refused", (text, why) => {
  expect(readHelmArguments(text)).toEqual({ ok: false, why });
});
