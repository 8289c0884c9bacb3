import type { AdoptedApplication, TakeableApplication } from "../../core/model/adoption-report.ts";
import type { Application } from "../../core/model/application.ts";
import { askOf, takeable } from "../adopting/argo-side.ts";
import { carryOver } from "../adopting/carry-over.ts";
import { refuse } from "../adopting/refuse.ts";
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
 * Puts applications that an Argo CD has let go of into the running daemon, one after the other. Where one of them may not be
 * taken, none is begun; what stands against one later keeps that one with Argo CD.
 */
export async function adoptTake(
  context: CliContext,
  names: readonly string[],
  options: AdoptOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const before = chosenOf(await takeable(context, options), names, options);
  refuse(before.flatMap((each) => whyNotTaken(each)));
  const report = await lookOf(context, options);
  const judged = new Map(report.applications.map((each) => [each.application, each]));
  const looked = before.flatMap(({ application }) => judged.get(application) ?? []);
  refuse(
    looked.flatMap((each): string[] => {
      if (each.is === "not-judged") return [`${each.application}: ${each.why.join("; ")}`];
      if (each.holdfast.sync === "Unknown") return linesOf(context, each);
      const writes = each.is === "different" && each.holdfast.sync !== "Synced";
      return writes && options.different !== true
        ? [...linesOf(context, each), `  ${each.application} would be written to: say --different to take it`]
        : [];
    }),
  );
  if (options.despiteProblems !== true) refuse(unknownOf(looked));
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
  return takeAll(context, client, both, options);
}

/** What is not known, each with whom it concerns. */
function unknownOf(looked: readonly AdoptedApplication[]): string[] {
  const whom = new Map<string, string[]>();
  for (const each of looked)
    for (const what of each.is === "not-judged" ? [] : each.unknown)
      whom.set(what, [...(whom.get(what) ?? []), each.application]);
  if (whom.size === 0) return [];
  return [
    ...[...whom].map(([what, names]) => `${plainText(what)}. It concerns ${andMore(names, 5)}`),
    "Mend it; or say --despite-problems, to take them as they are judged without it",
  ];
}

/** Of each it is said what was done, whatever comes of the next one. */
async function takeAll(
  context: CliContext,
  client: Client,
  all: readonly ToTake[],
  options: AdoptOptions,
): Promise<ExitCode> {
  const stay: string[] = [];
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
      context.note(`${at - stay.length} of ${count(all.length, "application")} are Holdfast's.`);
      throw cause;
    }
  }
  if (stay.length === 0) return EXIT.done;
  throw new CliError(
    EXIT.conflict,
    `${all.length - stay.length} of ${count(all.length, "application")} are Holdfast's; ${andMore(stay, 5)} ${stay.length === 1 ? "stays" : "stay"} with Argo CD.`,
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

function whyNotTaken({ application, letsGo, manifest }: TakeableApplication): string[] {
  if (manifest === undefined) return [`${application}: its manifest cannot be read; holdfast adopt says why`];
  return letsGo.is === "yes" ? [] : [`${application}: ${letsGo.why}. ${letsGo.fix}`];
}
