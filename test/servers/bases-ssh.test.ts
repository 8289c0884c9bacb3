/** Bases of kustomizations and submodules over ssh, from a real sshd: who is let in, and one sentence where nobody is. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Secret } from "../../src/core/model/secret.ts";
import type { RepositoryEntry } from "../../src/engine/target/repository-access.ts";
import { type BaseStand, baseStand } from "../lib/base-stand.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { npmToolSets } from "../lib/render-host.ts";
import { configMap } from "../lib/source-folder.ts";
import { type SshServer, startSshServer } from "../lib/ssh-server.ts";
import { addSubmodule } from "../lib/submodules.ts";

const [tools] = await npmToolSets();
if (tools === undefined) throw new Error("no tools");
const STRANGE = readFileSync(`${import.meta.dir}/strange-host.pub`, "utf8").trim();

let ssh: SshServer, server: GitServer, stand: BaseStand;

const addressOf = (repo: string): string => `${ssh.url}${server.pathOf(repo)}`;
const base = (): string => `${addressOf("team/base")}//app?ref=main`;

beforeAll(async () => {
  [ssh, server] = [await startSshServer(), await startGitServer()];
  await server.createRepo("team/parts", {
    "kustomization.yaml": "resources: [part.yaml]\n",
    "part.yaml": configMap("part"),
  });
  await server.createRepo("team/base", {
    "app/kustomization.yaml": "resources: [map.yaml, ../parts]\n",
    "app/map.yaml": configMap("map"),
    "alone/kustomization.yaml": "resources: [map.yaml]\n",
    "alone/map.yaml": configMap("alone"),
  });
  await addSubmodule(server, "team/base", "parts", "team/parts", "../parts.git");
});
afterAll(async () => {
  await Promise.all([ssh.close(), server.close()]);
});
beforeEach(async () => {
  stand = await baseStand(tools);
  stand.entries = [entry({})];
  stand.source.write({ "app/kustomization.yaml": `resources: ["${base()}"]\n` });
});
afterEach(() => stand.close());

function entry(changes: Partial<RepositoryEntry>): RepositoryEntry {
  return {
    url: `${ssh.url}/`,
    sshPrivateKey: new Secret(ssh.privateKey),
    sshKnownHosts: ssh.knownHosts,
    ...changes,
  };
}

test("a base and its submodule are had with one key, and nothing of the key stays", async () => {
  server.requests.length = 0;
  expect((await stand.objects()).map(({ metadata }) => metadata.name).sort()).toEqual(["map", "part"]);
  expect([...new Set(stand.asked.map(({ url }) => url))]).toEqual([
    addressOf("team/base"),
    addressOf("team/parts"),
  ]);
  expect(server.requests).toEqual([]);
  expect(readdirSync(join(stand.host.folder, "data", "git", "run"))).toEqual([]);
  const asked = stand.asked.length;
  await stand.objects({ bases: stand.fetcher({ look: "known" }) });
  expect(stand.asked.length).toBe(asked);
});

const NAMES = (): string => `resources[0] names ${base()}, which cannot be fetched: `;

test.each<{ what: string; entry: () => Partial<RepositoryEntry>; code: string; says: RegExp; fix: RegExp }>([
  {
    what: "a key that the server does not know",
    entry: () => ({ sshPrivateKey: new Secret(ssh.strangeKey) }),
    code: "git-auth",
    says: /refused|denied/,
    fix: /credentials that may read it/,
  },
  {
    what: "a text that is no key",
    entry: () => ({ sshPrivateKey: new Secret("-----BEGIN nothing-----\nsecret-words\n") }),
    code: "git-auth",
    says: /key/,
    fix: /credentials that may read it/,
  },
  {
    what: "no known host",
    entry: () => ({ sshKnownHosts: "" }),
    code: "git-unreachable",
    says: /host/,
    fix: /known hosts/,
  },
  {
    what: "another host's key",
    entry: () => ({ sshKnownHosts: `[127.0.0.1]:${ssh.port} ${STRANGE}` }),
    code: "git-unreachable",
    says: /host/,
    fix: /known hosts/,
  },
  {
    what: "nobody at the port",
    entry: () => ({}),
    code: "git-unreachable",
    says: /refused|reach/,
    fix: /./,
  },
])(
  "a base: $what is one sentence with the file, the field and the address",
  async ({ what, entry: changes, code, says, fix }) => {
    const gone = what === "nobody at the port";
    const text = gone ? base().replace(`:${ssh.port}/`, ":1/") : base();
    if (gone) stand.source.write({ "app/kustomization.yaml": `resources: ["${text}"]\n` });
    stand.entries = [
      entry({ ...changes(), ...(gone ? { url: ssh.url.replace(`:${ssh.port}`, ":1/") } : {}) }),
    ];
    const failure = await stand.failure();
    expect(failure).toMatchObject({ code, object: "app/kustomization.yaml", retry: "backoff" });
    expect(failure.why).toStartWith(gone ? `resources[0] names ${text}, ` : NAMES());
    expect(failure.why).toMatch(says);
    expect(failure.fix).toMatch(fix);
    expect(failure.message).not.toMatch(/\n|secret-words|PRIVATE KEY/);
    expect(stand.host.ran).toEqual([]);
    // The right key is enough, with nothing else touched.
    if (gone) return;
    stand.entries = [entry({})];
    expect(await stand.objects()).toHaveLength(2);
  },
);

test.each<{ what: string; entry: () => Partial<RepositoryEntry>; code: string; fix: RegExp }>([
  {
    what: "a key that the server does not know",
    entry: () => ({ sshPrivateKey: new Secret(ssh.strangeKey) }),
    code: "git-auth",
    fix: /credentials that may read it/,
  },
  {
    what: "another host's key",
    entry: () => ({ sshKnownHosts: `[127.0.0.1]:${ssh.port} ${STRANGE}` }),
    code: "git-unreachable",
    fix: /known hosts/,
  },
])(
  "a submodule: $what is one sentence with its path and address, and holds up nobody who does not read it",
  async ({ entry: changes, code, fix }) => {
    stand.entries = [entry({ url: addressOf("team/parts"), ...changes() }), entry({})];
    const failure = await stand.failure();
    expect(failure).toMatchObject({ code, retry: "backoff" });
    expect(failure.message).toContain(`parts: cannot fetch the submodule: ${addressOf("team/parts")}: `);
    expect(failure.fix).toMatch(fix);
    expect(failure.message).not.toMatch(/\n|PRIVATE KEY/);
    stand.source.write({
      "app/kustomization.yaml": `resources: ["${addressOf("team/base")}//alone?ref=main"]\n`,
    });
    expect((await stand.objects()).map(({ metadata }) => metadata.name)).toEqual(["alone"]);
  },
);

test("an ssh address that no entry speaks for is not asked, though a pattern names every host", async () => {
  stand.entries = [];
  stand.remoteBases = ["**"];
  const failure = await stand.failure();
  expect(failure.why).toContain("it is not asked over HTTPS, and neither remoteBases nor repositories");
  expect(stand.asked).toEqual([]);
});
