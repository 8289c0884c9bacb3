import { type AppKey, trackingName } from "../core/model/application.ts";
import type { ManagedApplication } from "./managed-application.ts";
import type { Settings } from "./settings.ts";

type Listener = (managed: ManagedApplication) => void;

/** The applications that there are, by key, by the name in tracking ids, and by the objects that they want. */
export class Applications {
  readonly #byKey = new Map<AppKey, ManagedApplication>();
  readonly #byTrackingName = new Map<string, AppKey>();
  readonly #onChange = new Set<Listener>();
  readonly #onLook = new Set<Listener>();
  #members = 0;

  constructor(private readonly settings: () => Pick<Settings, "namespace">) {}

  /** Another number when an application came or left. */
  get members(): number {
    return this.#members;
  }

  /** Told of each one that came, left, or has another spec, in the same step. */
  onChange(listener: Listener): void {
    this.#onChange.add(listener);
  }

  /** Told of each one that has another target, saw something else, or was asked to look, in the same step. */
  onLook(listener: Listener): void {
    this.#onLook.add(listener);
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
    this.#members++;
    managed.told = {
      spec: () => tell(this.#onChange, managed),
      looks: () => tell(this.#onLook, managed),
    };
    tell(this.#onChange, managed);
  }

  remove(managed: ManagedApplication): void {
    const { key } = managed;
    this.#members++;
    managed.told = undefined;
    this.#byKey.delete(key);
    this.#byTrackingName.delete(this.#nameOf(key));
    tell(this.#onChange, managed);
  }

  #nameOf(key: AppKey): string {
    return trackingName(key, this.settings().namespace);
  }
}

function tell(listeners: Iterable<Listener>, managed: ManagedApplication): void {
  for (const listener of listeners) listener(managed);
}
