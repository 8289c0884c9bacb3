/** Has the shape of a `Problem` of core/model. */
export interface YamlProblem {
  severity: "error" | "warning";
  file?: string;
  line: number;
  text: string;
  fix?: string;
  /** As in YamlDocument. */
  document: number;
}

export interface YamlLimits {
  /** UTF-16 units of one text; bytes where bytes are given. */
  size: number;
  depth: number;
  /** Of one document, with every alias counted as often as it is used. */
  nodes: number;
  /** Scalars of one document that the slow road has to read: each costs twenty times as much there. */
  slowScalars: number;
  /** Of one text. */
  textNodes: number;
  aliases: number;
  /** Of one text, those that hold something. */
  documents: number;
}

export const YAML_LIMITS: YamlLimits = {
  size: 10 * 1024 * 1024,
  depth: 64,
  nodes: 200_000,
  slowScalars: 50_000,
  textNodes: 1_000_000,
  aliases: 1_000,
  documents: 10_000,
};
