import { describe, expect, test } from "bun:test";
import { revealed } from "../model/revealed.ts";
import { exportedImages, type ImagesToExport, loginSecrets } from "./exported-images.ts";

const REGISTRIES = `registries:
- { name: field, prefix: a.example.com, credentials: "secret:argocd/field#login", limit: 4 }
- { name: pull, prefix: "b.example.com:5000", api_url: "http://b.example.com:5000", credentials: "pullsecret:argocd/pull" }
- { name: other, prefix: c.example.com, credentials: "secret:other/x#y", insecure: true }
- { name: gone, prefix: d.example.com, credentials: "pullsecret:argocd/gone" }
- { name: odd, prefix: e.example.com, credentials: "secret:argocd/field#none" }
- { name: open, prefix: f.example.com, ca_data: PEM }
`;
const secret = (name: string, stringData: Record<string, string>) => ({
  ...{ apiVersion: "v1", kind: "Secret", metadata: { name, namespace: "argocd" }, stringData },
});
const from = (said: Record<string, string>, more: Partial<ImagesToExport> = {}): ImagesToExport => ({
  ...{ said, namespace: "argocd", repositories: [] },
  secrets: [
    secret("field", { login: "ci:pass:word" }),
    secret("pull", {
      ".dockerconfigjson": JSON.stringify({
        auths: { "b.example.com:5000": { username: "me", password: "p" } },
      }),
    }),
  ],
  ...more,
});

describe("exportedImages()", () => {
  test("registries are entries with the logins that their Secrets hold, and what has none says why", () => {
    const { registries, left } = exportedImages(from({ "registries.conf": REGISTRIES }));
    expect(revealed(registries)).toEqual([
      {
        ...{ url: "oci://a.example.com", type: "oci", requestsPerSecond: 4 },
        ...{ username: "ci", password: "pass:word" },
      },
      { url: "oci://b.example.com:5000", type: "oci", plainHttp: true, username: "me", password: "p" },
      { url: "oci://c.example.com", type: "oci", tlsCheck: "nothing" },
      { url: "oci://d.example.com", type: "oci" },
      { url: "oci://e.example.com", type: "oci" },
      { url: "oci://f.example.com", type: "oci", ca: "PEM" },
    ]);
    const said = left.join("\n");
    expect(said).toContain(
      "c.example.com: the Secret other/x is not in the namespace argocd, so that its entry has no login",
    );
    expect(said).toContain("d.example.com: the Secret argocd/gone is not there, or may not be read");
    expect(said).toContain("e.example.com: the Secret argocd/field holds no login for it");
    expect(left).toHaveLength(3);
    expect(said).not.toContain("pass:word");
  });

  test("an entry that speaks for a registry already stays alone", () => {
    const repositories = [{ url: "oci://A.example.com/", type: "oci" as const }];
    const { registries } = exportedImages(from({ "registries.conf": REGISTRIES }, { repositories }));
    expect(registries.map(({ url }) => url)).not.toContain("oci://a.example.com");
    expect(registries).toHaveLength(5);
  });

  test("how commits are written are keys of images, and what is not read is said", () => {
    const said = { "git.user": "Robot", "git.commit-sign-off": "false", interval: "5m" };
    const { settings, left } = exportedImages(from(said));
    expect(settings).toEqual({ authorName: "Robot" });
    expect(left.join()).toContain("interval");
    expect(exportedImages(from({}))).toEqual({ settings: {}, registries: [], left: [] });
  });
});

test("loginSecrets() names those of Argo CD's own namespace alone, each once", () => {
  const said = { "registries.conf": REGISTRIES };
  expect(loginSecrets({ said, namespace: "argocd" })).toEqual(["field", "pull", "gone"]);
  expect(loginSecrets({ said: {}, namespace: "argocd" })).toEqual([]);
});
