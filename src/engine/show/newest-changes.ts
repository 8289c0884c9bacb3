import type { Clock } from "../../core/ports/clock.ts";
import { pauses } from "../../lib/in-steps.ts";
import type { BesideHold, ManagedApplication, Seen } from "../managed-application.ts";
import { Gathered } from "./gathered.ts";
import type { LastChanges, Told } from "./last-changes.ts";

/** Rows that are shown meanwhile are found out together. */
const GATHER_MS = 250;
/** Of which it is found out at once. */
const FEW = 20;

/** Of applications that Git has more of than can be used, or than is held, who made that, for lists of thousands. */
export class NewestChanges {
  /** As of the look that saw it. */
  readonly #known = new WeakMap<ManagedApplication, { look: Seen | BesideHold; told: Told | undefined }>();
  readonly #wanted: Gathered<ManagedApplication>;

  constructor(
    clock: Clock,
    private readonly changes: Pick<LastChanges, "beyond">,
    /** Something else is known of an application that is shown. */
    private readonly tell: (managed: ManagedApplication) => void,
  ) {
    this.#wanted = new Gathered(clock, GATHER_MS, (all) => this.#find(all));
  }

  /**
   * The newest commit that Git has of it beyond what was compared: its author is whom to ask. From memory: of the look
   * before, until this one's is found out, and told by `tell`.
   */
  of(managed: ManagedApplication): Told | undefined {
    const look = lookBeyond(managed);
    if (look === undefined) return undefined;
    const known = this.#known.get(managed);
    if (known?.look !== look) this.#wanted.want(managed);
    return known?.told;
  }

  async #find(wanted: readonly ManagedApplication[]): Promise<void> {
    const pause = pauses();
    for (let at = 0; at < wanted.length; at += FEW) {
      await Promise.all(wanted.slice(at, at + FEW).map((managed) => this.#findOf(managed)));
      await pause();
    }
  }

  async #findOf(managed: ManagedApplication): Promise<void> {
    const look = lookBeyond(managed);
    if (look === undefined) return;
    const before = this.#known.get(managed)?.told;
    const told = await this.changes.beyond(managed);
    this.#known.set(managed, { look, told });
    if (told?.commit !== before?.commit && lookBeyond(managed) !== undefined) this.tell(managed);
  }
}

/** Another one with each look; undefined where what Git has is what it is at. */
function lookBeyond({ seen, spec, beside }: ManagedApplication): Seen | BesideHold | undefined {
  if (seen.is === "failed") return seen;
  return spec.hold === undefined ? undefined : beside;
}
