import { messageOf } from "../lib/caught.ts";
import { runCel } from "./cel.ts";
import { type Answer, type Job, type JobLine, READY_LINE } from "./job.ts";
import { luaFactory, runLua } from "./lua-vm.ts";

/**
 * The life of the process in which users' scripts run: jobs from stdin, answers to stdout, until stdin ends. It knows
 * nothing of time: the daemon ends it when a job takes too long.
 */
export async function runCheckHost(): Promise<void> {
  const factory = luaFactory();
  await factory.getLuaModule();
  const answerOne = async (job: Job): Promise<Answer> => {
    try {
      return {
        is: "done",
        value: job.language === "lua" ? await runLua(job, factory) : runCel(job.expressions, job.object),
      };
    } catch (cause) {
      return { is: "failed", why: messageOf(cause) };
    }
  };
  process.stdout.write(`${READY_LINE}\n`);
  for await (const line of console) {
    if (line === "") continue;
    const { id, job } = JSON.parse(line) as JobLine;
    process.stdout.write(`${JSON.stringify({ id, answer: await answerOne(job) })}\n`);
  }
}
