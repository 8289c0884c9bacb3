import { Lru } from "../../lib/lru.ts";
import { badRequest, expired } from "../api-error.ts";
import type { JsonObject, KubeJson } from "../json.ts";
import type { Kind } from "../kinds/kind.ts";
import { filterOf } from "../storage/selectors.ts";
import type { ObjectStore } from "../storage/store.ts";

interface Snapshot {
  rows: KubeJson[];
  resourceVersion: number;
  madeAt: number;
}

const kept = 32;
const keptMs = 5 * 60_000;

export interface ListAsk {
  kind: Kind;
  /** undefined for all namespaces. */
  namespace: string | undefined;
  query: URLSearchParams;
}

export interface Listed {
  items: KubeJson[];
  metadata: JsonObject;
}

/** Lists in pages: one page's `continue` reads on in the state of the first, as the real server does. */
export class Lists {
  readonly #store: ObjectStore;
  readonly #now: () => number;
  readonly #snapshots = new Lru<string, Snapshot>(kept);
  #next = 1;

  constructor(store: ObjectStore, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** @throws {ApiError} 410 where the token's state is forgotten */
  list({ kind, namespace, query }: ListAsk): Listed {
    const filter = filterOf(query, kind.kind);
    const limit = Number(query.get("limit") ?? "0");
    const token = query.get("continue") ?? "";
    if (token === "") {
      this.#checkVersion(query);
      const all = this.#store.list(kind.table, namespace);
      const rows = filter === undefined ? all : all.filter(filter);
      return this.#page(
        kind,
        { rows, resourceVersion: this.#store.resourceVersion(), madeAt: this.#now() },
        0,
        limit,
        filter === undefined,
      );
    }
    const [id = "", offset = ""] = token.split(".");
    if (!/^\d+$/.test(offset))
      throw badRequest("continue key is not valid: the token was not made by this server");
    const snapshot = this.#snapshots.get(id);
    if (snapshot === undefined || this.#now() - snapshot.madeAt > keptMs)
      throw expired(
        "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
      );
    return this.#page(kind, snapshot, Number(offset), limit, filter === undefined, id);
  }

  #page(
    kind: Kind,
    snapshot: Snapshot,
    offset: number,
    limit: number,
    counted: boolean,
    id?: string,
  ): Listed {
    const end = limit > 0 ? offset + limit : snapshot.rows.length;
    const items = snapshot.rows.slice(offset, end).map((row) => kind.convert(row));
    const left = snapshot.rows.length - end;
    if (left <= 0) return { items, metadata: { resourceVersion: String(snapshot.resourceVersion) } };
    const token = id ?? this.#keep(snapshot);
    return {
      items,
      metadata: {
        resourceVersion: String(snapshot.resourceVersion),
        continue: `${token}.${end}`,
        ...(counted ? { remainingItemCount: left } : {}),
      },
    };
  }

  #keep(snapshot: Snapshot): string {
    const id = String(this.#next++);
    this.#snapshots.set(id, snapshot);
    return id;
  }

  #checkVersion(query: URLSearchParams): void {
    const asked = query.get("resourceVersion") ?? "";
    if (asked === "" || asked === "0") return;
    if (!/^\d+$/.test(asked)) throw badRequest(`Invalid resource version ${JSON.stringify(asked)}`);
    if (query.get("resourceVersionMatch") === "Exact" && Number(asked) < this.#store.resourceVersion())
      throw expired(`The provided resource version is too old: ${asked}`);
  }
}
