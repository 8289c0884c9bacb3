import type { AdoptedApplication, TakeableApplication } from "../../core/model/adoption-report.ts";
import type { Application } from "../../core/model/application.ts";
import { askOf, takeable } from "../adopting/argo-side.ts";
import { carryOver } from "../adopting/carry-over.ts";
import { refuse } from "../adopting/refuse.ts";
import { notAlike, notKnown, notLetGo, type StandsAgainst } from "../adopting/stands-against.ts";
import { type LookedAt, seenOf, type Taken, takeOne } from "../adopting/take-one.ts";
import { CliError } from "../cli-error.ts";
import { confirm } from "../confirm.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import { plainText } from "../terminal/plain-text.ts";
import { andMore, count } from "../words/count.ts";
import { type AdoptOptions, chosenOf, linesOf, lookOf } from "./adopt.ts";

/** One that may be taken. */
interface ToTake {
  theirs: TakeableApplication & { manifest: Application };
  looked: LookedAt;
}

/**
 * Puts applications that an Argo CD has let go of into the running daemon, one after the other. Of those that are named none
 * is begun where one may not be taken; of all, that one stays with Argo CD.
 */
export async function adoptTake(
  context: CliContext,
  names: readonly string[],
  options: AdoptOptions,
): Promise<ExitCode> {
  const client = await context.client();
  let before = chosenOf(await takeable(context, options), names, options);
  const against: StandsAgainst[] = [];
  const sift = (found: readonly StandsAgainst[]): void => {
    against.push(...found);
    const stay = new Set(found.flatMap(({ applications }) => applications));
    before = before.filter(({ application }) => !stay.has(application));
    if (options.all !== true || before.length === 0) refuse(against.flatMap(({ lines }) => lines));
  };
  sift(notLetGo(before));
  const report = await lookOf(context, options);
  const judged = new Map(report.applications.map((each) => [each.application, each]));
  const looked = (): AdoptedApplication[] =>
    before.flatMap(({ application }) => judged.get(application) ?? []);
  sift(
    notAlike(looked(), options.different === true ? "taken" : "not taken", (each) => linesOf(context, each)),
  );
  if (options.despiteProblems !== true) sift(notKnown(looked()));
  const stay = [...new Set(against.flatMap(({ applications }) => applications))];
  if (against.length > 0)
    context.print([
      `${context.out.symbols.warning} ${count(stay.length, "application")} ${stay.length === 1 ? "stays" : "stay"} with Argo CD:`,
      ...against.flatMap(({ lines }) => lines.map((line) => `  ${line}`)),
    ]);
  const question = `Take over ${andMore(
    before.map(({ application }) => application),
    5,
  )} from Argo CD into ${client.url}?`;
  if (options.yes !== true && !(await confirm(context, question))) {
    context.note("Nothing was taken over.");
    return EXIT.done;
  }
  const both = before.flatMap((theirs): ToTake[] => {
    const seen = judged.get(theirs.application);
    const { manifest } = theirs;
    return manifest === undefined || seen === undefined || seen.is === "not-judged"
      ? []
      : [{ theirs: { ...theirs, manifest }, looked: seen }];
  });
  const belongings = await context.host.verbs.belongings(askOf(context, options));
  await carryOver(
    context,
    client,
    belongings,
    both.map(({ theirs }) => theirs.manifest),
    options.namespace,
  );
  return takeAll(context, client, both, stay, options);
}

/** Of each it is said what was done, whatever comes of the next one. */
async function takeAll(
  context: CliContext,
  client: Client,
  all: readonly ToTake[],
  stayed: readonly string[],
  options: AdoptOptions,
): Promise<ExitCode> {
  const stay: string[] = [];
  const total = count(all.length + stayed.length, "application");
  for (const [at, { theirs, looked }] of all.entries()) {
    const { application, manifest } = theirs;
    try {
      const taken = await takeOne(context, client, theirs, looked, options);
      context.print(lineOf(context, application, taken, looked));
      if (taken.is === "stays") stay.push(application);
    } catch (cause) {
      const { failed, dot } = context.out.symbols;
      const seen = plainText(await seenOf(client, manifest));
      context.print([
        `${failed} ${application} was cut off: ${seen}`,
        ...all.slice(at + 1).map((each) => `${dot} ${each.theirs.application} was not begun`),
      ]);
      context.note(`${at - stay.length} of ${total} are Holdfast's.`);
      throw cause;
    }
  }
  const others = [...stayed, ...stay];
  if (others.length === 0) return EXIT.done;
  throw new CliError(
    EXIT.conflict,
    `${all.length - stay.length} of ${total} are Holdfast's; ${andMore(others, 5)} ${others.length === 1 ? "stays" : "stay"} with Argo CD.`,
  );
}

function lineOf(
  { out: { symbols } }: CliContext,
  application: string,
  taken: Taken,
  { holdfast }: LookedAt,
): string[] {
  switch (taken.is) {
    case "taken":
      return [
        `${symbols.done} ${application} is Holdfast's now (${holdfast.sync ?? ""}). Argo CD leaves it: ${taken.by}`,
      ];
    case "already":
      return [
        `${symbols.done} ${application} is Holdfast's already${taken.written === "alike" ? "" : ", and is written otherwise than Argo CD has it"}`,
      ];
    case "stays": {
      const [first = "", ...more] = taken.why.map(plainText);
      return [
        `${symbols.failed} ${application} stays with Argo CD: ${first}`,
        ...more.map((why) => `    ${why}`),
      ];
    }
  }
}
