import { isMapping } from "../../../lib/is-mapping.ts";
import { appPath } from "../../app-path.ts";
import { CliError } from "../../cli-error.ts";
import { EXIT } from "../../exit-codes.ts";
import { kindTyped } from "../../objects/kind-names.ts";
import { oneApp } from "../../select-apps.ts";
import { plainText } from "../../terminal/plain-text.ts";
import type { ArgoContext } from "../argo-context.ts";
import { ARGO_EXIT } from "../exit-codes.ts";
import { selection } from "./app-get.ts";

export interface LogsOptions {
  appNamespace?: string;
  group?: string;
  kind?: string;
  namespace?: string;
  name?: string;
  follow?: true;
  tail?: number;
  sinceSeconds?: number;
  untilTime?: string;
  filter?: string;
  container?: string;
  previous?: true;
  matchCase?: true;
}

/** `GET …/logs`: a line of JSON for each line of a log, `{"result": {content, podName, last}}`. */
export async function appLogs(context: ArgoContext, name: string, options: LogsOptions): Promise<number> {
  const client = await context.client();
  const app = await oneApp(client, name, selection(options));
  const { path, query } = appPath(app, "/logs");
  const yes = (flag: true | undefined): string | undefined => (flag === true ? "true" : undefined);
  const asked = {
    ...query,
    group: options.group,
    kind: options.kind === undefined ? undefined : kindTyped(options.kind),
    namespace: options.namespace,
    resourceName: options.name,
    follow: yes(options.follow),
    tailLines: options.tail === undefined ? undefined : String(options.tail),
    sinceSeconds: options.sinceSeconds === undefined ? undefined : String(options.sinceSeconds),
    untilTime: options.untilTime,
    filter: options.filter,
    container: options.container,
    previous: yes(options.previous),
    matchCase: yes(options.matchCase),
  };
  for await (const line of client.lines(path, asked, context.signal)) {
    if (line.trim() === "") continue;
    const told: unknown = JSON.parse(line);
    const { result, error } = isMapping(told) ? told : {};
    if (isMapping(error))
      throw new CliError(EXIT.unreachable, `The log ended: ${plainText(String(error["message"] ?? ""))}`);
    if (!isMapping(result) || result["last"] === true) continue;
    context.print(String(result["content"] ?? ""));
  }
  return ARGO_EXIT.done;
}
