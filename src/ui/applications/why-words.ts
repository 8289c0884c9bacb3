/** What is most urgent about an application, in one line. */
import { causeFirst } from "../../core/model/cause-first.ts";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { healthOf, type Sentence, syncOf } from "../words/app-words.ts";

/** What stands beside it is not said once more. @param first of its sentences @returns "" where there is nothing to say */
export function whyOf(app: ListedApplication, first: Sentence | undefined): string {
  if (first === undefined) return "";
  const isSaid = first.lead === syncOf(app) || first.lead === healthOf(app);
  const text = first.text.replaceAll("\n", " ").replace(OBJECT, "$1 $2: ");
  const said = causeFirst(text);
  // What begins with its reason needs no other word before it.
  return isSaid || said !== text ? said : `${first.lead}: ${text}`;
}

/** As the next line of a title, who made what cannot be compared or waits for a hold; "" where there is none. */
export function madeBy({ status }: ListedApplication): string {
  const newest = status?.sync.newest;
  if (newest === undefined) return "";
  const { commit, subject, author } = newest;
  const lead = status?.hold === undefined ? "Newest change" : "Waits";
  return `\n${lead}: ${commit} ${subject}${author === "" ? "" : `, by ${author}`}`;
}

/** `apps/Deployment shop/web: `, of which there is room for the kind and the name. */
const OBJECT = /^(?:[\w.-]+\/)?(\w+) (?:[\w.-]+\/)?([\w.-]+): /;
