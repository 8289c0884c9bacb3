import { describe, expect, test } from "bun:test";
import { application } from "../../test/lib/core-objects.ts";
import { recordingLog } from "../../test/lib/recording-log.ts";
import type { ImageUpdateSettings } from "../config/image-settings.ts";
import { type Application, keyOfApp } from "../core/model/application.ts";
import type { Project } from "../core/model/project.ts";
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import { RunningImages } from "./running-images.ts";
import { PushedImages } from "./tell-heard.ts";

const PREFIX = "argocd-image-updater.argoproj.io/";
const PLATFORM = "https://git.example.com/platform.git";

/** What is the platform's: its repository, which may be pushed to, and the namespaces of one cluster. */
const platform: Project = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "AppProject",
  metadata: { name: "platform", namespace: "argocd" },
  spec: { sourceRepos: [PLATFORM], destinations: [{ name: "in-cluster", namespace: "shop-*" }] },
};

/** A daemon's parts, whose registry and Git server tell who asked them. */
function stand(
  app: Application,
  clusterOf?: string,
  said: Partial<ImageUpdateSettings> = {},
  entries: object[] = [],
) {
  const registry: RepositoryAccess[] = [];
  const git: string[] = [];
  const read: string[] = [];
  const asked = (access: RepositoryAccess): Promise<string[]> => {
    registry.push(access);
    return Promise.resolve(["1.0.0"]);
  };
  const seen = async (access: RepositoryAccess): Promise<never> => {
    git.push(access.url);
    throw new Error("nothing is written here");
  };
  const cluster = (name: string) => ({
    ...{ name, server: `https://${name}.example.com`, is: "real" },
    ...(clusterOf === undefined ? {} : { project: clusterOf }),
    read: async ({ namespace, name: secret }: { namespace: string; name: string }) => {
      read.push(`${namespace}/${secret}`);
      const object = { data: { token: Buffer.from("ci:canary").toString("base64") } };
      return { is: "found", live: { object }, object };
    },
  });
  const control = {
    applications: () => [app],
    application: () => app,
    projectInForce: () => ({ is: "found", value: { written: platform, inForce: platform } }),
    refresh: async () => undefined,
  };
  const images = new RunningImages({
    engine: { control, pauses: [], pushed: () => undefined },
    parts: {
      store: { value: () => undefined, putValue: () => undefined, audit: () => undefined },
      git: { resolve: seen, tree: seen, writeFiles: seen },
      clusters: { all: [cluster("in-cluster"), cluster("vault")] },
      metrics: { images: { looked: () => undefined, wrote: () => undefined } },
      images: { tags: asked },
    },
    options: { log: recordingLog(), environment: { LOGIN: "ci:canary" } },
    pushes: new PushedImages(),
    updaters: () => [],
    looking: () => () => undefined,
    lookedBy: () => undefined,
    config: () => ({
      homeCluster: { name: "in-cluster" },
      images: {
        ...{ registries: [], environment: [], message: "", messageTemplate: "", signingKey: "" },
        ...{ argoRegistries: [], ...said },
      },
    }),
    settings: () => ({ namespace: "argocd", repositories: [{ url: PLATFORM, push: "allowed" }, ...entries] }),
  } as unknown as ConstructorParameters<typeof RunningImages>[0]);
  const look = async (): Promise<string> => {
    const done = await images.control.update({ mode: "write", actor: "user:ana", apps: [keyOfApp(app)] });
    await images.stop();
    return JSON.stringify(done);
  };
  return { look, registry, git, read };
}

function asking(annotations: Record<string, string>, more: Partial<Application["metadata"]> = {}) {
  const all = { "image-list": "web=registry.example.com/team/web", "force-update": "true", ...annotations };
  return {
    ...{ name: "web", namespace: "argocd", ...more },
    annotations: Object.fromEntries(Object.entries(all).map(([name, value]) => [PREFIX + name, value])),
  };
}

describe("what registries.conf of Argo CD Image Updater says", () => {
  const HOST = "registry.example.com";
  const to = { project: "platform", destination: { name: "in-cluster", namespace: "shop-web" } };
  const app = (annotations: Record<string, string> = {}) =>
    application({ ...to, source: { repoURL: PLATFORM, path: ".", kustomize: {} } }, asking(annotations));
  const told = (one: object, more: Partial<ImageUpdateSettings> = {}) => ({
    ...{
      argoRegistries: [
        { registry: "other.example", plainHttp: true as const },
        { registry: HOST, ...one },
      ],
    },
    ...more,
  });
  const CI = { username: "ci", password: "canary" };
  const asked = async (said: Partial<ImageUpdateSettings>, of = app(), entries: object[] = []) => {
    const one = stand(of, undefined, said, entries);
    const text = await one.look();
    return {
      said: text,
      read: one.read,
      by: one.registry.map(({ password, ...access }) => ({
        ...access,
        ...(password && { password: password.reveal() }),
      })),
    };
  };

  test("is how it is asked, in one's own network too", async () => {
    const { by } = await asked(
      told({ plainHttp: true, tlsCheck: "nothing", ca: "PEM", requestsPerSecond: 3 }),
    );
    expect(by).toEqual([
      {
        ...{ url: `oci://${HOST}/team/web`, type: "oci", plainHttp: true, tlsCheck: "nothing", ca: "PEM" },
        requestsPerSecond: 3,
      },
    ]);
    expect((await asked({})).by).toMatchObject([{ reach: "far" }]);
  });

  test("lends a Secret of the home namespace, and a variable that is listed", async () => {
    const secret = await asked(told({ credentials: "secret:argocd/hub#token" }));
    expect([secret.by, secret.read]).toEqual([[expect.objectContaining(CI)], ["argocd/hub"]]);
    const variable = await asked(told({ credentials: "env:LOGIN" }, { environment: ["LOGIN"] }));
    expect(variable.by).toMatchObject([CI]);
  });

  test.each([
    ["secret:kube-system/hub#token", "the Secret kube-system/hub is not in the namespace argocd"],
    ["env:LOGIN", "the config does not let anybody name LOGIN"],
  ])("lends no %s: nobody is asked", async (credentials, why) => {
    const one = await asked(told({ credentials }));
    expect([one.by, one.read]).toEqual([[], []]);
    expect(one.said).toContain(`registries.conf, credentials of ${HOST}: ${why}`);
    expect(one.said).not.toContain("canary");
  });

  test("stands behind the image's own pull secret, and behind an entry of repositories", async () => {
    const own = await asked(
      told({ credentials: "secret:argocd/hub#token" }),
      app({ "pull-secret": "secret:shop-web/login#token" }),
    );
    expect(own.read).toEqual(["shop-web/login"]);
    const entry = { url: `oci://${HOST}`, type: "oci" as const, username: "entry" };
    const one = await asked(
      told({ credentials: "secret:argocd/hub#token", tlsCheck: "nothing", requestsPerSecond: 3 }),
      app(),
      [entry],
    );
    expect([one.by, one.read]).toEqual([
      [{ ...entry, url: `oci://${HOST}/team/web`, requestsPerSecond: 3 }],
      [],
    ]);
  });

  test("an entry of repositories says how often itself", async () => {
    const entry = { url: `oci://${HOST}`, type: "oci" as const, requestsPerSecond: 7 };
    expect((await asked(told({ requestsPerSecond: 3 }), app(), [entry])).by).toMatchObject([
      { requestsPerSecond: 7 },
    ]);
  });

  test("permits nothing that images.registries of the config forbids", async () => {
    expect((await asked(told({ plainHttp: true }, { registries: ["ghcr.io/**"] }))).by).toEqual([]);
  });
});

describe("a pull secret", () => {
  const secretOf = (namespace: string) => asking({ "pull-secret": `secret:${namespace}/login#token` });
  const to = (name: string, namespace: string): Partial<Application["spec"]> => ({
    ...{ project: "platform", destination: { name, namespace } },
    source: { repoURL: PLATFORM, path: ".", kustomize: {} },
  });

  test("of a namespace that the project permits is lent", async () => {
    const { look, registry } = stand(application(to("in-cluster", "shop-web"), secretOf("shop-web")));
    await look();
    expect(registry.map(({ password }) => password?.reveal())).toEqual(["canary"]);
  });

  test.each([
    ["of a namespace that it does not permit", "in-cluster", "kube-system", undefined],
    ["of a cluster that it does not permit", "vault", "shop-web", undefined],
    ["of a cluster that is another project's alone", "in-cluster", "shop-web", "others"],
  ])("%s is not read, and no registry is asked with it", async (_, name, namespace, clusterOf) => {
    const one = stand(application(to(name, namespace), secretOf(namespace)), clusterOf);
    const said = await one.look();
    expect([one.read, one.registry]).toEqual([[], []]);
    expect(said).toContain('"is":"failed"');
    expect(said).not.toContain("canary");
  });

  test("of a cluster that there is not tells nobody which others there are", async () => {
    const { look } = stand(application(to("elsewhere", "shop-web"), secretOf("shop-web")));
    expect(await look()).not.toContain("vault");
  });
});

describe("an application of a namespace that its project does not take", () => {
  const git = { "write-back-method": "git", "write-back-target": "helmvalues:/prod/values.yaml" };
  const spec: Partial<Application["spec"]> = {
    ...{ project: "platform", destination: { name: "in-cluster", namespace: "shop-web" } },
    source: { repoURL: PLATFORM, path: ".", helm: {} },
  };

  test("writes nothing to the project's repositories, and asks no registry with its logins", async () => {
    const one = stand(application(spec, asking(git, { namespace: "tenant" })));
    const said = await one.look();
    expect([one.git, one.registry]).toEqual([[], []]);
    expect(said).toContain("applications in namespace 'tenant' are not permitted to use project 'platform'");
  });

  test("whose namespace it takes writes", async () => {
    const one = stand(application(spec, asking(git)));
    await one.look();
    expect([...new Set(one.git)]).toEqual([PLATFORM]);
  });
});
