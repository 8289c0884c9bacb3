import { describe, expect, test } from "bun:test";
import { retryOfTool } from "./retry-of-tool.ts";

const exited = (stderr: string) => ({ is: "exited", code: 1, stdout: "", stderr }) as const;

describe("retryOfTool()", () => {
  test.each([
    "Error: write /tmp/x/helm.values: no space left on device",
    "runtime: out of memory: cannot allocate 67108864-byte block (3900000000 in use)\nfatal error: out of memory",
    "runtime: failed to create new OS thread (have 2 already; errno=11)\nruntime: may need to increase max user processes",
    "fork/exec /usr/bin/helm: resource temporarily unavailable",
    "open Chart.yaml: too many open files",
    "Error: signal: killed",
    "",
    "  \n",
  ])("%p passes by itself", (stderr) => {
    expect(retryOfTool(exited(stderr))).toBe("backoff");
  });

  test.each([
    "Error: execution error at (web/templates/a.yaml:3:4): image is required",
    "Error: YAML parse error on web/templates/a.yaml: error converting YAML to JSON",
    "Error: accumulating resources: accumulation err='accumulating resources from 'b.yaml': open b.yaml: no such file or directory'",
  ])("%p needs an edit", (stderr) => {
    expect(retryOfTool(exited(stderr))).toBe("after-edit");
  });

  test("a tool that was killed, by whatever limit, may be tried again; one that writes without end may not", () => {
    expect(retryOfTool({ is: "killed", signal: "SIGKILL", stderr: "" })).toBe("backoff");
    expect(retryOfTool({ is: "killed", signal: "SIGXCPU", stderr: "Error: words" })).toBe("backoff");
    expect(retryOfTool({ is: "timed-out", stderr: "" })).toBe("backoff");
    expect(retryOfTool({ is: "too-much-output" })).toBe("after-edit");
  });
});
