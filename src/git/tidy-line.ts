/** Clean-up of stores, one at a time whatever the number of repositories: it may wait, and the loop may not. */
export class TidyLine {
  #last: Promise<void> = Promise.resolve();

  /** @param work never throws */
  add(work: () => Promise<void>): void {
    this.#last = this.#last.then(work);
  }

  async settled(): Promise<void> {
    await this.#last;
  }
}
