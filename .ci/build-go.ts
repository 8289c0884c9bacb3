/**
 * Builds our programs that are written in Go from their source, for each kind of machine, the same to the byte every time.
 *
 *   bun .ci/build-go.ts            writes their *.zst
 *   bun .ci/build-go.ts --check    fails where one of them is not what the source gives
 *
 * Needs Go, which fetches the toolchain and the modules that go.mod and go.sum name.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const root = join(import.meta.dir, "..");
/** Where the packed ones go, and the folder of the source in it. */
const programs = [
  { name: "jsonnet", folder: join(root, "plugins/renderers/raw/jsonnet"), source: "evaluator" },
  { name: "templates", folder: join(root, "src/render/go-templates"), source: "engine" },
] as const;
const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
const scratch = await mkdtemp(join(tmpdir(), "holdfast-go-"));
let differ = 0;

try {
  const machines = [
    ["x64", "amd64"],
    ["arm64", "arm64"],
  ] as const;
  for (const [{ name, folder, source }, [arch, goArch]] of programs.flatMap((each) =>
    machines.map((machine) => [each, machine] as const),
  )) {
    const program = join(scratch, `${name}-${arch}`);
    const go = Bun.spawn(
      ["go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", program, "."],
      {
        cwd: join(folder, source),
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
    if ((await go.exited) !== 0) throw new Error(`go build of ${name} for ${arch} failed`);
    const built = await Bun.file(program).bytes();
    const file = join(folder, `${name}-linux-${arch}.zst`);
    if (!values.check) await Bun.write(file, await Bun.zstdCompress(built, { level: 19 }));
    const kept = await Bun.zstdDecompress(await Bun.file(file).bytes());
    const isEqual = Buffer.from(kept).equals(built);
    if (!isEqual) differ++;
    console.log(
      `${name} ${arch}  ${built.length} bytes  ${isEqual ? "as its source gives it" : "NOT what its source gives"}`,
    );
  }
} finally {
  await rm(scratch, { recursive: true, force: true });
}
process.exit(differ === 0 ? 0 : 1);
