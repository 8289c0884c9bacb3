/** Repositories over ssh that are added while a daemon runs, from a real sshd. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { addedClusters } from "../lib/added-clusters.ts";
import { chartArchive } from "../lib/chart-repository.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { CHART_LAYER, HELM_CONFIG, startRegistry } from "../lib/registry.ts";
import { type SshServer, startSshServer } from "../lib/ssh-server.ts";

const { start, stops } = addedClusters();

let ssh: SshServer, git: GitServer;
beforeAll(async () => {
  [ssh, git] = [await startSshServer(), await startGitServer()];
  await git.createRepo("shop", { "a.yaml": "{}" });
});
afterAll(async () => {
  await Promise.all([ssh?.close(), git?.close()]);
});

test("a key opens it, a strange key, a host of other keys and one that nobody knows do not, and no key is told", async () => {
  const given = await start({}, undefined, { searchPath: process.env["PATH"] ?? "" });
  const repo = `${ssh.url}${git.pathOf("shop")}`;
  const add = (body: object) => given.ask("POST", "/api/v1/repositories", { repo, ...body });
  const known = { sshKnownHosts: ssh.knownHosts };
  const strange = await add({ sshPrivateKey: ssh.strangeKey, ...known });
  const unknown = await add({ sshPrivateKey: ssh.privateKey });
  const another = await add({
    sshPrivateKey: ssh.privateKey,
    sshKnownHosts: ssh.knownHosts.replace(/AAAA\S+/, (key) => `${key.slice(0, -6)}AAAAAA`),
  });
  expect([strange, unknown, another].map(({ status }) => status)).toEqual([400, 400, 400]);
  expect((await given.ask("GET", "/api/v1/repositories")).body.items).toEqual([]);
  const [host = "", keyType = "", key = ""] = ssh.knownHosts.trim().split(" ");
  const hosts = (method: string, query = "", certData = Buffer.from(key).toString("base64")) =>
    given.ask(method, `/api/v1/certificates${query}`, {
      items: [{ serverName: host, certType: "ssh", certSubType: keyType, certData }],
    });
  // Kept for the host, it counts for whoever has a key and says nothing of hosts.
  expect((await hosts("POST")).status).toBe(200);
  expect((await add({ sshPrivateKey: ssh.privateKey })).status).toBe(200);
  await given.ask("DELETE", `/api/v1/repositories/${encodeURIComponent(repo)}`);
  const removed = await hosts("DELETE", `?hostNamePattern=${encodeURIComponent("*127.0.0.1*")}`);
  expect(removed.body.items).toHaveLength(1);
  expect((await add({ sshPrivateKey: ssh.privateKey })).status).toBe(400);
  const added = await add({ sshPrivateKey: ssh.privateKey, ...known });
  expect(added).toMatchObject({
    status: 200,
    body: { connectionState: { status: "Successful", message: expect.stringContaining("main@") } },
  });
  const shown = await given.ask("GET", `/api/v1/repositories/${encodeURIComponent(repo)}/refs`);
  expect(shown.body).toEqual({ branches: ["main"], tags: [] });
  const said = JSON.stringify([strange, unknown, another, added, given.log]);
  for (const key of [ssh.privateKey, ssh.strangeKey])
    expect(said).not.toContain(key.split("\n")[2] ?? "no key");
});

test.each(["basic", "token"] as const)(
  "a registry that asks for a login by %s opens to it, says how many tags it has, and nothing else is taken for one",
  async (auth) => {
    const registry = await startRegistry(auth);
    stops.push(() => registry.stop());
    await registry.push({
      name: "team/shop",
      tag: "1.0.0",
      layers: [{ content: new TextEncoder().encode("x") }],
    });
    const given = await start();
    const add = (repo: string, more: object = registry.login) =>
      given.ask("POST", "/api/v1/repositories", {
        ...{ repo, type: "oci", insecureOCIForceHttp: true, ca: auth === "token" ? registry.ca : undefined },
        ...more,
      });
    const at = `oci://${registry.host}/team`;
    expect((await add(`${at}/shop`, {})).status).toBe(400);
    expect((await add(`${at}/shop`, { ...registry.login, password: "wrong" })).status).toBe(400);
    expect((await add(`${at}/shop`)).body.connectionState.message).toBe("1 tag");
    const tags = await given.ask("GET", `/api/v1/repositories/${encodeURIComponent(`${at}/shop`)}/oci-tags`);
    expect(tags.body).toEqual({ branches: [], tags: ["1.0.0"] });
    expect((await add(at)).body.connectionState.message).toContain("a registry that lets us in");
    const page = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: () => new Response("no", { status: 404 }),
    });
    stops.push(() => page.stop(true));
    expect((await add(`oci://127.0.0.1:${page.port}/team`)).status).toBe(400);
  },
);

test.each(["basic", "token"] as const)(
  "a registry itself, without a path, is kept where it lets us in by %s, and its login opens whatever charts it holds",
  async (auth) => {
    const registry = await startRegistry(auth);
    stops.push(() => registry.stop());
    await registry.push({
      name: "team/charts/shop",
      tag: "1.0.0",
      layers: [{ content: chartArchive("shop", "1.0.0"), mediaType: CHART_LAYER }],
      config: { mediaType: HELM_CONFIG, text: JSON.stringify({ name: "shop", version: "1.0.0" }) },
    });
    const given = await start();
    const add = (repo: string, more: object) =>
      given.ask("POST", "/api/v1/repositories", {
        ...{ repo, insecureOCIForceHttp: true, ca: auth === "token" ? registry.ca : undefined },
        ...more,
      });
    const charts = { type: "helm", enableOCI: true, name: "charts" };
    const described = () =>
      given.ask("POST", `/api/v1/repositories/${encodeURIComponent(registry.host)}/appdetails`, {
        source: { chart: "team/charts/shop", targetRevision: "1.0.0" },
        appName: "new",
      });
    expect((await add(registry.host, charts)).status).toBe(400);
    expect((await add(registry.host, { ...charts, ...registry.login, password: "wrong" })).status).toBe(400);
    expect((await described()).status).toBe(400);
    const added = await add(registry.host, { ...charts, ...registry.login });
    expect([added.status, added.body.connectionState.message]).toEqual([200, "a registry that lets us in"]);
    expect((await described()).body).toMatchObject({ type: "Helm", helm: { name: "shop" } });
    const tags = await given.ask("GET", `/api/v1/repositories/${encodeURIComponent(registry.host)}/oci-tags`);
    expect([tags.status, tags.body.message]).toEqual([400, expect.stringContaining("names no repository")]);
    await given.ask("DELETE", `/api/v1/repositories/${encodeURIComponent(registry.host)}`);
    const oci = await add(`oci://${registry.host}/`, { type: "oci", ...registry.login });
    expect([oci.status, oci.body.connectionState.message]).toEqual([200, "a registry that lets us in"]);
    // Of the registry itself no repository's token is asked for.
    expect(registry.tokens.filter(({ query }) => query.get("scope")?.startsWith("repository::"))).toEqual([]);
    const page = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: () => new Response("<html>log in</html>", { headers: { "content-type": "text/html" } }),
    });
    stops.push(() => page.stop(true));
    const people = await add(`oci://127.0.0.1:${page.port}`, { type: "oci" });
    expect([people.status, people.body.message]).toEqual([400, expect.stringContaining("page for people")]);
  },
);
