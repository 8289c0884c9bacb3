/** The key by which the replicas of one home know each other, in a Secret beside their Lease: made by whoever is first. */
import { randomBytes } from "node:crypto";
import type { KubeObject } from "../../core/model/kube-object.ts";
import { Secret } from "../../core/model/secret.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { ClusterObjects } from "../../core/ports/cluster-objects.ts";
import type { Log } from "../../core/ports/log.ts";
import type { KeyNow, PeersKey } from "../../core/ports/peers-key.ts";
import { backoffMs } from "../../lib/backoff.ts";
import { messageOf } from "../../lib/caught.ts";
import { isMapping } from "../../lib/is-mapping.ts";

export interface PeersSecretNeeds {
  /** The home's cluster. */
  objects: Pick<ClusterObjects, "create" | "read">;
  place: { namespace: string; name: string };
  clock: Clock;
  log: Log;
}

const KEY_BYTES = 32;
/** Between two looks that somebody's doubts ask for: whoever shows us nonsense costs the API server no more. */
const LOOK_AGAIN_MS = 5_000;
const PAUSES = { firstMs: 500, mostMs: 10_000 };

export class PeersSecret implements PeersKey {
  #now: KeyNow;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking = false;
  readonly #at: string;
  readonly #stopping = new AbortController();

  /** Looks at once, and until there is a key. */
  constructor(private readonly needs: PeersSecretNeeds) {
    const { namespace, name } = needs.place;
    this.#at = `Secret ${namespace}/${name}`;
    this.#now = { is: "unknown", why: `the key that the replicas share (${this.#at}) is not read yet` };
    void this.#look();
  }

  now(): KeyNow {
    return this.#now;
  }

  doubted(): void {
    if (this.needs.clock.monotonic() - this.#lookedAt >= LOOK_AGAIN_MS) void this.#look();
  }

  stop(): void {
    this.#stopping.abort();
  }

  /** Whoever knows one is content with one try: the next doubt asks again. */
  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const { clock, log } = this.needs;
    const { signal } = this.#stopping;
    for (let tries = 1; !signal.aborted; tries += 1) {
      this.#lookedAt = clock.monotonic();
      const why = await this.#readOrMake().catch(messageOf);
      if (why === undefined || signal.aborted) break;
      if (tries === 1) log.warn("the key that the replicas share is not known", { secret: this.#at, why });
      if (this.#now.is === "known") break;
      this.#now = {
        is: "unknown",
        why: `the key that the replicas share (${this.#at}) is not known: ${why}`,
      };
      await clock.sleep(backoffMs(tries, PAUSES), signal).catch(() => undefined);
    }
    this.#looking = false;
  }

  /** @returns a clause where there is no key, or none was told */
  async #readOrMake(): Promise<string | undefined> {
    const { objects, place } = this.needs;
    const ref = { group: "", kind: "Secret", ...place };
    const found = await objects.read(ref, "v1");
    if (found.is === "found") return this.#take(found.object);
    if (found.is !== "absent") return found.why;
    // One that is known is put back: nobody else has to learn another one then.
    const key = this.#now.is === "known" ? this.#now.key.reveal() : newKey();
    const made = await objects.create(this.#object(key), "write");
    if (made.is === "done") return this.#take(made.object);
    if (made.is === "unreachable") return made.why;
    if (made.reason === "AlreadyExists") {
      const theirs = await objects.read(ref, "v1");
      if (theirs.is === "found") return this.#take(theirs.object);
      return "others make and remove it at the same time";
    }
    return `${made.message}. Let the daemon's account get and create Secrets in that namespace`;
  }

  #take(object: KubeObject): string | undefined {
    const data = object["data"];
    const text = isMapping(data) ? data["key"] : undefined;
    const bytes = Buffer.from(typeof text === "string" ? text : "", "base64");
    if (bytes.length < KEY_BYTES)
      return `its data.key holds no ${KEY_BYTES} bytes. Delete it, and one is made in its place`;
    const key = bytes.toString("base64url");
    if (this.#now.is === "known" && this.#now.key.reveal() === key) return undefined;
    if (this.#now.is === "known")
      this.needs.log.info("the key that the replicas share is another one", { secret: this.#at });
    this.#now = { is: "known", key: new Secret(key) };
    return undefined;
  }

  #object(key: string): KubeObject {
    return {
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        ...this.needs.place,
        labels: { "app.kubernetes.io/part-of": "holdfast", "app.kubernetes.io/component": "peers" },
      },
      type: "holdfast.dev/peers",
      data: { key: Buffer.from(key, "base64url").toString("base64") },
    };
  }
}

function newKey(): string {
  return randomBytes(KEY_BYTES).toString("base64url");
}
