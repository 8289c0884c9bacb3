import type { Project } from "../../core/model/project.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printJsonList, printYamlDocuments } from "../print-object.ts";
import { table } from "../terminal/table.ts";
import { andMore } from "../words/count.ts";

export async function projList(
  context: CliContext,
  { output }: { output?: "json" | "yaml" | "name" | "wide" },
): Promise<ExitCode> {
  const { items } = await (await context.client()).get<{ items: Project[] }>("/api/v1/projects");
  if (output === "json") printJsonList(context, "ProjectList", { items });
  else if (output === "yaml") printYamlDocuments(context, items);
  else if (output === "name") context.print(items.map(({ metadata }) => metadata.name));
  else {
    const most = output === "wide" ? Number.POSITIVE_INFINITY : 2;
    const rows = items.map(({ metadata, spec }) => [
      metadata.name,
      andMore(spec.sourceRepos ?? [], most) || "none",
      andMore(
        (spec.destinations ?? []).map(
          ({ server, name, namespace = "*" }) => `${name ?? server ?? "*"} ${namespace}`,
        ),
        most,
      ) || "none",
      spec.description ?? "",
    ]);
    context.print(
      table(
        context.out,
        [
          { head: "NAME" },
          { head: "SOURCES", least: 16, shrinks: 2 },
          { head: "DESTINATIONS", least: 16, shrinks: 3 },
          { head: "DESCRIPTION", least: 12, shrinks: 1, hides: 1 },
        ],
        rows,
        { fit: output === "wide" ? "whole" : "terminal" },
      ),
    );
  }
  return EXIT.done;
}
