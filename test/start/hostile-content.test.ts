/**
 * Hostile content and the compiled binary: its checks, as `render` has them, and its jail, which gets what no check has
 * seen. The table is that of test/fast/hostile-content.test.ts.
 */
import { afterAll, expect, test } from "bun:test";
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { jailCommand, jailVerb } from "../../src/render/jail/jail-verb.ts";
import { type SandboxLevel, sandboxes } from "../../src/render/sandbox-level.ts";
import { BINARY, run } from "../lib/daemon.ts";
import type { HostileContent } from "../lib/hostile-content.ts";
import { hostileStand, LIMITED, NOTHING } from "../lib/hostile-stand.ts";
import { applicationOf, npmToolSets } from "../lib/render-host.ts";
import { sourceFolder } from "../lib/source-folder.ts";

const [tools] = await npmToolSets();
if (tools === undefined) throw new Error("no tools");
const stand = hostileStand(tools);
afterAll(() => stand.stop());
const { contents, traces, withoutChecks } = stand;
const shown = ({ kind, name }: HostileContent, outcome: string): string => `${kind} | ${name} | ${outcome}`;

/** The same walls, entered by the compiled binary. */
function entered(level: SandboxLevel): SandboxLevel {
  const ours = jailCommand(process);
  return { ...level, enter: [...level.enter.slice(0, -ours.length), BINARY, jailVerb] };
}

const jails: SandboxLevel[] = [];
for await (const level of sandboxes("this program")) if (level.files !== "open") jails.push(entered(level));

test.each(
  [jails[0], jails.at(-1)]
    .filter((level) => level !== undefined)
    .map((level) => ({ level, name: level.name })),
)(
  "the jail $name alone holds every row",
  async ({ level }) => {
    const failing: string[] = [];
    for (const content of contents) {
      const outcome = await withoutChecks(content, level);
      if (![NOTHING, LIMITED].includes(outcome)) failing.push(shown(content, outcome));
    }
    expect(failing).toEqual([]);
  },
  300_000,
);

test("render refuses every row, or renders it harmlessly", async () => {
  const programs = join(stand.dir, "tools");
  mkdirSync(programs);
  for (const [name, program] of Object.entries(tools.programs)) symlinkSync(program, join(programs, name));
  // What may be asked out in the world is asked, and whether there is one is no matter of this test.
  const config = join(stand.dir, "nothing-elsewhere.yaml");
  writeFileSync(config, "remoteBases: []\n");
  const failing: string[] = [];
  for (const content of contents) {
    const repository = sourceFolder(content.files);
    for (const [path, target] of Object.entries(content.links)) repository.link(path, target);
    const file = join(stand.dir, "app.yaml");
    writeFileSync(file, JSON.stringify(applicationOf(content.source)));
    const argv = ["render", "-f", file, "--source", repository.path, "--config", config];
    const { code, stdout, stderr } = await run([BINARY, ...argv], {
      cwd: stand.dir,
      env: { PATH: programs, HOME: stand.dir },
    });
    repository.dispose();
    const happened = await traces(stdout + stderr);
    const isAsWanted = content.says === "harmless" ? code === 0 : code === 8;
    const says =
      ["harmless", "a limit"].includes(content.says) || stderr.replace(/\s+/g, " ").includes(content.says);
    if (happened.length > 0 || !isAsWanted || !says)
      failing.push(shown(content, `${happened.join(", ")} ended with ${code}: ${stderr.slice(0, 300)}`));
  }
  expect(failing).toEqual([]);
  expect(readdirSync(stand.dir)).not.toContain("marker");
}, 300_000);
