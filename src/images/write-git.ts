import {
  helmValuesOf,
  setHelmValues,
  setKustomizationImage,
  setOverride,
} from "../core/images/write-images.ts";
import type { AppKey } from "../core/model/application.ts";
import type { CommitSha } from "../core/model/commit-sha.ts";
import { Failure } from "../core/model/failure.ts";
import type { SourceTree } from "../core/ports/source-tree.ts";
import { defined } from "../lib/defined.ts";
import { hashSha256 } from "../lib/hash.ts";
import { pauses } from "../lib/in-steps.ts";
import { below } from "../lib/resolve-inside.ts";
import type { ScalarSet } from "../lib/yaml.ts";
import { isBeside, KUSTOMIZATIONS, mayBeIn } from "./beside.ts";
import { branchName, commitMessage } from "./commit-words.ts";
import type { ImageEdit } from "./image-edit.ts";
import type { ImagesPorts } from "./images-ports.ts";
import type { GitPlace } from "./write-place.ts";

export interface GroupEnd {
  is: "written" | "would-write" | "same";
  branch: string;
  /** The branch that is followed. */
  base: string;
  baseTip: CommitSha;
  /** Where `branch` was; absent where there was none. */
  head?: CommitSha;
  commit?: CommitSha;
  files: readonly string[];
  /** Those that changed something. */
  edits: readonly ImageEdit[];
  /** What could not be written, and why, with the fix. */
  refused: readonly { app: AppKey; why: string }[];
  message: string;
}

/** A branch moves on while a commit is made: tried so often. */
const MOST_TRIES = 5;
const PAUSE_MS = 200;
/** Of one file: each image of it takes its whole text apart, a moment for all others. */
const MAX_KIB = 256;
/** Of one file, its size as often as an image is set in it. */
const MAX_KIB_AT_ONCE = 8 * 1024;

/**
 * @param edits of one group
 * @param others that are, or are to be, written elsewhere or there: none of them is written over
 * @throws {Failure} where nothing of it can be written
 */
export async function writeGroup(
  edits: readonly ImageEdit[],
  mode: "dry-run" | "write",
  ports: ImagesPorts,
  others: readonly ImageEdit[] = [],
): Promise<GroupEnd> {
  const [first] = edits;
  if (first === undefined) throw new Error("a group is never empty");
  const { access } = first.place;
  const { clock, git, writer } = ports;
  const beside = others.filter((other) => isBeside(other.place, first.place) && !edits.includes(other));
  for (let tries = 1; ; tries++) {
    const { base, baseTip, to, head } = await branchesOf(first, edits, ports);
    const tip = head ?? baseTip;
    const tree = await git.tree(access, tip);
    const { files, done, refused } = await changedFiles(edits, beside, tree);
    const message = await commitMessage(done, ports);
    const end = {
      ...{ branch: to, base, baseTip, ...defined({ head }) },
      ...{ files: Object.keys(files), edits: done, refused, message },
    };
    if (done.length === 0) return { is: "same", ...end };
    if (mode === "dry-run") return { is: "would-write", ...end };
    const { author, signingKey } = ports.settings();
    const pushed = await writer.writeFiles(access, {
      ...{ tip, files, author, message, to: `refs/heads/${to}`, at: clock.now() },
      ...defined({ signedBy: signingKey === "" ? undefined : signingKey }),
    });
    if (pushed.is === "same") return { is: "same", ...end };
    if (pushed.is === "pushed") return { is: "written", ...end, commit: pushed.commit };
    if (tries === MOST_TRIES)
      throw new Failure("conflict", access.url, "backoff", {
        cannot: `push to ${to}`,
        why: `it moved on ${MOST_TRIES} times while a commit was made`,
        fix: "It is tried again with the next look",
      });
    await clock.sleep(PAUSE_MS * tries * (0.5 + (hashNumber(`${to} ${tip} ${tries}`) % 100) / 100));
  }
}

function hashNumber(text: string): number {
  return Number.parseInt(hashSha256(text).slice(0, 8), 16);
}

/** Which branch is read, and which is pushed to: one that is there already is gone on with. */
async function branchesOf(
  { place: { access, base: followed, to } }: ImageEdit,
  edits: readonly ImageEdit[],
  ports: ImagesPorts,
): Promise<{ base: string; baseTip: CommitSha; to: string; head: CommitSha | undefined }> {
  const { git, clock } = ports;
  const asOf = clock.now();
  const at = await git.resolve(access, followed, { freshness: "latest", asOf, interest: "once" });
  if (!at.ref.startsWith("refs/heads/"))
    throw new Failure("conflict", access.url, "after-edit", {
      cannot: "write images",
      why: `it is followed at ${followed}, which is no branch that a commit could go to`,
      fix: "Follow a branch, or name one by the annotation git-branch",
    });
  const base = at.ref.slice("refs/heads/".length);
  if (to === undefined) return { base, baseTip: at.commit, to: base, head: at.commit };
  const name = await branchName(to, edits, ports);
  const there = await git
    .resolve(access, `refs/heads/${name}`, { freshness: "latest", asOf, interest: "once" })
    .catch((cause) => {
      if (cause instanceof Failure && cause.code === "git-revision") return undefined;
      throw cause;
    });
  return { base, baseTip: at.commit, to: name, head: there?.commit };
}

interface Changed {
  files: Record<string, string>;
  done: ImageEdit[];
  refused: { app: AppKey; why: string }[];
}

async function changedFiles(
  edits: readonly ImageEdit[],
  beside: readonly ImageEdit[],
  tree: SourceTree,
): Promise<Changed> {
  const texts = new Map<string, { before: string | undefined; now: string | undefined }>();
  const refused: Changed["refused"] = [];
  const done: { edit: ImageEdit; file: string }[] = [];
  const cannot = ({ app, wanted }: ImageEdit, file: string, why: string): void => {
    refused.push({
      app,
      why: `${wanted.image.name} in ${file}: ${why}. Write the field by hand once, or name another one`,
    });
  };
  const pause = pauses();
  const taken = new Map<string, number>();
  for (const edit of edits) {
    await pause();
    const found = await fileOf(edit.place, tree);
    if (found.is === "refused") {
      refused.push({ app: edit.app, why: found.why });
      continue;
    }
    const { file } = found;
    const known = texts.get(file) ?? { before: found.text, now: found.text };
    texts.set(file, known);
    const kib = (taken.get(file) ?? 0) + (known.now ?? "").length / 1024;
    taken.set(file, kib);
    if (kib > MAX_KIB_AT_ONCE) {
      const why = `${edit.wanted.image.name} in ${file}: it has too many images for its size. Divide it into several files`;
      refused.push({ app: edit.app, why });
      continue;
    }
    const set = applied(edit, known.now);
    if (set.is === "refused") cannot(edit, file, set.why);
    else {
      done.push({ edit, file });
      if (set.is === "changed") texts.set(file, { ...known, now: set.text });
    }
  }
  // Two that want the same field otherwise would take turns for ever.
  const fighting = await picked(
    done,
    ({ edit, file }) => applied(edit, texts.get(file)?.now).is !== "same",
    pause,
  );
  const besides = [...texts].flatMap(([file, { before, now }]) =>
    beside
      .filter(({ place }) => now !== before && mayBeIn(place, file))
      .map((edit) => ({ edit, file, before, now })),
  );
  const writtenOver = await picked(
    besides,
    ({ edit, before, now }) => applied(edit, before).is === "same" && applied(edit, now).is !== "same",
    pause,
  );
  const disputed = new Set([...fighting, ...writtenOver].map(({ file }) => file));
  for (const { edit, file } of done)
    if (disputed.has(file)) {
      const others = [...done, ...writtenOver]
        .filter((one) => one.file === file && one.edit.app !== edit.app)
        .map((one) => one.edit.app);
      cannot(
        edit,
        file,
        `${others.length === 0 ? "another image of it" : [...new Set(others)].join(" and ")} wants the same field otherwise, and they would take turns`,
      );
    }
  const files: Record<string, string> = {};
  for (const [file, { before, now }] of texts)
    if (now !== undefined && now !== before && !disputed.has(file)) files[file] = now;
  const changing = await picked(
    done,
    ({ edit, file }) => file in files && applied(edit, texts.get(file)?.before).is === "changed",
    pause,
  );
  return { files, done: changing.map(({ edit }) => edit), refused };
}

/** As `filter`; whatever else waits goes first now and then. */
async function picked<T>(
  all: readonly T[],
  isMeant: (one: T) => boolean,
  pause: () => Promise<void>,
): Promise<T[]> {
  const found: T[] = [];
  for (const one of all) {
    await pause();
    if (isMeant(one)) found.push(one);
  }
  return found;
}

type FileFound = { is: "found"; file: string; text: string | undefined } | { is: "refused"; why: string };

async function fileOf({ path, target }: GitPlace, tree: SourceTree): Promise<FileFound> {
  if (target !== "kustomization" || /\.ya?ml$/.test(path)) return read(path, tree, target);
  for (const name of KUSTOMIZATIONS) {
    const file = below(path, name);
    if ((await tree.entry(file)) !== undefined) return read(file, tree, target);
  }
  return {
    is: "refused",
    why: `${path || "the root"}: there is no kustomization.yaml. Correct write-back-target`,
  };
}

async function read(file: string, tree: SourceTree, target: GitPlace["target"]): Promise<FileFound> {
  const entry = await tree.entry(file);
  if (entry === undefined && target === "override") return { is: "found", file, text: undefined };
  if (entry?.kind !== "file")
    return {
      is: "refused",
      why: `${file}: ${entry === undefined ? "there is no such file" : `it is a ${entry.kind} and no file`}. Correct write-back-target`,
    };
  const bytes = await tree.read(file);
  if (bytes.byteLength > MAX_KIB * 1024)
    return { is: "refused", why: `${file}: it is larger than ${MAX_KIB} KiB. Name another file` };
  try {
    return {
      is: "found",
      file,
      text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes),
    };
  } catch {
    return { is: "refused", why: `${file}: it is no text in UTF-8. Name another file` };
  }
}

function applied({ wanted, version, place }: ImageEdit, text: string | undefined): ScalarSet {
  switch (place.target) {
    case "override":
      return setOverride(text, wanted, version, place);
    case "kustomization":
      return setKustomizationImage(text ?? "", wanted, version);
    case "helm-values":
      return setHelmValues(text ?? "", helmValuesOf(wanted, version));
  }
}
