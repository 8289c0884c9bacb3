import type { AppKey, Application } from "../../core/model/application.ts";
import type { RecordedApplication } from "../../core/ports/custom-resources.ts";
import { equalJson } from "../../lib/equal-json.ts";
import type { ApplicationRecord } from "./application-record.ts";

/** Applications as they could be read last, for those that cannot be read now. */
export class LastReadable {
  readonly #known = new Map<AppKey, { uid: string; app: Application }>();
  #isRecalled = false;

  /** What was read before a restart. */
  recall(known: readonly Pick<RecordedApplication, "key" | "uid" | "app">[]): void {
    this.#isRecalled = true;
    for (const { key, uid, app } of known) if (!this.#known.has(key)) this.#known.set(key, { uid, app });
  }

  /** One of the same name that was made since is another, of which nothing is known. */
  of({ key, uid }: Pick<ApplicationRecord, "key" | "uid">): Application | undefined {
    const known = this.#known.get(key);
    return known?.uid === uid ? known.app : undefined;
  }

  /** Whether it can be said that nothing is known of it: what was read before a restart is told a moment later. */
  isNever(record: Pick<ApplicationRecord, "key" | "uid">): boolean {
    return this.#isRecalled && this.of(record) === undefined;
  }

  see({ key, uid, app }: ApplicationRecord): void {
    // The same manifest stays the same object: by that others know cheaply that nothing was edited.
    if (app.ok && !equalJson(this.of({ key, uid }), app.value)) this.#known.set(key, { uid, app: app.value });
  }

  forget(key: AppKey): void {
    this.#known.delete(key);
  }
}
