/** The config file: what is wrong in it is all said at once, and what changes in it holds without losing what runs. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BINARY, freePort, type Ran, run } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { configMap, configMapPath, deployment } from "../lib/manifests.ts";
import {
  AUTOMATED,
  conditions,
  isQuiet,
  isSynced,
  MERGE,
  type Placed,
  SERVER,
  type Shown,
  type Stage,
  startStage,
  yaml,
} from "../lib/stage.ts";

setDefaultTimeout(60_000);

let stage: Stage,
  dir = "";
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "holdfast-config-"));
  stage = await startStage({ config: "retry: { first: 200ms, most: 2s }\n" });
}, 120_000);
afterAll(async () => {
  await stage?.stop();
  rmSync(dir, { recursive: true, force: true });
}, 60_000);

describe("a config that is wrong", () => {
  const CANARY = "canary-5b1f7c";
  /** A daemon that starts although it should not is ended. */
  const holdfast = (
    text: string,
    verb: string[] = ["serve"],
    env: Record<string, string> = {},
  ): Promise<Ran> => {
    const file = join(dir, "wrong.yaml");
    writeFileSync(file, text);
    return run(["timeout", "15", BINARY, ...verb, "--config", file], {
      env: { PATH: process.env.PATH ?? "", HOME: dir, ...env },
      cwd: dir,
    });
  };
  const MANY = `server: { listen: "0.0.0.0:8080" }
dta: ./data
poll: every now and then
clusters:
  - { name: one, server: "https://one.example.com", kubeconfig: ./one }
  - { name: one, server: "https://two.example.com", kubeconfig: ./two }
  - { name: three }
repositories:
  - { url: "https://git.example.com/", password: "\${NO_SUCH_VARIABLE}" }
validate: sometimes
limits: { requestsInFlight: 100000 }
`;

  test("every problem is listed with its line and what to do, and the exit code is 2", async () => {
    const { code, stdout, stderr } = await holdfast(MANY);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    for (const says of [
      /wrong\.yaml:1: server\.listen: .*needs accounts, signOn or server\.token\. Write one of them, or listen on 127\.0\.0\.1/,
      /wrong\.yaml:2: dta: is no setting\. Did you mean data\?/,
      /wrong\.yaml:3: poll: /,
      /wrong\.yaml:6: clusters\[1\]\.name: is the same as clusters\[0\]\.name on line 5/,
      /wrong\.yaml:7: clusters\[2\]\.server: this setting is required/,
      /wrong\.yaml:9: repositories\[0\]\.password: the environment variable NO_SUCH_VARIABLE is not set\. Set NO_SUCH_VARIABLE/,
      /wrong\.yaml:10: validate: /,
      /wrong\.yaml:11: limits\.requestsInFlight: must be a whole number from 1 to 256/,
    ])
      expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test.each([["serve"], ["validate"], ["doctor"]])(
    "%s says the same with the same exit code",
    async (verb) => {
      const { code, stdout, stderr } = await holdfast(MANY, [verb as string]);
      expect(code).toBe(2);
      for (const place of ["wrong.yaml:1", "wrong.yaml:2", "wrong.yaml:9", "wrong.yaml:11"])
        expect(stdout + stderr).toContain(place);
    },
  );

  test.each([
    { what: "YAML that does not parse", text: "server: { listen: \n", says: /wrong\.yaml:[12]: / },
    { what: "a list in place of a mapping", text: "- a\n- b\n", says: /must be a mapping, not a list/ },
    {
      what: "a setting of another type",
      text: "applications: ./apps\n",
      says: /wrong\.yaml:1: applications: must be a list, not a string/,
    },
    {
      what: "a key that stands twice",
      text: "data: ./a\nvalidate: strict\ndata: ./b\n",
      says: /wrong\.yaml:3: .*twice/,
    },
    {
      what: "an address that other machines can reach, without a token",
      text: 'server: { listen: ":8080" }\n',
      says: /needs accounts, signOn or server\.token/,
    },
    {
      what: "a password in a URL",
      text: `repositories: [{ url: "https://ci:${CANARY}@git.example.com/" }]\n`,
      says: /repositories\[0\]\.url: must be a URL without a password in it/,
    },
    {
      what: "a secret whose file is not there",
      text: "server: { tokenFile: ./no-such-file }\n",
      says: /server\.tokenFile: the file \.\/no-such-file cannot be read: no such file/,
    },
    {
      what: "a kubeconfig that is not there",
      text: 'clusters: [{ name: one, server: "https://one.example.com", kubeconfig: ./no-such-kubeconfig }]\n',
      says: /no-such-kubeconfig/,
    },
  ])("$what: a sentence, exit code 2", async ({ text, says }) => {
    const { code, stderr } = await holdfast(text);
    expect(stderr).toMatch(says);
    expect(code).toBe(2);
    expect(stderr).not.toContain(CANARY);
  });

  test("no secret is printed, whatever else is wrong", async () => {
    const text = `server: { listen: "nonsense", token: "\${TOKEN}" }\nrepositories:\n  - { url: "https://git.example.com/", username: ci, password: ${CANARY}-password, bearerToken: [${CANARY}-list] }\n  - { url: "https://git.example.com", password: ${CANARY}-again }\nunknown: \${TOKEN}\npoll: "\${TOKEN}"\n`;
    for (const verb of [["serve"], ["validate"], ["doctor"]]) {
      const { code, stdout, stderr } = await holdfast(text, verb, { TOKEN: `${CANARY}-token` });
      expect(code).toBe(2);
      expect(stdout + stderr).toContain("server.listen");
      expect(stdout + stderr).not.toContain(CANARY);
    }
  });

  test("one that is not there", async () => {
    const { code, stderr } = await run([BINARY, "serve", "--config", join(dir, "nowhere.yaml")], {
      env: { PATH: process.env.PATH ?? "", HOME: dir },
    });
    expect(code).toBe(2);
    expect(stderr).toContain("nowhere.yaml");
  });

  test("a port that is taken: a sentence, and no daemon that nobody can reach", async () => {
    const { code, stderr } = await holdfast(
      `server: { listen: "${new URL(stage.daemon.url).host}" }\ndata: ${join(dir, "other-data")}\n`,
    );
    expect(code).not.toBe(0);
    expect(code).not.toBe(124);
    expect(stderr).toContain("something listens there already");
  });
});

describe("the config of the documentation", () => {
  const SAMPLE = `server: { listen: "127.0.0.1:8080", token: "\${HOLDFAST_TOKEN}" }
data: ./data
poll: "*/3 * * * *"            # croner pattern, or a duration such as 10s
clusters:
  - { name: in-cluster, server: "https://kubernetes.default.svc", kubeconfig: ./kubeconfig }   # server: the name that manifests use
repositories:
  - { url: "https://git.example.com/", username: ci, password: "\${GIT_TOKEN}" }                 # longest prefix wins
namespace: argocd                 # home namespace: applications without one get it; tracking id <name> here, <ns>_<name> elsewhere
applications: [./apps]            # files and folders of Application and AppProject manifests
plugins: [./plugins]              # an operator's own renderers and notifiers, .ts or .js
`;

  test("works as it stands: it is valid, and the daemon runs with it", async () => {
    const home = mkdtempSync(join(dir, "sample-"));
    for (const folder of ["apps", "plugins"]) mkdirSync(join(home, folder));
    writeFileSync(join(home, "kubeconfig"), readFileSync(stage.plane.kubeconfig));
    const file = join(home, "holdfast.yaml");
    writeFileSync(file, SAMPLE);
    const env = {
      PATH: process.env.PATH ?? "",
      HOME: home,
      HOLDFAST_TOKEN: "a-token-of-the-sample",
      GIT_TOKEN: "a-git-token",
    };
    const valid = await run([BINARY, "validate", "--config", file], { env, cwd: "/" });
    expect(valid.stdout + valid.stderr).not.toContain("error");
    expect(valid.code).toBe(0);
    // The sample's own port may be in use on this machine.
    const port = await freePort();
    writeFileSync(file, SAMPLE.replace("8080", String(port)));
    const child = Bun.spawn([BINARY, "serve", "--config", file], {
      env,
      cwd: "/",
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
    });
    try {
      await eventually("it is ready", () =>
        fetch(`http://127.0.0.1:${port}/readyz`).then(
          ({ ok }) => ok,
          () => false,
        ),
      );
      expect((await fetch(`http://127.0.0.1:${port}/api/v1/applications`)).status).toBe(401);
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/applications`, {
        headers: { authorization: "Bearer a-token-of-the-sample" },
      });
      expect(await answer.json()).toMatchObject({ items: [] });
    } finally {
      child.kill("SIGTERM");
    }
    expect(await child.exited).toBe(0);
    expect(readFileSync(join(home, "data", "holdfast.db")).length).toBeGreaterThan(0);
  });
});

describe("reload", () => {
  const file = (): string => join(stage.daemon.dir, "holdfast.yaml");
  /** Whole or not at all, as an editor or a ConfigMap does it. */
  const edit = (change: (text: string) => string): void => {
    writeFileSync(`${file()}.next`, change(readFileSync(file(), "utf8")));
    renameSync(`${file()}.next`, file());
  };
  const reloads = async (): Promise<number> =>
    (await stage.daemon.log()).split("the config was reloaded").length - 1;
  /** Edits and waits until the daemon says that it holds. */
  const reload = async (change: (text: string) => string): Promise<void> => {
    const before = await reloads();
    edit(change);
    await eventually("the reload", async () => (await reloads()) > before);
  };
  const clusterLine = (name: string, server: string): string =>
    JSON.stringify({ name, server, kubeconfig: stage.plane.kubeconfig });

  test("an application folder that is added is followed", async () => {
    const repoURL = await stage.git.createRepo("more", { "app/a.yaml": yaml(configMap("more", "a")) });
    await stage.makeNamespace("more");
    mkdirSync(join(stage.daemon.dir, "more-apps"));
    writeFileSync(
      join(stage.daemon.dir, "more-apps", "more.yaml"),
      JSON.stringify({
        apiVersion: "argoproj.io/v1alpha1",
        kind: "Application",
        metadata: { name: "more" },
        spec: {
          project: "default",
          source: { repoURL, path: "app" },
          destination: { server: SERVER, namespace: "more" },
          syncPolicy: AUTOMATED,
        },
      }),
    );
    await reload((text) => text.replace("applications: [./apps]", "applications: [./apps, ./more-apps]"));
    await stage.daemon.until("more", isSynced);
  });

  test("a folder that is taken out of the config deletes nothing while it is there, and its applications leave with it", async () => {
    await reload((text) => text.replace("applications: [./apps, ./more-apps]", "applications: [./apps]"));
    await eventually(
      "it is gone",
      async () => (await stage.daemon.api("/api/v1/applications/more")).status === 404,
    );
    // Without the resources-finalizer its objects stay.
    expect(await stage.find(configMapPath("more", "a"))).toBeDefined();
  });

  describe("of a repository's credentials", () => {
    let locked: GitServer, app: Placed;
    beforeAll(async () => {
      locked = await startGitServer({ auth: { basic: { username: "ci", password: "second" } } });
      const repoURL = await locked.createRepo("locked", { "app/a.yaml": yaml(configMap("locked", "a")) });
      app = await stage.place({ name: "locked", files: {}, source: { repoURL } });
      await app.until((now) => conditions(now, "ComparisonError").length > 0);
    });
    afterAll(() => locked.close());

    test("that are added: they are used", async () => {
      writeFileSync(join(stage.daemon.dir, "git-password"), "first");
      await reload(
        (text) =>
          `${text}repositories: [{ url: "${locked.url}/", username: ci, passwordFile: ./git-password }]\n`,
      );
      const seen = await app.refresh();
      expect(conditions(seen, "ComparisonError")[0]).toMatch(/credentials|password|401/i);
      expect(JSON.stringify(seen)).not.toContain("first");
    });

    test("that change in a file beside it: SIGHUP reads them", async () => {
      writeFileSync(join(stage.daemon.dir, "git-password"), "second");
      const before = await reloads();
      process.kill(stage.daemon.pid, "SIGHUP");
      await eventually("the reload", async () => (await reloads()) > before);
      await app.untilSettled();
    });
  });

  test("a cluster that is added is delivered to, and one that is taken out is not any more", async () => {
    const app = await stage.place({
      name: "second",
      files: { "a.yaml": yaml(configMap("second", "a")) },
      spec: { destination: { name: "second", namespace: "second" } },
    });
    await app.until((now) => conditions(now, "InvalidSpecError").length > 0);
    await reload((text) =>
      text.replace("clusters: [", `clusters: [${clusterLine("second", "https://second.example.com")},`),
    );
    await app.untilSettled();
    await reload((text) => text.replace(`${clusterLine("second", "https://second.example.com")},`, ""));
    const seen = await app.until((now) => conditions(now, "InvalidSpecError").length > 0);
    expect(seen.status.sync.status).toBe("Unknown");
    expect(await stage.find(configMapPath("second", "a"))).toBeDefined();
    await app.remove();
    await app.untilGone();
  });

  test("another poll is kept to", async () => {
    const app = await stage.place({ name: "polled", files: { "a.yaml": yaml(configMap("polled", "a")) } });
    await app.untilSettled();
    await reload((text) => text.replace("poll: 1h", "poll: 1s"));
    await app.push({ "a.yaml": yaml(configMap("polled", "a", { key: "second" })) });
    await eventually(
      "nobody told it",
      async () => (await stage.must("GET", configMapPath("polled", "a"))).data.key === "second",
    );
    await reload((text) => text.replace("poll: 1s", "poll: 1h"));
  });

  test("strict where it was not: manifests with faults are refused from then on", async () => {
    const app = await stage.place({
      name: "faulty",
      files: { "a.yaml": yaml(configMap("faulty", "a")), "notes.yaml": "to do: [buy milk\n" },
    });
    await app.untilSettled();
    await reload((text) => `${text}validate: strict\n`);
    const seen = await app.until((now) => conditions(now, "ComparisonError").length > 0);
    expect(conditions(seen, "ComparisonError")[0]).toContain("app/notes.yaml:");
    await reload((text) => text.replace("validate: strict\n", ""));
    await app.untilSettled();
  });

  test("another address and a token: the API answers there, and to those who have it", async () => {
    const port = await freePort();
    const old = `listen: "${new URL(stage.daemon.url).host}"`;
    edit((text) => text.replace(old, `listen: "127.0.0.1:${port}", token: a-token-of-the-reload`));
    const url = `http://127.0.0.1:${port}/api/v1/applications`;
    await eventually("it answers there", () =>
      fetch(url).then(
        ({ status }) => status === 401,
        () => false,
      ),
    );
    expect((await fetch(url, { headers: { authorization: "Bearer a-token-of-the-reload" } })).status).toBe(
      200,
    );
    await eventually("it has left its old place", () =>
      fetch(`${stage.daemon.url}/healthz`).then(
        () => false,
        () => true,
      ),
    );
    await reload((text) => text.replace(`listen: "127.0.0.1:${port}", token: a-token-of-the-reload`, old));
    expect((await stage.daemon.api("/api/v1/applications")).status).toBe(200);
    expect(await stage.daemon.log()).not.toContain("a-token-of-the-reload");
  });

  test("an address that is taken: it stays where it was, and says so", async () => {
    const squatter = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("mine") });
    const old = new URL(stage.daemon.url).host,
      taken = `127.0.0.1:${squatter.port}`;
    await reload((text) => text.replace(`listen: "${old}"`, `listen: "${taken}"`));
    expect((await stage.daemon.api("/healthz")).status).toBe(200);
    expect(await stage.daemon.log()).toContain("something listens there already");
    await squatter.stop(true);
    await reload((text) => text.replace(`listen: "${taken}"`, `listen: "${old}"`));
    expect((await stage.daemon.api("/healthz")).status).toBe(200);
  });

  describe("of a config that is wrong", () => {
    test.each([
      {
        what: "text that does not parse",
        change: (text: string) => `${text}limits: {\n`,
        says: /holdfast\.yaml:\d+/,
      },
      {
        what: "a setting that is none",
        change: (text: string) => `${text}validat: strict\n`,
        says: /validat: is no setting\. Did you mean validate\?/,
      },
      {
        what: "a kubeconfig that is not there",
        change: (text: string) =>
          `${text.replace("clusters: [", 'clusters: [{"name":"nowhere","server":"https://nowhere.example.com","kubeconfig":"./no-such-kubeconfig"},')}validate: strict\n`,
        says: /no-such-kubeconfig/,
      },
    ])("$what: the old one stays whole, and it is said", async ({ what, change, says }) => {
      const name = `kept-${what.split(" ")[1]}`;
      // A fault that strict would refuse: were any of the new config held, this would show it.
      const app = await stage.place({
        name,
        files: { "a.yaml": yaml(configMap(name, "a")), "notes.yaml": "to do: [buy milk\n" },
      });
      await app.untilSettled();
      const text = readFileSync(file(), "utf8"),
        before = (await stage.daemon.log()).length;
      edit(change);
      await eventually("it is said", async () =>
        (await stage.daemon.log()).slice(before).includes("the config was not reloaded"),
      );
      expect((await stage.daemon.log()).slice(before)).toMatch(says);
      await app.commit({ "a.yaml": yaml(configMap(name, "a", { key: "second" })) });
      const seen = await app.untilSettled();
      expect(conditions(seen, "ComparisonError")).toEqual([]);
      expect((await stage.must("GET", configMapPath(name, "a"))).data).toEqual({ key: "second" });
      await reload(() => `${text}# corrected: ${what}\n`);
      expect(isSynced(await app.refresh())).toBe(true);
    });
  });

  test("during a running sync: the sync ends as it began, and the new config holds", async () => {
    // Wave 0 waits for a node that is not there yet.
    const first = deployment({ namespace: "running", name: "first" });
    first.metadata.annotations = { "argocd.argoproj.io/sync-wave": "0" };
    ((first.spec as Shown).template.spec as Shown).nodeSelector = { "example.com/late": "yes" };
    const later = configMap("running", "later", { key: "value" }, { "argocd.argoproj.io/sync-wave": "1" });
    const app = await stage.place({ name: "running", files: { "all.yaml": yaml(first, later) } });
    const waiting = await app.until((now) =>
      String(now.status?.operationState?.message).startsWith("waiting for"),
    );
    expect(await stage.find(configMapPath("running", "later"))).toBeUndefined();
    const other = await stage.place({
      name: "meanwhile",
      files: { "a.yaml": yaml(configMap("meanwhile", "a")) },
      spec: { destination: { name: "third", namespace: "meanwhile" } },
    });

    // Its own cluster is connected anew, another one comes, and what is faulty is refused from now on.
    const text = readFileSync(file(), "utf8");
    await reload(() =>
      `${text.replace("clusters: [", `clusters: [${clusterLine("third", "https://third.example.com")},`)}limits: { requestsInFlight: 8 }\nvalidate: strict\npoll: 1s\n`.replace(
        "poll: 1h\n",
        "",
      ),
    );
    await other.untilSettled();
    const still = await app.get();
    expect(still.status.operationState).toMatchObject({
      phase: "Running",
      startedAt: waiting.status.operationState.startedAt,
    });

    await stage.must(
      "PATCH",
      "/api/v1/nodes/kwok-0",
      { metadata: { labels: { "example.com/late": "yes" } } },
      MERGE,
    );
    const ended = await app.until((now) => isQuiet(now) && now.status.health.status === "Healthy");
    expect(ended.status.operationState).toMatchObject({
      phase: "Succeeded",
      startedAt: waiting.status.operationState.startedAt,
      syncResult: { resources: [{ name: "first" }, { name: "later" }] },
    });
    expect(ended.status.history).toHaveLength(1);
    expect(await stage.find(configMapPath("running", "later"))).toBeDefined();
    await app.untilSettled();
    // The new connection watches, the new poll runs, and strict is strict.
    await stage.must("PATCH", configMapPath("running", "later"), { data: { key: "drifted" } }, MERGE);
    await eventually(
      "the drift is reverted",
      async () => (await stage.must("GET", configMapPath("running", "later"))).data.key === "value",
    );
    await app.push({ "notes.yaml": "to do: [buy milk\n" });
    const strict = await app.until((now) => conditions(now, "ComparisonError").length > 0);
    expect(conditions(strict, "ComparisonError")[0]).toContain("app/notes.yaml:");
  });

  test("what holds after a restart only is said", async () => {
    const before = (await stage.daemon.log()).length;
    await reload((text) => `${text}render: { timeout: 30s }\n`);
    expect((await stage.daemon.log()).slice(before)).toMatch(
      /these settings hold after a restart only.*render/,
    );
  });

  test("a kubeconfig that broke in its place: the next start holds its cluster as unreachable, the others go on, and mended it is taken up", async () => {
    const far = join(stage.daemon.dir, "far.kubeconfig");
    const good = readFileSync(stage.plane.kubeconfig);
    writeFileSync(far, good);
    await reload((text) =>
      text.replace(
        "clusters: [",
        `clusters: [${JSON.stringify({ name: "far", server: "https://far.example.com", kubeconfig: far })},`,
      ),
    );
    const [near, away] = await Promise.all(
      [
        { name: "near-one", on: "in-cluster" },
        { name: "far-one", on: "far" },
      ].map(({ name, on }) =>
        stage.place({
          name,
          files: { "a.yaml": yaml(configMap(name, "a")) },
          spec: { destination: { name: on, namespace: name } },
        }),
      ),
    );
    if (near === undefined || away === undefined) throw new Error("there are two");
    await Promise.all([near.untilSettled(), away.untilSettled()]);
    const drift = (name: string): Promise<unknown> =>
      stage.must("PATCH", configMapPath(name, "a"), { data: { key: "drifted" } }, MERGE);
    const healed = (name: string): Promise<unknown> =>
      eventually(
        "the drift is reverted",
        async () => (await stage.must("GET", configMapPath(name, "a"))).data.key !== "drifted",
      );

    writeFileSync(far, "clusters: [");
    await stage.daemon.restart();
    const seen = await away.until((now) => now.status?.sync?.status === "Unknown");
    expect(conditions(seen, "ComparisonError")[0]).toContain(
      `cluster far: cannot connect to it: ${far}: cannot read the kubeconfig: it is not YAML. Correct the file`,
    );
    expect(String((await stage.daemon.api("/readyz")).body)).toContain(far);
    await Promise.all([drift("near-one"), drift("far-one")]);
    await healed("near-one");
    expect((await stage.must("GET", configMapPath("far-one", "a"))).data.key).toBe("drifted");

    writeFileSync(far, good);
    await healed("far-one");
    expect(isSynced(await away.refresh())).toBe(true);
  });
});
