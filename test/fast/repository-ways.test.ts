/** Through a proxy of its own, and without a look at the certificate: what one repository's entry says holds for it alone. */
import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArtifactPlaces } from "../../src/artifacts/artifacts.ts";
import type { CommitSha } from "../../src/core/model/commit-sha.ts";
import type { RepositoryAccess } from "../../src/core/model/repository-access.ts";
import { Secret } from "../../src/core/model/secret.ts";
import { Repositories } from "../../src/git/repositories.ts";
import { messageOf } from "../../src/lib/caught.ts";
import { makeCertificates } from "../lib/certificates.ts";
import { chartArchive, startChartRepository } from "../lib/chart-repository.ts";
import { clock, type Implementation, quiet, systemGit } from "../lib/git-remotes.ts";
import { type GitServerOptions, startGitServer } from "../lib/git-server.ts";
import { startHttpProxy } from "../lib/http-proxy.ts";

const ROADS: Implementation[] = ["auto", "isomorphic", "system"];
const CANARY = "canary-7e1d";
const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "holdfast-ways-"));
  stops.push(() => rmSync(made, { recursive: true, force: true }));
  return made;
}
function git(): Repositories {
  const made = new Repositories({ dataDir: folder(), systemGit, clock, log: quiet, timeoutMs: 5_000 });
  stops.push(() => made.stop());
  return made;
}
function artifacts(): ArtifactPlaces {
  const made = new ArtifactPlaces({ dataDir: folder(), clock, log: quiet, timeoutMs: 5_000 });
  stops.push(() => made.stop());
  return made;
}
async function gitServer(options: GitServerOptions = {}) {
  const server = await startGitServer(options);
  stops.push(() => server.close());
  const url = await server.createRepo("shop", { "a.yaml": "a: 1\n" });
  const head = (await server.git("shop", "rev-parse", "main")) as CommitSha;
  return { url, head, server };
}
async function proxy(login?: string) {
  const made = await startHttpProxy(login);
  stops.push(() => made.stop());
  return made;
}
/** Lists its refs, and fetches all of it. */
async function read(access: RepositoryAccess, head: CommitSha, subject = git()): Promise<string> {
  try {
    const { commit } = await subject.resolve(access, "main", { freshness: "latest" });
    expect(commit).toBe(head);
    return Buffer.from(await (await subject.tree(access, head)).read("a.yaml")).toString();
  } catch (cause) {
    return messageOf(cause);
  }
}

describe("a proxy of its own", () => {
  test.each(ROADS)(
    "is what a repository over TLS is asked through, by the road %s",
    async (implementation) => {
      const { url, head, server } = await gitServer({ tls: "private-ca" });
      const through = await proxy(`ci:${CANARY}`);
      const access: RepositoryAccess = {
        ...{ url, implementation, ca: server.ca ?? "" },
        proxy: new Secret(`http://ci:${CANARY}@${through.host}`),
      };
      expect(await read(access, head)).toBe("a: 1\n");
      expect(new Set(through.asked)).toEqual(new Set([`CONNECT ${new URL(url).host}`]));
    },
  );

  test.each(ROADS)("is gone past where noProxy says so, by the road %s", async (implementation) => {
    const { url, head, server } = await gitServer();
    const through = await proxy();
    const access = { url, implementation, proxy: new Secret(`http://${through.host}`) };
    expect(await read({ ...access, noProxy: "10.0.0.0/8" }, head)).toBe("a: 1\n");
    expect(through.asked.length).toBeGreaterThan(1);
    expect(through.asked).toHaveLength(server.requests.length);
    through.asked.length = 0;
    expect(await read({ ...access, noProxy: "127.0.0.0/8" }, head)).toBe("a: 1\n");
    expect(through.asked).toEqual([]);
  });

  test.each(ROADS)(
    "that turns us away is told without its password, by the road %s",
    async (implementation) => {
      const { url, head, server } = await gitServer({ tls: "private-ca" });
      const through = await proxy("ci:other");
      const access = { url, implementation, ca: server.ca ?? "" };
      const said = await read({ ...access, proxy: new Secret(`http://ci:${CANARY}@${through.host}`) }, head);
      expect(said).toContain("its proxy wants other credentials (HTTP 407)");
      expect(said).not.toContain(CANARY);
      await through.stop();
      const dead = await read({ ...access, proxy: new Secret(`http://ci:${CANARY}@127.0.0.1:1`) }, head);
      expect(dead).toContain("cannot read from Git");
      expect(dead).not.toContain(CANARY);
    },
  );

  test("is what charts are fetched through", async () => {
    const charts = await startChartRepository();
    stops.push(() => charts.stop());
    charts.publish({ name: "shop", version: "1.0.0", archive: chartArchive("shop", "1.0.0") });
    const through = await proxy();
    const repository: RepositoryAccess = {
      ...{ url: charts.url, type: "helm" },
      proxy: new Secret(`http://${through.host}`),
    };
    const places = artifacts();
    const reference = { kind: "helm-chart", repository, chart: "shop", version: "1.0.0" } as const;
    await places.packed(await places.resolve(reference, { freshness: "latest" }));
    expect(through.asked).toHaveLength(2);
  });
});

describe("a certificate that is not looked at", () => {
  test.each(ROADS)("is that of one origin, by the road %s", async (implementation) => {
    const { url, head } = await gitServer({ tls: "private-ca" });
    const other = await gitServer({ tls: "private-ca" });
    const subject = git();
    const open: RepositoryAccess = { url, implementation, tlsCheck: "nothing" };
    expect(await read(open, head, subject)).toBe("a: 1\n");
    expect(await read({ url: other.url, implementation }, other.head, subject)).toContain("certificate");
    // Whoever wants to know meets no connection that was made without a look.
    expect(await read({ url, implementation }, head, git())).toContain("certificate");
  });

  test("says nothing of where a repository leads to", async () => {
    const { cert, key } = await makeCertificates(["localhost"]);
    const [charts, elsewhere] = await Promise.all([
      startChartRepository({ tls: { cert, key }, hostname: "localhost" }),
      startChartRepository({ tls: { cert, key }, hostname: "localhost" }),
    ]);
    stops.push(
      () => charts.stop(),
      () => elsewhere.stop(),
    );
    const archive = chartArchive("shop", "1.0.0");
    elsewhere.publish({ name: "shop", version: "1.0.0", archive });
    charts.publish(
      { name: "shop", version: "1.0.0", archive, url: `${elsewhere.url}/shop-1.0.0.tgz` },
      { name: "own", version: "1.0.0", archive: chartArchive("own", "1.0.0") },
    );
    const places = artifacts();
    const repository: RepositoryAccess = { url: charts.url, type: "helm", tlsCheck: "nothing" };
    const fetched = async (chart: string): Promise<string> => {
      const reference = { kind: "helm-chart", repository, chart, version: "1.0.0" } as const;
      const found = await places.resolve(reference, { freshness: "latest" });
      return places.packed(found).then(() => "fetched", messageOf);
    };
    expect(await fetched("own")).toBe("fetched");
    expect(await fetched("shop")).toContain("certificate");
  });
});
