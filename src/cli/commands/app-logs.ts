import { appPath } from "../app-path.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { type ErrorBody, Refused } from "../http/refusal.ts";
import { kindTyped } from "../objects/kind-names.ts";
import { oneApp, type SelectionOptions } from "../select-apps.ts";
import { plainText } from "../terminal/plain-text.ts";

export interface AppLogsOptions extends SelectionOptions {
  kind?: string;
  group?: string;
  name?: string;
  namespace?: string;
  container?: string;
  allContainers?: true;
  follow?: true;
  tail?: number;
  /** Milliseconds. */
  since?: number;
  previous?: true;
  grep?: string;
  timestamps?: true;
  prefix: boolean;
  output?: "json";
}

/** As Argo CD's API has it, a line of JSON each; `error`: nothing more comes of that Pod. */
type Told =
  | { result: { content: string; timeStampStr?: string; podName: string; last?: boolean } }
  | { error: ErrorBody & { http_code?: number; podName?: string } };

/**
 * Prints lines as they come, as slowly as the reader takes them. What cannot be read of one Pod is said, and the others go
 * on; the last such thing is how it ends.
 */
export async function appLogs(
  context: CliContext,
  name: string,
  pod: string | undefined,
  options: AppLogsOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const app = await oneApp(client, name, options);
  const { path, query } = appPath(app, "/logs");
  const yes = (flag: true | undefined): string | undefined => (flag === true ? "true" : undefined);
  const asked = {
    ...query,
    podName: pod,
    kind: options.kind === undefined ? undefined : kindTyped(options.kind),
    group: options.group,
    resourceName: options.name,
    namespace: options.namespace,
    container: options.container,
    allContainers: yes(options.allContainers),
    follow: yes(options.follow),
    previous: yes(options.previous),
    filter: options.grep,
    tailLines: options.tail === undefined ? undefined : String(options.tail),
    sinceSeconds:
      options.since === undefined ? undefined : String(Math.max(1, Math.ceil(options.since / 1_000))),
  };
  let failed: Refused | undefined;
  let isWhole = false;
  for await (const line of client.lines(path, asked, context.signal)) {
    if (line.trim() === "") continue;
    const told = JSON.parse(line) as Told;
    if ("error" in told) {
      const { http_code = 500, podName = "", ...body } = told.error;
      failed = new Refused(http_code, body, { url: client.url, token: "shown" });
      context.note(`${podName === "" ? "" : `${podName}: `}${plainText(failed.message)}`);
      continue;
    }
    if (told.result.last === true) isWhole = true;
    else if (options.output === "json") context.print(JSON.stringify(told.result));
    else context.print(shown(context, told.result, options));
    await context.host.stdout.flush?.();
  }
  if (failed !== undefined) throw failed;
  // A log that ends in the middle must not look like all of it.
  if (!isWhole) context.note(`The connection to ${client.url} ended before the log did.`);
  return isWhole ? EXIT.done : EXIT.unreachable;
}

/** What colours text on a terminal, and nothing else. */
const COLOUR = /\x1b\[[0-9;:]*m/g;

/** On a terminal nothing that was written may steer it; a pipe gets it without colours, else as it is. */
function shown(
  { out }: CliContext,
  { content, timeStampStr = "", podName }: { content: string; timeStampStr?: string; podName: string },
  { prefix, timestamps }: AppLogsOptions,
): string {
  const bare = content.replace(COLOUR, "");
  const text = out.output.isTTY ? plainText(bare) : bare;
  return [
    ...(prefix ? [out.paint("dim", `[${plainText(podName)}]`)] : []),
    ...(timestamps === true ? [timeStampStr] : []),
    text,
  ].join(" ");
}
