/** Compiled by runtime-settings.test.ts: opens COUNT requests at once to a server that answers none before all are there. */
import { settleRuntime } from "../../../src/lib/runtime-settings.ts";

const outcome =
  process.argv[2] === "lift"
    ? settleRuntime({
        env: process.env,
        execPath: process.execPath,
        argv: process.argv,
        execArgv: process.execArgv,
      })
    : { is: "left" };
const [url = "", count = ""] = process.argv.slice(3);
const answers = await Promise.all(
  Array.from(
    { length: Number(count) },
    async () => (await fetch(url, { signal: AbortSignal.timeout(20_000) }).catch(() => undefined))?.status,
  ),
);
console.log(
  JSON.stringify({
    pid: process.pid,
    outcome: outcome.is,
    answered: answers.filter((status) => status === 200).length,
    words: process.argv.slice(2),
  }),
);
process.exit(0);
