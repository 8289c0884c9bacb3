/** Applications of something else: few, each with how it stands. */
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { pageOf } from "../application/paths.ts";
import { hrefOf } from "../store/route.ts";
import { healthOf, keyOf, syncOf } from "../words/app-words.ts";
import { State } from "./state.tsx";
import { Table } from "./table.tsx";

const MOST = 50;

export function ApplicationsOf({ apps, none }: { apps: readonly ListedApplication[]; none: string }) {
  return (
    <>
      <Table
        items={apps.slice(0, MOST)}
        keyOf={keyOf}
        none={none}
        columns={[
          { head: "Application", cell: (app) => <a href={hrefOf(pageOf(app))}>{keyOf(app)}</a> },
          { head: "Project", cell: ({ spec }) => spec.project },
          { head: "Namespace", cell: ({ spec }) => spec.destination.namespace ?? "" },
          { head: "Sync", as: "word", cell: (app) => <State word={syncOf(app)} as="bare" /> },
          { head: "Health", as: "word", cell: (app) => <State word={healthOf(app)} as="bare" /> },
        ]}
      />
      {apps.length > MOST && <p class="dim">and {apps.length - MOST} more</p>}
    </>
  );
}
