import { afterEach, describe, expect, test } from "bun:test";
import type { OpenTerminal, TerminalEvent } from "../engine/control.ts";
import { ApiError } from "./api-error.ts";
import { type TerminalEnd, TerminalSession } from "./terminal-session.ts";

const LIMITS = { idleMs: 60_000, longestMs: 60_000, unshown: 100 };
const open: TerminalSession[] = [];
afterEach(() => {
  for (const session of open.splice(0)) session.close();
});

interface Rig {
  session: TerminalSession;
  sent: string[];
  typed: string[];
  ends: TerminalEnd[];
  /** How many events were asked for. */
  read(): number;
  isClosed(): boolean;
  waiting: { bytes: number };
  left(): boolean;
}

function rig(
  events: (signal: AbortSignal) => AsyncGenerator<TerminalEvent>,
  more: {
    limits?: Partial<typeof LIMITS>;
    type?: OpenTerminal["type"];
    opened?: () => void;
    begin?: () => Promise<OpenTerminal>;
    /** What it waits for before it begins. */
    before?: Promise<void>;
  } = {},
): Rig {
  const sent: string[] = [];
  const typed: string[] = [];
  const ends: TerminalEnd[] = [];
  const waiting = { bytes: 0 };
  let count = 0;
  let isClosed = false;
  let isLeft = false;
  const session = new TerminalSession({
    limits: { ...LIMITS, ...more.limits },
    begin:
      more.begin ??
      (async (signal) => (
        await more.before,
        {
          container: "web",
          events: (async function* () {
            for await (const event of events(signal)) {
              count++;
              yield event;
            }
          })(),
          type:
            more.type ??
            ((bytes) => {
              typed.push(Buffer.from(bytes).toString());
              return "taken";
            }),
          resize: ({ columns }) => void typed.push(`size ${columns}`),
          close: () => {
            isLeft = true;
          },
          isThere: () => true,
        }
      )),
    opened: more.opened ?? (() => undefined),
    began: () => undefined,
    ended: (end) => void ends.push(end),
  });
  open.push(session);
  session.open({
    send: (data) => void sent.push(typeof data === "string" ? data : `bytes ${data.length}`),
    waiting: () => waiting.bytes,
    close: () => {
      isClosed = true;
    },
  });
  return {
    session,
    sent,
    typed,
    ends,
    waiting,
    read: () => count,
    isClosed: () => isClosed,
    left: () => isLeft,
  };
}

test("a size that is said before there is a shell is the shell's", async () => {
  const began = Promise.withResolvers<void>();
  const { session, typed } = rig(
    async function* () {
      yield { is: "began", shell: "sh" };
      await new Promise(() => undefined);
    },
    { before: began.promise },
  );
  session.message(JSON.stringify({ is: "size", columns: 100, rows: 30 }));
  session.message(JSON.stringify({ is: "size", columns: 120, rows: 30 }));
  began.resolve();
  await settled();
  expect(typed).toEqual(["size 120"]);
});

const settled = (): Promise<void> => Bun.sleep(20);
const forever = async function* (): AsyncGenerator<TerminalEvent> {
  yield { is: "began", shell: "sh" };
  await new Promise(() => undefined);
};
const flood = async function* (): AsyncGenerator<TerminalEvent> {
  yield { is: "began", shell: "sh" };
  // Without an end it would hang where nothing holds it back, and tell nothing.
  for (let at = 0; at < 5_000; at++) yield { is: "output", bytes: new Uint8Array(40) };
};

describe("TerminalSession", () => {
  test("reads no more of a shell than the page has shown, and goes on when it has", async () => {
    const { session, read, sent } = rig(flood);
    await settled();
    expect([read(), sent.length]).toEqual([4, 4]);
    session.message('{"is":"shown","bytes":80}');
    await settled();
    expect(read()).toBe(6);
  });

  test("waits while the browser takes nothing", async () => {
    const { session, read, waiting } = rig(flood, { limits: { unshown: 1e9 } });
    waiting.bytes = 1 << 20;
    await settled();
    expect(read()).toBeLessThan(5);
    const before = read();
    waiting.bytes = 0;
    session.drain();
    await Bun.sleep(5);
    expect(read()).toBeGreaterThan(before);
  });

  test("what is said that nobody understands ends it", async () => {
    const { session, ends, sent, isClosed, left } = rig(forever);
    await settled();
    session.message('{"is":"stdin"}');
    expect(ends).toEqual([{ by: "us", why: "the page said what nobody understands" }]);
    expect([sent.at(-1), isClosed(), left()]).toEqual([
      '{"is":"ended","why":"the page said what nobody understands"}',
      true,
      true,
    ]);
  });

  test("a page that is left ends the shell, once", async () => {
    const { session, ends, left } = rig(forever);
    await settled();
    session.close();
    session.close();
    session.message(Buffer.from("ls\n"));
    expect([ends, left()]).toEqual([[{ by: "person", why: "the page was left" }], true]);
  });

  test("a page that is left before there is a shell leaves none behind", async () => {
    let isLeft = false;
    const later = Promise.withResolvers<OpenTerminal>();
    const { session, ends } = rig(forever, { begin: () => later.promise });
    session.close();
    later.resolve({
      container: "web",
      events: forever(),
      type: () => "taken",
      resize: () => undefined,
      close: () => {
        isLeft = true;
      },
      isThere: () => true,
    });
    await settled();
    expect([isLeft, ends.length]).toEqual([true, 1]);
  });

  test("what cannot be written down is not done", async () => {
    const { session, ends, typed, left } = rig(forever, {
      opened: () => {
        throw new ApiError("Unavailable", "the store takes nothing");
      },
    });
    session.message(Buffer.from("rm\n"));
    await settled();
    session.message(Buffer.from("rm\n"));
    expect([typed, left(), ends]).toEqual([[], true, [{ by: "us", why: "the store takes nothing" }]]);
  });

  test("a right that is lost while something is typed ends it, and nothing of that is typed", async () => {
    const { session, ends } = rig(forever, {
      type: () => {
        throw new ApiError("PermissionDenied", "permission denied: exec, create");
      },
    });
    await settled();
    session.message(Buffer.from("rm\n"));
    expect(ends).toEqual([{ by: "us", why: "permission denied: exec, create" }]);
  });

  test("a shell that takes no more of what is typed is ended with a sentence", async () => {
    const { session, ends } = rig(forever, { type: () => "full" });
    await settled();
    session.message(Buffer.from("x"));
    expect(ends[0]?.why).toBe("what was typed is more than the shell takes: paste less at once");
  });

  test("silence ends it, and so does time", async () => {
    const idle = rig(forever, { limits: { idleMs: 30 } });
    const old = rig(flood, { limits: { longestMs: 30, unshown: 40 } });
    await Bun.sleep(120);
    expect(idle.ends[0]?.why).toBe("nothing was typed or shown for 0 s");
    expect(old.ends[0]?.why).toBe("it was open for 0 s, and no terminal is for longer");
  });

  test("what fails within is told as ours, and not what it was", async () => {
    const { ends } = rig(async function* () {
      yield { is: "began", shell: "sh" };
      throw new TypeError("undefined is not a function");
    });
    await settled();
    expect(ends[0]?.why).toBe("internal error; the daemon's log has the cause");
  });
});
