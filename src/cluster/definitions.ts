import type { KubeObject } from "../core/model/kube-object.ts";
import type { KindInfo } from "../core/ports/cluster.ts";
import { startTicking, startTimer, type Timer } from "../lib/timer.ts";
import type { ApiClient } from "./api-client.ts";
import type { Discovery } from "./discovery.ts";
import { ObjectStream } from "./object-stream.ts";
import type { Sink } from "./stream-types.ts";

/** Changes of these change what kinds there are. Their metadata is enough to notice it. */
const DEFINITIONS: readonly { group: string; kind: string }[] = [
  { group: "apiextensions.k8s.io", kind: "CustomResourceDefinition" },
  { group: "apiregistration.k8s.io", kind: "APIService" },
];

/**
 * How often the objects of a kind are listed anew after its definition changed. A server goes on for a moment, and in
 * watches that are open for minutes, to show objects by the schema before, without the fields that came.
 */
const LISTED_ANEW = 2;
/** And no more often than that within `discoverAgainMs`, however often it changes. */
const MOST_LISTS = 6;

/** How much longer each pause between two looks is than the one before. */
const LONGER = 4;

/**
 * Has discovery look again when kinds come or go: soon after a definition changed, and then a few times more, because
 * what a server says about its kinds follows the definitions late. Where definitions cannot be watched it looks every
 * half minute.
 */
export class Definitions {
  readonly #streams = new Map<string, ObjectStream>();
  #soon: { timer: Timer; at: number } | undefined;
  #poll: Timer | undefined;
  #untold: (() => void) | undefined;
  /** Name of a CustomResourceDefinition, `plural.group` -> its uid and generation. */
  readonly #schemas = new Map<string, string>();
  /** Those that changed -> how often their objects are still to be listed anew. */
  readonly #changed = new Map<string, number>();
  /** When that was done of late, by the clock that never steps. */
  readonly #listed = new Map<string, readonly number[]>();

  /** @param listAnew hears of a definition, by its name, whose objects are to be listed anew */
  constructor(
    readonly client: ApiClient,
    readonly discovery: Discovery,
    readonly listAnew: (definition: string) => void,
  ) {}

  /** Another text whenever the kind's definition is another; undefined where no definition is seen. */
  schemaOf({ resource, group }: Pick<KindInfo, "resource" | "group">): string | undefined {
    return this.#schemas.get(`${resource}.${group}`);
  }

  /** Watches them from now on, or as soon as the server told how. Cheap where it does already. */
  watch(): void {
    this.#poll ??= startTicking(this.client.timings.discoverUnseenMs, () => {
      if (this.#isBlind || this.discovery.undiscovered.size > 0) this.discovery.refreshLogged();
    }).unref();
    this.#untold ??= this.discovery.onChange(() => this.#open());
    this.#open();
  }

  #open(): void {
    for (const definition of DEFINITIONS) {
      if (this.#streams.has(definition.kind)) continue;
      const info = this.discovery.preferred(definition);
      if (info === undefined) continue;
      const stream = new ObjectStream(this.client, info, "", "metadata", this.#hints(definition.kind));
      this.#streams.set(definition.kind, stream);
      stream.start();
    }
  }

  /** The server is back after it was silent. */
  renewIfSilent(since: number): void {
    for (const stream of this.#streams.values()) stream.renewIfSilent(since);
    if (this.#streams.size > 0) this.#hinted();
  }

  stop(): void {
    this.#poll?.cancel();
    this.#untold?.();
    this.#soon?.timer.cancel();
    for (const stream of this.#streams.values()) stream.stop();
  }

  get #isBlind(): boolean {
    return DEFINITIONS.some(({ kind }) => this.#streams.get(kind)?.state.is !== "live");
  }

  /** Whatever happens to a definition, and once what happened before the first list: discovery may have been older. */
  #hints(kind: string): Sink {
    let listed: "not-yet" | "yes" = "not-yet";
    const hint = (): void => {
      if (listed === "yes") this.#hinted();
    };
    const first = (): void => {
      if (listed === "not-yet") this.#hinted();
      listed = "yes";
    };
    const put = (object: KubeObject): void => {
      if (kind === "CustomResourceDefinition") this.#noteSchema(object);
      hint();
    };
    return { listing: () => 0, knows: () => false, put, deleted: hint, listed: first };
  }

  #noteSchema({ metadata: { name, uid, generation } }: KubeObject): void {
    const before = this.#schemas.get(name),
      now = `${uid} ${generation}`;
    this.#schemas.set(name, now);
    if (before !== undefined && before !== now) this.#changed.set(name, LISTED_ANEW);
  }

  #listChanged(): void {
    const { clock, timings } = this.client;
    const now = clock.monotonic();
    for (const [name, times] of this.#changed) {
      const late = (this.#listed.get(name) ?? []).filter((at) => now - at < timings.discoverAgainMs);
      // It stays among them: the last look after the last change is later than that.
      if (late.length >= MOST_LISTS) continue;
      this.#listed.set(name, [...late, now]);
      this.listAnew(name);
      if (times > 1) this.#changed.set(name, times - 1);
      else this.#changed.delete(name);
    }
  }

  #hinted(): void {
    this.discovery.hint();
    const { clock, timings } = this.client;
    // Definitions that change without end do not put the look off without end.
    if (this.#soon !== undefined && this.#soon.at - clock.monotonic() <= timings.discoverAfterMs) return;
    this.#lookIn(timings.discoverAfterMs);
  }

  #lookIn(ms: number): void {
    const { clock, timings } = this.client;
    this.#soon?.timer.cancel();
    const timer = startTimer(ms, () => {
      this.#soon = undefined;
      this.discovery.refreshLogged();
      this.#listChanged();
      if (ms * LONGER <= timings.discoverAgainMs) this.#lookIn(ms * LONGER);
    });
    this.#soon = { timer, at: clock.monotonic() + ms };
  }
}
