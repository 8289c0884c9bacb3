import { describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { GITHUB_SAMPLES, OTHER_SAMPLES, type Sample } from "../../../test/webhooks/samples.ts";
import { Secret } from "../model/secret.ts";
import type { Delivery, Heard, Push, Verdict, WebhookSecrets } from "./provider.ts";
import { claimedBy, looksLikeOf } from "./whose.ts";

function deliveryOf({ headers, payload }: Pick<Sample, "headers" | "payload">, query = ""): Delivery {
  return {
    header: (name) => headers[name],
    query: (name) => (name === "secret" && query !== "" ? query : undefined),
    body: Buffer.from(JSON.stringify(payload)),
  };
}

function providerOf(sample: Sample) {
  return claimedBy(deliveryOf(sample)) ?? looksLikeOf(sample.payload);
}

function heardOf(sample: Sample): Heard | undefined {
  return providerOf(sample)?.read(deliveryOf(sample), sample.payload);
}

const pushes = (...all: Push[]): Heard => ({ is: "pushes", pushes: all });
const image = (registry: string, repository: string, ...tags: string[]): Heard => ({
  is: "images",
  images: tags.map((tag) => ({ registry, repository, tag })),
});
const DIASPORA = [
  "https://gitlab.example.com/mike/diaspora",
  "https://gitlab.example.com/mike/diaspora.git",
  "git@gitlab.example.com:mike/diaspora.git",
];
const SERVER = [
  "ssh://git@bitbucket.example.com:7999/acme/web.git",
  "https://bitbucket.example.com/scm/acme/web.git",
  "https://bitbucket.example.com/projects/ACME/repos/web/browse",
];
const AZURE = [
  "https://acme@dev.azure.com/acme/Platform/_git/web",
  "https://dev.azure.com/acme/_apis/git/repositories/278d5cd2-584d-4b63-824a-2ba458937249",
];
const GITEA = [
  "https://gitea.example.com/acme/web.git",
  "https://gitea.example.com/acme/web",
  "ssh://git@gitea.example.com:2222/acme/web.git",
];
const NOTHING: Heard = { is: "ignored", why: "this event says nothing that applications are made of" };

describe("deliveries of each provider", () => {
  const expected: Record<string, Heard> = {
    "GitLab push": pushes({ urls: DIASPORA, ref: "master", head: "is" }),
    "GitLab tag push": pushes({ urls: DIASPORA, ref: "v1.0.0", head: "is not" }),
    "GitLab merge request": { is: "pull-request", urls: DIASPORA },
    "GitLab system repository update": pushes({ urls: DIASPORA, ref: "", head: "not said" }),
    "GitLab pipeline": NOTHING,
    "Bitbucket Cloud repo:push": pushes(
      { urls: ["https://bitbucket.org/acme/web"], ref: "main", head: "not said" },
      { urls: ["https://bitbucket.org/acme/web"], ref: "v0.9.0", head: "is not" },
    ),
    "Bitbucket Cloud pullrequest:created": { is: "pull-request", urls: ["https://bitbucket.org/acme/web"] },
    "Bitbucket Data Center repo:refs_changed": pushes({ urls: SERVER, ref: "master", head: "not said" }),
    "Bitbucket Data Center pr:opened": { is: "pull-request", urls: SERVER },
    "Bitbucket Data Center diagnostics:ping": { is: "ping" },
    "Azure DevOps git.push": pushes({ urls: AZURE, ref: "main", head: "is" }),
    "Azure DevOps git.pullrequest.created": { is: "pull-request", urls: AZURE },
    "Gitea push": pushes({ urls: GITEA, ref: "main", head: "is" }),
    "Forgejo push": pushes({ urls: GITEA, ref: "main", head: "is" }),
    "Gogs push": pushes({ urls: GITEA, ref: "main", head: "is" }),
    "Gitea pull_request": { is: "pull-request", urls: GITEA },
    "Gitea package": image("gitea.example.com", "acme/web", "1.2.0"),
    "GHCR package": image("ghcr.io", "acme/web", "1.2.0"),
    "Docker Hub push": image("docker.io", "acme/web", "latest"),
    "Harbor push": image("harbor.example.com:8443", "acme/web", "1.2.0"),
    "Harbor push as CloudEvent": image("harbor.example.com", "acme/charts/web", "2.0.0"),
    "Harbor pull": { is: "ignored", why: "nothing was pushed" },
    "Quay push": image("quay.io", "acme/web", "latest", "1.2.0"),
    "a hook of one's own": pushes({
      urls: ["https://git.example.com/acme/web.git"],
      ref: "main",
      head: "not said",
    }),
  };
  test.each(OTHER_SAMPLES.map((sample) => [sample.name, sample] as const))("%s", (name, sample) => {
    expect([providerOf(sample)?.name, heardOf(sample)]).toEqual([sample.provider, expected[name]]);
  });

  test("every recorded push of GitHub names its repository and branch, every pull request its repository", () => {
    const read = GITHUB_SAMPLES.map((sample) => ({
      event: sample.headers["x-github-event"] ?? "",
      by: providerOf(sample)?.name,
      heard: heardOf(sample),
    }));
    expect(read.length).toBeGreaterThan(200);
    expect(new Set(read.map(({ by }) => by))).toEqual(new Set(["github"]));
    const of = (event: string) => read.flatMap((one) => (one.event === event ? [one.heard] : []));
    expect(of("push").length).toBeGreaterThan(5);
    for (const heard of of("push"))
      expect(heard).toMatchObject({
        is: "pushes",
        pushes: [{ urls: expect.arrayContaining(["https://github.com/Codertocat/Hello-World.git"]) }],
      });
    expect(of("push")).toContainEqual(
      expect.objectContaining({ pushes: [expect.objectContaining({ ref: "master", head: "is" })] }),
    );
    expect(of("push")).toContainEqual(
      expect.objectContaining({ pushes: [expect.objectContaining({ ref: "simple-tag", head: "is not" })] }),
    );
    for (const heard of [...of("pull_request"), ...of("repository")])
      expect((heard as { urls?: string[] } | undefined)?.urls?.[0]).toMatch(
        /^https:\/\/github\.com\/\w+\/Hello-World\.git$/,
      );
    expect(new Set(of("ping").map((heard) => heard?.is))).toEqual(new Set(["ping"]));
    expect(new Set(of("issues").map((heard) => heard?.is))).toEqual(new Set(["ignored"]));
  });

  test("no delivery is the same as another by its id, but where a provider gives none", () => {
    const ids = OTHER_SAMPLES.map((sample) => providerOf(sample)?.id(deliveryOf(sample), sample.payload));
    const said = ids.filter((id) => id !== undefined);
    expect(new Set(said).size).toBe(said.length);
    expect(said.length).toBeGreaterThan(15);
  });
});

describe("what a delivery proves itself by", () => {
  const secret = new Secret("It's a Secret to Everybody");
  const body = '{"zen":"Hello, World!"}';
  const hmac = (key: string, kind = "sha256") => createHmac(kind, key).update(body).digest("hex");
  const right = hmac("It's a Secret to Everybody");
  const of = (headers: Record<string, string>, query = ""): Delivery => ({
    ...deliveryOf({ headers, payload: null }, query),
    body: Buffer.from(body),
  });
  const named = (name: string) => {
    const sample = [...OTHER_SAMPLES, ...GITHUB_SAMPLES].find(({ provider }) => provider === name);
    const provider = sample && providerOf(sample);
    if (provider === undefined) throw new Error(`no sample of ${name}`);
    return provider;
  };
  const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
  const azure = { username: new Secret("azure"), password: new Secret("p:w") };
  const uuid = { uuid: new Secret("{c2a9}") };

  const cases: [
    provider: string,
    secrets: WebhookSecrets,
    headers: Record<string, string>,
    is: Verdict["is"],
  ][] = [
    ["github", { secret }, { "x-hub-signature-256": `sha256=${right}` }, "genuine"],
    ["github", { secret }, { "x-hub-signature-256": `sha256=${right.toUpperCase()}` }, "genuine"],
    ["github", { secret }, {}, "refused"],
    ["github", { secret }, { "x-hub-signature-256": "" }, "refused"],
    ["github", { secret }, { "x-hub-signature-256": "sha256=" }, "refused"],
    ["github", { secret }, { "x-hub-signature-256": `sha256=${right.slice(0, 62)}` }, "refused"],
    ["github", { secret }, { "x-hub-signature-256": `sha256=${hmac("another")}` }, "refused"],
    ["github", { secret }, { "x-hub-signature-256": `sha256=${hmac("")}` }, "refused"],
    // The older signature alone proves nothing.
    [
      "github",
      { secret },
      { "x-hub-signature": `sha1=${hmac("It's a Secret to Everybody", "sha1")}` },
      "refused",
    ],
    ["github", {}, {}, "unsigned"],
    ["gitlab", { secret }, { "x-gitlab-token": "It's a Secret to Everybody" }, "genuine"],
    ["gitlab", { secret }, { "x-gitlab-token": "It's a Secret to Everybod" }, "refused"],
    ["gitlab", { secret }, { "x-gitlab-token": "" }, "refused"],
    ["gitlab", { secret }, {}, "refused"],
    ["bitbucket", { secret }, { "x-hub-signature": `sha256=${right}` }, "genuine"],
    ["bitbucket", { secret }, { "x-hub-signature": `sha256=${hmac("x")}` }, "refused"],
    ["bitbucket", uuid, { "x-hook-uuid": "{c2a9}" }, "genuine"],
    ["bitbucket", uuid, { "x-hook-uuid": "{c2a0}" }, "refused"],
    // Whoever knows the one must know the other too.
    ["bitbucket", { ...uuid, secret }, { "x-hook-uuid": "{c2a9}" }, "refused"],
    ["bitbucketServer", { secret }, { "x-hub-signature": `sha256=${right}` }, "genuine"],
    ["bitbucketServer", { secret }, {}, "refused"],
    ["azureDevOps", azure, { authorization: basic("azure:p:w") }, "genuine"],
    ["azureDevOps", azure, { authorization: basic("azure:p") }, "refused"],
    ["azureDevOps", azure, { authorization: basic("azur:e:p:w") }, "refused"],
    ["azureDevOps", azure, { authorization: "Basic" }, "refused"],
    ["azureDevOps", azure, {}, "refused"],
    ["gitea", { secret }, { "x-gitea-signature": right }, "genuine"],
    ["gitea", { secret }, { "x-gogs-signature": right }, "genuine"],
    ["gitea", { secret }, { "x-gitea-signature": hmac("x") }, "refused"],
    ["harbor", { secret }, { authorization: "It's a Secret to Everybody" }, "genuine"],
    ["harbor", { secret }, { authorization: "Basic x" }, "refused"],
    ["harbor", { secret }, {}, "refused"],
    ["dockerHub", { secret }, {}, "refused"],
    ["quay", { secret }, {}, "refused"],
    ["generic", { secret }, { "x-hub-signature-256": `sha256=${right}` }, "genuine"],
    ["generic", { secret }, {}, "refused"],
  ];
  for (const [at, [provider, secrets, headers, is]] of cases.entries())
    test(`${at}: ${provider} with ${Object.keys(secrets).join("+") || "nothing"}, shown ${Object.keys(headers).join("+") || "nothing"}: ${is}`, () => {
      expect(named(provider).verify(of(headers), secrets).is).toBe(is);
    });

  test("Docker Hub and Quay have no more than their address", () => {
    for (const name of ["dockerHub", "quay"]) {
      const verdicts = [secret.reveal(), "x"].map((word) => named(name).verify(of({}, word), { secret }).is);
      expect(verdicts).toEqual(["genuine", "refused"]);
    }
  });

  test("a signature is of the very bytes that came", () => {
    const changed = { ...of({ "x-hub-signature-256": `sha256=${right}` }), body: Buffer.from(`${body} `) };
    expect(named("github").verify(changed, { secret }).is).toBe("refused");
  });

  test("why something is refused repeats no secret", () => {
    for (const [provider, secrets, headers] of cases) {
      const verdict = named(provider).verify(of(headers), secrets);
      if (verdict.is === "refused") expect(verdict.why).not.toMatch(/Everybod|p:w|c2a9|[0-9a-f]{32}/);
    }
  });
});
