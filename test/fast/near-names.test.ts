/** Names that lead to this machine: nobody connects there on the word of a repository's content, by any road. */
import { afterEach, beforeEach, describe, expect, spyOn, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArtifactPlaces } from "../../src/artifacts/artifacts.ts";
import { ociEntry } from "../../src/artifacts/helm-repository/oci-entry.ts";
import type { RepositoryAccess } from "../../src/core/model/repository-access.ts";
import type { ArtifactReference } from "../../src/core/ports/artifacts.ts";
import { accessOfBase } from "../../src/engine/target/base-fetcher.ts";
import { accessOfChart } from "../../src/engine/target/chart-fetcher.ts";
import { Repositories } from "../../src/git/repositories.ts";
import { messageOf } from "../../src/lib/caught.ts";
import { systemClock } from "../../src/lib/system-clock.ts";
import { httpClient } from "../../src/remote/http.ts";
import { silent } from "../lib/render-host.ts";

/** What its owner made of it: a name out in the world, whose server leads here. */
const NAME = "rebound.example.com";
const OUT = "203.0.114.7";

let folder: string, connections: number, answers: string[][];
let listener: Bun.TCPSocketListener<undefined>;
const stops: (() => unknown)[] = [];

/** Each answer counts once, the last one for good. */
const lookUp = async (name: string): Promise<readonly string[]> => {
  if (name !== NAME) return [OUT];
  return (answers.length > 1 ? answers.shift() : answers[0]) ?? [];
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-near-"));
  connections = 0;
  answers = [["127.0.0.1"]];
  listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        connections++;
        socket.end();
      },
      data() {},
    },
  });
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  listener.stop(true);
  rmSync(folder, { recursive: true, force: true });
});

const urlOf = (scheme: string): string => `${scheme}://${NAME}:${listener.port}/x`;
const parts = () => ({ dataDir: folder, clock: systemClock, log: silent, timeoutMs: 2_000, lookUp });

async function refusalOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "it was asked",
    (cause: unknown) => messageOf(cause),
  );
}

function places(): ArtifactPlaces {
  const made = new ArtifactPlaces(parts());
  stops.push(() => made.stop());
  return made;
}

describe("a name that leads to this machine is not connected to", () => {
  const references: [string, (repository: RepositoryAccess) => ArtifactReference][] = [
    ["file", (repository) => ({ kind: "file", repository, version: "" })],
    ["chart", (repository) => ({ kind: "helm-chart", repository, chart: "shop", version: "1.0.0" })],
    ["registry", (repository) => ({ kind: "oci", repository, version: "1.0.0" })],
  ];
  test.each(references)("for a %s", async (kind, reference) => {
    const access = { url: urlOf(kind === "registry" ? "oci" : "https"), reach: "far" as const };
    const said = await refusalOf(places().resolve(reference(access), { freshness: "latest" }));
    expect(said).toContain(`${NAME} leads to 127.0.0.1, which is in a network of its own, and is not asked`);
    expect(connections).toBe(0);
  });

  test.each(["auto", "isomorphic", "system"] as const)("for Git, by the road %s", async (implementation) => {
    const git = new Repositories({ ...parts(), systemGit: Bun.which("git") ?? undefined });
    stops.push(() => git.stop());
    const asked = git.resolve({ url: urlOf("https"), reach: "far", implementation }, "main", {
      freshness: "latest",
    });
    expect(await refusalOf(asked)).toContain(`${NAME} leads to 127.0.0.1`);
    const commit = "1".repeat(40) as never;
    const fetched = git.tree({ url: urlOf("https"), reach: "far", implementation }, commit);
    expect(await refusalOf(fetched)).toContain(`${NAME} leads to 127.0.0.1`);
    expect(connections).toBe(0);
  });

  test("what is asked is the address that was looked at, by its name", async () => {
    answers = [[OUT], ["127.0.0.1"]];
    const asked: unknown[] = [];
    // Nobody there can be asked from here.
    const real = spyOn(globalThis, "fetch").mockImplementation((async (url: string, init: RequestInit) => {
      asked.push([url, new Headers(init.headers).get("host")]);
      return new Response("a: file\n");
    }) as typeof fetch);
    stops.push(() => real.mockRestore());
    const reference = {
      kind: "file",
      repository: { url: urlOf("https"), reach: "far" },
      version: "",
    } as const;
    await places().resolve(reference, { freshness: "latest" });
    const { port } = listener;
    expect(asked).toEqual([[`https://${OUT}:${port}/x`, `${NAME}:${port}`]]);
  });

  test("the git program is told the address, too", async () => {
    answers = [[OUT, "2600::7"], ["127.0.0.1"]];
    const program = join(folder, "own-git");
    writeFileSync(program, `#!/bin/sh\n/usr/bin/env > ${folder}/told\nexit 1\n`, { mode: 0o755 });
    const git = new Repositories({ ...parts(), systemGit: program });
    stops.push(() => git.stop());
    const access = { url: urlOf("https"), reach: "far", implementation: "system" } as const;
    await refusalOf(git.resolve(access, "main", { freshness: "latest" }));
    expect(readFileSync(join(folder, "told"), "utf8")).toContain(
      `=${NAME}:${listener.port}:${OUT},[2600::7]\n`,
    );
  });

  test("where a server out there leads to it", async () => {
    const client = httpClient({
      ...{ origin: "https://charts.example.com", elsewhere: "bare", userAgent: "test", lookUp },
      says: {
        ...{
          object: "https://charts.example.com",
          cannot: "read from it",
          thing: "chart repository",
          tooLong: "",
        },
        ...{ unreachable: "artifact-unreachable", auth: "artifact-auth" },
      },
    });
    const { signal } = new AbortController();
    const call = { method: "GET", url: urlOf("https"), signal, idleMs: 1_000, maxBytes: 1_000 } as const;
    expect(await refusalOf(client(call))).toContain(
      `${NAME} leads to 127.0.0.1, which is this machine or its own network, and is not asked`,
    );
    expect(connections).toBe(0);
  });

  test("where an index out there names a registry here", () => {
    const named = (url: string) =>
      ociEntry("oci://localhost:5000/x/shop:1.0.0", "1.0.0", { url })?.repository.reach;
    expect(named("https://charts.example.com/stable")).toBe("not here");
    expect(named("http://localhost:8080/stable")).toBeUndefined();
    const strangers: RepositoryAccess = { url: "https://charts.example.com", reach: "far" };
    expect(ociEntry("oci://r.example.com/x/shop:1.0.0", "1.0.0", strangers)?.repository.reach).toBe("far");
  });
});

describe("who must lead out", () => {
  const settings = { remoteBases: ["https://**"], repositories: [] };
  const url = "https://git.example.com/team/base";

  test("a base that nobody else names", () => {
    expect(accessOfBase(url, settings, []).reach).toBe("far");
    expect(accessOfBase(url, settings, [{ repoURL: "https://other.example.com/x" }]).reach).toBe("far");
    const named = { ...settings, remoteBases: ["https://git.example.com/**"] };
    expect(accessOfBase(url, named, []).reach).toBeUndefined();
    const entry = { ...settings, repositories: [{ url: "https://git.example.com/team" }] };
    expect(accessOfBase(url, entry, []).reach).toBeUndefined();
    // What the application itself names is there already.
    expect(
      accessOfBase(url, settings, [{ repoURL: "https://git.example.com/team/app" }]).reach,
    ).toBeUndefined();
  });

  test("a chart that nobody else names", () => {
    const charts = "https://charts.example.com/stable";
    expect(accessOfChart(charts, "helm", [], []).reach).toBe("far");
    expect(accessOfChart(charts, "helm", [{ url: charts, type: "helm" }], []).reach).toBeUndefined();
    expect(
      accessOfChart(charts, "helm", [], [{ repoURL: "https://charts.example.com/own" }]).reach,
    ).toBeUndefined();
    expect(
      accessOfChart("oci://r.example.com/x", "oci", [], [{ repoURL: "r.example.com/y" }]).reach,
    ).toBeUndefined();
  });
});
