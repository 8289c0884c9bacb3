/** Where an Application or a project is written, as the API says it. */
export type Origin =
  | { from: "file"; file: string; line: number }
  | { from: "api" }
  | { from: "parent"; parent?: string; set?: string }
  | { from: "cluster"; cluster: string };

export function writtenIn(origin: Origin): string {
  switch (origin.from) {
    case "file":
      return `${origin.file}:${origin.line}`;
    case "api":
      return "the API";
    case "cluster":
      return `cluster ${origin.cluster}`;
    case "parent":
      if (origin.set !== undefined) return `ApplicationSet ${origin.set}`;
      return origin.parent === undefined
        ? "another application or an ApplicationSet"
        : `application ${origin.parent}`;
  }
}
