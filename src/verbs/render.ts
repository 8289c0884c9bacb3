import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type Application, keyOfApp } from "../core/model/application.ts";
import { Failure } from "../core/model/failure.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import { type Problem, showProblem } from "../core/model/problem.ts";
import { messageOf } from "../lib/caught.ts";
import { defined } from "../lib/defined.ts";
import { appsetGenerate } from "./appset-generate.ts";
import { byConfigAlone } from "./config-alone.ts";
import { configFile, readConfig } from "./config-file.ts";
import { kindsInFile, readApplication } from "./read-application.ts";
import { renderApplication, withWorkshop } from "./render-application.ts";
import type { Surroundings } from "./surroundings.ts";

export interface RenderCall {
  /** File of the Application, or of ApplicationSets. */
  app: string;
  /** `DIR` for every source, or `ref=DIR`, several separated by commas. */
  source?: string;
  /** File of the clusters that there are, for generators. */
  clusters?: string;
  config?: string;
  signal: AbortSignal;
}

export interface RenderedFile {
  documents: KubeObject[];
  problems: Problem[];
  /** How many were rendered. */
  applications: number;
}

/**
 * Renders as the daemon would, without a cluster: from local folders where they are named, else from Git. Of a file the
 * first Application, and all that its ApplicationSets make.
 */
export async function render(around: Surroundings, call: RenderCall): Promise<RenderedFile> {
  const { config: named, source, signal } = call;
  const place = configFile(named, around);
  const parsed = readConfig(place, around);
  if (!parsed.ok && named !== undefined)
    throw new Failure("config", named, "after-edit", {
      cannot: "read it",
      why: parsed.problems.map(showProblem).join("; "),
    });
  const config = parsed.ok ? parsed.value : undefined;
  // Nobody asked for a config that happens to lie here; that it was not taken is worth a word.
  const unused: Problem[] =
    parsed.ok || !existsSync(place)
      ? []
      : [
          {
            severity: "warning",
            file: place,
            text: "the config is not valid, so none is used",
            fix: "See holdfast validate",
          },
        ];
  const { written, generated, problems } = await applicationsIn(around, call, config?.namespace ?? "argocd");
  if (written.length + generated.length === 0) return { documents: [], problems, applications: 0 };
  const from = { source, cwd: around.cwd, signal };
  const { done, problems: ofPlugins } = await withWorkshop(around, config, async (workshop) => {
    const rendered: Awaited<ReturnType<typeof renderApplication>>[] = [];
    for (const app of written) rendered.push(await byConfigAlone(renderApplication(workshop, app, from)));
    for (const app of generated)
      rendered.push(
        await byConfigAlone(renderApplication(workshop, app, from)).then(
          (one) => ({ ...one, problems: one.problems.map((problem) => ofApplication(app, problem)) }),
          (cause: unknown) => {
            signal.throwIfAborted();
            // One of many: the others are rendered all the same.
            const problem = { severity: "error", text: messageOf(cause) } as const;
            return { documents: [], problems: [ofApplication(app, problem)] };
          },
        ),
      );
    return rendered;
  });
  return {
    documents: done.flatMap(({ documents }) => documents),
    problems: [...unused, ...problems, ...ofPlugins, ...done.flatMap((one) => one.problems)],
    applications: done.length,
  };
}

async function applicationsIn(
  around: Surroundings,
  { app: file, source, clusters, config, signal }: RenderCall,
  homeNamespace: string,
): Promise<{ written: Application[]; generated: Application[]; problems: Problem[] }> {
  const path = resolve(around.cwd, file);
  const kinds = kindsInFile(path, file);
  const hasSets = kinds.has("ApplicationSet");
  // Without either, what is said of the file is said of an Application.
  const read = hasSets && !kinds.has("Application") ? undefined : readApplication(path, file, homeNamespace);
  if (read?.ok === false) return { written: [], generated: [], problems: read.problems };
  const folder = source?.split(",").find((part) => !/^[A-Za-z0-9_-]+=/.test(part));
  const made = hasSets
    ? await appsetGenerate(around, { file, signal, ...defined({ source: folder, clusters, config }) })
    : { applications: [], problems: [] };
  return {
    written: read === undefined ? [] : [read.value],
    generated: made.applications,
    problems: [...(read?.warnings ?? []), ...made.problems],
  };
}

function ofApplication(app: Application, problem: Problem): Problem {
  const object = `Application ${keyOfApp(app)}`;
  return { ...problem, object: problem.object === undefined ? object : `${object}: ${problem.object}` };
}
