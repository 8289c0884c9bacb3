/** argv -> daemon or command. The only process.exit, and the only reader of the environment beside src/config. */
import { checkHostCommand, checkHostVerb } from "./checks/check-host-verb.ts";
import { runCheckHost } from "./checks/run-check-host.ts";
import { liftConnectionLimit } from "./cluster/connection-limit.ts";
import { loadConfig } from "./config/load-config.ts";
import { showProblem } from "./core/model/problem.ts";
import { startDaemon } from "./daemon.ts";
import { cronProblem } from "./engine/schedule.ts";
import { jsonLog } from "./lib/json-log.ts";

if (process.argv[2] === checkHostVerb) {
  await runCheckHost();
  process.exit(0);
}
const file = process.argv[process.argv.indexOf("--config") + 1] ?? "config/holdfast.yaml";
liftConnectionLimit(process);
const reread = (path: string) => loadConfig(path, { env: process.env, validateCron: cronProblem });
const parsed = reread(file);
if (!parsed.ok) {
  for (const problem of parsed.problems) console.error(showProblem(problem));
  process.exit(2);
}
const daemon = await startDaemon({
  config: parsed.value, file, reread, build: { version: "0.1.0", commit: "", buildDate: "" }, embeddedTools: {}, searchPath: process.env.PATH ?? "", cwd: process.cwd(),
  checkHost: checkHostCommand(process),
  pod: { host: process.env.KUBERNETES_SERVICE_HOST ?? "", port: process.env.KUBERNETES_SERVICE_PORT ?? "" },
  log: jsonLog(() => parsed.value.log.level, (line) => process.stderr.write(line)),
});
process.on("SIGTERM", () => void daemon.stop().then(() => process.exit(0)));
process.on("SIGINT", () => void daemon.stop().then(() => process.exit(0)));
process.on("SIGHUP", () => void daemon.reload());
