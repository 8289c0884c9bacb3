import { expect, test } from "bun:test";
import { execEndOf, onChannel, sizeMessage } from "./exec-channels.ts";

test("what is typed and how large the window is go over their channels", () => {
  expect([...onChannel(0, Buffer.from("ls"))]).toEqual([0, 108, 115]);
  expect(Buffer.from(sizeMessage({ columns: 80, rows: 24 })).toString()).toBe(
    '\u0004{"Width":80,"Height":24}',
  );
});

const status = (message: string, more: object = {}): string =>
  JSON.stringify({ kind: "Status", status: "Failure", message, ...more });

test.each([
  ["success", '{"status":"Success"}', { is: "exited", code: 0 }],
  [
    "a kubelet's code",
    status("command terminated with non-zero exit code: exit status 137", {
      reason: "NonZeroExitCode",
      details: { causes: [{ reason: "ExitCode", message: "137" }] },
    }),
    { is: "exited", code: 137 },
  ],
  ["a code in the message alone", status("command terminated with exit code 2"), { is: "exited", code: 2 }],
  [
    "containerd without the program",
    status('OCI runtime exec failed: exec: "bash": executable file not found in $PATH: unknown'),
    {
      is: "no-program",
      why: 'OCI runtime exec failed: exec: "bash": executable file not found in $PATH: unknown',
    },
  ],
  [
    "a runtime that names the path",
    status("exec /bin/bash: no such file or directory"),
    { is: "no-program", why: "exec /bin/bash: no such file or directory" },
  ],
  [
    "Windows",
    status("hcs: the system cannot find the file specified."),
    { is: "no-program", why: "hcs: the system cannot find the file specified." },
  ],
  ["what steers a terminal", status("a\u001b]0;x\u0007\nb"), { is: "failed", why: "a ]0;x b" }],
  ["no JSON", "gone", { is: "failed", why: "gone" }],
  ["a list", "[1]", { is: "failed", why: "[1]" }],
])("execEndOf() reads %s", (_, text, end) => {
  expect(execEndOf(text)).toEqual(end as never);
});

test("execEndOf() keeps no more of a long word than tells something", () => {
  const end = execEndOf(status("x".repeat(100_000)));
  expect(end.is === "failed" && end.why.length).toBe(501);
});
