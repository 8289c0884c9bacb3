/** Kinds whose objects hold what Git has nothing of: whoever deletes one says so by typing. */
export const LOSES: ReadonlySet<string> = new Set([
  "Namespace",
  "PersistentVolumeClaim",
  "PersistentVolume",
  "CustomResourceDefinition",
]);
