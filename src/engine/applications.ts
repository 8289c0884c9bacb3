import { type AppKey, trackingName } from "../core/model/application.ts";
import type { ManagedApplication } from "./managed-application.ts";
import type { Settings } from "./settings.ts";

/** The applications that there are, by key, by the name in tracking ids, and by the objects that they want. */
export class Applications {
  readonly #byKey = new Map<AppKey, ManagedApplication>();
  readonly #byTrackingName = new Map<string, AppKey>();
  readonly #listeners = new Set<(managed: ManagedApplication) => void>();

  constructor(private readonly settings: () => Pick<Settings, "namespace">) {}

  /** Told of each one that came, left, or has another spec, in the same step. */
  onChange(listener: (managed: ManagedApplication) => void): void {
    this.#listeners.add(listener);
  }

  [Symbol.iterator](): Iterator<ManagedApplication> {
    return this.#byKey.values();
  }

  get(key: AppKey): ManagedApplication | undefined {
    return this.#byKey.get(key);
  }

  /** By the name in tracking ids. */
  tracked(name: string): ManagedApplication | undefined {
    const key = this.#byTrackingName.get(name);
    return key === undefined ? undefined : this.#byKey.get(key);
  }

  add(managed: ManagedApplication): void {
    const before = this.#byKey.get(managed.key);
    if (before !== undefined && before !== managed) this.remove(before);
    this.#byKey.set(managed.key, managed);
    this.#byTrackingName.set(this.#nameOf(managed.key), managed.key);
    managed.respecified = () => this.#changed(managed);
    this.#changed(managed);
  }

  remove(managed: ManagedApplication): void {
    const { key } = managed;
    managed.respecified = undefined;
    this.#byKey.delete(key);
    this.#byTrackingName.delete(this.#nameOf(key));
    this.#changed(managed);
  }

  #changed(managed: ManagedApplication): void {
    for (const listener of this.#listeners) listener(managed);
  }

  #nameOf(key: AppKey): string {
    return trackingName(key, this.settings().namespace);
  }
}
