/**
 * The definitions of Application, AppProject and ApplicationSet for a cluster that is their home. The names, short names and columns are
 * those that users of Argo CD know; the schemas are printed from the shapes by which the daemon reads manifests, so that
 * an API server takes what a folder takes.
 */
import { defined } from "../../lib/defined.ts";
import { APPLICATION_SET } from "../model/application-set-shape.ts";
import { APPLICATION, OPERATION, PROJECT } from "../model/application-shape.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { MAPPING, type Shape } from "../model/shape.ts";
import { type Descriptions, type Schema, schemaOf } from "./schema.ts";

const GROUP = "argoproj.io";

interface Column {
  name: string;
  type: "string" | "date";
  jsonPath: string;
  /** Above 0: with `-o wide` alone. */
  priority?: number;
}

interface Names {
  kind: string;
  plural: string;
  shortNames: string[];
}

const ABOUT_SOURCE: Descriptions = {
  "": "Where manifests come from, and how they are rendered.",
  repoURL: "Address of a Git or chart repository, or oci:// of a registry.",
  path: "Folder in the repository.",
  targetRevision: "Branch, tag, commit or version range; the default branch where it is empty.",
  ref: "Names this source, so that value files of others can begin with $name/.",
  chart: "Name of a chart in a chart repository; in place of path.",
  helm: "Renders the folder, or the chart, by Helm.",
  kustomize: "Renders the folder by Kustomize.",
  directory: "Takes the files of the folder as they are.",
  plugin: "Renders the folder by a plugin of the daemon's config.",
};

const ABOUT_APPLICATION: Descriptions = {
  "": "What one part of a repository wants of one cluster. Holdfast keeps the cluster so.",
  "spec.project": "The AppProject whose limits it keeps; default where it is empty.",
  ...under("spec.source", ABOUT_SOURCE),
  ...under("spec.sources", { ...ABOUT_SOURCE, "": "Several sources; they win over source." }),
  "spec.destination": "The cluster, by server or by name, and the namespace of objects that name none.",
  "spec.syncPolicy": "Whether and how it is synced by itself.",
  "spec.syncPolicy.automated": "Syncs each new commit. Absent: a person syncs.",
  "spec.syncPolicy.automated.prune": "Deletes what is no longer in Git.",
  "spec.syncPolicy.automated.selfHeal": "Puts back what others change in the cluster.",
  "spec.syncPolicy.automated.allowEmpty": "Lets Git ask for nothing at all.",
  "spec.syncPolicy.syncOptions": "Such as CreateNamespace=true, ServerSideApply=true or PruneLast=true.",
  "spec.syncPolicy.retry": "How often a failed sync is tried again, and after which pauses.",
  "spec.syncPolicy.managedNamespaceMetadata":
    "Labels and annotations of a Namespace made by CreateNamespace.",
  "spec.ignoreDifferences": "Fields that are left to others.",
  "spec.info": "Free text for people.",
  "spec.revisionHistoryLimit": "How many deployments are remembered; 10 where it is absent.",
  operation: "Writing it starts a sync. It is removed when the sync begins.",
  status: "What Holdfast sees. Only Holdfast writes it.",
};

const ABOUT_PROJECT: Descriptions = {
  "": "What the applications of a project may do.",
  "spec.sourceRepos": "Globs of repository addresses; ! denies.",
  "spec.destinations": "Clusters and namespaces, as globs; ! denies.",
  "spec.sourceNamespaces": "Namespaces whose Applications may use the project.",
  "spec.clusterResourceWhitelist": "Cluster-scoped kinds that are permitted. Absent or empty: none.",
  "spec.clusterResourceBlacklist": "Cluster-scoped kinds that are denied.",
  "spec.namespaceResourceWhitelist": "Namespaced kinds that are permitted. Absent: all; empty: none.",
  "spec.namespaceResourceBlacklist": "Namespaced kinds that are denied.",
  "spec.syncWindows": "Times at which syncs are allowed or denied.",
  "spec.orphanedResources": "Tells of objects that no application has.",
  status: "What Holdfast sees. Only Holdfast writes it.",
};

const ABOUT_SET: Descriptions = {
  "": "Applications that are made of what generators find, one for each set of parameters.",
  "spec.generators": "Where the sets of parameters come from.",
  "spec.generators.list": "Sets of parameters as they are written.",
  "spec.generators.clusters": "One for each cluster that the selector selects.",
  "spec.generators.git": "One for each folder of a repository, or for each file.",
  "spec.generators.matrix": "Each set of the first generator with each of the second.",
  "spec.generators.merge": "The first generator's sets, and what others say of those with the same keys.",
  "spec.generators.scmProvider": "One for each repository that a provider has.",
  "spec.generators.pullRequest": "One for each pull request that is open.",
  "spec.generators.clusterDecisionResource": "One for each cluster that another object names.",
  "spec.generators.plugin": "What a service of your own answers.",
  "spec.generators.selector": "Over the parameters that come out.",
  "spec.template": "What each application is; parameters are filled in.",
  "spec.templatePatch": "A template of YAML that is merged into each application.",
  "spec.goTemplate": "Templates are Go templates; without it {{name}} alone is filled in.",
  "spec.goTemplateOptions": "Such as missingkey=error.",
  "spec.syncPolicy.applicationsSync":
    "create-only, create-update, create-delete, or sync, which is what an absent one means.",
  "spec.syncPolicy.preserveResourcesOnDeletion": "Applications that go leave what they delivered.",
  "spec.strategy": "Which applications are synced when.",
  "spec.preservedFields": "Labels and annotations of applications that others write.",
  "spec.ignoreApplicationDifferences": "Fields of applications that others write.",
  status: "What Holdfast sees. Only Holdfast writes it.",
};

/** What each of our kinds looks like, as a cluster has it and as the API says it. */
export function kindSchemas(): Record<"AppProject" | "Application" | "ApplicationSet", Schema> {
  return {
    AppProject: schemaOf(inCluster(PROJECT, {}), ABOUT_PROJECT),
    Application: schemaOf(inCluster(APPLICATION, { operation: OPERATION }), ABOUT_APPLICATION),
    ApplicationSet: schemaOf(inCluster(withOneTemplate(APPLICATION_SET), {}), ABOUT_SET),
  };
}

/** In the order in which they are to be made: a project is there before the application that names it. */
export function customResourceDefinitions(): KubeObject[] {
  const schemas = kindSchemas();
  return [
    definition(
      { kind: "AppProject", plural: "appprojects", shortNames: ["appproj", "appprojs"] },
      schemas.AppProject,
      [],
    ),
    definition(
      { kind: "Application", plural: "applications", shortNames: ["app", "apps"] },
      schemas.Application,
      [
        { name: "Sync Status", type: "string", jsonPath: ".status.sync.status" },
        { name: "Health Status", type: "string", jsonPath: ".status.health.status" },
        { name: "Revision", type: "string", jsonPath: ".status.sync.revision", priority: 10 },
        { name: "Project", type: "string", jsonPath: ".spec.project", priority: 10 },
      ],
    ),
    definition(
      { kind: "ApplicationSet", plural: "applicationsets", shortNames: ["appset", "appsets"] },
      schemas.ApplicationSet,
      [],
      // As in Argo CD's definition: who may edit a set need not be able to write what is seen of it.
      { status: {} },
    ),
  ];
}

function under(path: string, descriptions: Descriptions): Descriptions {
  return Object.fromEntries(
    Object.entries(descriptions).map(([name, text]) => [name === "" ? path : `${path}.${name}`, text]),
  );
}

/** What a file does not have: a request to sync, and the status. */
function inCluster(shape: Shape, more: Record<string, Shape>): Shape {
  if (shape.is !== "fields") throw new TypeError("a manifest has fields");
  return { ...shape, fields: { ...shape.fields, ...more, status: MAPPING } };
}

/**
 * Argo CD's definition spells the template out at each of 56 places, is 1.4 MB, and needs server-side apply and memory of
 * every API server. Here the set's own is; what is wrong with those of generators the daemon says.
 */
function withOneTemplate(shape: Shape, path: readonly string[] = []): Shape {
  switch (shape.is) {
    case "list":
      return { ...shape, of: withOneTemplate(shape.of, path) };
    case "fields": {
      const below = ([name, of]: [string, Shape]): [string, Shape] => [
        name,
        name === "template" && path.length > 1 ? MAPPING : withOneTemplate(of, [...path, name]),
      ];
      return { ...shape, fields: Object.fromEntries(Object.entries(shape.fields).map(below)) };
    }
    default:
      return shape;
  }
}

function definition(
  names: Names,
  schema: Schema,
  columns: Column[],
  subresources?: { status: object },
): KubeObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${names.plural}.${GROUP}`,
      labels: {
        "app.kubernetes.io/name": `${names.plural}.${GROUP}`,
        "app.kubernetes.io/part-of": "holdfast",
      },
    },
    spec: {
      group: GROUP,
      names: {
        kind: names.kind,
        listKind: `${names.kind}List`,
        plural: names.plural,
        singular: names.kind.toLowerCase(),
        shortNames: names.shortNames,
      },
      scope: "Namespaced",
      versions: [
        {
          name: "v1alpha1",
          served: true,
          storage: true,
          // An Application has no subresource `status`: what writes `operation` and what reads `status` in one request goes
          // on to work.
          ...defined({ subresources }),
          // An API server has its own schema of metadata and takes no other.
          schema: {
            openAPIV3Schema: {
              ...schema,
              properties: { ...schema.properties, metadata: { type: "object" } },
            },
          },
          ...(columns.length === 0 ? {} : { additionalPrinterColumns: columns }),
        },
      ],
    },
  };
}
