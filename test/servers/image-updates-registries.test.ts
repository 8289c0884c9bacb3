/** Image updates by what registries ask for: tokens, pull secrets, platforms, fewer requests; and what their webhooks bring about. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "../lib/eventually.ts";
import {
  type ImagesStage,
  INTO_KUSTOMIZATION,
  kustomized,
  pushImage,
  runs,
  startImagesStage,
} from "../lib/images-stage.ts";
import { type LyingRegistry, startLiar, startRegistry, type TestRegistry } from "../lib/registry.ts";

const HOOK = "a-secret-of-harbor";
const DAY = "2026-11-01T00:00:00Z";

let open: TestRegistry, basic: TestRegistry, tokened: TestRegistry, liar: LyingRegistry, stage: ImagesStage;

const app = (host: string, name: string, more: Record<string, string> = {}) => ({
  files: kustomized(`${host}/${name}`, "1.0.0"),
  annotations: { "image-list": `web=${host}/${name}`, ...INTO_KUSTOMIZATION, ...more },
});
const secret = (namespace: string, name: string, data: Record<string, string>) => ({
  namespace,
  path: "secrets",
  body: { apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, data: encoded(data) },
});
const encoded = (data: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")]));
const LOGIN = "ci:pass word";

beforeAll(async () => {
  [open, basic, tokened] = await Promise.all([
    startRegistry(),
    startRegistry("basic"),
    startRegistry("token"),
  ]);
  liar = startLiar(open);
  for (const [registry, name] of [
    [open, "team/web"],
    [open, "team/limited"],
    [basic, "team/web"],
    [tokened, "team/web"],
  ] as const)
    for (const tag of ["1.0.0", "1.0.1"]) await pushImage(registry, name, tag, DAY);
  const built = async (tag: string, architectures: readonly string[]): Promise<void> => {
    const manifests = [];
    for (const architecture of architectures)
      manifests.push({
        digest: await pushImage(open, "team/many", `${tag}-${architecture}`, DAY, { architecture }),
        platform: { os: "linux", architecture },
      });
    await open.pushIndex("team/many", tag, manifests);
  };
  await built("1.0.0", ["amd64", "arm64"]);
  await built("1.0.1", ["amd64", "arm64"]);
  await built("1.2.0", ["amd64"]);
  stage = await startImagesStage({
    apps: {
      tokened: app(tokened.host, "team/web"),
      pulled: app(basic.host, "team/web", { "pull-secret": "pullsecret:pulled/registry" }),
      field: app(basic.host, "team/web", { "pull-secret": "secret:field/login#token" }),
      variable: app(basic.host, "team/web", { "pull-secret": "env:REGISTRY_LOGIN" }),
      borrowed: app(basic.host, "team/web", { "pull-secret": "pullsecret:pulled/registry" }),
      nameless: app(basic.host, "team/web"),
      many: app(open.host, "team/many", { platforms: "linux/arm64", "ignore-tags": "*-*" }),
      nowhere: app(open.host, "team/many", { platforms: "windows/amd64", "ignore-tags": "*-*" }),
      limited: app(liar.host, "team/limited"),
      "limited-too": app(liar.host, "team/web"),
      hinted: app(open.host, "team/web"),
    },
    objects: [
      secret("pulled", "registry", {
        ".dockerconfigjson": JSON.stringify({
          auths: { [`http://${basic.host}`]: { auth: Buffer.from(LOGIN).toString("base64") } },
        }),
      }),
      secret("field", "login", { token: `${LOGIN}\n` }),
    ],
    images: "environment: [REGISTRY_LOGIN]",
    repositories: [
      `{ url: "oci://${open.host}", type: oci, plainHttp: true }`,
      `{ url: "oci://${liar.host}", type: oci, plainHttp: true }`,
      `{ url: "oci://${basic.host}", type: oci, plainHttp: true }`,
      `{ url: "oci://${tokened.host}", type: oci, plainHttp: true, username: ci, password: "pass word", ca: ${JSON.stringify(tokened.ca)} }`,
    ],
    config: `webhooks: { harbor: { secret: "${HOOK}" } }\n`,
    env: { REGISTRY_LOGIN: LOGIN },
  });
}, 120_000);
afterAll(async () => {
  await stage?.stop();
  await Promise.all([open?.stop(), basic?.stop(), tokened?.stop(), liar?.stop()]);
});

const newTagOf = async (name: string): Promise<string> =>
  /newTag: "?([^"\n]*)/.exec(await stage.fileAt(`${name}/kustomization.yaml`))?.[1] ?? "";
const problemsOf = async (name: string): Promise<string> => (await stage.images(name)).problems.join("\n");

describe("image updates", () => {
  test("a registry that wants quiet is left alone for as long as it says, and the others go on", async () => {
    let refused = 0;
    liar.lie = () => {
      refused++;
      return new Response("slow down", { status: 429, headers: { "retry-after": "3600" } });
    };
    await stage.update({ apps: ["argocd/limited"] });
    expect(refused).toBe(1);
    // It would answer by now: what it asked for is an hour, of whoever asks for whatever there.
    liar.lie = undefined;
    await stage.update();
    expect(liar.requests.length).toBe(1);
    for (const name of ["limited", "limited-too"]) {
      expect(await problemsOf(name)).toContain("it asked for fewer requests, and is left alone until");
      expect(await newTagOf(name)).toBe("1.0.0");
    }
    expect(await newTagOf("hinted")).toBe("1.0.1");
  }, 60_000);

  test("one with an authority of its own gives a token for reading that one repository", async () => {
    expect(await newTagOf("tokened")).toBe("1.0.1");
    expect(tokened.tokens.length).toBeGreaterThan(0);
    for (const { query, authorization } of tokened.tokens) {
      expect(query.get("scope")).toMatch(/^repository:team\/web:pull(,metadata_read)?$/);
      expect(authorization).toBe(`Basic ${Buffer.from(LOGIN).toString("base64")}`);
    }
  });

  test.each(["pulled", "field", "variable"])(
    "%s: a login comes from a Docker config, from a field, from a variable",
    async (name) => {
      expect([await problemsOf(name), await newTagOf(name)]).toEqual(["", "1.0.1"]);
      await stage.daemon.until(name, runs(/team\/web:1\.0\.1$/));
    },
    30_000,
  );

  test("a Secret of another namespace is nobody else's, and a closed registry says what it wants", async () => {
    expect(await problemsOf("borrowed")).toContain(
      "the Secret pulled/registry is not in the namespace borrowed of the application",
    );
    expect(await problemsOf("nameless")).toContain("it wants credentials (HTTP 401)");
    expect([await newTagOf("borrowed"), await newTagOf("nameless")]).toEqual(["1.0.0", "1.0.0"]);
    expect(stage.daemon.log()).not.toContain("pass word");
  });

  test("of an image for several platforms the newest counts that is there for the one that is asked for", async () => {
    expect(await newTagOf("many")).toBe("1.0.1");
    expect((await stage.images("many")).images[0]?.out).toEqual(
      expect.arrayContaining([{ why: "not there for linux/arm64", count: 1, tags: ["1.2.0"] }]),
    );
    expect(await newTagOf("nowhere")).toBe("1.0.0");
    expect((await stage.images("nowhere")).images).toMatchObject([
      { is: "failed", why: "no tag is left to choose" },
    ]);
  });

  test("a push is heard of by a webhook, asked about, and delivered", async () => {
    const heard = (authorization: string) =>
      stage.daemon.ask(
        "POST",
        "/api/webhook",
        {
          type: "PUSH_ARTIFACT",
          event_data: {
            resources: [{ tag: "1.0.2", resource_url: `${open.host}/team/web:1.0.2` }],
            repository: { repo_full_name: "team/web" },
          },
        },
        { authorization, "content-type": "application/json" },
      );
    // What is told and not there changes nothing, and nobody else is believed.
    expect((await heard("another")).status).toBe(401);
    expect(await newTagOf("hinted")).toBe("1.0.1");
    await pushImage(open, "team/web", "1.0.2", DAY);
    expect((await heard(HOOK)).status).toBe(202);
    await eventually("it is written", async () => (await newTagOf("hinted")) === "1.0.2", 30_000);
    await stage.daemon.until("hinted", runs(/team\/web:1\.0\.2$/));
  }, 60_000);
});
