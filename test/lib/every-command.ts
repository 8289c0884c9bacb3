/** Every command that prints data, as a person would type it, and the stage on which each has something to print. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Deliveries } from "../../src/api/webhooks/deliveries.ts";
import type { OfflineVerbs } from "../../src/cli/offline-verbs.ts";
import { almighty } from "../../src/core/access/asker.ts";
import type { AppKey } from "../../src/core/model/application.ts";
import type { Project } from "../../src/core/model/project.ts";
import { issueCertificate } from "../../src/lib/issue-certificate.ts";
import { fakeCertificates } from "../fakes/fake-certificates.ts";
import { COMMIT, fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { fakeImages } from "../fakes/fake-images.ts";
import { fakeNotifications } from "../fakes/fake-notifications.ts";
import { fakeRepositories, knownRepository } from "../fakes/fake-repositories.ts";
import { fakeSets, shopsSet } from "../fakes/fake-sets.ts";
import { AuthRig } from "./auth-rig.ts";
import { type CliRun, type CliSetting, cli } from "./cli.ts";
import { appWith, now, resources, verbs } from "./cli-stage.ts";
import { startFakeApi } from "./fake-api.ts";

/** What a person would type of each, on the stage below; FOLDER holds its files. */
export const PRINTS: Readonly<Record<string, string>> = {
  "app list": "",
  "app get": "payments/web",
  "app tree": "payments/web",
  "app resources": "payments/web",
  "app diff": "payments/web --no-exit-code",
  "app history": "payments/web",
  "app manifests": "payments/web",
  "app values": "payments/web",
  "app why": "payments/web",
  "app events": "payments/web",
  "app logs": "payments/web",
  "app refresh": "payments/web",
  "app sync": "payments/api --async",
  "app wait": "argocd/guestbook --health",
  "app rollback": "payments/web 1 --async --yes",
  "app unhold": "payments/held",
  "app undo": "payments/web --yes",
  "app create": "made --repo https://git.example.com/a.git --path a --dest-namespace a",
  "app set": "payments/web --revision v2",
  "app patch": '-p {"metadata":{"labels":{"a":"b"}}} payments/web',
  "app edit": "payments/web --yes",
  "app actions list": "payments/web",
  "app get-resource": "payments/web --kind Deployment",
  "app patch-resource": 'payments/web --kind Deployment -p {"spec":{"paused":true}}',
  "appset list": "",
  "appset get": "shops",
  "appset preview": "-f FOLDER/set.yaml",
  "appset create": "-f FOLDER/set.yaml",
  "appset apply": "-f FOLDER/set.yaml",
  "appset generate": "FOLDER/set.yaml",
  "cluster list": "",
  "cluster get": "in-cluster",
  "cluster test": "in-cluster",
  "cluster add": "prod --yes",
  "repo list": "",
  "repo get": "https://git.example.com/team/shop",
  "repo test": "https://git.example.com/team/shop",
  "repo add": "https://git.example.com/team/till --username ci --password-file FOLDER/password",
  "repocreds list": "",
  "cert list": "",
  "webhook list": "",
  "image list": "",
  "image update": "payments/web --dry-run",
  "notify list": "",
  "notify preview": "payments/web sync-failed",
  "cert add-tls": "git.example.com --from FOLDER/ca.pem",
  "cert add-ssh": "--from FOLDER/known_hosts",
  "project list": "",
  "project get": "default",
  "project window list": "default",
  "project role list": "default",
  "project role get": "team ci",
  "project role create-token": "team ci",
  "project role list-tokens": "team ci",
  whoami: "",
  "account list": "",
  "account get": "ci",
  "account can-i": "get applications",
  "account token create": "--account ci",
  "account token list": "--account ci",
  "account session list": "",
  "context list": "",
  "context show": "prod",
  status: "",
  blast: "main..mine",
  events: "",
  runs: "",
  audit: "",
  "activity list": "",
  "activity show": "1",
  "activity transitions": "",
  "activity verify": "",
  trace: "ReplicaSet/web-5d4",
  validate: "",
  render: "-f FOLDER/set.yaml",
  doctor: "",
  adopt: "",
  version: "",
  install: "--apply --yes",
  backup: "FOLDER/holdfast.tar",
  restore: "FOLDER/holdfast.tar --yes",
  "admin rbac can": "role:admin get applications",
  "admin rbac validate": "FOLDER/policy.csv",
};

const byHeart: Partial<OfflineVerbs> = {
  ...verbs,
  appsetGenerate: async () => ({ applications: [fakeApp("argocd", "web")], problems: [] }),
  rbacCan: async () => ({ is: "yes", why: "the built-in policy" }),
  rbacValidate: async () => [],
  backup: async () => ({ file: "/backups/holdfast.tar", paths: ["holdfast.db"], bytes: 4096, schema: 8 }),
  restore: async () => ({
    ...{
      folder: "/var/lib/holdfast",
      paths: ["holdfast.db"],
      made: "2026-11-23T04:00:00Z",
      version: "0.1.0",
    },
    before: "/var/lib/holdfast/before-restore-2026-11-23T04-30-00Z",
  }),
  install: async () => ({
    objects: [],
    into: async () => ({
      said: ["Rights stay: everything, in the whole cluster."],
      image: "registry.example.com/holdfast:1",
      steps: [
        { object: "Namespace argocd", is: "kept" },
        { object: "ServiceAccount argocd/holdfast", is: "unchanged" },
        {
          object: "Service argocd/argocd-server",
          is: "change",
          fields: ["spec.type: ClusterIP -> NodePort"],
        },
        { object: "Deployment argocd/argocd-server", is: "create" },
        { object: "ClusterRoleBinding holdfast-argocd", is: "remove" },
      ],
      apply: async (did) => {
        did("Service argocd/argocd-server", "changed");
        did("Deployment argocd/argocd-server", "created");
        did("ClusterRoleBinding holdfast-argocd", "removed");
      },
      stop: () => undefined,
    }),
  }),
  localRange: async ({ base, head }) => ({ base, head }),
  adopt: async () => ({
    ...{ context: "prod", namespace: "argocd", applications: [], problems: [], notHonoured: [] },
    read: { projects: 0, repositories: 0, clusters: 0 },
  }),
  clusterAccount: async () => ({
    ...{ server: "https://prod.example.com", makes: [], account: "kube-system/holdfast-manager" },
    address: {},
    grant: async () => ({ bearerToken: "t" }),
    revoke: async () => [],
  }),
};

export interface EveryCommandStage {
  /** A command of `PRINTS` with flags behind it. Addresses, folders and secrets of this run are words in capitals. */
  run(name: string, flags?: string, setting?: CliSetting): Promise<CliRun>;
  end(): Promise<void>;
}

const SCALED = [
  {
    ...{ object: "Deployment shop/web", path: "spec.replicas", from: "3", to: "6" },
    by: { manager: "kubectl", operation: "Update", subresource: "scale" },
  },
];

export async function everyCommandStage(): Promise<EveryCommandStage> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-every-"));
  writeFileSync(join(folder, "set.yaml"), JSON.stringify(shopsSet(["eu"])));
  writeFileSync(join(folder, "password"), "secret\n");
  const ca = issueCertificate({ commonName: "ca", uses: ["authority"], nowMs: Date.now(), days: 2 });
  writeFileSync(join(folder, "ca.pem"), ca.certificate);
  writeFileSync(join(folder, "known_hosts"), "till.example.com ssh-ed25519 AAAA\n");
  writeFileSync(join(folder, "policy.csv"), "p, role:dev, applications, get, */*, allow\n");
  const control = fakeControl();
  control.put(appWith("argocd", "guestbook", "Synced", "Healthy"));
  control.put(appWith("payments", "api", "OutOfSync", "Degraded"));
  control.put(appWith("payments", "web", "OutOfSync", "Progressing", { resources }));
  control.put(appWith("payments", "held", "Synced", "Healthy", { hold: HOLD }));
  control.setBlast("mine", []);
  control.setDeleted(
    [
      {
        ...{ run: 12, objects: 1, application: "this" },
        ...{ at: "2026-11-23T04:21:08Z", until: "2026-11-30T04:21:08Z" },
      },
    ],
    [
      {
        ...{ id: 4, version: "v1", can: "yes", why: "" },
        ref: { group: "", kind: "ConfigMap", namespace: "shop", name: "old" },
      },
    ],
  );
  control.setTransitions([
    {
      ...{ seq: 3, kind: "cluster-unreachable", cluster: "edge", why: "it does not answer" },
      ...{ at: "2026-11-23T04:12:10Z", first: "2026-11-23T04:12:10Z", count: 1 },
    },
    {
      ...{ seq: 7, kind: "sync-failed", app: "payments/api" as AppKey, by: "user:ana", cause: "manual" },
      ...{ revisions: ["0123456789abcdef0123456789abcdef01234567"], why: "Job payments/migrate failed" },
      ...{ at: "2026-11-23T04:20:00Z", first: "2026-11-23T04:18:00Z", count: 3 },
    },
    // One from before its deployment, which was healed, and one that is there still.
    {
      ...{ seq: 1, kind: "drift-found", app: "payments/web" as AppKey, why: "Service shop/web" },
      ...{ at: "2026-11-23T03:51:00Z", first: "2026-11-23T03:51:00Z", count: 1 },
    },
    {
      ...{ seq: 2, kind: "drift-healed", app: "payments/web" as AppKey, run: 12, cause: "self-heal" },
      ...{ at: "2026-11-23T03:52:00Z", first: "2026-11-23T03:52:00Z", count: 1 },
    },
    {
      ...{ seq: 9, kind: "drift-found", app: "payments/web" as AppKey, changes: SCALED },
      ...{ at: "2026-11-23T04:25:08Z", first: "2026-11-23T04:21:08Z", count: 2 },
    },
  ]);
  const sets = fakeSets(control);
  await sets.add(shopsSet(["eu"]));
  const { projects } = control;
  control.projects = () => [...projects.call(control), TEAM];
  const door = new AuthRig();
  door.roles.add("team/ci");
  await door.with({ name: "ci", may: ["apiKey"], enabled: "yes" });
  const who = () => ({ is: "known", by: "header", asker: almighty("user:ana") }) as const;
  const repositories = fakeRepositories([
    knownRepository("https://git.example.com/team/shop"),
    knownRepository("https://git.example.com/team/", { use: "repo-creds" }),
  ]);
  const certificates = fakeCertificates();
  const deliveries = new Deliveries(() => now() - 90_000);
  deliveries.note({
    ...{
      provider: "github",
      event: "push",
      id: "72d3162e-cc78-11e3-81ab-4c9367dc0958",
      from: "140.82.115.1",
    },
    ...{ about: "https://git.example.com/team/shop", outcome: "looking", why: "", proof: "genuine" },
  });
  const notifications = fakeNotifications();
  const api = startFakeApi(control, {
    sets,
    door,
    who,
    repositories,
    certificates,
    deliveries,
    notifications,
    images: fakeImages(["payments/web"]),
  });
  // What is added there is made in a cluster: this one answers by heart.
  const clusters = Bun.serve({
    ...{ hostname: "127.0.0.1", port: 0 },
    fetch: ({ url, method }) =>
      Response.json(method === "GET" && url.endsWith("/clusters") ? { items: [] } : ADDED),
  });
  const env = { XDG_CONFIG_HOME: folder };
  const kept = await cli(["context", "add", "prod", "https://cd.example.com"], { env });
  if (kept.code !== 0) throw new Error(kept.stderr);
  const plain = (text: string): string =>
    text
      .replaceAll(api.url, "URL")
      .replaceAll(folder, "FOLDER")
      .replaceAll(/hf_token_\w+/g, "SECRET");
  return {
    async run(name, flags = "", setting = {}) {
      const argv = `${name} ${PRINTS[name]} ${flags}`.trim().replaceAll("FOLDER", folder).split(/ +/);
      const ran = await cli(argv, {
        ...{ server: name === "cluster add" ? clusters.url.origin : api.url, now, verbs: byHeart },
        edit: async () => ({ is: "closed" }),
        ...setting,
        env: { ...env, ...setting.env },
      });
      return { code: ran.code, stdout: plain(ran.stdout), stderr: plain(ran.stderr) };
    },
    async end() {
      await Promise.all([api.stop(), clusters.stop(true)]);
      door.remove();
      rmSync(folder, { recursive: true });
    },
  };
}

const HOLD = {
  ...{ at: { revision: COMMIT }, deployment: 1, by: "user:ana", since: "2026-11-23T04:00:00Z" },
  ...({ extras: "kept", until: "lifted" } as const),
};
const TEAM: Project = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "AppProject",
  metadata: { namespace: "argocd", name: "team" },
  spec: { roles: [{ name: "ci", policies: ["p, proj:team:ci, applications, sync, team/*, allow"] }] },
};
const ADDED = {
  ...{ name: "prod", server: "https://prod.example.com", serverVersion: "v1.36" },
  ...{ connectionState: { status: "Successful" }, info: {} },
};
