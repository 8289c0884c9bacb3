import { messageOf } from "../lib/caught.ts";
import { type Answer, type HostFor, type Job, type JobLine, READY_LINE } from "./job.ts";

/** Runs jobs of one sort. */
type Runner = (job: Job) => Promise<unknown>;

/** What each process loads, and nothing of the other's. */
const RUNNERS: Readonly<Record<HostFor, () => Promise<Runner>>> = { checks: checkRunner, jq: jqRunner };

/**
 * The life of the process in which what users wrote is run: jobs from stdin, answers to stdout, until stdin ends. It
 * knows nothing of time: the daemon ends it when a job takes too long.
 *
 * @param runs a `HostFor`; default `checks`
 */
export async function runCheckHost(runs: string | undefined): Promise<void> {
  const run = await RUNNERS[runs === "jq" ? "jq" : "checks"]();
  const answerOne = async (job: Job): Promise<Answer> => {
    try {
      return { is: "done", value: await run(job) };
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

async function checkRunner(): Promise<Runner> {
  const [{ luaFactory, runLua }, { runCel }] = await Promise.all([import("./lua-vm.ts"), import("./cel.ts")]);
  const factory = luaFactory();
  await factory.getLuaModule();
  return async (job) => {
    if (job.language === "lua") return runLua(job, factory);
    if (job.language === "cel") return runCel(job.expressions, job.object);
    throw new Error("this process runs no jq");
  };
}

async function jqRunner(): Promise<Runner> {
  const { JqVm } = await import("./jq-vm.ts");
  const vm = new JqVm();
  await vm.load();
  return async (job) => {
    if (job.language !== "jq") throw new Error("this process runs jq alone");
    return job.ask === "problem"
      ? ((await vm.problemOf(job.expression)) ?? null)
      : vm.placesIn(job.object, job.expression);
  };
}
