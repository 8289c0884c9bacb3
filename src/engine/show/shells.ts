/** One terminal, whichever shell is behind it: images have different ones, and none tells which. */
import { Failure } from "../../core/model/failure.ts";
import type { ExecAsk, ExecEnd, ExecEvent, ExecSession, TerminalSize } from "../../core/model/pod-exec.ts";
import { messageOf } from "../../lib/caught.ts";
import type { OpenTerminal, TerminalEvent } from "../control.ts";

type Begin = (ask: ExecAsk) => Promise<ExecSession>;

/**
 * The first of these shells that there is; one that is not there is passed over as long as nothing was written.
 * @throws {Failure} what the first one is refused with
 */
export async function firstShell(
  begin: Begin,
  { container, shells, size }: { container: string; shells: readonly string[]; size: TerminalSize },
): Promise<Omit<OpenTerminal, "container" | "isThere">> {
  const [first, ...others] = shells;
  if (first === undefined)
    throw new Failure("refused", `container ${container}`, "after-edit", {
      cannot: "open a terminal",
      why: "no shell is named to begin with",
      fix: "Name one in `exec.shells` of the config",
    });
  let shown = size;
  let isClosed = false;
  const open = async (shell: string): Promise<ExecSession> => {
    const session = await begin({ container, command: [shell] });
    session.resize(shown);
    if (isClosed) session.close();
    return session;
  };
  let current = await open(first);
  const events = async function* (): AsyncGenerator<TerminalEvent> {
    let shell = first;
    const left = [...others];
    for (;;) {
      let hasBegun = false;
      let end: ExecEnd = { is: "failed", why: "it ended without a word" };
      for await (const event of current.events) {
        if (event.is === "ended") {
          end = event.end;
          continue;
        }
        if (!hasBegun) {
          if (saysNoProgram(event)) continue;
          hasBegun = true;
          yield { is: "began", shell };
        }
        yield event;
      }
      const isMissing = !hasBegun && !isClosed && isNoShell(end);
      const next = isMissing ? left.shift() : undefined;
      if (next === undefined) {
        yield { is: "ended", end: isMissing ? noneOf(container, shells) : end };
        return;
      }
      shell = next;
      try {
        current = await open(next);
      } catch (cause) {
        yield { is: "ended", end: { is: "failed", why: messageOf(cause) } };
        return;
      }
    }
  };
  return {
    events: events(),
    type: (bytes) => current.type(bytes),
    resize(next) {
      shown = next;
      current.resize(next);
    },
    close() {
      isClosed = true;
      current.close();
    },
  };
}

/** 126 and 127 are how runtimes tell of a program that they cannot begin, where they tell no more. */
function isNoShell(end: ExecEnd): boolean {
  return end.is === "no-program" || (end.is === "exited" && (end.code === 126 || end.code === 127));
}

/** Some runtimes write it where the program would write. */
function saysNoProgram(event: ExecEvent): boolean {
  return (
    event.is === "output" &&
    /^\s*OCI runtime exec failed/.test(new TextDecoder().decode(event.bytes.subarray(0, 200)))
  );
}

function noneOf(container: string, tried: readonly string[]): ExecEnd {
  return {
    is: "no-program",
    why: `there is no shell in the image of ${container}: tried ${tried.join(", ")}. A container for debugging has one: kubectl debug`,
  };
}
