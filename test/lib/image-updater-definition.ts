/** The definition of Image Updater's resource, which it brings with it. */
const GROUP = "argocd-image-updater.argoproj.io";

const text = { type: "string" };
const time = { type: "string", format: "date-time" };
const count = { type: "integer", minimum: 0 };
const list = (properties: object, required: string[]) => ({
  ...{ type: "array", items: { type: "object", properties, required } },
});
/** With the status as version 1 of Image Updater defines it: what is none of its fields is dropped or refused. */
export const UPDATER_DEFINITION = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `imageupdaters.${GROUP}` },
  spec: {
    group: GROUP,
    scope: "Namespaced",
    names: {
      plural: "imageupdaters",
      singular: "imageupdater",
      kind: "ImageUpdater",
      listKind: "ImageUpdaterList",
    },
    versions: [
      {
        ...{ name: "v1alpha1", served: true, storage: true, subresources: { status: {} } },
        additionalPrinterColumns: [
          { name: "Apps", type: "integer", jsonPath: ".status.applicationsMatched" },
          { name: "Images", type: "integer", jsonPath: ".status.imagesManaged" },
          { name: "Last Checked", type: "date", jsonPath: ".status.lastCheckedAt" },
          { name: "Ready", type: "string", jsonPath: ".status.conditions[?(@.type=='Ready')].status" },
        ],
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
              status: {
                type: "object",
                properties: {
                  ...{ observedGeneration: count, lastCheckedAt: time, lastUpdatedAt: time },
                  ...{ applicationsMatched: count, imagesManaged: count },
                  recentUpdates: list(
                    {
                      ...{ alias: text, image: text, newVersion: text, message: text },
                      ...{ applicationsUpdated: count, updatedAt: time },
                    },
                    ["alias", "applicationsUpdated", "image", "newVersion", "updatedAt"],
                  ),
                  conditions: {
                    ...list(
                      {
                        ...{ type: text, message: { type: "string", maxLength: 32_768 } },
                        reason: {
                          type: "string",
                          minLength: 1,
                          pattern: "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
                        },
                        status: { type: "string", enum: ["True", "False", "Unknown"] },
                        ...{ lastTransitionTime: time, observedGeneration: count },
                      },
                      ["lastTransitionTime", "message", "reason", "status", "type"],
                    ),
                    ...{ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"] },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
};
