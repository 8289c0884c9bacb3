import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verifying } from "../core/activity/verify-chain.ts";
import { appKey } from "../core/model/application.ts";
import { atOnce } from "../lib/in-steps.ts";
import { openStore } from "./open-store.ts";

/** Writes for ever; prints a number once the store has returned from the calls that wrote it. */
const WRITER = `
const { openStore } = await import(${JSON.stringify(import.meta.resolve("./open-store.ts"))});
const store = openStore(process.argv[1]);
for (;;) {
  const n = store.atomically(() => {
    const id = store.startRun({ app: "argocd/web", cause: "manual", state: { operation: {}, phase: "Running", message: "", startedAt: "" } });
    store.putRecords("argocd/web", [{ key: "/ConfigMap/a/n" + id, uid: String(id) }]);
    return id;
  });
  store.audit({ at: "", actor: "daemon", action: "sync", details: { run: n } });
  require("node:fs").writeSync(1, n + "\\n");
}`;

test("kill -9 loses nothing that was acknowledged, leaves no half transaction and no lock", async () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-kill-"));
  const acknowledged = new Set<number>();
  for (let round = 1; round <= 4; round++) {
    const child = Bun.spawn([process.execPath, "-e", WRITER, folder], { stdout: "pipe", stderr: "inherit" });
    const target = acknowledged.size + 37 * round;
    let text = "";
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const end = text.lastIndexOf("\n") + 1;
      for (const line of text.slice(0, end).trimEnd().split("\n"))
        if (line !== "") acknowledged.add(Number(line));
      text = text.slice(end);
      if (acknowledged.size >= target) child.kill("SIGKILL");
    }
    await child.exited;
    expect(child.signalCode).toBe("SIGKILL");

    const store = openStore(folder);
    // Kept runs are limited only once finished, so every one of these is still there.
    const ids = store.runs({ app: appKey("argocd", "web"), limit: 1e9 }).map(({ id }) => id);
    expect(acknowledged.isSubsetOf(new Set(ids))).toBe(true);
    expect(ids).toEqual(Array.from({ length: ids.length }, (_, i) => ids.length - i));
    expect(new Set(store.records(appKey("argocd", "web")).map(({ uid }) => Number(uid)))).toEqual(
      new Set(ids),
    );
    expect(
      acknowledged.isSubsetOf(
        new Set(store.audits({ limit: 1e9 }).map(({ details }) => Number(details.run))),
      ),
    ).toBe(true);
    expect(atOnce(verifying((from, limit) => store.chain(from, limit)))).toMatchObject({ is: "whole" });
    store.close();
  }
  rmSync(folder, { recursive: true });
});
