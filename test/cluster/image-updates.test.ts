/**
 * Images kept up to date on a real API server: an ImageUpdater and annotations, a registry that asks for a login, which
 * Image Updater's ConfigMap names, commits over HTTP, and what runs in the end.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { dirname, join } from "node:path";
import { customResourceDefinitions } from "../../src/core/definitions/custom-resources.ts";
import { type AuditedWrite, auditLog, isByDaemon } from "../lib/audit-log.ts";
import { type ControlPlane, controlPlaneBinaries, startControlPlane } from "../lib/control-plane.ts";
import { type Daemon, startDaemon } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { UPDATER_DEFINITION } from "../lib/image-updater-definition.ts";
import { INTO_KUSTOMIZATION, kustomized, pushImage } from "../lib/images-stage.ts";
import { startRegistry, type TestRegistry } from "../lib/registry.ts";
import { npmToolSets } from "../lib/render-host.ts";
import { SERVER, type Shown, yaml } from "../lib/stage.ts";

setDefaultTimeout(120_000);

const GROUP = "argocd-image-updater.argoproj.io";
const LOGIN = { username: "git", password: "a-password-of-git" };
const DAY = "2026-11-01T00:00:00Z";
const audit = auditLog();
let plane: ControlPlane, git: GitServer, registry: TestRegistry, daemon: Daemon;

const image = (): string => `${registry.host}/team/web`;
const application = (name: string, annotations: Record<string, string> = {}) => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: {
    ...{ name, namespace: "argocd" },
    annotations: Object.fromEntries(
      Object.entries(annotations).map(([key, value]) => [`${GROUP}/${key}`, value]),
    ),
  },
  spec: {
    project: "default",
    source: { repoURL: git.urlOf("fleet"), path: name, targetRevision: "main" },
    destination: { server: SERVER, namespace: name },
    syncPolicy: { automated: { prune: true }, syncOptions: ["CreateNamespace=true"] },
  },
});
const updater = (constraint = "~1.0") => ({
  ...{ apiVersion: `${GROUP}/v1alpha1`, kind: "ImageUpdater" },
  metadata: { name: "fleet", namespace: "argocd" },
  spec: {
    writeBackConfig: { method: "git", gitConfig: { writeBackTarget: "kustomization" } },
    applicationRefs: [
      {
        namePattern: "shop-*",
        images: [
          {
            ...{ alias: "web", imageName: `${image()}:${constraint}` },
            manifestTargets: { kustomize: { name: "team/web" } },
          },
        ],
      },
    ],
  },
});
/** How commits are written, and how the registry is asked: of the daemon's config nothing says it. */
const configMap = () => ({
  ...{ apiVersion: "v1", kind: "ConfigMap" },
  metadata: { name: "argocd-image-updater-config", namespace: "argocd" },
  data: {
    "registries.conf": `registries:
- { name: here, prefix: "${registry.host}", api_url: "${registry.origin}", credentials: "secret:argocd/registry#login" }
`,
    "git.user": "Robot",
    "git.email": "robot@example.com",
    "git.commit-message-template":
      "build: {{ .AppName }}\n\n{{ range .AppChanges }}{{ .OldTag }} to {{ .NewTag }}\n{{ end }}",
  },
});
const login = (password: string) => ({
  ...{ apiVersion: "v1", kind: "Secret", metadata: { name: "registry", namespace: "argocd" } },
  stringData: { login: `${registry.login.username}:${password}` },
});

async function apply(...objects: object[]): Promise<void> {
  const path = join(daemon.dir, "applied.yaml");
  await Bun.write(path, yaml(...objects));
  await plane.kubectl("apply", "-f", path);
}
const read = (name: string): Promise<Shown | undefined> =>
  plane.api.find(`/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/${name}`);
const status = async (): Promise<Shown> =>
  (await plane.api.must("GET", `/apis/${GROUP}/v1alpha1/namespaces/argocd/imageupdaters/fleet`))["status"] ??
  {};
async function until(what: string, is: () => Promise<unknown>): Promise<void> {
  await eventually(what, async () => Boolean(await is()), 60_000).catch(async (cause) => {
    const apps = await Promise.all(["shop-eu", "shop-us", "blog"].map(read));
    const shown = apps.map((app) => [app?.["metadata"]?.name, app?.["status"]]);
    const [updaters, log] = [await status().catch(String), (await daemon.log()).slice(-4_000)];
    throw new Error(`${String(cause)}\n${JSON.stringify([shown, updaters], null, 1)}\n${log}`);
  });
}
const runs = (name: string, tag: string) =>
  until(`${name} runs ${tag}`, async () => {
    const { status: is } = (await read(name)) ?? {};
    const isWell = is?.sync?.status === "Synced" && is?.health?.status === "Healthy";
    return isWell && is?.summary?.images?.join() === `${image()}:${tag}`;
  });
const condition = (is: Shown, type: string): Shown =>
  (is["conditions"] ?? []).find((one: Shown) => one["type"] === type) ?? {};
const statusWrites = (): AuditedWrite[] =>
  audit.writes().filter((write) => isByDaemon(write) && write.resource.startsWith("imageupdaters."));
const log = (format: string): Promise<string> => git.git("fleet", "log", `--format=${format}`, "main");

beforeAll(async () => {
  [plane, git, registry] = await Promise.all([
    startControlPlane({ apiserverFlags: audit.flags }),
    startGitServer({ auth: { basic: LOGIN } }),
    startRegistry("basic"),
  ]);
  await plane.api.makeNamespace("argocd");
  for (const definition of [...customResourceDefinitions(), UPDATER_DEFINITION])
    await plane.api.must("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
  for (const tag of ["1.0.0", "1.1.0"]) await pushImage(registry, "team/web", tag, DAY);
  const folders = ["shop-eu", "shop-us", "blog"].flatMap((name) =>
    Object.entries(kustomized(image(), "1.0.0")).map(([path, content]) => [`${name}/${path}`, content]),
  );
  await git.createRepo("fleet", Object.fromEntries(folders));
  const [tools] = await npmToolSets();
  const programs = Object.values(tools?.programs ?? {}).map(dirname);
  daemon = await startDaemon(
    `poll: 1s
pollSpread: 0s
home: cluster
images: { interval: 2s, spread: 0s }
clusters: ${JSON.stringify([{ name: "in-cluster", server: SERVER, kubeconfig: plane.kubeconfig }])}
repositories: ${JSON.stringify([{ url: git.urlOf("fleet"), ...LOGIN, push: "allowed" }])}
`,
    {},
    { env: { PATH: [controlPlaneBinaries(), ...programs, process.env["PATH"] ?? ""].join(":") } },
  );
  await eventually("its kinds are served", async () => {
    await apply(
      login(registry.login.password),
      configMap(),
      updater(),
      application("shop-eu"),
      application("shop-us"),
      application("blog", { "image-list": `web=${image()}:~1.0`, ...INTO_KUSTOMIZATION }),
    );
    return true;
  });
}, 180_000);
afterAll(async () => {
  await daemon?.stop();
  await plane?.stop();
  await Promise.all([git?.close(), registry?.stop()]);
  audit.remove();
}, 60_000);

test("what runs is the newest that is there, and nothing is written", async () => {
  for (const name of ["shop-eu", "shop-us", "blog"]) await runs(name, "1.0.0");
  // Of images that nobody runs yet there is nothing to keep up to date.
  await until("both are looked at as they run", async () => (await status())["imagesManaged"] === 2);
  const is = await status();
  expect(is).toMatchObject({ applicationsMatched: 2, observedGeneration: 1 });
  expect(is).not.toHaveProperty("recentUpdates");
  expect(await log("%s")).not.toContain("build:");
  expect(
    (await plane.kubectl("wait", "imageupdater/fleet", "-n", "argocd", "--for=condition=Ready")).trim(),
  ).toBe(`imageupdater.${GROUP}/fleet condition met`);
});

test("a tag that is pushed is committed once for all of them, delivered, and told", async () => {
  await pushImage(registry, "team/web", "1.0.1", DAY);
  for (const name of ["shop-eu", "shop-us", "blog"]) {
    await runs(name, "1.0.1");
    const path = `/apis/apps/v1/namespaces/${name}/deployments/web`;
    const { spec } = (await plane.api.must("GET", path)) as Shown;
    expect(spec.template.spec.containers[0].image).toBe(`${image()}:1.0.1`);
  }
  const [first = ""] = (await log("%an <%ae> %s")).split("\n");
  expect(first).toMatch(/^Robot <robot@example\.com> build: .*blog.*shop-eu.*shop-us/);
  await until("it is told", async () => (await status())["recentUpdates"] !== undefined);
  const is = await status();
  expect(is["recentUpdates"]).toEqual([
    {
      ...{ alias: "web", image: image(), newVersion: "1.0.1", applicationsUpdated: 2 },
      ...{ updatedAt: is["lastUpdatedAt"], message: "Updated from 1.0.0 to 1.0.1." },
    },
  ]);
  const [head, row] = (await plane.kubectl("get", "imageupdaters", "-n", "argocd")).split("\n");
  expect(head?.split(/ {2,}/).map((word) => word.trim())).toEqual([
    ...["NAME", "APPS", "IMAGES", "LAST CHECKED", "READY"],
  ]);
  expect(row?.trim().split(/\s+/)).toEqual(["fleet", "2", "2", expect.any(String), "True"]);
});

/** Without when it was looked, and whether it is being looked at just now. */
function ofLooks({ lastCheckedAt: _, conditions, ...status }: Record<string, any>): unknown {
  return { ...status, conditions: conditions.filter(({ type }: any) => type !== "Reconciling") };
}

test("later looks write no commit, and of the resource its status alone, when they looked", async () => {
  // How many it updated is said by the look that did: all after it say the same.
  await until("a look found nothing new", async () =>
    JSON.stringify(await status()).includes(" 0 images updated."),
  );
  const [commits, before, updated] = [await log("%H"), await status(), (await status())["lastUpdatedAt"]];
  await until(
    "it was looked at again",
    async () => (await status())["lastCheckedAt"] !== before["lastCheckedAt"],
  );
  expect(await log("%H")).toBe(commits);
  const now = await status();
  expect(ofLooks(now)).toEqual(ofLooks(before));
  expect(now["lastUpdatedAt"]).toBe(updated);
  expect(new Set(statusWrites().map(({ resource, verb }) => `${verb} ${resource}`))).toEqual(
    new Set([`patch imageupdaters.${GROUP}/status`]),
  );
});

test("a login that is refused is an error with what it says, until it is right again", async () => {
  await apply(login("wrong"));
  await until("it is told", async () => condition(await status(), "Error")["status"] === "True");
  const is = await status();
  expect(condition(is, "Error")["message"]).toContain("argocd/shop-eu");
  expect(condition(is, "Ready")).toMatchObject({ status: "True", reason: "ReconcileCompletedWithErrors" });
  expect(JSON.stringify(is)).not.toContain("wrong");
  await apply(login(registry.login.password));
  await until("it is well", async () => condition(await status(), "Error")["status"] === "False");
});

test("an edit counts from the next look on, and its generation says so; one that cannot be read is told", async () => {
  await apply(updater("~1.1"));
  for (const name of ["shop-eu", "shop-us"]) await runs(name, "1.1.0");
  await until("it is told", async () => {
    const is = await status();
    return is["observedGeneration"] === 2 && is["recentUpdates"]?.[0]?.newVersion === "1.1.0";
  });
  await runs("blog", "1.0.1");
  await apply({ ...updater(), spec: { applicationRefs: [{ namePattern: 7 }] } });
  await until("it is not Ready", async () => condition(await status(), "Ready")["status"] === "False");
  expect(condition(await status(), "Error")["message"]).toContain("spec.applicationRefs[0].namePattern");
  expect((await status())["observedGeneration"]).toBe(3);
});
