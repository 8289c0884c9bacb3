/** Argo CD's Secrets and settings in the home cluster, on the compiled binary: applied, changed, broken and removed while it runs. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type ControlPlane, controlPlaneBinaries, startControlPlane } from "../lib/control-plane.ts";
import { type Daemon, startDaemon } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { conditions, isQuiet, isSynced, MERGE, type Shown } from "../lib/stage.ts";

setDefaultTimeout(120_000);

const PASSWORD = "canary-5eb1-right",
  WRONG = "canary-5eb1-wrong";
const SECRETS = "/api/v1/namespaces/argocd/secrets",
  MAPS = "/api/v1/namespaces/argocd/configmaps";
let home: ControlPlane, other: ControlPlane, git: GitServer, daemon: Daemon;

beforeAll(async () => {
  git = await startGitServer({ auth: { basic: { username: "ci", password: PASSWORD } } });
  home = await startControlPlane();
  other = await startControlPlane();
  await home.kubectl("apply", "-f", join(import.meta.dir, "../../config/definitions.yaml"));
  await home.api.makeNamespace("argocd");
  daemon = await startDaemon(
    `poll: 1h\npollSpread: 0s\nhome: cluster\nclusters: ${JSON.stringify([{ name: "in-cluster", server: "https://kubernetes.default.svc", kubeconfig: home.kubeconfig }])}\n`,
    {},
    { env: { PATH: `${controlPlaneBinaries()}:${process.env.PATH ?? ""}` } },
  );
});
afterAll(async () => {
  await daemon?.stop();
  await Promise.all([home?.stop(), other?.stop()]);
  await git?.close();
});

/** Makes it, or writes it anew. */
async function put(path: string, object: Record<string, any>): Promise<void> {
  const at = `${path}/${object["metadata"].name}`;
  const there = await home.api.find(at);
  if (there === undefined) await home.api.must("POST", path, object);
  else await home.api.must("PUT", at, object);
}
const secret = (type: string, name: string, stringData: Record<string, string>) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace: "argocd", labels: { "argocd.argoproj.io/secret-type": type } },
  stringData,
});
const settings = (data: Record<string, string>) =>
  put(MAPS, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "argocd-cm", namespace: "argocd", labels: { "app.kubernetes.io/part-of": "argocd" } },
    data,
  });
const configMap = (name: string, data: Record<string, string>): string =>
  JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });

async function place(
  name: string,
  destination: Record<string, string>,
  plane = home,
  syncPolicy: Record<string, unknown> = { automated: {} },
  project = "default",
): Promise<string> {
  await plane.api.makeNamespace(name);
  const repoURL = await git.createRepo(name, { "app/cm.yaml": configMap(name, { color: "red" }) });
  await home.api.must("POST", "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications", {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name, namespace: "argocd" },
    spec: {
      project,
      source: { repoURL, path: "app", targetRevision: "main" },
      destination: { ...destination, namespace: name },
      syncPolicy,
    },
  });
  return repoURL;
}
const IN_CLUSTER = { server: "https://kubernetes.default.svc" };
const shared = (repoURL: string, password: string) =>
  put(SECRETS, secret("repo-creds", "all", { url: repoURL, username: "ci", password }));
const color = async (plane: ControlPlane, name: string): Promise<string | undefined> =>
  ((await plane.api.find(`/api/v1/namespaces/${name}/configmaps/${name}`)) as Shown | undefined)?.["data"]
    .color;
const refresh = async (name: string): Promise<Shown> =>
  (await daemon.api<Shown>(`/api/v1/applications/${name}?refresh=normal`)).body;
const untilSettled = (name: string): Promise<Shown> =>
  daemon.until(name, (app) => isSynced(app) && isQuiet(app));
const errorOf = (app: Shown): string => conditions(app, "ComparisonError").join();
const failed = (name: string): Promise<Shown> =>
  eventually(`${name} cannot be compared`, async () => {
    const app = await refresh(name);
    return errorOf(app) === "" ? undefined : app;
  });
const troubles = async (): Promise<string> =>
  JSON.stringify((await daemon.api<Shown>("/api/holdfast/v1/problems")).body);

describe("a repository's Secret", () => {
  test("lets the daemon in when it is applied, not when its password is wrong, and no more when it is removed", async () => {
    const repoURL = await place("private", IN_CLUSTER);
    expect(errorOf(await failed("private"))).toContain("private");
    const say = (password: string) =>
      put(SECRETS, secret("repository", "private", { url: repoURL, username: "ci", password }));
    await say(PASSWORD);
    await untilSettled("private");
    expect(await color(home, "private")).toBe("red");

    await say(WRONG);
    await failed("private");
    await say(PASSWORD);
    await untilSettled("private");
    await git.commit("private", { "app/cm.yaml": configMap("private", { color: "green" }) }, "green");
    await eventually("the commit is applied", async () => {
      await refresh("private");
      return (await color(home, "private")) === "green";
    });

    // A broken one is used as it was.
    await put(SECRETS, secret("repository", "private", { url: "", username: "ci", password: WRONG }));
    await eventually("it is told", async () =>
      (await troubles()).includes("what was read of it last is used"),
    );
    await git.commit("private", { "app/cm.yaml": configMap("private", { color: "blue" }) }, "blue");
    await eventually("the next commit is applied", async () => {
      await refresh("private");
      return (await color(home, "private")) === "blue";
    });

    await home.api.must("DELETE", `${SECRETS}/private`);
    await failed("private");
    expect(await color(home, "private")).toBe("blue");
    expect(await daemon.log()).not.toContain("canary-5eb1");
    expect(await troubles()).not.toContain("canary-5eb1");
  });
});

describe("a cluster's Secret", () => {
  test("makes a destination, keeps it while it is broken, and takes it away with itself, and nothing from the cluster", async () => {
    const config = Bun.YAML.parse(readFileSync(other.kubeconfig, "utf8")) as Shown;
    const user = config["users"][0].user,
      cluster = config["clusters"][0].cluster;
    const data = {
      name: "second",
      server: cluster.server,
      config: JSON.stringify({
        tlsClientConfig: {
          caData: cluster["certificate-authority-data"],
          certData: user["client-certificate-data"],
          keyData: user["client-key-data"],
        },
      }),
    };
    await shared(git.url, PASSWORD);
    await place("away", { name: "second" }, other);
    await eventually("it says that there is no such cluster", async () =>
      JSON.stringify((await refresh("away")).status?.conditions ?? []).includes("second"),
    );
    await put(SECRETS, secret("cluster", "second", data));
    await untilSettled("away");
    expect(await color(other, "away")).toBe("red");

    await put(SECRETS, secret("cluster", "second", { ...data, config: `{"bearerToken":"${WRONG}` }));
    await eventually("it is told", async () => (await troubles()).includes("is not JSON; what was read"));
    await git.commit("away", { "app/cm.yaml": configMap("away", { color: "green" }) }, "green");
    await eventually("the commit is applied", async () => {
      await refresh("away");
      return (await color(other, "away")) === "green";
    });

    await home.api.must("DELETE", `${SECRETS}/second`);
    await eventually("it says that there is no such cluster", async () =>
      JSON.stringify((await refresh("away")).status?.conditions ?? []).includes("second"),
    );
    expect(await color(other, "away")).toBe("green");
    expect(await daemon.log()).not.toContain("canary-5eb1");
  });
});

describe("Secrets of one project", () => {
  test("let its applications in, to the repository and to the cluster, and nobody else's", async () => {
    await home.api.find(`${SECRETS}/all`).then((there) => there && home.api.must("DELETE", `${SECRETS}/all`));
    await home.api.must("POST", "/apis/argoproj.io/v1alpha1/namespaces/argocd/appprojects", {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "AppProject",
      metadata: { name: "team", namespace: "argocd" },
      spec: { sourceRepos: ["*"], destinations: [{ server: "*", namespace: "*" }] },
    });
    const ours = await place("ours", IN_CLUSTER, home, { automated: {} }, "team");
    const theirs = await place("theirs", IN_CLUSTER);
    for (const [name, url] of Object.entries({ ours, theirs }))
      await put(
        SECRETS,
        secret("repository", name, { url, username: "ci", password: PASSWORD, project: "team" }),
      );
    await untilSettled("ours");
    expect(await color(home, "ours")).toBe("red");
    expect(errorOf(await failed("theirs"))).toContain("theirs");
    expect(await color(home, "theirs")).toBeUndefined();

    const { clusters, users } = Bun.YAML.parse(readFileSync(other.kubeconfig, "utf8")) as Shown;
    const { server, "certificate-authority-data": caData } = clusters[0].cluster;
    const { "client-certificate-data": certData, "client-key-data": keyData } = users[0].user;
    const config = JSON.stringify({ tlsClientConfig: { caData, certData, keyData } });
    await put(SECRETS, secret("cluster", "teams", { name: "teams", server, config, project: "team" }));
    await shared(git.url, PASSWORD);
    await place("sent", { name: "teams" }, other, { automated: {} }, "team");
    await place("strange", { name: "teams" }, other);
    await untilSettled("sent");
    expect(await color(other, "sent")).toBe("red");
    await eventually("it is refused", async () =>
      JSON.stringify((await refresh("strange")).status?.conditions ?? []).includes(
        "cluster teams is for applications of project team alone",
      ),
    );
    expect(await color(other, "strange")).toBeUndefined();
    await home.api.must("DELETE", `${SECRETS}/teams`);
  });
});

describe("settings in argocd-cm", () => {
  const IGNORED = { "resource.customizations.ignoreDifferences.ConfigMap": "jsonPointers: [/data/color]" };

  test("change what is compared while the daemon runs, and stay where they cannot be read", async () => {
    await shared(git.url, PASSWORD);
    await place("compared", IN_CLUSTER);
    await untilSettled("compared");
    await home.api.must(
      "PATCH",
      "/api/v1/namespaces/compared/configmaps/compared",
      { data: { color: "blue" } },
      MERGE,
    );
    const becomes = (status: string): Promise<Shown> =>
      daemon.until("compared", (app) => app["status"]?.sync?.status === status);
    await becomes("OutOfSync");
    await settings(IGNORED);
    await becomes("Synced");
    await settings({ "resource.exclusions": "- {" });
    await eventually("it is told", async () =>
      (await troubles()).includes("what was read of the ConfigMap last holds"),
    );
    expect((await refresh("compared"))["status"].sync.status).toBe("Synced");
    await settings({});
    await becomes("OutOfSync");
  });

  test("give kustomize its options from the next render on", async () => {
    await shared(git.url, PASSWORD);
    await place("built", IN_CLUSTER);
    await untilSettled("built");
    const outside = (text: string) =>
      git.commit(
        "built",
        {
          "app/cm.yaml": null,
          "app/kustomization.yaml": "resources: [../shared/cm.yaml]\n",
          "shared/cm.yaml": configMap("built", { color: text }),
        },
        text,
      );
    await outside("green");
    expect(errorOf(await failed("built"))).toContain("kustomize");
    await settings({ "kustomize.buildOptions": "--load-restrictor LoadRestrictionsNone" });
    await eventually("it is built", async () => (await color(home, "built")) === "green");
    await settings({});
    await outside("blue");
    await failed("built");
    expect(await color(home, "built")).toBe("green");
  });

  test("that cannot be read at the start have nothing written until they can", async () => {
    await shared(git.url, PASSWORD);
    await place("waiting", IN_CLUSTER);
    await untilSettled("waiting");
    await settings({ "resource.exclusions": "- {" });
    await daemon.restart();
    await git.commit("waiting", { "app/cm.yaml": configMap("waiting", { color: "green" }) }, "green");
    await eventually("it is seen, and waits", async () => {
      const app = await refresh("waiting");
      return (
        app["status"]?.sync?.status === "OutOfSync" &&
        JSON.stringify(app).includes("argocd-cm cannot be read")
      );
    });
    expect(await color(home, "waiting")).toBe("red");
    await settings({});
    await eventually("it is applied", async () => (await color(home, "waiting")) === "green");
  });
});
