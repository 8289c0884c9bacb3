import type { AppKey } from "../../core/model/application.ts";
import type { RecordedApplication } from "../../core/ports/custom-resources.ts";
import type { Home } from "../../core/ports/home.ts";
import { hashValue } from "../../lib/hash.ts";
import { isMapping } from "../../lib/is-mapping.ts";

/** An operation that was taken from its Application, and may still stand there. */
interface Taken {
  uid: string;
  /** Of what stood there. */
  hash: string;
  /** When the operation that the Application showed then began; "" where it showed none. */
  before: string;
}

/**
 * Which operations were begun already: each is noted before it begins, so that one that still stands in its Application
 * after a crash is not begun again.
 */
export class TakenOperations {
  constructor(private readonly store: Pick<Home, "value" | "putValue">) {}

  /**
   * Whether what stands there is what was taken. It went with the request that showed the operation's beginning: where
   * that is shown, what stands there now was written anew.
   */
  has({ key, uid, asked, status }: RecordedApplication): boolean {
    const taken = this.#of(key);
    if (taken === undefined || asked.is === "none") return false;
    return (
      taken.uid === uid && taken.hash === hashValue(asked.written) && taken.before === shownStart(status)
    );
  }

  /** Whether just this was noted last, whatever was shown since. */
  isNoted({ key, uid, asked }: RecordedApplication): boolean {
    const taken = this.#of(key);
    return asked.is !== "none" && taken?.uid === uid && taken.hash === hashValue(asked.written);
  }

  /** @throws {Failure} store */
  note({ key, uid, asked, status }: RecordedApplication): void {
    if (asked.is === "none") return;
    const taken: Taken = { uid, hash: hashValue(asked.written), before: shownStart(status) };
    this.store.putValue(nameOf(key), JSON.stringify(taken));
  }

  /** Nothing stands there any more. @throws {Failure} store */
  forget(key: AppKey): void {
    if (this.store.value(nameOf(key)) !== undefined) this.store.putValue(nameOf(key), undefined);
  }

  #of(key: AppKey): Taken | undefined {
    const text = this.store.value(nameOf(key));
    return text === undefined ? undefined : (JSON.parse(text) as Taken);
  }
}

function nameOf(key: AppKey): string {
  return `taken-operation ${key}`;
}

function shownStart(status: unknown): string {
  const state = isMapping(status) ? status["operationState"] : undefined;
  const startedAt = isMapping(state) ? state["startedAt"] : undefined;
  return typeof startedAt === "string" ? startedAt : "";
}
