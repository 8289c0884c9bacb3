import { createHash } from "node:crypto";
import {
  createReadStream,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { type FileHandle, open, rename } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { BackupAsk, BackupReport } from "../cli/offline-verbs.ts";
import { asFailure, Failure } from "../core/model/failure.ts";
import { TAR_END, tarHeader, tarPadding } from "../lib/tar-writer.ts";
import { timestamp } from "../lib/timestamp.ts";
import { KEPT_FOLDERS } from "../store/restore-folder.ts";
import { snapshotStore } from "../store/snapshot.ts";
import { storeFailure } from "../store/store-failure.ts";
import { type BackupEntry, CONTENTS, contentsText, sha256 } from "./backup-file.ts";
import { dataFolder } from "./data-folder.ts";
import type { Surroundings } from "./surroundings.ts";

/**
 * The store at one moment, and the files beside it that nothing else has. It appears whole or not at all.
 * @throws {Failure} config where there is no store, or the file is there already; store where there is no room
 */
export async function backup(around: Surroundings, { to, ...where }: BackupAsk): Promise<BackupReport> {
  const data = dataFolder(around, where);
  const file = to.is === "file" ? resolve(around.cwd, to.file) : "";
  if (file !== "" && existsSync(file))
    throw new Failure("config", file, "after-edit", {
      cannot: "write a backup",
      why: "there is something of that name",
      fix: "Name a file that is not there",
    });
  try {
    // Beside what is written, so that there is room for it where there is room for the backup.
    const scratch = mkdtempSync(join(file === "" ? tmpdir() : dirname(file), ".holdfast-backup-"));
    try {
      return await written(around, data, file, scratch);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  } catch (cause) {
    const object = file === "" ? data : file;
    throw asFailure(storeFailure(cause, object, "write a backup"), object, "write a backup");
  }
}

async function written(
  around: Surroundings,
  data: string,
  file: string,
  scratch: string,
): Promise<BackupReport> {
  const store = join(scratch, "holdfast.db");
  const { schema } = snapshotStore(data, store);
  const beside = filesBeside(data);
  const entries: BackupEntry[] = [
    { path: "holdfast.db", size: statSync(store).size, sha256: await hashOf(store) },
    ...[...beside].map(([path, content]) => ({ path, size: content.length, sha256: sha256(content) })),
  ];
  const contents = Buffer.from(
    contentsText({ made: timestamp(Date.now()), version: around.build.version, schema, files: entries }),
  );
  const whole = join(scratch, "backup.tar");
  const out: FileHandle | undefined = file === "" ? undefined : await open(whole, "wx", 0o600);
  // Text goes by the command line's own output; these are bytes.
  const sink = file === "" ? Bun.stdout.writer() : undefined;
  let bytes = 0;
  const put = async (part: Uint8Array): Promise<void> => {
    bytes += part.length;
    sink?.write(part);
    await sink?.flush();
    await out?.writeFile(part);
  };
  try {
    await putFile(put, CONTENTS, contents);
    await put(tarHeader("holdfast.db", entries[0]?.size ?? 0));
    for await (const part of createReadStream(store)) await put(part as Uint8Array);
    await put(tarPadding(entries[0]?.size ?? 0));
    for (const [path, content] of beside) await putFile(put, path, content);
    await put(TAR_END);
    await out?.sync();
  } finally {
    await out?.close();
  }
  if (file !== "") await rename(whole, file);
  return { file, paths: entries.map(({ path }) => path), bytes, schema };
}

async function putFile(
  put: (part: Uint8Array) => Promise<void>,
  path: string,
  content: Uint8Array,
): Promise<void> {
  await put(tarHeader(path, content.length));
  await put(content);
  await put(tarPadding(content.length));
}

/** Each of them is written whole by the daemon, so that one is read as it was or as it is. */
function filesBeside(data: string): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const folder of KEPT_FOLDERS) {
    if (!existsSync(join(data, folder))) continue;
    for (const name of readdirSync(join(data, folder)).sort()) {
      const path = join(data, folder, name);
      const what = lstatSync(path, { throwIfNoEntry: false });
      // What went meanwhile is gone, and what is being written has a name with a dot.
      if (what?.isFile() === true && !name.startsWith("."))
        found.set(`${folder}/${name}`, readFileSync(path));
    }
  }
  return found;
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of createReadStream(file)) hash.update(part as Uint8Array);
  return hash.digest("hex");
}
