/**
 * The last render that an application's objects were all applied from, by hashes alone. A renderer that makes random
 * values (`randAlphaNum`, `genCA`) makes others of the same inputs each time; by this it is known in another process too
 * that nothing of what they were made of has changed.
 */
export interface Standing {
  /** Hash of everything that its objects were made of: equal ones are one wish, whatever chance made of it. */
  inputs: string;
  /** Hash over what was applied last of each object, see `appliedContent`. */
  applied: string;
  /** `Target.contentKey` of it. */
  content: string;
}
