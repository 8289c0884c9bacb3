/** What the routes that look into repositories take and answer. */
import { may } from "./routes.ts";
import { json } from "./terms/terms.ts";
import { anything, fields, int64, list, map, optional, text, told } from "./terms/wire.ts";

const OF_PROJECT = {
  appProject: optional(text({ says: "Whose it is, where several have it.", empty: "kept" })),
};
const READS = { asks: may("repositories", "get") };
const FOR_APP = {
  appName: optional(text({ says: "The application that is to name it, `namespace/name` outside the home." })),
  appProject: optional(text({ says: "Of that application; default `default`." })),
};

export const APPS = {
  id: "listRepositoryApps",
  says: "Folders of a Git repository that an Application could name, for whoever may create or update that one.",
  ...READS,
  query: { revision: optional(text({ says: "Branch, tag or commit; default HEAD." })), ...FOR_APP },
  answers: json(
    told({
      items: list(
        told({
          type: text({ says: "`Helm`, `Kustomize` or `Directory`." }),
          path: text({ says: "From the root; `.` is the root." }),
        }),
      ),
    }),
  ),
} as const;
export const CHARTS = {
  id: "listRepositoryCharts",
  says: "Charts of a chart repository, asked for now, each with its versions, the newest first.",
  ...READS,
  query: OF_PROJECT,
  answers: json(told({ items: list(told({ name: text(), versions: list(text()) })) })),
} as const;
export const TAGS = {
  id: "listRepositoryTags",
  says: "Tags of a repository in a registry, asked for now.",
  ...READS,
  query: OF_PROJECT,
  answers: json(told({ branches: list(text(), { says: "Empty." }), tags: list(text()) })),
} as const;
export const DETAILS = {
  id: "describeSource",
  says: "What would be made of a source, and what can be set of it, for whoever may create or update its application, or sees it as that one's own.",
  ...READS,
  body: fields(
    {
      source: map(anything(), { says: "As an Application's; its `repoURL` is that of the path." }),
      ...FOR_APP,
      sourceIndex: optional(int64({ says: "Ignored: the source says all." })),
      versionId: optional(int64({ says: "Ignored." })),
    },
    { unknown: "ignore" },
  ),
  answers: json(
    told({
      type: text({ says: "`Helm`, `Kustomize`, `Directory` or `Plugin`." }),
      helm: optional(
        told({
          name: text(),
          valueFiles: list(text(), { says: "Of the chart's folder." }),
          values: text({ says: "The text of values.yaml." }),
          parameters: list(told({ name: text(), value: text() })),
          fileParameters: list(told({ name: text(), path: text() })),
        }),
      ),
      kustomize: optional(told({ images: list(text()) })),
      directory: optional(told({})),
      plugin: optional(told({})),
      holdfast: optional(told({ warnings: list(text(), { says: "What could not be told, and why." }) })),
    }),
  ),
} as const;
