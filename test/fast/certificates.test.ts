/** Certificates and host keys that are added and removed while a daemon runs: whole daemons, and servers that show them. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { issueCertificate } from "../../src/lib/issue-certificate.ts";
import { addedClusters, type Given } from "../lib/added-clusters.ts";
import { type Certificates, makeCertificates } from "../lib/certificates.ts";
import { chart, startChartRepository } from "../lib/chart-repository.ts";
import { eventually } from "../lib/eventually.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { configMap } from "../lib/manifests.ts";

const { start, stops } = addedClusters();

setDefaultTimeout(60_000);

const HOST_KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIMaRq1eGya0zYfiRBzY82jDW1erAfen4C+kn4T5Bf10g";
const OTHER_KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIJ0wZ9dUH0x6O0mTwF3MdoyJ1S1bTz8c3v3S4W5u6x7y";

let git: GitServer, other: Certificates;
beforeAll(async () => {
  git = await startGitServer({ tls: "private-ca" });
  await git.createRepo("shop", { "plain/a.yaml": JSON.stringify(configMap("plain", "a")) });
  other = await makeCertificates(["localhost"]);
});
afterAll(() => git?.close());

const begin = (from?: Given, change: Parameters<typeof start>[0] = {}) =>
  start({ clusters: [], ...change }, from, { searchPath: process.env["PATH"] ?? "" });
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const tls = (serverName: string, pem: string) => ({
  ...{ serverName, certType: "https", certSubType: "" },
  certData: base64(pem),
});
const ssh = (serverName: string, key = HOST_KEY, certSubType = "ssh-ed25519") => ({
  ...{ serverName, certType: "ssh", certSubType },
  certData: base64(key),
});
const add = (given: Given, items: object[], query = "") =>
  given.ask("POST", `/api/v1/certificates${query}`, { items });
const list = async (given: Given): Promise<any[]> =>
  (await given.ask("GET", "/api/v1/certificates")).body.items;
const hosts = async (given: Given): Promise<string[]> =>
  (await list(given)).map(({ serverName, certType }) => `${certType} ${serverName}`);
const refs = async (given: Given) =>
  (await given.ask("POST", `/api/v1/repositories/${encodeURIComponent(git.urlOf("shop"))}/validate`, {}))
    .status;

describe("a certificate of a host", () => {
  test("counts at once for Git, charts and registries at every port, outlives a restart, and counts no more once it is removed", async () => {
    const given = await begin();
    const pair = await makeCertificates(["localhost"]);
    const charts = startChartRepository({ tls: { ...pair }, hostname: "localhost" });
    stops.push(() => charts.stop());
    charts.publish(chart("web", "1.0.0"));
    const registry = Bun.serve({
      hostname: "localhost",
      port: 0,
      tls: { cert: pair.cert, key: pair.key },
      fetch: ({ url }) =>
        url.includes("/tags/list") ? Response.json({ name: "team/shop", tags: ["1.0.0"] }) : new Response(),
    });
    stops.push(() => registry.stop(true));
    const test = async (url: string, type: string): Promise<number> =>
      (
        await given.ask("POST", `/api/v1/repositories/${encodeURIComponent(url)}/validate`, {
          type,
          name: "x",
        })
      ).status;
    const all = () =>
      Promise.all([
        refs(given),
        test(charts.url, "helm"),
        test(`oci://localhost:${registry.port}/team/shop`, "oci"),
      ]);
    expect(await all()).toEqual([400, 400, 400]);
    const added = await add(given, [tls("LOCALHOST", `${git.ca}${pair.ca}`)]);
    expect(added).toMatchObject({
      status: 200,
      body: {
        items: [
          { serverName: "localhost", certType: "https", certSubType: "ec", holdfast: { keptIn: "data" } },
          { serverName: "localhost", certType: "https", certSubType: "ec" },
        ],
      },
    });
    expect(await all()).toEqual([200, 200, 200]);
    const file = join(given.dir, "data", "certificates", "argocd-tls-certs-cm.json");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const described = await given.ask(
      "GET",
      `/api/v1/repositories/${encodeURIComponent(git.urlOf("shop"))}/apps?appName=new`,
    );
    expect(described.body.items).toEqual([{ type: "Directory", path: "plain" }]);
    await given.daemon.stop();
    const again = await begin(given);
    expect([await refs(again), await hosts(again)]).toEqual([200, ["https localhost", "https localhost"]]);
    const removed = await again.ask("DELETE", "/api/v1/certificates?hostNamePattern=local*&certType=https");
    expect(removed.body.items).toHaveLength(2);
    expect([await refs(again), await hosts(again)]).toEqual([400, []]);
  });

  test("counts for an entry of the config that says nothing of certificates, and never beside one that does", async () => {
    const given = await begin(undefined, { repositories: [{ url: `${git.url}/` }] });
    expect((await add(given, [tls("localhost", git.ca ?? "")])).status).toBe(200);
    const sees = async (of: Given) =>
      (await of.ask("GET", `/api/v1/repositories/${encodeURIComponent(git.urlOf("shop"))}/apps?appName=new`))
        .status;
    expect(await sees(given)).toBe(200);
    given.write({ repositories: [{ url: `${git.url}/`, ca: other.ca }] });
    await given.daemon.reload();
    expect(await sees(given)).toBe(400);
  });

  test("another one for a host needs upsert, the same one is the same, and in one request all or none are kept", async () => {
    const given = await begin();
    expect((await add(given, [tls("a.example", other.ca)])).status).toBe(200);
    expect((await add(given, [tls("a.example", other.ca)])).status).toBe(200);
    const conflict = await add(given, [ssh("b.example"), tls("a.example", git.ca ?? "")]);
    expect([conflict.status, conflict.body.message]).toEqual([400, expect.stringContaining("--upsert")]);
    expect(await hosts(given)).toEqual(["https a.example"]);
    expect((await add(given, [tls("a.example", git.ca ?? "")], "?upsert=true")).status).toBe(200);
    expect((await list(given))[0].certData).toBe(base64((git.ca ?? "").trim()));
    const doubled = await add(given, [ssh("c.example"), ssh("c.example", OTHER_KEY)], "?upsert=true");
    expect([doubled.status, doubled.body.message]).toEqual([400, expect.stringContaining("given twice")]);
    const audits = (await given.ask("GET", "/api/holdfast/v1/audit")).body.items;
    expect(audits.map(({ action, details }: any) => [action, details.certificates])).toEqual([
      ["certificate-add", ["https a.example"]],
      ["certificate-add", ["https a.example"]],
    ]);
  });

  test("what is none is refused with its reason, and of a private key nothing is kept, told or logged", async () => {
    const given = await begin();
    const old = issueCertificate({
      commonName: "old",
      uses: ["authority"],
      nowMs: Date.now() - 30 * 86_400_000,
      days: 2,
    });
    const later = issueCertificate({
      commonName: "later",
      uses: ["authority"],
      nowMs: Date.now() + 30 * 86_400_000,
      days: 2,
    });
    const cases: [item: object, why: string][] = [
      [tls("a.example", "hello"), "holds no certificate in PEM"],
      [tls("a.example", other.ca.replace(/MII.{20}/, "MIIBroken")), "cannot be read"],
      [tls("a.example", other.key), "it holds a private key"],
      [tls("a.example", `${other.cert}${other.key}`), "it holds a private key"],
      [tls("a.example", old.certificate), "ended on"],
      [tls("a.example", later.certificate), "begins only on"],
      [tls("https://a.example", other.ca), "no name of a host"],
      [tls("a.example:8443", other.ca), "counts at every port"],
      [ssh("a.example", "AAAA"), "is no key of type ssh-ed25519"],
      [ssh("a.example", HOST_KEY, "ssh-rsa"), "is no key of type ssh-rsa"],
      [ssh("|1|c2FsdA==|aGFzaA=="), "hidden by a hash"],
      [ssh("a b"), "names no host"],
      [ssh("git.prod.exampl?"), "names many hosts at once"],
      [ssh("*"), "names many hosts at once"],
      [ssh("@revoked"), "names no host"],
      [ssh("a.example\nevil.example ssh-ed25519"), "names no host"],
    ];
    const replies = [];
    for (const [item, why] of cases) {
      const reply = await add(given, [item]);
      replies.push(reply);
      expect([item, reply.status, reply.body.message]).toEqual([item, 400, expect.stringContaining(why)]);
    }
    expect((await given.ask("DELETE", "/api/v1/certificates")).status).toBe(400);
    expect((await given.ask("DELETE", "/api/v1/certificates?hostNamePattern=a&certType=x")).status).toBe(400);
    expect(await list(given)).toEqual([]);
    expect(existsSync(join(given.dir, "data", "certificates"))).toBe(false);
    const secret = other.key.split("\n")[1] ?? "";
    expect(JSON.stringify([replies, given.log])).not.toContain(secret);
  });
});

test("a file that somebody writes counts, one that is broken leaves what was read, and one that is gone takes it along", async () => {
  const given = await begin();
  await add(given, [tls("localhost", git.ca ?? ""), ssh("git.example.com")]);
  const at = (name: string): string => join(given.dir, "data", "certificates", name);
  const written = readFileSync(at("argocd-tls-certs-cm.json"), "utf8");
  writeFileSync(at("argocd-tls-certs-cm.json"), written.slice(0, 80));
  await eventually("it is told", async () =>
    JSON.stringify((await given.ask("GET", "/api/holdfast/v1/status")).body).includes("as it was read last"),
  );
  expect(await refs(given)).toBe(200);
  writeFileSync(
    at("argocd-tls-certs-cm.json"),
    JSON.stringify({ ...JSON.parse(written), data: { "c.example": other.ca } }),
  );
  await eventually("it counts", async () => (await hosts(given)).includes("https c.example"));
  expect(await refs(given)).toBe(400);
});

test("a key of a host that stands beside others in one line, or under a comment, is removed alone", async () => {
  const given = await begin();
  await add(given, [ssh("a.example"), ssh("[a.example]:2222")]);
  const file = join(given.dir, "data", "certificates", "argocd-ssh-known-hosts-cm.json");
  const map = JSON.parse(readFileSync(file, "utf8"));
  map.data.ssh_known_hosts = `# of the team\nb.example,c.example ssh-ed25519 ${HOST_KEY} here\n${map.data.ssh_known_hosts}`;
  writeFileSync(file, JSON.stringify(map));
  await eventually("it is read", async () => (await hosts(given)).includes("ssh b.example"));
  const gone = await given.ask("DELETE", "/api/v1/certificates?hostNamePattern=b.example&certType=ssh");
  expect(gone.body.items.map(({ serverName }: any) => serverName)).toEqual(["b.example"]);
  expect(JSON.parse(readFileSync(file, "utf8")).data.ssh_known_hosts).toBe(
    `# of the team\nc.example ssh-ed25519 ${HOST_KEY} here\na.example ssh-ed25519 ${HOST_KEY}\n[a.example]:2222 ssh-ed25519 ${HOST_KEY}\n`,
  );
  const none = await given.ask("DELETE", "/api/v1/certificates?hostNamePattern=x.example");
  expect([none.status, none.body.items]).toEqual([200, []]);
});
