/**
 * `bun run advisories`: plays every class of published advisories that Holdfast can meet today against the real thing,
 * and prints which wall held. Ends with 1 where one did not, or where a witness sees nothing.
 *
 *   --json        a JSON document in place of the table      --rows PT-1,api   these rows, or areas, alone
 */
import { parseArgs } from "node:util";
import { messageOf } from "../../src/lib/caught.ts";
import { API } from "./api.ts";
import { CONTROLS } from "./controls.ts";
import { GIT } from "./git.ts";
import { PAGE } from "./page.ts";
import { RENDER } from "./render.ts";
import { NotHeld, type Row } from "./row.ts";
import { openStand, type Stand } from "./stand.ts";
import { STORE } from "./store.ts";

const AREAS: Readonly<Record<string, readonly Row[]>> = {
  render: RENDER,
  git: GIT,
  api: API,
  store: STORE,
  page: PAGE,
};

/** Many times what the longest row takes on a slow machine. */
const LONGEST_MS = 300_000;

type Said =
  | { is: "held"; by: string }
  | { is: "not held"; why: string }
  /** The row itself could not be played: that proves nothing either. */
  | { is: "not played"; why: string }
  | { is: "not applicable"; why: string };
type Line = { area: string; id: string; about: string; input: string } & Said;

const { values } = parseArgs({
  options: { json: { type: "boolean", default: false }, rows: { type: "string", default: "" } },
});
const wanted = values.rows.split(",").filter((word) => word !== "");
const say = (text: string): void => void (values.json || process.stdout.write(`${text}\n`));
const cell = (text: string): string => text.replace(/\s+/g, " ").replaceAll("|", "\\|").slice(0, 400);

if (process.platform !== "linux") {
  process.stderr.write("the witnesses of this table read /proc: run it on Linux\n");
  process.exit(2);
}
const stand = await openStand();
process.exit(await everything(stand).finally(() => stand.stop()));

async function everything(stand: Stand): Promise<number> {
  say("| what is watched for | the same without a wall | seen |\n|---|---|---|");
  const controls: { kind: string; done: string; seen: boolean }[] = [];
  for (const { kind, done, sees } of CONTROLS) {
    const seen = await sees(stand);
    controls.push({ kind, done, seen });
    say(`| ${cell(kind)} | ${cell(done)} | ${seen ? "yes" : "NO"} |`);
  }
  stand.mustBeUnharmed();
  const lines: Line[] = [];
  for (const [area, rows] of Object.entries(AREAS)) {
    say(`\n| ${area} | advisory | input | outcome |\n|---|---|---|---|`);
    for (const row of rows.filter(
      ({ id }) => wanted.length === 0 || wanted.includes(id) || wanted.includes(area),
    )) {
      const said = await play(row, stand);
      const { id, about } = row;
      const input = "input" in row ? row.input : "";
      lines.push({ area, id, about, input, ...said });
      const outcome =
        said.is === "held"
          ? said.by
          : `${said.is === "not applicable" ? said.is : said.is.toUpperCase()}: ${said.why}`;
      say(`| ${id} | ${cell(about)} | ${cell(input)} | ${cell(outcome)} |`);
    }
  }
  const count = (is: Said["is"]): number => lines.filter((line) => line.is === is).length;
  const blind = controls.filter(({ seen }) => !seen).length;
  const failed = count("not held") + count("not played") + blind;
  if (values.json) process.stdout.write(`${JSON.stringify({ controls, rows: lines }, null, 1)}\n`);
  say(
    `\n${count("held")} held, ${count("not held")} not held, ${count("not played")} could not be played, ${count("not applicable")} not applicable; ${blind} of ${controls.length} witnesses blind`,
  );
  return failed === 0 && (wanted.length === 0 || lines.length > 0) ? 0 : 1;
}

/** Whatever hangs is a row that does not hold, and not a table that never ends. */
async function withinReason<T>(work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new NotHeld(`it has not ended after ${LONGEST_MS / 1000} s`)),
    LONGEST_MS,
  );
  return Promise.race([work, late.promise]).finally(() => clearTimeout(timer));
}

async function play(row: Row, stand: Stand): Promise<Said> {
  if ("because" in row) return { is: "not applicable", why: row.because };
  try {
    const by = await withinReason(row.play(stand));
    stand.mustBeUnharmed();
    return { is: "held", by };
  } catch (cause) {
    if (cause instanceof NotHeld) return { is: "not held", why: cause.message };
    return {
      is: "not played",
      why: cause instanceof Error ? (cause.stack ?? cause.message) : messageOf(cause),
    };
  }
}
