import { defined } from "../../lib/defined.ts";
import { askOf, takeable } from "../adopting/argo-side.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { plainText } from "../terminal/plain-text.ts";
import { count } from "../words/count.ts";
import { type AdoptOptions, chosenOf } from "./adopt.ts";

/** Writes what an Argo CD has into a folder, for a daemon of its own. @param names empty: all of them */
export async function adoptExport(
  context: CliContext,
  folder: string,
  names: readonly string[],
  options: AdoptOptions,
): Promise<ExitCode> {
  const chosen = names.length === 0 ? undefined : chosenOf(await takeable(context, options), names, options);
  const { dir, files, left } = await context.host.verbs.adoptExport({
    dir: folder,
    ...askOf(context, options),
    ...defined({ names: chosen?.map(({ application }) => application) }),
  });
  const below = (path: string): number => files.filter((file) => file.startsWith(path)).length;
  context.print([
    `${context.out.symbols.done} ${plainText(dir)}: ${count(below("applications/"), "application")}, ${count(below("projects/"), "project")}, ${count(below("data/clusters/"), "cluster")}, and holdfast.yaml with the repositories and settings`,
    ...left.map((each) => `  ${plainText(each)}`),
  ]);
  context.note(
    [
      `Nothing was written to any cluster. ${left.length === 0 ? "Everything is in it." : "What stands above is for you to do."} Then:`,
      `  holdfast serve --config ${plainText(dir)}/holdfast.yaml   # judges, and writes to nothing while it has pause: writes`,
      `  holdfast app list                                        # Synced, as Argo CD says?`,
      `  kubectl scale statefulset -n ${options.namespace} argocd-application-controller --replicas=0`,
      "  and take pause: writes out of holdfast.yaml. data/ and secrets/ hold secrets: keep them out of Git.",
    ].join("\n"),
  );
  return EXIT.done;
}
