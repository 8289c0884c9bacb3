import { ANNOTATION, type Application } from "../../core/model/application.ts";
import { messageOf } from "../../lib/caught.ts";
import { defined } from "../../lib/defined.ts";
import { appPath } from "../app-path.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { Refused } from "../http/refusal.ts";
import { printApplication } from "../print-object.ts";
import { oneApp, type SelectionOptions } from "../select-apps.ts";
import { unlessValid, validation } from "../validation.ts";
import { nameOf } from "../words/app-words.ts";

type Chosen = Pick<SelectionOptions, "appNamespace">;

export interface AppPatchOptions extends Chosen {
  patch: string;
  type: "merge" | "json";
  /** Default: a source that it changes is asked first. */
  validate?: boolean;
  output?: "json" | "yaml" | "name";
}

/** Changes one that lives where the API may write, as RFC 7396 or RFC 6902 say. */
export async function appPatch(
  context: CliContext,
  name: string,
  { patch, type, validate, output, ...chosen }: AppPatchOptions,
): Promise<ExitCode> {
  try {
    JSON.parse(patch);
  } catch (cause) {
    throw new CliError(EXIT.usage, `The patch is no JSON: ${messageOf(cause)}.`, [
      `Write it in quotes: -p '{"spec": {"source": {"targetRevision": "v2"}}}'`,
    ]);
  }
  const body = { patch, patchType: type };
  const app = await unlessValid(patched(context, name, chosen, body, defined({ validate })));
  if (output !== undefined) printApplication(context, app, output);
  else
    context.print(
      `${context.out.symbols.done} ${nameOf(app)} was changed. What comes of it: holdfast app get ${nameOf(app)}`,
    );
  return EXIT.done;
}

/** Nothing of it is written to a cluster, by anybody, until it is resumed; it is looked at all the same. */
export async function appPause(context: CliContext, name: string, chosen: Chosen): Promise<ExitCode> {
  const app = await marked(context, name, chosen, "true");
  context.print(
    `${context.out.symbols.done} ${nameOf(app)} is paused: it is compared, and nothing of it is written. On again: holdfast app resume ${nameOf(app)}`,
  );
  return EXIT.done;
}

export async function appResume(context: CliContext, name: string, chosen: Chosen): Promise<ExitCode> {
  const app = await marked(context, name, chosen, null);
  context.print(`${context.out.symbols.done} ${nameOf(app)} goes on.`);
  return EXIT.done;
}

function marked(
  context: CliContext,
  name: string,
  chosen: Chosen,
  value: "true" | null,
): Promise<Application> {
  const patch = { metadata: { annotations: { [ANNOTATION.skipReconcile]: value } } };
  const body = { patch: JSON.stringify(patch), patchType: "merge" } as const;
  return patched(context, name, chosen, body).catch((cause: unknown) => {
    throw cause instanceof Refused && WRITTEN_ELSEWHERE.has(cause.body.details?.reason ?? "")
      ? new CliError(cause.code, cause.message, [whereToWrite(value, cause.body.details?.reason)], { cause })
      : cause;
  });
}

const WRITTEN_ELSEWHERE: ReadonlySet<string> = new Set([
  "managed-by-file",
  "managed-by-set",
  "managed-by-parent",
]);

function whereToWrite(value: "true" | null, reason: string | undefined): string {
  const field = `metadata.annotations["${ANNOTATION.skipReconcile}"]`;
  const place =
    reason === "managed-by-file"
      ? "there"
      : reason === "managed-by-set"
        ? "in its template"
        : "where that one is rendered from";
  return value === null
    ? `Take ${field} out ${place}, and commit: that ends the pause.`
    : `Set ${field} to "${value}" ${place}, and commit: that pauses it.`;
}

async function patched(
  context: CliContext,
  name: string,
  { appNamespace }: Chosen,
  body: { patch: string; patchType: "merge" | "json" },
  options: { validate?: boolean } = {},
): Promise<Application> {
  const client = await context.client();
  const app = await oneApp(client, name, defined({ appNamespace }));
  const { path, query } = appPath(app);
  return client.send<Application>("PATCH", path, {
    query: { ...query, validate: validation(options) },
    body: { ...body, ...query },
  });
}
