import type { Application } from "../../core/model/application.ts";
import type { HealthStatus } from "../../core/model/health.ts";
import { appPath } from "../app-path.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { CLI_VERSION, printJson, printYamlDocuments } from "../print-object.ts";
import { oneApp, type SelectionOptions } from "../select-apps.ts";
import { plainText } from "../terminal/plain-text.ts";
import { painted, type Terminal } from "../terminal/terminal.ts";
import { healthOf, nameOf, objectName, syncOf } from "../words/app-words.ts";

/** As the API's resource-tree has it. */
export interface TreeNode {
  group: string;
  kind: string;
  namespace: string;
  name: string;
  uid?: string;
  parentRefs?: { uid: string }[];
  health?: { status: HealthStatus; message?: string };
  info?: { name: string; value: string }[];
}

export async function appTree(
  context: CliContext,
  name: string,
  options: SelectionOptions & { output?: "json" | "yaml" },
): Promise<ExitCode> {
  const app = await oneApp(await context.client(), name, options);
  return printTree(context, app, options.output);
}

export async function printTree(
  context: CliContext,
  app: Application,
  output?: "json" | "yaml",
): Promise<ExitCode> {
  const { path, query } = appPath(app, "/resource-tree");
  const { nodes } = await (await context.client()).get<{ nodes: TreeNode[] }>(path, query);
  if (output === "json")
    printJson(context, { apiVersion: CLI_VERSION, kind: "ResourceTree", application: nameOf(app), nodes });
  else if (output === "yaml") printYamlDocuments(context, [nodes]);
  else {
    const { out } = context;
    context.print([
      `${nameOf(app)}   ${painted(out, out.state(syncOf(app)))}   ${painted(out, out.state(healthOf(app)))}`,
      ...treeLines(out, nodes, app.spec.destination.namespace ?? ""),
    ]);
  }
  return EXIT.done;
}

/** Children below their parents, in the order in which they were given. */
export function treeLines(terminal: Terminal, nodes: readonly TreeNode[], usual: string): string[] {
  const known = new Set(nodes.flatMap(({ uid }) => (uid === undefined ? [] : [uid])));
  const parentOf = ({ parentRefs = [] }: TreeNode): string =>
    parentRefs.find(({ uid }) => known.has(uid))?.uid ?? "";
  const byParent = Map.groupBy(nodes, parentOf);
  const isAscii = terminal.symbols.ellipsis !== "…";
  const [tee, corner, bar] = isAscii ? ["|- ", "`- ", "|  "] : ["├─ ", "└─ ", "│  "];
  const lines: string[] = [];
  const walk = (parent: string, indent: string): void => {
    const children = byParent.get(parent) ?? [];
    children.forEach((node, at) => {
      const isLast = at === children.length - 1;
      const parts = [plainText(objectName(node, usual))];
      if (node.health !== undefined) parts.push(painted(terminal, terminal.state(node.health.status)));
      const said = (node.info ?? []).filter(({ name }) => name !== "Node");
      const notes = [...said.map(({ value }) => value), node.health?.message ?? ""].filter(
        (text) => text !== "",
      );
      if (notes.length > 0) parts.push(terminal.paint("dim", plainText(notes.join(", "))));
      lines.push(`${indent}${isLast ? corner : tee}${parts.join("   ")}`);
      if (node.uid !== undefined) walk(node.uid, `${indent}${isLast ? "   " : bar}`);
    });
  };
  walk("", "");
  return lines;
}
