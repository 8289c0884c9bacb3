/**
 * Folders of applications that are rewritten by everything that writes folders, at random moments, with a daemon that is
 * killed in between: no application may ever be deleted, and no object of one. HOLDFAST_SEED repeats a run.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type AuditLog, auditLog, isByDaemon } from "../lib/audit-log.ts";
import { type ControlPlane, startControlPlane } from "../lib/control-plane.ts";
import { type Daemon, run, startDaemon } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { configMap } from "../lib/manifests.ts";
import { isQuiet, isSynced, SERVER, type Shown, yaml } from "../lib/stage.ts";

setDefaultTimeout(600_000);

const NAMESPACE = "rewritten";
/** Longer than any state in between lasts, however slow the machine; without it one such state is enough to delete. */
const MISSING_FOR = "12s";
const PAUSE_MS = 700;
const ROUNDS = 45;

const inFolder = Array.from({ length: 14 }, (_, at) => `app-${String(at).padStart(2, "0")}`);
const inMount = Array.from({ length: 6 }, (_, at) => `cm-${at}`);
const all = [...inFolder, ...inMount];

const seed = Number(process.env.HOLDFAST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const random = mulberry32(seed);
const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
const pause = (): Promise<void> => Bun.sleep(random() * PAUSE_MS);

let plane: ControlPlane, git: GitServer, audit: AuditLog, daemon: Daemon, repoURL: string;
/** The configured folder is a link to it. */
let release: string;
let releases = 0,
  mounts = 0;
/** Written into each application's manifest: every rewrite is an edit too. */
const versions = new Map<string, number>();

beforeAll(async () => {
  audit = auditLog();
  [plane, git] = await Promise.all([startControlPlane({ apiserverFlags: audit.flags }), startGitServer()]);
  repoURL = await git.createRepo(
    "rewritten",
    Object.fromEntries(all.map((name) => [`${name}/a.yaml`, yaml(configMap(NAMESPACE, name))])),
  );
  const made = await plane.api.request("POST", "/api/v1/namespaces", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: NAMESPACE },
  });
  expect(made.status).toBe(201);
  daemon = await startDaemon(
    `poll: 1h\npollSpread: 0s\nremoval: { missingFor: ${MISSING_FOR}, budgetPercent: 100 }\nclusters: ${JSON.stringify([{ name: "in-cluster", server: SERVER, kubeconfig: plane.kubeconfig }])}\napplications: [./apps, ./mounted]\n`,
    { "apps.0/README.md": "applications\n", "mounted/README.md": "applications\n" },
  );
  release = join(daemon.dir, "apps.0");
  symlinkSync("apps.0", join(daemon.dir, "apps"));
  writeAll(release, layout("apart"));
  mountAnew(mountFiles());
}, 240_000);
afterAll(async () => {
  await daemon?.stop();
  await git?.close();
  await plane?.stop();
  audit?.remove();
}, 60_000);

// ---------------------------------------------------------------- what the files hold

function manifest(name: string): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: ${name}
  finalizers: [resources-finalizer.argocd.argoproj.io]
spec:
  destination:
    namespace: ${NAMESPACE}
    server: ${SERVER}
  info: [{ name: version, value: "${versions.get(name) ?? 0}" }]
  project: default
  source:
    path: ${name}
    repoURL: ${repoURL}
    targetRevision: main
  syncPolicy:
    automated: { prune: true, selfHeal: true }
`;
}

/** Text by file name. Between the two, applications move to other files, and files go and come. */
function layout(how: "apart" | "together"): Record<string, string> {
  const files: Record<string, string[]> = {};
  inFolder.forEach((name, at) => {
    const file =
      how === "apart"
        ? at % 3 === 0
          ? `${name}.yaml`
          : `some-${Math.floor(at / 3)}.yaml`
        : `team-${at % 4}/all.yaml`;
    files[file] = [...(files[file] ?? []), manifest(name)];
  });
  return Object.fromEntries(Object.entries(files).map(([file, texts]) => [file, texts.join("---\n")]));
}

function mountFiles(): Record<string, string> {
  return Object.fromEntries(inMount.map((name) => [`${name}.yaml`, manifest(name)]));
}

function edit(names: readonly string[]): void {
  for (const name of names) versions.set(name, (versions.get(name) ?? 0) + 1);
}

// ---------------------------------------------------------------- how they are written

function writeAll(folder: string, files: Record<string, string>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(folder, file, ".."), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
}

const manifestsIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".yaml") && !file.startsWith("."),
  );

/** Which layout the folder has now. */
let how: "apart" | "together" = "apart";
const now = (): Record<string, string> => layout(how);

/** The file's new text, after an edit of what it holds. */
function edited(file: string): string {
  edit(
    [...readFileSync(join(release, file), "utf8").matchAll(/^ {2}name: (\S+)$/gm)].map(
      ([, name]) => name as string,
    ),
  );
  return now()[file] as string;
}

/** As vim does: the old one becomes a backup, a new one is written in its place. */
async function saveByRename(): Promise<void> {
  const file = pick(manifestsIn(release));
  const text = edited(file);
  const path = join(release, file);
  renameSync(path, `${path}~`);
  await pause();
  writeFileSync(path, text);
  rmSync(`${path}~`);
}

/** As most editors and every shell's `>` do. */
async function saveByTruncation(): Promise<void> {
  const file = pick(manifestsIn(release));
  const text = edited(file);
  writeFileSync(join(release, file), "");
  await pause();
  writeFileSync(join(release, file), text);
}

/** Written bit by bit, cut anywhere: inside a word, after a line, after a document. */
async function saveInPieces(): Promise<void> {
  const file = pick(manifestsIn(release));
  const text = edited(file);
  const ends = [...text.matchAll(/\n(?=---\n)|\n/g)].map(({ index }) => index + 1);
  const boundaries = [...text.matchAll(/---\n/g)].map(({ index }) => index);
  const cut = pick([
    Math.floor(random() * text.length),
    pick(ends),
    pick(boundaries.length > 0 ? boundaries : ends),
  ]);
  writeFileSync(join(release, file), text.slice(0, cut));
  await pause();
  appendFileSync(join(release, file), text.slice(cut));
}

/** A comment in place of everything, or a slip of the pen, and the right text soon after. */
async function saveWrongFirst(): Promise<void> {
  const file = pick(manifestsIn(release));
  const text = edited(file);
  const slips = [
    "# nothing here\n",
    "---\n",
    text.replace("kind: Application", "kind: Aplication"),
    text.replace("metadata:", "metdata:"),
    text.replace("kind: Application\n", ""),
    text.replace("spec:", " spec:"),
  ];
  writeFileSync(join(release, file), pick(slips));
  await pause();
  writeFileSync(join(release, file), text);
}

/** rsync writes beside the file and renames; with --delete-before it removes first what the source has not. */
async function rsync(): Promise<void> {
  how = how === "apart" ? "together" : "apart";
  edit([pick(inFolder)]);
  const next = now();
  const removed = manifestsIn(release).filter((file) => next[file] === undefined);
  const removeFirst = random() < 0.5;
  if (removeFirst) for (const file of removed) rmSync(join(release, file));
  for (const [file, text] of Object.entries(next)) {
    mkdirSync(join(release, file, ".."), { recursive: true });
    const temporary = join(release, file, "..", `.${file.split("/").at(-1)}.Ab12cD`);
    writeFileSync(temporary, text);
    if (random() < 0.3) await Bun.sleep(random() * 150);
    renameSync(temporary, join(release, file));
  }
  if (!removeFirst) for (const file of removed) rmSync(join(release, file));
}

/** A checkout of another branch in place: some files go, others come, some change. */
async function gitCheckout(): Promise<void> {
  const at = (...args: string[]) =>
    run(["git", "-C", release, "-c", "user.name=t", "-c", "user.email=t@example.com", ...args]).then(
      ({ code, stderr }) => {
        if (code !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
      },
    );
  await at("init", "-q", "-b", "one");
  await at("add", "-A");
  await at("commit", "-q", "-m", "one", "--allow-empty");
  await at("checkout", "-q", "-b", "two");
  const elsewhere = join(daemon.dir, "elsewhere");
  await at("worktree", "add", "-q", "-f", elsewhere, "-b", "three");
  how = how === "apart" ? "together" : "apart";
  edit([pick(inFolder), pick(inFolder)]);
  for (const file of manifestsIn(elsewhere)) rmSync(join(elsewhere, file));
  writeAll(elsewhere, now());
  const there = (...args: string[]) =>
    run(["git", "-C", elsewhere, "-c", "user.name=t", "-c", "user.email=t@example.com", ...args]);
  await there("add", "-A");
  await there("commit", "-q", "-m", "three");
  await at("worktree", "remove", "--force", elsewhere);
  await at("checkout", "-q", "three");
  await pause();
  rmSync(join(release, ".git"), { recursive: true, force: true });
}

/** A new release beside the old one, and the link to it in one step. */
async function swapLink(): Promise<void> {
  how = pick(["apart", "together"] as const);
  edit([pick(inFolder)]);
  const next = join(daemon.dir, `apps.${++releases}`);
  writeAll(next, now());
  symlinkSync(`apps.${releases}`, join(daemon.dir, "apps.link"));
  renameSync(join(daemon.dir, "apps.link"), join(daemon.dir, "apps"));
  const old = release;
  release = next;
  await pause();
  rmSync(old, { recursive: true });
}

/** A mounted ConfigMap: files are links through `..data`, which is a link to a folder, swapped in one step. */
function mountAnew(files: Record<string, string>): void {
  const mounted = join(daemon.dir, "mounted");
  const data = `..2026_11_27_${++mounts}`;
  writeAll(join(mounted, data), files);
  symlinkSync(data, join(mounted, "..data_tmp"));
  renameSync(join(mounted, "..data_tmp"), join(mounted, "..data"));
  for (const file of Object.keys(files)) {
    if (!readdirSync(mounted).includes(file)) symlinkSync(join("..data", file), join(mounted, file));
  }
  for (const name of readdirSync(mounted))
    if (name.startsWith("..2026") && name !== data) rmSync(join(mounted, name), { recursive: true });
}

async function remount(): Promise<void> {
  edit([pick(inMount)]);
  mountAnew(mountFiles());
}

/** The volume is unmounted and mounted again: for a moment the folder is empty, or away. */
async function unmount(): Promise<void> {
  const mounted = join(daemon.dir, "mounted");
  renameSync(mounted, `${mounted}.away`);
  if (random() < 0.5) mkdirSync(mounted);
  await pause();
  rmSync(mounted, { recursive: true, force: true });
  renameSync(`${mounted}.away`, mounted);
}

async function killDaemon(): Promise<void> {
  const slow = pick([saveByTruncation, saveInPieces, saveWrongFirst, rsync, unmount]);
  const writing = slow();
  await daemon.kill("SIGKILL");
  await daemon.restart();
  await writing;
}

const WAYS = {
  saveByRename,
  saveByTruncation,
  saveInPieces,
  saveWrongFirst,
  rsync,
  gitCheckout,
  swapLink,
  remount,
  unmount,
  killDaemon,
};

// ---------------------------------------------------------------- the test

const uids = async (): Promise<Record<string, string>> => {
  const { body } = await plane.api.request("GET", `/api/v1/namespaces/${NAMESPACE}/configmaps`);
  return Object.fromEntries(
    (body as Shown).items
      .filter(({ metadata }: Shown) => all.includes(metadata.name))
      .map(({ metadata }: Shown) => [metadata.name, metadata.uid]),
  );
};

test(`no application is deleted, however its files are rewritten (seed ${seed})`, async () => {
  console.log(`HOLDFAST_SEED=${seed}`);
  const shown = async (): Promise<Shown[]> =>
    (await daemon.api<Shown>("/api/v1/applications")).body.items ?? [];
  const settled = async (): Promise<Shown[] | undefined> => {
    const apps = await shown();
    const isSettled = (app: Shown): boolean =>
      isSynced(app) &&
      isQuiet(app) &&
      app.metadata.deletionTimestamp === undefined &&
      app.spec.info[0].value === String(versions.get(app.metadata.name) ?? 0);
    return apps.length === all.length && apps.every(isSettled) ? apps : undefined;
  };
  const first = await eventually("all are there", settled, 60_000);
  const appUids = new Map(first.map(({ metadata }) => [metadata.name, metadata.uid]));
  const before = await uids();
  expect(Object.keys(before).length).toBe(all.length);

  for (let round = 0; round < ROUNDS; round++) {
    const name = pick(Object.keys(WAYS) as (keyof typeof WAYS)[]);
    await Promise.all([
      WAYS[name](),
      ...(name !== "remount" && name !== "unmount" && name !== "killDaemon" && random() < 0.3
        ? [remount()]
        : []),
    ]);
    await pause();
    const deletions = audit.writes().filter((write) => isByDaemon(write) && write.verb.startsWith("delete"));
    if (deletions.length > 0)
      throw new Error(
        `after ${name} in round ${round} (HOLDFAST_SEED=${seed}): ${JSON.stringify(deletions)}\n${(await daemon.log()).slice(-4_000)}`,
      );
  }
  const last = await eventually(
    () => `all are as they are written (HOLDFAST_SEED=${seed})`,
    settled,
    90_000,
  ).catch(async (cause) => {
    const { body } = await daemon.api<Shown>("/api/holdfast/v1/problems");
    throw new Error(`${JSON.stringify(body)}\n${(await daemon.log()).slice(-3_000)}`, { cause });
  });
  expect(new Map(last.map(({ metadata }) => [metadata.name, metadata.uid]))).toEqual(appUids);
  expect(await uids()).toEqual(before);
  const { body } = await daemon.api<Shown>("/api/holdfast/v1/audit?limit=1000");
  expect(body.items.filter(({ action }: Shown) => action.startsWith("delete"))).toEqual([]);
  expect(audit.writes().filter((write) => isByDaemon(write) && write.verb.startsWith("delete"))).toEqual([]);
});

/** A small generator with a seed: [0, 1). */
function mulberry32(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
