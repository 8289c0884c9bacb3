/** Value files and file parameters at web addresses: brought by us, and equal to what Helm makes of them with a network. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HelmSource } from "../../src/core/model/application.ts";
import { issueCertificate } from "../../src/lib/issue-certificate.ts";
import { parseYaml } from "../../src/lib/yaml.ts";
import { type BaseStand, baseStand } from "../lib/base-stand.ts";
import { endless, type Front, startFront } from "../lib/hostile-front.ts";
import { AT, applicationOf, npmToolSets } from "../lib/render-host.ts";

const nowMs = Date.now();
const authority = issueCertificate({ commonName: "authority", uses: ["authority"], nowMs, days: 2 });
const server = issueCertificate(
  { commonName: "x", names: [new Uint8Array([127, 0, 0, 1])], uses: ["server"], nowMs, days: 2 },
  authority,
);
const toolSets = (await npmToolSets()).filter(({ programs }) => programs["helm"] !== undefined);
const [tools] = toolSets;
if (tools === undefined) throw new Error("no Helm");

const CHART = {
  "Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
  "values.yaml": "a: chart\nb: chart\nc: chart\n",
  "templates/map.yaml":
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\ndata:\n  values: {{ .Values | toJson | quote }}\n  names: {{ range $path, $_ := .Files.Glob "**" }}{{ $path }} {{ end }}x\n',
  "local.yaml": "b: local\nc: local\n",
};

let web: Front, stand: BaseStand;
const files: Record<string, string> = {};

beforeAll(() => {
  web = startFront(
    async (request) => {
      const text = files[new URL(request.url).pathname];
      if (text === undefined) return new Response("nothing", { status: 404 });
      const etag = `"${Bun.hash.wyhash(text)}"`;
      return request.headers.get("if-none-match") === etag
        ? new Response(null, { status: 304, headers: { etag } })
        : new Response(text, { headers: { etag } });
    },
    { cert: server.certificate, key: server.key },
  );
});
afterAll(() => web.stop());

async function open(with_ = tools): Promise<void> {
  stand = await baseStand(with_ as NonNullable<typeof tools>, { ca: authority.certificate });
  stand.entries = [{ url: `${web.origin}/`, ca: authority.certificate }];
  web.lie = undefined;
  web.requests.length = 0;
  Object.assign(files, { "/remote.yaml": "a: remote\nb: remote\n", "/blob.txt": "one\ntwo, three\n" });
}
afterEach(() => stand.close());

const rendering = async (helm: HelmSource, path = "app") => {
  const source = { repoURL: "https://git.example.com/team/shop.git", path, helm };
  return {
    app: applicationOf(source, { name: "it" }),
    sources: [{ source, tree: await stand.source.tree(), revision: AT }],
  };
};

describe.each(toolSets)("with $name", (set) => {
  beforeEach(() => open(set));

  test.each(["app", "."])(
    "they are what Helm makes of them with a network, in their order, in %p",
    async (at) => {
      const below = (name: string): string => (at === "." ? name : `${at}/${name}`);
      stand.source.write(
        Object.fromEntries(Object.entries(CHART).map(([name, text]) => [below(name), text])),
      );
      const helm = {
        valueFiles: ["local.yaml", `${web.origin}/remote.yaml`],
        fileParameters: [{ name: "blob", path: `${web.origin}/blob.txt` }],
      };
      const ours = await stand.objects(await rendering(helm, at));
      const home = join(stand.host.folder, "home");
      mkdirSync(home, { recursive: true });
      writeFileSync(join(home, "ca.pem"), authority.certificate);
      const child = Bun.spawn(
        [
          set.programs["helm"] ?? "",
          ...[
            "template",
            "it",
            at,
            "--values",
            join(at, "local.yaml"),
            "--values",
            `${web.origin}/remote.yaml`,
          ],
          ...["--set-file", `blob=${web.origin}/blob.txt`],
        ],
        { cwd: stand.source.path, env: { HOME: home, SSL_CERT_FILE: join(home, "ca.pem") }, stderr: "pipe" },
      );
      const [out, error] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
      ]);
      expect(error).toBe("");
      expect(ours as unknown[]).toEqual(parseYaml(out).documents.map(({ value }) => value));
      expect(JSON.stringify(ours)).toContain(String.raw`\"a\":\"remote\"`);
      expect(JSON.stringify(ours)).not.toContain("holdfast");
    },
  );
});

describe("one", () => {
  beforeEach(async () => {
    await open();
    stand.source.write(
      Object.fromEntries(Object.entries(CHART).map(([name, text]) => [`app/${name}`, text])),
    );
  });
  const helm = { valueFiles: ["https://x/remote.yaml"] };
  beforeEach(() => {
    helm.valueFiles = [`${web.origin}/remote.yaml`];
  });

  test("that changes makes a new render, and one that does not costs a conditional request", async () => {
    const first = await stand.render(await rendering(helm));
    const second = await stand.render(await rendering(helm));
    expect([second.key, stand.host.ran]).toEqual([first.key, ["helm"]]);
    expect(web.requests.map(({ path }) => path)).toEqual(["/remote.yaml", "/remote.yaml"]);
    files["/remote.yaml"] = "a: changed\n";
    // What was asked in this very millisecond would count as new enough.
    const bases = stand.fetcher({ since: Date.now() + 1 });
    const third = await stand.render({ ...(await rendering(helm)), bases });
    expect(third.key).not.toBe(first.key);
    expect(JSON.stringify(third.documents)).toContain("changed");
    expect(third.bases).toMatchObject([{ is: "file", asked: helm.valueFiles[0], by: "spec.source.helm" }]);
  });

  test("with a variable of the build environment in its address, twice over, is asked for once", async () => {
    files["/it.yaml"] = "a: by-name\n";
    const url = `${web.origin}/$ARGOCD_APP_NAME.yaml`;
    const made = await stand.objects(await rendering({ valueFiles: [url, url] }));
    expect(JSON.stringify(made)).toContain("by-name");
    expect(web.requests.map(({ path }) => path)).toEqual(["/it.yaml"]);
  });

  test("that the config does not permit is not asked for", async () => {
    stand.entries = [];
    stand.remoteBases = [];
    const { code, why, fix } = await stand.failure(await rendering(helm));
    expect({ code, why, fix }).toEqual({
      code: "invalid-spec",
      why: "neither remoteBases nor repositories in the config names it",
      fix: expect.stringContaining("Add it to remoteBases in the config"),
    });
    expect(web.requests).toEqual([]);
  });

  test.each<[what: string, wrong: () => void, says: RegExp]>([
    ["that is not there", () => delete files["/remote.yaml"], /HTTP 404/],
    [
      "that wants credentials",
      () => {
        web.lie = () => new Response("no", { status: 401 });
      },
      /it wants credentials \(HTTP 401\)/,
    ],
    [
      "without end",
      () => {
        web.lie = () => endless();
      },
      /its answer is longer than \d+ bytes/,
    ],
    [
      "that leads into a network of its own",
      () => {
        web.lie = () => Response.redirect("https://169.254.169.254/latest/meta-data", 302);
      },
      /169\.254\.169\.254/,
    ],
    [
      "that is encrypted",
      () => {
        files["/remote.yaml"] = "a: ENC[AES256_GCM,data:x,iv:x,tag:x,type:str]\n";
      },
      /it is encrypted, and only files of repositories are decrypted/,
    ],
  ])("%s is one sentence, and helm is not started", async (_, wrong, says) => {
    wrong();
    const failure = await stand.failure(await rendering(helm));
    expect(failure.message).toMatch(says);
    expect(stand.host.ran).toEqual([]);
  });

  test("whose secret a template fails with is not repeated", async () => {
    files["/remote.yaml"] = "password: geheim-7\n";
    stand.source.write({ "app/templates/map.yaml": '{{ fail (printf "no %s" .Values.password) }}' });
    const failure = await stand.failure(await rendering(helm));
    expect(failure.message).toContain("helm says");
    expect(failure.message).not.toContain("geheim");
  });

  test("that mentions the cluster's abilities has it rendered with them", async () => {
    files["/remote.yaml"] = 'a: "{{ .Capabilities.KubeVersion.Version }}"\n';
    stand.source.write({
      "app/templates/map.yaml":
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {a: {{ tpl .Values.a . | quote }}}\n",
    });
    const at = async (kubeVersion: string) =>
      JSON.stringify(
        await stand.objects({ ...(await rendering(helm)), cluster: { kubeVersion, apiVersions: ["v1"] } }),
      );
    expect(await at("v1.33.0")).toContain("v1.33.0");
    expect(await at("v1.34.0")).toContain("v1.34.0");
  });
});
