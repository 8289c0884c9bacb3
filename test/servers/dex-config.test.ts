/** `dex.config` of a home cluster as Argo CD's users have it: a real provider of OpenID Connect that knows Dex's address, a browser, the policy. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { defaultConfig } from "../../src/config/load-config.ts";
import { customResourceDefinitions } from "../../src/core/definitions/custom-resources.ts";
import { Secret } from "../../src/core/model/secret.ts";
import { freePort } from "../lib/daemon.ts";
import { HOME } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { type OidcPeer, startOidcPeer } from "../lib/oidc-peer.ts";
import { DEFINITIONS } from "../lib/records-stage.ts";
import { type SetsDaemon, startSetsDaemon } from "../lib/sets-daemon.ts";

setDefaultTimeout(60_000);
let given: SetsDaemon;
let peer: OidcPeer;
let url: string;
const MAPS = `/api/v1/namespaces/${HOME}/configmaps`;

beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  [given, peer] = await Promise.all([
    startSetsDaemon({
      home: "cluster",
      applications: [],
      server: {
        ...defaultConfig("/").server,
        listen: { hostname: "127.0.0.1", port },
        token: new Secret("sesame"),
      },
    }),
    // As it was registered for Argo CD's Dex, and nowhere else.
    startOidcPeer({ kid: "first", redirectUri: `${url}/api/dex/callback`, logoutUri: `${url}/` }),
  ]);
  await given.world.makeNamespace(HOME);
  for (const definition of customResourceDefinitions())
    await given.world.must("POST", DEFINITIONS, definition);
});
afterAll(async () => {
  await Promise.all([given?.stop(), peer?.stop()]);
});

async function put(path: string, kind: string, name: string, data: Record<string, string>): Promise<void> {
  const metadata = { name, namespace: HOME, labels: { "app.kubernetes.io/part-of": "argocd" } };
  const object = { apiVersion: "v1", kind, metadata, data };
  if ((await given.world.find(`${path}/${name}`)) === undefined) await given.world.must("POST", path, object);
  else await given.world.must("PUT", `${path}/${name}`, object);
}
const visit = (path: string, cookie = "") =>
  fetch(`${url}${path}`, { redirect: "manual", headers: cookie === "" ? {} : { cookie } });
const cookiesOf = (reply: Response) =>
  reply.headers.getSetCookie().map((line) => line.split(";")[0] as string);

async function logIn(
  person: string,
  back = "/api/dex/callback",
): Promise<{ status: number; cookie: string }> {
  peer.forget();
  const begun = await visit("/auth/login?return_url=/applications");
  const answer = await peer.browse(begun.headers.get("location") ?? "", person);
  const reply = await visit(`${back}?${answer}`, cookiesOf(begun)[0]);
  return { status: reply.status, cookie: cookiesOf(reply)[0] ?? "" };
}
const may = async (cookie: string, question: string): Promise<string> => {
  const reply = await visit(`/api/v1/account/can-i/${question}`, cookie);
  return reply.status === 200 ? ((await reply.json()) as { value: string }).value : String(reply.status);
};

test("people come in by the connector, at the address that Dex had, and the policy knows them as before", async () => {
  await put(`/api/v1/namespaces/${HOME}/secrets`, "Secret", "argocd-secret", {
    "dex.peer.clientSecret": Buffer.from("secret-canary").toString("base64"),
  });
  await put(MAPS, "ConfigMap", "argocd-rbac-cm", {
    "policy.csv":
      "g, ops, role:admin\np, ada@example.org, accounts, get, ann, allow\np, eve@example.org, accounts, get, ann, allow",
    scopes: "[groups, email]",
  });
  await put(MAPS, "ConfigMap", "argocd-cm", {
    url,
    "dex.config": `connectors:
- type: saml
  id: old
  name: Old
  config: {}
- type: oidc
  id: peer
  name: Peer
  config:
    issuer: ${peer.issuer}
    clientID: holdfast
    clientSecret: $dex.peer.clientSecret
    insecureEnableGroups: true
    scopes: [profile, email, groups]
`,
  });
  await eventually("there is a provider", async () => (await visit("/auth/login")).status === 303);
  const ada = await logIn("ada");
  expect(ada.status).toBe(200);
  expect(await may(ada.cookie, "applications/sync/x/y")).toBe("yes");
  const info = (await (await visit("/api/v1/session/userinfo", ada.cookie)).json()) as { groups: string[] };
  expect(info.groups).toEqual(["dev", "ops", "ada@example.org"]);
  const eve = await logIn("eve");
  expect([await may(eve.cookie, "applications/sync/x/y"), await may(eve.cookie, "accounts/get/ann")]).toEqual(
    [...["no", "no"]],
  );

  const { body } = await given.api("/api/holdfast/v1/problems", {
    headers: { authorization: "Bearer sesame" },
  });
  const said = JSON.stringify(body);
  expect(said).toContain(
    "is saml, and connectors of github, google, ldap, oidc are what can be read; nobody signs in by Old",
  );
  expect(said + JSON.stringify(given.log)).not.toContain("canary");
});

test("which of the two addresses it comes back to is no matter, once and in the browser that began", async () => {
  expect((await logIn("ada", "/auth/callback")).status).toBe(200);
  peer.forget();
  const begun = await visit("/auth/login");
  const answer = await peer.browse(begun.headers.get("location") ?? "", "ada");
  expect((await visit(`/api/dex/callback?${answer}`)).status).toBe(403);
  const cookie = cookiesOf(begun)[0];
  expect((await visit(`/api/dex/callback?${answer}`, cookie)).status).toBe(200);
  expect((await visit(`/api/dex/callback?${answer}`, cookie)).status).toBe(403);
});

test("a connector that loses its secret lets nobody in, and whoever is in by it is out", async () => {
  const ada = await logIn("ada");
  await put(`/api/v1/namespaces/${HOME}/secrets`, "Secret", "argocd-secret", {});
  await eventually("she is out", async () => (await may(ada.cookie, "applications/get/x/y")) === "401");
  expect((await visit("/api/v1/applications")).status).toBe(401);
});
