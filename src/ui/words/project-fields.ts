/** What of a project has fields. Whatever else it says is written as YAML. */
import { choice, cluster, flag, type Section, word, words } from "./form-fields.ts";

function projectFields(): Section[] {
  return [
    {
      title: "",
      fields: [
        {
          is: "value",
          value: word("Name", ["metadata", "name"], { hint: "small letters, digits and -", empty: "kept" }),
        },
        {
          is: "value",
          value: word("Description", ["spec", "description"], { hint: "for people: 255 letters at most" }),
        },
      ],
    },
    {
      title: "What it permits",
      hint: "* stands for anything, ! in front denies.",
      fields: [
        {
          ...{ is: "rows", path: ["spec", "sourceRepos"], label: "Repositories", one: "repository" },
          ...{
            first: "",
            columns: [
              word("Address", [], {
                ...{ list: "repositories", empty: "kept", hint: "https://git.example.com/team/*" },
              }),
            ],
          },
        },
        {
          ...{ is: "rows", path: ["spec", "destinations"], label: "Destinations", one: "destination" },
          first: { name: "in-cluster", namespace: "" },
          columns: [cluster([]), word("Namespace", ["namespace"], { empty: "kept", hint: "team-*" })],
        },
        {
          ...{ is: "rows", path: ["spec", "clusterResourceWhitelist"], label: "Kinds of the whole cluster" },
          ...{ one: "kind", hint: "Without any, nothing that belongs to no namespace." },
          first: { group: "", kind: "" },
          columns: [
            word("Group", ["group"], { empty: "kept", hint: "empty: the core" }),
            word("Kind", ["kind"], { empty: "kept" }),
          ],
        },
      ],
    },
    {
      title: "Sync windows",
      hint: "Without windows always. With an allow window only while one is open, and never while a deny window is.",
      fields: [
        {
          ...{ is: "rows", path: ["spec", "syncWindows"], label: "Sync windows", one: "window" },
          // Nothing is denied, nor for whom, before somebody says so.
          first: { kind: "deny", schedule: "", duration: "" },
          columns: [
            choice(
              "It",
              ["kind"],
              [
                ["allow", "allows"],
                ["deny", "denies"],
              ],
            ),
            word("From (cron)", ["schedule"], { empty: "kept", hint: "0 22 * * *" }),
            word("For", ["duration"], { empty: "kept", hint: "1h30m" }),
            word("Time zone", ["timeZone"], { hint: "UTC" }),
            words("Applications", ["applications"], "words", { hint: "*: all of the project" }),
            words("Namespaces", ["namespaces"], "words"),
            words("Clusters", ["clusters"], "words"),
            flag("People may sync all the same", ["manualSync"]),
          ],
        },
      ],
    },
    {
      title: "Roles",
      hint: "Who may do what in this project, beside what the daemon's own policies say.",
      fields: [
        {
          ...{ is: "rows", path: ["spec", "roles"], label: "Roles", one: "role" },
          first: { name: "", policies: [] },
          columns: [
            word("Name", ["name"], { empty: "kept" }),
            word("Description", ["description"]),
            words("Groups", ["groups"], "words", { hint: "of single sign-on" }),
            words("Policies, one a line", ["policies"], "lines", {
              hint: "p, proj:team:ci, applications, sync, team/*, allow",
            }),
          ],
        },
      ],
    },
  ];
}

export const PROJECT_FORM = { kind: "AppProject", sections: projectFields } as const;
