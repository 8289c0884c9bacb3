/** What somebody may: asked of the daemon cell by cell once it is looked at, of everything or of one project. */
import { useEffect, useState } from "preact/hooks";
import { AsCli } from "../components/as-cli.tsx";
import { applications } from "../store/applications.ts";
import { mayDo } from "../store/can.ts";
import { ask } from "../store/daemon.ts";
import { askedObject, RIGHTS_COLUMNS, RIGHTS_ROWS } from "../words/rights-table.ts";

/** Asked at once: a browser has six connections, and the page needs one of them. */
const AT_ONCE = 4;
type Cells = Readonly<Record<string, "yes" | "no" | "unknown">>;

export function RightsMatrix() {
  const [project, setProject] = useState<string | undefined>();
  const [listed, setListed] = useState<readonly string[]>([]);
  // Whoever may not see projects sees applications in them.
  const projects = [...new Set([...listed, ...applications.value.map(({ spec }) => spec.project)])].sort();
  const [cells, setCells] = useState<Cells>({});
  useEffect(() => {
    ask<{ items?: { metadata: { name: string } }[] | null }>("GET", "/api/v1/projects").then(
      ({ items }) => setListed((items ?? []).map(({ metadata }) => metadata.name)),
      () => undefined,
    );
  }, []);
  useEffect(() => {
    const leave = new AbortController();
    setCells({});
    const asked = RIGHTS_ROWS.flatMap((row) => {
      const object = askedObject(row, project);
      return object === undefined
        ? []
        : row.actions.map((action) => ({ resource: row.resource, action, object }));
    });
    const work = async (): Promise<void> => {
      for (let one = asked.shift(); one !== undefined && !leave.signal.aborted; one = asked.shift()) {
        const { resource, action, object } = one;
        const cell = await mayDo(resource, action, object, leave.signal).then(
          (may) => (may ? "yes" : "no"),
          () => "unknown" as const,
        );
        if (!leave.signal.aborted) setCells((before) => ({ ...before, [`${resource} ${action}`]: cell }));
      }
    };
    for (let index = 0; index < AT_ONCE; index += 1) void work();
    return () => leave.abort();
  }, [project]);
  const rows = RIGHTS_ROWS.filter((row) => askedObject(row, project) !== undefined);
  return (
    <>
      <p class="row">
        <label for="rights-of">Of</label>
        <select
          id="rights-of"
          value={project ?? ""}
          onChange={({ currentTarget: { value } }) => setProject(value === "" ? undefined : value)}
        >
          <option value="">everything there is</option>
          {projects.map((name) => (
            <option key={name} value={name}>
              project {name}
            </option>
          ))}
        </select>
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keys */}
      <section class="table rights" tabIndex={0} aria-label="Table of what you may">
        <table>
          <thead>
            <tr>
              <th scope="col">Of all</th>
              {RIGHTS_COLUMNS.map((action) => (
                <th key={action} scope="col">
                  {action}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ resource, actions }) => (
              <tr key={resource}>
                <th scope="row">{resource}</th>
                {RIGHTS_COLUMNS.map((action) => (
                  <td key={action} data-head={action} data-may={cells[`${resource} ${action}`]}>
                    {actions.includes(action) ? (cells[`${resource} ${action}`] ?? "…") : ""}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <p class="dim">
        No says that it is not so of all of them: a policy may let you do it to some, by their names.
      </p>
      <AsCli
        words={["account", "can-i", "sync", "applications", project === undefined ? "*" : `${project}/*`]}
      />
    </>
  );
}
