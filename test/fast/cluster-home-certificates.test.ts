/** Certificates that the API adds where a cluster is the home: in the ConfigMaps of Argo CD, beside what others write there. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { customResourceDefinitions } from "../../src/core/definitions/custom-resources.ts";
import { HOME } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { DEFINITIONS, MERGE } from "../lib/records-stage.ts";
import { type SetsDaemon, startSetsDaemon } from "../lib/sets-daemon.ts";

setDefaultTimeout(60_000);

const MAPS = `/api/v1/namespaces/${HOME}/configmaps`;
const KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIMaRq1eGya0zYfiRBzY82jDW1erAfen4C+kn4T5Bf10g";
let given: SetsDaemon, git: GitServer;
beforeAll(async () => {
  git = await startGitServer({ tls: "private-ca" });
  await git.createRepo("shop", { "a.yaml": "{}" });
  given = await startSetsDaemon({ home: "cluster", applications: [] });
  await given.world.makeNamespace(HOME);
  for (const definition of customResourceDefinitions())
    await given.world.must("POST", DEFINITIONS, definition);
});
afterAll(async () => {
  await given?.stop();
  await git?.close();
});

const ask = (method: string, path: string, body?: unknown) =>
  given.api(path, {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const answers = async (): Promise<number> =>
  (await ask("POST", `/api/v1/repositories/${encodeURIComponent(git.urlOf("shop"))}/validate`, {})).status;
const add = (serverName: string, certType: "https" | "ssh", data: string) =>
  ask("POST", "/api/v1/certificates", {
    items: [
      {
        ...{ serverName, certType, certSubType: certType === "ssh" ? "ssh-ed25519" : "" },
        certData: Buffer.from(data).toString("base64"),
      },
    ],
  });

test("they are in Argo CD's ConfigMaps and in use when they are answered; what others wrote there stays", async () => {
  expect(await answers()).toBe(400);
  const added = await add("localhost", "https", git.ca ?? "");
  expect(added).toMatchObject({
    status: 200,
    body: { items: [{ holdfast: { keptIn: "ConfigMap argocd-tls-certs-cm" } }] },
  });
  expect(await answers()).toBe(200);
  const map: any = await given.world.must("GET", `${MAPS}/argocd-tls-certs-cm`);
  expect([map.metadata.labels, Object.keys(map.data)]).toEqual([
    { "app.kubernetes.io/part-of": "argocd" },
    ["localhost"],
  ]);
  await given.world.must("POST", MAPS, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "argocd-ssh-known-hosts-cm", namespace: HOME, annotations: { by: "somebody" } },
    data: { ssh_known_hosts: `# of the team\nb.example ssh-ed25519 ${KEY}\n`, notes: "stay" },
  });
  expect((await add("a.example", "ssh", KEY)).status).toBe(200);
  const hosts: any = await given.world.must("GET", `${MAPS}/argocd-ssh-known-hosts-cm`);
  expect([hosts.metadata.annotations.by, hosts.data]).toEqual([
    "somebody",
    {
      ssh_known_hosts: `# of the team\nb.example ssh-ed25519 ${KEY}\na.example ssh-ed25519 ${KEY}\n`,
      notes: "stay",
    },
  ]);
  await given.world.must("PATCH", `${MAPS}/argocd-tls-certs-cm`, { data: { localhost: null } }, MERGE);
  await eventually("what somebody else removes counts no more", async () => (await answers()) === 400);
  const gone = await ask("DELETE", "/api/v1/certificates?hostNamePattern=*.example");
  expect(gone.body.items.map(({ serverName }: any) => serverName)).toEqual(["a.example", "b.example"]);
  expect((await ask("GET", "/api/v1/certificates")).body.items).toEqual([]);
});
