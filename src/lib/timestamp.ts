/** RFC 3339 in UTC without fractions, as Kubernetes and Argo CD write times. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
