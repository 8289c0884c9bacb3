import { withRelativeTimes } from "../../lib/relative-times.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printJsonList } from "../print-object.ts";
import { oneApp, type SelectionOptions } from "../select-apps.ts";
import { plainText } from "../terminal/plain-text.ts";
import { healthOf, nameOf, syncOf } from "../words/app-words.ts";
import { nextOf } from "../words/next.ts";
import { reasons } from "../words/why.ts";

/** Why it is in the state that it is in, the cause first, and what to type next. */
export async function appWhy(
  context: CliContext,
  name: string,
  options: SelectionOptions & { output?: "json" },
): Promise<ExitCode> {
  const app = await oneApp(await context.client(), name, options);
  const because = reasons(app);
  const next = nextOf(app, context.now());
  if (options.output === "json") {
    printJsonList(context, "ApplicationReasons", {
      application: nameOf(app),
      sync: syncOf(app),
      health: healthOf(app),
      reasons: because,
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
    `Next: ${next}`,
  ]);
  return EXIT.done;
}

function capital(text: string, wanted: boolean): string {
  return wanted ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}
