import type { ListedApplication } from "../../core/model/listed-application.ts";
import { pageOf } from "../application/paths.ts";
import { go, withQuery } from "../store/route.ts";
import { keyOf } from "../words/app-words.ts";

/** A view of one that the list has: beside the list where one is open there, else on its page. */
export function lookAt(app: ListedApplication, view: "diff" | "history", opened: string | null): void {
  if (opened === null) go(`${pageOf(app)}?view=${view}`, "push");
  else go(withQuery({ open: keyOf(app), view, node: undefined, tab: undefined }), "push");
}
