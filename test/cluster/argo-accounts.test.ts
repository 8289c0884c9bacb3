/** Argo CD's accounts, hashes and policy in the home cluster, by kubectl alone, on a real API server and the compiled binary. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ApiProxy, startApiProxy } from "../lib/api-proxy.ts";
import { argoToken, SECRET_KEY } from "../lib/argo-token.ts";
import { type ControlPlane, controlPlaneBinaries, startControlPlane } from "../lib/control-plane.ts";
import { type Daemon, startDaemon } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";

setDefaultTimeout(120_000);

const PASSWORD = "correct horse battery",
  OTHER = "another horse battery",
  TOKEN = "sesame-open";
const DEFINITIONS = join(import.meta.dir, "../../config/definitions.yaml");
const LABELS = { "app.kubernetes.io/part-of": "argocd" };
let plane: ControlPlane, proxy: ApiProxy, daemon: Daemon;

beforeAll(async () => {
  plane = await startControlPlane();
  await plane.api.makeNamespace("argocd");
  await plane.kubectl("apply", "--server-side", "-f", DEFINITIONS);
  proxy = await startApiProxy(plane.kubeconfig);
  daemon = await startDaemon(
    `poll: 1h\npollSpread: 0s\nhome: cluster\nclusters: ${JSON.stringify([{ name: "in-cluster", server: "https://kubernetes.default.svc", kubeconfig: proxy.kubeconfig }])}\n`,
    {},
    { token: TOKEN, env: { PATH: `${controlPlaneBinaries()}:${process.env["PATH"] ?? ""}` } },
  );
});
afterAll(async () => {
  await daemon?.stop();
  await proxy?.stop();
  await plane?.stop();
});

/** As `kubectl apply -f` of an estate's own files. */
async function apply(
  kind: "ConfigMap" | "Secret",
  name: string,
  data: Record<string, string>,
): Promise<void> {
  const object = {
    ...{ apiVersion: "v1", kind, metadata: { name, namespace: "argocd", labels: LABELS } },
    ...(kind === "Secret" ? { stringData: data } : { data }),
  };
  const file = join(daemon.dir, `${name}.json`);
  writeFileSync(file, JSON.stringify(object));
  await plane.kubectl("apply", "-f", file);
}
const kubectl = (...args: string[]): Promise<string> => plane.kubectl("-n", "argocd", ...args);
const hash = (password: string): Promise<string> =>
  Bun.password.hash(password, { algorithm: "bcrypt", cost: 10 });

async function signIn(username: string, password: string): Promise<string> {
  const reply = await fetch(`${daemon.url}/api/v1/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username, password }),
  });
  return ((await reply.json()) as { token?: string }).token ?? "";
}
async function as(token: string, path: string): Promise<{ status: number; body: any }> {
  const reply = await fetch(`${daemon.url}${path}`, {
    headers: token === "" ? {} : { authorization: `Bearer ${token}` },
  });
  return { status: reply.status, body: await reply.json().catch(() => undefined) };
}
const statusFor = async (token: string): Promise<number> => (await as(token, "/api/v1/applications")).status;
const may = async (token: string, question: string): Promise<string> =>
  (await as(token, `/api/v1/account/can-i/${question}`)).body.value;
/** Who tries too often waits for minutes: so first what the daemon says of what it has. */
const untilEnabled = (account: string) =>
  eventually(`${account} may sign in`, async () => {
    const { body } = await as(TOKEN, "/api/v1/account");
    return body.items?.some(
      ({ name, enabled }: { name: string; enabled: boolean }) => name === account && enabled,
    );
  });
const troubles = async (): Promise<string> =>
  JSON.stringify((await as(TOKEN, "/api/holdfast/v1/problems")).body);

test("an estate of Argo CD's lets its people in as it did, and changes by kubectl hold", async () => {
  await apply("ConfigMap", "argocd-cm", { "accounts.ann": "apiKey, login", "accounts.ci": "apiKey" });
  await apply("ConfigMap", "argocd-rbac-cm", {
    "policy.csv": "p, role:dev, applications, get, shop/*, allow\ng, ann, role:dev\n",
    "policy.default": "",
  });
  // There is no password of the administrator: one is left where everybody looks for it.
  const read = ["get", "secret", "argocd-initial-admin-secret", "-o", "jsonpath={.data.password}"];
  const first = await eventually("the first password is there", async () => {
    const encoded = await kubectl(...read).catch(() => "");
    return encoded !== "" && Buffer.from(encoded, "base64").toString();
  });
  await eventually("it counts", async () =>
    JSON.stringify((await as(TOKEN, "/api/holdfast/v1/activity")).body).includes("password"),
  );
  const admin = await signIn("admin", first);
  expect(await daemon.log()).not.toContain(first);
  expect(await Promise.all(["", "nonsense", admin, TOKEN].map(statusFor))).toEqual([401, 401, 200, 200]);

  await apply("Secret", "argocd-secret", {
    "accounts.ann.password": await hash(PASSWORD),
    "accounts.ann.passwordMtime": "2026-11-01T10:00:00Z",
    "accounts.nobody.password": await hash(OTHER),
    "server.secretkey": "an-estate-has-secrets",
  });
  await eventually("it is seen", async () => (await troubles()).includes("accounts.nobody.password"));
  const ann = await signIn("ann", PASSWORD);
  expect([await may(ann, "applications/get/shop/web"), await may(ann, "applications/sync/shop/web")]).toEqual(
    [...["yes", "no"]],
  );
  const change = {
    data: { "policy.csv": "p, role:dev, applications, *, shop/*, allow\ng, ann, role:dev\n" },
  };
  await kubectl("patch", "configmap", "argocd-rbac-cm", "--type", "merge", "-p", JSON.stringify(change));
  await eventually("she may", async () => (await may(ann, "applications/sync/shop/web")) === "yes");
  const broken = { data: { "policy.csv": "g, ann, role:admin\np, role:dev, applications\n" } };
  await kubectl("patch", "configmap", "argocd-rbac-cm", "--type", "merge", "-p", JSON.stringify(broken));
  await eventually("it is named", async () =>
    /argocd-rbac-cm.{1,40}policy\.csv.{1,40}line 2/.test(await troubles()),
  );
  expect([await may(ann, "applications/sync/shop/web"), await may(ann, "clusters/get/x")]).toEqual([
    "yes",
    "no",
  ]);

  // The administrator's password is reset as documented, and it is another one than the first from then on.
  const reset = {
    stringData: {
      "admin.password": await hash(OTHER),
      // Later than the first one, which may be of the same second.
      "admin.passwordMtime": new Date(Date.now() + 2_000).toISOString().replace(/\.\d+Z$/, "UTC"),
    },
  };
  await kubectl("patch", "secret", "argocd-secret", "-p", JSON.stringify(reset));
  await eventually("the session is over", async () => (await statusFor(admin)) === 401);
  expect([await signIn("admin", first), await statusFor(ann)]).toEqual(["", 200]);
  expect(await signIn("admin", OTHER)).not.toBe("");

  // Nothing is made anew once it was removed.
  await kubectl("delete", "secret", "argocd-initial-admin-secret");
  await daemon.restart();
  await eventually("she is signed in still", async () => (await statusFor(ann)) === 200);
  expect(await signIn("admin", OTHER)).not.toBe("");
  expect(await kubectl("get", "secrets", "-o", "name")).not.toContain("initial-admin");
  expect(await troubles()).not.toContain("an-estate-has-secrets");
});

test("a damaged Secret costs its own account, a ConfigMap that vanishes leaves what it said", async () => {
  // A policy that was never read whole since the start holds nothing.
  await apply("ConfigMap", "argocd-rbac-cm", { "policy.csv": "p, ann, applications, sync, shop/*, allow\n" });
  const ann = await signIn("ann", PASSWORD);
  await eventually("she may", async () => (await may(ann, "applications/sync/shop/web")) === "yes");
  const dear = (await hash(OTHER)).replace("$10$", "$31$");
  const damage = { stringData: { "admin.password": dear } };
  await kubectl("patch", "secret", "argocd-secret", "-p", JSON.stringify(damage));
  await eventually("it is told", async () => (await troubles()).includes("cost 31"));
  expect(await signIn("admin", OTHER)).toBe("");
  expect(await statusFor(ann)).toBe(200);
  await kubectl("delete", "configmap", "argocd-cm", "argocd-rbac-cm");
  await eventually("it is told", async () => (await troubles()).includes("what was read of it last holds"));
  expect(await Promise.all(["", ann].map(statusFor))).toEqual([401, 200]);
  expect(await may(ann, "applications/sync/shop/web")).toBe("yes");
  await apply("ConfigMap", "argocd-cm", { "accounts.ann": "login", "accounts.ann.enabled": "false" });
  await eventually("she is disabled", async () => (await statusFor(ann)) === 401);
  await apply("ConfigMap", "argocd-cm", { "accounts.ann": "login" });
  await untilEnabled("ann");
  expect(await signIn("ann", PASSWORD)).not.toBe("");
});

test("tokens of Argo CD's go on, and one that kubectl takes out of its list is over", async () => {
  const iat = Math.floor(Date.now() / 1000) - 60;
  const issued = { iss: "argocd", iat, nbf: iat };
  const ci = await argoToken({ ...issued, sub: "ci:apiKey", jti: "one" });
  const role = await argoToken({ ...issued, sub: "proj:shop:deploy", jti: "two" });
  await apply("ConfigMap", "argocd-cm", { "accounts.ann": "login", "accounts.ci": "apiKey" });
  await apply("ConfigMap", "argocd-rbac-cm", { "policy.csv": "p, ci, clusters, get, *, allow\n" });
  const kept = { "server.secretkey": SECRET_KEY, "accounts.ci.tokens": JSON.stringify([{ id: "one", iat }]) };
  const patch = (stringData: object) =>
    kubectl("patch", "secret", "argocd-secret", "-p", JSON.stringify({ stringData }));
  await patch(kept);
  const project = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name: "shop", namespace: "argocd" },
    spec: {
      roles: [{ name: "deploy", policies: ["p, proj:shop:deploy, applications, sync, shop/*, allow"] }],
    },
    status: { jwtTokensByRole: { deploy: { items: [{ id: "two", iat }] } } },
  };
  const file = join(daemon.dir, "project.json");
  writeFileSync(file, JSON.stringify(project));
  await plane.kubectl("apply", "-f", file);
  await eventually("both are in", async () =>
    (await Promise.all([ci, role].map(statusFor))).every((status) => status === 200),
  );
  expect([await may(ci, "clusters/get/x"), await may(role, "applications/sync/shop/web")]).toEqual([
    ...["yes", "yes"],
  ]);
  expect(await may(role, "clusters/get/x")).toBe("no");
  await patch({ "accounts.ci.tokens": "[]" });
  await eventually("it is over", async () => (await statusFor(ci)) === 401);
  const gone = { status: { jwtTokensByRole: null } };
  await kubectl("patch", "appproject", "shop", "--type", "merge", "-p", JSON.stringify(gone));
  await eventually("so is the role's", async () => (await statusFor(role)) === 401);
  expect(await daemon.log()).not.toContain(ci);
});

test("a ConfigMap whose label is taken away holds as before, is told with what to do, and never opens the door", async () => {
  await apply("ConfigMap", "argocd-cm", { "accounts.ann": "login" });
  await apply("ConfigMap", "argocd-rbac-cm", { "policy.csv": "g, ann, role:readonly\n" });
  await untilEnabled("ann");
  const ann = await signIn("ann", PASSWORD);
  await kubectl("label", "configmap", "argocd-cm", "argocd-rbac-cm", "app.kubernetes.io/part-of-");
  const fix = "kubectl -n argocd label --overwrite configmap argocd-cm app.kubernetes.io/part-of=argocd";
  await eventually("it is told", async () => (await troubles()).includes(fix));
  await daemon.restart();
  expect(await troubles()).toContain(fix);
  expect(await Promise.all(["", ann].map(statusFor))).toEqual([401, 200]);
  await kubectl("patch", "configmap", "argocd-rbac-cm", "-p", '{"data": {"policy.csv": ""}}');
  await eventually("she may not look", async () => (await may(ann, "clusters/get/x")) === "no");
  await kubectl(...fix.split(" ").slice(3));
  await eventually("it is said no more", async () => !(await troubles()).includes("does not find it"));
});

test("an API server that is away turns nothing off, nor does a start without it", async () => {
  await apply("ConfigMap", "argocd-rbac-cm", { "policy.csv": "g, ann, role:readonly\n" });
  const ann = await signIn("ann", PASSWORD);
  await eventually("she may look", async () => (await may(ann, "clusters/get/x")) === "yes");
  const back = proxy.inject(() => true, { do: "cut" }, Number.POSITIVE_INFINITY);
  proxy.cutWatches();
  await eventually("it is away", async () => (await troubles()).includes("not seen"));
  expect(await Promise.all(["", ann, TOKEN].map(statusFor))).toEqual([401, 200, 200]);
  await daemon.restart();
  expect(await Promise.all(["", ann, TOKEN].map(statusFor))).toEqual([401, 401, 200]);
  expect(await signIn("ann", PASSWORD)).toBe("");
  back();
  await eventually("she is in again", async () => (await statusFor(ann)) === 200);
});
