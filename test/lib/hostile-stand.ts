/** Where hostile content is let loose on a tool without a check, and what came of it is seen. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { makeRunFolder } from "../../src/render/run-folder.ts";
import { NO_SANDBOX, type SandboxLevel } from "../../src/render/sandbox-level.ts";
import { runSandboxed } from "../../src/render/sandboxed-process.ts";
import { CANARY, OUTSIDE } from "./hostile-charts.ts";
import { type Bait, type HostileContent, hostileContent } from "./hostile-content.ts";
import type { ToolSet } from "./render-host.ts";

export const NOTHING = "nothing";
export const LIMITED = "a limit ends it";
/** More than the product takes of any tool. */
const MUCH = 64 << 20;

export interface HostileStand {
  dir: string;
  bait: Bait;
  contents: HostileContent[];
  /** What happened since it was asked last, in words; `output` is what was said. */
  traces(output: string): Promise<string[]>;
  /** The tool on the files as they are, with a PATH on which a git lies: no check, and the wall of the empty PATH is taken away too. */
  withoutChecks(content: HostileContent, level: SandboxLevel): Promise<string>;
  stop(): void;
}

export function hostileStand(tools: ToolSet): HostileStand {
  const dir = mkdtempSync(join(tmpdir(), "holdfast-hostile-"));
  const programs = join(dir, "programs");
  const bait: Bait = { secret: join(dir, "outside", "secret.json"), marker: join(dir, "marker"), port: 0 };
  let connected = 0;
  const sink = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        connected++;
        socket.end();
      },
      data() {},
    },
  });
  bait.port = sink.port;
  mkdirSync(dirname(bait.secret));
  writeFileSync(bait.secret, OUTSIDE);
  mkdirSync(programs);
  // Whatever git is told to do, it was started: that is what must not be.
  writeFileSync(join(programs, "git"), `#!/bin/sh\n: > ${bait.marker}\n`);
  chmodSync(join(programs, "git"), 0o755);
  return {
    ...{ dir, bait, contents: hostileContent(bait), traces, withoutChecks },
    stop() {
      sink.stop(true);
      rmSync(dir, { recursive: true });
    },
  };

  async function traces(output: string): Promise<string[]> {
    // Who connected before us is told of before us.
    await new Promise<void>((resolve) => {
      void Bun.connect({
        hostname: "127.0.0.1",
        port: bait.port,
        socket: { data() {}, close: () => resolve() },
      });
    });
    connected--;
    const all = [
      existsSync(bait.marker) ? "runs a program" : "",
      output.includes(CANARY) ? "reads a file" : "",
      connected > 0 ? "asks the network" : "",
      output.length > MUCH ? "fills the memory" : "",
    ].filter((word) => word !== "");
    rmSync(bait.marker, { force: true });
    connected = 0;
    return all;
  }

  async function withoutChecks(content: HostileContent, level: SandboxLevel): Promise<string> {
    const { files, links, source, naive } = content;
    const folder = makeRunFolder(join(dir, "scratch"));
    try {
      const root = folder.make("source-0");
      const place = (path: string): string => {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        return join(root, path);
      };
      for (const [path, text] of Object.entries(files)) writeFileSync(place(path), text);
      for (const [path, target] of Object.entries(links)) symlinkSync(target, place(path));
      const cwd = join(root, source.path);
      const program = tools.programs[naive.tool] ?? tools.programs["kubectl"] ?? "";
      const [verb = "", ...words] = naive.words(cwd);
      const end = await runSandboxed(
        {
          program,
          argv: [program.endsWith("kubectl") ? "kustomize" : verb, ...words],
          cwd,
          env: { ...folder.env(), PATH: programs },
          folder,
          level,
          limits: {},
          timeoutMs: 60_000,
          outputBytes: level === NO_SANDBOX ? 1 << 30 : MUCH,
        },
        new AbortController().signal,
      );
      const happened = await traces("stdout" in end ? `${end.stdout}\n${end.stderr}` : "");
      if (end.is === "not-started") return `not tried: ${end.why}`;
      if (end.is === "too-much-output") return LIMITED;
      return happened.length === 0 ? NOTHING : happened.join(", ");
    } finally {
      await folder.remove();
    }
  }
}
