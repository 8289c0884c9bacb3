/** Whether a text is a pointer to something in a document. Source: RFC 6901. */
export function isPointer(text: string): boolean {
  return text.startsWith("/") && !/~(?![01])/.test(text);
}

/** The steps of a JSON pointer that begins with `/`. Source: RFC 6901. */
export function pointerSteps(pointer: string): string[] {
  return pointer
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The steps as a pointer; none is the whole document. */
export function pointerTo(...steps: readonly string[]): string {
  return steps.map((step) => `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
