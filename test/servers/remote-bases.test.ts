/**
 * Bases of kustomizations on Git servers that refuse, lie, are slow or are not there, and bases that would reach further
 * than they may: each is one sentence with the file, the field, the address, the reason and what to do.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { Secret } from "../../src/core/model/secret.ts";
import { type BaseStand, baseStand } from "../lib/base-stand.ts";
import { type Fault, type GitServer, startGitServer } from "../lib/git-server.ts";
import { npmToolSets } from "../lib/render-host.ts";
import { configMap } from "../lib/source-folder.ts";

const [tools] = await npmToolSets();
if (tools === undefined) throw new Error("no tools");

let open: GitServer, closed: GitServer;
let stand: BaseStand;

const SECRET = "geheim-7";
const MAP = { "kustomization.yaml": "resources: [map.yaml]\n", "map.yaml": configMap("map") };
const below = (folder: string, files: Record<string, string>) =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text]));

beforeAll(async () => {
  open = await startGitServer({ tls: "private-ca" });
  closed = await startGitServer({ auth: { basic: { username: "ci", password: SECRET } } });
  await closed.createRepo("base", MAP);
  await open.createRepo("base", {
    ...below("good", MAP),
    ...below("linked", { "kustomization.yaml": "resources: [map.yaml]\n" }),
    "linked/map.yaml": { link: "../../../../../etc/passwd" },
    "linked-folder": { link: "../elsewhere" },
    "inside-link": { link: "good" },
    ...below("missing", { "kustomization.yaml": "resources: [gone.yaml]\n" }),
    ...below("leaves", { "kustomization.yaml": "resources: [../../shop]\n" }),
    ...below("reads", {
      "kustomization.yaml": "configMapGenerator: [{name: x, files: [../good/map.yaml]}]\n",
    }),
    ...below("round", { "kustomization.yaml": `resources: ["${open.url}/base.git//round?ref=main"]\n` }),
    ...below("empty", { "README.md": "nothing\n" }),
    ...below("runs", {
      "kustomization.yaml": "generators: [run.yaml]\n",
      "run.yaml": "apiVersion: x/v1\nkind: Run\nmetadata: {name: x}\n",
    }),
    ...below("local", { "kustomization.yaml": "resources: [file:///etc]\n" }),
    "file.yaml": configMap("file"),
  });
  await open.createRepo("large", { ...MAP, "noise.bin": crypto.getRandomValues(new Uint8Array(65_536)) });
});
afterAll(async () => {
  await open.close();
  await closed.close();
});
beforeEach(async () => {
  stand = await baseStand(tools, { ca: open.ca ?? "", fetchTimeoutMs: 4_000, maxPackBytes: 40_000 });
  stand.entries = [{ url: `${open.url}/`, ca: open.ca ?? "" }, { url: `${closed.url}/` }];
});
afterEach(() => stand.close());

const name = (text: string, more: Record<string, string> = {}): void =>
  stand.source.write({ "app/kustomization.yaml": `resources: ["${text}"]\n`, ...more });

describe("a base that cannot be had", () => {
  test.each<{ what: string; path: string; says: string; fix: RegExp }>([
    {
      what: "a wrong ref",
      path: "base.git//good?ref=v9",
      says: "there is no branch, tag or commit of this name",
      fix: /push the branch or tag/,
    },
    {
      what: "a commit that is not there",
      path: `base.git//good?ref=${"1".repeat(40)}`,
      says: "the server does not have it, or does not give it out",
      fix: /./,
    },
    { what: "no such repository", path: "nothing.git?ref=main", says: "HTTP 404", fix: /Check the URL/ },
    { what: "one that is too large", path: "large.git?ref=main", says: "larger than", fix: /./ },
  ])("$what", async ({ path, says, fix }) => {
    name(`${open.url}/${path}`);
    const failure = await stand.failure();
    expect(failure.object).toBe("app/kustomization.yaml");
    expect(failure.why).toStartWith(`resources[0] names ${open.url}/${path}, which cannot be fetched: `);
    expect(failure.why).toContain(says);
    expect(failure.fix).toMatch(fix);
    expect(stand.host.ran).toEqual([]);
  });

  test.each<{ what: string; fault: Fault; says: RegExp }>([
    {
      what: "a redirect to another host",
      fault: {
        do: "status",
        status: 302,
        headers: { Location: "https://elsewhere.example.com/base.git/info/refs" },
      },
      says: /redirects to another server \(https:\/\/elsewhere\.example\.com\), which is not followed/,
    },
    { what: "a server that fails", fault: { do: "status", status: 503 }, says: /it answered HTTP 503/ },
    { what: "silence", fault: { do: "wait", ms: 60_000 }, says: /did not answer within 2 s/ },
    {
      what: "an answer that never ends",
      fault: { do: "stall", bytes: 20 },
      says: /did not answer within 2 s/,
    },
    { what: "a login page", fault: { do: "status", status: 200, body: "<html>log in</html>" }, says: /./ },
  ])(
    "$what",
    async ({ fault, says }) => {
      const mend = open.fail(fault, ({ path }) => path.startsWith("/base.git"));
      name(`${open.url}/base.git//good?ref=main`);
      const failure = await stand.failure();
      mend();
      expect(failure.message).toMatch(
        /^app\/kustomization\.yaml: cannot render: resources\[0\] names https:\S+, which cannot be fetched: /,
      );
      expect(failure.why).toMatch(says);
      expect(failure.retry).toBe("backoff");
      // The next honest answer is taken.
      stand.entries = [{ url: `${open.url}/base`, ca: open.ca ?? "", username: "other" }];
      expect(await stand.objects()).toMatchObject([{ metadata: { name: "map" } }]);
    },
    20_000,
  );

  test.each([
    { what: "none", entry: {}, says: "it wants credentials (HTTP 401)" },
    {
      what: "wrong ones",
      entry: { username: "ci", password: new Secret("wrong-1") },
      says: "it refused the credentials",
    },
  ])("with credentials: $what", async ({ entry, says }) => {
    stand.entries = [{ url: `${closed.url}/`, ...entry }];
    name(`${closed.url}/base.git?ref=main`);
    const failure = await stand.failure();
    expect(failure).toMatchObject({ code: "git-auth", object: "app/kustomization.yaml" });
    expect(failure.why).toContain(says);
    expect(failure.message).not.toContain("wrong-1");
  });

  test("with the right ones it is had, and they go nowhere else", async () => {
    stand.entries = [
      { url: `${closed.url}/`, username: "ci", password: new Secret(SECRET) },
      { url: `${open.url}/`, ca: open.ca ?? "" },
    ];
    open.requests.length = 0;
    stand.source.write({
      "app/kustomization.yaml": `resources: ["${closed.url}/base.git?ref=main"]\ncomponents: []\nnamePrefix: a-\n`,
      "app/other/kustomization.yaml": `resources: ["${open.url}/base.git//good?ref=main"]\n`,
    });
    expect(await stand.objects()).toMatchObject([{ metadata: { name: "a-map" } }]);
    name(`${open.url}/base.git//good?ref=main`);
    await stand.objects();
    expect(open.requests.length).toBeGreaterThan(0);
    expect(open.requests.filter(({ headers }) => headers["authorization"] !== undefined)).toEqual([]);
  });

  test("a server that is not there", async () => {
    const gone = await startGitServer();
    await gone.close();
    stand.entries = [{ url: gone.url }];
    name(`${gone.url}/base.git//good?ref=main`);
    expect((await stand.failure()).why).toContain("nothing listens there");
  });
});

describe("a base that would reach further than it may", () => {
  const ROOM = " of https://localhost:PORT/base.git at main";
  test.each<{ what: string; path: string; says: string }>([
    {
      what: "by a link to a file of the machine",
      path: "linked",
      says: "linked/map.yaml: cannot read: it leads out of the repository",
    },
    {
      what: "by a link in its place",
      path: "linked-folder",
      says: "it is a link that leads out of the repository",
    },
    {
      what: "by a path to what uses it",
      path: "leaves",
      says: "resources[0] names ../../shop: it leads out of the repository",
    },
    {
      what: "by a file of a folder beside it",
      path: "reads",
      says: "a base of another repository may read files of its own folder alone",
    },
    {
      what: "by itself, round in a circle",
      path: "round",
      says: "the kustomizations lead round in a circle",
    },
    { what: "by a program", path: "runs", says: "a plugin of x/v1 Run is not part of kustomize" },
    {
      what: "by an address of this machine",
      path: "local",
      says: `local/kustomization.yaml${ROOM}: cannot render: resources[0] names file:///etc, which cannot be fetched: it is a place on the daemon's own machine`,
    },
    {
      what: "with a file that is not there",
      path: "missing",
      says: `missing/kustomization.yaml${ROOM}: cannot render: resources[0] names gone.yaml, and there is no missing/gone.yaml`,
    },
    { what: "without a kustomization", path: "empty", says: "which holds no kustomization" },
    {
      what: "that is a file",
      path: "file.yaml",
      says: "file.yaml in https://localhost:PORT/base.git at main is a file, not a folder",
    },
    {
      what: "that is not there",
      path: "gone",
      says: "and there is no gone in https://localhost:PORT/base.git at main",
    },
  ])("$what", async ({ path, says }) => {
    name(`${open.url}/base.git//${path}?ref=main`);
    const { message } = await stand.failure();
    expect(message).toContain(says.replaceAll("PORT", new URL(open.url).port));
    expect(message).not.toContain(stand.host.folder);
    expect(stand.host.ran).toEqual([]);
  });

  test("and a link that stays inside leads to what it leads to", async () => {
    name(`${open.url}/base.git//inside-link?ref=main`);
    expect(await stand.objects()).toMatchObject([{ metadata: { name: "map" } }]);
  });

  test("a file or a link of the repository in the place where bases go is refused, and nothing is written through it", async () => {
    name(`${open.url}/base.git//good?ref=main`, {
      ".holdfast-fetched": "a file\n",
      "app/own.yaml": configMap("own"),
    });
    stand.source.write({
      "app/kustomization.yaml": `resources: ["${open.url}/base.git//good?ref=main"]\nconfigMapGenerator: [{name: x, files: [../.holdfast-fetched]}]\n`,
    });
    expect((await stand.failure()).message).toContain("the repository has a file or a link in its place");
  });
});

describe("without a word of the operator's", () => {
  beforeEach(() => {
    stand.entries = [];
    open.requests.length = 0;
    closed.requests.length = 0;
  });

  test.each<{ field: string; text: string; says: string }>([
    { field: "resources", text: "OPEN/base.git//good?ref=main", says: "its host is in a network of its own" },
    {
      field: "resources",
      text: "CLOSED/base.git?ref=main",
      says: "neither remoteBases nor repositories in the config names it",
    },
    { field: "components", text: "OPEN/base.git//good", says: "its host is in a network of its own" },
    {
      field: "resources",
      text: "https://169.254.169.254/latest/meta-data/x.yaml",
      says: "its host is in a network of its own",
    },
    {
      field: "crds",
      text: "https://metadata.google.internal/x.json",
      says: "its host is in a network of its own",
    },
    {
      field: "configurations",
      text: "http://example.com/x.yaml",
      says: "neither remoteBases nor repositories in the config names it",
    },
    {
      field: "resources",
      text: "ssh://git@example.com/a/b",
      says: "neither remoteBases nor repositories in the config names it",
    },
    {
      field: "resources",
      text: "git@example.com:a/b.git//c",
      says: "neither remoteBases nor repositories in the config names it",
    },
    {
      field: "resources",
      text: "https://github.com@169.254.169.254/a/b?ref=x",
      says: "its host is in a network of its own",
    },
  ])("$text in $field is not asked", async ({ field, text, says }) => {
    const address = text.replace("OPEN", open.url).replace("CLOSED", closed.url);
    stand.source.write({ "app/kustomization.yaml": `${field}: ["${address}"]\n` });
    const failure = await stand.failure();
    expect(failure).toMatchObject({ code: "render", object: "app/kustomization.yaml" });
    expect(failure.why).toContain(`${field}[0] names `);
    expect(failure.why).toContain(says);
    expect([...open.requests, ...closed.requests, ...stand.asked]).toEqual([]);
  });

  test("a file's redirect into a network of its own is not followed", async () => {
    const asked: string[] = [];
    const inner = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request) => (asked.push(request.url), new Response(configMap("x"))),
    });
    const mend = open.fail(
      { do: "status", status: 302, headers: { Location: `https://127.0.0.1:${inner.port}/x.yaml` } },
      ({ path }) => path === "/raw.yaml",
    );
    stand.entries = [{ url: `${open.url}/`, ca: open.ca ?? "" }];
    name(`${open.url}/raw.yaml`);
    expect((await stand.failure()).why).toContain("redirects to another server");
    mend();
    await inner.stop(true);
    expect(asked).toEqual([]);
  });

  test("a page for people is no file", async () => {
    const mend = open.fail(
      { do: "status", status: 200, body: "\n<!DOCTYPE html><html></html>" },
      ({ path }) => path === "/raw.yaml",
    );
    stand.entries = [{ url: `${open.url}/`, ca: open.ca ?? "" }];
    name(`${open.url}/raw.yaml`);
    expect((await stand.failure()).message).toContain("what is there is a page for people, not a file");
    mend();
  });
});
