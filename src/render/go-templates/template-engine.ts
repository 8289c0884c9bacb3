import { Failure } from "../../core/model/failure.ts";
import type { Filled, TemplateEngine, TemplateJob } from "../../core/ports/template-engine.ts";
import { makeRunFolder } from "../run-folder.ts";
import { runTool, type ToolRunner } from "../run-tool.ts";

export interface TemplateHost extends ToolRunner {
  scratchDir: string;
}

/** One call, as one of several that share a run. */
interface Asked {
  jobs: readonly TemplateJob[];
  options: readonly string[];
  resolve(filled: Filled[][][]): void;
  reject(cause: unknown): void;
}

/** What the program says of one text. */
interface Said {
  text?: string;
  why?: string;
  line?: number;
}

/** Runs that the sets of one question may cost where one of them ends the program each time. */
const MOST_RUNS = 40;

/**
 * Go templates by a Go program of ours, in the sandbox of the render tools: what is asked in one turn of the loop is one
 * run. A set which ends the program is found by halves, so that it is an error of its own.
 */
export class GoTemplateEngine implements TemplateEngine {
  #waiting: Asked[] = [];

  /** @param object whom the templates belong to, for failures */
  constructor(
    private readonly host: TemplateHost,
    private readonly object: string,
    private readonly signal: AbortSignal,
  ) {}

  fill(jobs: readonly TemplateJob[], options: readonly string[]): Promise<Filled[][][]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ jobs, options, resolve, reject });
      // Whatever asks beside this one has asked by then.
      if (this.#waiting.length === 1) setTimeout(() => void this.#answer(), 0);
    });
  }

  async #answer(): Promise<void> {
    const all = this.#waiting;
    this.#waiting = [];
    for (const [, asked] of Map.groupBy(all, ({ options }) => options.join("\n"))) {
      try {
        const options = asked[0]?.options ?? [];
        const budget = { runs: MOST_RUNS };
        const answers = await this.#run(
          asked.flatMap(({ jobs }) => jobs),
          options,
          budget,
        );
        let from = 0;
        for (const { jobs, resolve } of asked) {
          resolve(answers.slice(from, from + jobs.length));
          from += jobs.length;
        }
      } catch (cause) {
        for (const { reject } of asked) reject(cause);
      }
    }
  }

  async #run(
    jobs: readonly TemplateJob[],
    options: readonly string[],
    budget: { runs: number },
  ): Promise<Filled[][][]> {
    if (jobs.every(({ sets }) => sets.length === 0)) return jobs.map(() => []);
    budget.runs--;
    try {
      return read(await this.#start(JSON.stringify({ options, jobs })), jobs);
    } catch (cause) {
      // Another try of the same is for whoever asked; what more than one set ended may be one of them alone.
      const isTheirs =
        cause instanceof Failure && (cause.code === "render" || cause.code === "render-timeout");
      if (!isTheirs || cause.retry === "backoff") throw cause;
      const count = jobs.reduce((sum, { sets }) => sum + sets.length, 0);
      if (count === 1 || budget.runs <= 0)
        return jobs.map(({ texts, sets }) =>
          sets.map(() => texts.map(() => ({ is: "wrong", why: cause.why }))),
        );
      const [left, right] = halved(jobs, Math.ceil(count / 2));
      const [one, two] = [await this.#run(left, options, budget), await this.#run(right, options, budget)];
      return one.map((sets, index) => [...sets, ...(two[index] ?? [])]);
    }
  }

  async #start(stdin: string): Promise<string> {
    const folder = makeRunFolder(this.host.scratchDir);
    try {
      return await runTool(
        this.host,
        { object: this.object, folder, names: new Map() },
        { name: "templates", argv: [], cwd: folder.scratch, stdin, as: "the engine of Go templates" },
        this.signal,
      );
    } finally {
      await folder.remove();
    }
  }
}

/** The first so many sets, and the others; each with all jobs. */
function halved(jobs: readonly TemplateJob[], most: number): [TemplateJob[], TemplateJob[]] {
  let left = most;
  const first: TemplateJob[] = [],
    second: TemplateJob[] = [];
  for (const { texts, sets } of jobs) {
    first.push({ texts, sets: sets.slice(0, left) });
    second.push({ texts, sets: sets.slice(left) });
    left = Math.max(0, left - sets.length);
  }
  return [first, second];
}

/** A line for each set, in order. */
function read(output: string, jobs: readonly TemplateJob[]): Filled[][][] {
  const lines = output.split("\n");
  let at = 0;
  return jobs.map(({ texts, sets }) =>
    sets.map(() => {
      const said = JSON.parse(lines[at++] ?? "[]") as Said[];
      return texts.map((_, index) => filledOf(said[index] ?? { why: "the engine said nothing of it" }));
    }),
  );
}

function filledOf({ text, why = "", line }: Said): Filled {
  if (text !== undefined) return { is: "filled", text };
  return line === undefined ? { is: "wrong", why } : { is: "wrong", why, line };
}
