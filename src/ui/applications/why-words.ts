/** What is most urgent about an application, in one line. */
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { healthOf, type Sentence, syncOf } from "../words/app-words.ts";

/** What stands beside it is not said once more. @param first of its sentences @returns "" where there is nothing to say */
export function whyOf(app: ListedApplication, first: Sentence | undefined): string {
  if (first === undefined) return "";
  const isSaid = first.lead === syncOf(app) || first.lead === healthOf(app);
  const text = first.text.replaceAll("\n", " ").replace(OBJECT, "$1 $2: ");
  const said = reasonFirst(text);
  // What begins with its reason needs no other word before it.
  return isSaid || said !== text ? said : `${first.lead}: ${text}`;
}

/** `CrashLoopBackOff: container web of Pod web-5d4: back-off 5m`, of what names the object first. */
function reasonFirst(text: string): string {
  const [, , pod, container, reason, more = ""] = WAITS.exec(text) ?? [];
  return reason === undefined
    ? text
    : `${reason}: ${container} of Pod ${pod}${more === "" ? "" : `: ${more}`}`;
}

/** As health says it of what owns a Pod, and of the Pod itself. */
const WAITS = /^(\w+ [\w.-]+: )?(?:Pod ([\w.-]+) )((?:init )?container [\w.-]+) waits: (\w+)(?:[:,] (.*))?$/;

/** `apps/Deployment shop/web: `, of which there is room for the kind and the name. */
const OBJECT = /^(?:[\w.-]+\/)?(\w+) (?:[\w.-]+\/)?([\w.-]+): /;
