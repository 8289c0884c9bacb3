import { mkdirSync } from "node:fs";
import { chmod, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RenderedDocument } from "../core/model/desired-object.ts";
import type { Problem } from "../core/model/problem.ts";
import type { Log } from "../core/ports/log.ts";
import { hashText } from "../lib/hash.ts";
import { Lru } from "../lib/lru.ts";

/** What one source rendered to. */
export interface RenderedSource {
  documents: RenderedDocument[];
  problems: Problem[];
  sourceType: string;
  /** See `Made`. */
  foreign?: string;
}

/** A rendered source, packed. The texts come out when they are asked for, the rest is small and at hand. */
export interface PackedSource {
  problems: Problem[];
  sourceType: string;
  foreign?: string;
  documents(): RenderedDocument[];
}

export interface RenderCacheOptions {
  /** Absent: nothing outlives the process. */
  cacheDir?: string;
  /** Packed texts kept in memory. */
  memoryBytes: number;
  /** Packed texts kept on disk; the oldest go first. */
  diskBytes: number;
  log: Log;
}

/**
 * Rendered texts by content key, compressed: in memory up to a limit, and what is worth it on disk, over restarts. What
 * holds a Secret is never on disk: a key to encrypt it with would lie beside it, and a copy of the folder would have both.
 * A file whose digest is wrong is no hit. A disk that is full or gone costs speed, never a render.
 */
export class RenderCache {
  readonly #options: RenderCacheOptions;
  readonly #packedByKey: Lru<string, Uint8Array>;
  #diskBytes: number | "unknown" = "unknown";
  #writing: Promise<void> = Promise.resolve();

  constructor(options: RenderCacheOptions) {
    this.#options = options;
    this.#packedByKey = new Lru(options.memoryBytes, (packed) => packed.length);
    if (options.cacheDir === undefined) return;
    mkdirSync(options.cacheDir, { recursive: true, mode: 0o700 });
    this.#writing = this.#closeToOthers(options.cacheDir);
  }

  async get(key: string): Promise<PackedSource | undefined> {
    const known = this.#packedByKey.get(key);
    const packed = known ?? (await this.#read(key));
    if (packed === undefined) return undefined;
    if (known === undefined) this.#packedByKey.set(key, packed);
    return unpack(packed);
  }

  put(key: string, source: RenderedSource, where: "memory" | "memory-and-disk"): PackedSource {
    const packed = pack(source);
    this.#packedByKey.set(key, packed);
    if (where === "memory-and-disk" && !source.documents.some(({ text }) => SECRET.test(text)))
      // One after the other: writers never race for the limit, and nobody waits for the disk.
      this.#writing = this.#writing.then(() => this.#write(key, packed));
    const { documents, ...rest } = source;
    return { ...rest, documents: () => documents };
  }

  /** Resolves when everything that was put is on disk. */
  settled(): Promise<void> {
    return this.#writing;
  }

  #path(key: string): string | undefined {
    const { cacheDir } = this.#options;
    return cacheDir === undefined ? undefined : join(cacheDir, `${key}.render`);
  }

  async #read(key: string): Promise<Uint8Array | undefined> {
    const path = this.#path(key);
    if (path === undefined) return undefined;
    const file = Bun.file(path);
    if (!(await file.exists())) return undefined;
    try {
      const packed = new Uint8Array(await file.arrayBuffer());
      if (isWhole(packed)) return packed;
      this.#options.log.warn("a cached render is damaged and is rendered again", { key });
    } catch (cause) {
      this.#options.log.warn("a cached render cannot be read", { key, why: String(cause) });
    }
    return undefined;
  }

  async #write(key: string, packed: Uint8Array): Promise<void> {
    const path = this.#path(key);
    if (path === undefined) return;
    try {
      const unfinished = `${path}.${process.pid}`;
      // No Secret is in it, and still what an installation consists of.
      await writeFile(unfinished, packed, { mode: 0o600 });
      await rename(unfinished, path);
      if (this.#diskBytes === "unknown")
        this.#diskBytes = (await this.#files()).reduce((sum, { size }) => sum + size, 0);
      else this.#diskBytes += packed.length;
      if (this.#diskBytes > this.#options.diskBytes) await this.#sweep();
    } catch (cause) {
      this.#options.log.warn("a render could not be cached on disk", { key, why: String(cause) });
    }
  }

  /** The folder and what an older version, or a backup put back, left in it. */
  async #closeToOthers(folder: string): Promise<void> {
    try {
      await chmod(folder, 0o700);
      for (const { path, mode } of await this.#files()) if ((mode & 0o077) !== 0) await chmod(path, 0o600);
    } catch (cause) {
      this.#options.log.warn("cached renders may be readable by others", { folder, why: String(cause) });
    }
  }

  async #files(): Promise<{ path: string; size: number; mtimeMs: number; mode: number }[]> {
    const folder = this.#options.cacheDir;
    if (folder === undefined) return [];
    const names = await readdir(folder);
    return Promise.all(
      names.map(async (name) => {
        const { size, mtimeMs, mode } = await stat(join(folder, name));
        return { path: join(folder, name), size, mtimeMs, mode };
      }),
    );
  }

  /** Down to four fifths, the oldest first. */
  async #sweep(): Promise<void> {
    const files = (await this.#files()).sort((a, b) => a.mtimeMs - b.mtimeMs);
    let left = files.reduce((sum, { size }) => sum + size, 0);
    for (const { path, size } of files) {
      if (left <= this.#options.diskBytes * 0.8) break;
      await rm(path, { force: true });
      left -= size;
    }
    this.#diskBytes = left;
  }
}

/** As YAML and JSON write the kind, with a tag or an anchor before it too; one that is only mentioned counts as well. */
const SECRET = /\bkind["']?\s*:\s*(?:[!&]\S*\s+)*["']?Secret(?:List)?\b/;

/** Digest of the rest, length of the head, head (JSON), texts (compressed JSON). */
const DIGEST = 32,
  LENGTH = 4;

function pack({ documents, problems, sourceType, foreign }: RenderedSource): Uint8Array {
  const head = Buffer.from(JSON.stringify({ problems, sourceType, foreign }));
  const length = Buffer.alloc(LENGTH);
  length.writeUInt32LE(head.length);
  const rest = Buffer.concat([length, head, Bun.zstdCompressSync(JSON.stringify(documents), { level: 3 })]);
  return Buffer.concat([Buffer.from(hashText(rest), "latin1"), rest]);
}

function isWhole(packed: Uint8Array): boolean {
  return (
    packed.length > DIGEST + LENGTH &&
    hashText(packed.subarray(DIGEST)) === Buffer.from(packed.subarray(0, DIGEST)).toString("latin1")
  );
}

function unpack(packed: Uint8Array): PackedSource {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const headEnd = DIGEST + LENGTH + bytes.readUInt32LE(DIGEST);
  const head = JSON.parse(bytes.toString("utf8", DIGEST + LENGTH, headEnd)) as Omit<
    RenderedSource,
    "documents"
  >;
  return {
    ...head,
    documents: () =>
      JSON.parse(Bun.zstdDecompressSync(bytes.subarray(headEnd)).toString()) as RenderedDocument[],
  };
}
