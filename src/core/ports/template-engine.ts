/** Names and values that a generator gives. With Go templates they are nested, else texts by their whole name. */
export type ParameterSet = Readonly<Record<string, unknown>>;

/** Every text is filled in with every set. */
export interface TemplateJob {
  texts: readonly string[];
  sets: readonly ParameterSet[];
}

export type Filled =
  | { is: "filled"; text: string }
  /** `line` is 1-based, of the text. */
  | { is: "wrong"; why: string; line?: number };

export interface TemplateEngine {
  /**
   * Go templates with the functions of Argo CD's. What is wrong with one text and set is said in its place.
   * @param options as `goTemplateOptions`
   * @returns by job, by set, by text
   * @throws {Failure} where the engine cannot be run
   */
  fill(jobs: readonly TemplateJob[], options: readonly string[]): Promise<Filled[][][]>;
}
