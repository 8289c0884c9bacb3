/** Repositories and servers that lie, by the git program and by the library. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../src/core/model/failure.ts";
import type { RepositoryAccess } from "../../src/core/model/repository-access.ts";
import { Secret } from "../../src/core/model/secret.ts";
import type { Git } from "../../src/core/ports/git.ts";
import { makeGit, systemGit } from "../lib/git-remotes.ts";
import { startGitServer } from "../lib/git-server.ts";
import { startSshServer } from "../lib/ssh-server.ts";
import { GIT_HOSTILE } from "./git-hostile.ts";
import { must, mustEqual, NotHeld, type Row, tally } from "./row.ts";
import { configMap, GIT_PASSWORD, type Stand } from "./stand.ts";
import { CommandLines, mustNotLeak } from "./witnesses.ts";

const ROADS = ["program", "library"] as const;
let folders = 0;

async function byRoad<T>(
  stand: Stand,
  work: (git: Git, road: (typeof ROADS)[number], folder: string) => Promise<T>,
): Promise<T[]> {
  const all: T[] = [];
  for (const road of ROADS) {
    const folder = join(stand.dir, `git-${++folders}`);
    const git = makeGit(folder, { systemGit: road === "program" ? systemGit : undefined, timeoutMs: 4_000 });
    all.push(await work(git, road, folder).finally(() => git.stop()));
  }
  return all;
}

/** What became of a revision and a file: its text, or the failure's code. Every word is looked at. */
async function fetched(
  git: Git,
  access: RepositoryAccess,
  revision = "main",
  path = "app/a.yaml",
): Promise<string> {
  try {
    const { commit } = await git.resolve(access, revision, { freshness: "latest" });
    return `read ${new TextDecoder().decode(await (await git.tree(access, commit)).read(path)).slice(0, 60)}`;
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause;
    mustNotLeak(`${cause.message} ${Bun.inspect(cause)}`, "what a failure says");
    return cause.code;
  }
}

const withPassword = (url: string): RepositoryAccess => ({
  url,
  username: "ci",
  password: new Secret(GIT_PASSWORD),
});
const refusedAll = (ends: readonly string[]): string => {
  must(
    ends.every((end) => !end.startsWith("read ")),
    `something was read: ${tally(ends)}`,
  );
  return `refused: ${tally(ends)}`;
};

export const GIT: readonly Row[] = [
  {
    id: "PT-6",
    about: "Flux CVE-2026-47680, go-git CVE-2026-71557: names of refs and repositories become paths",
    input:
      "revisions ../../x, a/../../../b, x.lock, index, config, @{-1}, HEAD:../x, 4 KiB, control characters; a repository named ..",
    async play(stand) {
      const url = await stand.git.createRepo("names", { "app/a.yaml": configMap("a") });
      const revisions = [
        "../../x",
        "refs/heads/a/../../../b",
        "x.lock",
        "index",
        "config",
        ".",
        "@{-1}",
        "HEAD:../x",
        "main:app",
        "a".repeat(4096),
        "a\x1bb",
        "a b",
        "main^{tree}",
        "--all",
      ];
      const ends = await byRoad(stand, async (git, _, folder) => {
        const said: string[] = [];
        for (const revision of revisions) said.push(await fetched(git, { url }, revision));
        mustEqual(await fetched(git, { url }), `read ${configMap("a").slice(0, 60)}`, "the honest revision");
        const stores = readdirSync(join(folder, "git")).filter((name) => !/^([0-9a-f]{64}|run)$/.test(name));
        mustEqual(stores, [], "folders that are named after something else than a hash");
        return said;
      });
      return `${refusedAll(ends.flat())}; stores are named by hashes`;
    },
  },
  {
    id: "SS-1",
    about: "Fleet CVE-2026-44936, Kargo CVE-2026-32828: a URL makes the server ask hosts of its own network",
    input:
      "a project that permits one host, and URLs that write loopback in other ways or only begin like that host",
    async play(stand) {
      const { port } = stand.sink;
      const urls = [
        `http://127.1:${port}/r`,
        `http://0x7f.1:${port}/r`,
        `http://2130706433:${port}/r`,
        `http://[::ffff:127.0.0.1]:${port}/r`,
        `http://localhost.:${port}/r`,
        `http://git.example.com@127.0.0.1:${port}/r`,
        `http://127.0.0.1:${port}/git.example.com/team/r`,
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "/etc",
      ];
      const project = {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "AppProject",
        metadata: { name: "one-host", namespace: "argocd" },
        spec: {
          sourceRepos: ["https://git.example.com/team/*"],
          destinations: [{ server: "*", namespace: "*" }],
        },
      };
      const apps: string[] = [];
      for (const [at, repoURL] of urls.entries())
        apps.push(await stand.app(`ssrf-${at}`, {}, { repoURL, spec: { project: "one-host" } }));
      stand.daemon.place("one-host.yaml", [JSON.stringify(project), ...apps].join("\n---\n"));
      const said: string[] = [];
      for (const at of urls.keys()) {
        const app = await stand.daemon.until(`ssrf-${at}`, (seen) => seen?.status?.conditions !== undefined);
        must(
          /is not permitted in project/.test(JSON.stringify(app.status.conditions)),
          `${urls[at]}: ${JSON.stringify(app.status.conditions)}`,
        );
        said.push(app.status.conditions[0].type);
      }
      return `not permitted by the project, before anybody was asked: ${tally(said)}`;
    },
  },
  {
    id: "SS-2",
    about: "go-git CVE-2026-41506, Helm CVE-2021-32690: credentials follow a redirect to another host",
    input:
      "302 and 307 of discovery, refs and fetch, with a password, to another port, another name, a path of file:",
    async play(stand) {
      const ends = await byRoad(stand, async (git, road) => {
        const said: string[] = [];
        for (const status of [301, 302, 307, 308])
          for (const to of [
            stand.sink.url,
            stand.sink.url.replace("127.0.0.1", "localhost"),
            "file:///etc/passwd",
          ])
            for (const stage of ["info/refs", "git-upload-pack"]) {
              const name = `away-${road}-${status}-${said.length}`;
              const url = await stand.git.createRepo(name, { "app/a.yaml": configMap("a") });
              const over = stand.git.fail(
                { do: "status", status, headers: { location: `${to}/r.git/${stage}` } },
                ({ path }) => path.startsWith(`/${name}.git/${stage}`),
              );
              said.push(await fetched(git, withPassword(url)));
              over();
            }
        return said;
      });
      const seen = stand.git.requests.filter(({ path }) => path.startsWith("/away-"));
      must(
        seen.some(({ headers }) => headers["authorization"] !== undefined),
        "no request had the credentials: nothing was shown",
      );
      return `${refusedAll(ends.flat())}; the other host heard nothing`;
    },
  },
  {
    id: "SS-6",
    about: "Argo CD CVE-2022-31105, Fleet CVE-2025-23390: TLS or host keys that nobody checks",
    input:
      "a certificate of an unknown authority, of another name, of the right authority with another name; an ssh host that is unknown",
    async play(stand) {
      const tls = await startGitServer({ tls: "private-ca" });
      const url = await tls.createRepo("tls", { "app/a.yaml": configMap("a") });
      const named = url.replace("localhost", "127.0.0.1");
      const ends = await byRoad(stand, async (git) => {
        mustEqual(
          (await fetched(git, { url, ca: tls.ca ?? "" })).slice(0, 5),
          "read ",
          "with the right authority and name",
        );
        return [
          await fetched(git, withPassword(url)),
          await fetched(git, { ...withPassword(named), ca: tls.ca ?? "" }),
        ];
      });
      mustEqual(
        tls.requests.filter(({ headers }) => headers["authorization"] !== undefined),
        [],
        "requests with credentials",
      );
      await tls.close();
      return `${refusedAll(ends.flat())}; ${await unknownHost(stand)}`;
    },
  },
  {
    id: "SL-5",
    about:
      "Argo CD CVE-2023-25163, Flux CVE-2024-31216, Atlantis CVE-2024-52009: credentials in errors, logs and command lines",
    input:
      "a password in the URL and one of the config, with 401, 403, 500, a wrong pack and silence; command lines of all processes are read meanwhile",
    async play(stand) {
      const lines = new CommandLines();
      const ends = await byRoad(stand, async (git, road) => {
        const said: string[] = [];
        for (const fault of [
          { do: "status" as const, status: 401 },
          { do: "status" as const, status: 403 },
          { do: "status" as const, status: 500, body: GIT_PASSWORD },
          { do: "flip" as const, fromEnd: 30 },
          { do: "wait" as const, ms: 300 },
        ]) {
          const name = `creds-${road}-${said.length}`;
          const url = await stand.git.createRepo(name, { "app/a.yaml": configMap("a") });
          const over = stand.git.fail(
            fault,
            ({ path }) =>
              path.startsWith(`/${name}.git/`) &&
              (fault.do === "wait" || fault.do === "status" || path.endsWith("git-upload-pack")),
          );
          said.push(await fetched(git, withPassword(url)));
          said.push(await fetched(git, { url: url.replace("//", `//ci:${GIT_PASSWORD}@`) }));
          over();
        }
        return said;
      });
      const { leak, programs } = lines.stop();
      must(
        programs.has("git") || programs.has("git-remote-http"),
        "no git was seen at work: nothing was shown",
      );
      if (leak !== undefined) throw new NotHeld(`a command line holds a secret: ${leak}`);
      return `${tally(ends.flat().map((end) => end.slice(0, 16)))}: no failure and no command line holds one`;
    },
  },
  {
    id: "GI-1",
    about:
      "CVE-2017-1000117, go-git CVE-2025-21613, CVE-2026-45570: words that git or ssh take for options or transports",
    input:
      "URLs, revisions and paths like --upload-pack=…, ssh://-oProxyCommand=…, ext::sh, fd::17, quotes and line breaks",
    async play(stand) {
      const touch = `touch ${stand.marker.path}`;
      const url = await stand.git.createRepo("options", { "app/a.yaml": configMap("a") });
      const urls = [
        `--upload-pack=${touch}`,
        `ssh://-oProxyCommand=${touch}/x`,
        `ssh://git@-oProxyCommand=${touch}/x`,
        `-oProxyCommand=${touch}:x`,
        `git@-oProxyCommand=x:y`,
        `ext::sh -c ${touch.replace(" ", "% ")}`,
        "ext::sh",
        "fd::17",
        `git@localhost:--upload-pack=${touch}`,
        `ssh://git@localhost/'; ${touch}; '`,
        `git@localhost:x;${touch}`,
        `git@localhost:$(${touch})`,
        `http://127.0.0.1:1/x\r\nHost: y`,
        `file://host/x`,
        "git://127.0.0.1:1/x",
      ];
      const revisions = [
        `--upload-pack=${touch}`,
        `--output=${stand.marker.path}`,
        "-n1",
        `main --exec=${touch}`,
        `main\n--exec=${touch}`,
        "$(touch x)",
      ];
      const ends = await byRoad(stand, async (git) => {
        const said: string[] = [];
        const ssh = { sshPrivateKey: new Secret("none"), sshKnownHosts: "localhost ssh-ed25519 AAAA" };
        for (const each of urls) said.push(await fetched(git, { url: each, ...ssh }));
        for (const revision of revisions) said.push(await fetched(git, { url }, revision));
        for (const path of ["--help", "-n", "../../x", "app/\0", ":(glob)**", "app/../../x"])
          said.push(await fetched(git, { url }, "main", path));
        return said;
      });
      return refusedAll(ends.flat());
    },
  },
  {
    id: "GI-2",
    about:
      "git CVE-2024-32002, CVE-2025-48384: hooks, filters, submodules and the user's configuration run programs",
    input:
      "a poisoned ~/.gitconfig and environment, .gitattributes with a filter, .gitmodules that run, .lfsconfig, hooks in the store",
    async play(stand) {
      const run = `touch ${stand.marker.path}`;
      const poisoned = join(stand.dir, "poisoned");
      mkdirSync(join(poisoned, "hooks"), { recursive: true });
      writeFileSync(
        join(poisoned, ".gitconfig"),
        `[core]\n\tfsmonitor = "${run}"\n\thooksPath = ${poisoned}/hooks\n\tsshCommand = ${run}\n[credential]\n\thelper = "!${run}"\n[filter "x"]\n\tsmudge = ${run}\n\trequired = true\n[uploadpack]\n\tpackObjectsHook = ${poisoned}/hooks/post-checkout\n[alias]\n\tcat-file = "!${run}"\n`,
      );
      for (const hook of ["post-checkout", "reference-transaction", "post-fetch", "post-index-change"])
        writeFileSync(join(poisoned, "hooks", hook), `#!/bin/sh\n${run}\n`, { mode: 0o755 });
      const repository = await stand.git.createRepo("hooks", {
        "app/a.yaml": configMap("a"),
        ".gitattributes": "* filter=x diff=x\n",
        ".gitmodules": `[submodule "x"]\n\tpath = x\n\turl = --upload-pack=${run}\n\tupdate = !${run}\n`,
        ".lfsconfig": `[lfs]\n\turl = ${stand.sink.url}\n`,
      });
      const environment = { ...process.env };
      Object.assign(process.env, {
        HOME: poisoned,
        GIT_CONFIG_GLOBAL: join(poisoned, ".gitconfig"),
        GIT_SSH_COMMAND: run,
        GIT_ASKPASS: join(poisoned, "hooks", "post-checkout"),
        GIT_EXTERNAL_DIFF: run,
        GIT_TRACE: join(stand.dir, "trace"),
      });
      try {
        // The same configuration with the same server, without our environment around git.
        const naive = Bun.spawn(["git", "clone", "-q", repository, join(stand.dir, "naive")], {
          env: { ...process.env },
          stderr: "ignore",
        });
        await naive.exited;
        must(stand.marker.take(), "a git of its own does not run it either: nothing was shown");
        const ends = await byRoad(stand, async (git, _, folder) => {
          const first = await fetched(git, { url: repository });
          for (const store of readdirSync(join(folder, "git")).filter((name) =>
            existsSync(join(folder, "git", name, "objects")),
          )) {
            mkdirSync(join(folder, "git", store, "hooks"), { recursive: true });
            for (const hook of ["reference-transaction", "post-fetch", "post-checkout"])
              writeFileSync(join(folder, "git", store, "hooks", hook), `#!/bin/sh\n${run}\n`, {
                mode: 0o755,
              });
          }
          await stand.git.commit("hooks", { "app/a.yaml": configMap("b") }, "next");
          return [
            first,
            await fetched(git, { url: repository }),
            await fetched(git, { url: stand.git.pathOf("hooks") }),
          ];
        });
        must(
          ends.flat().every((end) => end.startsWith("read ")),
          `it was not read: ${tally(ends.flat())}`,
        );
        must(
          !existsSync(join(stand.dir, "trace")) || stand.marker.take() === false,
          "git obeyed the environment",
        );
      } finally {
        for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
        Object.assign(process.env, environment);
      }
      return "a git of its own runs the hook; both roads read the commits and run nothing";
    },
  },
  ...GIT_HOSTILE,
];

/** A server whose key is not the known one, and one of which no key is known. */
async function unknownHost(stand: Stand): Promise<string> {
  const ssh = await startSshServer();
  const path = stand.git.pathOf("names");
  const url = `${ssh.url}${existsSync(path) ? path : "/x"}`;
  const git = makeGit(join(stand.dir, `git-${++folders}`), { env: { PATH: process.env["PATH"] ?? "" } });
  const key = new Secret(ssh.privateKey);
  const other = ssh.knownHosts.replace(
    /AAAA\S+/,
    "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  );
  const ends = [
    await fetched(git, { url, sshPrivateKey: key }),
    await fetched(git, { url, sshPrivateKey: key, sshKnownHosts: other }),
    await fetched(git, { url, sshPrivateKey: new Secret(ssh.strangeKey), sshKnownHosts: ssh.knownHosts }),
  ];
  await git.stop();
  await ssh.close();
  return `ssh ${refusedAll(ends)}`;
}
