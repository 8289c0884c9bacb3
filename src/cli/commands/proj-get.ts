import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printJson, printYamlDocuments } from "../print-object.ts";
import { plainText } from "../terminal/plain-text.ts";
import { projectFacts, type ToldProject } from "../words/project-facts.ts";

/** As it is written with `yaml`, `json` and `name`; as it holds, and where that comes from, without. */
export async function projGet(
  context: CliContext,
  name: string,
  { output }: { output?: "json" | "yaml" | "name" | "wide" },
): Promise<ExitCode> {
  const told = await (await context.client()).get<ToldProject>(
    `/api/v1/projects/${encodeURIComponent(name)}/detailed`,
  );
  if (output === "json") printJson(context, told.project);
  else if (output === "yaml") printYamlDocuments(context, [told.project]);
  else if (output === "name") context.print([told.project.metadata.name]);
  else {
    const facts = projectFacts(told);
    const width = Math.max(...facts.map(([fact]) => fact.length));
    context.print(
      facts.flatMap(([fact, lines]) =>
        lines.map(
          (line, at) =>
            `${context.out.paint("dim", (at === 0 ? fact : "").padEnd(width))}   ${plainText(line)}`,
        ),
      ),
    );
  }
  return EXIT.done;
}
