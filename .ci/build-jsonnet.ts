/**
 * Builds the evaluator of Jsonnet from its source, for each kind of machine, the same to the byte every time.
 *
 *   bun .ci/build-jsonnet.ts            writes plugins/renderers/raw/jsonnet/*.zst
 *   bun .ci/build-jsonnet.ts --check    fails where one of them is not what the source gives
 *
 * Needs Go, which fetches the toolchain and the modules that go.mod and go.sum name.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const folder = join(import.meta.dir, "..", "plugins", "renderers", "raw", "jsonnet");
const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
const scratch = await mkdtemp(join(tmpdir(), "holdfast-jsonnet-"));
let differ = 0;

try {
  for (const [arch, goArch] of [
    ["x64", "amd64"],
    ["arm64", "arm64"],
  ] as const) {
    const program = join(scratch, arch);
    const go = Bun.spawn(
      ["go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", program, "."],
      {
        cwd: join(folder, "evaluator"),
        env: {
          ...process.env,
          CGO_ENABLED: "0",
          GOOS: "linux",
          GOARCH: goArch,
          GOFLAGS: "-mod=readonly",
          // Another one makes other bytes; the one that go.mod names is fetched where it is not at hand.
          GOTOOLCHAIN: "go1.26.8",
          GOAMD64: "v1",
        },
        stdout: "inherit",
        stderr: "inherit",
      },
    );
    if ((await go.exited) !== 0) throw new Error(`go build for ${arch} failed`);
    const built = await Bun.file(program).bytes();
    const file = join(folder, `jsonnet-linux-${arch}.zst`);
    if (!values.check) await Bun.write(file, await Bun.zstdCompress(built, { level: 19 }));
    const kept = await Bun.zstdDecompress(await Bun.file(file).bytes());
    const isEqual = Buffer.from(kept).equals(built);
    if (!isEqual) differ++;
    console.log(
      `${arch}  ${built.length} bytes  ${isEqual ? "as its source gives it" : "NOT what its source gives"}`,
    );
  }
} finally {
  await rm(scratch, { recursive: true, force: true });
}
process.exit(differ === 0 ? 0 : 1);
