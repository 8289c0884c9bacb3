/** What replicas share in a real PostgreSQL, which is stopped, ended and filled under way. */
import { setDefaultTimeout } from "bun:test";
import { PostgresStore } from "../../src/store/shared/postgres-store.ts";
import { sharedStoreSuite } from "../conformance/shared-store.ts";
import { startPostgres } from "../lib/postgres.ts";

setDefaultTimeout(60_000);

sharedStoreSuite("rows in PostgreSQL", async () => {
  const postgres = await startPostgres();
  return {
    open: (name) => new PostgresStore({ url: postgres.url, store: name, timeoutMs: 20_000 }),
    stop: () => postgres.stop(),
  };
});
