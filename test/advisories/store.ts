/** What lies on the disk, and what one poisoned row or file does to all others. */
import { Database } from "bun:sqlite";
import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Application } from "../../src/core/model/application.ts";
import { openStore } from "../../src/store/open-store.ts";
import { makeGit, systemGit } from "../lib/git-remotes.ts";
import { applicationOf, askFor, renderHost } from "../lib/render-host.ts";
import { sourceFolder } from "../lib/source-folder.ts";
import { CHART } from "./render-paths.ts";
import { must, mustEqual, type Row, tally } from "./row.ts";
import { configMap, settled } from "./stand.ts";
import { filesBelow, modeOf } from "./witnesses.ts";

const notYet = (id: string, about: string, because: string): Row => ({ id, about, because });

export const STORE: readonly Row[] = [
  {
    id: "CA-1",
    about: "Argo CD CVE-2024-31989: whoever reaches the cache of manifests decides what is delivered",
    input:
      "each byte region of a cached render flipped, one whole file put in another's place, two applications with other values",
    async play(stand) {
      const folder = sourceFolder({
        ...CHART,
        "other/Chart.yaml": CHART["chart/Chart.yaml"],
        "other/templates/x.yaml": configMap("evil"),
      });
      const cacheDir = join(folder.path, "../cache");
      const render = async (path: string, value: string): Promise<{ from: string; text: string }> => {
        const host = await renderHost(stand.tools, { cacheDir });
        const app = applicationOf({ path, helm: { parameters: [{ name: "a", value }] } });
        const { from, documents } = await host.renderers.render(askFor(app, await folder.tree()));
        await host.renderers.settled();
        host.remove();
        return { from, text: JSON.stringify(documents) };
      };
      const first = await render("chart", "1");
      const [file = ""] = readdirSync(cacheDir);
      const bytes = readFileSync(join(cacheDir, file));
      mustEqual((await render("chart", "1")).from, "cache", "the second render");
      for (const at of [0, 33, 36, 40, Math.floor(bytes.length / 2), bytes.length - 1]) {
        const flipped = Buffer.from(bytes);
        flipped.writeUInt8(flipped.readUInt8(at) ^ 1, at);
        writeFileSync(join(cacheDir, file), flipped);
        mustEqual(await render("chart", "1"), first, `the render with byte ${at} flipped`);
      }
      const other = await render("chart", "2");
      must(other.from === "renderer" && other.text !== first.text, "two values share a render");
      mustEqual(
        [modeOf(cacheDir), ...readdirSync(cacheDir).map((name) => modeOf(join(cacheDir, name)))].join(" "),
        "700 600 600",
        "who may write there",
      );
      folder.dispose();
      return "no network; a damaged file is rendered again, the key holds all that counts, only this user may write there";
    },
  },
  {
    id: "CA-2",
    about: "Argo CD #14090, #15058, #3578: a render of one commit is taken for another's",
    input:
      "10 commits of one repository read 5 times each at once, with forced pushes meanwhile, on both roads",
    async play(stand) {
      const url = await stand.git.createRepo("moves", { "app/a.yaml": configMap("a", { at: "first" }) });
      const commits: [sha: string, text: string][] = [];
      for (let at = 0; at < 10; at++) {
        const text = configMap("a", { at: `commit ${at}` });
        commits.push([await stand.git.commit("moves", { "app/a.yaml": text }, `${at}`), text]);
        await stand.git.git("moves", "tag", `v${at}`);
      }
      for (const road of ["program", "library"]) {
        const git = makeGit(join(stand.dir, `moves-${road}`), {
          systemGit: road === "program" ? systemGit : undefined,
        });
        const wrong: string[] = [];
        const moving = (async () => {
          for (const [sha] of commits) await stand.git.git("moves", "update-ref", "refs/heads/main", sha);
        })();
        await Promise.all(
          Array.from({ length: 50 }, async (_, at) => {
            const [sha, text] = commits[at % 10] ?? ["", ""];
            const { commit } = await git.resolve({ url }, at % 2 === 0 ? sha : `v${at % 10}`, {
              freshness: "latest",
            });
            const shown = await stand.renderTree(await git.tree({ url }, commit), {
              path: "app",
              directory: {},
            });
            if (
              commit !== sha ||
              shown.is !== "rendered" ||
              !shown.text.includes(JSON.stringify(text).slice(1, -1))
            )
              wrong.push(sha);
          }),
        );
        await moving;
        await git.stop();
        mustEqual(wrong, [], `renders of other commits, by the ${road}`);
      }
      return "100 renders, each of its own commit";
    },
  },
  {
    id: "SQL",
    about: "a name or a sentence that becomes a part of a query",
    input:
      "names, keys, values and limits with quotes, comments, wildcards, NUL and lone surrogates, stored and read again; limits over HTTP",
    async play({ dir, daemon }) {
      const store = openStore(join(dir, "store-sql"));
      const evil = ["'; DROP TABLE activity; --", "%", "_", '"', "\\", "a\0b", "\ud800", "x' OR '1'='1"];
      for (const text of evil) {
        store.putValue(text, text);
        store.audit({
          at: "2026-11-28T04:00:00Z",
          actor: text,
          action: text,
          app: text as never,
          details: { text },
        });
      }
      mustEqual(
        evil.filter((text) => store.value(text) === undefined),
        [],
        "values that are lost",
      );
      for (const text of ["%", "_", "x' OR '1'='1"])
        mustEqual(store.audits({ app: text as never, limit: 100 }).length, 1, `entries of ${text}`);
      store.close();
      const seen: string[] = [];
      for (const query of [
        "limit=1;DROP TABLE runs",
        "limit=-1",
        "limit=1e9",
        "limit=NaN",
        "app=x' OR '1'='1",
        "app=%25",
      ]) {
        const { status, json } = await daemon.ask("GET", `/api/holdfast/v1/audit?${query}`);
        must(
          status === 400 ||
            status === 404 ||
            (json.items.length <= 1_000 && !(query.startsWith("app") && json.items.length > 0)),
          `${query}: ${status}`,
        );
        seen.push(String(status));
      }
      return `all are values, never words of the query; over HTTP ${tally(seen)}`;
    },
  },
  {
    id: "PF-5",
    about:
      "SQLite's defaults: others may read it, a damaged page is found in the middle of a sync, a schema may run code",
    input:
      "the files' rights under an open umask; a flipped page, a database of another program, of a newer version, a planted trigger; a link in its place",
    async play({ dir }) {
      const umask = process.umask(0);
      const folder = join(dir, "store-modes");
      const store = openStore(folder);
      store.putValue("a", "b".repeat(100_000));
      process.umask(umask);
      const modes = filesBelow(folder).map((path) => `${path.slice(folder.length + 1)} ${modeOf(path)}`);
      must(modeOf(folder) === "700" && modes.every((mode) => / 6[04]0$|644|600/.test(mode)), `${modes}`);
      mustEqual(
        modes.filter((mode) => /^holdfast\.db/.test(mode) && !mode.endsWith("600")),
        [],
        "files that others may open",
      );
      store.close();
      const refusals: string[] = [];
      const spoil = (name: string, change: (file: string) => void): void => {
        const at = join(dir, `store-${name}`);
        const made = openStore(at);
        made.putValue("a", "b".repeat(100_000));
        made.close();
        change(join(at, "holdfast.db"));
        try {
          const opened = openStore(at);
          opened.close();
          refusals.push(`${name}: opened`);
        } catch (cause) {
          refusals.push(`${name}: ${String((cause as { why?: string }).why ?? cause).slice(0, 60)}`);
        }
      };
      spoil("flipped", (file) => {
        const bytes = readFileSync(file);
        bytes.fill(0xff, 4096, 12_288);
        writeFileSync(file, bytes);
      });
      spoil("newer", (file) => new Database(file).run("PRAGMA user_version = 9999"));
      spoil("no database", (file) => writeFileSync(file, "<html>".repeat(1_000)));
      spoil("a planted trigger", (file) =>
        new Database(file).run(
          "CREATE TRIGGER planted AFTER INSERT ON activity BEGIN DELETE FROM records; END",
        ),
      );
      spoil("a link", (file) => {
        renameSync(file, `${file}.elsewhere`);
        symlinkSync(`${file}.elsewhere`, file);
      });
      mustEqual(
        refusals.filter((text) => text.endsWith(": opened")),
        [],
        "stores that were opened",
      );
      return `${modes.length} files for this user alone; ${refusals.join("; ")}`;
    },
  },
  {
    id: "DS-6",
    about:
      "Flux CVE-2022-39272, Argo Workflows CVE-2026-40886: one object that cannot be read stops all, at every start",
    input:
      "Applications with bad durations, numbers, annotations, surrogates, depth, a bomb, __proto__; a FIFO, links and /etc/passwd as repository beside an honest one; killed and started again",
    async play(stand) {
      const daemon = await stand.another({});
      const poison: Record<string, unknown>[] = [
        { spec: { syncPolicy: { retry: { limit: 1e308, backoff: { duration: "-1s", factor: 1e308 } } } } },
        {
          metadata: {
            annotations: { "argocd.argoproj.io/sync-wave": "1e999", "argocd.argoproj.io/refresh": "\ud800" },
          },
        },
        { spec: { ignoreDifferences: [{ kind: "*", jsonPointers: ["/~2", "//", "a"] }] } },
        { spec: { syncPolicy: { automated: {}, syncOptions: ["=", "Prune", "\u0000"] } } },
        { spec: { revisionHistoryLimit: -1 } },
        { source: { path: "\ud800", targetRevision: "\u0000" } },
      ];
      for (const [at, more] of poison.entries())
        daemon.place(
          `poison-${at}.yaml`,
          await stand.app(`poison-${at}`, { "app/a.yaml": configMap("a") }, more),
        );
      daemon.place(
        "bomb.yaml",
        `a: &a [x,x,x]\n${Array.from({ length: 40 }, (_, i) => `b${i}: &b${i} [*${i === 0 ? "a" : `b${i - 1}`},*${i === 0 ? "a" : `b${i - 1}`}]`).join("\n")}\nkind: Application\napiVersion: argoproj.io/v1alpha1\n`,
      );
      daemon.place(
        "depth.yaml",
        `kind: Application\napiVersion: argoproj.io/v1alpha1\nspec: ${"[".repeat(50_000)}\n`,
      );
      daemon.place(
        "proto.yaml",
        `{"apiVersion":"argoproj.io/v1alpha1","kind":"Application","__proto__":{"polluted":true},"metadata":{"name":"proto","__proto__":{"polluted":true}}}`,
      );
      for (const [at, repoURL] of [
        "file:///etc/passwd",
        "/etc/passwd",
        "/proc/self/environ",
        "/dev/zero",
        stand.dir,
      ].entries())
        daemon.place(`local-${at}.yaml`, await stand.app(`local-${at}`, {}, { repoURL }));
      mkdirSync(join(daemon.dir, "odd"));
      Bun.spawnSync(["mkfifo", join(daemon.dir, "odd", "fifo")]);
      for (const [name, target] of [
        ["fifo.yaml", join(daemon.dir, "odd", "fifo")],
        ["zero.yaml", "/dev/zero"],
        ["circle.yaml", "circle.yaml"],
        ["environ.yaml", "/proc/self/environ"],
        ["secret.yaml", stand.outside],
      ] as const)
        symlinkSync(target, join(daemon.dir, "apps", name));
      daemon.place("honest.yaml", await stand.app("honest", { "app/a.yaml": configMap("a") }));
      await daemon.until("honest", settled);
      const problems = (await daemon.ask("GET", "/api/holdfast/v1/problems")).json.items.length as number;
      for (const { metadata } of (await daemon.ask("GET", "/api/v1/applications")).json
        .items as Application[])
        must(
          (await daemon.ask("GET", `/api/v1/applications/${metadata.name}`)).status < 500,
          `${metadata.name} cannot be shown`,
        );
      await daemon.restart();
      await daemon.until("honest", settled);
      await daemon.kill();
      return `the honest one is Synced before and after a restart; ${problems} problems are told`;
    },
  },
  notYet(
    "AZ-11b",
    "Argo Workflows CVE-2026-31892: rules of roles that are stored and read differently",
    "there are no roles: the store holds none",
  ),
  notYet(
    "DS-9",
    "cosign CVE-2023-46737, -2024-29902: answers of registries without end",
    "no registry is asked: charts come from Git, images are not watched",
  ),
  notYet(
    "SS-5",
    "targets of notifications that are hosts of one's own network",
    "nothing is sent: there are no notifications",
  ),
  notYet(
    "TI-2",
    "line breaks and mentions in mails and chats",
    "nothing is sent: there are no notifications",
  ),
  notYet(
    "SC-1",
    "Helm CVE-2026-35205, cosign CVE-2026-39395: a signature that is missing counts as good",
    "no signature of charts and images is asked for; a project that wants one refuses its applications (SC-2)",
  ),
  {
    id: "SC-2",
    about: "a commit that is not signed is delivered though signatures are demanded",
    input: "a project with signatureKeys, and an application whose commit has no signature",
    async play(stand) {
      const project = {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "AppProject",
        metadata: { name: "signed", namespace: "argocd" },
        spec: {
          sourceRepos: ["*"],
          destinations: [{ server: "*", namespace: "*" }],
          signatureKeys: [{ keyID: "4AEE18F83AFDEB23" }],
        },
      };
      stand.daemon.place(
        "unsigned.yaml",
        [
          JSON.stringify(project),
          await stand.app("unsigned", { "app/a.yaml": configMap("a") }, { spec: { project: "signed" } }),
        ].join("\n---\n"),
      );
      await stand.daemon.until("unsigned", (app) => app?.status?.sync?.status !== undefined);
      const app = await stand.daemon.until(
        "unsigned",
        (seen) => seen?.status?.conditions !== undefined || settled(seen),
      );
      const { status } = await stand.kube.request("GET", "/api/v1/namespaces/unsigned/configmaps/a");
      const said =
        app.status.conditions?.[0]?.message ??
        (await stand.daemon.ask("GET", "/api/holdfast/v1/problems")).text;
      must(status === 404, `it was delivered: ${said}`);
      return `nothing is delivered: ${said.slice(0, 140)}`;
    },
  },
  notYet(
    "SC-3",
    "tags of images that move, names that look alike",
    "images are not watched and nothing is written to Git",
  ),
  notYet(
    "SC-4",
    "Bun CVE-2026-24910 and what dependencies bring",
    "it concerns the build: versions are exact, npm ci takes the lock file, the house test keeps one door a package",
  ),
  notYet(
    "PF-2",
    "client-node #2893, #3020: watches that leak or stall",
    "it concerns the cluster's adapter, which has watches of its own: test/cluster holds it against a real API server",
  ),
  notYet(
    "PF-3",
    "an idle stream that the runtime cuts",
    "it concerns the cluster's adapter: test/cluster holds it against a real API server",
  ),
  notYet(
    "C",
    "overflows and use after free in Git, SQLite, libarchive",
    "there is no C of ours; what Git servers send is read by a process with limits (DS-8), packages by Helm in the jail (PT-8)",
  ),
];
