import { type DaemonPause, type PausedWork, strictest } from "../core/model/daemon-pause.ts";
import { timestamp } from "../lib/timestamp.ts";
import type { EnginePorts } from "./engine-ports.ts";

/** Name of the stored value: what a person said to the API, until a person takes it back. */
const PAUSE = "pause";

/** Who has the whole daemon hold still. Asked before each write and each delete, so it answers from memory. */
export class Pauses {
  #byPerson: DaemonPause | undefined;

  constructor(
    private readonly ports: Pick<EnginePorts, "store" | "clock" | "settings">,
    private readonly changed: () => void,
  ) {
    const text = ports.store.value(PAUSE);
    this.#byPerson = text === undefined ? undefined : (JSON.parse(text) as DaemonPause);
  }

  /** All that hold, each of which must end before the daemon goes on. */
  get all(): DaemonPause[] {
    const { pauses } = this.ports.settings();
    return this.#byPerson === undefined ? [...pauses] : [...pauses, this.#byPerson];
  }

  now(): DaemonPause | undefined {
    return strictest(this.all);
  }

  /** In place of what a person said before. @throws {Failure} store: nothing is written to a cluster then either */
  pause({ of, why, actor }: { of: PausedWork; why: string; actor: string }): void {
    const since = timestamp(this.ports.clock.now());
    this.#put({ of, from: "api", by: actor, since, why }, { actor, action: "pause", details: { of, why } });
  }

  /** Takes back what a person said; what the config or the environment says holds on. @throws {Failure} store */
  resume({ why, actor }: { why: string; actor: string }): void {
    if (this.#byPerson === undefined) return;
    this.#put(undefined, { actor, action: "resume", details: { of: this.#byPerson.of, why } });
  }

  #put(
    pause: DaemonPause | undefined,
    said: { actor: string; action: string; details: Record<string, unknown> },
  ): void {
    const { store, clock } = this.ports;
    store.atomically(() => {
      store.putValue(PAUSE, pause === undefined ? undefined : JSON.stringify(pause));
      store.audit({ at: timestamp(clock.now()), ...said });
    });
    this.#byPerson = pause;
    this.changed();
  }
}
