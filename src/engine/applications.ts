import { type AppKey, trackingName } from "../core/model/application.ts";
import type { ManagedApplication } from "./managed-application.ts";
import type { Settings } from "./settings.ts";

/** The applications that there are, by key, by the name in tracking ids, and by the objects that they want. */
export class Applications {
  readonly #byKey = new Map<AppKey, ManagedApplication>();
  readonly #byTrackingName = new Map<string, AppKey>();

  #version = 0;

  constructor(private readonly settings: () => Pick<Settings, "namespace">) {}

  /** Another one when an application came, left, or has another spec. */
  get version(): number {
    return this.#version;
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
    this.#byKey.set(managed.key, managed);
    managed.respecified = () => void this.#version++;
    this.#version++;
    this.#byTrackingName.set(this.#nameOf(managed.key), managed.key);
  }

  remove(managed: ManagedApplication): void {
    const { key } = managed;
    managed.respecified = undefined;
    this.#version++;
    this.#byKey.delete(key);
    this.#byTrackingName.delete(this.#nameOf(key));
  }

  #nameOf(key: AppKey): string {
    return trackingName(key, this.settings().namespace);
  }
}
