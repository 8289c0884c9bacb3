import { describe, expect, test } from "bun:test";
import { endingOf } from "../../../test/lib/ending-of.ts";
import { Failure } from "../../core/model/failure.ts";
import type { ExecEvent, ExecSession } from "../../core/model/pod-exec.ts";
import type { TerminalEvent } from "../control.ts";
import { firstShell } from "./shells.ts";

const SIZE = { columns: 80, rows: 24 };
const says = (text: string): ExecEvent => ({ is: "output", bytes: Buffer.from(text) });
const NONE: ExecEvent = { is: "ended", end: { is: "no-program", why: "not found" } };
const DONE: ExecEvent = { is: "ended", end: { is: "exited", code: 0 } };

interface Faked {
  events: readonly ExecEvent[];
  typed?: string[];
  sizes?: number[];
}

function begin(images: Record<string, Faked>, asked: string[] = []) {
  return async ({ command: [shell = ""] }: { command: readonly string[] }): Promise<ExecSession> => {
    asked.push(shell);
    const faked = images[shell];
    if (faked === undefined)
      throw new Failure("forbidden", "Pod n/p", "backoff", { cannot: "open a terminal", why: "no" });
    return {
      events: (async function* () {
        yield* faked.events;
      })(),
      type(bytes) {
        faked.typed?.push(Buffer.from(bytes).toString());
        return "taken";
      },
      resize: ({ columns }) => void faked.sizes?.push(columns),
      close: () => undefined,
    };
  };
}

async function told(events: AsyncIterable<TerminalEvent>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const event of events)
    all.push(
      event.is === "output"
        ? Buffer.from(event.bytes).toString()
        : event.is === "began"
          ? event.shell
          : event.end,
    );
  return all;
}

describe("firstShell()", () => {
  test("passes over those that the image has not, and says which it is", async () => {
    const asked: string[] = [];
    const sizes: number[] = [];
    const shell = await firstShell(
      begin({ bash: { events: [NONE] }, sh: { events: [says("$ "), DONE], sizes } }, asked),
      { container: "web", shells: ["bash", "sh", "cmd"], size: SIZE },
    );
    shell.resize({ columns: 120, rows: 40 });
    expect(await told(shell.events)).toEqual(["sh", "$ ", { is: "exited", code: 0 }]);
    expect(asked).toEqual(["bash", "sh"]);
    // The window as it is by then.
    expect(sizes).toEqual([120]);
  });

  test.each([
    ["tells 127", [{ is: "ended", end: { is: "exited", code: 127 } }]],
    [
      "writes it where the program would",
      [says("OCI runtime exec failed: exec failed"), { is: "ended", end: { is: "exited", code: 126 } }],
    ],
  ] as const)("passes over one of which the runtime %s", async (_, events) => {
    const shell = await firstShell(
      begin({ bash: { events: [...events] }, sh: { events: [says("$ "), DONE] } }),
      {
        ...{ container: "web", shells: ["bash", "sh"], size: SIZE },
      },
    );
    expect(await told(shell.events)).toEqual(["sh", "$ ", { is: "exited", code: 0 }]);
  });

  test("a shell that ran and ended with 127 is not followed by another one", async () => {
    const asked: string[] = [];
    const shell = await firstShell(
      begin({ bash: { events: [says("$ "), { is: "ended", end: { is: "exited", code: 127 } }] } }, asked),
      { container: "web", shells: ["bash", "sh"], size: SIZE },
    );
    expect(await told(shell.events)).toEqual(["bash", "$ ", { is: "exited", code: 127 }]);
    expect(asked).toEqual(["bash"]);
  });

  test("says what was tried where there is none", async () => {
    const shell = await firstShell(begin({ bash: { events: [NONE] }, sh: { events: [NONE] } }), {
      ...{ container: "web", shells: ["bash", "sh"], size: SIZE },
    });
    expect(await told(shell.events)).toEqual([
      {
        is: "no-program",
        why: "there is no shell in the image of web: tried bash, sh. A container for debugging has one: kubectl debug",
      },
    ]);
  });

  test("one that was left tries no further", async () => {
    const asked: string[] = [];
    const shell = await firstShell(begin({ bash: { events: [NONE] }, sh: { events: [says("$ ")] } }, asked), {
      ...{ container: "web", shells: ["bash", "sh"], size: SIZE },
    });
    shell.close();
    expect(await told(shell.events)).toEqual([{ is: "no-program", why: "not found" }]);
    expect(asked).toEqual(["bash"]);
  });

  test("a refusal in between is how it ends", async () => {
    const shell = await firstShell(begin({ bash: { events: [NONE] } }), {
      ...{ container: "web", shells: ["bash", "sh"], size: SIZE },
    });
    expect(await told(shell.events)).toEqual([{ is: "failed", why: "Pod n/p: cannot open a terminal: no" }]);
  });

  test("no shell at all is refused with what would help", async () => {
    expect(await endingOf(firstShell(begin({}), { container: "web", shells: [], size: SIZE }))).toThrow(
      "exec.shells",
    );
  });
});
