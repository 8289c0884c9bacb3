import { messageOf } from "../../lib/caught.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printJson } from "../print-object.ts";
import { readInput } from "../read-input.ts";

/** One request as whoever is logged in; its answer as JSON. */
export async function api(
  context: CliContext,
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  { file }: { file?: string },
): Promise<ExitCode> {
  if (!path.startsWith("/") || path.startsWith("//"))
    throw new CliError(EXIT.usage, `${path} is no path of the API.`, [
      "Write it from the first slash on, such as /api/v1/applications?project=shop.",
    ]);
  if (file !== undefined && method === "GET")
    throw new CliError(EXIT.usage, "A GET has no body.", ["Leave --file out, or name another method."]);
  const client = await context.client();
  const answer =
    method === "GET"
      ? await client.get<unknown>(path)
      : await client.send<unknown>(
          method,
          path,
          file === undefined ? {} : { body: await bodyIn(context, file) },
        );
  printJson(context, answer);
  return EXIT.done;
}

async function bodyIn(context: CliContext, file: string): Promise<unknown> {
  const text = await readInput(context, file);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CliError(EXIT.usage, `${file} holds no JSON: ${messageOf(cause)}.`);
  }
}
