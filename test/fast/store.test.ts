import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "../../src/store/open-store.ts";
import { storeConformance } from "../conformance/store.ts";
import { memoryStore } from "../fakes/memory-store.ts";

storeConformance("sqlite", () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-store-"));
  return { store: openStore(folder), remove: () => rmSync(folder, { recursive: true }) };
});

storeConformance("memory", () => ({ store: memoryStore(), remove: () => {} }));
