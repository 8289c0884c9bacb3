import { parseProject } from "../../core/model/parse-project.ts";
import { showProblem } from "../../core/model/problem.ts";
import type { Project } from "../../core/model/project.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { editManifest } from "../editing/edit-manifest.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { asManifest } from "../print-object.ts";
import { readProject } from "../project/read-project.ts";
import { writtenIn } from "../words/written-in.ts";

/** Has a person edit one that lives where the API may write. */
export async function projectEdit(
  context: CliContext,
  name: string,
  { yes }: { yes?: true },
): Promise<ExitCode> {
  const client = await context.client();
  let known = await readProject(client, name);
  const { project, holdfast } = known;
  const { origin } = holdfast;
  if (origin?.from === "file" || origin?.from === "parent")
    throw new CliError(EXIT.denied, `Project ${name} is written in ${writtenIn(origin)}.`, [
      origin.from === "file"
        ? "Edit that file, and commit it where it is kept in Git."
        : "Edit it where that one is rendered from, and commit.",
      `What it is now: holdfast project get ${name} -o yaml`,
    ]);
  const written = await editManifest(
    context,
    {
      what: `Project ${name}`,
      name,
      before: asManifest(project),
      read: (value) => read(value, name),
      effects: () => ["Its applications are held to it from their next look on."],
      now: async () => {
        known = await readProject(client, name);
        return asManifest(known.project);
      },
      // Over what `now` told last, and nothing that came since.
      write: (after) => known.write(after),
      instead: (file) => `holdfast project create -f ${file} --upsert`,
    },
    yes === true ? { yes } : {},
  );
  if (written !== undefined) context.print(`${context.out.symbols.done} Project ${name} was changed.`);
  return EXIT.done;
}

/** @throws {CliError} invalid */
function read(value: unknown, name: string): Project {
  if (!isMapping(value) || !isMapping(value["metadata"]) || value["metadata"]["name"] !== name)
    throw new CliError(EXIT.invalid, "The name of a project is fixed.", [
      "To have another one, make it: holdfast project create -f FILE",
    ]);
  const parsed = parseProject(value, { homeNamespace: "argocd" });
  if (parsed.ok) return asManifest(parsed.value);
  throw new CliError(EXIT.invalid, "That is no project that can be used.", parsed.problems.map(showProblem));
}
