import type { Application } from "../../core/model/application.ts";
import { type CommitLine, commitLines, type ToldHistory } from "../../core/model/commit-lines.ts";
import { cannotBeCompared } from "../../core/model/reason-words.ts";
import { shortRevision } from "../../core/model/short-revision.ts";
import { withRelativeTimes } from "../../lib/relative-times.ts";
import { ownPath } from "../app-path.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import { printJsonList } from "../print-object.ts";
import { oneApp, type SelectionOptions } from "../select-apps.ts";
import { plainText } from "../terminal/plain-text.ts";
import { healthOf, nameOf, syncOf } from "../words/app-words.ts";
import { aboutCommit } from "../words/commit-words.ts";
import { nextOf } from "../words/next.ts";
import { reasons } from "../words/why.ts";

/** Why it is in the state that it is in, the cause first, and what to type next. */
export async function appWhy(
  context: CliContext,
  name: string,
  options: SelectionOptions & { output?: "json" },
): Promise<ExitCode> {
  const client = await context.client();
  const app = await oneApp(client, name, options);
  const because = reasons(app);
  const ahead = await aheadOf(client, app);
  const next = nextOf(app, context.now());
  if (options.output === "json") {
    printJsonList(context, "ApplicationReasons", {
      application: nameOf(app),
      sync: syncOf(app),
      health: healthOf(app),
      reasons: because,
      ...(ahead.length === 0
        ? {}
        : { ahead: ahead.map(({ lead, commit, about }) => ({ lead, commit, about })) }),
      next,
    });
    return EXIT.done;
  }
  const said = because.map(({ lead, words, text }, at) => {
    const known = lead === syncOf(app) || lead === healthOf(app);
    const clause = plainText(withRelativeTimes(text, context.now())).replace(/[.\s]+$/, "");
    return at === 0 ? `: ${clause}` : `. ${known ? "" : `${words}: `}${capital(clause, known)}`;
  });
  context.print([
    `${nameOf(app)} is ${syncOf(app)} and ${healthOf(app)}${said.join("") || ", and nothing is wrong with it"}.`,
    ...ahead.map(({ lead, commit, about: { author, date, subject } }) => {
      const words = aboutCommit({ author, date, message: subject }, context.now());
      return `${capital(lead, true)}: ${shortRevision(commit)}${words}`;
    }),
    `Next: ${next}`,
  ]);
  return EXIT.done;
}

/** What Git has that cannot be used, or waits for the end of a hold: who made it is whom to ask. */
async function aheadOf(client: Client, app: Application): Promise<CommitLine[]> {
  if (!cannotBeCompared(app) && app.status?.hold === undefined) return [];
  try {
    const history = await client.get<ToldHistory>(ownPath(app, "/history"));
    return commitLines(app, history).filter(({ is }) => is === "ahead");
  } catch (cause) {
    // A nicety: what is wrong is told without it.
    if (cause instanceof CliError && cause.code !== EXIT.interrupted) return [];
    throw cause;
  }
}

function capital(text: string, wanted: boolean): string {
  return wanted ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}
