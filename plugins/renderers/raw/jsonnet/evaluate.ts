import type { RenderedDocument } from "../../../../src/core/model/desired-object.ts";
import { Failure } from "../../../../src/core/model/failure.ts";
import { isMapping } from "../../../../src/lib/is-mapping.ts";
import { asRendered, type RenderContext, type RenderRequest } from "../../../../src/plugin/contract.ts";
import { jsonnetOf } from "./options.ts";

/**
 * What each of these files is evaluated to, by file: all of them by one process, which sees the exported files alone.
 * @throws {Failure} render with file, line and reason of the evaluator
 */
export async function evaluate(
  files: readonly string[],
  request: RenderRequest,
  context: RenderContext,
): Promise<Map<string, RenderedDocument[]>> {
  if (files.length === 0) return new Map();
  const output = await context.run("jsonnet", ["evaluate"], {
    cwd: await context.export(),
    stdin: JSON.stringify({ files, ...jsonnetOf(request) }),
  });
  const lines = output.split("\n");
  return new Map(files.map((file, index) => [file, documentsOf(file, lines[index] ?? "null")]));
}

/** An object, or an array of objects; whatever is null is none. Source: Argo CD. */
function documentsOf(file: string, json: string): RenderedDocument[] {
  const value: unknown = JSON.parse(json);
  const objects = (Array.isArray(value) ? value : [value]).filter((each) => each !== null);
  const wrong = objects.find((each) => !isMapping(each));
  if (wrong !== undefined)
    throw new Failure("render", file, "after-edit", {
      cannot: "render",
      why: `it makes ${Array.isArray(value) ? "an array with " : ""}${kindOf(wrong)}`,
      fix: "Let it make an object, or an array of objects",
    });
  return objects.map((object) => ({
    text: JSON.stringify(object),
    file: asRendered(file),
    line: 1,
    onParseError: "refuse",
  }));
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "an array" : `a ${typeof value}`;
}
