/** What is most urgent about an application, as the way to its cause. */
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { FromNow } from "../components/time.tsx";
import { hrefOf } from "../store/route.ts";
import type { Sentence } from "../words/app-words.ts";
import { placeOfWhy } from "./why-place.ts";

/** @param why in the words that the list has for the sentence */
export function Cause({ app, first, why }: { app: ListedApplication; first: Sentence; why: string }) {
  return (
    <a class="cause" href={hrefOf(placeOfWhy(app, first))} tabIndex={-1}>
      <FromNow text={why} />
    </a>
  );
}
