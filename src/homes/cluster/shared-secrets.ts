/**
 * What replicas share, in Secrets of the home's namespace. One of them is the head: it names all others, and whoever replaces
 * it at the version that he read has written all that it names, or nothing. A push is one write of it, mostly.
 */
import { Failure } from "../../core/model/failure.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import type { ObjectRef } from "../../core/model/object-ref.ts";
import type { ClusterObjects, WriteOutcome } from "../../core/ports/cluster-objects.ts";
import {
  type RowChange,
  type SharedStore,
  type SharedStoreHold,
  type StoreChange,
  Superseded,
} from "../../core/ports/shared-store.ts";
import { defined } from "../../lib/defined.ts";
import { isMapping } from "../../lib/is-mapping.ts";

type Objects = Pick<ClusterObjects, "create" | "read" | "replace" | "delete">;

/** Of the head's own rows, packed: each push writes them once more. */
const MOST_IN_HEAD = 64 * 1024;
/** Of one Secret. The API server takes 1 MiB: https://kubernetes.io/docs/concepts/configuration/secret/#restriction-data-size */
const MOST_IN_ONE = 700 * 1024;
/** Changes kept beside the base until all is written anew; at least as much as the base itself. */
const LEAST_LOG = 1024 * 1024;

/** Numbers in a row that nobody has: there are none behind them. */
const MOST_MISSING = 3;
const MOST_LATE = 20;
/** To take it from others who take it at the same time. */
const MOST_TRIES = 50;

/** Rows in Secrets, in their order. */
interface Part {
  names: readonly string[];
  /** Packed. */
  bytes: number;
  /** Of the packed bytes, hex: a Secret that somebody edited is not read as rows. */
  sha256: string;
}

interface Head {
  token: number;
  holder: string;
  /** Of the last Secret that this token made. */
  made: number;
  schema?: number;
  base?: Part;
  log: readonly Part[];
  /** Secrets that nothing names any more, and that may still be there. */
  left: readonly string[];
  /** Those of the last tries whose end was not told: they may come to be after they were looked for. */
  late: readonly string[];
}

interface ReadHead {
  head: Head;
  /** Packed rows that are newer than all parts. */
  tail: Uint8Array;
  version: string;
  uid: string;
}

export class SharedSecrets implements SharedStore {
  readonly at: string;

  /**
   * @param home the home's cluster as it is connected now; undefined: it is not
   * @param name of the head; what it names begins with it
   */
  constructor(
    private readonly home: () => Objects | undefined,
    private readonly place: { namespace: string; name: string },
  ) {
    this.at = `Secret ${place.namespace}/${place.name}`;
  }

  async take(holder: string): Promise<SharedStoreHold> {
    const cannot = "take over what replicas share";
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const found = await this.#read(cannot);
      if (found === undefined) {
        const head: Head = { token: 1, holder, made: 0, log: [], left: [], late: [] };
        const tail = new Uint8Array();
        const made = await this.#objects(cannot).create(this.#object(head, tail), "write");
        if (made.is === "refused" && made.reason === "AlreadyExists") continue;
        return this.#hold({ head, tail, ...this.#marks(made, cannot) });
      }
      const { head, tail, version } = found;
      const left = [...head.left, ...head.late, ...(await this.#unnamed(head, cannot))];
      // What its last holder asked for may be made after this look.
      const after = Array.from({ length: MOST_MISSING }, (_, n) => this.#name(head.token, head.made + 1 + n));
      const late = [...head.late, ...after].slice(-MOST_LATE);
      const next: Head = { ...head, token: head.token + 1, holder, made: 0, left, late };
      const taken = await this.#objects(cannot).replace(this.#object(next, tail, version), "write");
      // Somebody else took it, or its last holder wrote once more.
      if (taken.is === "refused" && (taken.status === 409 || taken.status === 404)) continue;
      return this.#hold({ head: next, tail, ...this.#marks(taken, cannot) });
    }
    throw this.#failure(cannot, "others change it again and again", "See who writes it besides Holdfast");
  }

  async close(): Promise<void> {
    this.#closed = true;
  }
  #closed = false;

  #hold(first: ReadHead): SharedStoreHold {
    let now = first;
    const { token, schema } = first.head;
    const maker = new Maker((number) => this.#name(token, number), first.head.late);
    /** In place of what is there, if nobody else has it. */
    const put = async (head: Head, tail: Uint8Array, cannot: string): Promise<void> => {
      for (;;) {
        const outcome = await this.#objects(cannot).replace(this.#object(head, tail, now.version), "write");
        if (outcome.is === "done") {
          now = { head, tail, ...this.#marks(outcome, cannot) };
          return;
        }
        if (outcome.is === "unreachable" || outcome.status !== 409) throw this.#refused(outcome, cannot);
        // Somebody wrote: we, whose answer was lost; somebody's label; or whoever has it now.
        const found = await this.#read(cannot);
        if (found === undefined) throw this.#failure(cannot, "it was deleted");
        if (found.uid !== now.uid || found.head.token !== token) throw new Superseded();
        now = found;
      }
    };
    const write = async (
      of: number,
      rows: readonly RowChange[],
      how: "behind" | "in-place",
      cannot: string,
    ): Promise<void> => {
      const { head, tail } = now;
      const packed = await pack(rows);
      // What tries made that failed since is named nowhere, unless one of them came true; it goes.
      const named = new Set(partsOf(head).flatMap(({ names }) => names));
      const unused = maker.unused().filter((name) => !named.has(name));
      const next = async (more: Partial<Head>, newTail: Uint8Array): Promise<void> => {
        const { left = head.left } = more;
        const { made, late } = maker;
        await put({ ...head, schema: of, ...more, left: [...left, ...unused], made, late }, newTail, cannot);
        maker.used();
      };
      if (how === "in-place") {
        const left = [...head.left, ...named];
        await next({ base: await this.#part(packed, maker, cannot), log: [], left }, new Uint8Array());
        return;
      }
      const joined = join([tail, packed]);
      if (joined.length <= MOST_IN_HEAD) await next({}, joined);
      else await next({ log: [...head.log, await this.#part(joined, maker, cannot)] }, new Uint8Array());
    };
    const push = async ({ schema: of, rows }: StoreChange): Promise<void> => {
      const cannot = "keep what was written for all replicas";
      await write(of, rows, "behind", cannot);
      await this.#tidy(now, put, cannot);
      const logged = now.head.log.reduce((sum, { bytes }) => sum + bytes, 0);
      if (logged <= Math.max(LEAST_LOG, now.head.base?.bytes ?? 0)) return;
      const newest = new Map<string, RowChange>();
      for await (const some of this.#rows(now)) for (const one of some) newest.set(nameOf(one), one);
      await write(
        of,
        [...newest.values()].filter(({ row }) => row !== undefined),
        "in-place",
        cannot,
      );
      await this.#tidy(now, put, cannot);
    };
    return {
      ...{ token, schema },
      rows: () => newestOf(this.#rows(now)),
      push,
      replace: async (of, rows) => {
        const cannot = "keep all of the store for all replicas";
        await write(of, [...rows], "in-place", cannot);
        await this.#tidy(now, put, cannot);
      },
    };
  }

  /** Oldest first, each as often as it was written. */
  async *#rows({ head, tail }: ReadHead): AsyncGenerator<readonly RowChange[]> {
    const cannot = "read what replicas share";
    for (const part of partsOf(head)) {
      const pieces: Uint8Array[] = [];
      for (const name of part.names) {
        const found = await this.#objects(cannot).read(this.#ref(name), "v1");
        if (found.is === "absent")
          throw this.#failure(
            cannot,
            `Secret ${name}, which it names, is gone`,
            "Restore both from a backup of the namespace; or delete the head: what is known of applications' objects is learnt again, and history begins anew",
          );
        if (found.is !== "found") throw this.#failure(cannot, found.why);
        pieces.push(bytesOf(found.object, "rows"));
      }
      const bytes = join(pieces);
      if (hashOf(bytes) !== part.sha256)
        throw this.#failure(
          cannot,
          `Secret ${part.names.join(", ")} is not as it was written`,
          "Restore it from a backup of the namespace",
        );
      yield* unpack(bytes);
    }
    yield* unpack(tail);
  }

  /** Makes the Secrets of a part, under names that nobody ever had. */
  async #part(bytes: Uint8Array, maker: Maker, cannot: string): Promise<Part> {
    const names: string[] = [];
    for (let from = 0; from < bytes.length; from += MOST_IN_ONE) {
      const name = maker.next();
      const object = this.#secret(name, { rows: bytes.subarray(from, from + MOST_IN_ONE) });
      const outcome = await this.#objects(cannot).create(object, "write");
      if (outcome.is === "unreachable") maker.notTold(name);
      if (outcome.is !== "done") throw this.#refused(outcome, cannot);
      names.push(name);
    }
    return { names, bytes: bytes.length, sha256: hashOf(bytes) };
  }

  /** What the last holder made and could not name any more. Of its numbers those are missing whose try failed. */
  async #unnamed({ token, made }: Head, cannot: string): Promise<string[]> {
    const names: string[] = [];
    for (let number = made + 1, missing = 0; missing < MOST_MISSING; number += 1) {
      const name = this.#name(token, number);
      const found = await this.#objects(cannot).read(this.#ref(name), "v1");
      if (found.is === "unreachable" || found.is === "forbidden") throw this.#failure(cannot, found.why);
      missing = found.is === "absent" ? missing + 1 : 0;
      if (found.is === "found") names.push(name);
    }
    return names;
  }

  async #tidy(
    { head, tail }: ReadHead,
    put: (head: Head, tail: Uint8Array, cannot: string) => Promise<void>,
    cannot: string,
  ): Promise<void> {
    if (head.left.length === 0) return;
    for (const name of head.left) await this.#remove(name, cannot);
    await put({ ...head, left: [] }, tail, cannot);
  }

  async #remove(name: string, cannot: string): Promise<void> {
    const found = await this.#objects(cannot).read(this.#ref(name), "v1");
    if (found.is === "absent") return;
    if (found.is !== "found") throw this.#failure(cannot, found.why);
    const options = { uid: String(found.object.metadata.uid), propagation: "Background" } as const;
    const outcome = await this.#objects(cannot).delete(this.#ref(name), "v1", options, "write");
    if (outcome.is === "refused" || outcome.is === "unreachable") throw this.#refused(outcome, cannot);
  }

  async #read(cannot: string): Promise<ReadHead | undefined> {
    const found = await this.#objects(cannot).read(this.#ref(this.place.name), "v1");
    if (found.is === "absent") return undefined;
    if (found.is !== "found") throw this.#failure(cannot, found.why);
    const head = readHead(new TextDecoder().decode(bytesOf(found.object, "head")));
    if (head === undefined)
      throw this.#failure(
        cannot,
        "its key head is not what Holdfast writes",
        "Restore it from a backup, or delete it",
      );
    const { resourceVersion = "", uid = "" } = found.object.metadata;
    return { head, tail: bytesOf(found.object, "tail"), version: resourceVersion, uid };
  }

  #object(head: Head, tail: Uint8Array, version?: string): KubeObject {
    return this.#secret(
      this.place.name,
      { head: new TextEncoder().encode(JSON.stringify(head)), tail },
      version,
    );
  }

  #secret(name: string, data: Readonly<Record<string, Uint8Array>>, resourceVersion?: string): KubeObject {
    return {
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        ...{ name, namespace: this.place.namespace },
        ...defined({ resourceVersion }),
        labels: { "app.kubernetes.io/part-of": "holdfast", "app.kubernetes.io/component": "shared-store" },
      },
      type: "holdfast.dev/shared-store",
      data: Object.fromEntries(
        Object.entries(data).map(([key, bytes]) => [key, Buffer.from(bytes).toString("base64")]),
      ),
    };
  }

  #marks(outcome: WriteOutcome, cannot: string): { version: string; uid: string } {
    if (outcome.is !== "done") throw this.#refused(outcome, cannot);
    const { resourceVersion = "", uid = "" } = outcome.object.metadata;
    return { version: resourceVersion, uid };
  }

  #objects(cannot: string): Objects {
    const objects = this.#closed ? undefined : this.home();
    if (objects === undefined) throw this.#failure(cannot, "the home cluster is not connected");
    return objects;
  }

  #name(token: number, number: number): string {
    return `${this.place.name}-${token}-${number}`;
  }

  #ref(name: string): ObjectRef {
    return { group: "", kind: "Secret", namespace: this.place.namespace, name };
  }

  #refused(outcome: Exclude<WriteOutcome, { is: "done" }>, cannot: string): Failure {
    return this.#failure(cannot, outcome.is === "refused" ? outcome.message : outcome.why);
  }

  #failure(cannot: string, why: string, fix?: string): Failure {
    return new Failure("store", this.at, "backoff", {
      cannot,
      why,
      fix: fix ?? "Let the daemon's account get, create, update and delete Secrets in that namespace",
    });
  }
}

/** Names of Secrets: none is given twice, because the answer to a try that failed may still come true. */
class Maker {
  made = 0;
  readonly #since: string[] = [];

  /** @param late the last ones of which nobody said what became of them */
  constructor(
    private readonly nameOf: (number: number) => string,
    public late: readonly string[],
  ) {}

  next(): string {
    this.made += 1;
    const name = this.nameOf(this.made);
    this.#since.push(name);
    return name;
  }

  notTold(name: string): void {
    this.late = [...this.late, name].slice(-MOST_LATE);
  }

  /** Those that were given since the head was written last. */
  unused(): string[] {
    return [...this.#since];
  }

  /** The head names them now, or what is left of them. */
  used(): void {
    this.#since.length = 0;
  }
}

/** Oldest first. */
function partsOf({ base, log }: Head): readonly Part[] {
  return base === undefined ? log : [base, ...log];
}

const nameOf = ({ table, key }: RowChange): string => JSON.stringify([table, key]);

/** Each row once, as it is by the last that was written of it. */
async function* newestOf(rows: AsyncIterable<readonly RowChange[]>): AsyncGenerator<readonly RowChange[]> {
  const newest = new Map<string, RowChange>();
  for await (const part of rows) for (const one of part) newest.set(nameOf(one), one);
  yield [...newest.values()].filter(({ row }) => row !== undefined);
}

/** Packed rows, with their length before them, so that several stand one behind the other. */
async function pack(rows: readonly RowChange[]): Promise<Uint8Array> {
  const bytes = await Bun.zstdCompress(JSON.stringify(rows));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length);
  return join([length, bytes]);
}

async function* unpack(bytes: Uint8Array): AsyncGenerator<readonly RowChange[]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const length = view.getUint32(at);
    const text = new TextDecoder().decode(await Bun.zstdDecompress(bytes.subarray(at + 4, at + 4 + length)));
    yield JSON.parse(text) as RowChange[];
    at += 4 + length;
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function hashOf(bytes: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
}

function bytesOf(object: KubeObject, key: string): Uint8Array {
  const data = object["data"];
  const text = isMapping(data) ? data[key] : undefined;
  return typeof text === "string" ? new Uint8Array(Buffer.from(text, "base64")) : new Uint8Array();
}

function readHead(text: string): Head | undefined {
  try {
    const head = JSON.parse(text) as unknown;
    return isMapping(head) &&
      typeof head["token"] === "number" &&
      ["log", "left", "late"].every((key) => Array.isArray(head[key]))
      ? (head as unknown as Head)
      : undefined;
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}
