import { expect, test } from "bun:test";
import { join } from "node:path";

test("processOutput() lets everything leave into a slow pipe before the process ends", async () => {
  const script = `
    const { processOutput } = await import(${JSON.stringify(join(import.meta.dir, "process-output.ts"))});
    const output = processOutput(process.stdout);
    output.write("x".repeat(1_000_000));
    output.write("end");
    output.write("");
    await output.flush();
    process.exit(0);`;
  const child = Bun.spawn([process.execPath, "-e", script], {
    stdout: "pipe",
    stderr: "inherit",
    stdin: "ignore",
  });
  // More than a pipe holds: the rest waits in the process until somebody reads.
  await Bun.sleep(200);
  expect((await new Response(child.stdout).text()).length).toBe(1_000_003);
  expect(await child.exited).toBe(0);
});
