import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordingLog } from "../../../test/lib/recording-log.ts";
import { systemClock } from "../../lib/system-clock.ts";
import { ArtifactPlaces } from "../artifacts.ts";

test("pages that come slowly, one after the other, take together no longer than one answer may", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "holdfast-tags-"));
  let pages = 0;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch() {
      pages++;
      await Bun.sleep(60);
      return Response.json(
        { name: "team/shop", tags: [`v${pages}`] },
        { headers: { Link: `</v2/team/shop/tags/list?n=1&last=v${pages}>; rel="next"` } },
      );
    },
  });
  const places = new ArtifactPlaces({
    dataDir,
    clock: systemClock,
    log: recordingLog(),
    fetchTimeoutMs: 300,
  });
  try {
    const repository = {
      url: `oci://127.0.0.1:${server.port}/team/shop`,
      ...({ type: "oci", plainHttp: true } as const),
    };
    const why = await places.catalogue(repository).then(
      () => "answered",
      (cause) => cause.message as string,
    );
    expect(why).toContain("its pages did not end within 0.3 s");
    expect(pages).toBeLessThan(100);
  } finally {
    await places.stop();
    await server.stop(true);
    rmSync(dataDir, { recursive: true, force: true });
  }
});
