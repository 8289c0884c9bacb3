/** Shared rows in memory, as a fake of what several replicas reach: whole pushes, tokens, and tries that fail as asked. */
import {
  type RowChange,
  type SharedStore,
  type StoreChange,
  Superseded,
} from "../../src/core/ports/shared-store.ts";

export class SharedRows implements SharedStore {
  readonly at = "rows in memory";
  readonly kept = new Map<string, RowChange>();
  token = 0;
  schema: number | undefined;
  /** Each push that arrived, those that failed too. */
  readonly pushes: StoreChange[] = [];
  /** Asked before each push; what it throws is thrown, `after`: when it was kept all the same. */
  trouble: (() => { throws: Error; when: "before" | "after" } | undefined) | undefined;
  /** What a push waits for. */
  gate: Promise<void> | undefined;

  async take(): ReturnType<SharedStore["take"]> {
    this.token += 1;
    const { token, schema } = this;
    const put = async ({ schema: of, rows }: StoreChange, before?: () => void): Promise<void> => {
      this.pushes.push({ schema: of, rows });
      await this.gate;
      if (this.token !== token) throw new Superseded();
      const trouble = this.trouble?.();
      if (trouble?.when === "before") throw trouble.throws;
      before?.();
      this.schema = of;
      for (const one of rows) {
        const name = JSON.stringify([one.table, one.key]);
        if (one.row === undefined) this.kept.delete(name);
        else this.kept.set(name, structuredClone(one));
      }
      if (trouble !== undefined) throw trouble.throws;
    };
    const { kept } = this;
    return {
      ...{ token, schema },
      async *rows() {
        yield [...kept.values()];
      },
      push: (change) => put(change),
      replace: (of, rows) => put({ schema: of, rows: [...rows] }, () => kept.clear()),
    };
  }

  async close(): Promise<void> {}
}
