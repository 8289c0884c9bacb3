/** The evaluator as it came with us, made of `evaluator/` by .ci/build-go.ts. */

/** What it is called where it lies as a file of its own. */
export const JSONNET_PROGRAM = "holdfast-jsonnet";

/** Where it lies, compressed by zstd; undefined where it was not built for this kind of machine. */
export async function packedJsonnet(): Promise<string | undefined> {
  if (process.platform !== "linux") return undefined;
  // A build replaces the word by its own kind of machine, and takes the other one's program out.
  if (process.arch === "x64") return (await import("./jsonnet-linux-x64.zst")).default;
  if (process.arch === "arm64") return (await import("./jsonnet-linux-arm64.zst")).default;
  return undefined;
}
