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

test.each([
  ["--post-renderer ./x", "--post-renderer is no option that is read here"],
  ["-f", "-f has no value"],
  ["a.yaml", "a.yaml is no option that is read here"],
])("readHelmArguments(%p) is refused", (text, why) => {
  expect(readHelmArguments(text)).toEqual({ ok: false, why });
});
