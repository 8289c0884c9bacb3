import { AsyncLocalStorage } from "node:async_hooks";

/**
 * What is known around a piece of work, for whatever that calls, however deep and across awaits; and no longer than the
 * work itself takes: what it left running behind it is work of its own.
 */
export class Ambient<T> {
  readonly #around = new AsyncLocalStorage<{ value: T | undefined }>();

  async during<R>(value: T, work: () => R | Promise<R>): Promise<R> {
    const held: { value: T | undefined } = { value };
    try {
      return await this.#around.run(held, work);
    } finally {
      held.value = undefined;
    }
  }

  now(): T | undefined {
    return this.#around.getStore()?.value;
  }
}

/** @returns runs work with nothing around it, as where this was called, and not as where the work is asked for */
export function outside(): <R>(work: () => R) => R {
  return AsyncLocalStorage.snapshot();
}
